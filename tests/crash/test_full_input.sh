#!/bin/bash
# No room for standard input: whoever writes it waits, that is said, all that was taken is counted,
# and with room again it goes on and ends with the exact answer. An answer that is not of all that
# came never says that it is final. The disk is a limit on the size of files, lifted while it runs.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1
"$tailrace" simulate tickets -n 30000 --seed 3 --faults late=3%,duplicate -o all.csv
"$tailrace" stream all.csv --until-eof --format json 2> err | jq -S 'del(.cost, .inputs)' > expected

begin() { # begin OPTIONS...: reads all.csv through a pipe, with files of at most 400 kB
    : > out
    : > err
    mkfifo pipe 2> /dev/null
    (
        trap '' XFSZ
        exec prlimit --fsize=400000:unlimited "$tailrace" stream - --definition tickets --format json "$@" < pipe > out 2> err
    ) &
    program=$!
    cat all.csv > pipe &
    writer=$!
}
lift() { prlimit --pid "$program" --fsize=unlimited:unlimited; }
said() { grep -c "$1" err; }
waits="standard input waits: free some space or set TMPDIR: .* is lost"
counted() { tail -n 1 out | jq .outcomes.read; }
# records in the first 400 000 bytes
room=$(head -c 400000 all.csv | tail -n +2 | wc -l)

begin
until_same "it says that it waits" 1 said "$waits"
until_same "all that was taken is counted" "$room" counted
same "it is not final" false "$(tail -n 1 out | jq .final)"
same "it waits, and so does the writer" "yes yes" "$(kill -0 "$program" && echo yes) $(kill -0 "$writer" && echo yes)"
lift
wait "$program"
same "with room again it ends well" 0 $?
same "said once, and that it is over" "1 1" "$(said "$waits") $(said "standard input is taken again")"
same "final, and of all" "true" "$(tail -n 1 out | jq .final)"
same "the exact answer" "" "$(tail -n 1 out | jq -S 'del(.cost, .inputs)' | diff expected - | head -20)"

begin --until-eof
until_same "to the end: it says that it waits" 1 said "$waits"
same "nothing is told" "" "$(cat out)"
lift
wait "$program"
same "and ends well" 0 $?
same "with the exact answer" "" "$(jq -S 'del(.cost, .inputs)' out | diff expected - | head -20)"

begin
until_same "stopped: it says that it waits" 1 said "$waits"
until_same "all that was taken is counted" "$room" counted
kill "$program"
wait "$program"
same "stopped: failed, said, and not final" "1 1 false" \
    "$? $(said "not all that came") $(tail -n 1 out | jq .final)"

begin --until-eof
until_same "stopped before the end: it says that it waits" 1 said "$waits"
kill "$program"
wait "$program"
same "stopped before the end: failed, and no answer" "1 " "$? $(cat out)"

finish
