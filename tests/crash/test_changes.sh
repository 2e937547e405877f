#!/bin/bash
# Windows told as they change, killed (kill -9) again and again with triggers longer than epochs, or
# epochs of so many records: every final row leaves at least once, a row that leaves twice is the
# same line, and the lines of `update` fold to the rows of batch (S-32, S-80). A clean stop and a
# start owe nothing: every line once.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1
RANDOM=23
cat > d.json << 'JSON'
{"name": "d", "fields": {"at": {"type": "time", "required": true}, "id": {"type": "text"},
 "g": {"type": "text"}}, "time": "at", "id": ["id"], "group_by": ["g"]}
JSON
mawk 'BEGIN { print "at,id,g"; srand(4)
    for (i = 0; i < 50000; i++) { late = i % 50 == 49 ? 100 : 0; s = i - late; if (s < 0) s = 0
        printf "2026-01-%02dT%02d:%02d:%02dZ,%d,%s\n", 5 + int(s / 86400), int(s / 3600) % 24,
            int(s / 60) % 60, s % 60, i, i % 3 ? "a" : "b" } }' > all.csv
lines=$(wc -l < all.csv)
options=(--definition d.json --window 1m --delay 30s --lateness 2m)
# start,end,key,count,state,revision of every window, sorted
"$tailrace" stream all.csv "${options[@]}" --until-eof --changes append --format csv --no-state 2> err |
    tail -n +2 | cut -d, -f3- | sort > expected
same "there are rows" yes "$([ "$(wc -l < expected)" -gt 1600 ] && echo yes)"
"$tailrace" batch all.csv "${options[@]}" --format json |
    jq -r '.windows[] | "\(.start),\(.key.g),\(.count)"' | sort > batch

same "batch has rows too" yes "$([ "$(wc -l < batch)" -gt 1600 ] && echo yes)"

begin() { "$tailrace" stream grow.csv "${options[@]}" --state st --format csv "$@" >> told 2> err & }
grown() { stat -c '%Y.%s' st/state.db-wal 2> /dev/null; }
noted() { [ "$(grown)" != "$was" ] && echo yes; }

# killed MODE: 12 times, at an epoch that was kept, or at any moment; then to the end
killed() {
    local mode=$1 at=1 next spin
    rm -rf st && : > grow.csv && : > told
    for ((n = 1; n <= 12; n++)); do
        next=$((at + 1 + RANDOM % (lines / 12)))
        was=$(grown)
        how=(--trigger 5s --epoch 50ms)
        [ $((n % 3)) -ne 1 ] || how=(--trigger 1000000 --epoch 500)
        [ $((n % 4)) -ne 2 ] || how=(--trigger 70 --epoch 50ms)
        begin --changes "$mode" "${how[@]}"
        local pid=$!
        sed -n "${at},$((next - 1))p" all.csv >> grow.csv
        at=$next
        if [ $((n % 2)) -eq 0 ]; then
            WITHIN=60 until_same "an epoch is kept" yes noted
        else
            for ((spin = RANDOM % 60; spin > 0; spin--)); do head -c 1 /dev/null; done
        fi
        kill -9 "$pid" && wait "$pid" 2> /dev/null
    done
    sed -n "${at},\$p" all.csv >> grow.csv
    same "the ledger" "$(sha256sum < all.csv)" "$(sha256sum < grow.csv)"
    begin --changes "$mode" --until-eof
    wait $!
    same "$mode: it ends well" 0 $?
}

# whole_lines: what was told, but for a line that a kill cut off in the midst of a write
whole_lines() { mawk -F, '/^[0-9]/ && NF == 8 && $8 != ""' told; }

killed append
whole_lines | cut -d, -f3- | sort -u > rows
same "append: no row is lost, none is another" "" "$(diff expected rows | head)"
same "append: one that left twice is the same line" "$(wc -l < rows)" "$(whole_lines | sort -u | wc -l)"

# lines that came twice count once; what is left of + and - is the table
killed update
whole_lines | mawk '!seen[$0]++' |
    mawk -F, -v OFS=, '{ row = $0; sub(/^[0-9]+,.,/, "", row); table[row] += $2 == "+" ? 1 : -1 }
        END { for (row in table) if (table[row] != 0) print table[row], row }' | sort > folded
same "update: folds to the final rows" "" "$(sed 's/^/1,/' expected | diff - folded | head)"
same "which are batch's windows and what was late" "" "$(cut -d, -f2,4,5 folded |
    mawk -F, -v OFS=, '{ n[$1 "," $2] = $3 } END { while ((getline line < "batch") > 0) {
        split(line, b, ","); if (!((b[1] "," b[2]) in n) || n[b[1] "," b[2]] > b[3]) print line } }' | head)"

# stopped and started: nothing is owed, every line once
rm -rf st && : > told && head -n 20000 all.csv > grow.csv
begin --changes append --trigger 100
pid=$!
until_same "lines are told" yes sh -c '[ $(wc -l < told) -gt 500 ] && echo yes'
kill "$pid"
wait "$pid"
tail -n +20001 all.csv >> grow.csv
begin --changes append --until-eof
wait $!
grep '^[0-9]' told | cut -d, -f3- | sort > rows
same "stopped well: each row once" "" "$(diff expected rows | head)"
finish
