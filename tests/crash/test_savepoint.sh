#!/bin/bash
# Guards: savepoints (S-92). Copies made while another process counts into the state are each of one
# moment: begun from any of them, a run ends with the answer of one that never stopped. A name is
# plain, and never overwritten; what is looked at with --read-only is a whole answer at every moment.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1
"$tailrace" simulate payments --records 6000 --seed 6 --faults late=3%,duplicate,malformed -o all.csv
how=(--definition payments --window 5m)
answer() { jq -S 'del(.cost)'; }

head -n 1 all.csv >grow.csv
"$tailrace" stream grow.csv "${how[@]}" --state st --epoch 20ms >out 2>err &
writer=$!
opened() { [ -e st/state.db ] && "$tailrace" savepoint begin --state st 2>/dev/null; [ -e st/savepoint-begin.db ] && echo yes; }
until_same "a copy of the beginning" yes opened
part=$(($(wc -l <all.csv) / 12 + 1))
for ((n = 0; n < 12; n++)); do
    sed -n "$((2 + n * part)),$((1 + (n + 1) * part))p" all.csv >>grow.csv
    "$tailrace" stream grow.csv "${how[@]}" --state st --read-only --format json >look.json 2>err2
    same "a look" 0 $?
    same "is whole (S-03)" true \
        "$(jq '.outcomes | .read == .counted + .late + .duplicate + .filtered + .rejected + .future' look.json)"
    same "and closes (S-10)" true \
        "$(jq '([.groups[].count] | add // 0) == .outcomes.counted + .outcomes.late' look.json)"
    [ $((n % 4)) -ne 1 ] || "$tailrace" savepoint "at-$n" --state st 2>err2
    same "a copy" "0 " "$? $(cat err2)"
done
"$tailrace" savepoint at-1 --state st 2>err2
same "a name is not taken twice" 2 $?
for name in ../x a/b .x '' "$(printf 'x%.0s' {1..65})"; do
    "$tailrace" savepoint "$name" --state st 2>err2
    same "no plain name: $name" 2 $?
done
same "listed, oldest first" "begin at-1 at-5 at-9" \
    "$("$tailrace" savepoint --state st | awk '{ print $NF }' | xargs)"
kill -9 "$writer" && wait "$writer" 2>/dev/null

"$tailrace" stream all.csv "${how[@]}" --until-eof --format json | answer | sed s/all.csv/grow.csv/ >expected
read_at() { "$tailrace" stream grow.csv "${how[@]}" --state "$1" --read-only --format json | jq .outcomes.read; }
for name in at-5 begin at-9 at-1; do
    "$tailrace" stream grow.csv "${how[@]}" --state st --restore "$name" --until-eof --format json \
        2>err2 | answer >actual
    same "from $name" "" "$(diff expected actual | head -20)"
done
same "and kept so" "$(jq .outcomes.read expected)" "$(read_at st)"
"$tailrace" stream grow.csv "${how[@]}" --state st --restore never --until-eof >out 2>err2
same "none of that name" 1 $?
same "nothing to look at" 1 "$("$tailrace" stream grow.csv "${how[@]}" --state nowhere --read-only >out 2>err2; echo $?)"
same "not together" 2 "$("$tailrace" stream grow.csv --read-only --rebuild >out 2>err2; echo $?)"
same "the simulator keeps none" 2 "$("$tailrace" --state st --plain >out 2>err2; echo $?)"
finish
