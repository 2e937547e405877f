#!/bin/bash
# A disk that takes no more, and then does again (S-95): what was counted is rebuilt from the newest
# epoch that was kept, nothing is told before it is, and the answer is that of one that never failed.
# The disk is a limit on the size of files, which can be lifted while the program runs.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1

"$tailrace" simulate tickets --records 30000 --seed 11 --faults late=3%,duplicate,malformed -o all.csv
"$tailrace" stream all.csv --window 5m --until-eof --format json 2> err | jq -S 'del(.cost, .inputs)' > expected

# begin LIMIT COMMAND...: the program with files of at most so many bytes
begin() {
    local limit=$1
    shift
    (
        trap '' XFSZ
        exec prlimit --fsize="$limit:unlimited" "$@"
    ) &
    program=$!
}
lift() { prlimit --pid "$program" --fsize=unlimited:unlimited; }
notes() { grep -c "$1" err; }

# following: it waits, and goes on when there is room
head -n 5000 all.csv > feed.csv
begin 400000 "$tailrace" stream feed.csv --window 5m --state st --format json > out 2> err
until_same "a first answer" yes sh -c '[ -s out ] && echo yes || cat err'
tail -n +5001 all.csv >> feed.csv
until_same "it says that it cannot keep it" 1 notes "NOT DURABLE"
until_same "it waits" yes sh -c "kill -0 $program && echo yes"
told=$(tail -n 1 out | jq .outcomes.read)
same "nothing was told that is not kept" 1 "$((told < 30000))"
lift
until_same "it goes on" 1 notes "durable again"
until_same "it has counted all" "$(jq .outcomes.read expected)" sh -c 'tail -n 1 out | jq .outcomes.read'
kill "$program"
wait "$program"
same "and ends" 0 $?
same "said once" 1 "$(notes "NOT DURABLE")"
"$tailrace" stream feed.csv --window 5m --state st --until-eof --format json 2> err2 |
    jq -S 'del(.cost, .inputs)' > actual
same "the answer of one that never failed" "" "$(diff expected actual | head -20)"

# to the end of the feed: it waits there as well
begin 400000 "$tailrace" stream all.csv --window 5m --state st2 --until-eof --format json > out 2> err
until_same "it says that it cannot keep it" 1 notes "NOT DURABLE"
same "nothing is told" "" "$(cat out)"
lift
wait "$program"
same "it ends well" 0 $?
same "the same answer" "" "$(jq -S 'del(.cost, .inputs)' out | diff expected - | head -20)"

# a signal ends the wait; what was not kept is counted by the next one
begin 400000 "$tailrace" stream all.csv --window 5m --state st3 --until-eof --format json > out 2> err
until_same "it says that it cannot keep it" 1 notes "NOT DURABLE"
prlimit --pid "$program" --fsize=1:unlimited # not even what little it has read again
kill "$program"
wait "$program"
same "a signal ends it as failed" 1 $?
same "nothing was told" "" "$(cat out)"
"$tailrace" stream all.csv --window 5m --state st3 --until-eof --format json 2> err |
    jq -S 'del(.cost, .inputs)' > actual
same "the next one counts all" "" "$(diff expected actual | head -20)"

# a value that gets a file of its own does not fit: nothing of it stays
case $BUILD in
*tsan) # too slow: an epoch of a second holds no such value
    skip "a large value that does not fit"
    finish
    exit
    ;;
esac
"$tailrace" simulate tickets --records 50000 --seed 12 -o many.csv
"$tailrace" stream many.csv --until-eof --format json 2> err | jq -S 'del(.cost, .inputs)' > expected
begin 1048576 "$tailrace" stream many.csv --state st4 --epoch 44000 --until-eof --format json > out 2> err
until_same "it says that it cannot keep it" 1 notes "NOT DURABLE"
until_same "and which file it is" 1 notes "cannot be written: large-[0-9]*: File too large"
until_same "what was begun of it is gone" "" sh -c 'ls st4 | grep large'
lift
wait "$program"
same "it ends well" 0 $?
same "the same answer" "" "$(jq -S 'del(.cost, .inputs)' out | diff expected - | head -20)"
same "its file" 1 "$(ls st4 | grep -c large)"
finish
