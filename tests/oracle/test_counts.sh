#!/bin/bash
# Guards: batch = stream = another program's count on the same bytes (mawk, sqlite3), for counts,
# sums, averages, least and most, filters and days; a CSV feed and its JSONL twin agree; every
# record has one outcome. The other programs share no line of code with Tailrace.
. "$(dirname "$0")/../lib.sh"

# --- tickets: counts and open by priority, against mawk and sqlite3
csv=$work/tickets.csv
"$TAILRACE" simulate tickets -n 20000 --seed 7 -o "$csv"
expected=$(mawk -F, 'NR > 1 { n[$3]++ } END { for (k in n) print k, n[k] }' "$csv" | sort)
for lane in batch "stream --until-eof"; do
    answer=$("$TAILRACE" $lane --format json "$csv" 2>"$work/note")
    same "$lane count by priority" "$expected" "$(groups <<<"$answer")"
    same "$lane says what it guessed" "tailrace: $csv: read as tickets, by its columns" \
        "$(cat "$work/note")"
    same "$lane closes" "true" "$(jq '.outcomes | .read == .counted + .late + .duplicate +
        .filtered + .rejected + .future' <<<"$answer")"
    same "$lane bytes" "$(stat -c %s "$csv")" "$(jq '.cost.bytes_read' <<<"$answer")"
    same "$lane inputs" "$(stat -c %s "$csv")" "$(jq '.inputs[0].bytes' <<<"$answer")"
done
open=$(sqlite3 -cmd '.mode csv' -cmd ".import $csv t" :memory: "
    SELECT priority || ' ' || SUM(status = 'open')
    FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY ticket_id
          ORDER BY submitted_at DESC, rowid DESC) AS back FROM t)
    WHERE back = 1 GROUP BY priority ORDER BY priority" | tr -d '"\r')
for lane in batch "stream --until-eof"; do
    same "$lane open by priority" "$open" "$("$TAILRACE" $lane --format json "$csv" 2>/dev/null |
        jq -r '.groups[] | .key.priority + " " + (.open | tostring)')"
done

# --- payments: money, exact, against sqlite3 on integers
csv=$work/payments.csv
"$TAILRACE" simulate payments -n 20000 --seed 8 -o "$csv"
sql="CREATE TEMP VIEW p AS SELECT country_code AS c,
     CAST(replace(amount, '.', '') AS INTEGER) AS cents FROM t;
     SELECT c, COUNT(*), printf('%d.%02d', SUM(cents) / 100, SUM(cents) % 100),
     printf('%d.%02d', MIN(cents) / 100, MIN(cents) % 100),
     printf('%d.%02d', MAX(cents) / 100, MAX(cents) % 100) FROM p GROUP BY c ORDER BY c"
expected=$(sqlite3 -separator , -cmd '.mode csv' -cmd ".import $csv t" -cmd '.mode list' \
    -cmd '.separator ,' :memory: "$sql")
for lane in batch "stream --until-eof"; do
    same "$lane sums by country" \
        "country_code,count,sum:amount,min:amount,max:amount
$expected" \
        "$("$TAILRACE" $lane --format csv --measure count,sum:amount,min:amount,max:amount "$csv" \
            2>/dev/null)"
