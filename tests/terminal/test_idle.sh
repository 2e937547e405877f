#!/bin/bash
# Guards: nothing happens while nothing happens. A dashboard whose feed is quiet wakes for the clock on
# its screen, once a second, and its reader every two seconds, in case nobody told of a change (T-R7),
# and not even that where it writes the feed itself (standard input). No other thread wakes at all: no
# answer is made anew and none is copied. A stream without a screen wakes no more often. What a screen
# of the clock alone costs the terminal is a few bytes. The kernel counts: voluntary_ctxt_switches.
. "$(dirname "$0")/../lib.sh"
PTY=$BUILD/tests/terminal/pty
BEATS=5 # of the main thread, while the others are counted
WITHIN=60
case $BUILD in
*tsan) # its runtime has a thread that wakes ten times a second
    skip "who wakes"
    finish
    exit
    ;;
esac
[ -r /proc/self/task/$$/status ] || { skip "no /proc tells how often a thread woke"; finish; exit; }

feed=$work/tickets.csv
{
    echo ticket_id,submitted_at,priority,status,customer_id
    seq 1 100 | awk '{ printf "%d,2026-01-05T10:00:%02dZ,High,open,7\n", $1, $1 % 60 }'
} >"$feed"

woken() { # each thread: its id, how often it woke, on which clock
    awk -v now="$(cut -d' ' -f1 /proc/uptime)" '/^Pid:/ { id = $2 }
        /^voluntary_ctxt_switches/ { print id, $2, now }' "/proc/$pid/task/"*/status
}
beats() { awk '/^voluntary_ctxt_switches/ { print $2 }' "/proc/$pid/task/$pid/status"; }
more_beats() { if [ "$(beats)" -ge "$1" ]; then echo yes; else beats; fi; }

# judge READER: "quiet", or what is not: of two countings in $folder, by the seconds between
judge() {
    awk -v main="$pid" -v reader="$1" '
        NR == FNR { was[$1] = $2; began = $3; threads++; next }
        { n = $2 - was[$1]; seconds = $3 - began; threads-- }
        $1 == main { if (n > seconds + 2) wrong = wrong " main " n; next }
        n > most { others += most; most = n; next }
        { others += n }
        END {
            if (most > seconds * reader + 1) wrong = wrong " the reader " most
            if (others > 0) wrong = wrong " others " others
            if (threads != 0) wrong = wrong " threads came or went"
            print wrong == "" ? "quiet" : wrong " in " seconds " s"
        }' "$folder/before" "$folder/after"
}
count_once() { # count_once READER: while the main thread wakes so often
    woken >"$folder/before"
    until_same "$what: the clock goes on" yes more_beats $(($(beats) + BEATS))
    woken >"$folder/after"
    judge "$1"
}
cells() { stat -c %s "$folder/said"; }

# quiet WHAT READER COMMAND...: on a terminal of its own; READER: its wake-ups a second at most
quiet() {
    local what=$1 reader=$2 folder=$work/$1 pid
    shift 2
    mkdir "$folder" "$folder/state"
    XDG_STATE_HOME=$folder/state TERM=xterm-256color "$PTY" 120x40 "$folder" "$@" &
    until_same "$what: it runs" here sh -c "[ -s '$folder/pid' ] && echo here"
    pid=$(cat "$folder/pid")
    until_same "$what: all is counted" here sh -c "LC_ALL=C grep -aqE '$shown' '$folder/said' && echo here"
    until_same "$what: who wakes" quiet count_once "$reader"
    local before
    before=$(cells)
    woken >/dev/null
    until_same "$what: the clock goes on" yes more_beats $(($(beats) + 2))
    same "$what: of the screen the clock alone" yes "$([ $(($(cells) - before)) -le 1000 ] && echo yes || cells)"
    kill -TERM "$pid"
    until_same "$what: it ends" "exit 0" cat "$folder/end"
    echo $checks >"$folder/checks"
}

runs=()
shown=BATCH
each() { (quiet "$@") & runs+=($!); }
each file 0.5 "$TAILRACE" --definition tickets "$feed"
each polled 4 env TAILRACE_POLL=1 "$TAILRACE" --no-state --definition tickets "$feed"
each fed 0 sh -c 'exec 3<"$1"; mkfifo "$3"; exec 4<>"$3"; cat <&3 >&4; exec "$2" --definition tickets - <&4' _ \
    "$feed" "$TAILRACE" "$work/fifo"
shown='by its columns'
each stream 0.5 "$TAILRACE" stream "$feed"
await_runs
finish
