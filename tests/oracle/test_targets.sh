#!/bin/bash
# What a command writes never lands on the feed it reads, under whatever name, nor in a directory
# where a state is kept: refused as wrong use before a byte is written, for every option that names
# a file or a folder.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1

"$tailrace" simulate payments -n 300 --seed 5 --faults malformed=5% -o feed.csv
cp feed.csv feed.before
ln feed.csv "second name"
ln -s feed.csv link
mkdir day && cp feed.csv day/a.csv
"$tailrace" stream feed.csv --state s --until-eof > out 2> err
same "a state" 0 $?
sum() { { cat feed.csv day/a.csv; cat s/state.db; ls s day | grep -v -e -shm -e -wal; } | sha256sum; }
before=$(sum)

# refused WHAT WORDS COMMAND...: wrong use, said so, and nothing is changed
refused() {
    local what=$1 words=$2
    shift 2
    "$tailrace" "$@" > out 2> err
    same "$what: wrong use" "2 1" "$? $(grep -c "$words; say another" err)"
    same "$what: nothing is written" "$before" "$(sum)"
}
feed="that file is part of the feed" state="that is in a directory where a state is kept"
for target in feed.csv ./feed.csv "$work/feed.csv" "second name" link; do
    refused "rejects --export, '$target'" "$feed" rejects feed.csv --state s --export "$target"
    refused "rejects --export without a state, '$target'" "$feed" rejects feed.csv --no-state --export "$target"
    refused "compare -o, '$target'" "$feed" compare feed.csv -o "$target"
    refused "stream --alerts, '$target'" "$feed" stream feed.csv --until-eof --alerts "$target"
done
for target in s/state.db s/new s/lock "$work/s/state.db"; do
    refused "rejects --export, '$target'" "$state" rejects feed.csv --state s --export "$target"
    refused "compare -o, '$target'" "$state" compare feed.csv -o "$target"
    refused "simulate -o, '$target'" "$state" simulate tickets -o "$target"
    refused "stream --alerts, '$target'" "$state" stream feed.csv --until-eof --state s --alerts "$target"
done
mkdir s.empty && chmod 700 s.empty
refused "a state that is to be" "$state" stream feed.csv --until-eof --state s.empty --alerts s.empty/a
same "and nothing stands in it" "" "$(ls s.empty)"
refused "batch -o, a state" "$state" batch feed.csv -o s --day 2026-01-05
refused "replay -o, a state" "$state" replay feed.csv -o s
refused "replay -o, in a state" "$state" replay feed.csv -o s/answer
refused "a name that the pattern would find" "$feed" rejects 'day/*.csv' --no-state --definition payments --export day/b.csv
refused "the same by another way" "$feed" rejects "$work/day/*.csv" --no-state --definition payments --export ./day/../day/b.csv
"$tailrace" stream - --until-eof --format json --alerts feed.csv < feed.csv > out 2> err
same "the file behind standard input" "2 1" "$? $(grep -c "$feed" err)"

# a report, or a replay, whose own file is the feed
mkdir reports answer && cp feed.csv reports/summary_2026-01-05.csv && cp feed.csv answer/alerts.jsonl
"$tailrace" batch reports/summary_2026-01-05.csv -o reports --day 2026-01-05 > out 2> err
same "batch -o: wrong use" "2 1" "$? $(grep -c "$feed" err)"
"$tailrace" replay answer/alerts.jsonl --definition payments -o answer > out 2> err
same "replay -o: wrong use" "2 1" "$? $(grep -c "$feed" err)"
same "both are as they were" "" "$(cmp feed.before reports/summary_2026-01-05.csv; cmp feed.before answer/alerts.jsonl; ls -d answer.previous 2> /dev/null)"
same "the feed" "" "$(cmp feed.before feed.csv)"

# and what is neither is written
"$tailrace" rejects feed.csv --state s --export day/b.jsonl > out 2> err
same "beside the feed" "0 yes" "$? $([ -s day/b.jsonl ] && echo yes)"
finish
