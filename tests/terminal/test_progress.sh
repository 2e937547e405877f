#!/bin/bash
# Guards: a batch run that takes longer than a second says on the terminal how far it is, wipes that
# line when it ends, and answers right; whose standard error is no terminal, or a dumb one, is told
# nothing. The run is held in the midst of its feed (tests/world), so that no amount of work is needed.
. "$(dirname "$0")/screen.sh"
. "$TESTS/world/world.sh"
case $BUILD in
*tsan) # preloading is not for its runtime
    skip "a run that is held in its midst"
    finish
    exit
    ;;
esac
{
    echo ticket_id,submitted_at,priority,status,customer_id
    rows 1 100000
} >"$feed"
half=$(($(stat -c %s "$feed") / 2))
bar='^\[#*\.+\] +[0-9]+ % of [0-9.]+ MB  [0-9.]+ [kM]?B/s  [0-9]+ s left  '
bars() { screen | grep -cE '% of|s left'; }
plain() { jq -cS '(.batch // .).groups' "$1"; } # what was answered, without what it took

# held WHAT COMMAND...: three at once: nobody to be told, a dumb terminal, and one that is told
held() {
    local what=$1 quiet dumb
    shift
    rm -f "$work"/{pid,end,said,answer}
    world hold=$half
    $(spoiled "$TAILRACE") "$@" "$feed" >"$work/answer.file" 2>"$work/notes.file" &
    quiet=$!
    TERM=dumb "$BUILD/tests/terminal/pty" 80x24 "$work" $(spoiled "$TAILRACE") "$@" "$feed" &
    dumb=$!
    start 100x24 sh -c "$(spoiled "$TAILRACE") $* $feed >answer"
    until_shown "$what: how far it is" "$bar"
    same "$what: one line" 1 "$(bars)"
    until_same "$what: about half" 1 half_way
    world
    until_shown "$what: it ends" '^exit 0$'
    same "$what: the line is wiped" 0 "$(bars)"
    wait $quiet
    same "$what: no terminal, no line" 0 "$(LC_ALL=C grep -cE '% of|s left' "$work/notes.file")"
    wait $dumb
    same "$what: a dumb terminal, no line" "exit 0 0" \
        "$(cat "$work/end") $(LC_ALL=C grep -cE '% of|s left' "$work/said")"
    same "$what: the same is answered" "$(plain "$work/answer.file")" "$(plain "$work/answer")"
}
half_way() { screen | grep -cE '\] +[3-7][0-9] % of [0-9.]+ MB'; }

held batch batch --definition tickets --format json
same "batch: all of it" 100000 "$(jq .outcomes.read "$work/answer")"
held compare compare --definition tickets --format json --every 1d
finish
