#!/bin/bash
# Guards: however the program ends, the terminal is left as it was: on q, on SIGTERM, SIGINT and
# SIGHUP, on a crash, at the end of --for; and Ctrl-Z gives it back for as long as the program is
# stopped.
. "$(dirname "$0")/screen.sh"
# A crash is provoked here: no sanitizer needs to explain it.
export ASAN_OPTIONS=handle_segv=0:handle_abort=0 TSAN_OPTIONS=handle_segv=0:handle_abort=0

running() {
    until_shown "$1: both lanes on the screen" '^╭─ LIVE .*╭─ BATCH '
    same "$1: on the alternate screen, without a cursor" "1 0" "$(state '#{alternate_on} #{cursor_flag}')"
}

for end in TERM:0 INT:0 HUP:0 SEGV:139 ABRT:134; do
    start 80x24 "$TAILRACE"
    running "$end"
    kill "-${end%:*}" "$(cat "$work/pid")"
    ended "SIG${end%:*}" "${end#*:}"
done

# the keyboard's own break, and the clock of --for
start 80x24 "$TAILRACE"
running "Ctrl-C"
keys C-c
ended "Ctrl-C" 0
start 80x24 "$TAILRACE" --for 2s
running "--for"
ended "--for" 0

# a shell with job control
ln -s "$TAILRACE" "$work/tailrace"
start 80x24 env PS1='$ ' bash --norc --noprofile
until_shown "a shell" '^\$'
keys ./tailrace Enter
running "shell"
until_more "shell: it counts" 0 total 2
before=$(total 2)
keys C-z
until_shown "Ctrl-Z: stopped" 'Stopped +\./tailrace'
same "Ctrl-Z: the earlier text is back" "earlier text" "$(screen | head -n 1)"
same "Ctrl-Z: the terminal is the shell's" "0 1" "$(state '#{alternate_on} #{cursor_flag}')"
keys fg Enter
until_shown "fg: both lanes are back" '^╭─ LIVE .*╭─ BATCH '
until_same "fg: the whole screen" "$(corners <"$TESTS/screens/80x24.txt")" boxes
until_same "fg: without a cursor" "1 0" state '#{alternate_on} #{cursor_flag}'
until_more "fg: counting goes on" "$before" total 2
keys q
until_same "q: the shell is back" "0 1" state '#{alternate_on} #{cursor_flag}'
keys 'echo "status $?"' Enter
until_shown "q: status" '^status 0$'
finish
