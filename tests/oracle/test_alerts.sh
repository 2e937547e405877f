#!/bin/bash
# Guards: what rules raise is the same in both lanes and the same as another program's count on the
# same bytes (S-73): conditions on one event, velocity, SLA; a storm of 47 purchases is 42 alerts,
# the 6th to the 47th (S-12); an orphan refund is told, one whose payment comes late is not (S-34);
# a duplicate or a filtered event raises nothing (S-43); a rule sees across the start of a range; a
# definition without rules says nothing of alerts.
. "$(dirname "$0")/../lib.sh"
answer() { "$TAILRACE" "$@" --format json 2>/dev/null; }
lanes=(batch "stream --until-eof")

# --- payments: conditions and velocity. Users are few, so that some are over the limit.
csv=$work/payments.csv
"$TAILRACE" simulate payments -n 20000 --seed 8 |
    mawk -F, -v OFS=, 'NR > 1 { $2 = $2 % 25 }
        NR % 500 == 0 { $3 = "10000.01" } NR % 500 == 1 && NR > 1 { $3 = "10000.00" }
        { print }' >"$csv"
expected=$(mawk -F, 'NR > 1 { geo += $3 > 500.00 && $6 ~ /^(NG|RU|CN)$/; large += $3 > 10000.00 }
    END { print geo + 0, large + 0 }' "$csv")
same "some are large" 40 "${expected#* }"
for lane in "${lanes[@]}"; do
    same "$lane: geo-amount, large" "$expected" \
        "$(answer $lane "$csv" | jq -r '.alerts | "\(."geo-amount") \(.large)"')"
done
velocity=$(tail -n +2 "$csv" | sort -s -t, -k5,5 | mawk -F, '
    { split(substr($5, 12), t, /[:Z]/); now = t[1] * 3600 + t[2] * 60 + t[3]; u = $2
      n[u]++; at[u, n[u]] = now
      while (at[u, first[u] + 1] <= now - 300) first[u]++
      alerts += n[u] - first[u] > 5 }
    END { print alerts + 0 }')
for lane in "${lanes[@]}"; do
    same "$lane: velocity" "$velocity" "$(answer $lane "$csv" | jq .alerts.velocity)"
done
same "velocity raised some" true "$([ "$velocity" -gt 100 ] && echo true)"
for lane in "${lanes[@]}"; do
    same "$lane: all could be judged" 0 "$(answer $lane "$csv" | jq .degraded.alerts)"
    same "$lane: each record twice, alerts once" "$expected $velocity" \
        "$( (cat "$csv"; tail -n +2 "$csv") >"$work/twice.csv"
            answer $lane "$work/twice.csv" |
                jq -r '.alerts | "\(."geo-amount") \(.large) \(.velocity)"')"
    same "$lane: filtered events raise nothing" "0 ${expected#* }" \
        "$(answer $lane --where 'amount>10000.00' "$csv" |
            jq -r '.alerts | "\(.velocity) \(.large)"')"
done

# --- a storm
storm=$work/storm.csv
mawk 'BEGIN { print "event_id,user_id,amount,merchant_id,timestamp,country_code"
    for (i = 0; i < 47; i++)
        printf "%d,2807,20.00,7,2026-01-05T12:%02d:%02dZ,DE\n", i, i * 5 / 60, i * 5 % 60 }' >"$storm"
for lane in "${lanes[@]}"; do
    same "$lane: the 6th to the 47th" 42 "$(answer $lane "$storm" | jq .alerts.velocity)"
done

# --- refunds: c has none; b's payment comes behind it; a's before
cat >"$work/refunds.csv" <<'CSV'
event_id,user_id,amount,merchant_id,timestamp,country_code,type,refund_of
a,1,20.00,7,2026-01-05T12:00:00Z,DE,payment,
a2,1,20.00,7,2026-01-05T12:00:10Z,DE,refund,a
b2,1,20.00,7,2026-01-05T12:00:20Z,DE,refund,b
c2,1,20.00,7,2026-01-05T12:00:30Z,DE,refund,c
b,1,20.00,7,2026-01-05T12:00:40Z,DE,payment,
CSV
for lane in "${lanes[@]}"; do
    same "$lane: an orphan" 1 "$(answer $lane "$work/refunds.csv" | jq '.alerts."orphan-refund"')"
done

# --- tickets: openings of High, and those not closed within four hours
csv=$work/tickets.csv
"$TAILRACE" simulate tickets -n 20000 --seed 7 -o "$csv"
expected=$(mawk -F, 'NR > 1 && $3 == "High" {
        split(substr($4, 12), t, /[:Z]/)
        now = substr($4, 9, 2) * 86400 + t[1] * 3600 + t[2] * 60 + t[3]
        if ($5 == "closed") closed[$1] = now; else { high++; opened[$1] = now } }
    END { for (k in opened) sla += !(k in closed) || closed[k] > opened[k] + 4 * 3600
          print high, sla + 0 }' "$csv")
for lane in "${lanes[@]}"; do
    same "$lane: high-priority, sla" "$expected" \
        "$(answer $lane "$csv" | jq -r '.alerts | "\(."high-priority") \(.sla)"')"
done

# --- a range: opened the day before, over its limit on the day
cat >"$work/night.csv" <<'CSV'
ticket_id,customer_id,priority,submitted_at,status
1,5,High,2026-01-04T22:00:00Z,open
2,5,High,2026-01-04T22:30:00Z,open
2,5,High,2026-01-05T01:00:00Z,closed
3,5,High,2026-01-05T23:00:00Z,open
CSV
same "batch of a day" "1 1" "$(answer batch --day 2026-01-05 "$work/night.csv" |
    jq -r '.alerts | "\(."high-priority") \(.sla)"')"

# --- none without rules
echo '{"name": "bare", "fields": {"submitted_at": {"type": "time"}}, "time": "submitted_at"}' \
    >"$work/bare.json"
for lane in "${lanes[@]}"; do
    same "$lane: no rules, no alerts" "null null" \
        "$(answer $lane --definition "$work/bare.json" "$work/night.csv" |
            jq -r '"\(.alerts) \(.degraded.alerts)"')"
done
finish
