#!/bin/bash
# Guards: the dashboard goes on where it was, however it ended. Killed (kill -9) while its feed grows,
# it shows after a restart what `tailrace batch` counts, to the unit, and batch and live are EXACT;
# finished days are there, those that made room too, and left and right go through them; a second
# dashboard is refused with 3 and may look with --read-only, which follows; a damaged state is refused
# with 4, and --rebuild begins anew; --no-state keeps nothing (S-91 … S-94).
. "$(dirname "$0")/screen.sh"
feed=$work/desk.csv
day() { printf '2026-11-%02d' "$1"; }
write_day() { # write_day DAY RECORDS SEED
    "$TAILRACE" simulate tickets -n "$2" --seed "$3" --day "$(day "$1")" --faults late=3%,duplicate,malformed |
        tail -n +2 | sed "s/^\([0-9]\)/$3\1/" >>"$feed" # ids of its own
}
"$TAILRACE" simulate tickets -n 1 --day "$(day 1)" | head -n 1 >"$feed"
for d in {1..12}; do write_day "$d" $((60 + d)) "7$d"; done
batch() { "$TAILRACE" batch "$feed" --definition tickets --day "$(day "$1")" --format json | jq "$2"; }
counted() { batch "$1" '[.groups[].count] | add'; }
watch() { start "$1" "$TAILRACE" "$feed" --definition tickets "${@:2}"; }
gone() { kill -0 "$(cat "$work/pid")" 2>/dev/null || echo gone; }
# day_total: of a finished day, which has no open ones
day_total() { screen | sed -nE 's/^│   total +-? *([0-9]+) .*/\1/p'; }
header() { screen | sed -nE '3s/^│ priority +open +([0-9]+ [A-Z][a-z]+).*/\1/p'; }

# --- killed, and again, while the feed grows
watch 120x40
until_same "it counts" "$(($(counted 12)))" total 2
until_shown "and keeps" ' LIVE .* saved [0-9.]+ (µs|ms|s|min)'
for n in 1 2 3; do
    write_day 12 40 "8$n"
    [ $n -eq 2 ] && until_same "round $n" "$(counted 12)" total 2
    kill -9 "$(cat "$work/pid")"
    until_same "killed" gone gone
    write_day 12 30 "9$n"
    watch 120x40
    until_same "goes on, round $n" "$(counted 12)" total 2
done
same "all of it was read once" "$(batch 12 .outcomes.read)" \
    "$("$TAILRACE" stream "$feed" --definition tickets --read-only --format json | jq .outcomes.read)"
until_same "batch answers" "$(counted 12)" total 5
keys d
until_shown "nothing is unexplained" '─ DIFFERENCE .* EXACT ─╮$'

# --- finished days: yesterday, and one that made room for newer ones
keys Left
until_same "yesterday" "11 Nov" header
until_shown "batch is of it too" '─ DIFFERENCE .* EXACT ─╮$'
keys d
until_same "as it was counted" "$(counted 11)" day_total
for _ in {1..9}; do keys Left; done
until_same "the second day" "2 Nov" header
until_same "as it was counted then" "$(counted 2)" day_total
keys Left Left
until_shown "no further" '^ no older day is kept'
keys Escape
keys Escape
until_same "Esc: the newest" "12 Nov" header

# --- a second one, and one that only looks
"$TAILRACE" "$feed" --definition tickets --plain >"$work/out" 2>"$work/err"
same "a second one" 3 $?
same "who it is, and what to do" 1 "$(grep -c "process $(cat "$work/pid"), *\|process $(cat "$work/pid");.*--read-only" "$work/err")"
look() { server capture-pane -p -t look; }
looks() { if look | grep -qE -- "$1"; then echo shown; else look; fi; }
server new-session -d -s look -x 80 -y 24 \
    "$TAILRACE" "$feed" --definition tickets --read-only || exit 1
until_same "it looks" shown looks 'READ ONLY saved'
looked() { look | sed -nE '/^│ +total/ { s/[^0-9 ]/ /g; p; }' | awk '{ print $2 }'; }
until_same "at the same number" "$(counted 12)" looked
write_day 12 20 95
until_same "and follows" "$(counted 12)" looked
same "somebody writes" 0 "$(look | grep -c 'no writer')"
looker=$(server display-message -p -t look '#{pane_pid}')
server kill-session -t =look
left() { kill -0 "$looker" 2>/dev/null || echo left; }
until_same "the one that looks leaves" left left
keys q
ended "q" 0

# --- damaged, and begun anew
state=$(echo "$XDG_STATE_HOME"/tailrace/desk.csv-*)
same "one state, named after its feed" 1 "$(ls -d "$state" | wc -l)"
half=$(($(stat -c %s "$state/state.db") / 8192))
head -c $((half * 4096)) /dev/zero | tr '\0' x |
    dd of="$state/state.db" bs=4096 seek=$half conv=notrunc 2>/dev/null
watch 80x24
until_shown "damaged" '^exit 4$'
watch 80x24 --rebuild
until_same "begun anew" "$(counted 12)" total 2
kill -TERM "$(cat "$work/pid")"
until_shown "a signal ends it" '^exit 0$'
server new-session -d -s look -x 80 -y 24 \
    "$TAILRACE" "$feed" --definition tickets --read-only || exit 1
until_same "nobody writes" shown looks 'READ ONLY saved .* ago, no writer'
server kill-session -t =look
rm -r "$state"
watch 60x16 --no-state
until_same "without" "$(counted 12)" total 2
same "nothing is kept" 0 "$(ls "$XDG_STATE_HOME/tailrace" | wc -l)"
keys q
ended "q without a state" 0
finish
