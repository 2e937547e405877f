#!/bin/bash
# Guards: an alert on a running dashboard. A line appended to the feed is on the panel, in the file of
# --alerts and at the command of --on-alert; a storm is one episode on the screen and every alert in
# the file (S-74); what a command prints never reaches the screen; an alert file that cannot be
# written is said there; many rejects raise health, there and in the file (S-70); leaving is bounded.
. "$(dirname "$0")/screen.sh"
file=$work/payments.csv log=$work/alerts.jsonl
echo event_id,user_id,amount,merchant_id,timestamp,country_code >"$file"
row() { printf '%s,%s,%s,7,2026-01-05T12:%02d:%02dZ,%s\n' "$1" "$2" "$3" $(($4 / 60)) $(($4 % 60)) "$5"; }
row 1 11 900.00 0 DE >>"$file"
start 120x40 "$TAILRACE" "$file" --alerts "$log" \
    --on-alert "tee -a '$work/hooked'; echo GARBAGE >&2; echo GARBAGE >/dev/tty || true"
until_shown "no alert yet" '│ none yet; watched for: POTENTIAL_FRAUD'
row 4711 2807 900.00 10 NG >>"$file"
until_shown "on the panel" '│ 12:00:10 POTENTIAL_FRAUD #4711 +900.00 ││'
lines() { cat "$log" 2>/dev/null | wc -l; }
until_same "in the file, once" 1 lines
same "all it must say" \
    '["POTENTIAL_FRAUD","geo-amount","2026-01-05T12:00:10Z","2026-01-05T12:00:10Z","2807","4711","900.00",false,false,1,0]' \
    "$(jq -c '[.type, .rule, .time, .event_time, .subject, .label, .amount, .late, .retracted, .number,
        .position.generation]' "$log")"
same "where it stands" "$(wc -c <"$file") $file" \
    "$(jq -r '"\(.position.start + ("4711,2807,900.00,7,2026-01-05T12:00:10Z,NG\n" | length)) \(.position.source)"' "$log")"
hooked() { cat "$work/hooked" 2>/dev/null; }
until_same "at the command, the same line" "$(cat "$log")" hooked

for i in {0..46}; do row $((5000 + i)) 77 20.00 $((20 + i * 180 / 47)) DE; done >>"$file"
until_shown "a storm is one episode" '│ 12:03:[0-9]{2} velocity +user 77 +x42 '
until_same "and 42 lines" 43 lines
same "of the 6th to the 47th" "5005 5046" "$(jq -sr 'map(select(.rule == "velocity")) | "\(.[0].label) \(.[-1].label)"' "$log")"
calls() { wc -l <"$work/hooked"; }
until_same "all at the command" 43 calls
same "nothing of the command on the screen" 0 "$(screen | grep -c GARBAGE)"

for _ in {1..12}; do echo not,a,payment; done >>"$file"
until_shown "many rejects: health" '│ [0-9:]{8} HEALTH 12 not understood /min'
health() { jq -r 'select(.rule == "health") | "\(.type) \(.resolved) \(.rejected)"' "$log"; }
until_same "health in the file" "HEALTH_REJECTS false 12" health
keys q
ended "q" 0

# --- a disk that is full
start 120x40 "$TAILRACE" "$file" --no-state --alerts /dev/full --on-alert 'sleep 1000'
until_shown "said on the panel" '│ /dev/full: No space left on device'
until_same "counting goes on" 49 total 1
keys q
WITHIN=$((WITHIN + 10)) until_shown "said at the end" '^tailrace: /dev/full: 4[34] of 4[34] alerts could not be written$'
ended "q with a full disk and a command that hangs" 1
finish
