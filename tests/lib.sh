# Shared by the script tests: a folder of their own that goes away, and checks that count.
set -u
checks=0
work=$(mktemp -d) || exit 1
trap 'jobs -p | xargs -r kill 2>/dev/null; rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
# what a command keeps by default stays in that folder too
export XDG_STATE_HOME="$work/state-home"

# same WHAT EXPECTED ACTUAL: both shown when they differ
same() {
    checks=$((checks + 1))
    [ "$2" = "$3" ] && return 0
    echo "differs: $1"
    echo "  expected: $2"
    echo "  actual:   $3"
    exit 1
}

# until_same WHAT EXPECTED COMMAND...: polls until the command prints what is expected, then counts;
# after WITHIN seconds (20) both are shown
until_same() {
    local what=$1 expected=$2 deadline=$((SECONDS + ${WITHIN:-20})) actual
    shift 2
    checks=$((checks + 1))
    while actual=$("$@" 2>&1); [ "$actual" != "$expected" ]; do
        if [ $SECONDS -ge $deadline ]; then
            echo "never came: $what"
            echo "  expected: $expected"
            echo "  last:     $actual"
            exit 1
        fi
        sleep 0.05
    done
}

# skip WHAT: is not tested here, and the runner says so
skip() { echo "skipped: $1"; }
finish() { echo "ok $checks"; }

# await_runs: the parts of a test that run beside each other, process ids in `runs`, have all ended
# well; how many checks each made is in a file `checks` of a folder of its own
await_runs() {
    local run failed=0
    for run in "${runs[@]}"; do wait "$run" || failed=1; done
    [ $failed = 0 ] || exit 1
    checks=$(awk '{ n += $1 } END { print n }' "$work"/*/checks)
}

# groups FILE: "key count" lines of a JSON answer, any lane
groups() { jq -r '.groups[] | [(.key | to_entries | map(.value) | join("/")), .count] | join(" ")'; }
