#!/bin/bash
# Guards: that lines may be missing is said each time (T-R5), also while something else is wrong or
# waited for, and when the run ends before anything else happens; with where and why, and once.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/ledger.sh"
way=told format=csv id=0 d=$work ledger=$work/ledger out=$work/out err=$work/err
WITHIN=60
: >"$ledger"
{ head_line; rows 3; } >"$d/a.csv"
{ head_line; rows 1; } >"$d/b.csv"
size=$(stat -c %s "$d/a.csv")
follow "$d/a.csv" "$d/b.csv"
caught_up "at first"
mv "$d/b.csv" "$d/b.csv.1"
until_same "the other file is waited for" 1 grep -c 'b.csv: removed or moved away' "$err"
{ head_line; rows 1; } >"$d/a.csv"
caught_up "truncated"
{ head_line; rows 1; } >"$d/b.csv"
until_same "another is rotated" 1 grep -c 'rotated: waiting' "$err"
{ head_line; row 1000000000; } >"$d/a.csv"
until_same "truncated again" $(($(wc -l <"$ledger") - 1)) counted # what was rotated waits
kill -TERM $program
wait $program
same "exit status" 0 $?
same "said each time" 2 "$(grep -c 'truncated, no copy found: lines after byte [0-9]* may be missing: .*a.csv' "$err")"
same "with its place" 1 "$(grep -c "lines after byte $size may be missing" "$err")"
finish
