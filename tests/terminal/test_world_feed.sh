#!/bin/bash
# Guards: faults of the world, each a state on the screen with what to do, never a wrong number, and
# everything right when it is over: a disk that cannot be read (T-R11), a feed that vanishes and comes
# back (T-R6). The clock and sleep are in tests/terminal/test_world.sh.
. "$(dirname "$0")/screen.sh"
. "$TESTS/world/world.sh"
case $BUILD in
*tsan) # preloading is not for its runtime
    preloads=no
    spoiled() { echo "$@"; }
    skip "a disk that cannot be read"
    ;;
*) preloads=yes ;;
esac

if [ $preloads = yes ]; then

# --- the disk cannot be read: the position is kept
begin
start 120x40 $(spoiled "$TAILRACE" --no-state --definition tickets "$feed")
until_same "EIO: counted" 100 total 2
world read=5
rows 101 150 >>"$feed"
until_shown "EIO: said" ' CANNOT READ, retry in [0-9] s \(Input/output error\)'
until_shown "EIO: what of it" '^ nothing is skipped, reading goes on when it can; .*feeds/tickets.csv: Input/output'
same "EIO: the number stays" 100 "$(total 2)"
keys b
until_shown "EIO: batch says so too" '│ FAILED .*feeds/tickets.csv: Input'
same "EIO: what is there is unread" 1 "$(screen | head -n 1 | grep -cE 'unread +1\.[0-9] kB')"
until_shown "EIO: the answer grows old" '^╭─ LIVE .* [0-9]+(\.[0-9])? s old ─╮'
same "EIO: and keeps its answer" 100 "$(total 5)"
world
until_same "EIO over: all is counted" 150 total 2
keys b
until_same "EIO over: by batch too" 150 total 5
until_shown "EIO over: LIVE" ' LIVE '
keys q
ended "EIO" 0

# --- a thread's stack is used up: the terminal is restored from another (D-19)
case $BUILD in
*san) skip "a stack that is used up" ;; # their runtimes have stacks of their own
*)
    begin
    start 120x40 $(spoiled "$TAILRACE" --no-state --definition tickets "$feed")
    until_same "deep: counted" 100 total 2
    world deep=1
    rows 101 101 >>"$feed"
    ended "deep" 139
    world
    ;;
esac
fi

# --- the feed vanishes: removed, with its folder, and back; then not to be seen
begin
rows 101 150 >>"$feed"
start 120x40 $(spoiled "$TAILRACE" --no-state --definition tickets "$feed")
until_same "there: counted" 150 total 2
rm "$feed"
until_shown "gone: said" ' FEED GONE [0-9]+ s '
until_shown "gone: what of it" '^ followed again when it is back; .*tickets.csv: removed or moved away'
same "gone: the number stays" 150 "$(total 2)"
rm -r "$WORLD_FOLDER"
mkdir "$WORLD_FOLDER"
{ echo ticket_id,submitted_at,priority,status,customer_id; rows 151 170; } >"$feed"
until_same "back: counted" 170 total 2
until_shown "back: LIVE" ' LIVE '
mv "$WORLD_FOLDER" "$work/elsewhere"
until_shown "folder gone: said" ' FEED GONE [0-9]+ s '
rows 171 180 >>"$work/elsewhere/tickets.csv"
until_same "folder gone: what is still written is read" 180 total 2
mv "$work/elsewhere" "$WORLD_FOLDER"
until_shown "folder back: LIVE" ' LIVE '
rows 181 190 >>"$feed"
until_same "folder back: all there, once" 190 total 2
keys q
ended "gone" 0

# --- a pattern: one of its files may go, all of them may not
begin
cp "$feed" "$WORLD_FOLDER/more.csv"
sed -i 's/^[0-9]/x&/' "$WORLD_FOLDER/more.csv"
start 120x40 "$TAILRACE" --no-state --definition tickets "$WORLD_FOLDER/*.csv"
until_same "pattern: counted" 200 total 2
rm "$feed"
rm "$WORLD_FOLDER/more.csv"
until_shown "pattern: all gone" ' FEED GONE [0-9]+ s '
until_shown "pattern: how many" '^ followed again when it is back; .*csv and 1 more: removed'
keys q
ended "pattern" 0

[ $preloads = yes ] || { finish; exit; }
# --- without a screen: said once, and when it is over
begin
$(spoiled "$TAILRACE" stream --no-state --definition tickets --format json "$feed") >"$work/out" 2>"$work/note" &
program=$!
counted() { jq -c .outcomes.counted "$work/out" | tail -1; }
until_same "stream: counted" 100 counted
world read=116 set=7200000
rows 101 120 >>"$feed"
notes() { grep -c "$1" "$work/note"; }
until_same "stream: ESTALE said" 1 notes 'tickets.csv: Stale file handle'
until_same "stream: the clock said" 1 notes 'the clock was set 2 h 00 min ahead'
world set=7200000
until_same "stream: over" 1 notes 'read again, after'
until_same "stream: counted again" 120 counted
same "stream: each said once" "1 1 1" "$(notes Stale) $(notes 'clock was set') $(notes 'read again')"
kill $program
wait $program
same "stream: status" 0 $?
finish
