#!/bin/bash
# The three delivery modes under kill -9 at random moments (S-80): the same growing feed, each mode
# killed KILLS times in its own state, then read to the end. The ledger is the feed: each id once.
# EVERY=1 kills 1000 times.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1
kills=${KILLS:-34}
[ -z "${EVERY:-}" ] || kills=1000
modes="effectively-once at-least-once at-most-once"

count() { exec "$tailrace" stream grow.csv --definition payments --group-by event_id --state "$@"; }

# Kills a run at a moment: of its start, or of its counting.
kill_once() {
    local mode=$1 n=$2 deadline=$((SECONDS + 3))
    : > "out-$mode"
    count "$mode" --delivery "$mode" --epoch 30ms > "out-$mode" 2> "err-$mode" &
    local pid=$!
    while [ $((n % 2)) -eq 0 ] && ! [ -s "out-$mode" ] && [ $SECONDS -lt $deadline ]; do
        sleep 0.002
    done
    sleep "0.0$((RANDOM % 60 + 10))"
    kill -9 "$pid" && wait "$pid" 2> /dev/null
}

kill_often() {
    RANDOM=$2
    for ((n = 1; n <= kills; n++)); do
        kill_once "$1" "$n"
        echo "$n" > "kills-$1"
    done
}

"$tailrace" simulate payments -n 100 --seed 3 --faults none -o grow.csv
# each kill of each mode is worth some records, every id new; a few come whatever happens
feed() {
    "$tailrace" simulate payments -n 9500 --seed 3 --faults none -o whole.csv
    tail -n +102 whole.csv > rest.csv
    exec 3< rest.csv
    local given=0 quota tick
    for ((tick = 0; given < 9300; tick++)); do
        [ -e feeding ] || break
        quota=$(($(cat kills-* | paste -sd+) * 9000 / (3 * kills) + 200))
        if [ $given -lt $quota ] || [ $((tick % 40)) -eq 0 ]; then
            mapfile -t -n 3 -u 3 lines
            printf '%s\n' "${lines[@]}" >> grow.csv
            given=$((given + 3))
        fi
        sleep 0.002
    done
}
for mode in $modes; do
    echo 0 > "kills-$mode"
done
touch feeding
feed 2> /dev/null &
feeder=$!
seed=11
killers=()
for mode in $modes; do
    kill_often "$mode" $((seed++)) 2> /dev/null &
    killers+=($!)
done
wait "${killers[@]}"
rm feeding
wait "$feeder"

tail -n +2 grow.csv | cut -d, -f1 | sort > ledger
same "every id once in the ledger" "" "$(uniq -d ledger)"
for mode in $modes; do
    same "kills of $mode" "$kills" "$(cat "kills-$mode")"
    (count "$mode" --delivery "$mode" --until-eof --format json) > "$mode.json" 2> err
    same "$mode goes on" "0 " "$? $(cat err)"
    same "$mode: each record has one outcome" true \
        "$(jq '.outcomes | .read == ([to_entries[] | select(.key != "read").value] | add)' "$mode.json")"
    jq -r '.groups[] | "\(.key.event_id) \(.count)"' "$mode.json" | sort > ids
    same "$mode counts no id of its own" "" "$(cut -d' ' -f1 ids | comm -13 ledger -)"
    lost=$(cut -d' ' -f1 ids | comm -23 ledger - | wc -l)
    twice=$(awk '$2 > 1 { n += $2 - 1 } END { print n + 0 }' ids)
    echo "$mode: $kills kills, $(wc -l < ledger) records, $lost lost, $twice twice"
    case $mode in
    effectively-once) expected="none none" ;;
    at-least-once) expected="none some" ;;
    at-most-once) expected="some none" ;;
    esac
    # under the sanitizers few kills come while something is counted: whether any harm is left to them
    some() { [ "$1" -gt 0 ] && echo some || echo none; }
    [[ ! ${BUILD:-} =~ san$ ]] || [ "$lost $twice" != "0 0" ] || expected="none none"
    same "$mode: lost, twice" "$expected" "$(some "$lost") $(some "$twice")"
done

# who is told what
"$tailrace" stream grow.csv --definition payments --group-by event_id --state at-most-once \
    --until-eof > out 2> err
same "a state keeps its mode" 4 $?
"$tailrace" stream grow.csv --delivery at-most-once --until-eof > out 2> err
same "without a state there is nothing to deliver again" 2 $?
"$tailrace" stream grow.csv --state st --delivery twice > out 2> err
same "a mode that is none" "tailrace: --delivery twice: say effectively-once, at-least-once or at-most-once" \
    "$(head -n 1 err)"
finish
