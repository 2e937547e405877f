#!/bin/bash
# What was not counted as it stood is in the state, each record once, with its position, line and
# bytes, whatever was killed (S-05); its tables add up to the outcomes. Alerts leave once their epoch
# is durable, each id at least once after kills and exactly once without (S-71, S-80, S-91). A repair
# counts once (S-52); at the cap reason and position alone are kept (S-53).
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1
RANDOM=11
options=(--definition payments --window 5m)
kept=("${options[@]}" --state st)

stream() { "$tailrace" stream grow.csv "${kept[@]}" "$@"; }
rejects() { "$tailrace" rejects grow.csv "${kept[@]}" "$@"; }

# late, malformed, twins, bytes that are no text, ids that come again with another amount
"$tailrace" simulate payments -n 4000 --seed 21 --faults late=4%,duplicate,malformed=2% -o plain.csv
awk -F, -v OFS=, 'NR > 1 && NR % 97 == 0 { print; $3 = "1.05"; print; next }
    NR % 211 == 0 { print "\"open, \033[2J" NR; print "\001,\377bad"; next } { print }' \
    plain.csv > whole.csv
cp whole.csv all.csv
lines=$(wc -l < whole.csv)

# --- killed again and again
: > grow.csv
: > alerts.jsonl
at=1
for ((n = 1; n <= 15; n++)); do
    next=$((at + 1 + RANDOM % (lines / 15)))
    sed -n "${at},$((next - 1))p" whole.csv >> grow.csv
    at=$next
    before=$(wc -l < alerts.jsonl)
    "$tailrace" stream grow.csv "${kept[@]}" --alerts alerts.jsonl --epoch $((1 + RANDOM % 50)) \
        > out 2> err &
    pid=$!
    case $((n % 3)) in
    0) until_same "alerts leave" yes sh -c "[ \$(wc -l < alerts.jsonl) -gt $before ] && echo yes || cat err" ;;
    1) until_same "it can be read meanwhile" 0 sh -c "'$tailrace' rejects grow.csv ${kept[*]} > seen 2>&1; echo \$?" ;;
    *) for ((spin = RANDOM % 40; spin > 0; spin--)); do head -c 1 /dev/null; done ;;
    esac
    kill -9 "$pid" && wait "$pid" 2> /dev/null
done
sed -n "${at},\$p" whole.csv >> grow.csv
same "the ledger" "$(sha256sum < whole.csv)" "$(sha256sum < grow.csv)"
stream --alerts alerts.jsonl --until-eof --format json > out 2> err
same "it goes on" 0 $?

# --- each record once, as a run over the whole file says, which keeps nothing
rejects --export state.jsonl > listed
"$tailrace" rejects grow.csv "${options[@]}" --export read.jsonl > listed2
same "records in the state" "$(cat read.jsonl)" "$(cat state.jsonl)"
same "as text" "$(cat listed2)" "$(cat listed)"
same "for its owner alone" 600 "$(stat -c %a state.jsonl)"
counted() { jq -c '[.outcomes.rejected, .outcomes.late, .outcomes.future, .id_conflicts]' out; }
same "they add up (S-05)" "$(counted)" \
    "$(rejects --format json | jq -c '[.rejects.rejected, .rejects.late, .rejects.future, .rejects.conflict]')"
same "all kinds are there" yes "$(jq -r 'if (.outcomes.rejected > 50 and .outcomes.late > 20 and
    .id_conflicts > 20) then "yes" else "no" end' out)"
same "by reason" "$(jq -S .rejected out)" \
    "$(rejects --format json | jq -S '[.groups[] | select(.kind == "rejected") | {(.reason): .count}] | add')"

# --- their bytes, lines and lengths are those of the file
while IFS=$'\t' read -r start length line text; do
    same "bytes at $start" "$text" "$(tail -c +$((start + 1)) grow.csv | head -c "$length" | tr -d '\n')"
    same "line at $start" "$line" "$(($(head -c "$start" grow.csv | wc -l) + 1))"
done < <(jq -r 'select(.hex == null and (.text | contains("\\") | not)) | [.start, .length, .line, .text] | @tsv' \
    state.jsonl | awk -F'\t' 'NR % 37 == 0 && $4 !~ /\\/')
same "what is no text is exact in hex" 012cff626164 "$(jq -r 'select(.hex) | .hex' state.jsonl | head -n 1)"
same "nothing of it reaches a terminal" 0 "$(cat listed <(rejects -n 1000000) <(rejects --format csv) <(rejects --format json) state.jsonl |
    LC_ALL=C grep -c "$(printf '[\001-\010\033\177-\377]')")"
same "formulas are guarded" 0 "$(rejects --format csv | grep -c ',[=+@-]')"

# --- alerts: every one of a straight run, none other; once each without a kill
"$tailrace" stream all.csv "${options[@]}" --until-eof --alerts straight.jsonl --format json > straight 2> err
ids() { jq -r 'select(.rule != "health") | .id' "$1" 2> /dev/null | sort; }
ids straight.jsonl > expected
same "alerts there are" yes "$([ "$(wc -l < expected)" -gt 100 ] && echo yes)"
ids <(jq -cR 'fromjson? // empty' alerts.jsonl) | uniq > actual
same "alerts that left" "" "$(diff expected actual)"
before=$(wc -l < alerts.jsonl)
stream --alerts alerts.jsonl --until-eof > out2 2> err
same "and no more" "$before" "$(wc -l < alerts.jsonl)"