done
expected=$(mawk -F, 'NR > 1 { c = $3; sub(/\./, "", c); n[$6]++; s[$6] += c }
    END { for (k in n) { q = int(100 * (s[k] / 100) / n[k]); r = s[k] - q * n[k]
          if (2 * r > n[k] || (2 * r == n[k] && q % 2)) q++
          printf "%s %d.%02d\n", k, int(q / 100), q % 100 } }' "$csv" | sort)
same "averages, half-even" "$expected" "$("$TAILRACE" batch --format json --measure avg:amount \
    "$csv" 2>/dev/null | jq -r '.groups[] | .key.country_code + " " + ."avg:amount"')"

# --- filters: both lanes obey the same ones
expected=$(mawk -F, 'NR > 1 && $3 > 500.00 && $6 ~ /^(NG|RU|CN)$/ { n[$6]++ }
    END { for (k in n) print k, n[k] }' "$csv" | sort)
for lane in batch "stream --until-eof"; do
    answer=$("$TAILRACE" $lane --format json --where 'amount>500.00' \
        --where 'country_code in NG,RU,CN' "$csv" 2>/dev/null)
    same "$lane filtered" "$expected" "$(groups <<<"$answer")"
    same "$lane filtered closes" 20000 "$(jq '.outcomes | .counted + .filtered' <<<"$answer")"
done

# --- orders: several grouping fields, dates
csv=$work/orders.csv
"$TAILRACE" simulate orders -n 20000 --seed 9 -o "$csv"
header=$(head -1 "$csv")
r=$(tr ',' '\n' <<<"$header" | grep -n '^region$' | cut -d: -f1)
c=$(tr ',' '\n' <<<"$header" | grep -n '^product_category$' | cut -d: -f1)
t=$(tr ',' '\n' <<<"$header" | grep -n '^order_timestamp$' | cut -d: -f1)
expected=$(mawk -F, -v r="$r" -v c="$c" -v t="$t" 'NR > 1 {
    n[substr($t, 1, 10) "/" $r "/" $c]++ } END { for (k in n) print k, n[k] }' "$csv" | sort)
for lane in batch "stream --until-eof"; do
    same "$lane by date, region, category" "$expected" "$("$TAILRACE" $lane --format json \
        --measure count --group-by date,region,product_category "$csv" 2>/dev/null | groups)"
done

# --- twins: the same records as CSV and as JSONL give the same answer
for profile in tickets payments orders; do
    "$TAILRACE" simulate $profile -n 3000 --seed 5 -o "$work/t.csv"
    "$TAILRACE" simulate $profile -n 3000 --seed 5 --format jsonl -o "$work/t.jsonl"
    for lane in batch "stream --until-eof"; do
        same "$profile twins in $lane" \
            "$("$TAILRACE" $lane --format csv "$work/t.csv" 2>/dev/null)" \
            "$("$TAILRACE" $lane --format csv "$work/t.jsonl" 2>/dev/null)"
    done
done

# --- an id that came again with another content counts once for each content (S-41), also where live
# has forgotten the first by then: what live counts and batch does not is never less than nothing (S-113)
printf '%s\n' id,t,k 1,2026-01-05T00:00:00Z,A 9,2026-01-08T00:00:00Z,z 8,2026-01-08T00:00:00Z,z \
    7,2026-01-08T00:00:00Z,z 1,2026-01-08T00:00:01Z,B 1,2026-01-08T00:00:01Z,B >"$work/again.csv"
echo '{"name": "again", "time": "t", "id": ["id"], "fields": {"id": {"type": "text"}, "t": {"type": "time"},
    "k": {"type": "text"}}, "group_by": ["k"], "measures": ["count"]}' >"$work/again.json"
for lane in batch "stream --until-eof"; do
    same "$lane: each content once" "A 1 B 1 z 3" "$("$TAILRACE" $lane --definition "$work/again.json" \
        --format json "$work/again.csv" 2>/dev/null | groups | xargs)"
done

# --- one day of several: batch and stream filter the same
"$TAILRACE" simulate tickets -n 500 --seed 1 --day 2026-01-05 -o "$work/d.csv"
"$TAILRACE" simulate tickets -n 700 --seed 2 --day 2026-01-06 | tail -n +2 >>"$work/d.csv"
for lane in batch "stream --until-eof"; do
    answer=$("$TAILRACE" $lane --format json --day 2026-01-06 "$work/d.csv" 2>/dev/null)
    same "$lane one day" "700 500" "$(jq -r '.outcomes | "\(.counted) \(.filtered)"' <<<"$answer")"
done

# --- several feeds and globs; standard input; an own definition
cp "$work/t.csv" "$work/u.csv"
for lane in batch "stream --until-eof"; do
    same "$lane: two files" 6000 "$("$TAILRACE" $lane --no-dedupe --format json "$work"/[tu].csv \
        2>/dev/null | jq .outcomes.counted)"
    same "$lane: a glob" 6000 "$("$TAILRACE" $lane --no-dedupe --format json "$work/[tu].csv" \
        2>/dev/null | jq .outcomes.counted)"
    same "$lane: a copy counts once" "3000 3000" "$("$TAILRACE" $lane --format json \
        "$work"/[tu].csv 2>/dev/null | jq -r '.outcomes | "\(.counted) \(.duplicate)"')"
done
for lane in batch "stream --until-eof" stream; do
    same "$lane of standard input" "3000 true" "$("$TAILRACE" $lane --format json - <"$work/t.csv" \
        2>/dev/null | jq -r 'select(.final) | "\(.outcomes.counted) \(.final)"')"
done
printf 'when;who;paid\n2026-01-05T10:00:00Z;ann;1.50\n2026-01-05 11:00;bob;2.25\n' >"$work/own.csv"
same "--time and --group-by" "who,count,sum:paid
ann,1,1.50
bob,1,2.25" "$("$TAILRACE" batch --format csv --time when --group-by who --measure count,sum:paid \
    "$work/own.csv" 2>/dev/null)"
finish
