# The sections `live` and `memory`: the live lane with all it does (validate, watermark, windows,
# rules, checkpoints), and what it needs however long the feed.
# shellcheck shell=bash disable=SC2016,SC2154 # shared with those who read it in

# Events a second, in those of mawk counting the same events from a pipe. The goals are the design's
# 8 M CSV and 5 M JSONL events a second, where mawk did 6.6 M; with ids half of that.
declare -A live_goal=([csv]=1.21 [jsonl]=0.76)

live_run() { # live_run FORMAT IDS: into $data/live-FORMAT-IDS
    rm -rf "$data/state"
    # shellcheck disable=SC2046 # words are meant to split
    "$tools/measure" "$tailrace" stream --until-eof --window 5m --format json --state "$data/state" \
        $([ "$2" = ids ] || echo --no-dedupe) "${live_file[$1]}" >>"$data/live-$1-$2"
}
events_a_second() { awk -v n="$live_rows" -v s="$1" 'BEGIN { printf "%.2f M/s", n / s / 1e6 }'; }

live() {
    local run format ids peer own plain
    declare -A live_file
    live_rows=$((rows / 2))
    live_file[csv]=$(feed $live_rows)
    live_file[jsonl]=$(made "tickets-$live_rows.jsonl" tickets -n $live_rows --format jsonl)
    warm "${live_file[@]}"
    rm -f "$data"/live-*
    for ((run = 0; run < runs; run++)); do
        "$tools/measure" sh -c 'cat "$1" | mawk -F, "$2"' _ "${live_file[csv]}" "$count" >>"$data/live-peer"
        for format in csv jsonl; do
            for ids in none ids; do
                live_run $format $ids
            done
        done
    done
    peer=$(median <"$data/live-peer")
    for format in csv jsonl; do
        plain=$(median <"$data/live-$format-none")
        judge_least "live lane, $format, no ids kept" "$(ratio "$peer" "$plain")" "x mawk" \
            "${live_goal[$format]}" "$(events_a_second "$plain"); mawk $(events_a_second "$peer")"
        own=$(median <"$data/live-$format-ids")
        judge_least "live lane, $format, each id once" "$(ratio "$plain" "$own")" "x none" 0.5 \
            "$(events_a_second "$own")"
    done
    rm -rf "$data/state"
}

kib_of_stream() { # kib_of_stream N MEASURES: at most, of a stream of N rows through a pipe
    "$tailrace" simulate tickets -n "$1" --seed 42 |
        "$tools/measure" "$tailrace" stream --until-eof --no-state --no-dedupe --measure "$2" \
            --definition tickets - | column 3
}
memory() {
    local measure low high n
    for measure in count open,count; do
        low=$(kib_of_stream 1000000 $measure)
        for n in 10 ${FULL:+100}; do
            high=$(kib_of_stream "${n}000000" $measure)
            judge "peak memory, stream of $n M rows, $measure" "$(ratio "$high" 1024)" MiB 32 \
                "1 M rows: $(ratio "$low" 1024) MiB"
            judge "growth of that from 1 M rows, $measure" "$(ratio "$high" "$low")" x 1.1
        done
    done
}
