# steps.sh: sourced by the scripts that run checks. A step is a command with a name; its output goes
# to build/log and is shown where it fails. What a step says after SKIPPED: is always shown.
#
# LR_TALLY, a file, receives "passed failed" at the end: .ci/run adds them up.

jobs=${JOBS:-$(nproc)}
passed=0 failed=0
log_dir=$PWD/build/log
mkdir -p "$log_dir"

# The public suites lie beside the checkout, where they are there at all.
if [ -z "${LR_SHARED:-}" ] && [ -d ../shared ]; then
    LR_SHARED=$(cd ../shared && pwd)
    export LR_SHARED
fi

# What the log says was skipped: the first lines, and how many more.
show_skipped()
{
    [ -f "$1" ] || return 0
    grep -ah 'SKIPPED:' "$1" | sort -u | awk -v log_file="$1" 'NR <= 8 { print substr($0, 1, 160) }
        END { if (NR > 8) print "SKIPPED: and " NR - 8 " more: see " log_file }'
}

# Of each test that failed in a log of ctest: its line, and both ends of what it printed.
show_failed()
{
    awk 'function show(i) {
             for (i = 1; i <= n; i++)
                 if (i <= 20 || i > n - 30) print "    " substr(line[i], 1, 400)
                 else if (i == 21) print "    ..."
             n = 0
         }
         / Test +#[0-9]+: .*\*\*\*/ { show(); on = 1 }
         /^ +Start +[0-9]+: |Test +#[0-9]+: .* Passed |^[0-9]+% tests passed/ { on = 0 }
         on { line[++n] = $0 }
         END { show() }' "$1"
    { grep -a 'tests passed' "$1" || tail -30 "$1"; } | sed 's/^/    /'
}

# step NAME COMMAND...
step()
{
    local name=$1 begin=$SECONDS log
    shift
    log=$log_dir/${name//[^A-Za-z0-9_.-]/_}.log
    if "$@" >"$log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        echo "ok      $name ($((SECONDS - begin)) s)"
        show_skipped "$log"
    else
        failed=$((failed + 1))
        echo "FAILED  $name ($((SECONDS - begin)) s); the end of $log:"
        tail -60 "$log" | sed 's/^/    /'
        return 1
    fi
}

# step_ctest NAME BUILD_DIR [ctest options...]: every test counts for itself.
step_ctest()
{
    local name=$1 dir=$2 begin=$SECONDS log list ok bad
    shift 2
    log=$log_dir/${name//[^A-Za-z0-9_.-]/_}.log
    ctest --test-dir "$dir" -j"$jobs" --output-on-failure --no-tests=error "$@" \
        -O "$log" >/dev/null 2>&1 </dev/null || true
    ok=$(grep -acE 'Test +#[0-9]+: .*   Passed ' "$log" || true)
    bad=$(sed -nE 's/^[0-9]+% tests passed, ([0-9]+) tests? failed out of ([0-9]+)$/\1/p' "$log")
    if [ -z "$bad" ]; then # ctest itself failed
        bad=1
    fi
    passed=$((passed + ok)) failed=$((failed + bad))
    list=$dir/Testing/Temporary/LastTest.log
    if [ "$bad" = 0 ]; then
        echo "ok      $name: $ok tests ($((SECONDS - begin)) s)"
    else
        echo "FAILED  $name: $bad of $((ok + bad)) tests ($((SECONDS - begin)) s); see $log:"
        show_failed "$log"
    fi
    show_skipped "$list"
    [ "$bad" = 0 ]
}

# The script's last line and its exit.
end_of_steps()
{
    [ -z "${LR_TALLY:-}" ] || echo "$passed $failed" >>"$LR_TALLY"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}
