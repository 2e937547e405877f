# Shared by the terminal tests: the program in a pane of a tmux server of its own, which goes away
# with the test. The pane's shell shows a line before the program and its exit status behind it, and
# keeps the terminal's modes of both moments.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
WITHIN=${WITHIN:-40}
unset NO_COLOR COLORFGBG TMUX
export TMUX_TMPDIR=$work

server() { tmux -L "tailrace-test-$$" -f /dev/null -u "$@"; }
trap 'server kill-server 2>/dev/null; rm -rf "$work"' EXIT
server start-server \; set-option -s exit-empty off || exit 1

cat >"$work/pane" <<'END'
ulimit -c 0
trap : INT
cd "$(dirname "$0")" || exit
echo "earlier text"
stty -a >before
sh -c 'echo $$ >pid; exec "$@"' sh "$@"
status=$?
stty -a >after
echo "exit $status"
exec sleep 1000
END

# start WIDTHxHEIGHT COMMAND...: in a fresh pane
start() {
    local width=${1%x*} height=${1#*x}
    shift
    server kill-session -t =run 2>/dev/null
    rm -f "$work/pid" "$work/before" "$work/after"
    server new-session -d -s run -x "$width" -y "$height" sh "$work/pane" "$@" || exit 1
}

screen() { server capture-pane -p -t run; }
keys() { server send-keys -t run "$@"; }
state() { server display-message -p -t run "$1"; } # state FORMAT: what tmux knows of the pane
resize() { server resize-window -t run -x "${1%x*}" -y "${1#*x}"; }

# until_shown WHAT PATTERN: polls until a line of the screen fits the extended pattern
shows() {
    local now
    now=$(screen)
    if grep -qE -- "$1" <<<"$now"; then echo shown; else printf '\n%s' "$now"; fi
}
until_shown() { until_same "$1" shown shows "$2"; }

# total COLUMN: a figure of the total row: 1 open, 2 today, 3 per minute; of batch: 4 open, 5 today
total() {
    screen | sed -nE '/^│ +total/ { s/[^0-9 -]/ /g; s/([0-9]) ([0-9]{3})/\1\2/g; s/([0-9]) ([0-9]{3})/\1\2/g; p }' |
        awk -v column="$1" '{ print $column + 0 }'
}
# until_more WHAT LEAST COMMAND...: polls until the command prints a number above LEAST
more() {
    local least=$1 now
    shift
    now=$("$@")
    if [ "${now:-0}" -gt "$least" ]; then echo more; else echo "$now, not above $least"; fi
}
until_more() {
    local what=$1
    shift
    until_same "$what" more more "$@"
}

modes() { sed -E 's/rows [0-9]+; columns [0-9]+; //' "$work/$1"; }
ended() { # ended WHAT STATUS: the program has ended so, and the terminal is as it was
    until_shown "$1: exit status $2" "^exit $2\$"
    same "$1: the earlier text is back" "earlier text" "$(screen | head -n 1)"
    same "$1: modes of the terminal" "$(modes before)" "$(modes after)"
    same "$1: alternate screen, cursor, keypad, mouse" "0 1 0 0" \
        "$(state '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag}#{keypad_flag} #{mouse_any_flag}' |
            sed 's/ 00 / 0 /')"
}

# corners: where the boxes of the screen stand
corners() { sed -E 's/[^╭╮╰╯]/ /g; s/ +$//'; }
boxes() { screen | corners; }
