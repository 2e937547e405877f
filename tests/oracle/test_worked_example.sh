#!/bin/bash
# Guards: the worked example of the design, byte for byte, from CSV and from JSON lines, in both
# lanes; and what stands after each of its events: outcome, watermark, windows, revisions (S-10,
# S-20, S-30, S-31, S-41, S-60). The feed and what is expected are kept under sample_data, written by
# hand from the design: there is nothing here to generate.
#
# Two things differ per run. `cost` is measured: it is taken out, and nothing else is. The clock
# judges z, of the year 2099, to be in the future, and does so until five minutes before 2099.
. "$(dirname "$0")/../lib.sh"
cd "$TESTS/.." || exit 1 # answers name their inputs as they were named here
definition=sample_data/letters.json
without_cost() { sed 's/, "cost": {[^{}]*}//'; }
run() { "$TAILRACE" "$@" --definition $definition --format json 2>/dev/null; }

for format in csv jsonl; do
    for lane in "stream --until-eof" "batch --day 2026-01-05"; do
        run $lane sample_data/letters.$format | without_cost >"$work/answer"
        same "$format, $lane" "" \
            "$(diff "sample_data/expected/letters_${format}_${lane%% *}.json" "$work/answer")"
    done
done
same "the clock stands before 2099" true "$([ "$(date +%Y)" -lt 2099 ] && echo true)"

# --- the outcome of the event that was added, the watermark, and each window
step() {
    jq -r --arg before "$1" '($before | fromjson) as $was | .outcomes as $is |
        [["counted", "late", "duplicate", "future"][] | select($is[.] > $was[.])] as $outcome |
        [.windows[] | "\(.start[11:16]) \(.count) \(.state) \(.revision)"] as $windows |
        [($outcome | join("+")), .watermark[11:-1], ($windows | join(", "))] | join("|")'
}
# line EVENT STEP: as a line of the table
line() { mawk -F'|' -v event="$1" '{ printf "%-6s %-10s %-13s %s\n", event, $1, $2, $3 }' <<<"$2"; }
newest() { tail -n 1 "$1.out" | sed -E 's/.*"read": ([0-9]+).*/\1/'; }

follow() { # follow FILE: its lines go to FILE.out
    : >"$1.out"
    "$TAILRACE" stream --definition $definition --format json "$1" >>"$1.out" 2>/dev/null &
    program=$!
}
# a signal asks for the answer, which leaves the windows as they are
answer_at_end() { # answer_at_end RECORDS FILE PROGRAM: when so many records are counted
    until_same "$2: record $1 is counted" "$1" newest "$2"
    kill -TERM "$3"
    wait "$3"
    answer=$(tail -n 1 "$2.out")
}
for format in csv jsonl; do
    header=$([ $format = csv ] && echo 1 || echo 0)
    before='{"counted": 0, "late": 0, "duplicate": 0, "future": 0}'
    head -n 1 sample_data/expected/letters_steps.txt >"$work/steps"
    # the feed as far as each of its records, all of them followed at once
    events=(a b c d e f g h z i a) programs=()
    for ((records = 1; records <= ${#events[@]}; records++)); do
        head -n $((records + header)) sample_data/letters.$format >"$work/$records.$format"
        follow "$work/$records.$format"
        programs+=($program)
    done
    for ((records = 1; records <= ${#events[@]}; records++)); do
        answer_at_end $records "$work/$records.$format" "${programs[records - 1]}"
        line "${events[records - 1]}" "$(step "$before" <<<"$answer")" >>"$work/steps"
        before=$(jq -c .outcomes <<<"$answer")
    done
    same "$format: after each event" "" \
        "$(diff sample_data/expected/letters_steps.txt "$work/steps")"
done

# --- a file that grows by a byte, a few, or half a record at a time comes to the same state
: >"$work/grown.csv"
follow "$work/grown.csv"
at=0 size=$(stat -c %s sample_data/letters.csv)
for piece in 1 2 3 5 8 13 21 34 55 89 144; do
    tail -c +$((at + 1)) sample_data/letters.csv | head -c $piece >>"$work/grown.csv"
    at=$((at + piece < size ? at + piece : size))
done
same "all was written" "" "$(cmp sample_data/letters.csv "$work/grown.csv")"
at_once=$answer
answer_at_end 11 "$work/grown.csv" $program
same "grown in pieces" "$(jq -c 'del(.inputs, .cost)' <<<"$at_once")" \
    "$(jq -c 'del(.inputs, .cost)' <<<"$answer")"
same "its totals, windows and late" "9 8 1" \
    "$(jq -r '"\(.groups[0].count) \([.windows[].count] | add) \(.outcomes.late)"' <<<"$answer")"
finish
