#!/bin/bash
# Guards: event time in the real program, beside the worked example: windows and late add up to the
# totals (S-10); both presets give the same final windows (S-25); conflicts of ids (S-41); a lone far
# event makes nothing late (S-61); sources that are read in turn do not make each other late (S-21).
. "$(dirname "$0")/../lib.sh"
letters=$TESTS/../sample_data/letters
cp $letters.json $letters.csv "$work"
run() { "$TAILRACE" "$@" --definition "$work/letters.json" --format json 2>/dev/null; }
windows() { jq -r '.windows[] | "\(.start[11:16]) \(.count) \(.state) \(.revision)"'; }

# presets: the same final windows, the same late events
same "another split of delay and lateness" \
    "$(run stream --until-eof "$work/letters.csv" | windows | cut -d' ' -f1-3)" \
    "$(run stream --until-eof --delay 10m --lateness 0s "$work/letters.csv" | windows |
        cut -d' ' -f1-3)"
same "no lateness, short delay: more is late" 3 \
    "$(run stream --until-eof --delay 0s --lateness 0s "$work/letters.csv" | jq .outcomes.late)"

# on_conflict: the same id with another time is another content
for policy in count:2,0,0 first:1,1,0 reject:1,0,1; do
    sed "s/\"id\": \[\"id\"\],/\"id\": [\"id\"], \"on_conflict\": \"${policy%:*}\",/" \
        "$work/letters.json" >"$work/conflict.json"
    printf 'time,id\n2026-01-05T12:00:00Z,a\n2026-01-05T12:00:01Z,a\n' >"$work/conflict.csv"
    for lane in batch "stream --until-eof"; do
        same "$lane: conflict, ${policy%:*}" "${policy#*:}" "$("$TAILRACE" $lane --format json \
            --definition "$work/conflict.json" "$work/conflict.csv" 2>/dev/null |
            jq -r '.outcomes | "\(.counted),\(.duplicate),\(.rejected)"')"
    done
done

# a lone event a day ahead is counted, and makes nothing late
{ head -4 "$work/letters.csv"; echo 2026-01-06T12:00:00Z,far; sed -n 5,6p "$work/letters.csv"; } \
    >"$work/far.csv"
same "a lone far event" "6 0" "$(run stream --until-eof "$work/far.csv" |
    jq -r '.outcomes | "\(.counted) \(.late)"')"

# a day in two files, read in turn: as one, nothing is late; and the simulator's days are in order
"$TAILRACE" simulate tickets -n 20000 --seed 4 -o "$work/day.csv"
{ head -1 "$work/day.csv"; sed -n '2,10001p' "$work/day.csv"; } >"$work/half1.csv"
{ head -1 "$work/day.csv"; sed -n '10002,$p' "$work/day.csv"; } >"$work/half2.csv"
same "two halves" "20000 0" "$("$TAILRACE" stream --until-eof --format json "$work"/half[12].csv \
    2>/dev/null | jq -r '.outcomes | "\(.counted) \(.late)"')"
for lane in batch "stream --until-eof"; do
    same "$lane: windows add up" "20000" "$("$TAILRACE" $lane --window 1h --format json \
        "$work/day.csv" 2>/dev/null | jq '[.windows[].count] | add')"
    same "$lane: hourly windows are mawk's hours" \
        "$(mawk -F, 'NR > 1 { n[substr($4, 12, 2) " " $3]++ } END { for (k in n) print k, n[k] }' \
            "$work/day.csv" | sort)" \
        "$("$TAILRACE" $lane --window 1h --format json "$work/day.csv" 2>/dev/null |
            jq -r '.windows[] | "\(.start[11:13]) \(.key.priority) \(.count)"' | sort)"
    same "$lane: hopping windows count each event twice" 40000 "$("$TAILRACE" $lane --window 1h \
        --slide 30m --format json "$work/day.csv" 2>/dev/null | jq '[.windows[].count] | add')"
    same "$lane: sessions hold every event" 20000 "$("$TAILRACE" $lane --session 10m \
        --format json "$work/day.csv" 2>/dev/null | jq '[.windows[].count] | add')"
done

# sessions of a field's own (S-12): a gap of exactly 30 min stays in, one of a millisecond more does
# not; the field stands behind the groups, whose totals it does not split
cat >"$work/shop.json" <<'END'
{"name": "shop", "fields": {"who": {"type": "text"}, "kind": {"type": "text"},
 "at": {"type": "time", "required": true}}, "time": "at", "group_by": ["kind"],
 "window": {"session": "30m", "per": "who"}}
END
cat >"$work/shop.csv" <<'END'
who,kind,at
ann,a,2026-11-20T08:00:00Z
bob,a,2026-11-20T08:10:00Z
ann,a,2026-11-20T08:30:00Z
bob,a,2026-11-20T08:40:00.001Z
ann,b,2026-11-20T08:31:00Z
,a,2026-11-20T08:31:00Z
END
for lane in batch "stream --until-eof"; do
    "$TAILRACE" $lane --format json --definition "$work/shop.json" "$work/shop.csv" >"$work/shop.out"
    same "$lane: sessions per customer" "a (missing) 08:31 1
a ann 08:00 2
a bob 08:10 1
a bob 08:40 1
b ann 08:31 1" "$(jq -r '.windows[] | "\(.key.kind) \(.key.who) \(.start[11:16]) \(.count)"' \
        "$work/shop.out")"
    same "$lane: groups are not split by it" "a 5
b 1" "$(groups <"$work/shop.out")"
done
finish
