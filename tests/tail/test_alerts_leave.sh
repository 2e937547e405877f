#!/bin/bash
# Guards: alerts leave the process. --alerts has each once, with all it must say, whatever the screen
# joins (S-71, S-74); a hook gets the same lines on its input, and whatever it does (fails, sleeps,
# reads nothing, floods, forks) counting is not delayed and the end is bounded; a full disk is said,
# counted, and changes no figure; a file is appended to, made anew when it was renamed, and is never
# a part of the feed; no data becomes a command; no descriptor and no child is left.
. "$(dirname "$0")/../lib.sh"
header=event_id,user_id,amount,merchant_id,timestamp,country_code
log=$work/alerts.jsonl
seconds() { # seconds COMMAND...: how long it took
    local started=$SECONDS
    "$@" >"$work/out" 2>"$work/err"
    status=$?
    took=$((SECONDS - started))
}

# --- each alert once: 42 of a storm (the 6th to the 47th), two rules on one event
{ echo $header
    mawk 'BEGIN { for (i = 0; i < 47; i++)
        printf "%d,2807,20.00,7,2026-01-05T12:%02d:%02dZ,DE\n", i, i * 5 / 60, i * 5 % 60 }'
    echo '"a ""quoted"" \ one",9,12345.60,7,2026-01-05T12:04:00Z,NG'
} >"$work/storm.csv"
stream() { "$TAILRACE" stream --until-eof "$@"; }
stream "$work/storm.csv" --alerts "$log" >"$work/out" 2>"$work/err"
same "status" 0 $?
same "a storm: all of it" 42 "$(jq -s 'map(select(.rule == "velocity")) | length' "$log")"
same "its first and last" "5 46" "$(jq -sr 'map(select(.rule == "velocity")) | "\(.[0].label) \(.[-1].label)"' "$log")"
same "ids are each its own" 44 "$(jq -r .id "$log" | sort -u | grep -cE '^[0-9a-f]{16}$')"
same "members" "amount,detected_at,event_time,id,label,late,number,position,retracted,rule,subject,time,type" \
    "$(jq -r 'keys | join(",")' "$log" | sort -u)"
same "two rules, a line each, one position" '["POTENTIAL_FRAUD","geo-amount","large"] "12345.60" "9" 1' \
    "$(jq -sc 'map(select(.subject == "9")) | [.[0].type, .[0].rule, .[1].rule], .[0].amount, .[0].subject,
        (map(.position) | unique | length)' "$log" | xargs -d '\n')"
same "a label is what the feed says" 'a "quoted" \ one' "$(jq -sr 'map(select(.subject == "9"))[0].label' "$log")"
position=$(jq -c 'select(.rule == "large") | .position' "$log")
same "its position is where it stands" "$(tail -n 1 "$work/storm.csv")" \
    "$(tail -c +$(($(jq .start <<<"$position") + 1)) "$(jq -r .source <<<"$position")")"
same "as the answer counts" "$(stream --format json "$work/storm.csv" 2>/dev/null | jq -c '.alerts | map(.) | add')" \
    "$(wc -l <"$log")"
jq -r .id "$log" >"$work/ids"
stream "$work/storm.csv" --alerts "$log" >"$work/out" 2>"$work/err"
same "appended, with the same ids" "$(cat "$work/ids" "$work/ids")" "$(jq -r .id "$log")"
same "private" 600 "$(stat -c %a "$log")"

# --- taken back: closed in time, told late
cat >"$work/sla.csv" <<'CSV'
ticket_id,customer_id,priority,submitted_at,status
1,5,High,2026-01-05T08:00:00Z,open
2,5,Low,2026-01-05T12:02:00Z,open
3,5,Low,2026-01-05T12:02:00Z,open
4,5,Low,2026-01-05T12:02:00Z,open
1,5,High,2026-01-05T11:59:00Z,closed
CSV
rm -f "$log"
stream "$work/sla.csv" --alerts "$log" >"$work/out" 2>&1
same "raised, then retracted, by one id" "false true 1" \
    "$(jq -sr 'map(select(.rule == "sla")) | "\(.[0].retracted) \(.[1].retracted) \(map(.id) | unique | length)"' "$log")"

# --- an unfinished last line stays alone; the feed's own file is refused, through a glob too
printf '{"id": "torn' >"$log"
stream "$work/storm.csv" --alerts "$log" >"$work/out" 2>&1
same "behind a torn line" "1 44" "$(grep -c 'torn$' "$log") $(grep -c '}$' "$log")"
mkdir "$work/glob"
cp "$work/storm.csv" "$work/glob/a.csv"
stream "$work/glob/*.csv" --definition payments --alerts "$work/glob/b.csv" >"$work/out" 2>"$work/err"
same "a part of the feed: wrong use" "2 1" "$? $(grep -c 'part of the feed' "$work/err")"
stream "$work/storm.csv" --alerts "$work/none/a" >"$work/out" 2>"$work/err"
same "a folder that is not there" "1 1" "$? $(grep -c 'none/a: .*: No such file' "$work/err")"

