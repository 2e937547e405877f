#!/bin/bash
# Guards: `tailrace compare` tells what other programs compute from the same bytes: when records
# arrive, how late each alert is in both lanes, how many runs a schedule means; its final answers are
# those of `stream` and of `batch`; its page is 80 columns of text, one JSON object, or one HTML file
# that is well-formed, needs nothing from elsewhere, draws inside its plots, and lets no name or text
# of a feed become markup or a control character.
. "$(dirname "$0")/../lib.sh"
compare() { "$TAILRACE" compare "$@" 2>"$work/err"; }
json() { compare "$@" --format json; }

# delays RULE-CONDITION EVERY: of each event, when it arrived (the greatest time so far) and when the
# first run at or behind that is, both from its own time, in ms: "n live-p50 live-worst batch-p50
# batch-worst". Columns by name.
delays() {
    mawk -F, -v every="$2" -v time="$1" '
        function ms(text,   t) { split(substr(text, 12), t, /[:Z]/)
            return int((t[1] * 3600 + t[2] * 60 + t[3]) * 1000 + 0.5) }
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { now = ms($at[time]); if (now > arrival) arrival = now }
        '"$3"' { run = int((arrival + every - 1) / every) * every
            print arrival - now, run - now }' "$4" >"$work/delays"
    local n; n=$(wc -l <"$work/delays")
    echo "$n $(for c in 1 2; do cut -d' ' -f$c "$work/delays" | sort -n |
        mawk -v middle=$(((n - 1) / 2 + 1)) 'NR == middle { p50 = $0 } END { print p50, $0 }'; done | xargs)"
}
told() { # told RULE: the same of the JSON page on standard input
    jq -r --arg r "$1" '.alerts[$r] | "\(.both) \(.live.p50_ms) \(.live.worst_ms) \(.batch.p50_ms) \(.batch.worst_ms)"'
}

# --- delays: in order, and with every tenth record five lines late
tickets=$work/tickets.csv
"$TAILRACE" simulate tickets -n 1500 --seed 5 -o "$tickets"
high='$at["priority"] == "High" && $at["status"] != "closed"'
for every in 1h:3600000 15m:900000 1d:86400000; do
    same "high-priority, every ${every%:*}" "$(delays submitted_at "${every#*:}" "$high" "$tickets")" \
        "$(json "$tickets" --every "${every%:*}" | told high-priority)"
done
payments=$work/payments.csv
"$TAILRACE" simulate payments -n 1500 --seed 6 |
    mawk 'NR > 10 && NR % 10 == 0 { held = $0; due = NR + 5; next } { print }
        NR == due { print held; due = 0 } END { if (due) print held }' >"$payments"
geo='$at["amount"] > 500.00 && $at["country_code"] ~ /^(NG|RU|CN)$/'
expected=$(delays timestamp 600000 "$geo" "$payments")
same "some came out of order" true "$([ "$(cut -d' ' -f3 <<<"$expected")" -gt 0 ] && echo true)"
json "$payments" --every 10m >"$work/page.json"
same "geo-amount, out of order" "$expected" "$(told geo-amount <"$work/page.json")"

# --- what each run read, and that both lanes agree; sqlite3 counts arrivals
mawk -F, -v OFS=, 'NR > 1 { split(substr($5, 12), t, /[:Z]/); now = t[1] * 3600 + t[2] * 60 + t[3]
    if (now > arrival) arrival = now; printf "%.3f\n", arrival }' "$payments" >"$work/arrivals.csv"
