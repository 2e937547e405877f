#!/bin/bash
# Guards: both lanes give, on hundreds of small random feeds, what a plain reference in another
# language gives (reference.awk): outcomes, groups, windows with their revisions, the watermark,
# alerts, conflicts of ids, what could not be judged. So watermark and jump guard (S-20 … S-22, S-61), the three tiers
# (S-30), duplicates and conflicts (S-40 … S-43), the order of decisions (S-04), velocity (S-12) and
# S-110 are kept, at each of their boundaries, through the command line. Then what must hold between
# answers: windows + late = totals (S-10), presets agree (S-25), stream alerts are batch alerts, and
# all of them when nothing was late or in the future (S-73).
. "$(dirname "$0")/../lib.sh"
here=$(dirname "$0")
last=300
[[ $TAILRACE == */release/* ]] || last=60 # each feed is three processes, and they are slow there
mawk -v first=1 -v last=$last -v folder="$work" -f "$here/feeds.awk"

suffix=csv
inputs=()
for ((n = 1; n <= last; n++)); do
    inputs+=("$work/$n.params" "$work/$n.csv")
    [ $((n % 4)) -ne 0 ] || inputs+=("$work/${n}_2.csv")
done
# figures: the lines of the reference, made of the program's answers
figures() {
    jq -r '(.inputs[0].path | sub(".*/"; "") | sub("[.](csv|jsonl)$"; "")) as $feed | .outcomes as $o |
        "\($feed) outcomes \($o.read) \($o.counted) \($o.late) \($o.duplicate) \($o.filtered) \($o.rejected) \($o.future)",
        (.groups[] | "\($feed) group \(.key.region) \(.count) \(."sum:amount")"),
        (.windows[] | "\($feed) window \(.start) \(.end) \(.key.region) \(.count) \(."sum:amount") \(.revision)"),
        "\($feed) conflicts \(.id_conflicts)",
        "\($feed) alerts \(.alerts.velocity) \(.alerts.large) \(.degraded.alerts)",
        (if .lane == "stream" then "\($feed) watermark \(.watermark)" else empty end)' | sort
}
unrevised() { mawk '$2 == "window" { $NF = "" } $2 ~ /^(window|outcomes|group)$/' | sort; }
answer() { # answer NUMBER LANE [OPTION...]: on that feed
    local feeds=("$work/$1.$suffix") n=$1
    shift
    [ $((n % 4)) -ne 0 ] || feeds+=("$work/${n}_2.$suffix")
    "$TAILRACE" "$@" --format json --definition "$work/$n.json" "${feeds[@]}" 2>>"$work/err"
}
for lane in "stream --until-eof" batch; do
    name=${lane%% *}
    for ((n = 1; n <= last; n++)); do answer $n $lane; done | figures >"$work/$name.program"
    mawk -v lane=$name -f "$here/reference.awk" "${inputs[@]}" | sort >"$work/$name.reference"
    same "$name: nothing was said" "" "$(head -n 5 "$work/err")"
    same "$name: all were answered" $last "$(grep -c outcomes "$work/$name.program")"
    same "$name = reference" "" \
        "$(diff "$work/$name.reference" "$work/$name.program" | head -n 20)"
done

# --- the feeds were worth it: every outcome, correction, alert and doubt was met, and often
same "rare outcomes were met" true "$(mawk -v n=$last '
    $2 == "outcomes" { late += $5; twice += $6; ahead += $9 }
    $2 == "window" { revised += $NF }
    $2 == "alerts" { over += $3; missed += $5 }
    END { enough = late > n && twice > n && ahead > n / 4 && revised > n && over > n && missed > n / 20
          print enough ? "true" : late " " twice " " ahead " " revised " " over " " missed }' \
    "$work/stream.program")"

# --- the same records as JSON lines: the same answers
twins=$((last / 3))
for ((n = 1; n <= twins; n++)); do echo "$work/$n.csv"; [ $((n % 4)) -ne 0 ] || echo "$work/${n}_2.csv"; done |
    xargs mawk -F, '
    FNR == 1 { close(out); out = FILENAME; sub(/csv$/, "jsonl", out); split($0, name); printf "" >out; next }
    { text = ""
      for (f = 1; f <= NF; f++) if ($f != "")
          text = text (text ? ", " : "") "\"" name[f] "\": " (f == 4 ? $f : "\"" $f "\"")
      print "{" text "}" >out }'
for lane in "stream --until-eof" batch; do
    mawk -v twins=$twins '$1 <= twins' "$work/${lane%% *}.program" >"$work/csv"
    suffix=jsonl
    for ((n = 1; n <= twins; n++)); do answer $n $lane; done | figures >"$work/jsonl"
    suffix=csv
    same "${lane%% *}: twins" "" "$(diff "$work/csv" "$work/jsonl" | head -n 20)"
done

# --- between the answers of one feed
same "windows + late = total, where windows do not overlap (S-10)" "" "$(mawk '
    FILENAME ~ /params$/ { split(FILENAME, path, "/"); feed = path[split(FILENAME, path, "/")]
                           sub(/\.params/, "", feed); tumbling[feed] = $1 == $2; next }
    $2 == "outcomes" { late[$1] = $5; total[$1] = $4 + $5 }
    $2 == "window" { windows[$1] += $6 }
    END { for (f in total) if (tumbling[f] && windows[f] + late[f] != total[f])
          print f, windows[f], late[f], total[f] }' "$work"/*.params "$work/stream.program")"

# Where no id came again behind the horizon, a day (S-42): feeds shorter than that.
short() { # short NUMBER: such a feed
    read -r size _ delay lateness _ <"$work/$1.params"
    [ "$size" -lt 3600000 ]
}
for ((n = 1; n <= last; n++)); do short $n && echo $n; done >"$work/short"
same "most are short" true "$([ "$(wc -l <"$work/short")" -gt $((last / 2)) ] && echo true)"
same "stream alerts are those of batch (S-73)" true "$(mawk '
    FILENAME ~ /short/ { short[$1] = 1; next }
    !($1 in short) { next }
    $2 == "alerts" && FILENAME ~ /batch/ { over[$1] = $3; large[$1] = $4 }
    $2 == "alerts" && FILENAME ~ /stream/ { fewer += $3 < over[$1]; more += $3 > over[$1] || $4 > large[$1]
                                            other[$1] = $3 != over[$1] || $4 != large[$1] }
    $2 == "outcomes" && FILENAME ~ /stream/ { calm[$1] = $5 + $9 == 0 }
    END { for (f in calm) if (calm[f]) { calms++; wrong += other[f] }
          good = !more && !wrong && fewer && calms > 5
          print good ? "true" : fewer " fewer, " more " more, " wrong " of " calms " calm ones differ" }' \
    "$work/short" "$work/batch.program" "$work/stream.program")"

# --- presets: only B + A decides what is final and what is late (S-25), so all of it as delay gives
# the same.
for ((n = 1; n <= last; n++)); do
    short $n || continue
    patience=$((delay + lateness))ms
    answer $n stream --until-eof --delay "${patience/#0ms/0s}" --lateness 0s
done | figures | unrevised >"$work/patient"
for ((n = 1; n <= last; n++)); do
    short $n && grep "^$n " "$work/stream.program"
done | unrevised >"$work/usual"
same "the same late, totals, and final windows" "" "$(diff "$work/usual" "$work/patient" | head -n 20)"
finish
