#!/bin/bash
# Guards: Kappa without a screen (S-116). A replay gives what `stream` gives and, when nothing is ever
# late, what `batch` gives; the same bytes give the same files; the folder is one answer or the other,
# whole, whatever fails; without its history it refuses (A2-55); and when results are told never
# changes them (S-33, S-117).
. "$(dirname "$0")/../lib.sh"
cd "$work" || exit 1
quiet() { "$TAILRACE" "$@" 2>"$work/error"; }
replay() { quiet replay "$@" >said; }
hashes() { (cd "$1" && sha256sum -- *); }
# late events, behind windows that are final, and some that are twice there
awk 'BEGIN { srand(7); print "event_id,user_id,amount,country_code,timestamp"
    for (i = 0; i < 20000; i++) {
        t = i * 4 + (rand() < 0.02 ? -int(rand() * 7200) : 0); if (t < 0) t = 0
        line = sprintf("%d,%d,%d.%02d,%s,2026-01-%02dT%02d:%02d:%02dZ", i, 1 + int(rand() * 50),
            1 + rand() * 900, rand() * 100, substr("NGRUCNUS", 1 + 2 * int(rand() * 4), 2),
            5 + int(t / 86400), t / 3600 % 24, t / 60 % 60, t % 60)
        print line; if (i % 500 == 7) print line } }' >feed.csv
options=(--definition payments --window 5m feed.csv)

# --- the live answer, byte for byte
replay "${options[@]}" -o out
same "a replay ends well" 0 $?
same "says what it did" 1 "$(grep -cE '^replayed 20040 records .* into out$' said)"
quiet stream --until-eof --format json "${options[@]}" >stream.json
same "some are late, some duplicate" "true 40" \
    "$(jq -r '"\(.outcomes.late > 20) \(.outcomes.duplicate)"' stream.json)"
answer() { jq -c 'del(.cost)' "$1"; }
same "the answer of stream" "$(answer stream.json)" "$(answer out/answer.json)"
for trigger in 100ms 1s 10s; do
    quiet stream --until-eof --format json --changes append --trigger $trigger "${options[@]}" |
        jq -c 'del(.trigger)' >"append.$trigger"
done
same "a trigger changes no result" "$(sha256sum <append.100ms)" "$(sha256sum <append.1s)"
same "nor does a longer one" "$(sha256sum <append.100ms)" "$(sha256sum <append.10s)"
same "windows, as rows" "$(jq -r '.windows[] | [.start, .end, .key.country_code, .count,
    ."sum:amount", .state, .revision] | join(",")' stream.json)" "$(tail -n +2 out/windows.csv)"
same "each alert once" "$(jq '[.alerts[]] | add' stream.json)" \
    "$(jq -rs 'group_by(.id) | map(select(last.retracted | not)) | length' out/alerts.jsonl)"
same "and no two of one id" "" "$(jq -r '"\(.id) \(.retracted)"' out/alerts.jsonl | sort | uniq -d)"

# --- the manifest is of these very bytes
same "of the input" "$(sha256sum feed.csv | cut -d' ' -f1) $(stat -c %s feed.csv)" \
    "$(jq -r '.inputs[0] | "\(.sha256) \(.bytes)"' out/manifest.json)"
same "of the files" "$(cd out && sha256sum alerts.jsonl answer.json windows.csv | tr -s ' ')" \
    "$(jq -r '.outputs[] | "\(.sha256) \(.file)"' out/manifest.json)"

# --- again: the same bytes; the old one stays
before=$(hashes out)
replay "${options[@]}" -o out/
same "the same bytes" "$before" "$(hashes out)"
same "the old one stays" "$before" "$(hashes out.previous)"
echo "x,7,1.00,US,2026-01-06T00:00:00Z" >>feed.csv
replay "${options[@]}" -o out
same "a feed that grew" 20041 "$(jq .outcomes.read out/answer.json)"
same "and the one before" "$before" "$(hashes out.previous)"
replay "${options[@]}" -o out
same "the one before that is gone" "$(hashes out)" "$(hashes out.previous)"
same "nothing else is left" ".out.lock feed.csv out out.previous" \
    "$(find . -maxdepth 1 -name '*out*' -o -name feed.csv | sed 's,./,,' | sort | tr '\n' ' ' | sed 's/ $//')"

