#!/bin/bash
# Guards: each trap that naive pipelines fall into (X1 … X23), once, on the real program; the name of
# a check begins with the trap's id. Most are guarded closer elsewhere; here one can read them all.
. "$(dirname "$0")/../lib.sh"
lanes=("stream --until-eof" batch)
answer() { "$TAILRACE" "$@" --format json 2>/dev/null; }
payment_header=event_id,user_id,amount,merchant_id,timestamp,country_code
ticket_header=ticket_id,customer_id,priority,submitted_at,status
order_header=order_id,customer_id,order_value_gbp,region,status,product_category,order_timestamp
at=2026-01-05T12:00:00Z
payments() { # payments FILE ROW...: id,amount,country,time of one user each
    printf '%s\n' $payment_header >"$1"
    local file=$1 id amount country time
    shift
    for row in "$@"; do
        IFS=, read -r id amount country time <<<"$row"
        echo "$id,7,$amount,1,${time:-$at},$country" >>"$file"
    done
}

# --- X1 parse happens outside validation
payments "$work/x1.csv" 1,5.00,US
printf '%s\n' '2,7,"1,1,nothing' '{not json' '' '3,7,6.00,1,'$at,US >>"$work/x1.csv"
printf '%s\n' '{"event_id": "1", "amount": 5.00, "timestamp": "'$at'"}' '{"event_id": ' 'x' '[]' \
    '{"event_id": "3", "amount": 6.00, "timestamp": "'$at'"}' >"$work/x1.jsonl"
for lane in "${lanes[@]}"; do
    same "X1 $lane: a bad line harms no other" "11.00 2 2" "$(answer $lane "$work/x1.csv" |
        jq -r '[(.groups | map(."sum:amount") | join(" ")), .outcomes.counted, .outcomes.rejected] | join(" ")')"
    same "X1 $lane: in JSON lines" "11.00 2 3" "$(answer $lane "$work/x1.jsonl" |
        jq -r '[(.groups | map(."sum:amount") | join(" ")), .outcomes.counted, .outcomes.rejected] | join(" ")')"
done

# --- X2, X3 amounts that are none: text, null, not finite
payments "$work/x2.csv" 1,5.00,US 2,free,US 3,,US 4,NaN,US 5,inf,US 6,1e999,US 7,0x10,US 8,-5.00,US
{
    id=0
    for amount in 5.00 '"free"' null NaN Infinity -Infinity 1e999 true '[1]' '{}'; do
        echo '{"event_id": "'$((++id))'", "amount": '"$amount"', "timestamp": "'$at'"}'
    done
} >"$work/x2.jsonl"
for lane in "${lanes[@]}"; do
    same "X2 X3 $lane: the sum is of what is an amount" "5.00 7" "$(answer $lane "$work/x2.csv" |
        jq -r '"\(.groups[0]."sum:amount") \(.outcomes.rejected)"')"
    same "X2 X3 $lane: each under its reason" \
        '{"bad_number":5,"missing_field:amount":1,"nonpositive_amount":1}' \
        "$(answer $lane "$work/x2.csv" | jq -cS .rejected)"
    same "X2 X3 $lane: in JSON" "5.00 9" "$(answer $lane "$work/x2.jsonl" |
        jq -r '"\(.groups[0]."sum:amount") \(.outcomes.rejected)"')"
    same "X3 $lane: text and what is not finite are no number" 5 "$(answer $lane "$work/x2.jsonl" |
        jq '.rejected.bad_number')"
done

# --- X4 a missing key
payments "$work/x4.csv" 1,5.00,US 2,6.00, 3,7.00,US
for lane in "${lanes[@]}"; do
    same "X4 $lane: a missing key is a group" "(missing) 1 US 2" \
        "$(answer $lane "$work/x4.csv" | groups | tr '\n' ' ' | sed 's/ $//')"
    same "X4 $lane: groups make the total" true \
        "$(answer $lane "$work/x4.csv" | jq '([.groups[].count] | add) == .outcomes.counted')"
done

# --- X5 unique customers are not rows
printf '%s\n' $order_header 1,7,5.00,N,completed,x,$at 2,7,6.00,N,completed,x,$at \
    3,8,7.00,N,completed,x,$at >"$work/x5.csv"
for lane in "${lanes[@]}"; do
    same "X5 $lane: customers, counted once" "3 2" "$(answer $lane --measure count,distinct:customer_id \
        "$work/x5.csv" | jq -r '.groups[0] | "\(.count) \(."distinct:customer_id")"')"
done

