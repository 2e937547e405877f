#!/bin/bash
# Guards, on the real program, what a hostile feed may not do; each check names its id. D-01, D-02,
# D-03 are in tests/terminal/test_escape_corpus.sh, D-19 in tests/terminal/test_signals.sh, D-16 and
# D-22 (the alert command) in tests/tail/test_alerts_leave.sh.
. "$(dirname "$0")/../lib.sh"
cd "$work" || exit
answer() { "$TAILRACE" "$@" --format json 2>/dev/null; }
lanes=(batch "stream --until-eof")
at='"at":"2026-01-05T12:00:00Z"'
def=(--time at --group-by name)

# --- D-04: what a spreadsheet takes for a formula gets a ', numbers never, JSON never
formulas=('=1+1' '+1' '-1' '@x' '\t=1' '\r=1' '＝1' '＋1' '－1' '＠1' ' =1' '\"=1' "'=1" '  +1')
plain=('a=1' '1-1' 'x@y' '(missing)' '1' ' a')
for name in "${formulas[@]}" "${plain[@]}"; do
    echo "{$at,\"name\":\"$name\",\"amount\":\"-5.00\"}"
done >formulas.jsonl
cat >money.json <<'END'
{"name": "money", "fields": {"at": {"type": "time", "required": true}, "name": {"type": "text"},
 "amount": {"type": "money", "places": 2}}, "time": "at", "group_by": ["name"], "measures": ["count", "sum:amount"]}
END
money=(--definition money.json)
names() { sqlite3 -cmd '.mode csv' -cmd ".import '|cat' t" :memory: "SELECT hex(name) FROM t ORDER BY 1" | tr -d '\r'; }
guarded() { grep -c '^27' ; }
for lane in "${lanes[@]}"; do
    same "D-04 $lane: guarded" "${#formulas[@]}" "$("$TAILRACE" $lane "${money[@]}" --format csv formulas.jsonl | names |
        sed 's/^27273D31$/2727/' | guarded)"
    same "D-04 $lane: negative sums are numbers" "-5.00" \
        "$("$TAILRACE" $lane "${money[@]}" --format csv formulas.jsonl | tail -n +2 | grep -oE '[^,]*$' | sort -u)"
    same "D-04 $lane: raw is exact" "$(jq -r .name formulas.jsonl | wc -l) 1" \
        "$("$TAILRACE" $lane "${money[@]}" --format csv --raw formulas.jsonl | names | wc -l) $(
            "$TAILRACE" $lane "${money[@]}" --format csv --raw formulas.jsonl | names | guarded)"
    same "D-04 $lane: JSON is as it was" "$(jq -r .name formulas.jsonl | sort)" \
        "$(answer $lane "${money[@]}" formulas.jsonl | jq -r '.groups[].key.name' | sort)"
    same "D-04 $lane: a number as a group is none" "-5.00,20" \
        "$("$TAILRACE" $lane --definition money.json --group-by amount --measure count --format csv formulas.jsonl | tail -n 1)"
done
for folder in report answer; do
    [ $folder = report ] && set -- batch --day 2026-01-05 || set -- replay --window 5m
    "$TAILRACE" "$@" "${money[@]}" formulas.jsonl -o $folder >/dev/null 2>&1
    same "D-04 $folder: guarded" "${#formulas[@]}" "$(cat $folder/*.csv | names | sed 's/^27273D31$/2727/' | guarded)"
done
same "D-04 changes: guarded" "${#formulas[@]}" "$("$TAILRACE" stream --until-eof "${money[@]}" --window 5m --changes append \
    --format csv formulas.jsonl | names | sed 's/^27273D31$/2727/' | guarded)"
same "D-01 raw: not to a terminal" 2 "$("$BUILD/tests/terminal/judge" -- "$TAILRACE" batch "${money[@]}" --format csv --raw \
    formulas.jsonl | sed -n 's/ended with //p')"

# --- D-05: one event of 2099 makes nothing late, and is told
{ echo "{$at,\"name\":\"a\"}"; echo '{"at":"2099-12-31T23:00:00Z","name":"far"}'
  for i in 1 2 3; do echo "{\"at\":\"2026-01-05T12:0$i:00Z\",\"name\":\"a\"}"; done; } >far.jsonl
