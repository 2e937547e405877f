#!/bin/bash
# A state that is not where it was (S-93, S-95). Removed, moved or replaced under a writer: NOT
# DURABLE with what to do, nothing more is told, exit status 1, and it goes on when it is put back; a
# second writer is not let in beside the first. Gone or cut to nothing while nobody runs: damaged,
# never silently from the start; an empty directory, or one where a state was only about to be made,
# begins.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1
"$tailrace" simulate tickets -n 3000 --seed 8 -o all.csv
total=3000

follow() { # follow STATE OPTIONS...
    local state=$1
    shift
    head -n 1001 all.csv > feed.csv
    : > out
    : > err
    "$tailrace" stream feed.csv --state "$state" --format json --epoch 50ms "$@" > out 2> err &
    pid=$!
    until_same "it counts" 1000 counted
}
counted() { tail -n 1 out | jq .outcomes.read; }
more() { sed -n "$1p" all.csv >> feed.csv; }
said() { grep -c "$1" err; }
ends() { # ends WHAT: asked to stop, it ends with status 1 and says why
    kill "$pid"
    wait "$pid"
    same "$1: exit status" 1 $?
}

for how in 'rm s/state.db*' 'rm -rf s' 'mv s s_old' 'rm s/state.db; cp all.csv s/state.db; chmod 600 s/state.db' 'rm s/lock'; do
    rm -rf s s_old
    follow s
    eval "$how"
    more 1002,2001
    until_same "$how: said" 1 said "NOT DURABLE: state 's' cannot be kept: it is gone (removed, moved or replaced); put it back as it was"
    kill "$pid"
    wait "$pid"
    ended=$?
    # a machine that is slow to stop it may find that what is left can be kept again, and says so
    kept=1000 status=1
    [ "$(said 'durable again')" = 0 ] || { [ "$(counted)" = 1000 ] || kept=2000; status=0; }
    same "$how: exit status" $status $ended
    same "$how: nothing was told that is not kept" $kept "$(counted)"
    case $how in rm\ -rf*) same "$how: it made no new one" "" "$(ls -d s 2> /dev/null)" ;; esac
done

# nothing is written any more: seen at the end
rm -rf s
follow s
rm -rf s
ends "at rest"
same "at rest: said" 1 "$(said "it is gone")"

# until the end of the feed
rm -rf s s_old
follow s
mv s s_old
more 1002,2001
until_same "said" 1 said "NOT DURABLE"
# another one may begin in that place, and ours does not take it for its own
"$tailrace" stream feed.csv --state s --until-eof --format json > out2 2> err2
same "another state in its place" "0 2000" "$? $(jq .outcomes.read out2)"
rm -rf s && mv s_old s
until_same "put back, it goes on" 2000 counted
until_same "and says so" 1 said "durable again"
more 2002,3001
until_same "to the end" "$total" counted
kill "$pid"
wait "$pid"
same "and ends well" 0 $?

# moved away, it is still locked; without its lock file too
rm -rf s s_old
follow s
mv s s_old
"$tailrace" stream feed.csv --state s_old --until-eof > out2 2> err2
same "moved: locked" 3 $?
mv s_old s
rm s/lock
"$tailrace" stream feed.csv --state s --until-eof > out2 2> err2
same "without its lock: locked" 3 $?
kill "$pid"
wait "$pid"

# while nobody runs
make() {
    rm -rf s
    "$tailrace" stream all.csv --state s --until-eof > out 2> err
    same "a state is made" 0 $?
}
damaged() { # damaged WHAT
    "$tailrace" stream all.csv --state s --until-eof "${@:2}" > out 2> err
    same "$1: status, words" "4 1" "$? $(grep -c "state 's' is damaged: its state.db is gone or empty; .*--rebuild" err)"
    same "$1: nothing is told" "" "$(cat out)"
}
make
: > s/state.db
damaged "cut to nothing"
damaged "cut to nothing, looked at" --read-only
damaged "and again"
"$tailrace" stream all.csv --state s --until-eof --rebuild > out 2> err
same "--rebuild" 0 $?
make
rm s/state.db*
damaged "removed"
"$tailrace" stream all.csv --state s --until-eof --rebuild --format json > out 2> err
same "--rebuild begins anew" "0 $total" "$? $(jq .outcomes.read out)"
for fresh in 'rm -rf s; mkdir -m 700 s' 'rm -rf s; mkdir -m 700 s; : > s/lock; chmod 600 s/lock' \
    'rm -rf s; mkdir -m 700 s; : > s/lock; : > s/state.db; chmod 600 s/*'; do
    eval "$fresh"
    "$tailrace" stream all.csv --state s --until-eof --format json > out 2> err
    same "$fresh: begins" "0 $total" "$? $(jq .outcomes.read out)"
done
finish
