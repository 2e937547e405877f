#!/bin/bash
# A stream that is killed (kill -9) again and again, at any moment, and started again, ends with the
# answer of one that never stopped: outcomes, groups, windows with their revisions, alerts (S-03,
# S-92). The feed grows all the while; its ledger is the file itself.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1
RANDOM=7

# what must come out
whole() { "$tailrace" stream "$1.csv" --definition "$1" --window 5m --until-eof --format json; }
answer() { jq -S 'del(.cost)'; }

run_killed() {
    local lines=$1 kills=$2 profile=$3 at=1 next
    : > grow.csv
    for ((n = 1; n <= kills; n++)); do
        next=$((at + 1 + RANDOM % (lines / kills)))
        sed -n "${at},$((next - 1))p" "$profile.csv" >> grow.csv
        at=$next
        : > out
        how=(--changes update --trigger $((5 + RANDOM % 60)))
        [ $((n % 3)) -ne 0 ] || how=()
        "$tailrace" stream grow.csv --definition "$profile" --window 5m --state st "${how[@]}" \
            --format json > out 2> err &
        local pid=$!
        # half of a record, while it runs
        sed -n "${at}p" "$profile.csv" | head -c 20 >> grow.csv
        for ((spin = RANDOM % 40; spin > 0; spin--)); do head -c 1 /dev/null; done
        [ $((n % 3)) -ne 0 ] || until_same "a line was told" yes sh -c '[ -s out ] && echo yes || cat err'
        kill -9 "$pid" && wait "$pid" 2> /dev/null
        sed -n "${at}p" "$profile.csv" | tail -c +21 >> grow.csv
        at=$((at + 1))
    done
    sed -n "${at},\$p" "$profile.csv" >> grow.csv
}

for profile in payments tickets; do
    "$tailrace" simulate "$profile" --records 4000 --seed 5 --faults late=3%,duplicate,malformed \
        -o "$profile.csv"
    rm -rf st
    run_killed "$(wc -l < "$profile.csv")" 20 "$profile"
    same "the ledger of $profile" "$(sha256sum < "$profile.csv")" "$(sha256sum < grow.csv)"
    cp grow.csv "killed-$profile.csv"
    "$tailrace" stream grow.csv --definition "$profile" --window 5m --state st --until-eof \
        --format json > killed.json 2> err
    same "$profile goes on" 0 $?
    whole "$profile" | answer | sed "s/$profile.csv/grow.csv/" > expected
    answer < killed.json > actual
    same "$profile, killed 20 times" "" "$(diff expected actual | head -20)"
    # again, with nothing new: nothing changes
    "$tailrace" stream grow.csv --definition "$profile" --window 5m --state st --until-eof \
        --format json 2> err | answer > again
    same "$profile, once more" "" "$(diff expected again | head -20)"
done

# who is told what, and how it ends
"$tailrace" stream grow.csv --definition tickets --window 10m --state st --until-eof > out 2> err
same "another configuration" 4 $?
same "and why" 1 "$(grep -c 'made by another configuration' err)"
"$tailrace" stream grow.csv --definition tickets --window 5m --state st > out 2> err &
first=$!
tail -n 1 tickets.csv >> grow.csv
until_same "it counts" yes sh -c '[ -s out ] && echo yes'
"$tailrace" stream grow.csv --definition tickets --window 5m --state st --until-eof > out2 2> err2
same "a second one" 3 $?
same "and why" 1 "$(grep -c 'in use by another' err2)"
kill "$first" && wait "$first"
same "a signal ends it" 0 $?
# all but the first page
tail -c +16385 st/state.db | tr '\0-\377' '\1-\377\0' |
    dd of=st/state.db bs=16384 seek=1 conv=notrunc 2> /dev/null
"$tailrace" stream grow.csv --definition tickets --window 5m --state st --until-eof > out 2> err
same "damaged" 4 $?
"$tailrace" stream grow.csv --definition tickets --window 5m --state st --until-eof --rebuild \
    --format json 2> err | jq -S 'del(.cost)' > actual
"$tailrace" stream grow.csv --definition tickets --window 5m --until-eof --format json |
    jq -S 'del(.cost)' > expected
same "begun anew" "" "$(diff expected actual | head -20)"
# another file in the place of the one that was read: from its beginning, and that is said
read_before=$(jq .outcomes.read actual)
head -n 11 tickets.csv > other.csv
mv other.csv grow.csv
"$tailrace" stream grow.csv --definition tickets --window 5m --state st --until-eof \
    --format json > out 2> err
same "another file" $((read_before + 10)) "$(jq .outcomes.read out)"
same "and said" 1 "$(grep -c 'not as they were left' err)"
cat payments.csv | "$tailrace" stream - --definition payments --state st2 --until-eof > out 2> err
same "standard input has no positions" 2 $?
finish