"$TAILRACE" replay "${def[@]}" far.jsonl -o far >/dev/null 2>&1
same "D-05: nothing is late" "5 0 1 2099-12-31T23:00:00Z" \
    "$(jq -r '"\(.outcomes.counted) \(.outcomes.late) \(.watermark_held.events) \(.watermark_held.greatest)"' far/answer.json)"

# --- D-06: no window for what is too late; windows beyond the cap are said; years are years
{ echo '{"at":"2026-01-05T12:00:00Z","name":"a"}'
  for i in 1969-12-31T23:59:59Z 2100-01-01T00:00:00Z 9999-12-31T00:00:00Z -5000-01-01T00:00:00Z; do
    echo "{\"at\":\"$i\",\"name\":\"a\"}"; done; } >years.jsonl
same "D-06: beyond the years" "1 4" "$(answer stream --until-eof "${def[@]}" years.jsonl |
    jq -r '"\(.outcomes.counted) \(.rejected | add)"')"
mawk 'BEGIN { print "at,name"; print "2026-01-05T12:00:00Z,a"
    for (i = 0; i < 5000; i++) printf "%d-%02d-%02dT00:00:00Z,a\n", 1971 + i % 50, i % 12 + 1, i % 28 + 1 }' >old.csv
same "D-06: too late makes no window" "5000 1" "$(answer stream --until-eof "${def[@]}" --no-dedupe --window 5m old.csv |
    jq -r '"\(.outcomes.late) \(.windows | length)"')"
mawk 'BEGIN { print "at,name"; for (i = 0; i < 100; i++) printf "2026-01-05T12:00:00Z,u%d\n", i }' >hops.csv
hops=(stream --until-eof "${def[@]}" --window 1d --slide 1m hops.csv)
same "D-06: totals are exact, the rest is said" "100 44000" "$(answer "${hops[@]}" |
    jq -r '"\(.outcomes.counted) \(.degraded.windows)"')"
same "D-06: in words" 1 "$("$TAILRACE" "${hops[@]}" | grep -c '^44000 events are in no window')"
same "D-06: beside CSV" 1 "$("$TAILRACE" "${hops[@]}" --format csv 2>&1 >/dev/null | grep -c '44000 events are in no window')"

# --- D-07: more groups, and more texts, than are kept; text and CSV say so
many() { mawk -v n="$1" 'BEGIN { print "at,name"; for (i = 0; i < n; i++) print "2026-01-05T12:00:00Z,u" i }'; }
many 12000 >many.csv
for lane in "${lanes[@]}"; do
    "$TAILRACE" $lane "${def[@]}" --no-dedupe many.csv >text 2>/dev/null
    same "D-07 $lane: in words" "2000 of them in (other): there are more than 10000 groups" "$(grep -F '(other): ' text)"
    same "D-07 $lane: the sum" 12000 "$(mawk '/^total/ { print $2 }' text)"
    same "D-07 $lane: beside CSV" 1 "$("$TAILRACE" $lane "${def[@]}" --format csv many.csv 2>&1 >/dev/null | grep -c '(other)')"
done
many 1100000 >many.csv
"$TAILRACE" batch "${def[@]}" --no-dedupe many.csv >text 2>/dev/null
same "D-07: texts" "1 1100000" "$(grep -c 'texts of keys went to (other)' text) $(mawk '/^total/ { print $2 }' text)"
rm many.csv
# six keys alike for 300 bytes, and one of 256 bytes, which is whole
head -c 300 /dev/zero | tr '\0' A >stem
{ echo at,name; for k in 1 2 3 4 5 6; do echo "2026-01-05T12:00:00Z,$(<stem)$k"; done
  echo "2026-01-05T12:00:00Z,$(head -c 256 stem)"; } >long.csv
for lane in "${lanes[@]}"; do
    same "D-07 $lane: long keys are cut, marked and counted" "254 … 6 256 A 1 1" "$(answer $lane "${def[@]}" --no-dedupe long.csv |
        jq -r '[(.groups | sort_by(-.count)[] | (.key.name | "\(length) \(.[-1:])"), .count), .degraded.long_keys] | join(" ")')"
