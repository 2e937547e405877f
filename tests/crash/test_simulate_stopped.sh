#!/bin/bash
# Guards: a simulated feed whose writer is stopped or killed: a file is there when it is complete, or
# as it was, and nothing is left beside it; one that grows at a rate, and what goes to a pipe before a
# signal that is heard, ends with a whole line.
. "$(dirname "$0")/../lib.sh"
case $BUILD in
*tsan) # a signal may come before its runtime lets one through
    skip "a writer that is stopped"
    finish
    exit
    ;;
esac
mkdir "$work/d" && cd "$work/d" || exit 1
whole() { [ -s "$1" ] && tail -c 1 "$1" | od -An -c | tr -d ' '; }

# stop SIGNAL STATUS: as soon as it writes
stop() {
    echo as it was >a.csv
    "$TAILRACE" simulate payments -n 100000000 -o a.csv 2>../err &
    local pid=$!
    until_same "it writes" yes eval "[ \$(awk '/^(wchar|write_bytes)/ { n += \$2 } END { print n + 0 }' /proc/$pid/io) -gt 100000 ] && echo yes"
    kill "-$1" $pid
    wait $pid 2>/dev/null
    same "$1: status" "$2" $?
    same "$1: as it was, and alone" "as it was a.csv" "$(cat a.csv) $(ls -A)"
    [ "$1" = KILL ] || same "$1: said" "tailrace: stopped before a.csv was complete" "$(cat ../err)"
    rm a.csv
    "$TAILRACE" simulate payments --rate 5000/s -o b.csv 2>../err &
    pid=$!
    until_same "$1: it grows" '\n' whole b.csv
    until_same "$1: it grows on" yes eval '[ $(wc -l <b.csv) -gt 50 ] && echo yes'
    kill "-$1" $pid
    wait $pid 2>/dev/null
    same "$1: a whole line" '\n' "$(whole b.csv)"
    same "$1: all of them are" 0 "$("$TAILRACE" batch --definition payments --format json b.csv | jq .outcomes.rejected)"
    rm b.csv
    [ "$1" != KILL ] || return 0
    "$TAILRACE" simulate payments -n 100000000 2>../err >c.csv &
    pid=$!
    until_same "$1: it is written" yes eval '[ -s c.csv ] && echo yes'
    kill "-$1" $pid
    wait $pid 2>/dev/null
    same "$1: a whole line at last" '\n' "$(whole c.csv)"
    rm c.csv
}
stop TERM 1
stop INT 1
stop KILL 137
finish
