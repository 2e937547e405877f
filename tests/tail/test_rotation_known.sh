#!/bin/bash
# Guards: what was counted, or known for a copy, is known again after a restart under any name (T-R5,
# T-R6, S-40): a copy of the feed under its pattern that the next rotation shifts; a name that a
# rotation gave to another file of the feed, when what was read under it lies one further. A ledger
# keeps every id that was written; nothing has an id for the program, so what is read twice shows.
# Each scenario ends both ways, by TERM and KILL; EVERY=1 runs all ways and formats.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ledger.sh"

file() { # file NAME N: a new file with the next N ids
    { head_line; rows "$2"; } >"$1"
}
go_on() { follow "${feed[@]}" --state "$d/state" --epoch 10ms; }
sources() { sqlite3 "$d/state/state.db" "select count(distinct substr(key, 1, 4)) from part where part = 3" 2>/dev/null; }
stop() {
    kill "-$signal" $program
    wait $program 2>/dev/null
}
shift_names() { # as logrotate does
    local k
    for k in 5 4 3 2 1; do [ ! -e "$f.$k" ] || mv "$f.$k" "$f.$((k + 1))"; done
}
seen() { # seen N: the state has heard of N sources; it hears when something is counted
    local deadline=$((SECONDS + WITHIN))
    until [ "$(sources)" = "$1" ]; do
        rows 1 >>"$d/b.$format"
        caught_up "$what: beside it"
        [ $SECONDS -lt $deadline ] || same "$what $way $format: sources" "$1" "$(sources)"
    done
}
copytruncate() { # the copy is seen before its file is truncated
    cp "$f" "$f.1"
    seen 3
    file "$f" 5
}

copy_shifted() {
    feed=("$f*" "$d/b.$format")
    file "$d/b.$format" 1
    go_on
    caught_up "$what: at first"
    copytruncate
    caught_up "$what: behind the copy"
    shift_names
    rows 1 >>"$f"
    caught_up "$what: the copy was shifted"
    stop
    go_on
    rows 1 >>"$f"
    caught_up "$what: started again"
    stop
}
copy_shifted_twice() {
    copy_shifted
    shift_names
    cp "$f" "$f.1"
    file "$f" 2
    rm "$f.3" # the first copy, long counted
}
name_taken() {
    feed=("$f*")
    file "$f.1" 2
    go_on
    caught_up "$what: at first"
    stop
    rows 1 >>"$f.1"
    shift_names
    mv "$f" "$f.1"
    file "$f" 2
}
name_taken_in_a_list() { # where what was read under the name lies, the feed does not name
    name_taken
    feed=("$f" "$f.1")
}

scenario() { # scenario NAME SIGNAL WAY FORMAT
    local what=$1 signal=$2 way=$3 format=$4 id=100 feed=() d f ledger out err program
    WITHIN=60
    d=$work/$1-$2-$3-$4 f=$work/$1-$2-$3-$4/a.$4 ledger=$d/ledger out=$d/out err=$d/err
    mkdir "$d"
    : >"$ledger"
    file "$f" 50
    $what
    go_on
    # by the time that this is counted, whatever was taken for a rotated file has been waited for
    shift_names
    mv "$f" "$f.1"
    file "$f" 1
    caught_up "$what: after it"
    balance 0
    go_on
    rows 1 >>"$f"
    caught_up "$what: and again"
    balance 0
    same "$what $way $format: nothing is missing" 0 "$(grep -c 'may be missing' "$err")"
    echo $checks >"$d/checks"
}

runs=() failed=0 turn=0
for name in copy_shifted copy_shifted_twice name_taken name_taken_in_a_list; do
    for signal in TERM KILL; do
        for way in told looked; do
            for format in csv jsonl; do
                [ -n "${EVERY:-}" ] || [ $((turn++ % 2)) = $((turn / 4 % 2)) ] || continue
                scenario $name $signal $way $format &
                runs+=($!)
            done
        done
    done
done
for run in "${runs[@]}"; do wait "$run" || failed=1; done
[ $failed = 0 ] || exit 1
checks=$(awk '{ n += $1 } END { print n }' "$work"/*/checks)
finish
