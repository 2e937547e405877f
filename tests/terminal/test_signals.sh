#!/bin/bash
# Guards D-19: whatever signal ends the dashboard, to the process or to any thread of it, the
# terminal's modes are those of before, the alternate screen is left and the cursor is there. The
# judge is judged too: after SIGKILL nothing of that holds.
. "$(dirname "$0")/../lib.sh"
judge=$BUILD/tests/terminal/judge
export TERM=xterm-256color
# No sanitizer needs to explain the signals.
export ASAN_OPTIONS=handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0
export TSAN_OPTIONS=$ASAN_OPTIONS
ulimit -c 0

left() { # left HOW SIGNAL: what becomes of the dashboard
    "$judge" -w LIVE -w total "$1" "$(kill -l "$2")" -- "$TAILRACE" | grep -E '^(ended|modes|screen)'
}
clean=$'modes same\nscreen left'
fatal() { printf 'ended by signal %d\n%s' "$(kill -l "$1")" "$clean"; }

# at once, as many as there is room for: each takes most of its time to start
matrix() { # matrix HOW EXPECTED SIGNAL...
    local how=$1 expected=$2 name
    shift 2
    for name; do left "$how" "$name" >"$work/left.$name" & done
    wait
    for name; do
        same "SIG$name, $how" "$([ "$expected" ] && echo "$expected" || fatal "$name")" "$(cat "$work/left.$name")"
    done
}
matrix -s $'ended with 0\n'"$clean" TERM INT HUP
matrix -s "" QUIT XCPU USR1 USR2 ALRM VTALRM PROF IO PWR
matrix -t "" QUIT
# What a processor raises comes at the instruction at fault, and ThreadSanitizer relies on that: sent
# by somebody else, such a signal may reach its runtime while that holds its own locks.
case $BUILD in
*tsan) ;;
*)
    matrix -s "" SEGV ABRT BUS FPE ILL SYS TRAP
    matrix -t "" SEGV ABRT BUS FPE ILL
    ;;
esac
same "the judge sees a terminal left as it was" $'ended by signal 9\nmodes differ\nscreen not left' \
    "$(left -s KILL)"
same "its key, Ctrl-\\" $'ended by signal 3\n'"$clean" "$(
    "$judge" -w LIVE -w total -k $'\034' -- "$TAILRACE" | grep -E '^(ended|modes|screen)')"
finish
