# What a run of the bench leaves: one object with the machine, the day, the figures and the race.
# shellcheck shell=bash disable=SC2154 # shared with those who read it in

result_write() { # result_write FILE
    jq -n --slurpfile figures "$figures" --slurpfile race "$race" \
        --arg version "$("$tailrace" --version | cut -d' ' -f2)" --arg date "$(date -u +%Y-%m-%d)" \
        --arg processor "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
        --argjson cores "$(nproc)" --arg kernel "$(uname -sr | sed 's/-.*//')" \
        --arg compiler "$(readelf -p .comment "$tailrace" 2>/dev/null | sed -n 's/.*\] *//p' | head -n 1)" \
        --argjson memory_gib "$(awk '/^MemTotal/ { printf "%d", $2 / 1048576 + 0.5 }' /proc/meminfo)" \
        --argjson rows "$rows" --argjson runs "$runs" '
        {tailrace: $version, date: $date, rows: $rows, runs: $runs,
         machine: {processor: $processor, cores: $cores, memory_gib: $memory_gib, kernel: $kernel,
                   compiler: $compiler},
         race: ($race | group_by(.work) | map(
             (map(select(.name == "tailrace"))[0].seconds) as $own |
             (map(select(.name == "limit"))[0].seconds) as $limit |
             (map(select(.state == "timed" and .name != "tailrace" and .name != "limit") | .seconds) | min) as $peer |
             map(if .state != "timed" then . else . + {
                 times_ours: (.seconds / $own), times_limit: (.seconds / $limit),
                 times_fastest_peer: (if $peer then .seconds / $peer else null end)} end)) | add // []),
         figures: $figures}' >"$1.new" && mv "$1.new" "$1"
    echo "all of it: $1"
}

# What is more than a tenth away from the kept result, up or down: on the same machine a sign, on
# another one none. Where another peer was the fastest, the two say nothing about each other.
result_moved() { # result_moved FILE KEPT
    jq -rn --slurpfile now "$1" --slurpfile was "$2" '
        ($was[0].figures | map({key: "\(.what), \(.unit)", value: .value}) | from_entries) as $old |
        $now[0].figures[] | $old["\(.what), \(.unit)"] as $before |
        select(.value != null and $before != null and $before > 0) |
        select((.value / $before - 1) | . > 0.1 or . < -0.1) |
        "moved since \($was[0].date): \(.what): \($before) -> \(.value) \(.unit)"'
}