# --- a full disk: said, counted, and every figure right
seconds stream "$work/storm.csv" --format json --alerts /dev/full
same "full: status, figures" "1 48" "$status $(jq .outcomes.counted "$work/out")"
same "full: said with a count" "1 1" \
    "$(grep -c '/dev/full: No space left on device' "$work/err") $(grep -c '44 of 44 alerts could not be written' "$work/err")"

said() { grep -c '/dev/full: No space left on device; alerts wait' "$work/live.err"; }
for command in stream "watch --plain"; do
    : >"$work/live.err" # the one before said it too
    "$TAILRACE" $command "$work/storm.csv" --no-state --alerts /dev/full >"$work/live.out" 2>"$work/live.err" &
    until_same "full, $command: said while it runs" 1 said
    kill $!
    wait $!
    same "full, $command: status" 1 $?
done

# --- hooks: a good one; one that fails; one that reads nothing; one that floods; one without end
seconds stream "$work/storm.csv" --on-alert "cat >>'$work/hooked'"
same "hook: every line" "$(grep '}$' "$log" | jq -c 'del(.detected_at)' | sort | md5sum)" \
    "$(jq -c 'del(.detected_at)' "$work/hooked" | sort | md5sum)"
same "hook: nothing said" "0 0" "$status $(grep -vc 'read as' "$work/err")"
seconds stream "$work/storm.csv" --on-alert 'exit 3'
same "failing: status of the counting, said" "0 1 1" \
    "$status $(grep -c 'command ended with status 3' "$work/err") $(grep -c '44 of 44 alerts: the alert command did not take' "$work/err")"
seconds stream "$work/storm.csv" --on-alert 'exec <&-; yes | head -c 3000000; echo done >&2'
same "reads nothing, floods: taken as done" "0 true" \
    "$status $(grep -q '^done$' "$work/err" && [ "$(wc -c <"$work/err")" -gt 3000000 ] && echo true)"
seconds stream "$work/storm.csv" --on-alert 'echo $$ >'"'$work/pid'"'; sleep 1000 & wait'
same "without end: bounded, said" "0 true 1" "$status $([ $took -le 9 ] && echo true) $(grep -c 'was killed' "$work/err")"
gone() { kill -0 -- "-$(cat "$work/pid")" 2>/dev/null && echo there || echo gone; }
until_same "without end: its whole group is gone" gone gone

# --- what it gets of us: no more than 0, 1, 2; a session of its own; no data as a command
cat >"$work/evil.csv" <<'CSV'
event_id,user_id,amount,merchant_id,timestamp,country_code
"$(touch evil)`touch evil`;touch evil",'; touch evil,900.00,7,2026-01-05T12:00:00Z,NG
CSV
(cd "$work" && stream evil.csv --on-alert 'ls /proc/$$/fd >fds; ps -o pid=,sid= $$ | xargs >sid; cat >/dev/null' \
    7</dev/null 8</dev/null >out 2>err)
same "descriptors" "0 1 2" "$(grep -v '^1.' "$work/fds" | xargs)" # a shell keeps some of its own from 10 on
same "a session of its own" "1" "$(mawk '{ print $1 == $2 }' "$work/sid")"
same "no data is a command" "" "$(ls "$work" | grep -x evil)"

# --- while it runs: a hook that hangs delays nothing; rates are capped; a file renamed is made anew
echo $header >"$work/live.csv"
rm -f "$log"
"$TAILRACE" stream "$work/live.csv" --definition payments --format json --alerts "$log" \
    --on-alert "wc -l >>'$work/calls'; sleep 1000" >"$work/live.out" 2>"$work/live.err" &
pid=$!
fraud() { mawk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i <= to; i++)
    printf "%d,%d,900.00,7,2026-01-05T12:00:00Z,NG\n", i, i }'; }
lines() { cat "$log" 2>/dev/null | wc -l; }
fraud 1 1 >>"$work/live.csv"
until_same "one" 1 lines
fraud 2 5000 >>"$work/live.csv"
until_same "a storm, with a hook that hangs" 5000 lines
calls() { [ "$(wc -l <"$work/calls")" -le 4 ] && echo capped; }
same "few calls" capped "$(calls)"
mv "$log" "$log.1"
fraud 5001 5001 >>"$work/live.csv"
until_same "renamed: a new file" 1 lines
counted() { tail -n 1 "$work/live.out" | jq .outcomes.counted; }
until_same "counting went on" 5001 counted
started=$SECONDS
kill $pid
wait $pid
same "ended, bounded" "0 true" "$? $([ $((SECONDS - started)) -le 9 ] && echo true)"
same "what the hook did not get is said" 1 "$(grep -c 'of 5001 alerts: the alert command did not take them' "$work/live.err")"
finish
