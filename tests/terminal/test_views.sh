#!/bin/bash
# Guards: what a key opens below the lanes, on a running dashboard: the difference of both answers is
# exact while both count on; windows and a late event's correction show; the explanation follows the
# arrow keys; help over them, a resize under them, and Esc leave a clean screen.
. "$(dirname "$0")/screen.sh"

# --- difference
start 120x24 "$TAILRACE" --every 1m
until_shown "both count" '^│   total +[0-9][0-9 ]+ │.*│   total +[0-9][0-9 ]+ -?[0-9 ]+ +│$'
keys d
until_shown "d: every unit has a name" '^╭─ DIFFERENCE  tickets, as of [0-9:]{8} ─+ EXACT ─╮$'
until_shown "in words too" '^│ every unit has a name: [0-9 ]+ live'
# sums: what the arithmetic of each row leaves over, on one and the same screen
sums() {
    screen | sed -nE '/^│ (High|Medium|Low|total) .* = / { s/([0-9]) ([0-9]{3})/\1\2/g; s/([0-9]) ([0-9]{3})/\1\2/g; p }' |
        awk '{ print $3 - $5 + $7 - $9 - $11 }' | xargs
}
until_same "live - behind + future - escaped = batch" "0 0 0 0" sums
keys Tab
until_shown "Tab: tickets have no sum" '^ there is one measure to compare'

# --- late data
keys l
until_shown "l: in its place" '^╭─ LATE  newest [0-9:]{8} ─.*─ WINDOWS  of 5 min ─.*─ CORRECTIONS '
same "one view at a time" 0 "$(screen | grep -c DIFFERENCE)"
until_shown "windows have states" ' (final|settl|prov) +[0-9]+ +[0-9]+ ││ '
until_shown "the watermark has a place" '^│ watermark +([0-9:]{8} \(-60 s\) ▲|▲ [0-9:]{8} \(-60 s\)) '
until_shown "and one in the first line" ' watermark +[0-9:]{8} \(-60 s\)$'

# --- the explanation, and its cursor
keys e
until_shown "e: the count of the first group" '^╭─ EXPLAIN LIVE  High, today ─+ [0-9 ]+ ─╮$'
until_shown "a sentence" '^│ [0-9 ]+ events of 2026-01-05 with priority High, counted live\.'
until_shown "its number is marked" '^│ ! High +[0-9 ]+\[[0-9 ]+\]'
keys Down
until_shown "down" '^╭─ EXPLAIN LIVE  Medium, today ─'
keys Right Right
until_shown "right, over the rate" '^╭─ EXPLAIN LIVE  Medium, last 30 min ─'
keys Right Right Right
until_shown "right, into the other lane" '^╭─ EXPLAIN BATCH  Medium, behind live ─'
keys Left Up
until_shown "left, up" '^╭─ EXPLAIN BATCH  High, today ─'

# --- resized while open: the same number, every box in its place
resize 80x24
until_shown "80 columns: the same number" '^╭─ EXPLAIN BATCH  High, today ─'
edges() { screen | grep -cE "^[╭│╰].{$1}[╮│╯]\$"; }
until_same "80 columns: from edge to edge" 22 edges 78
resize 60x16
until_shown "60 columns: the same number" '^╭─ EXPLAIN BATCH  High, today ─'
until_same "60 columns: from edge to edge" 14 edges 58
resize 30x8
until_same "too small: have and need" "have 30x8, need 60x16" screen
keys Down Right Up Left
resize 120x40
until_shown "wide again: the same number" '^╭─ EXPLAIN BATCH  High, today ─'
until_same "wide again: from edge to edge" 38 edges 118

# --- help over it, and back to it
keys '?'
until_shown "help" '^╭─ HELP  for this screen '
resize 80x24
until_same "help, resized" 22 edges 78
keys Down
until_shown "any key: back to the explanation" '^╭─ EXPLAIN BATCH  High, today ─'
keys Escape
explanations() { screen | grep -c EXPLAIN; }
until_same "Esc: the explanation is closed" 0 explanations
until_shown "and the view is not" '^╭─ LATE  newest '
keys Escape
until_shown "Esc: the race again" '^╭─ AGE OF THE ANSWER ─'
golden=$(corners <"$TESTS/screens/80x24.txt")
until_same "as at the start" "$golden" boxes
keys Escape
until_shown "Esc with nothing open: a hint" '^ nothing is open that Esc could close'
keys q
ended "q" 0

# --- a feed of one's own: a window's result, a correction, and what came too late
file=$work/payments.csv
echo 'event_id,user_id,amount,merchant_id,timestamp,country_code,type,refund_of' >"$file"
row() { echo "$1,7,$3,shop,2026-01-05T$2Z,DE,payment,"; } # row ID TIME AMOUNT
{
    row 1 10:01:00 10.00
    row 2 10:02:00 20.00
    row 3 10:06:30 30.00 # the watermark passes 10:05
} >"$file.first"
cat "$file.first" >>"$file"
start 120x40 "$TAILRACE" --every 1s "$file"
until_shown "the screen" "LIVE"
keys l
until_shown "no correction: it says why" '│ no correction yet: nothing came behind the watermark;'
row 4 10:03:00 40.00 >>"$file"
until_shown "a late event corrects" '^│ [0-9:]{8} 10:00-10:05 DE +2 → 3 +1 │'
until_shown "the window settles" '│ 10:00-10:05 +3 settling +1 +0 '
row 5 10:20:00 50.00 >>"$file"
until_shown "the window is final" '│ 10:00-10:05 +3 final +1 +0 '
row 6 10:04:00 60.00 >>"$file"
until_shown "too late: only batch repairs it" '│ 10:00-10:05 DE +1 │$'
until_same "it is in the total all the same" 6 total 1
keys d Tab
until_shown "the sum, exact" '^╭─ DIFFERENCE  sum:amount USD \(2 of 2\), as of [0-9:]{8} ─+ EXACT ─╮$'
until_shown "to the cent" '^│ total +210\.00 +- +0\.00 +\+ +0\.00 +- +0\.00 += +210\.00 +60\.00 +0\.00 '
keys q
ended "q on a file" 0
finish