marks=$(sqlite3 :memory: '.mode csv' 'create table a(t real)' ".import $work/arrivals.csv a" \
    "with recursive m(t) as (select 600 union all select t + 600 from m where t < 86400)
     select group_concat(n, ' ') from (select (select count(*) from a where a.t <= m.t) n from m
        where m.t > (select min(t) from a) and m.t < (select max(t) from a) + 600)" | tr -d '"')
same "rows of each run" "$marks" "$(jq -r '[.runs.kept[].rows] | join(" ")' "$work/page.json")"
same "all measured, none differs" "true 0 0" \
    "$(jq -r '"\(.runs.planned == .runs.measured) \(.differences.differing) \([.alerts[] | .live_only + .batch_only] | add)"' "$work/page.json")"

# --- final answers: those of the other commands; windows too
answer='{outcomes, rejected, groups, windows, alerts, watermark, inputs}'
json "$payments" --window 5m >"$work/page.json"
same "live is stream" "$("$TAILRACE" stream --until-eof --window 5m --format json "$payments" 2>/dev/null | jq -cS "$answer")" \
    "$(jq -cS ".live | $answer" "$work/page.json")"
same "batch is batch" "$("$TAILRACE" batch --window 5m --format json "$payments" 2>/dev/null | jq -cS "$answer")" \
    "$(jq -cS ".batch | $answer" "$work/page.json")"
same "standard input is the file" "$(jq -cS '[.alerts, .live.outcomes, .jump, .runs.planned]' "$work/page.json")" \
    "$(json --window 5m - <"$payments" | jq -cS '[.alerts, .live.outcomes, .jump, .runs.planned]')"

# --- the samples, broken ones too: both answers, and every difference has its reason
for sample in tickets.csv payments.jsonl orders.csv broken.csv broken.jsonl; do
    sample=$TESTS/../sample_data/$sample
    json "$sample" --window 5m >"$work/page.json"
    same "$sample: exit status" 0 $?
    same "$sample: live is stream" "$("$TAILRACE" stream --until-eof --window 5m --format json "$sample" 2>/dev/null | jq -cS "$answer")" \
        "$(jq -cS ".live | $answer" "$work/page.json")"
    same "$sample: batch is batch" "$("$TAILRACE" batch --window 5m --format json "$sample" 2>/dev/null | jq -cS "$answer")" \
        "$(jq -cS ".batch | $answer" "$work/page.json")"
    same "$sample: nothing unexplained" 0 "$(jq '.differences.unexplained + ([.alerts[].unexplained] | add // 0)' "$work/page.json")"
done

# --- the future, by --as-of: batch alone has it, for that reason
(cat "$payments"; echo '9999999,1,600.00,7,2026-01-09T00:00:00Z,NG') >"$work/future.csv"
future() { json "$work/future.csv" "$@" |
    jq -r '"\(.live.outcomes.future) \(.differences.future > 0) \(.differences.unexplained) \(.alerts["geo-amount"].batch_only)"'; }
same "no guard" "0 false 0 0" "$(future)"
same "as of midnight" "1 true 0 1" "$(future --as-of 2026-01-06T00:00:00Z)"

# --- an alert that live told and took back: the close came late, stamped in time
{ echo ticket_id,customer_id,priority,submitted_at,status
  echo 1,5,High,2026-01-05T08:00:00Z,open
  for clock in 08:50 09:40 10:30 11:20 12:02; do echo "${clock/:/},5,Low,2026-01-05T$clock:00Z,open"; done
  echo 1,5,High,2026-01-05T11:30:00Z,closed; } >"$work/back.csv"
same "taken back" "0 0 0 1" "$(json "$work/back.csv" --every 15m |
    jq -r '.alerts.sla | "\(.both) \(.live_only) \(.batch_only) \(.retracted)"')"

# --- schedules, from the shortest to the longest
cat >"$work/few.csv" <<'CSV'
ticket_id,customer_id,priority,submitted_at,status
1,5,High,2026-01-05T10:00:00Z,open
2,5,Low,2026-01-05T10:30:00Z,open
1,5,High,2026-01-05T11:00:00Z,closed
CSV
for case in 100ms:36000 7m:10 1h:1 1d:1; do
    same "runs, every ${case%:*}" "${case#*:}" "$(json "$work/few.csv" --every "${case%:*}" | jq .runs.planned)"
done

# --- advice: a feed that nobody waits for is not told to stream; --needs decides
printf 'at,page\n2026-01-05T08:00:00Z,/\n2026-01-05T20:00:00Z,/a\n' >"$work/visits.csv"
advice() { json "$@" | jq -r '.recommendation | "\(.verdict) \(.every_ms) \(.assumed)"'; }
visits=("$work/visits.csv" --time at --group-by page)
same "no rules: the schedule is good enough" "batch 3600000 true" "$(advice "${visits[@]}")"
same "needs 2h" "batch 3600000 false" "$(advice "${visits[@]}" --needs 2h)"
same "needs 31m: batch, more often" "batch 1800000 false" "$(advice "${visits[@]}" --needs 31m)"
same "needs 6m: micro-batch" "micro-batch 300000 false" "$(advice "${visits[@]}" --needs 6m)"
same "needs 500ms: stream" "stream 0 false" "$(advice "${visits[@]}" --needs 500ms)"

