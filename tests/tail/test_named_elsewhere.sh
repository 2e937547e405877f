#!/bin/bash
# Guards: a feed goes on from its state when it is named from another directory: as it stood, grown,
# and rotated meanwhile, by name and by pattern; each line once (S-40, T-R6).
. "$(dirname "$0")/../lib.sh"
echo '{"name": "plain", "time": "t", "fields": {"id": {"type": "text"}, "t": {"type": "time"}},
    "measures": ["count"]}' >"$work/plain.json"
rows() { seq "$1" "$2" | sed 's/$/,2026-01-05T10:00:00Z/'; }
counted() { # counted STATE FEED: of all runs on that state
    "$TAILRACE" stream --definition "$work/plain.json" --state "$work/$1" --until-eof --format json "$2" 2>/dev/null |
        jq -r '.outcomes | "\(.read) \(.counted)"' | tail -n 1
}
for pattern in feed.csv 'feed.csv*'; do
    rm -rf "$work/feeds" "$work/kept"
    mkdir "$work/feeds"
    { echo id,t; rows 1 50; } >"$work/feeds/feed.csv"
    cd "$work/feeds" || exit 1
    same "$pattern: as it stood" "50 50" "$(counted kept "$pattern")"
    cd "$work" || exit 1
    same "$pattern: named by its folder" "50 50" "$(counted kept "feeds/$pattern")"
    rows 51 60 >>feeds/feed.csv
    same "$pattern: grown, and named from the root" "60 60" "$(counted kept "$work/feeds/$pattern")"
    rows 61 70 >>feeds/feed.csv
    mv feeds/feed.csv feeds/feed.csv.1
    { echo id,t; rows 71 75; } >feeds/feed.csv
    cd feeds || exit 1
    same "$pattern: rotated, and named as at first" "75 75" "$(counted kept "$pattern")"
done
finish