# --- nothing is ever late: batch
replay "${options[@]}" --lateness forever -o forever
quiet batch --format json "${options[@]}" >batch.json
counts() { jq -c '[.outcomes, .groups, (.windows | map(del(.revision)))]' "$1"; }
same "A = forever is batch" "$(counts batch.json)" "$(counts forever/answer.json)"
same "while A = 9 min is not" differs "$([ "$(counts batch.json)" = "$(counts out/answer.json)" ] ||
    echo differs)"
same "its configuration is another" 2 "$(jq -r .config {out,forever}/manifest.json | sort -u | wc -l)"
same "sessions too" "$(quiet batch --format json --definition payments --session 10m feed.csv |
    jq -c '[.groups, (.windows | map(del(.revision)))]')" "$(replay --definition payments --session 10m \
    --lateness forever -o sessions feed.csv && jq -c '[.groups, (.windows | map(del(.revision)))]' \
    sessions/answer.json)"

# --- as of a moment, what is ahead of it is in the future; without one nothing is (S-60)
replay "${options[@]}" --as-of 2026-01-05T12:00:00Z -o asof
same "as of noon" "true $(jq .outcomes.read out/answer.json)" \
    "$(jq -r '"\(.outcomes.future > 5000) \([.outcomes | del(.read) | .[]] | add)"' asof/answer.json)"
same "the manifest says when" 2026-01-05T12:00:00Z "$(jq -r .as_of asof/manifest.json)"
sed 's/2026/2099/' feed.csv >2099.csv
replay --definition payments 2099.csv -o far
same "the year 2099 is no future of a replay" 0 "$(jq .outcomes.future far/answer.json)"

# --- a folder is one answer or the other: failures leave it as it was
before=$(hashes out)
fails() { # fails WHAT WORDS ARGUMENT...
    local what=$1 words=$2
    shift 2
    replay "$@"
    same "$what: exit status" "${STATUS:-1}" $?
    same "$what: says why" 1 "$(grep -c -- "$words" error)"
    same "$what: as it was" "$before" "$(hashes out)"
    same "$what: nothing left" "" "$(find . -name '.*.new')"
}
cp feed.csv keep.csv
head -n 100 keep.csv >feed.csv
fails "a shorter feed" "feed.csv is shorter than the .* bytes that out was replayed from: history is missing" \
    "${options[@]}" -o out
sed '2s/.*/0,1000000,900.00,US,2026-01-05T00:00:00Z/' keep.csv >feed.csv
fails "another beginning" "does not begin with the bytes .* rotated or rewritten" "${options[@]}" -o out
mv feed.csv other.csv
fails "a file that is gone" 'replayed from "feed.csv" too' --definition payments other.csv -o out
cp keep.csv feed.csv
(ulimit -f 16; replay "${options[@]}" -o out)
same "no room: exit status" 1 $?
same "no room: as it was" "$before" "$(hashes out)"
mkdir mine && echo mine >mine/letter
STATUS=2 fails "a folder of mine" "holds 'letter', which no replay wrote" "${options[@]}" -o mine
same "is left alone" mine "$(cat mine/letter)"
STATUS=2 fails "no name" "say the name of a folder" "${options[@]}" -o .
STATUS=2 fails "no folder" "a replay has a feed and a folder" "${options[@]}"
head -n 100 keep.csv >feed.csv
replay "${options[@]}" --force -o out
same "--force replays what is there" 99 "$(jq .outcomes.read out/answer.json)"
cp keep.csv feed.csv

# --- one at a time, and readers never find half an answer
mkfifo pipe
"$TAILRACE" replay --definition payments - -o out <pipe >first.out 2>&1 &
first=$!
exec 3>pipe
holds() { grep -c " POSIX .* $first " /proc/locks; }
until_same "the first replay holds the folder" 1 holds
replay "${options[@]}" -o out
same "the second one says who" 1 "$(grep -c "out is being replayed by process $first" error)"
kill -9 $first
exec 3>&-
wait $first 2>/dev/null
same "one that was killed left its new folder" 1 "$(find . -name .out.new | wc -l)"
(while [ ! -e stop ]; do
    jq -e '.final and .outcomes.read > 0' out/answer.json >/dev/null || echo "half an answer"
done) >watched &
watcher=$!
for round in 1 2 3; do
    replay --force "${options[@]}" -o out
    same "round $round" 0 $?
done
touch stop
wait $watcher
same "whole at every moment" "" "$(cat watched)"
same "the killed one's is gone" "" "$(find . -name .out.new)"
finish
