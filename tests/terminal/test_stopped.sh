#!/bin/bash
# Guards: a terminal, or a pipe, that takes nothing any more keeps nobody waiting (S-120): counting
# goes on, frames are lost and no event is, a signal ends the program in bounded time, and what is
# shown when the reader goes on is right. A terminal that hangs up ends it, quietly.
. "$(dirname "$0")/screen.sh"
PTY=$BUILD/tests/terminal/pty
lanes='^.. LIVE .*.. BATCH '
head='ticket_id,submitted_at,priority,status,customer_id'
rows() { # rows FROM TO
    seq "$1" "$2" | awk '{ printf "%d,2026-01-05T10:%02d:%02dZ,High,open,7\n", $1, ($1 / 60) % 60, $1 % 60 }'
}

# --- a terminal whose reader stopped
stuck() { # stuck COMMAND...: on a terminal that the test reads or not
    rm -f "$work"/{pid,end,said}
    TERM=xterm "$PTY" 200x60 "$work" "$@" &
    glass=$!
    until_same "it runs" here there "$work/pid"
}
there() { [ -s "$1" ] && echo here; }
said() { LC_ALL=C grep -c "$1" "$work/said"; }
size_of() { stat -c %s "$work/said"; }
at_rest() { local first; first=$(size_of); sleep 0.3; [ "$first" = "$(size_of)" ] && echo rest; }
read_by() { awk '/^rchar/ { print $2 }' "/proc/$(cat "$work/pid")/io"; }

{ echo "$head"; rows 1 100; } >"$work/feed.csv"
for end in TERM:120 HUP:10; do # more frames than any terminal holds
    times=${end#*:} end=${end%:*}
    stuck "$TAILRACE" --no-state --definition tickets "$work/feed.csv"
    until_more "$end: a screen" 0 said BATCH
    kill -USR1 $glass
    until_same "$end: nothing is read" rest at_rest
    before=$(read_by)
    for ((n = 1; n <= times; n++)); do
        rows $((n * 100 + 1)) $((n * 100 + 100)) >>"$work/feed.csv"
        until_more "$end: the feed is read all the same" "$before" read_by
        before=$(read_by)
    done
    kill "-$end" "$(cat "$work/pid")"
    until_same "$end: it ends" "exit 0" cat "$work/end"
    { echo "$head"; rows 1 100; } >"$work/feed.csv"
done

stuck "$TAILRACE"
until_more "hang-up: a screen" 0 said BATCH
kill -USR1 $glass
until_same "hang-up: nothing is read" rest at_rest
kill -ALRM $glass
until_same "hang-up: it ends" "exit 0" cat "$work/end"

# a second signal, and plain lines
stuck "$TAILRACE" --plain --speed 3600
until_more "plain: lines" 0 said total
kill -USR1 $glass
until_same "plain: nothing is read" rest at_rest
kill -TERM "$(cat "$work/pid")"
until_same "plain: it ends" "exit 0" cat "$work/end"

# --- Ctrl-S and Ctrl-Q: nothing is lost, and the numbers are right afterwards
{ echo "$head"; rows 1 100; } >"$work/feed.csv"
start 80x24 "$TAILRACE" --no-state --definition tickets "$work/feed.csv"
until_same "Ctrl-S: before" 100 total 2
keys C-s
rows 101 1234 >>"$work/feed.csv"
pid=$(cat "$work/pid")
taken() { awk '/^rchar/ { print $2 }' "/proc/$pid/io"; }
until_more "Ctrl-S: it is read" "$(stat -c %s "$work/feed.csv")" taken
same "Ctrl-S: and not shown" 100 "$(total 2)"
keys C-q
until_same "Ctrl-Q: after" 1234 total 2
until_shown "Ctrl-Q: all of the screen" "$lanes"
keys C-s
kill -TERM "$pid"
ended "Ctrl-S, then SIGTERM" 0

# --- Ctrl-Z, bg, fg: counting goes on without a screen, and the terminal is the shell's meanwhile
ln -s "$TAILRACE" "$work/tailrace"
{ echo "$head"; rows 1 100; } >"$work/feed.csv"
start 80x24 env PS1='$ ' bash --norc --noprofile
until_shown "a shell" '^\$'
keys './tailrace --definition tickets feed.csv' Enter
until_same "bg: before" 100 total 2
keys C-z
until_shown "bg: stopped" 'Stopped +\./tailrace'
keys bg Enter
until_shown "bg: it runs" '&$'
rows 101 150 >>"$work/feed.csv"
keys 'echo still $((6 * 7))' Enter
until_shown "bg: the shell has the terminal" '^still 42$'
same "bg: on the ordinary screen" 0 "$(state '#{alternate_on}')"
resize 90x30
keys fg Enter
until_same "fg: what was counted meanwhile" 150 total 2
same "fg: the boxes fit the new size" "90" "$(screen | sed -n 2p | tr -d '\n' | wc -m)"
keys q
until_same "fg: the shell again" 0 state '#{alternate_on}'

# --- SIGSTOP and SIGCONT from elsewhere, resized meanwhile
{ echo "$head"; rows 1 100; } >"$work/feed.csv"
start 80x24 "$TAILRACE" --no-state --definition tickets "$work/feed.csv"
until_same "SIGSTOP: before" 100 total 2
pid=$(cat "$work/pid")
kill -STOP "$pid"
rows 101 222 >>"$work/feed.csv"
resize 120x40
kill -CONT "$pid"
until_same "SIGCONT: counted" 222 total 2
until_same "SIGCONT: the screen fits" 120 sh -c "tmux -L tailrace-test-$$ capture-pane -p -t run | sed -n 2p | tr -d '\n' | wc -m"
keys q
until_shown "SIGCONT: it ends" '^exit 0$'
same "SIGCONT: modes of the terminal" "$(modes before)" "$(modes after)"

# --- headless: a pipe that nobody reads
mkfifo "$work/pipe"
{ echo "$head"; rows 1 60000; } >"$work/feed.csv"
for what in "stream --until-eof --format json" "stream --changes update"; do
    "$TAILRACE" $what --definition tickets --group-by ticket_id "$work/feed.csv" >"$work/pipe" 2>"$work/note" &
    program=$!
    exec 3<"$work/pipe"
    # one byte of what comes shows that it writes; then nobody reads
    read -r -N 1 _ <&3
    kill -TERM $program
    deadline=$((SECONDS + WITHIN))
    while kill -0 $program 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.05; done
    wait $program
    same "$what: it ends" 1 $?
    same "$what: why" 1 "$(grep -c 'standard output was not read any more' "$work/note")"
    exec 3<&-
done
finish