done
same "D-07: in words" 1 "$("$TAILRACE" batch "${def[@]}" long.csv 2>/dev/null | grep -c '^1 keys are longer than 256 bytes and cut')"

# --- D-08: each run has keys of its own, and the same bytes to show for it
"$TAILRACE" simulate payments -n 5000 --seed 5 -o payments.csv
for lane in "${lanes[@]}"; do
    once() { answer $lane --definition payments --group-by country_code,user_id --measure count,distinct:user_id,sum:amount \
        --window 1h payments.csv | jq -c 'del(.cost)' | sha256sum; }
    same "D-08 $lane: two runs" "$(once)" "$(once)"
done

# --- D-09: depth, length, numbers, quotes; neighbours are as they were
deep() { printf '{%s,"name":"%s","x":' "$at" "$1"; printf '[%.0s' $(seq "$2"); printf ']%.0s' $(seq "$2"); echo '}'; }
digits=$(head -c 100000 /dev/zero | tr '\0' 9)
long=$(head -c 1200000 /dev/zero | tr '\0' x)
{ deep ok 63; deep no 64; deep no 100000
  echo "{$at,\"name\":\"no\",\"amount\":$digits}"; echo "{$at,\"name\":\"no\",\"amount\":\"$digits\"}"
  echo "{$at,\"name\":\"$long\"}"; echo "{$at,\"name\":\"ok\"}"; } >deep.jsonl
for lane in "${lanes[@]}"; do
    same "D-09 $lane: JSON" "ok:2 bad_number:2 parse:2 too_long:1" "$(answer $lane "${money[@]}" deep.jsonl |
        jq -r '"\(.groups[] | "\(.key.name):\(.count)") \(.rejected | to_entries | sort_by(.key) | map("\(.key):\(.value)") | join(" "))"')"
done
{ echo at,name,amount; echo '2026-01-05T12:00:00Z,a,1.00'; echo '2026-01-05T12:00:00Z,"open,1.00'
  for i in $(seq 200); do echo "2026-01-05T12:00:00Z,b,1.00"; done; } >quote.csv
for lane in "${lanes[@]}"; do
    same "D-09 $lane: a quote that never closes" "a:1 b:200 1" "$(answer $lane "${money[@]}" quote.csv |
        jq -r '"\([.groups[] | "\(.key.name):\(.count)"] | join(" ")) \(.outcomes.rejected)"')"
done

# --- D-13: no data, and no name in a definition, becomes a path
mkdir inner
cd inner || exit
printf '%s\n' "{$at,\"name\":\"../evil\",\"amount\":\"1.00\"}" "{$at,\"name\":\"/tmp/evil\",\"amount\":\"1.00\"}" >paths.jsonl
"$TAILRACE" batch --definition ../money.json --day 2026-01-05 paths.jsonl -o reports >/dev/null 2>&1
same "D-13: files by their date" "summary_2026-01-05.csv summary_2026-01-05.manifest.json" \
    "$(ls reports | sort | xargs)"
same "D-13: nothing else" "inner/paths.jsonl inner/reports" "$(cd .. && find inner -maxdepth 1 -mindepth 1 | sort | xargs)"
for name in ../x /x a/b . .. $'a\eb' ''; do
    "$TAILRACE" batch --definition ../money.json --report "$name" paths.jsonl >/dev/null 2>&1
    same "D-13: no report is called '${name%%$'\e'*}'" 2 $?
    jq --arg name "$name" '.reports = {($name): {"group_by": ["name"]}}' ../money.json >named.json
    "$TAILRACE" batch --definition named.json --day 2026-01-05 paths.jsonl -o reports2 >/dev/null 2>&1
    same "D-13: nor in a definition '${name%%$'\e'*}'" "2 no" "$? $([ -e reports2 ] && echo yes || echo no)"
done
cd ..

