#!/bin/bash
# Guards: windows as they change (S-32). Folded from empty, the lines of `update` give those of
# `complete` at every trigger; those of `append` are the final rows of the last table, once each; a
# trigger decides when, never what (S-33). On the worked example, line by line, and on a seeded feed
# with late events, for tumbling, hopping and session windows; each format says the same.
. "$(dirname "$0")/../lib.sh"
cat >"$work/letters.json" <<'JSON'
{"name": "letters",
 "fields": {"time": {"type": "time", "required": true}, "id": {"type": "text"}},
 "time": "time", "id": ["id"], "window": {"size": "5m"}}
JSON
cat >"$work/letters.csv" <<'CSV'
time,id
2026-01-05T12:00:10Z,a
2026-01-05T12:04:59.999Z,b
2026-01-05T12:05:00Z,c
2026-01-05T12:06:00.000Z,d
2026-01-05T12:04:00Z,e
2026-01-05T12:15:00Z,f
2026-01-05T12:04:30Z,g
2026-01-05T12:05:30Z,h
2099-01-01T00:00:00Z,z
2026-01-05T12:15:01Z,i
2026-01-05T12:00:10Z,a
CSV
letters() {
    "$TAILRACE" stream --until-eof --definition "$work/letters.json" "$work/letters.csv" --format csv \
        --changes "$@" 2>/dev/null | sed -E 's/2026-01-05T([0-9:]+):00Z/\1/g'
}
same "the worked example, event by event" "trigger,change,start,end,count,state,revision
1,+,12:00,12:05,1,provisional,0
2,-,12:00,12:05,1,provisional,0
2,+,12:00,12:05,2,provisional,0
3,+,12:05,12:10,1,provisional,0
4,-,12:00,12:05,2,provisional,0
4,+,12:00,12:05,2,settling,0
4,-,12:05,12:10,1,provisional,0
4,+,12:05,12:10,2,provisional,0
5,-,12:00,12:05,2,settling,0
5,+,12:00,12:05,3,settling,1
6,-,12:00,12:05,3,settling,1
6,+,12:00,12:05,3,final,1
6,-,12:05,12:10,2,provisional,0
6,+,12:05,12:10,2,settling,0
6,+,12:15,12:20,1,provisional,0
7,-,12:05,12:10,2,settling,0
7,+,12:05,12:10,3,settling,1
8,-,12:15,12:20,1,provisional,0
8,+,12:15,12:20,2,provisional,0
9,-,12:05,12:10,3,settling,1
9,+,12:05,12:10,3,final,1
9,-,12:15,12:20,2,provisional,0
9,+,12:15,12:20,2,final,0" "$(letters update --trigger 1)"
same "its final rows" "6,+,12:00,12:05,3,final,1
9,+,12:05,12:10,3,final,1
9,+,12:15,12:20,2,final,0" "$(letters append --trigger 1 | tail -n +2)"

# --- a feed whose lines come out of order: each some minutes early or late, some for good
feed=$work/tickets.csv
"$TAILRACE" simulate tickets -n 6000 --seed 11 |
    mawk -F, 'BEGIN { srand(11) } NR == 1 { print; next }
        { split(substr($4, 12), t, /[:Z]/); shift = rand() < 0.1 ? 1500 : 240
          printf "%09.3f\t%s\n", substr($4, 9, 2) * 86400 + t[1] * 3600 + t[2] * 60 + t[3] + rand() * shift, $0 }' |
    { read -r head; echo "$head"; sort -n | cut -f 2; } >"$feed"
changes() { "$TAILRACE" stream --until-eof "$feed" --format csv --changes "$@" 2>/dev/null | tail -n +2; }
# the table after each trigger, or at the end: of update by folding, of complete as it is printed
fold() { # fold [end]
    mawk -F, -v OFS=, -v end="${1:-}" 'function show(k) { for (k in table) print last, table[k] }
        $1 != last && NR > 1 && !end { for (; last < $1; last++) show() }
        { last = $1; row = $0; sub(/^[0-9]+,.,/, "", row); key = $3 SUBSEP $5 }
        $2 == "-" { if (table[key] != row) print "no such row: " row; delete table[key] }
        $2 == "+" { if (key in table) print "twice: " row; table[key] = row }
        END { show() }' | sort
}
table() { sed 's/,=,/,/' | sort; }
for windows in "--window 10m" "--window 10m --slide 5m" "--session 3m"; do
    changes complete --trigger 500 $windows | table >"$work/complete"
    changes update --trigger 500 $windows | fold >"$work/update"
    same "$windows: updates, folded, are the table at each trigger" "" \
        "$(diff "$work/complete" "$work/update" | head -5)"
    same "$windows: there were some" true \
        "$([ "$(cut -d, -f1 "$work/complete" | sort -u | wc -l)" -ge 12 ] && echo true)"
    final() { cut -d, -f 3- | sort; }
    changes append --trigger 500 $windows | final >"$work/append"
    same "$windows: the final rows are those of the last table" "" \
        "$(changes complete --trigger 1000000 $windows | final | diff - "$work/append" | head -5)"
    for trigger in 1 7 10ms 1h; do
        same "$windows: the same final rows by trigger $trigger" "" \
            "$(changes append --trigger $trigger $windows | final | diff - "$work/append" | head -5)"
        same "$windows: the same table in the end by trigger $trigger" "" \
            "$(changes update --trigger $trigger $windows | fold end | cut -d, -f 2- | sort |
                diff - "$work/append" | head -5)"
    done
