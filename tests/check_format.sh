#!/usr/bin/env bash
# check_format.sh: the code has the shape that .clang-format gives it. The versions of clang-format
# differ in details; 14 (Debian 12) is the one that decides.
set -u
cd "$(dirname "$0")/.."
if ! clang-format --version | grep -q 'version 14\.'; then
    echo "SKIPPED: the format: this clang-format is not version 14"
    exit 0
fi
if ! git rev-parse --git-dir >/dev/null 2>&1; then
    echo "SKIPPED: the format: not a git checkout"
    exit 0
fi
git ls-files '*.c' '*.h' '*.cu' '*.cc' | grep -v '/corpus/' |
    xargs clang-format --dry-run --Werror
