#!/bin/bash
# Guards: a first line that is torn or hostile costs itself alone (S-51): the objects of JSON behind it
# are read, live and in batch; and a state goes on behind it, under the configuration it was made with
# (S-94). A file of rows below a strange header is still refused.
. "$(dirname "$0")/../lib.sh"
cd "$work" || exit 1
row() { printf '{"ticket_id":"%s","customer_id":"1","priority":"High","submitted_at":"2026-01-05T10:00:00Z","status":"open"}\n' "$1"; }
outcomes() { jq -c '[.outcomes.read, .outcomes.counted, .rejected, .groups[0].open]'; }
n=0
for head in $'\e[2J\xff evil' 'us":"open"}' 'a,b,c' '"' '{"ticket_id":"9' "$(head -c 9000 /dev/zero | tr '\0' x)"; do
    n=$((n + 1))
    { printf '%s\n' "$head"; row 1; row 2; } >feed.jsonl
    for lane in "stream --until-eof" batch; do
        "$TAILRACE" $lane --definition tickets --format json feed.jsonl >out 2>err
        same "head $n, $lane: status" "0 " "$? $(cat err)"
        same "head $n, $lane" 1 "$(outcomes <out | grep -cE '^\[3,2,\{"(parse|utf8)":1\},2\]$')"
    done
    # a run before it, and one behind it
    rm -rf st && row 0 >feed.jsonl
    "$TAILRACE" stream --until-eof --definition tickets --state st --format json feed.jsonl >out 2>err
    mv feed.jsonl feed.jsonl.1
    { printf '%s\n' "$head"; row 1; row 2; } >feed.jsonl
    "$TAILRACE" stream --until-eof --definition tickets --state st --format json feed.jsonl >out 2>err
    same "head $n: goes on" "0 4" "$? $(jq .outcomes.read out)"
done
printf 'a,b\n1,2\n{3,4\n' >rows.csv
"$TAILRACE" batch --definition tickets rows.csv >out 2>err
same "rows below a strange header" "1 1" "$? $(grep -c "needs the column" err)"
finish
