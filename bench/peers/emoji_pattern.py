"""emoji_pattern.py: the project's own emoji sequences as a regular expression for the peers.

The pattern is a trie: `a(?:b)?` tries the longer sequence first and backs up to the shorter one, so
that an engine of the leftmost-first kind (RE2, Rust's regex, Java's, Python's) finds the longest.
"""
import pathlib
import re

TABLE = pathlib.Path(__file__).resolve().parents[2] / "kernels/match/emoji_1_4_1.c"


def sequences():
    """The sequences of kernels/match/emoji_1_4_1.c: one text, and the offsets into it."""
    source = TABLE.read_text(encoding="utf-8")
    text = re.search(r"static const char text\[\] =(.*?);\n", source, re.S)[1]
    text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)).encode()
    at = re.search(r"static const uint32_t at\[\d+\] = \{(.*?)\}", source, re.S)[1]
    at = [int(number) for number in re.findall(r"\d+", at)]
    assert at[-1] == len(text), "emoji_1_4_1.c is not laid out as it was"
    return [text[begin:end].decode() for begin, end in zip(at, at[1:])]


def trie_of(words):
    """Nested dicts; the key "" marks the end of a word."""
    root = {}
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return root


def letter_class(letters):
    """One letter, or a class of them with its runs as ranges."""
    letters = sorted(letters)
    if len(letters) == 1:
        return "\\" + letters[0] if letters[0] in "*#" else letters[0]
    out, i = "", 0
    while i < len(letters):
        last = i
        while last + 1 < len(letters) and ord(letters[last + 1]) == ord(letters[last]) + 1:
            last += 1
        out += letters[i] + ("-" + letters[last] if last > i + 1 else "".join(letters[i + 1:last + 1]))
        i = last + 1
    return "[" + out + "]"


def pattern_of(node):
    """The pattern of what may follow; letters with the same continuation share a class."""
    by_tail = {}
    for letter, child in node.items():
        if letter:
            by_tail.setdefault(pattern_of(child), []).append(letter)
    parts = [letter_class(letters) + tail for tail, letters in by_tail.items()]
    if not parts:
        return ""
    pattern = parts[0] if len(parts) == 1 else "(?:" + "|".join(parts) + ")"
    if "" not in node:
        return pattern
    return pattern + "?" if re.fullmatch(r"\[[^]]*\]|[^\\\[(]", pattern) else "(?:" + pattern + ")?"


def pattern():
    """All sequences, the longest where there is a choice."""
    return pattern_of(trie_of(sequences()))


def self_check():
    """Every sequence is found as itself, and two in a row as two."""
    finder, words = re.compile(pattern()), sequences()
    for word in words:
        assert finder.fullmatch(word), ascii(word)
    assert finder.findall("\u2764\ufe0f x 1\ufe0f\u20e3 1") == ["\u2764", "1\ufe0f\u20e3"]
    print(f"{len(words)} sequences, a pattern of {len(pattern())} characters")


if __name__ == "__main__":
    self_check()
