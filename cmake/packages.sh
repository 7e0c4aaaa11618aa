#!/usr/bin/env bash
# packages.sh LEVEL...: see that the packages of these levels (see packages.txt) are there. Installs
# what is missing where it may (root on Debian), else prints the one line that would.
set -eu
list=$(dirname "$0")/packages.txt

if ! command -v dpkg-query >/dev/null; then
    echo "not a Debian system: what is needed stands in $list" >&2
    exit 0
fi

installed()
{
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | cut -c1-2)" = ii ]
}

missing=()
while read -r names level _; do
    case " $* " in *" $level "*) ;; *) continue ;; esac
    found=no
    for name in ${names//|/ }; do
        if installed "$name"; then
            found=yes
        fi
    done
    [ $found = yes ] || missing+=("${names%%|*}")
done < <(grep -v '^#' "$list")

[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "packages are missing; install them with:" >&2
    echo "    sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