# --- X6 the same job twice; X7 the day that was asked for, not the one of the clock or of a name
sales() { "$TAILRACE" batch --definition orders --report daily_sales --day 2026-01-05 -o "$work/out" "$@"; }
cp "$work/x5.csv" "$work/sales_2026-01-06.csv"
echo "4,9,100.00,N,completed,x,2026-01-06T00:00:00Z" >>"$work/sales_2026-01-06.csv"
sales "$work/sales_2026-01-06.csv" >"$work/said" 2>&1
first=$(sha256sum <"$work/out/daily_sales_2026-01-05.csv")
sales --force "$work/sales_2026-01-06.csv" >"$work/said" 2>&1
same "X6 a second run doubles nothing" "$first" "$(sha256sum <"$work/out/daily_sales_2026-01-05.csv")"
same "X6 and leaves one report" "daily_sales_2026-01-05.csv" "$(cd "$work/out" && ls -- *.csv)"
same "X7 the day asked for" "category,total_revenue,order_count
x,18.00,3" "$(cat "$work/out/daily_sales_2026-01-05.csv")"

# --- X8 zones, and fractions that may be missing
payments "$work/x8.csv" 1,1.00,US,2026-01-05T23:30:00Z 2,1.00,US,2026-01-05T23:30:00-01:00 \
    3,1.00,US,2026-01-06T00:30:00+01:00 4,1.00,US,2026-01-05T12:00:00 5,1.00,US,2026-01-05T12:00:00.5 \
    6,1.00,US,2026-01-05T12:00:00.000001Z 7,1.00,US,'2026-01-05 12:00:00+00:00'
for lane in "${lanes[@]}"; do
    same "X8 $lane: days by the zone, with and without fractions" "2026-01-05 6 2026-01-06 1" \
        "$(answer $lane --group-by date --measure count "$work/x8.csv" | groups | tr '\n' ' ' | sed 's/ $//')"
done

# --- X9 ids that collide
same "X9 simulated ids are unique" "0" "$(for profile in tickets payments orders; do
    "$TAILRACE" simulate $profile -n 20000 --seed 3 | tail -n +2 |
        mawk -F, -v p=$profile '{ print $1 (p == "tickets" ? $5 : "") }'; done | sort | uniq -d | wc -l)"
payments "$work/x9.csv" 1,5.00,US 1,6.00,US 1,5.00,US
for lane in "${lanes[@]}"; do
    same "X9 $lane: the same id, another payment: counted, and said" "2 1 1" \
        "$(answer $lane "$work/x9.csv" |
            jq -r '"\(.outcomes.counted) \(.outcomes.duplicate) \(.id_conflicts)"')"
    same "X9 $lane: in words" "1 id came again with another content; the newest at byte 94, first at byte 59" \
        "$("$TAILRACE" $lane "$work/x9.csv" 2>/dev/null | grep 'another content')"
done

