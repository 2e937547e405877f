#!/bin/bash
# Guards: the screen adapts to where it is shown: NO_COLOR, themes, ASCII, a terminal that cannot
# draw, no terminal at all; the same seed shows the same numbers; and no byte of a feed, or of its
# name, reaches the terminal as anything but text (D-01, D-02).
. "$(dirname "$0")/screen.sh"
lanes='^.. LIVE .*.. BATCH '

# coloured: how many lines hold a colour (SGR 30..38, 40..48, 90..107; 39 and 49 are the default)
coloured() {
    server capture-pane -e -p -t run |
        grep -cE $'\e\\[([0-9;:]*;)?(3[0-8]|4[0-8]|9[0-7]|10[0-7])([;:][0-9;:]*)?m'
}
beyond_ascii() { screen | LC_ALL=C grep -c '[^ -~]'; }

# --- colours
for theme in dark light colour-blind; do
    start 80x24 env TERM=screen-256color "$TAILRACE" --theme $theme
    until_shown "theme $theme" "$lanes"
    until_more "theme $theme: colours" 5 coloured
done
start 80x24 "$TAILRACE" --theme mono
until_shown "theme mono" "$lanes"
same "theme mono: no colour" 0 "$(coloured)"
start 80x24 env NO_COLOR=1 "$TAILRACE"
until_shown "NO_COLOR" "$lanes"
same "NO_COLOR: no colour" 0 "$(coloured)"
start 80x24 env TERM=screen "$TAILRACE"
until_shown "eight colours" "$lanes"
until_more "eight colours: colours" 5 coloured
start 120x24 "$TAILRACE" --theme rainbow
until_shown "no such theme" "^tailrace: no theme is called 'rainbow'; there are dark, light, mono, colour-blind"
until_shown "no such theme: wrong use" '^exit 2$'

# --- characters
start 80x24 "$TAILRACE"
until_shown "UTF-8" "$lanes"
same "UTF-8: beyond ASCII" more "$(more 10 beyond_ascii)"
start 80x24 "$TAILRACE" --ascii
until_shown "--ascii" '^\+- LIVE '
same "--ascii: nothing else" 0 "$(beyond_ascii)"
start 80x24 env LC_ALL=C "$TAILRACE"
until_shown "LC_ALL=C" '^\+- LIVE '
same "LC_ALL=C: nothing else" 0 "$(beyond_ascii)"

# --- no screen: lines, one note, status 0
line='^[0-9]{2}:[0-9]{2}:[0-9]{2}  total [0-9 ]+  High [0-9 ]+  Medium [0-9 ]+  Low [0-9 ]+  batch '
for term in dumb no-such-terminal; do
    start 120x24 sh -c 'exec env TERM="$1" "$2" 2>note' sh $term "$TAILRACE"
    until_shown "TERM=$term: lines" "$line"
    kill -TERM "$(cat "$work/pid")"
    until_shown "TERM=$term: status" '^exit 0$'
    same "TERM=$term: one note" "1 1" "$(wc -l <"$work/note") $(grep -c ': plain lines$' "$work/note")"
done
mkfifo "$work/pipe"
cat "$work/pipe" >"$work/out" &
"$TAILRACE" >"$work/pipe" 2>"$work/note" &
program=$!
until_more "pipe: lines" 0 grep -cE "$line" "$work/out"
kill -TERM $program
wait $program
same "pipe: status" 0 $?
same "pipe: nothing but text" 0 "$(LC_ALL=C grep -c '[^ -~]' "$work/out")"
same "pipe: one note" "tailrace: standard output is not a terminal: plain lines" "$(cat "$work/note")"
"$TAILRACE" --plain 2>"$work/note" | head -n 1 >"$work/out"
same "a reader that goes away: status, note" "0 " "${PIPESTATUS[0]} $(cat "$work/note")"

# --- the same seed, the same numbers: the night before the doors open, then the pace of the wall;
# one run may be a ticket ahead of the other, so a table of one stands among the other's
tables() { # tables SEED: each table shown, without its moment
    "$TAILRACE" --plain --speed 1 --seed "$1" --for 3s |
        sed -nE 's/^[0-9:]+ ( total .*)  batch .*/\1/p' | sort -u
}
tables 7 >"$work/one" & tables 7 >"$work/again" & tables 8 >"$work/other" &
wait
same "the same seed" more "$(more 0 sh -c "comm -12 '$work/one' '$work/again' | wc -l")"
same "another seed" 0 "$(comm -12 "$work/one" "$work/other" | wc -l)"

# --- a hostile feed: its keys are shown, not obeyed; its name too
server set -s set-clipboard on
jsonl=$work/$'new\e[2J\e]2;forged\a.jsonl'
cat >"$jsonl" <<'END'
{"at":"2026-01-05T10:00:00Z","name":"\u001b[2Jgone"}
{"at":"2026-01-05T10:00:00Z","name":"\u001b]52;c;aGk=\u0007"}
{"at":"2026-01-05T10:00:00Z","name":"two\nlines"}
{"at":"2026-01-05T10:00:00Z","name":"abc\u202edef"}
{"at":"2026-01-05T10:00:00Z","name":"\u009b31mred"}
{"at":"2026-01-05T10:00:00Z","name":"漢字カナ"}
END
csv=$work/hostile.csv
{
    printf 'at,name\n'
    printf '2026-01-05T10:00:00Z,\e[2Jgone\n'
    printf '2026-01-05T10:00:00Z,\e]52;c;aGk=\a\n'
    printf '2026-01-05T10:00:00Z,"two\nlines"\n'
    printf '2026-01-05T10:00:00Z,abc\xe2\x80\xaedef\n'
    printf '2026-01-05T10:00:00Z,\xc2\x9b31mred\n'
    printf '2026-01-05T10:00:00Z,\xff\xfe\n'
} >"$csv"
for feed in "$jsonl" "$csv"; do
    start 120x40 "$TAILRACE" --time at --group-by name "$feed"
    for key in '\\x1b\[2Jgone' '\\x1b\]52;c;' 'two\\x0alines' 'abc\\u202edef' '\\u009b31mred'; do
        until_shown "hostile: $key as text" "^│ .* $key"
    done
    [ "$feed" = "$jsonl" ] || until_shown "not even text" '^│ lines not understood 1: utf8 1 \(line 8\)'
    until_shown "batch has it too" '^│.*││.* \\x1b\[2Jgone'
    same "the frame stands" "38" "$(screen | sed -n 2,39p | grep -cE '^[╭│╰].{100,118}[╮│╯]$')"
    same "the first line stands" 1 "$(screen | head -n 1 | grep -c '^ tailrace  ')"
    same "the title is not forged" 0 "$(state '#{pane_title}' | grep -c forged)"
    same "nothing in the clipboard" 0 "$(server list-buffers | wc -l)"
    keys q
    ended "hostile" 0
done
finish