# --- a command that was killed with the run gets its alerts in the next one
cp all.csv hooked.csv
hook() { "$tailrace" stream hooked.csv "${options[@]}" --state st3 --until-eof --on-alert "$1" > /dev/null 2> err; }
"$tailrace" stream hooked.csv "${options[@]}" --state st3 \
    --on-alert "echo \$\$ >> started; exec sleep 1000" > out 2> err &
pid=$!
until_same "the command has alerts" yes sh -c '[ -s started ] && echo yes || cat err'
kill -9 "$pid" && wait "$pid" 2> /dev/null
xargs kill -9 < started 2> /dev/null
hook "cat >> hooked.jsonl"
same "it ends well" 0 $?
ids hooked.jsonl > actual
same "alerts of the log" "" "$(diff expected actual)"
hook "cat >> again.jsonl"
same "once" 0 "$(cat again.jsonl 2> /dev/null | wc -l)"

# --- a repair (S-52)
jq -c 'select(.reason == "field_count" and .hex == null)' state.jsonl > broken.jsonl
repairs=$(wc -l < broken.jsonl)
same "records to repair" yes "$([ "$repairs" -gt 20 ] && echo yes)"
jq -c '.text = "9" + (.start | tostring) + ",7,10.00,3,2026-01-05T23:59:00Z,US"' broken.jsonl > fixed.jsonl
{
    sed -n 1p fixed.jsonl
    jq -c '.start += 1' fixed.jsonl | head -n 1
    head -n 1 broken.jsonl | jq -c '.text += ",,,"'
    echo '{"text": 3}'
} > bad.jsonl
stream --until-eof --format json > before 2> err
rejects --replay bad.jsonl > said
same "what cannot be repaired" 1 $?
same "and why" 3 "$(grep -c '^  bad.jsonl:' said)"
same "one was" "1 repaired" "$(head -n 1 said | cut -d, -f1)"
rejects --replay fixed.jsonl --format json > said
same "the others" "$((repairs - 1)) 1 0" "$(jq -r '"\(.repaired) \(.repaired_before) \(.not_repaired)"' said)"
stream --until-eof --format json > after 2> err
same "moved from rejected to counted" "[0,$repairs,-$repairs,0]" \
    "$(jq -sc '[.[1].outcomes.read - .[0].outcomes.read,
        .[1].outcomes.counted + .[1].outcomes.late - .[0].outcomes.counted - .[0].outcomes.late,
        .[1].outcomes.rejected - .[0].outcomes.rejected,
        .[1].outcomes.duplicate - .[0].outcomes.duplicate]' before after)"
same "it closes (S-03)" 0 "$(jq '.outcomes | .read - .counted - .late - .duplicate - .filtered - .rejected - .future' after)"
same "batch still rejects them" "$(jq .outcomes.rejected before)" \
    "$("$tailrace" batch grow.csv --definition payments --format json | jq .outcomes.rejected)"
rejects --replay fixed.jsonl > said
same "a second time" "0 repaired,$repairs were repaired before: nothing changes" "$(paste -sd, said)"
stream --until-eof --format json > again 2> err
same "changes nothing" "" "$(diff <(jq -S 'del(.cost)' after) <(jq -S 'del(.cost)' again))"
same "what was repaired is listed" "$repairs" "$(rejects --format json | jq .rejects.repaired)"
: > out
"$tailrace" stream grow.csv "${kept[@]}" > out 2> err &
pid=$!
until_same "it runs" yes sh -c '[ -s out ] && echo yes || { tail -n 1 all.csv >> grow.csv; cat err; }'
rejects --replay fixed.jsonl > said 2> err
same "not while another writes" 3 $?
kill "$pid" && wait "$pid"

# --- the cap (S-53)
"$tailrace" stream all.csv "${options[@]}" --state st2 --rejects-max 500 --until-eof > said 2> err
"$tailrace" stream all.csv "${options[@]}" --state st2 --until-eof --format json > out 2> err
without=$("$tailrace" rejects all.csv "${options[@]}" --state st2 --format json | jq .not_kept)
same "records without bytes" "$(jq .rejects_without_bytes out)" "$without"
same "said" 1 "$(grep -c "^$without records are kept without their bytes" said)"
same "the others have them" yes "$("$tailrace" rejects all.csv "${options[@]}" --state st2 --export cut.jsonl > said &&
    jq -s '[.[].kept] | add' cut.jsonl | awk '{ print ($1 > 400 && $1 <= 500) ? "yes" : $1 }')"
same "positions all the same" "$(jq -r '[.kind, .reason, .start, .line, .length] | @tsv' read.jsonl)" \
    "$(jq -r '[.kind, .reason, .start, .line, .length] | @tsv' cut.jsonl)"

# --- wrong use
"$tailrace" rejects all.csv "${options[@]}" --replay fixed.jsonl > out 2> err
same "a repair without a state" 2 $?
"$tailrace" rejects all.csv "${options[@]}" --state nowhere > out 2> err
same "no state" 1 $?
"$tailrace" rejects all.csv --definition payments --window 10m --state st > out 2> err
same "another configuration" 4 $?
finish
