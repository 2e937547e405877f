#!/bin/bash
# Guards: thousands of files with a few hundred descriptors (T-R6): read in batch, followed, grown and
# rotated while their descriptors were given to others; told by inotify and by looking.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ledger.sh"

mkdir "$work/many"
for ((i = 0; i < 5000; i++)); do
    printf '%s\n%d,1,High,2026-01-05T10:00:00Z,open\n' $header $i >"$work/many/$i.csv"
done
many() { "$TAILRACE" "$@" --definition tickets --format json "$work/many/*.csv" 2>>"$work/err"; }
same "5000 files in batch" 5000 "$(ulimit -n 256; many batch | jq .outcomes.counted)"
way=256 format=descriptors out=$work/out
for TAILRACE_POLL in "" 1; do
    [ "$TAILRACE_POLL" ] && export TAILRACE_POLL || unset TAILRACE_POLL
    (ulimit -n 256; exec "$TAILRACE" stream --no-state --definition tickets --format json "$work/many/*.csv" >"$out" 2>"$work/err" </dev/null) &
    program=$!
    WITHIN=100 until_same "5000 files followed" 5000 counted
    for i in 0 1 2500 4999; do
        echo "new$i,1,High,2026-01-05T10:00:00Z,open" >>"$work/many/$i.csv"
    done
    WITHIN=100 until_same "some of them grow" 5004 counted
    for i in 3 77 4990; do # with a last line in the old file
        echo "last$i,1,High,2026-01-05T10:00:00Z,open" >>"$work/many/$i.csv"
        mv "$work/many/$i.csv" "$work/many/$i.csv.1"
        printf '%s\nnext%d,1,High,2026-01-05T10:00:00Z,open\n' $header $i >"$work/many/$i.csv"
    done
    WITHIN=100 until_same "some are rotated" 5010 counted
    same "nothing is missing" 0 "$(grep -c 'may be missing\|too many' "$work/err")"
    kill $program
    wait $program
    for i in 3 77 4990; do mv "$work/many/$i.csv.1" "$work/many/$i.csv"; sed -i 2q "$work/many/$i.csv"; done
    for i in 0 1 2500 4999; do sed -i 2q "$work/many/$i.csv"; done
done

# killed and started again: none of them twice
st=("$TAILRACE" stream --definition tickets --format json --state "$work/st" "$work/many/*.csv")
(ulimit -n 256; exec "${st[@]}" >"$out" 2>"$work/err" </dev/null) &
program=$!
WITHIN=100 until_same "5000 files kept" 5000 counted
kill -9 $program
wait $program 2>/dev/null
echo "more,1,High,2026-01-05T10:00:00Z,open" >>"$work/many/17.csv"
mv "$work/many/18.csv" "$work/many/18.csv.1"
printf '%s\nnext,1,High,2026-01-05T10:00:00Z,open\n' $header >"$work/many/18.csv"
same "and gone on with" "0 5002" "$(ulimit -n 256; "${st[@]}" --until-eof >"$out" 2>"$work/err"; echo "$? $(counted)")"
finish
