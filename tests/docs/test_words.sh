#!/bin/bash
# What is said when something is refused names what to do next, and what it is about.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1
"$tailrace" simulate payments -n 500 --seed 5 --faults late=5%,malformed=5% -o feed.csv

# says STATUS WORDS COMMAND...
says() {
    local status=$1 words=$2
    shift 2
    "$tailrace" "$@" > out 2> err
    same "$*: status" "$status" $?
    same "$*: words" yes "$(grep -qF -- "$words" err && echo yes || cat err)"
}
kept() { says 0 "" stream feed.csv --until-eof --state s "$@"; }
other() { # other PARTS OPTIONS...
    local parts=$1
    shift
    says 4 "made by another configuration (what differs: $parts); say another with --state, or --rebuild" \
        stream feed.csv --until-eof --state s "$@"
}

kept --window 5m
other windows --window 10m
other filters --window 5m --where 'amount>5'
other groups --window 5m --group-by merchant_id
other measures --window 5m --measure count
other redaction --window 5m --redact user_id
other delivery --window 5m --delivery at-least-once
other "filters, day" --where 'amount>5' --day 2026-01-05
mkdir other
"$tailrace" simulate tickets -n 5 -o other/feed.csv
says 4 "what differs: definition, groups, measures" stream other/feed.csv --until-eof --window 5m --state s

# damage, and what to do
rm -rf s && kept
tr '\0' x < /dev/zero | head -c 16384 | dd of=s/state.db conv=notrunc 2> /dev/null
says 4 "--rebuild" stream feed.csv --until-eof --state s
head -c 20000 /dev/urandom > s/state.db
says 4 "file is not a database; say another with --state, or --rebuild" stream feed.csv --until-eof --state s

# what cannot be replayed, and what stands nowhere
rm -rf s && kept --window 5m
"$tailrace" rejects feed.csv --state s --window 5m --export all.jsonl > out 2> err
grep -m 1 '"kind": "late"' all.jsonl > late.jsonl
says 1 "" rejects feed.csv --state s --window 5m --replay late.jsonl
same "late" 1 "$(cat out err | grep -c 'a late or future record, or a conflict, cannot be replayed')"
sed 's/"start": [0-9]*/"start": 1/' late.jsonl > none.jsonl
says 1 "" rejects feed.csv --state s --window 5m --replay none.jsonl
same "nowhere" 1 "$(cat out err | grep -c 'no rejected record stands at that position')"

for option in --for --window --delay --lateness; do
    says 2 "in whole numbers, such as 700ms" stream feed.csv $option 0.7s
done
finish
