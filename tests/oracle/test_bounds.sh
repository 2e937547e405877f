#!/bin/bash
# Guards: where a bound is met, totals stay exact and the answer says so; what is filtered uses
# nothing up; both lanes agree at the bounds; waiting ends when asked to; and each way to be wrong has
# its exit status and a message.
. "$(dirname "$0")/../lib.sh"

# --- groups beyond the cap: the rest is (other), the sum exact, the count of it said (S-15)
mawk 'BEGIN { print "ts,user,keep"
    for (i = 0; i < 30000; i++) printf "2026-01-05T00:00:00Z,u%05d,%s\n", i % 15000, i % 100 == 7 ? "y" : "n" }' \
    >"$work/many.csv"
for lane in batch "stream --until-eof"; do
    answer=$("$TAILRACE" $lane --format json --time ts --group-by user "$work/many.csv" 2>/dev/null)
    same "$lane: rows" 10001 "$(jq '.groups | length' <<<"$answer")"
    same "$lane: the sum" 30000 "$(jq '[.groups[].count] | add' <<<"$answer")"
    same "$lane: (other)" "10000 10000" "$(jq -r '"\(.groups[0].count) \(.degraded.groups)"' \
        <<<"$answer")"
    same "$lane: what is filtered is no group" "150 0" "$("$TAILRACE" $lane --format json \
        --time ts --group-by user --where keep=y "$work/many.csv" 2>/dev/null |
        jq -r '"\(.groups | length) \(.degraded.groups)"')"
done

# --- the day shown counts its own groups, however many there were on other days
mawk 'BEGIN { print "ts,cust"
    for (d = 1; d <= 3; d++) for (i = 0; i < 6000; i++)
        printf "2026-01-%02dT%02d:00:00Z,d%d_%d\n", d, i % 24, d, i }' >"$work/days.csv"
"$TAILRACE" "$work/days.csv" --time ts --group-by cust --plain --for 60s >"$work/plain" 2>/dev/null &
plain=$!
same "batch of the day" 6000 "$("$TAILRACE" batch --day 2026-01-03 --time ts --group-by cust \
    --format json "$work/days.csv" 2>/dev/null | jq .outcomes.counted)"
until_same "live total of the day" 1 sh -c "grep -c '  total 6 000  d3_0 1  ' '$work/plain' |
    sed 's/^[1-9].*/1/'"
kill -TERM $plain
wait $plain

# --- closed tickets are forgotten one day: an opening that may be of one of them is said (D-07)
mawk 'BEGIN { print "ticket_id,customer_id,priority,submitted_at,status"
    print "T0,c,High,2026-01-05T00:00:01Z,open"; print "T0,c,High,2026-01-05T00:00:03Z,closed"
    for (i = 4; i <= 70000; i++) {
        t = sprintf("2026-01-05T%02d:%02d:%02d", i / 3600, i / 60 % 60, i % 60)
        print i ",c,Low," t "Z,open"; print i ",c,Low," t ".500Z,closed" }
    print "T0,c,High,2026-01-05T00:00:01Z,open" }' >"$work/late.csv"
same "batch forgets nothing" "0 0" "$("$TAILRACE" batch --no-dedupe --format json "$work/late.csv" 2>/dev/null |
    jq -r '"\(.groups[0].open) \(.degraded.open)"')"
same "the live lane says what it may have wrong" 1 "$("$TAILRACE" stream --until-eof --no-dedupe --format json \
    "$work/late.csv" 2>/dev/null | jq .degraded.open)"

# --- what stands before a header is not the header, however long (T-R8)
"$TAILRACE" simulate payments -n 500 -o "$work/p.csv"
for filler in '\n' '\000'; do
    { head -c 3000000 /dev/zero | tr '\000' "$filler"; cat "$work/p.csv"; } >"$work/lead.csv"
    for lane in batch "stream --until-eof"; do
        same "$lane behind 3 MB of $filler" "500 0" "$("$TAILRACE" $lane --format json \
            --definition payments "$work/lead.csv" 2>/dev/null |
            jq -r '.outcomes | "\(.counted) \(.rejected)"')"
    done
done

# --- waiting for a first line ends when asked to
for how in "stream $work/none.csv" "watch --plain $work/none.csv"; do
    timeout 60 "$TAILRACE" $how --for 300ms >/dev/null 2>"$work/err"
    same "$how: --for ends the wait" "0 1" "$? $(grep -c 'no line came' "$work/err")"
done
"$TAILRACE" stream --format json "$work/none.csv" >"$work/out" 2>/dev/null &
program=$!
# bit 14 of the signals caught is SIGTERM's; the shell that becomes the program catches it too
until_same "started" caught mawk '/^Name/ { name = $2 }
    /^SigCgt/ { print name == "tailrace" && substr($2, 13, 1) ~ /[4-7c-f]/ ? "caught" : "" }' \
    "/proc/$program/status"
kill -TERM $program
wait $program
same "SIGTERM ends the wait, with an answer" "0 true" "$? $(jq .final "$work/out")"

# --- wrong use is 2 and says what would be right; failed work is 1
wrong() { # wrong STATUS WORDS ARGUMENT...
    local status=$1 words=$2
    shift 2
    timeout 60 "$TAILRACE" "$@" >/dev/null 2>"$work/err"
    same "status of: $*" "$status" $?
    same "message of: $*" 1 "$(grep -c -- "$words" "$work/err")"
}
p=$work/p.csv
wrong 2 "there are count" batch --measure foo "$p"
wrong 2 "is no number" batch --measure sum:country_code "$p"
wrong 2 "no field 'nope'" batch --group-by nope "$p"
wrong 2 "no field 'nope'" batch --where nope=1 "$p"
wrong 2 "is not understood" batch --where 'a~b' "$p"
wrong 2 "no field 'nope'" batch --time nope "$p"
wrong 2 "did you mean --format" batch --fromat json "$p"
wrong 2 "wants a value" batch "$p" --format
wrong 2 "does not apply" batch --every 1h "$p"
wrong 2 "from 100ms to 1d" watch --every 5x
wrong 2 "keeps its own time" watch --speed 10 "$p"
wrong 2 "which feed" stream
wrong 2 "which profile" simulate
wrong 2 "no profile" simulate nothing
wrong 2 "not in this version" lesson "$p"
wrong 2 "not one of tickets" batch --definition nothing "$p"
wrong 1 "no such file" batch "$work/none.csv"
wrong 1 "no file matches" batch "$work/none*.csv"
if [ -w /dev/full ]; then
    for lane in batch "stream --until-eof"; do
        "$TAILRACE" $lane "$p" >/dev/full 2>"$work/err"
        same "$lane to a full disk" "1 1" "$? $(grep -c 'No space left' "$work/err")"
    done
fi
finish
