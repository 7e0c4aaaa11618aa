#!/usr/bin/env bash
# check_install.sh BUILD_DIR: install into an empty prefix, then compile a program against what is
# there and nothing else, once by find_package and once by pkg-config, and compare its answer with one
# worked out by hand.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
work=$build/check_install
prefix=$work/prefix
rm -rf "$work"
mkdir -p "$work"

cmake --install "$build" --prefix "$prefix" >/dev/null
headers=$(cd "$prefix/include" && find . -type f)
[ "$headers" = ./linerate.h ] || { echo "installed headers are: $headers"; exit 1; }
"$prefix/bin/bench" --version
grep -q '^\.TH BENCH 1' "$prefix/share/man/man1/bench.1"
bash -n "$prefix/share/bash-completion/completions/bench"
grep -q '^#compdef bench' "$prefix/share/zsh/site-functions/_bench"

printf '%s\n' '{"date":"2021-02-12","content":"\ud83d\ude4f a \u2764\ufe0f","user":{"username":"a"}}' \
    '{"date":"2021-02-12","content":"\ud83d\ude4f","user":{"username":"b"}}' >"$work/two.ndjson"
printf '🙏\t2\n❤\t1\n' >"$work/want"

cmake -S "$here" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$work/cmake"
"$work/cmake/consumer" "$work/two.ndjson" >"$work/got"
cmp "$work/want" "$work/got"
echo "find_package: ok"

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name linerate.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # flags are words
cc -o "$work/by_pkg_config" "$here/consumer.c" $(pkg-config --cflags --libs linerate)
"$work/by_pkg_config" "$work/two.ndjson" >"$work/got"
cmp "$work/want" "$work/got"
echo "pkg-config: ok"

status=0
"$work/cmake/consumer" "$work/none.ndjson" >"$work/got" 2>"$work/message" || status=$?
[ $status = 3 ] && [ ! -s "$work/got" ] && grep -q 'none.ndjson' "$work/message"
echo "errors: ok"
