# The section `screen`: the dashboard seen from outside, through a terminal (glass.c).
# shellcheck shell=bash disable=SC2154 # shared with those who read it in

screen() {
    local p50 p99 worst lines kib
    read -r p50 p99 worst < <("$tools/glass" tail tail "${EVENTS:-200}")
    echo "  the limit, tail -f: p50 $p50, p99 $p99, worst $worst ms"
    read -r p50 p99 worst < <("$tools/glass" latency "$tailrace" "${EVENTS:-200}")
    judge "append to screen, quiet feed, p50" "${p50:-none}" ms 2 "worst $worst"
    judge "append to screen, quiet feed, p99" "${p99:-none}" ms 10
    read -r p50 p99 worst lines < <("$tools/glass" busy "$tailrace" "${EVENTS:-200}")
    judge "append to screen, 100 000 lines/s, p99" "${p99:-none}" ms 50 \
        "p50 $p50, worst $worst; ${lines:-no} lines, none lost"
    read -r p50 kib < <("$tools/glass" idle "$tailrace" "${IDLE:-20}")
    judge "idle dashboard" "${p50:-none}" "% core" 0.1
    judge "memory of the idle dashboard" "$(ratio "${kib:-none}" 1024)" MiB 16
    read -r p50 p99 worst < <("$tools/glass" start "$tailrace" "${STARTS:-20}")
    judge "start to first live number, p50" "${p50:-none}" ms 100 "p99 $p99, worst $worst"
}
