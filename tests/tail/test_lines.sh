#!/bin/bash
# Guards: the line of a record that was not counted is its line in the file, as an editor shows it,
# also where reading went on behind the beginning: after a kill -9, in a file that an editor saved
# through a new inode, in the copy of one that was truncated, behind the end at the first start
# (S-05). Each bad record says its own line; afterwards those of the state are compared with it.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
header=ticket_id,customer_id,priority,submitted_at,status
bad() { echo "wrong,$(($(wc -l <"$1") + 1))" >>"$1"; } # bad FILE: a record that cannot be counted
good() { echo "$((++id)),1,High,2026-01-05T10:00:00Z,open" >>"$1"; }
quoted() { printf '%s,"1\n\n2",High,2026-01-05T10:00:00Z,open\n' $((++id)) >>"$1"; } # three lines
file() { # file NAME: a new one with bad lines among others
    echo $header >"$1"
    good "$1" && bad "$1" && quoted "$1" && bad "$1"
}
more() { good "$1" && bad "$1" && quoted "$1" && bad "$1"; }
begin() { # begin [OPTION...]
    : >"$d/out"
    "$tailrace" stream "$f" --definition tickets --state "$d/state" --epoch 10ms --format json --for 100s \
        "$@" >"$d/out" 2>"$d/err" </dev/null &
    program=$!
}
read_all() { tail -n 1 "$d/out" | jq -r .outcomes.rejected 2>/dev/null; }
caught_up() { until_same "$what: caught up" "$1" read_all; } # caught_up REJECTED
sources() { # that the state knows
    "$tailrace" stream "$f" --definition tickets --state "$d/state" --read-only --format json 2>/dev/null | jq '.inputs | length'
}
begun() { until_same "$what: begun" 1 sources; }
killed() { kill -9 $program; wait $program 2>/dev/null; true; }
listed() { "$tailrace" rejects "$f" --definition tickets --state "$d/state" --export "$d/rejects" >/dev/null
    jq -r '"\(.line) \(.text)"' "$d/rejects"; }
balance() { # balance N: so many bad lines, each with its line
    killed
    listed >"$d/listed"
    same "$what: bad lines" "$1" "$(wc -l <"$d/listed")"
    same "$what: lines" "" "$(awk '$2 != "wrong," $1' "$d/listed")"
}
new() { # new NAME
    what=$1 d=$work/$1 f=$work/$1/a.csv id=100
    mkdir "$d"
}

resumed() {
    new resumed
    file "$f" && begin && caught_up 2 && killed && more "$f" && begin && caught_up 4 && more "$f" && caught_up 6
    balance 6
}

saved() {
    new saved
    file "$f" && begin && caught_up 2
    cp "$f" "$d/swp" && more "$d/swp" && mv "$d/swp" "$f" && caught_up 4
    more "$f" && caught_up 6
    killed && more "$f" && begin && caught_up 8
    balance 8
}

saved_while_stopped() {
    new saved_while_stopped
    file "$f" && begin && caught_up 2 && killed
    cp "$f" "$d/swp" && more "$d/swp" && mv "$d/swp" "$f"
    begin && caught_up 4 && more "$f" && caught_up 6
    balance 6
}

renamed() {
    new renamed
    file "$f" && begin && caught_up 2
    mv "$f" "$f.1" && file "$f" && more "$f.1" && caught_up 6
    killed && more "$f" && mv "$f.1" "$f.2" && mv "$f" "$f.1" && file "$f"
    begin && caught_up 10 && more "$f" && caught_up 12
    balance 12
}

copied() {
    new copied
    file "$f" && begin && caught_up 2
    kill -STOP $program && more "$f" && cp "$f" "$f.1" && : >"$f" && file "$f" && kill -CONT $program
    caught_up 6 && more "$f" && caught_up 8
    killed && more "$f" && cp "$f" "$f.2" && : >"$f" && file "$f"
    begin && caught_up 12
    balance 12
}

from_end() { # nothing was counted when it is killed
    new from_end
    file "$f" && begin --from end
    begun
    killed && more "$f" && begin --from end && caught_up 2
    more "$f" && caught_up 4
    balance 4
}

from_end_at_once() {
    new from_end_at_once
    file "$f" && begin --from end
    begun
    more "$f" && caught_up 2
    balance 2
}

runs=()
for one in resumed saved saved_while_stopped renamed copied from_end from_end_at_once; do
    { $one && echo $checks >"$work/$one/checks"; } &
    runs+=($!)
done
await_runs
finish
