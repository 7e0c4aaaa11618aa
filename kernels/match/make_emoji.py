#!/usr/bin/env python3
"""make_emoji.py: writes the tables of the emoji sets, kernels/match/emoji_*.c.

    make_emoji.py 1.4.1 < emoji-test.txt > emoji_1_4_1.c

reads Unicode's emoji-test.txt (Debian: unicode-data, /usr/share/unicode/emoji) and keeps what
python emoji 1.4.1 knows: the fully-qualified sequences of Emoji 13.1, except that those of one code
point and U+FE0F are kept without it, and the nine components.

    make_emoji.py 2.16 < emoji-2.16.0.tsv > emoji_2_16.c

reads the list of python emoji 2.16.0, code points in the first column: it holds sequences that are
newer than Debian's data. tests/test_tables.py runs both again and compares.
"""
import re
import sys

STAGE = 64
CODES = 0x20000  # no sequence begins behind them

# What find_emojis looks for before it looks closer (emojis_simd.h); checked here, once and for all.
FIRST_BYTES_RAW = {0xC2, 0xE2, 0xE3, 0xF0}
ASCII_SECOND = {0xFE0F, 0x20E3}


def read_1_4_1(lines):
    """The sequences of emoji-test.txt by the rule above."""
    for line in lines:
        match = re.match(r"([0-9A-F ]+?) *; ([a-z-]+) *# \S+ E([0-9.]+)", line)
        if not match:
            continue
        codes = tuple(int(code, 16) for code in match[1].split())
        version = tuple(int(part) for part in match[3].split("."))
        if match[2] == "component":
            yield codes
        elif match[2] == "fully-qualified" and version <= (13, 1):
            yield codes[:1] if len(codes) == 2 and codes[1] == 0xFE0F else codes


def read_2_16(lines):
    """The sequences of a list with code points in its first column."""
    for line in lines:
        if not line.startswith("#"):
            yield tuple(int(code, 16) for code in line.split("\t")[0].split())


def utf8(codes):
    return "".join(map(chr, codes)).encode()


def check(sequences):
    """Stops where a sequence breaks what the matchers rest on."""
    for codes in sequences:
        assert all(code >= 0x80 for code in codes[1:]), codes  # so no walk goes on at ASCII
        assert codes[0] < CODES and len(sequences) < 0xFFFF, codes
        if codes[0] < 0x80:
            assert len(codes) > 1 and codes[1] in ASCII_SECOND, codes
        else:
            assert utf8(codes)[0] in FIRST_BYTES_RAW, codes
            assert codes[0] in (0xA9, 0xAE) or codes[0] >> 12 in (2, 3) or codes[0] >> 16 == 1, codes
            assert codes[0] >> 8 != 0x20 or codes[0] in (0x203C, 0x2049), codes
            assert codes[0] >> 12 != 3 or codes[0] >> 6 in (0x3000 >> 6, 0x3280 >> 6), codes
            assert codes[0] >> 16 != 1 or codes[0] >> 12 == 0x1F, codes


def trie(sequences):
    """The nodes in breadth-first order, as (code, symbol + 1, first child)."""
    symbols = {codes: 1 + symbol for symbol, codes in enumerate(sequences)}
    children = {}
    for codes in sequences:
        for n in range(len(codes)):
            children.setdefault(codes[:n], set()).add(codes[n])
    order = [()]
    first = []
    for prefix in order:  # grows on the way
        first.append(len(order))
        order += [prefix + (code,) for code in sorted(children.get(prefix, ()))]
    nodes = [(p[-1] if p else 0, symbols.get(p, 0), f) for p, f in zip(order, first)]
    return nodes + [(0, 0, len(order))]


def stages(nodes):
    """The root's children as two stages."""
    child = [0] * CODES
    for node in range(nodes[0][2], nodes[1][2]):
        child[nodes[node][0]] = node
    rows, stage = [(0,) * STAGE], []
    for at in range(0, CODES, STAGE):
        row = tuple(child[at:at + STAGE])
        if row not in rows:
            rows.append(row)
        stage.append(rows.index(row))
    return stage, rows


def wrapped(items):
    """Numbers or braces with commas, in lines of 100 columns."""
    line = "   "
    for item in items:
        if len(line) + len(item) + 2 > 100:
            yield line
            line = "   "
        line += " " + item + ","
    yield line


def text_lines(sequences):
    """String literals of a few sequences each."""
    text = [utf8(codes).decode() for codes in sequences]
    for at in range(0, len(text), 12):
        yield '    "' + "".join(text[at:at + 12]) + '"'


def write(name, function, source, sequences, out):
    nodes = trie(sequences)
    stage, rows = stages(nodes)
    offsets = [0]
    for codes in sequences:
        offsets.append(offsets[-1] + len(utf8(codes)))
    assert len(nodes) < 0x10000 and len(rows) <= 256

    def put(*lines):
        out.write("\n".join(lines) + "\n")

    put(f"/* {name}: {source}.", " * Made by make_emoji.py; do not edit. */",
        '#include "match/emoji_set.h"', "",
        "static const char text[] =", *text_lines(sequences))
    put("    ;", "", f"static const uint32_t at[{len(offsets)}] = {{",
        *wrapped(map(str, offsets)), "};", "",
        f"static const uint8_t stage[LR_EMOJI_CODES / LR_EMOJI_STAGE] = {{",
        *wrapped(map(str, stage)), "};", "",
        f"static const uint16_t root[{len(rows)}][LR_EMOJI_STAGE] = {{")
    for row in rows:
        put("    {", *wrapped(map(str, row)), "    },")
    put("};", "", f"static const lr_emoji_node nodes[{len(nodes)}] = {{",
        *wrapped(f"{{0x{code:X}, {symbol}, {first}}}" for code, symbol, first in nodes), "};", "",
        f"const lr_emoji_set *{function}(void)", "{",
        f"    static const lr_emoji_set set = {{{len(sequences)}, text, at, stage, root, nodes}};",
        "    return &set;", "}")


def main():
    sets = {
        "1.4.1": (read_1_4_1, "emoji_1_4_1.c", "lr_emoji_set_1_4_1",
                  "the sequences of python emoji 1.4.1, from Unicode's emoji-test.txt"),
        "2.16": (read_2_16, "emoji_2_16.c", "lr_emoji_set_2_16",
                 "the sequences of python emoji 2.16.0"),
    }
    if len(sys.argv) != 2 or sys.argv[1] not in sets:
        sys.exit(__doc__)
    read, name, function, source = sets[sys.argv[1]]
    lines = sys.stdin.buffer.read().decode().splitlines()
    sequences = sorted(set(read(lines)), key=utf8)
    check(sequences)
    out = open(1, "w", encoding="utf-8", closefd=False)
    write(name, function, source, sequences, out)


main()
