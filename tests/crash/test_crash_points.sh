#!/bin/bash
# Guards: killed before or after any system call that changes something, while a state is made, while
# an epoch is committed, while a log that was left is recovered: the next run gives the totals of
# batch on the same file, and SQLite finds its file in order (S-90, S-91, S-92).
. "$(dirname "$0")/../faults/scenarios.sh"
make_feeds
right_answer
state crash kill-before,kill-after
state crash-again kill-before,kill-after -B "$half_killed"
close_scenarios
