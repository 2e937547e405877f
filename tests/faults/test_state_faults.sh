#!/bin/bash
# Guards: with a state directory, a call or an allocation that fails loses nothing and counts nothing
# twice: the run ends right, or with status 1 and a message, and the next one gives the same totals as
# batch on the same file (S-03, S-90 ... S-95). A machine that fails is never called a damaged state.
. "$(dirname "$0")/scenarios.sh"
make_feeds
right_answer
state state eio,enospc,emfile,thread,eintr,short
state state-again eio,enospc,emfile,thread,eintr,short -B "$half_killed"
if [[ ! $BUILD =~ san$ ]]; then
    state state-alloc alloc
    state state-again-alloc alloc -B "$half_killed"
fi
close_scenarios
