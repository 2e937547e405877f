# The section `race`: W1 to W4, ours and every peer in turn, run after run, so that a slow moment of
# the machine hits all. Before anybody is timed the answers are compared: a peer that answers
# differently is told and not timed. Who takes longer than $LONG seconds is timed once.
# shellcheck shell=bash disable=SC2154 # shared with those who read it in
LONG=5
race=$data/race.jsonl

timed() { # timed NAME [OUTPUT]: runs the array `command`; "wall processor KiB" to stdout
    local line
    rm -f "$data/seconds"
    line=$("$tools/measure" ${2:+-o "$2"} "${command[@]}") || return 1
    [ ! -s "$data/seconds" ] || line="$(cat "$data/seconds") ${line#* }" # its own clock, where it has one
    echo "$line"
}
runner_command() { # runner_command NAME W FILE: into `command`; empty: it does not do that
    command=()
    case $1 in
    tailrace) own_command "$2" "$3" ;;
    limit) command=("$tools/limit" "$3") ;;
    *) "peer_$1" "$2" "$3" ;;
    esac
}

# race_entry W NAME STATE NOTE: a line of JSON, with the figures of $data/race-NAME where it has some
race_entry() {
    jq -nc --arg work "$1" --arg name "$2" --arg state "$3" --arg note "$4" --rawfile took "$data/race-$2" '
        def middle: sort | .[((length + 1) / 2 | floor) - 1];
        ($took | split("\n") | map(select(. != "") | split(" ") | map(tonumber))) as $runs |
        {work: $work, name: $name, state: $state, note: $note} +
        if $runs == [] then {} else {
            runs: ($runs | length), seconds: ($runs | map(.[0]) | middle),
            low: ($runs | map(.[0]) | min), high: ($runs | map(.[0]) | max),
            processor_seconds: ($runs | map(.[1]) | middle), kib: ($runs | map(.[2]) | max)} end' >>"$race"
}

# qualify W FILE NAME: whether its answer is ours; its time is the first
qualify() {
    local line
    : >"$data/race-$3"
    runner_command "$3" "$1" "$2"
    [ ${#command[@]} -gt 0 ] || return 1
    peer_there "$3" || { race_entry "$1" "$3" absent "$(peer_how "$3")"; return 1; }
    line=$(timed "$3" "$data/answer-$3") || { race_entry "$1" "$3" failed "${command[0]##*/} failed"; return 1; }
    if ! cmp -s <(answer_normal "$1" <"$data/answer-$3") "$data/answer"; then
        race_entry "$1" "$3" differs \
            "first difference: $(diff <(answer_normal "$1" <"$data/answer-$3") "$data/answer" | grep -m 1 '^[<>]')"
        return 1
    fi
    echo "$line" >"$data/race-$3"
    [ "$(holds "${line%% *} <= $LONG")" = true ]
}

work_race() { # work_race W
    local file name run fast=() long=()
    file=$(work_file "$1")
    warm "$file"
    own_command "$1" "$file"
    "$tools/measure" -o "$data/answer-tailrace" "${command[@]}" >/dev/null || exit 1
    answer_normal "$1" <"$data/answer-tailrace" >"$data/answer"
    [ -s "$data/answer" ] || { echo "bench: $1: no answer" >&2; exit 1; }
    for name in $peer_names; do
        if qualify "$1" "$file" "$name"; then
            fast+=("$name")
        elif [ -s "$data/race-$name" ]; then
            long+=("$name")
        fi
    done
    for name in tailrace limit "${fast[@]}"; do
        : >"$data/race-$name"
    done
    for ((run = 0; run < runs; run++)); do
        for name in tailrace limit "${fast[@]}"; do
            runner_command "$name" "$1" "$file"
            timed "$name" >>"$data/race-$name" || exit 1
        done
    done
    for name in tailrace limit "${fast[@]}" "${long[@]}"; do
        race_entry "$1" "$name" timed "$(case $name in tailrace | limit) ;; *) peer_version "$name" ;; esac)"
    done
    work_judge "$1" "$file" "${#fast[@]}"
}

work_judge() { # work_judge W FILE: what was measured, against the goals
    local own fastest=none best=0 kib ids
    own=$(median <"$data/race-tailrace")
    read -r fastest best < <(jq -rs --arg work "$1" 'map(select(.work == $work and .state == "timed" and
        .name != "tailrace" and .name != "limit")) | min_by(.seconds) | "\(.name // "nobody") \(.seconds // 0)"' "$race")
    judge_least "$1 ${work_says[$1]}" "$(ratio "$best" "$own")" "x $fastest" "${work_goal[$1]}" \
        "$own s; $fastest $best s; limit $(median <"$data/race-limit") s"
    if [ "$1" = W1 ] && [ -s "$data/race-duckdb_whole" ]; then
        best=$(median <"$data/race-duckdb_whole")
        judge_least "W1 where DuckDB too reads every field" "$(ratio "$best" "$own")" "x duckdb" 5 "duckdb $best s"
    fi
    kib=$(column 3 <"$data/race-tailrace" | sort -n | tail -n 1)
    if [ "$1" = W4 ]; then
        ids=$(awk '{ n += $3 } END { print n }' "$data/answer")
        judge "$1 memory beyond that of W1" "$(ratio $(((kib - plain_kib) * 1024)) "$ids")" "B/id" 16 \
            "$ids ids, $((kib / 1024)) MiB"
    else
        [ "$1" != W1 ] || plain_kib=$kib
        judge "$1 memory" "$(ratio "$kib" 1024)" MiB 32 "of $(($(stat -c %s "$2") >> 20)) MiB"
    fi
}

race() {
    local work
    : >"$race"
    for work in W1 W2 W3 W4; do
        work_race $work
    done
    jq -rs -f tests/bench/race_table.jq "$race"
}
