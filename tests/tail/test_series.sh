#!/bin/bash
# Guards: rotations between two looks, whatever a logger calls what it rotated: numbered downwards, as
# logrotate does, or upwards; dated, with the day first or a number behind, compressed or not (T-R3,
# T-R4). What was rotated since is read, each record once; what lay there before is not.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ledger.sh"
format=csv way=told
file() { # file NAME N: a new file with the next N ids
    { head_line; rows "$2"; } >"$1"
}

# name N: of the n-th file that is rotated, in order
up() { echo "$d/a.csv.$1"; }
up_before_ending() { echo "$d/a-$1.csv"; }
dated() { echo "$d/a-$(date -u -d "2026-01-29 + $1 days" +%Y%m%d).csv"; }
dated_and_numbered() { echo "$d/a.csv-2026-01-05-$1"; }
day_first() { echo "$d/a-$(date -u -d "2026-01-25 + $1 days" +%d-%m-%Y).csv"; }
down() { echo "$d/a.csv.1"; }

rotate() { # one further
    if [ "$series" = down ]; then
        for ((n = 20; n > 0; n--)); do
            [ ! -e "$d/a.csv.$n" ] || mv "$d/a.csv.$n" "$d/a.csv.$((n + 1))"
            [ ! -e "$d/a.csv.$n.gz" ] || mv "$d/a.csv.$n.gz" "$d/a.csv.$((n + 1)).gz"
        done
    fi
    rotated=$((rotated + 1))
    mv "$f" "$($series $rotated)"
    file "$f" 2
}
gone() { # gone N: the file that was rotated N ago
    if [ "$series" = down ]; then echo "$d/a.csv.$1"; else $series $((rotated - $1 + 1)); fi
}
missed() { # what happens between two looks
    rows 1 >>"$f"
    rotate
    rotate
    [ $packed = 0 ] || gzip "$(gone $packed)"
    rotate
}

scenario() { # scenario SERIES WHEN PACKED: the newest but so many is compressed; 0: none
    local series=$1 when=$2 packed=$3 rotated=0 id=100 program
    local d=$work/$1-$2-$3 f=$work/$1-$2-$3/a.csv ledger out err
    ledger=$d/ledger out=$d/out err=$d/err
    WITHIN=30
    mkdir "$d"
    file "$f" 2
    for ((old = 0; old < 8; old++)); do rotate; done # long ago: none of them is in the ledger
    : >"$ledger"
    file "$f" 3
    follow "$f" --state "$d/state" --epoch 10ms
    caught_up "$1 $2: at first"
    case $when in
    running)
        kill -STOP $program
        missed
        kill -CONT $program
        ;;
    stopped)
        kill -9 $program
        wait $program 2>/dev/null
        missed
        follow "$f" --state "$d/state" --epoch 10ms
        ;;
    esac
    caught_up "$1 $2: after it"
    rotate
    caught_up "$1 $2: and once more"
    balance 0
    same "$1 $2: nothing is missing" 0 "$(grep -c 'may be missing' "$err")"
    echo $checks >"$d/checks"
}
runs=() failed=0
for series in up up_before_ending dated dated_and_numbered day_first down; do
    for when in running stopped; do
        scenario $series $when 0 &
        runs+=($!)
    done
done
for series in up down; do
    scenario $series stopped 2 &
    runs+=($!)
done
# the very file that is followed is compressed meanwhile
for series in up up_before_ending day_first down; do
    scenario $series running 2 &
    runs+=($!)
done
for run in "${runs[@]}"; do wait "$run" || failed=1; done
[ $failed = 0 ] || exit 1
checks=$(awk '{ n += $1 } END { print n }' "$work"/*/checks)
finish
