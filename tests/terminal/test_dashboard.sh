#!/bin/bash
# Guards: the dashboard in a real terminal. It starts without a feed and shows both lanes within five
# seconds; every key does what it says; a marked ticket is seen by both lanes; a user's growing file
# is followed, its next event too, and a line that is not understood is named; a storm of resizes
# leaves a clean screen.
. "$(dirname "$0")/screen.sh"

# --- a first look
case $BUILD in *release) soon=5 ;; *) soon=$WITHIN ;; esac
start 120x40 "$TAILRACE"
WITHIN=$soon until_shown "both lanes, side by side" '^╭─ LIVE  every event .*╮╭─ BATCH  daily summary, every 1 h .* old ─╮$'
WITHIN=$soon until_shown "both count" '^│   total +[0-9][0-9 ]+ │.*│   total +[0-9][0-9 ]+ -?[0-9 ]+ +│$'
before=$(total 2)
until_more "live goes on counting" "$before" total 2

# --- the schedule, and a run between
keys '['
until_shown "[ : less often" '─ BATCH  daily summary, every 1 d '
ran() { screen | sed -nE 's/.*│ ran ([0-9:]+),.*/\1/p'; }
before=$(ran)
changed() { if [ "$(ran)" != "$before" ]; then echo changed; else ran; fi; }
keys b
until_same "b: another run" changed changed
for step in '1 h' '15 min' '5 min' '1 min'; do
    keys ']'
    until_shown "] : more often" "─ BATCH  daily summary, every $step "
done
before=$(ran)
until_same "the schedule runs it" changed changed

# --- your ticket, two stopwatches
keys Space
until_shown "live shows the ticket" '^│ live   seen after [0-9.]+ m?s '
until_shown "batch shows it" '^│ batch  seen after [0-9]'
until_shown "it has a name" '^╭─ YOUR TICKET  #[^ ]+ [A-Z][a-z]+ ─'

# --- speed
keys +
until_shown "+ : faster" ' x720 >'
keys - -
until_shown "- : slower" ' x120 >'

# --- pause: the lanes stand still on the screen, and it says how far behind
lanes() { screen | sed -n 2,11p; }
behind() { screen | sed -nE '1s/.*PAUSED .*, ([0-9 ]+) events behind.*/\1/p' | tr -d ' '; }
keys p
until_shown "p: the pause shows" ' x120 \| +PAUSED [0-9]+ s, [0-9 ]+ events behind'
before=$(behind)
# the figure of the last frame itself is measured when it was written: one more frame shows it
twice() { local first; first=$(lanes); sleep 0.1; [ "$first" = "$(lanes)" ] && echo same; }
until_same "the picture comes to rest" same twice
held=$(lanes)
until_more "the distance grows" "$before" behind
same "p: the lanes stand still" "$held" "$(lanes)"
before=$(total 2)
keys p
until_more "p again: it goes on" "$before" total 2
same "p again: no pause" 0 "$(screen | grep -c PAUSED)"

# --- help lists every key of the table; another key leaves it
keys '?'
until_shown "? : help" '^╭─ HELP  for this screen '
help=$(screen)
while read -r label; do
    same "help has: $label" 1 "$(grep -cF -- "│ $label  " <<<"$help" | sed "s/^[1-9].*/1/")"
done < <(sed -nE 's/.*\.label = "(.*)",/\1/p' "$TESTS/../tui/keymap.c" | uniq)
keys x
until_shown "any key leaves help" '^╭─ LIVE  every event '
keys z
until_shown "a key without use: a hint" '^ z does nothing here; \? lists the keys$'
keys F5 Up Escape PPage
before=$(total 2)
until_more "nothing broke" "$before" total 2

# --- a storm of resizes: through tmux, and of the terminal device alone, which tmux does not know
tty=$(state '#{pane_tty}')
RANDOM=7
for _ in {1..25}; do
    resize "$((RANDOM % 181 + 20))x$((RANDOM % 56 + 5))"
    stty -F "$tty" cols $((RANDOM % 181 + 20)) rows $((RANDOM % 56 + 5))
done
resize 40x10
until_same "too small: have and need" "have 40x10, need 60x16" screen
golden=$(corners <"$TESTS/screens/80x24.txt")
resize 80x24
edges() { screen | grep -cE "^[╭│╰].{$1}[╮│╯]\$"; } # edges COLUMNS between them
last() { screen | tail -n 1; }
until_same "every box in its place, none left over" "$golden" boxes
until_same "every line of the body from edge to edge" 22 edges 78
until_shown "the first line" '^ tickets  day 1  [0-9]{2}:[0-9]{2}:[0-9]{2}  x120 >'
until_same "the last line: the keys" " space send  b batch  [ ] schedule  d diff  l late  e why  ? help  q quit" last
resize 200x60
until_same "larger than ever before" 58 edges 198
# as wide as at the start again: tmux wraps what was wider into the screen it brings back
resize 120x40
until_same "as at the start" 38 edges 118
keys q
ended "q" 0

# --- a file of one's own that grows
file=$work/tickets.csv
row() { printf '%s,7,%s,2026-01-05T10:%02d:00Z,open\n' "$1" "$2" $(($1 % 60)); }
echo 'ticket_id,customer_id,priority,submitted_at,status' >"$file"
start 120x40 "$TAILRACE" --every 1s "$file"
until_shown "an empty file: what is expected" '│ no event yet .*'
for id in {101..105}; do row $id High; done >>"$file"
until_same "five rows" 5 total 2
row 106 Low >>"$file"
until_same "one more" 6 total 2
until_same "batch follows" 6 total 5
keys Space
until_shown "space: waits for the next event" 'waiting for the next event of the'
row 4711 Medium >>"$file"
until_shown "the event is followed by its id" '^╭─ YOUR TICKET  #4711 Medium ─'
until_shown "seen by live" '^│ live   seen after [0-9.]+ m?s '
until_shown "seen by batch" '^│ batch  seen after [0-9.]+ m?s '
echo '107,7,High,yesterday,open' >>"$file"
row 108 High >>"$file"
until_shown "a line not understood, with its number" \
    '^│ lines not understood 1: bad_timestamp 1 \(line 9\) '
until_same "its neighbours count" 8 total 2
keys +
until_shown "no speed for a feed of one's own" '^ speed belongs to the simulator'
keys q
ended "q on a file" 0
finish
