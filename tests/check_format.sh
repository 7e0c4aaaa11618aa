#!/usr/bin/env bash
# check_format.sh [-i]: the code has the shape that .clang-format gives it; with -i it is given it.
# The versions of clang-format differ in details; 14 (Debian 12) is the one that decides.
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
# Generated tables say in their second line that they are not to be edited.
git ls-files '*.c' '*.h' '*.cu' '*.cc' | while read -r file; do
    sed -n 2p "$file" | grep -q 'do not edit' || echo "$file"
done | xargs clang-format ${1:---dry-run --Werror}
