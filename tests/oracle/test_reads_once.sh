#!/bin/bash
# Guards: a batch run reads each byte of its feed once, and little beside, whatever decodes it; a report
# over many days no more than one over a day. The kernel counts: rchar of /proc/PID/io.
. "$(dirname "$0")/../lib.sh"
[ -r /proc/self/io ] || { skip "no /proc tells what was read"; finish; exit; }
days="2026-01-05 2026-01-06 2026-01-07 2026-01-08 2026-01-09 2026-01-10 2026-01-11"
for day in $days; do
    "$TAILRACE" simulate orders -n 30000 --seed 5 --day "$day" | tail -n +2
done >"$work/rows"
{
    "$TAILRACE" simulate orders -n 1 --seed 5 | head -n 1
    cat "$work/rows"
} >"$work/orders.csv"
"$TAILRACE" simulate payments -n 60000 --seed 5 --format jsonl -o "$work/payments.jsonl"
awk 'NR == 1 { print "submitted_at,ticket_id,priority,customer_id"; next }
    { print "2026-01-05T10:00:00Z," NR ",\"High\n\"," NR % 9 }' "$work/rows" >"$work/tickets.csv"

said='while read -r name value; do [ "$name" != rchar: ] || echo "$value"; done </proc/self/io'
times_read() { # times_read FILE COMMAND...: how often; a shell's figures have those of its children
    local file=$1 before after
    shift
    before=$(bash -c "$said")
    after=$(bash -c '"$@" >/dev/null 2>&1 || echo failed; '"$said" _ "$@")
    awk -v read="$((after - before))" -v size="$(stat -c %s "$file")" 'BEGIN { printf "%.3f\n", read / size }'
}
# at_most TIMES WHAT FILE COMMAND...: and a fifth for libraries, columns, the ends of slices, and what
# a sanitizer reads of its own; a byte read once more than that would be a whole
at_most() {
    local most=$1 what=$2 read
    shift 2
    read=$(times_read "$@")
    same "$what: read $read times, not $most" yes \
        "$(awk -v r="$read" -v m="$most" 'BEGIN { print (r >= 1 && r < m + 0.2 ? "yes" : "no") }')"
}
batch=("$TAILRACE" batch --definition)
cd "$work" || exit 1
at_most 1 "one answer" orders.csv "${batch[@]}" orders orders.csv
at_most 1 "by the libraries" orders.csv "${batch[@]}" orders --decoder library orders.csv
at_most 1 "a range of days" orders.csv "${batch[@]}" orders --from-day 2026-01-05 --to-day 2026-01-11 orders.csv
at_most 1 "JSON lines" payments.jsonl "${batch[@]}" payments payments.jsonl
# a slice that was begun behind a line end in quotes is read again, once
at_most 2 "line ends in quotes" tickets.csv "${batch[@]}" tickets tickets.csv
# its manifest has the hash of the bytes: they are read for that, and then to be counted
at_most 2 "a report of one day" orders.csv "${batch[@]}" orders --report daily_sales --day 2026-01-05 -o one orders.csv
at_most 2 "a report over seven days" orders.csv "${batch[@]}" orders --report daily_sales \
    --from-day 2026-01-05 --to-day 2026-01-11 -o seven orders.csv
same "of which there are seven" 7 "$(find seven -name '*.csv' | wc -l)"
at_most 1 "nothing to do" orders.csv "${batch[@]}" orders --report daily_sales \
    --from-day 2026-01-05 --to-day 2026-01-11 -o seven orders.csv
finish
