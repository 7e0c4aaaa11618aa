/*
 * peer_simdjson.cpp QUERY FILE THREADS SEQUENCES: simdjson's on-demand parser, a line at a time, over
 * a mapped file. What a good C++ programmer writes for these questions in an afternoon. Compiled on
 * demand by peers.py; not part of the build. SEQUENCES holds one emoji sequence per line.
 */
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <omp.h>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

using namespace simdjson;
using Counts = std::unordered_map<std::string, uint64_t>;
using Top = std::vector<std::pair<std::string, uint64_t>>;

/* A trie over bytes; the symbol of a node is 1 + the sequence that ends there. */
struct Trie {
    struct Node {
        std::array<uint16_t, 256> next{};
        uint16_t symbol = 0;
    };
    std::vector<Node> nodes{1};
    std::vector<std::string> texts;

    explicit Trie(const char *path)
    {
        std::ifstream lines(path);
        for (std::string text; std::getline(lines, text);) {
            size_t at = 0;
            for (unsigned char c : text) {
                if (nodes[at].next[c] == 0) {
                    nodes[at].next[c] = (uint16_t)nodes.size();
                    nodes.emplace_back();
                }
                at = nodes[at].next[c];
            }
            texts.push_back(text);
            nodes[at].symbol = (uint16_t)texts.size();
        }
    }

    /* Leftmost-longest: remembers the last sequence that ended, and goes on behind it. */
    void count(std::string_view text, std::vector<uint64_t> &counts) const
    {
        for (size_t i = 0; i < text.size();) {
            size_t at = 0, end = i + 1;
            uint16_t symbol = 0;
            for (size_t j = i; j < text.size(); j++) {
                at = nodes[at].next[(unsigned char)text[j]];
                if (at == 0)
                    break;
                if (nodes[at].symbol != 0) {
                    symbol = nodes[at].symbol;
                    end = j + 1;
                }
            }
            if (symbol != 0)
                counts[symbol - 1]++;
            i = end;
        }
    }
};

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void count_mentions(std::string_view text, Counts &counts)
{
    for (size_t i = text.find('@'); i != text.npos; i = text.find('@', i)) {
        const size_t begin = ++i;
        while (i < text.size() && is_name(text[i]))
            i++;
        if (i > begin)
            counts[std::string(text.substr(begin, i - begin))]++;
    }
}

/* A text; one with an unpaired surrogate, which simdjson refuses, as it stands in the file. */
static bool text_of(simdjson_result<ondemand::value> field, std::string_view &out)
{
    ondemand::value value;
    if (field.get(value) || value.is_null())
        return false;
    if (value.get_string().get(out) == SUCCESS)
        return true;
    out = value.raw_json_token();
    return true;
}

struct Part {
    std::map<std::string, Counts> users;
    Counts names;
    std::vector<uint64_t> emojis;
};

static void count_line(ondemand::document &doc, int query, const Trie &trie, Part &part)
{
    std::string_view text, day;
    if (query == 1) {
        ondemand::object user;
        if (!text_of(doc["date"], day) || doc["user"].get_object().get(user) ||
            !text_of(user["username"], text))
            return;
        part.users[std::string(day.substr(0, 10))][std::string(text)]++;
    } else if (text_of(doc["content"], text)) {
        if (query == 2)
            trie.count(text, part.emojis);
        else
            count_mentions(text, part.names);
    }
}

static void count_range(const char *data, size_t begin, size_t end, size_t n, int query,
                        const Trie &trie, Part &part)
{
    ondemand::parser parser;
    while (begin < end) {
        const char *line = data + begin;
        const char *stop = (const char *)memchr(line, '\n', n - begin);
        const size_t length = stop == nullptr ? n - begin : (size_t)(stop - line);
        ondemand::document doc;
        if (length > 0 &&
            parser.iterate(padded_string_view(line, length, n - begin + SIMDJSON_PADDING)).get(doc) ==
                SUCCESS)
            count_line(doc, query, trie, part);
        begin += length + 1;
    }
}

static Top top_of(const Counts &counts, size_t n)
{
    Top all(counts.begin(), counts.end());
    n = std::min(n, all.size());
    std::partial_sort(all.begin(), all.begin() + (long)n, all.end(), [](const auto &a, const auto &b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    all.resize(n);
    return all;
}

static void print_rows(const Top &rows, const std::map<std::string, Counts> &users)
{
    const char *comma = "";
    printf("[");
    for (const auto &[key, n] : rows) {
        printf("%s[\"%s\", %llu", comma, key.c_str(), (unsigned long long)n);
        if (!users.empty()) {
            const auto best = top_of(users.at(key), 1)[0];
            printf(", \"%s\", %llu", best.first.c_str(), (unsigned long long)best.second);
        }
        printf("]");
        comma = ", ";
    }
    printf("]\n");
}

int main(int argc, char **argv)
{
    struct stat info;
    if (argc != 5)
        return 2;
    const int query = argv[1][1] - '0', threads = atoi(argv[3]), file = open(argv[2], O_RDONLY);
    const Trie trie(argv[4]);
    if (file < 0 || fstat(file, &info) != 0)
        return 3;
    const size_t n = (size_t)info.st_size;

    /* Zero pages behind the file are the padding. */
    char *data = (char *)mmap(nullptr, n + 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED ||
        mmap(data, n, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0) == MAP_FAILED)
        return 3;

    std::vector<size_t> ends{0};
    for (int i = 1; i < threads; i++) {
        const size_t at = std::max(n * (size_t)i / (size_t)threads, ends.back());
        const char *stop = (const char *)memchr(data + at, '\n', n - at);
        ends.push_back(stop == nullptr ? n : (size_t)(stop - data) + 1);
    }
    ends.push_back(n);
    std::vector<Part> parts((size_t)threads);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int i = 0; i < threads; i++) {
        parts[(size_t)i].emojis.resize(trie.texts.size());
        count_range(data, ends[(size_t)i], ends[(size_t)i + 1], n, query, trie, parts[(size_t)i]);
    }

    Part &all = parts[0];
    for (size_t i = 1; i < parts.size(); i++) {
        for (auto &[day, counts] : parts[i].users)
            for (auto &[name, count] : counts)
                all.users[day][name] += count;
        for (auto &[name, count] : parts[i].names)
            all.names[name] += count;
        for (size_t s = 0; s < all.emojis.size(); s++)
            all.emojis[s] += parts[i].emojis[s];
    }
    for (size_t s = 0; s < all.emojis.size(); s++)
        if (all.emojis[s] > 0)
            all.names[trie.texts[s]] = all.emojis[s];
    for (auto &[day, counts] : all.users)
        for (auto &[name, count] : counts)
            all.names[day] += count;
    print_rows(top_of(all.names, 10), all.users);
    return 0;
}
