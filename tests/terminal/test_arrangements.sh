#!/bin/bash
# Guards: the arrangements on a running dashboard. At x3600 a day of the simulated desk is over in
# 24 s: live serves it until then, batch from then on, in one letter per number; history is replayed
# and the answer is the same; a micro-batch says its trigger; key m comes around.
. "$(dirname "$0")/screen.sh"

start 120x40 "$TAILRACE" --speed 3600 --seed 5
until_shown "side by side at first" '^╭─ AGE OF THE ANSWER'
until_shown "events come" 'total +[1-9]'
keys m
until_shown "Lambda, and what it does" '^╭─ LAMBDA  each day from one layer'
until_shown "a day that live serves" '^│ 5 Jan +[0-9][0-9 ]* L +[0-9 ]+ L +[0-9 ]+ L +[0-9 ]+ L +live until 00:09'
WITHIN=90 until_shown "the day is over: batch serves it" \
    '^│ 5 Jan +[0-9][0-9 ]* B +[0-9 ]+ B +[0-9 ]+ B +[0-9 ]+ B +sealed 00:1[0-9]:[0-9]{2}'
until_shown "the next one is live's" '^│ 6 Jan +[0-9][0-9 ]* L'
same "a day is one line" 1 "$(screen | grep -c '^│ 5 Jan')"
keys s
until_shown "sealing asks first" 'seal 6 Jan now, without waiting for its end\?'
keys s
until_shown "and seals" '^│ 6 Jan +[0-9][0-9 ]* B .*sealed by you'
until_shown "live goes on, and is not added" '^│ 6 Jan +[0-9][0-9 ]* B .*sealed by you .*late since'

keys m
until_shown "Kappa" '^╭─ KAPPA '
keys r
until_shown "history is replayed: the same answer" 'switched at [0-9:]+: same answer'
keys r
until_shown "and again" 'switched at [0-9:]+: same answer'

keys m
until_shown "micro-batch, its word and its trigger" 'LIVE  MICRO-BATCH every 10 s'
until_shown "in the status line" '^ tailrace .* MICRO-BATCH 10 s '
keys '['
until_shown "a longer one" '│ MICRO-BATCH every 30 s \(8 ms\)'
keys m
until_shown "side by side again" '^╭─ LIVE  every event '
until_shown "with the race below" '^╭─ AGE OF THE ANSWER'
keys q
until_shown "the end" '^exit 0'

# an option begins with one, on a feed of one's own
"$TAILRACE" simulate tickets -n 500 --seed 5 -o "$work/tickets.csv" 2>/dev/null
start 80x24 "$TAILRACE" tickets.csv --arrangement lambda
until_shown "the file's day" '^│ 5 Jan +500 L'
keys s s
until_shown "sealed by hand" '^│ 5 Jan +500 B .*sealed by you [0-9:]+ '
echo '900001,1,High,2026-01-05T12:00:00Z,open' >>"$work/tickets.csv"
until_shown "one late since, not served" '^│ 5 Jan +500 B .*; 1 late since'
keys s s
until_shown "until the day is run again" '^│ 5 Jan +501 B .*sealed by you [0-9:]+, run 2 '
keys q
until_shown "the end" '^exit 0'
finish