# --- text: 80 columns, no blanks at line ends
wide() { awk 'length($0) > 80 || / $/ { print }' ; }
same "text fits" "" "$(for f in "$tickets" "$payments" "$work/few.csv"; do compare "$f"; done | wide)"

# --- HTML
html_check() { # tags close in order; nothing from elsewhere; all that is drawn is in the view box
    awk 'BEGIN { RS = "<" }
        NR == 1 { next }
        { end = index($0, ">"); tag = substr($0, 1, end - 1) }
        end == 0 { print "open tag: " tag; next }
        tag ~ /^!/ { next }
        tag ~ /^\// { if (stack[depth] != substr(tag, 2)) print "closes " tag " in " stack[depth]; depth--; next }
        { name = tag; sub(/[ \n].*/, "", name); names[name]++ }
        name == "script" || tag ~ /(src|href)=|url\(|@import|https?:/ { print "from elsewhere: " tag }
        name == "svg" && tag !~ /viewBox="0 0 520 190"/ { print "view box: " tag }
        { rest = tag }
        name == "polyline" { match(tag, /points="[^"]*"/); n = split(substr(tag, RSTART + 8, RLENGTH - 9), p, /[ ,]/)
            for (i = 1; i < n; i++) if (p[i] < 0 || p[i] > (i % 2 ? 520 : 190)) print "outside: " p[i] " in " tag
            points += n }
        name == "rect" || name == "line" || name == "text" {
            while (match(rest, /(x|y|x1|x2|y1|y2|width|height)="-?[^"]*"/)) {
                piece = substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH)
                split(piece, v, "\""); max = v[1] ~ /^(y|h)/ ? 190 : 520
                if (v[2] !~ /^[0-9.]+$/ || v[2] + 0 > max) print "outside: " piece } }
        tag !~ /\/$/ { stack[++depth] = name }
        END { if (depth) print "not closed: " stack[depth]; if (points < 100) print "few points" 
              print names["svg"] + 0 " plots" }' "$1"
}
compare "$payments" --every 15m -o "$work/page.html" >"$work/out"
same "-o writes the file alone" "" "$(cat "$work/out")"
same "HTML of payments" "4 plots" "$(html_check "$work/page.html")"
compare "$work/few.csv" --every 100ms --format html >"$work/page.html"
same "HTML of many runs" "4 plots" "$(html_check "$work/page.html")"
compare "$work/few.csv" -o "$work/page.json"
same "-o by its ending" compare "$(jq -r .command "$work/page.json")"
compare "$work/few.csv" -o "$work/page.txt"
same "-o, text" tailrace "$(cut -d' ' -f1 "$work/page.txt" | head -n 1)"
compare "$work/few.csv" -o "$work/no/such.html"
same "cannot be written" 1 $?

# --- hostile bytes in names and groups
hostile=$work/$'<script>a&"\e]0;x\a'.csv
{ printf 'at,page\n'; printf '2026-01-05T08:%02d:00Z,<script>\e[2J&\xe2\x80\xae\n' {0..59}; } >"$hostile"
compare "$hostile" --time at --group-by page --format html >"$work/page.html"
same "HTML of hostile bytes" "3 plots" "$(html_check "$work/page.html")"
for format in text html json; do
    same "$format: no control characters, nothing hidden" 0 \
        "$(compare "$hostile" --time at --group-by page --format $format | LC_ALL=C grep -cP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80\xae')"
done
same "JSON of hostile bytes" 60 "$(json "$hostile" --time at --group-by page | jq '.live.groups[0].count')"

# --- what cannot be compared
head -n 1 "$work/few.csv" >"$work/head.csv"
same "a header alone" "0 null batch" "$(json "$work/head.csv" | jq -r '"\(.live.outcomes.read) \(.clock) \(.recommendation.verdict)"')"
: >"$work/empty.csv"
same "nothing, text" 1 "$(compare --definition tickets "$work/empty.csv" | grep -c 'No record with a time')"
same "nothing, HTML" "0 plots" "$(compare --definition tickets "$work/empty.csv" --format html >"$work/page.html"
    html_check "$work/page.html" | grep -v '^few')"
compare "$work/missing.csv"
same "missing" "1 1" "$? $(grep -c missing.csv "$work/err")"
for wrong in "--every 10ms" "--needs soon" "--format csv" "--until-eof"; do
    compare "$work/few.csv" $wrong
    same "usage: $wrong" 2 $?
done
compare
same "usage: no feed" 2 $?
finish
