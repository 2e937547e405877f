#!/bin/bash
# Guards: a disk that takes no more, and then does again, under the dashboard (S-95). The screen says
# NOT DURABLE, why and since when; its numbers stay, keys work, and when there is room it goes on: live
# is what `tailrace batch` counts, to the unit, and the difference EXACT. Killed or quit meanwhile,
# nothing is lost. Who only looks follows a state that was begun anew.
# The disk is a limit on the size of files, which can be lifted while the program runs.
. "$(dirname "$0")/screen.sh"
feed=$work/desk.csv
all=$work/all.csv
"$TAILRACE" simulate tickets --records 30000 --seed 11 --day 2026-11-12 \
    --faults late=3%,duplicate,malformed -o "$all"
head -n 3000 "$all" >"$feed"
grow() { sed -n "$1,$2p" "$all" >>"$feed"; }
batch() { "$TAILRACE" batch "$feed" --definition tickets --day 2026-11-12 --format json | jq "$1"; }
counted() { batch '[.groups[].count] | add'; }
live() { total 2 | head -n 1; }
in_batch() { total 5 | head -n 1; }
pid() { cat "$work/pid"; }
gone() { kill -0 "$(pid)" 2>/dev/null || echo gone; }
cat >"$work/limited" <<'END'
#!/bin/bash
trap '' XFSZ
limit=$1
shift
exec prlimit --fsize="$limit:unlimited" "$@" 2>err
END
# watch SIZE LIMIT STATE: on a disk that takes files of so many bytes
watch() {
    start "$1" bash "$work/limited" "$2" "$TAILRACE" "$feed" --definition tickets --state "$work/$3" \
        --alerts "$work/$3.alerts"
}
high() { jq -r 'select(.type == "HIGH") | .id' "$1" | sort; }
lift() { prlimit --pid "$(pid)" --fsize=unlimited:unlimited; }
say=' NOT DURABLE [0-9]+ s, disk I/O error'

# --- full, and with room again
watch 120x40 400000 st
until_shown "it says so, since when, and why" "$say"
until_shown "what becomes of it" '^ nothing is lost: tried again until it can be kept; state'
until_shown "failures are counted" '│ failures +[0-9]+, recovered 0 '
until_same "its numbers are right" "$(counted)" live
grow 3001 20000
until_same "and go on" "$(counted)" live
until_shown "though they are not kept" "$say"
keys d
until_shown "keys work" '─ DIFFERENCE '
lift
until_shown "kept again" '^ tailrace .* (LIVE|STALLED) '
until_same "all of it, once" "$(counted)" live
until_shown "batch and live are the same" '─ DIFFERENCE .* EXACT ─╮$'
until_same "batch has all of it" "$(counted)" in_batch
keys d
until_shown "it is counted" '│ failures +[0-9]+, recovered 1 '
same "nothing is said of it any more" 0 "$(screen | grep -c 'NOT DURABLE\|nothing is lost')"
grow 20001 30000
until_same "and it goes on" "$(counted)" live
keys q
ended "q" 0
same "nothing was said behind the screen" "" "$(cat "$work/err")"
same "what is kept" "$(batch .outcomes.read)" "$("$TAILRACE" stream "$feed" --definition tickets \
    --state "$work/st" --read-only --format json | jq .outcomes.read)"

"$TAILRACE" stream "$feed" --definition tickets --no-state --until-eof --alerts "$work/expected" >/dev/null
same "there are alerts" 1 "$(($(high "$work/expected" | wc -l) > 1000))"
same "each alert once" "$(high "$work/expected")" "$(high "$work/st.alerts")"

# --- killed meanwhile
head -n 3000 "$all" >"$feed.new" && mv "$feed.new" "$feed"
watch 120x40 400000 st2
until_shown "not kept" "$say"
grow 3001 20000
until_same "and counted" "$(counted)" live
kill -9 "$(pid)"
until_same "killed" gone gone
grow 20001 30000
watch 120x40 unlimited st2
until_same "the next one counts all" "$(counted)" live
until_shown "and keeps" '^ tailrace .* (LIVE|STALLED) '
keys q
ended "q" 0
same "each record once" "$(batch .outcomes.read)" "$("$TAILRACE" stream "$feed" --definition tickets \
    --state "$work/st2" --read-only --format json | jq .outcomes.read)"

same "each alert once, across a kill" "$(high "$work/expected")" "$(high "$work/st2.alerts")"

# --- quit meanwhile
watch 60x16 400000 st3
until_shown "not kept, in a small place" ' NOT DURABLE [0-9]+ s, disk'
keys q
ended "q" 1
same "what is not kept is said" 1 "$(grep -c '^tailrace: NOT DURABLE: what was counted after epoch' "$work/err")"

# --- begun anew under who looks
look() { server capture-pane -p -t look; }
looked() { look | sed -nE '/^│ +total/ { s/[^0-9 ]/ /g; s/([0-9]) ([0-9]{3})/\1\2/g; p; }' | awk '{ print $2 }'; }
server new-session -d -s look -x 120 -y 40 \
    "$TAILRACE" "$feed" --definition tickets --state "$work/st2" --read-only || exit 1
until_same "it looks" "$(counted)" looked
head -n 5000 "$all" >"$feed.new" && mv "$feed.new" "$feed"
start 120x40 "$TAILRACE" "$feed" --definition tickets --state "$work/st2" --rebuild
until_same "begun anew" "$(counted)" live
until_same "it looks at the new one" "$(counted)" looked
same "and only looks" 1 "$(look | grep -c 'READ ONLY saved')"
keys q
ended "q" 0
finish
