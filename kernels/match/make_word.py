#!/usr/bin/env python3
"""make_word.py: writes word_ranges.c, the characters that Python's re calls \\w.

Run it with a Python whose Unicode version is the table's (Debian 12: 3.11, Unicode 14);
tests/test_tables.py does, where there is one.
"""
import re
import sys
import unicodedata


def ranges():
    word, found = re.compile(r"\w"), []
    for code in range(0x110000):
        if not word.match(chr(code)):
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def main():
    found = ranges()
    print(f"/* word_ranges.c: the characters of \\w in Python's re, Unicode {unicodedata.unidata_version}.")
    print(" * Made by make_word.py; do not edit. */")
    print('#include "match.h"\n')
    print(f"static const uint32_t ranges[{len(found)}][2] = {{")
    line = "   "
    for first, last in found:
        item = f" {{0x{first:X}, 0x{last:X}}},"
        if len(line) + len(item) > 100:
            print(line)
            line = "   "
        line += item
    print(line + "\n};\n")
    print("""bool lr_is_word(uint32_t code)
{
    size_t low = 0, high = sizeof ranges / sizeof ranges[0];

    while (low < high) { /* the first range that does not end before code */
        const size_t middle = (low + high) / 2;
        if (ranges[middle][1] < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sizeof ranges / sizeof ranges[0] && ranges[low][0] <= code;
}""")


if len(sys.argv) != 1:
    sys.exit(__doc__)
main()