done
same "late ones corrected rows" true "$(changes append --window 10m | mawk -F, '$NF > 0' | grep -q . && echo true)"

# --- the same in each format, and as the answer has it
"$TAILRACE" stream --until-eof "$feed" --format json --changes append --window 10m 2>/dev/null >"$work/json"
changes append --window 10m >"$work/csv"
same "json says what csv says" "" "$(jq -r '[.trigger, .change, .start, .end, .key.priority, .count,
    .state, .revision] | join(",")' "$work/json" | diff - "$work/csv" | head -5)"
same "text has as many lines" "$(wc -l <"$work/csv")" \
    "$("$TAILRACE" stream --until-eof "$feed" --changes append --window 10m 2>/dev/null | wc -l)"
same "the final answer has the same windows" "" "$("$TAILRACE" stream --until-eof --format json \
    --window 10m "$feed" 2>/dev/null | jq -r '.windows[] | [.start, .end, .key.priority, .count, .state,
    .revision] | join(",")' | sort | diff - <(cut -d, -f 3- "$work/csv" | sort) | head -5)"

# --- sessions per field: the key tells them apart, though it is none of the groups
sed 's/"window": .*/"group_by": [], "window": {"session": "30m", "per": "id"}}/' "$work/letters.json" \
    >"$work/sessions.json"
printf 'time,id\n2026-01-05T12:00:00Z,a\n2026-01-05T12:00:00Z,=b\n2026-01-05T12:20:00Z,a\n' >"$work/sessions.csv"
sessions() {
    "$TAILRACE" stream --until-eof --definition "$work/sessions.json" --no-dedupe --changes append \
        --trigger 1000 "$work/sessions.csv" --format "$@" 2>/dev/null
}
same "csv has a column for the session's own field" "trigger,change,start,end,id,count,state,revision
1,+,2026-01-05T12:00:00Z,2026-01-05T12:30:00Z,'=b,1,final,0
1,+,2026-01-05T12:00:00Z,2026-01-05T12:50:00Z,a,2,final,0" "$(sessions csv | sort -t, -k 1,1r -k 4)"
same "raw: the key as it is (D-04)" "=b" "$(sessions csv --raw | sed -n 2p | cut -d, -f 5)"
same "text has it too" "1 + 2026-01-05T12:00:00Z 2026-01-05T12:30:00Z  =b  count 1  final revision 0
1 + 2026-01-05T12:00:00Z 2026-01-05T12:50:00Z  a  count 2  final revision 0" "$(sessions text | sort -k 4)"
same "and json" "$(sessions csv --raw | tail -n +2 | cut -d, -f 5 | sort)" "$(sessions json | jq -r .key.id | sort)"

# --- following a file: rows come out while it runs, by the clock
growing=$work/growing.csv
head -2 "$work/letters.csv" >"$growing"
"$TAILRACE" stream --definition "$work/letters.json" "$growing" --format csv --changes update \
    --trigger 50ms >"$work/out" 2>/dev/null &
rows() { grep -vc trigger "$work/out"; }
until_same "the first row, at a trigger" 1 rows
sed -n 3,5p "$work/letters.csv" >>"$growing"
settled() { sed -E 's/^[0-9]+,//; s/T|2026-01-05|:00Z//g' "$work/out" | grep -c '^+,12:00,12:05,2,settling,0$'; }
until_same "the watermark passes the window's end" 1 settled
kill %1
wait %1
same "ended well" 0 $?
same "stays as it is: nothing became final" 0 "$(grep -c final "$work/out")"
finish
