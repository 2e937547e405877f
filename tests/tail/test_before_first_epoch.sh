#!/bin/bash
# Guards: killed before anything that was read of a file was kept, and changed while stopped: what
# stood in the file when the state was begun is counted once all the same, wherever it is now, or said
# to be missing (S-92, T-R3, T-R5). The first epoch is that of another file, and the next one far.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ledger.sh"
format=csv way=told

file() { # file NAME N: a new file with the next N ids
    { head_line; rows "$2"; } >"$1"
}
go_on() { follow "$d/0.csv" "$f" --window 5m --state "$d/state" "$@"; }
look() { "$TAILRACE" stream "$d/0.csv" "$f" --definition tickets --no-dedupe --group-by ticket_id --window 5m --state "$d/state" \
    --read-only --format json 2>/dev/null | jq -c '[(.inputs | length), .outcomes.read]'; }

same_file() { rows 1 >>"$f"; }
truncated() { cp "$f" "$f.1" && : >"$f" && file "$f" 2; }
truncated_longer() { rows 2 >>"$f" && cp "$f" "$f.1" && : >"$f" && file "$f" 40; }
truncated_packed() { truncated && gzip "$f.1"; }
copied() { cp "$f" "$f.1" && rm "$f" && file "$f" 2; }
saved() { cp "$f" "$d/.swp" && rows 1 >>"$d/.swp" && mv "$d/.swp" "$f"; }
renamed() { mv "$f" "$f.1" && file "$f" 2; }
# nowhere: said
lost_in_place() { echo 101 >"$ledger" && file "$f" 2; }
lost() { echo 101 >"$ledger" && rm "$f" && file "$d/n" 2 && mv "$d/n" "$f"; }

scenario() { # scenario NAME STATUS: of the search for words that lines may be missing
    local what=$1 id=100 d=$work/$1 f=$work/$1/a.csv ledger=$work/$1/ledger out=$work/$1/out err=$work/$1/err program
    mkdir "$d"
    : >"$ledger"
    file "$d/0.csv" 1
    file "$f" 5
    go_on --epoch 100s --changes append --trigger 100s
    until_same "$what: begun, and nothing of it is kept" "[2,1]" look
    kill -9 $program
    wait $program 2>/dev/null
    $what
    go_on --epoch 10ms
    caught_up "$what: after it"
    rows 1 >>"$f"
    caught_up "$what: and then"
    balance 0
    same "$what: said to be missing" "$2" "$(grep -q 'lines after byte 0 may be missing: .*a.csv' "$err"; echo $?)"
    echo $checks >"$d/checks"
}
runs=()
for one in same_file truncated truncated_longer truncated_packed copied saved renamed; do
    scenario $one 1 &
    runs+=($!)
done
for one in lost lost_in_place; do
    scenario $one 0 &
    runs+=($!)
done
await_runs
finish
