#!/usr/bin/env python3
"""names.py: names made by hand beside random ones of the same length, q1 and q3 in interleaved rounds.

Names with a common front or end, names of one CRC32C, and a few of 64 KiB with a common front: what a
hash, a comparison or a table could be slow at. Run by hand: names.py [BENCH] [ROUNDS].
"""
import os
import random
import sys
import tempfile

import measured

NAMES, LONG, LETTERS = 300_000, 3_000, "abcdefghijklmnopqrstuvwxyz0123456789_"


def crc32c(text):
    crc = 0xFFFFFFFF
    for byte in text:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc


def of_one_crc(n, length):
    """CRC32C is affine: which letters become capitals without a change of it is a kernel over GF(2)."""
    base = bytearray(b"a" * length)
    plain, basis, kernel = crc32c(base), {}, []
    for i in range(length):
        base[i] ^= 0x20
        value, letters = crc32c(base) ^ plain, 1 << i
        base[i] ^= 0x20
        while value and value.bit_length() in basis:
            other = basis[value.bit_length()]
            value, letters = value ^ other[0], letters ^ other[1]
        if value:
            basis[value.bit_length()] = (value, letters)
        else:
            kernel.append(letters)
    names = []
    for k in range(n):
        letters = 0
        for j, vector in enumerate(kernel):
            letters ^= vector if k >> j & 1 else 0
        names.append("".join("A" if letters >> i & 1 else "a" for i in range(length)))
    assert len(set(names)) == n and len({crc32c(name.encode()) for name in names[:100]}) == 1
    return names


def random_names(n, length):
    rng = random.Random(1)
    return ["".join(rng.choices(LETTERS, k=length)) for _ in range(n)]


def write(path, names, times):
    with open(path, "w", encoding="ascii") as file:
        for _ in range(times):
            for name in names:
                file.write('{"date":"2021-02-12T00:00:00+00:00","content":"hello @%s",'
                           '"user":{"username":"%s"}}\n' % (name, name))


def main():
    bench = sys.argv[1] if len(sys.argv) > 1 else "build/bin/bench"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    groups = [
        ("24 bytes", 2, random_names(NAMES, 24),
         {"a common front": ["a" * 16 + "%08d" % i for i in range(NAMES)],
          "a common end": ["%08d" % i + "z" * 16 for i in range(NAMES)]}),
        ("52 bytes", 2, random_names(NAMES, 52), {"one CRC32C": of_one_crc(NAMES, 52)}),
        ("64 KiB", 1, random_names(LONG, 65536),
         {"a common front": ["x" * 65530 + "%06d" % i for i in range(LONG)]})]
    with tempfile.TemporaryDirectory() as folder:
        for length, times, names, others in groups:
            files = {}
            for kind, made in {"random": names, **others}.items():
                files[kind] = os.path.join(folder, kind)
                write(files[kind], made, times)
            for query in ("q1", "q3"):
                taken = {kind: [] for kind in files}
                for _ in range(rounds):
                    for kind in random.sample(list(files), len(files)):
                        taken[kind].append(measured.checked([bench, query, files[kind]]).seconds)
                base = measured.median(taken["random"])
                for kind in others:
                    print(f"{query} {length} {kind}: {measured.median(taken[kind]) / base:.2f} "
                          f"of {base:.4f} s", flush=True)


if __name__ == "__main__":
    main()