# --- D-14, D-21: what takes a watched file's place is judged by its descriptor
line() { echo "{$at,\"name\":\"$1\"}"; }
put() { # put WHAT: in the place of the file; `word` is what is said of it
    case $1 in
    fifo) mkfifo watched.jsonl; word='is a pipe' ;;
    folder) mkdir watched.jsonl; word='is a directory' ;;
    socket) perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "watched.jsonl", Listen => 1)'; word='is a socket' ;;
    device) mknod watched.jsonl c 1 5 && word='is a device' ;;
    link-to-device) ln -s /dev/zero watched.jsonl; word='is a device' ;;
    link-to-secret) printf 'root:secret:x\nhidden:secret:y\n' >secret; ln -s "$PWD/secret" watched.jsonl; word= ;;
    esac 2>/dev/null
}
# by itself, as each waits out the grace of a rotation; some cannot be made everywhere
replaced() {
    local word
    mkdir "$1" && cd "$1" || exit
    line one >watched.jsonl
    "$TAILRACE" stream "${def[@]}" watched.jsonl --format json >out 2>err &
    local program=$!
    counted() { tail -n 1 out | jq .outcomes.counted; }
    until_same "D-14: a file" 1 counted
    rm watched.jsonl
    if put "$1"; then
        [ -z "$word" ] || until_same "D-14: $1 is said" yes sh -c "grep -q '$word' err && echo yes"
    fi
    rm -rf watched.jsonl
    line "after" >new
    mv new watched.jsonl
    until_same "D-14: a file again, after a $1" 2 counted
    kill -TERM $program
    wait $program
    same "D-14: ended, after a $1" 0 $?
    same "D-14: nothing of the secret is told" 0 "$(cat out err | grep -c 'secret:')"
}
others=(fifo folder socket device link-to-device link-to-secret)
for other in "${others[@]}"; do
    (trap - EXIT; replaced $other && echo passed >>said) >"said.$other" 2>&1 &
done
wait
for other in "${others[@]}"; do same "D-14: $other" "passed" "$(cat "said.$other" $other/said | tail -n 1)"; done
for command in batch compare "stream --until-eof" "replay -o x"; do
    for path in . /dev/zero; do
        timeout 60 "$TAILRACE" $command "${money[@]}" $path >/dev/null 2>err
        same "D-14: $command $path" "1 1" "$(($? != 0 && $? != 124)) $(grep -cE 'is a (directory|device)' err)"
    done
done

# --- D-17: private files, no dumps, redacted fields
umask 022
"$TAILRACE" replay --definition payments payments.csv -o kappa >/dev/null 2>&1
"$TAILRACE" stream --until-eof --definition payments payments.csv --alerts alerts.jsonl --state state \
    --on-alert 'ulimit -Hc >core; cat /proc/self/coredump_filter >filter; cat >/dev/null' >/dev/null 2>&1
same "D-17: whose files" "600 600 700 600" "$(stat -c %a kappa/alerts.jsonl alerts.jsonl state state/state.db | xargs)"
same "D-17: no core dumps" "0 00000000" "$(cat core filter | xargs)"
hidden=(--definition payments --redact event_id,user_id)
"$TAILRACE" stream --until-eof --definition payments --group-by user_id payments.csv --measure count --alerts open.jsonl >open 2>/dev/null
: >told
for command in batch "batch --format json --window 1h" "batch --format csv" "stream --until-eof --alerts red.jsonl" compare \
    "compare --format html" "stream --until-eof --window 1h --changes append" "replay -o red" \
    "batch --day 2026-01-05 -o red.d" "watch --plain --for 1s"; do
    "$TAILRACE" $command "${hidden[@]}" --group-by user_id --measure count,distinct:user_id payments.csv >>told 2>&1
