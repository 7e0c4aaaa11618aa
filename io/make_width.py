#!/usr/bin/env python3
"""Writes io/width_table.h: how many columns of a terminal a character takes.

Two where East Asian Width is W or F (UAX 11), none where it is a mark that combines (Mn, Me) or a
format character (Cf, but for the soft hyphen), else one. Source: Python's unicodedata.
"""
import os
import unicodedata


def width(code):
    char = chr(code)
    if unicodedata.category(char) in ("Mn", "Me", "Cf") and code != 0xAD:
        return 0
    if unicodedata.category(char) == "Cn":  # not in this Unicode yet: pictures and Han are wide
        return 2 if 0x1F300 <= code <= 0x1FAFF or 0x20000 <= code <= 0x3FFFD else 1
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def main():
    ranges, start = [], 0x80
    for code in range(0x81, 0x110001):
        if code == 0x110000 or width(code) != width(start):
            if width(start) != 1:
                ranges.append((start, code - 1, width(start)))
            start = code
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "width_table.h")
    with open(path, "w", encoding="ascii") as out:
        out.write("/* width_table.h: characters that do not take one column: first, last, columns.\n"
                  " * Unicode %s. Made by make_width.py; do not edit. */\n"
                  "#ifndef LR_WIDTH_TABLE_H\n#define LR_WIDTH_TABLE_H\n\n#include <stdint.h>\n\n"
                  "static const struct {\n    uint32_t first, last;\n    uint8_t columns;\n"
                  "} width_table[] = {\n" % unicodedata.unidata_version)
        line = "   "
        for first, last, columns in ranges:
            cell = " {0x%X, 0x%X, %d}," % (first, last, columns)
            if len(line) + len(cell) > 100:
                out.write(line + "\n")
                line = "   "
            line += cell
        out.write(line + "\n};\n\n#endif\n")


if __name__ == "__main__":
    main()
