#!/bin/bash
# Guards: named zones in the real program (S-11, S-110). What `date` says of seeded instants in
# several zones is what grouping by date and hour says; naive times are read as `date` wrote them; a
# day of 25 h and one of 23 h are whole, in reports, streams and windows of a day, and the days add
# up; errors name the zone, where it was looked for, and the package.
. "$(dirname "$0")/../lib.sh"
unset TZDIR TZ

# define NAME ZONE [ZONE_OF_FIELD]: a definition $work/NAME.json
define() {
    jq -n --arg zone "$2" --arg own "${3:-}" '{name: "events", zone: $zone, time: "at",
        fields: {at: ({type: "time"} + if $own == "" then {} else {zone: $own} end)},
        reports: {daily: {group_by: ["date", "hour"], measures: ["count"]}}}' >"$work/$1.json"
}
# by_hour DEFINITION FEED [OPTION...]: "date/hour count" lines
by_hour() {
    local definition=$1 feed=$2
    shift 2
    "$TAILRACE" batch --definition "$work/$definition.json" --group-by date,hour --format json "$@" \
        "$feed" 2>"$work/error" | groups | sort
}
# the same lines by `date` from seconds on standard input
by_date() {
    sed 's/^/@/' | TZ=$1 date -f - '+%Y-%m-%d/%H' | sort | uniq -c | awk '{ print $2, $1 }'
}
# instants SEED FROM TO N: seconds, evenly over the range
instants() {
    mawk -v seed="$1" -v from="$(date -ud "$2" +%s)" -v to="$(date -ud "$3" +%s)" -v n="$4" \
        'BEGIN { srand(seed); for (i = 0; i < n; i++) printf "%.0f\n", int(from + rand() * (to - from)) }'
}

[ -f /usr/share/zoneinfo/Europe/Berlin ] || { echo "no tzdata"; exit 1; }
seed=1
for zone in Europe/Berlin America/New_York Australia/Lord_Howe Asia/Kolkata America/Sao_Paulo \
    Asia/Beirut Africa/Casablanca Pacific/Chatham; do
    define zone $zone
    { instants $((seed++)) 1970-01-02 2099-12-30 2000
      instants $((seed++)) 2018-10-01 2018-11-30 1000
      instants $((seed++)) 2026-03-01 2026-04-10 1000; } >"$work/seconds"
    { echo at; cat "$work/seconds"; } >"$work/feed.csv"
    same "$zone by date and hour" "$(by_date $zone <"$work/seconds")" "$(by_hour zone "$work/feed.csv")"

    # naive times of the zone, told in UTC; those that the clock shows twice are left out
    define naive UTC $zone
    mawk '{ printf "@%.0f\n@%.0f\n@%.0f\n@%.0f\n@%.0f\n", $1, $1 - 3600, $1 - 1800, $1 + 1800,
        $1 + 3600 }' "$work/seconds" |
        TZ=$zone date -f - '+%s %Y-%m-%dT%H:%M:%S' |
        mawk 'NR % 5 == 1 { s = $1; text = $2; twice = 0; next } $2 == text { twice = 1 }
            NR % 5 == 0 && !twice { print s, text }' >"$work/both"
    { echo at; cut -d' ' -f2 "$work/both"; } >"$work/feed.csv"
    same "$zone, naive times" "$(cut -d' ' -f1 "$work/both" | by_date UTC)" \
        "$(by_hour naive "$work/feed.csv")"
done

# --- days of 25 and 23 h: one event a minute, all instants from before to behind
define berlin Europe/Berlin
for case in "2018-10-28 1500" "2018-03-25 1380" "2018-10-27 1440"; do
    read -r day minutes <<<"$case"
    from=$(TZ=Europe/Berlin date -d "$day" +%s)
    { echo at; seq $((from - 7200)) 60 $((from + minutes * 60 + 7200)); } >"$work/feed.csv"
    seq $((from - 7200)) 60 $((from + minutes * 60 + 7200)) | by_date Europe/Berlin |
        grep "^$day" >"$work/expected"
    same "$day has its minutes" "$minutes" "$(awk '{ n += $2 } END { print n }' "$work/expected")"
    same "$day, batch" "$(cat "$work/expected")" "$(by_hour berlin "$work/feed.csv" --day "$day")"
    same "$day, stream" "$minutes" "$("$TAILRACE" stream --until-eof --definition \
        "$work/berlin.json" --day "$day" --format json "$work/feed.csv" 2>/dev/null |
        jq '[.groups[].count] | add')"
    "$TAILRACE" batch --definition "$work/berlin.json" --report daily --day "$day" -o "$work/out" \
        "$work/feed.csv" >/dev/null 2>"$work/error" || { cat "$work/error"; exit 1; }
    same "$day, report" "$(tr / ' ' <"$work/expected")" \
        "$(tail -n +2 "$work/out/daily_$day.csv" | tr , ' ')"
    for lane in "batch" "stream --until-eof"; do
        same "$day, window of a day, $lane" "$(date -u -d "@$from" +%FT%TZ) $(date -u \
            -d "@$((from + minutes * 60))" +%FT%TZ) $minutes" "$("$TAILRACE" $lane --definition \
            "$work/berlin.json" --window 1d --format json "$work/feed.csv" 2>/dev/null |
            jq -r --argjson n "$minutes" '.windows[] | select(.count == $n) |
                "\(.start) \(.end) \(.count)"')"
    done
done
report() { # report ZONE [ZONE_OF_FIELD]: what is said of one day's report
    define berlin "$@"
    "$TAILRACE" batch --definition "$work/berlin.json" --report daily --day 2018-10-27 \
        -o "$work/out" "$work/feed.csv" 2>&1 | grep -oE 'up to date|rows written'
}
same "a zone's report is up to date" "up to date" "$(report Europe/Berlin)"
same "another zone" "rows written" "$(report Europe/London)"
same "and back" "rows written" "$(report Europe/Berlin)"
same "another zone of the field" "rows written" "$(report Europe/Berlin UTC)"
same "another zone, but not of the field" "rows written" "$(report Europe/London UTC)"
define berlin Europe/Berlin
same "the range of days is told" "Events Summary 2018-10-27" "$("$TAILRACE" batch --definition \
    "$work/berlin.json" --day 2018-10-27 "$work/feed.csv" 2>/dev/null | head -1 | sed 's/^Daily Event /Events /')"

# --- errors
refused() { # refused WHAT STATUS WORDS: from the last definition
    "$TAILRACE" batch --definition "$work/wrong.json" "$work/feed.csv" >/dev/null 2>"$work/error"
    same "$1: status" "$2" $?
    same "$1: says $3" 1 "$(grep -cF "$3" "$work/error")"
}
define wrong Europe/Atlantis
refused "no such zone" 2 "zone 'Europe/Atlantis' is not in the time zone database at /usr/share/zoneinfo"
refused "no such zone" 2 'say a place, as "Europe/Berlin"'
define wrong ../../../etc/passwd
refused "a path" 2 "cannot be a name"
define wrong UTC ../x
refused "a field's zone" 2 "zone '../x' cannot be a name"
define wrong Europe/Berlin
export TZDIR=$work/none
refused "no database" 1 "zone 'Europe/Berlin': no time zone database at $work/none; install the package tzdata"
mkdir -p "$TZDIR/Europe"
head -c 200 /usr/share/zoneinfo/Europe/Berlin >"$TZDIR/Europe/Berlin"
refused "a cut file" 1 "zone 'Europe/Berlin': its file is cut short"
finish