done
cat red.jsonl red/* red.d/* >>told
ids=$(tail -n +2 payments.csv | cut -d, -f 2 | sort -u | head -50)
same "D-17: such values are told without it" yes "$(grep -qwF "$ids" open && grep -q '"subject": "[0-9]' open.jsonl && echo yes)"
same "D-17: none with it" 0 "$(grep -oE '"(subject|label|user_id)": "[^~"][^"]*"|^ *[0-9]+ +[0-9]+ +[0-9]+$' told | wc -l)"
same "D-17: as many groups" "$(tail -n +2 payments.csv | cut -d, -f 2 | sort -u | wc -l)" \
    "$(answer batch "${hidden[@]}" --group-by user_id payments.csv --measure count | jq '.groups | length')"
some=$(tail -n +2 payments.csv | cut -d, -f 2 | sort | uniq -c | sort -rn | mawk 'NR == 1 { print $2, $1 }')
same "D-17: filters see the value" "${some#* }" "$(answer batch "${hidden[@]}" --where "user_id=${some% *}" payments.csv --measure count |
    jq .outcomes.counted)"
same "D-17: rules and ids too" "$(answer batch --definition payments --measure count payments.csv | jq -c '[.alerts, .id_conflicts, .outcomes]')" \
    "$(answer batch "${hidden[@]}" --measure count payments.csv | jq -c '[.alerts, .id_conflicts, .outcomes]')"
# an alert's id says where its event stands, never what is in it: nobody can guess a value by it (S-71)
mawk -F, -v OFS=, 'NR > 1 { for (i = 1; i <= 2; i++) { out = ""
    for (c = 1; c <= length($i); c++) { d = substr($i, c, 1); out = out (d ~ /[0-9]/ ? 9 - d : d) }
    $i = out } } { print }' payments.csv > disguised.csv
for feed in payments disguised; do
    "$TAILRACE" stream --until-eof "${hidden[@]}" $feed.csv --alerts $feed.jsonl >/dev/null 2>&1
    jq -c '[.id, .type, .position.start]' $feed.jsonl > $feed.ids
done
same "D-17: other values, the same ids" "yes " "$([ "$(wc -l < payments.ids)" -gt 20 ] && echo yes) $(diff payments.ids disguised.ids | head -4)"
tokens() { answer batch "${hidden[@]}" --group-by user_id payments.csv --measure count | jq -r '.groups[0].key.user_id'; }
same "D-17: another run, other tokens" differ "$([ "$(tokens)" = "$(tokens)" ] || echo differ)"
kept() { answer stream --until-eof "${hidden[@]}" --group-by user_id grows.csv --measure count --state kept |
    jq -c '.groups | length'; }
head -n 2500 payments.csv >grows.csv
kept >/dev/null
tail -n +2501 payments.csv >>grows.csv
same "D-17: with a state the tokens go on" "$(tail -n +2 payments.csv | cut -d, -f 2 | sort -u | wc -l)" "$(kept)"
same "D-17: nothing of it is in the state" 0 "$(strings -n 3 kept/* | grep -cwF "$(tail -n +2 payments.csv | cut -d, -f 1 |
    grep -E '^.{6}' | head -20)")"
printf '%s\n' "$(head -n 1 payments.csv)" 1,SECRET,x,1,2026-01-05T00:00:02Z,US >secret.csv
for command in "stream --until-eof --state secret" "rejects --state secret" "rejects --no-state --format json" \
    "rejects --no-state --export secret.jsonl"; do
    "$TAILRACE" $command "${hidden[@]}" secret.csv >>secret.out 2>&1
done
same "D-17: what was not understood is told without its bytes" "5 0" \
    "$(cat secret.out secret.jsonl | grep -c bad_number) $(cat secret.out secret.jsonl secret/* | grep -c SECRET)"
for fields in timestamp amount nope user_id,nope; do
    "$TAILRACE" batch --definition payments --measure sum:amount --redact $fields payments.csv >/dev/null 2>err
    same "D-17: --redact $fields" "2 1" "$? $(grep -c -- --redact err)"
done

# --- D-22: a definition and options are data; nothing in them runs
cat >code.json <<'END'
{"name": "code", "fields": {"at": {"type": "time"}, "name": {"type": "text"}}, "time": "at",
 "group_by": ["name"], "where": ["name=$(touch evil)`touch evil`;touch evil|touch evil"]}
END
answer batch --definition code.json formulas.jsonl >/dev/null
answer batch "${money[@]}" --where 'name=$(touch evil)' formulas.jsonl >/dev/null
answer batch "${money[@]}" --where 'amount>system("touch evil")' formulas.jsonl >/dev/null
same "D-22: nothing ran" no "$([ -e evil ] && echo yes || echo no)"
finish
