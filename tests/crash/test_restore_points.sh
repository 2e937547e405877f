#!/bin/bash
# Guards: killed after any system call that changes something while a savepoint takes the
# place of a state that was left with its log: afterwards the state is the one or the other, whole,
# to be looked at and to go on from; the next run gives the same totals from both (S-92).
. "$(dirname "$0")/../faults/scenarios.sh"
make_feeds
right_answer
# a state of a third of the feed, a savepoint of it; then more, and more in the log of who is killed
run="'$TAILRACE' stream --state st --epoch 10 $state_options payments.csv"
look="'$TAILRACE' stream --state st --read-only ${state_options#--until-eof} payments.csv"
prepare="mv payments.csv whole; head -n 15 whole >payments.csv; $run >/dev/null
    '$TAILRACE' savepoint third --state st --definition payments --window 5m
    sed -n 16,23p whole >>payments.csv; $run >/dev/null; sed -n 24,30p whole >>payments.csv
    ( ${run/--until-eof/--for 60s} >/dev/null 2>&1 & echo \$! >pid
        until [ \"\$($look 2>/dev/null | jq .outcomes.read)\" = 29 ]; do kill -0 \$(cat pid) || exit; sleep 0.01; done
        kill -9 \$(cat pid); wait ) 2>/dev/null
    tail -n +31 whole >>payments.csv; rm whole pid; test -s st/state.db-wal"
whole="$look | jq '.outcomes | (.read == 14 or .read >= 29) and .read == .counted + .late + .duplicate + .filtered + .rejected + .future'"
[[ $BUILD =~ san$ ]] && points=6 || points=0 # every one
try restore kill-after -u never -x st -x payments.csv -m '"bytes_read": ' -m '"rows_read": ' \
    -T "$whole; $answer" -B "$prepare" -- "${state_run[@]:0:3}" --restore third "${state_run[@]:3}"
close_scenarios
