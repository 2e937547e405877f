#!/bin/bash
# Guards: killed before or after any system call that makes, writes, closes or removes a file of one
# large value: the next run gives the totals of one that never stopped, rows and files are those of
# each other, and none is left over (S-90 ... S-92).
. "$(dirname "$0")/../faults/scenarios.sh"
case $BUILD in
*tsan) # too slow: an epoch of a second holds no large value
    skip "large values"
    finish
    exit
    ;;
esac
make_large_feed
[[ $BUILD =~ san$ ]] && points=2 || points=0 # every one
large state-large kill-before,kill-after
[ -n "${EVERY:-}" ] || points=$few
large state-large-again kill-before,kill-after -B "$half_large"
close_scenarios
