#!/bin/bash
# Guards: a stream of standard input, however long, takes no more room in TMPDIR than its beginning and
# what waits to be read; its answer is that of all that came. The dashboard, whose batch lane reads
# standard input again, keeps all of it, and both lanes agree.
. "$(dirname "$0")/../lib.sh"
WITHIN=60
mkfifo "$work/input"
"$TAILRACE" simulate tickets -n 1000000 --seed 3 -o "$work/feed.csv" || exit 1
size=$(stat -c %s "$work/feed.csv")

spool() { # of the program $1: "SIZE ROOM" of the file without a name that standard input is in
    local fd
    for fd in "/proc/$1/fd/"*; do
        [[ $(readlink "$fd") == *\(deleted\)* ]] && stat -L -c '%s %b' "$fd" && return
    done
}
room_of() { spool "$1" | awk -v size="$size" '{ print $1 >= size ? ($2 * 512 <= 40e6 ? "little" : $2 * 512) : "not yet" }'; }
all_of() { spool "$1" | awk -v size="$size" '{ print $1 >= size ? ($2 * 512 >= size ? "all" : $2 * 512) : "not yet" }'; }

# begin COMMAND...: reads the pipe, that stays open as descriptor 3
begin() {
    "$TAILRACE" "$@" - <"$work/input" >"$work/out" 2>"$work/note" &
    program=$!
    exec 3>"$work/input"
    cat "$work/feed.csv" >&3
}
holes=$(fallocate -l 1M "$work/holes" && fallocate -p -o 0 -l 1M "$work/holes" && stat -c %b "$work/holes")
[ "$(stat -f -c %T "${TMPDIR:-/tmp}")" = "$(stat -f -c %T "$work")" ] || holes=unknown
[ "$holes" = 0 ] || skip "room given back, as the file system has no holes"
more_and_room() { # each byte that comes is a reason to look
    tail -n 1 "$work/feed.csv" | tee -a "$work/more" >&3
    room_of "$1"
}
for end in "" --until-eof; do
    : >"$work/more"
    begin stream --definition tickets --no-dedupe --format json $end
    [ "$holes" != 0 ] || until_same "stream $end: the room it takes" little more_and_room $program
    tail -n 1 "$work/feed.csv" >&3
    exec 3>&-
    wait $program
    same "stream $end: it ends well" 0 $?
    same "stream $end: of all that came" $((1000001 + $(wc -l <"$work/more"))) \
        "$(tail -n 1 "$work/out" | jq .outcomes.read)"
done

lanes() { tail -n 1 "$work/out" | sed -nE 's/.*total ([0-9 ]+)  .* batch ([0-9 ]+),.*/\1 \2/p'; }
begin --plain --definition tickets --every 2s
until_same "dashboard: the room it takes" all all_of $program
WITHIN=120
until_same "dashboard: both lanes have all" "1 000 000 1 000 000" lanes
exec 3>&-
kill $program 2>/dev/null
wait $program
finish
