#!/bin/bash
# Guards: the real program follows growing files as it should: only finished lines count (T-R1), a
# missing file is waited for and a new match of a glob is read (T-R6), a rename drains the old file
# before the new one (T-R4), a truncated file starts again at 0 (T-R3), CSV and JSONL alike; and the
# final answer comes on SIGTERM.
. "$(dirname "$0")/../lib.sh"
header=ticket_id,customer_id,priority,submitted_at,status

row() { # row N PRIORITY: one record in the format under test, with its line end
    if [ "$format" = csv ]; then
        printf '%d,1,%s,2026-01-05T10:00:%02dZ,open\n' "$1" "$2" $(($1 % 60))
    else
        printf '{"ticket_id":"%d","customer_id":"1","priority":"%s","submitted_at":"2026-01-05T10:00:%02dZ","status":"open"}\n' \
            "$1" "$2" $(($1 % 60))
    fi
}
start_file() { [ "$format" = csv ] && echo $header >"$1" || : >"$1"; }

follow() { # follow FEED...: starts the program; its lines go to $out
    out=$work/out
    : >"$out"
    "$TAILRACE" stream --definition tickets --no-dedupe --no-state --format json "$@" >"$out" 2>"$work/err" \
        <"${input:-/dev/null}" 9>&- &
    program=$!
}
latest() { tail -n 1 "$out" | jq -r '.outcomes | "\(.counted) \(.rejected)"' 2>/dev/null; }
stop() { # stop EXPECTED: ends by SIGTERM, with status 0 and the final object
    kill -TERM $program
    wait $program
    same "exit status on SIGTERM" 0 $?
    same "final answer ($format)" "$1 true" \
        "$(tail -n 1 "$out" | jq -r '"\(.outcomes.counted) \(.outcomes.rejected) \(.final)"')"
}

# watched FILE: whether the program has opened it and is told of its changes
watched() {
    cat /proc/$program/fdinfo/* 2>/dev/null | grep -c "^inotify .* ino:$(printf %x "$(stat -c %i "$1")") "
}

growing() { # of one format, in a folder of its own
    local format=$1 out program f line work=$work/$1
    mkdir "$work"
    f=$work/a.$format

    # half lines: nothing of a line before its end
    start_file "$f"
    follow "$f"
    row 1 High >>"$f"
    until_same "$format: a line" "1 0" latest
    line=$(row 2 Low)
    printf '%s' "${line:0:20}" >>"$f"
    row 3 Low >"$work/third"
    printf '%s\n' "${line:20}" >>"$f"
    cat "$work/third" >>"$f"
    until_same "$format: a line in two pieces" "3 0" latest
    printf '%s' "${line:0:9}" >>"$f"

    # rename rotation: the old file, lines added to it after the rename too, then the new one;
    # what it leaves unfinished is rejected once it is given up
    mv "$f" "$f.1"
    start_file "$f"
    row 4 High >>"$f"
    printf '%s\n' "${line:9}" >>"$f.1"
    until_same "$format: both sides of a rotation" "5 0" latest

    # truncation: again from 0
    { row 6 Low; row 7 Low; row 8 Low; } >>"$f"
    until_same "$format: before a truncation" "8 0" latest
    start_file "$f"
    row 9 High >>"$f"
    until_same "$format: after a truncation" "9 0" latest
    stop "9 0"

    # a missing file appears; a malformed line is counted, its neighbours are not touched
    rm -f "$f"
    follow "$f"
    until_same "$format: says what it waits for" 1 grep -c "waiting for.*a.$format" "$work/err"
    start_file "$work/new"
    { row 1 High; echo 'not,a record}'; row 2 High; } >>"$work/new"
    mv "$work/new" "$f"
    until_same "$format: a file that appears" "2 1" latest
    stop "2 1"
    rm -f "$f" "$f.1"

    # a glob: files there and files to come, each once
    start_file "$work/g1.$format"
    row 1 High >>"$work/g1.$format"
    follow "$work/g*.$format" "$work/g1.$format"
    until_same "$format: a glob" "1 0" latest
    start_file "$work/g2.$format"
    row 2 High >>"$work/g2.$format"
    until_same "$format: a new match" "2 0" latest
    stop "2 0"

    # from the end: what was there does not count
    follow --from end "$work/g1.$format"
    until_same "$format: it is watched" 1 watched "$work/g1.$format"
    row 3 Low >>"$work/g1.$format"
    until_same "$format: from the end" "1 0" latest
    stop "1 0"
    echo $checks >"$work/checks"
}
runs=()
for format in csv jsonl; do
    growing $format &
    runs+=($!)
done
await_runs

# bounded: an unfinished end is torn; standard input that stays open is followed
format=csv
{ echo $header; row 1 High; printf '2,1,Low'; } >"$work/torn.csv"
for lane in batch "stream --until-eof"; do
    same "$lane: torn" '{"torn":1}' \
        "$("$TAILRACE" $lane --format json "$work/torn.csv" 2>/dev/null | jq -c .rejected)"
done
mkfifo "$work/pipe"
exec 9<>"$work/pipe"
input=$work/pipe follow -
{ echo $header; row 1 High; } >&9
until_same "a line of standard input" "1 0" latest
row 2 High >&9
until_same "the next one" "2 0" latest
exec 9>&-
wait $program
same "standard input ended" "0 2" "$? $(tail -n 1 "$out" | jq .outcomes.counted)"

# errors say what and what to do, with the exit status of the contract
same "no such file" "1 tailrace: $work/none.csv: no such file" \
    "$("$TAILRACE" batch "$work/none.csv" 2>&1 >/dev/null | sed "s/^/1 /"; exit "${PIPESTATUS[0]}")"
"$TAILRACE" batch "$work/none.csv" 2>/dev/null
same "status of a missing file" 1 $?
printf 'a,b,c\n1,2,3\n' >"$work/odd.csv"
same "columns are named" 1 "$("$TAILRACE" batch "$work/odd.csv" 2>&1 |
    grep -c 'a, b, c.*--time.*--group-by')"
"$TAILRACE" batch "$work" 2>/dev/null
same "a folder is wrong use" 2 $?
finish
