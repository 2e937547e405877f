#!/bin/bash
# Guards: a file of one large value that cannot be made, written, synced, read or removed loses nothing
# and counts nothing twice: the run ends right, or with status 1 and a message, and the next one gives
# the same totals, with no file left over (S-03, S-90 ... S-95).
. "$(dirname "$0")/scenarios.sh"
case $BUILD in
*tsan) # too slow: an epoch of a second holds no large value
    skip "large values"
    finish
    exit
    ;;
esac
make_large_feed
[ -n "${EVERY:-}" ] || points=2
large state-large eio,enospc,emfile,eintr,short
large state-large-again eio,short -B "$half_large"
close_scenarios
