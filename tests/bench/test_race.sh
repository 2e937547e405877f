#!/bin/bash
# Guards: the race of `make bench` times a peer only when its answer is ours. One that answers
# differently is told and not timed, one that fails too, one that is absent is skipped by name with how
# to have it; goals that are missed fail the run; the result is one object; README's tables come from it.
# shellcheck disable=SC1091,SC2154 # lib.sh, and what it sets
. "$(dirname "$0")/../lib.sh"
cd "$TESTS/.." || exit 1
export BENCH_DATA=$work/data

# --- the world: these programs and no others are found
mkdir "$work/bin"
for tool in bash sh awk mawk jq sqlite3 mkdir rm mv cat cut sort tail head sed tr grep stat nproc date \
    uname diff cmp xargs readelf basename; do
    ln -s "$(command -v $tool)" "$work/bin/$tool" 2>/dev/null
done
bench() { PATH=$work/bin ROWS=2000 RUNS=1 ONLY=race tests/bench/bench "${BUILD#"$PWD/"}" >"$work/out" 2>&1; }
state_of() { jq -r --arg n "$1" '[.race[] | select(.name == $n) | .state] | join(" ")' "$work/data/result.json"; }

bench
same "goals missed: the status" 1 $?
same "ours" "timed timed timed timed" "$(state_of tailrace)"
same "mawk and sqlite3 agree with it" "timed timed timed timed / timed timed timed timed" \
    "$(state_of mawk) / $(state_of sqlite3)"
same "jq does the third" timed "$(state_of jq)"
same "miller is not there" "absent absent absent absent" "$(state_of miller)"
same "it is skipped by name" 1 "$(grep -c '^W1  miller: skipped, not here: apt-get install miller$' "$work/out")"
same "so are those of Python" "make bench-peers" \
    "$(jq -r '[.race[] | select(.name == "duckdb") | .note] | unique | join(" ")' "$work/data/result.json")"
same "ratios to ours, the limit and the fastest peer" "1 true true" "$(jq -r '.race[] |
    select(.work == "W3" and .name == "tailrace") |
    "\(.times_ours) \(.times_limit > 0) \(.times_fastest_peer > 0)"' "$work/data/result.json")"
same "the same in the table that is read" 1 \
    "$(grep -cE '^W3  (mawk|jq|sqlite3) .* 1\.00 x fastest peer +[0-9.]+ x limit' "$work/out")"
same "figures against another peer have not moved" 0 \
    "$(grep -cE '^moved since [^:]*: W[1-4] (tickets|orders|payments)' "$work/out")"
same "memory is a figure beside its goal" "MiB at most 32" \
    "$(jq -r '.figures[] | select(.what == "W1 memory") | "\(.unit) \(.goal)"' "$work/data/result.json")"
same "machine and day" true "$(jq '(.date | test("^20[0-9-]{8}$")) and .machine.cores > 0' "$work/data/result.json")"

# --- one that answers differently, one that fails
rm "$work/bin/mawk" "$work/bin/sqlite3"
printf '#!/bin/sh\necho High 1; echo Low 2; echo Medium 3\n' >"$work/bin/mawk"
printf '#!/bin/sh\nexit 3\n' >"$work/bin/sqlite3"
chmod +x "$work/bin/mawk" "$work/bin/sqlite3"
bench
same "another answer" "differs differs differs differs" "$(state_of mawk)"
same "it is told with the difference" 1 \
    "$(grep -cE '^W1  mawk: answers differently, not timed: first difference: < High 1$' "$work/out")"
same "it failed" "failed failed failed failed" "$(state_of sqlite3)"
same "nobody to compare with: no goal is reached" 0 \
    "$(jq '[.figures[] | select(.what | test("^W[124] (tickets|orders)")) | select(.met)] | length' "$work/data/result.json")"

# --- the answers' form
. tests/bench/work.sh
same "quotes, tabs, order, decimals" "2026-01-05 London 2 3.50" \
    "$(printf 'date,region,n,s,a\n"2026-01-05"\t"London"\t2\t3.5000001\t1.75\r\n' | answer_normal W2)"
same "a wrong average stays" "2026-01-05 London 2 3.50 average 1.76" \
    "$(printf '2026-01-05,London,2,3.5,1.76\n' | answer_normal W2 | tr -s ' ')"

# --- the tables are for a whole run
tests/bench/table "$work/data/result.json" >/dev/null 2>"$work/err"
same "a part of it is no table" "1 1" "$? $(grep -c 'has no section live' "$work/err")"
finish