# --- X10 money in binary floats: 0.1 + 0.2, cents beside amounts that a double just holds, in any order
payments "$work/x10.csv" 1,0.10,US 2,0.20,US
mawk -v at=$at 'BEGIN { for (i = 3; i < 1000; i++) print i ",7," (i % 2 ? "0.01" : "90071992547409.91") ",1," at ",US" }' \
    >>"$work/x10.csv"
{ head -n 1 "$work/x10.csv"; tail -n +2 "$work/x10.csv" | sort -t, -k3,3 -k1,1r; } >"$work/x10_sorted.csv"
exact=$(sqlite3 :memory: "SELECT printf('%d.%02d', c / 100, c % 100) FROM
    (SELECT 30 + 499 + 498 * 9007199254740991 AS c)")
for lane in "${lanes[@]}"; do
    for file in x10 x10_sorted; do
        same "X10 $lane: $file to the cent" "$exact" \
            "$(answer $lane "$work/$file.csv" | jq -r '.groups[0]."sum:amount"')"
    done
done

# --- X11 what came before the first start; a run that was killed
"$TAILRACE" simulate payments -n 3000 --seed 3 -o "$work/x11.csv"
follow() {
    : >"$work/follow"
    "$TAILRACE" stream --no-state --format json "$work/x11.csv" >>"$work/follow" 2>/dev/null &
    program=$!
}
counted() { tail -n 1 "$work/follow" | sed -E 's/.*"counted": ([0-9]+).*/\1/'; }
follow
until_same "X11 what was there at the start is counted" 3000 counted
{
    kill -KILL $program
    wait $program
} 2>/dev/null
follow
until_same "X11 after kill -9, once" 3000 counted
kill -TERM $program
wait $program

# --- X12 state of customers that went quiet. Memory is measured between a feed and one three times as
# long, with as many customers a minute: what is kept hangs on the horizon, not on the length.
quiet() { # quiet MINUTES: 400 customers a minute, each with one payment and never again
    mawk -v minutes="$1" 'BEGIN { print "'$payment_header'"
        for (m = 0; m < minutes; m++) for (i = 0; i < 400; i++) {
            s = m * 60 + int(i * 60 / 400)
            printf "%d,u%d,1.00,1,2026-01-05T%02d:%02d:%02dZ,US\n", ++n, n, s / 3600, s / 60 % 60, s % 60 } }'
}
peak_kb() { # peak_kb FILE: of the resident memory of a live run
    "$TAILRACE" stream --format json --no-dedupe --no-state "$1" >"$work/peak" 2>/dev/null &
    local program=$!
    until_same "X12 all of $1 is counted" "$2" sh -c \
        "tail -n 1 '$work/peak' | sed -E 's/.*\"counted\": ([0-9]+).*/\1/'"
    kb=$(mawk '/^VmHWM/ { print $2 }' /proc/$program/status)
    kill -TERM $program
    wait $program
}
if [[ $TAILRACE == */release/* ]]; then # elsewhere memory is the sanitizer's
    quiet 120 >"$work/short.csv"
    quiet 360 >"$work/long.csv"
    peak_kb "$work/short.csv" 48000
    short_kb=$kb
    peak_kb "$work/long.csv" 144000
    same "X12 three times as long, not three times the memory ($short_kb kB, $kb kB)" true \
        "$([ "$kb" -lt $((short_kb * 3 / 2)) ] && echo true)"
fi

# --- X13 pruning by the time of arrival: six payments within five minutes, in any order
for order in "0 1 2 3 4 299" "299 4 3 2 1 0" "2 299 0 4 1 3"; do
    rows=()
    for s in $order; do
        rows+=("$s,1.00,US,2026-01-05T12:0$((s / 60)):$(printf %02d $((s % 60)))Z")
    done
    payments "$work/x13.csv" "${rows[@]}"
    for lane in "${lanes[@]}"; do
        same "X13 $lane: velocity of $order" 1 "$(answer $lane "$work/x13.csv" | jq .alerts.velocity)"
    done
done

# --- X14 an alert for each record
payments "$work/x14.csv"
mawk 'BEGIN { for (i = 0; i < 50000; i++)
    printf "%d,7,600.00,1,2026-01-05T%02d:%02d:%02dZ,NG\n", i, i / 3600, i / 60 % 60, i % 60 }' \
    >>"$work/x14.csv"
for lane in "${lanes[@]}"; do
    same "X14 $lane: 50000 alerts" 50000 "$(answer $lane "$work/x14.csv" | jq '.alerts."geo-amount"')"
done
"$TAILRACE" stream --no-state --format json "$work/x14.csv" --alerts "$work/x14.jsonl" >"$work/follow" 2>/dev/null &
program=$!
until_same "X14 each in the file, velocity from the sixth on" $((50000 + 49995)) sh -c "wc -l <'$work/x14.jsonl'"
writes=$(mawk '/^syscw/ { print $2 }' /proc/$program/io)
kill -TERM $program
wait $program
same "X14 many of them in one write ($writes writes)" true "$([ "$writes" -lt 10000 ] && echo true)"

# --- X15 open tickets need a close
printf '%s\n' $ticket_header 1,7,High,2026-01-05T12:00:00Z,open 2,7,High,2026-01-05T12:01:00Z,open \
    1,7,High,2026-01-05T12:02:00Z,closed >"$work/x15.csv"
cut -d, -f1-4 "$work/x15.csv" | head -n 3 >"$work/x15_plain.csv"
for lane in "${lanes[@]}"; do
    same "X15 $lane: opened less closed" 1 "$(answer $lane "$work/x15.csv" | jq '.groups[0].open')"
    same "X15 $lane: without closings, no such figure" '["count","key"]' \
        "$(answer $lane "$work/x15_plain.csv" | jq -c '.groups[0] | keys')"
    same "X15 $lane: nor an alert of what stayed open, the others all the same" \
        '{"high-priority":2}' "$(answer $lane "$work/x15_plain.csv" | jq -c .alerts)"
done
"$TAILRACE" watch --plain --for 100ms "$work/x15_plain.csv" >/dev/null 2>"$work/err"
same "X15 on the screen" 0 $?

# --- X16 completed only, or not cancelled; a status that is missing
printf '%s\n' $order_header 1,7,1.00,N,completed,x,$at 2,7,2.00,N,cancelled,x,$at \
    3,7,4.00,N,,x,$at 4,7,8.00,N,returned,x,$at >"$work/x16.csv"
for lane in "${lanes[@]}"; do
    for mode in "status=completed 1.00 3" "status!=cancelled 13.00 1"; do
        read -r where sum filtered <<<"$mode"
        same "X16 $lane: $where" "$sum $filtered" "$(answer $lane --where "$where" "$work/x16.csv" |
            jq -r '"\(.groups[0]."sum:order_value_gbp") \(.outcomes.filtered)"')"
    done
done

# --- X17 costs are measured, by both lanes, not quoted
for lane in "${lanes[@]}"; do
    same "X17 $lane: processor time, bytes, rows" "true $(stat -c %s "$work/x14.csv") 50000" \
        "$(answer $lane "$work/x14.csv" |
            jq -r '.cost | "\(.cpu_seconds > 0) \(.bytes_read) \(.rows_read)"')"
done

# --- X18 every interval from 100 ms to a day can be had
for every in 100ms 1s 30s 5m 15m 1h 1d; do
    timeout 60 "$TAILRACE" watch --plain --every $every --for 1ms "$work/x5.csv" >/dev/null 2>"$work/err"
    same "X18 every $every" 0 $?
done
for every in 99ms 25h; do
    "$TAILRACE" watch --plain --every $every --for 1ms "$work/x5.csv" >/dev/null 2>"$work/err"
    same "X18 but not every $every" 2 $?
done

# --- X19 when a window is final: B + A behind its end, here 15 minutes behind its start
final() { # final TIME: of the window at 12:00 when the newest event is of that time
    payments "$work/x19.csv" 1,1.00,US "2,1.00,US,$1"
    : >"$work/follow"
    "$TAILRACE" stream --no-state --format json --window 5m --delay 10m --lateness 0s "$work/x19.csv" \
        >>"$work/follow" 2>/dev/null &
    program=$!
    until_same "X19 both are counted" 2 counted
    kill -TERM $program
    wait $program
    tail -n 1 "$work/follow" | jq -r '.windows[0] | "\(.start[11:16]) \(.state)"'
}
final 2026-01-05T12:14:59.999Z >"$work/state"
same "X19 14:59.999 later" "12:00 provisional" "$(cat "$work/state")"
final 2026-01-05T12:15:00Z >"$work/state"
same "X19 15 minutes later" "12:00 final" "$(cat "$work/state")"

# --- X20 a total that is looked at only at multiples of ten: the stream tells of every change instead,
# however many records came with it; and --trigger 10 means each time a multiple is crossed
payments "$work/x11.csv" 1,1.00,US
follow
until_same "X20 one record" 1 counted
for i in $(seq 2 24); do echo "$i,7,1.00,1,$at,US"; done >>"$work/x11.csv"
until_same "X20 a step over two multiples of ten" 24 counted
kill -TERM $program
wait $program
same "X20 each is crossed" "1:10 2:20 3:24" "$("$TAILRACE" stream --until-eof --window 5m --format csv \
    --changes update --trigger 10 "$work/x11.csv" 2>/dev/null |
    mawk -F, '$2 == "+" { print $1 ":" $6 }' | xargs)"

# --- X21 order of priorities: alphabetical in print and files, by urgency on the screen
printf '%s\n' $ticket_header 1,7,Medium,$at,open 2,7,Low,$at,open 3,7,High,$at,open >"$work/x21.csv"
for lane in "${lanes[@]}"; do
    same "X21 $lane: in print" "High Low Medium" \
        "$(answer $lane "$work/x21.csv" | jq -r '[.groups[].key.priority] | join(" ")')"
done
"$TAILRACE" watch --plain --for 60s "$work/x21.csv" >"$work/plain" 2>/dev/null &
program=$!
on_screen() { grep -o 'High 1.*' "$work/plain" | tail -n 1 | grep -oE 'High|Medium|Low' | head -n 3 | xargs; }
until_same "X21 on the screen" "High Medium Low" on_screen
kill -TERM $program
wait $program

# --- X22 at least, or more than; test_boundaries has all of them
payments "$work/x22.csv" 1,500.00,NG 2,500.01,NG 3,10000.00,US 4,10000.01,US
for lane in "${lanes[@]}"; do
    same "X22 $lane: more than 500.00, more than 10000.00" "1 1" "$(answer $lane "$work/x22.csv" |
        jq -r '.alerts | "\(."geo-amount") \(.large)"')"
done

# --- X23 a storm is one episode on the screen, and 42 in the count
rows=()
for i in $(seq 0 46); do
    rows+=("$i,20.00,US,2026-01-05T12:0$((i * 4 / 60)):$(printf %02d $((i * 4 % 60)))Z")
done
payments "$work/x23.csv" "${rows[@]}"
for lane in "${lanes[@]}"; do
    same "X23 $lane: the sixth to the 47th" 42 "$(answer $lane "$work/x23.csv" | jq .alerts.velocity)"
done
finish
