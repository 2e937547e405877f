#!/bin/bash
# Guards: thousands of files with a few hundred descriptors (T-R6): read in batch, followed, grown and
# rotated while their descriptors were given to others; told by inotify and by looking.
# thousands of small files: in memory where there is some
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ledger.sh"

WITHIN=150
make() { # make FOLDER: 5000 files
    mkdir "$1"
    for ((i = 0; i < 5000; i++)); do
        printf '%s\n%d,1,High,2026-01-05T10:00:00Z,open\n' $header $i >"$1/$i.csv"
    done
}
new_file() { printf '%s\n%s,1,High,2026-01-05T10:00:00Z,open\n' $header "$2" >"$1"; } # new_file FILE ID
more() { echo "$2,1,High,2026-01-05T10:00:00Z,open" >>"$1"; }                        # more FILE ID

# begin COMMAND...: the program with few descriptors; ends with it
begin() {
    out=$d.out err=$d.err
    : >"$out"
    (ulimit -n 256; exec "$TAILRACE" "$@" --definition tickets --format json "$d/*.csv" >"$out" 2>"$err" </dev/null) &
    program=$!
}
passed() { echo $checks >"$d.checks"; }

in_batch() {
    begin batch
    wait $program
    same "5000 files in batch" 5000 "$(counted)"
    passed
}

followed() { # told, or by looking
    local way=$1
    [ "$way" = told ] || export TAILRACE_POLL=1
    begin stream --no-state
    until_same "$way: 5000 files followed" 5000 counted
    for i in 0 1 2500 4999; do more "$d/$i.csv" new$i; done
    until_same "$way: some of them grow" 5004 counted
    for i in 3 77 4990; do # with a last line in the old file
        more "$d/$i.csv" last$i
        mv "$d/$i.csv" "$d/$i.csv.1"
        new_file "$d/$i.csv" next$i
    done
    until_same "$way: some are rotated" 5010 counted
    same "$way: nothing is missing" 0 "$(grep -c 'may be missing\|too many' "$err")"
    kill $program
    wait $program
    same "$way: exit status" 0 $?
    passed
}

# killed and started again: none of them twice
kept() {
    begin stream --state "$work/st"
    until_same "5000 files kept" 5000 counted
    kill -9 $program
    wait $program 2>/dev/null
    more "$d/17.csv" more
    mv "$d/18.csv" "$d/18.csv.1"
    new_file "$d/18.csv" next
    begin stream --state "$work/st" --until-eof
    wait $program
    same "and gone on with" "0 5002" "$? $(counted)"
    passed
}

# each in a folder of its own, all at once: they mostly wait
make "$work/made"
runs=()
for what in in_batch "followed told" "followed looked" kept; do
    d=$work/${what/ /-}
    { cp -r "$work/made" "$d" && $what; } &
    runs+=($!)
done
failed=0
for run in "${runs[@]}"; do wait "$run" || failed=1; done
[ $failed = 0 ] || exit 1
checks=$(cat "$work"/*.checks | awk '{ n += $1 } END { print n }')
finish
