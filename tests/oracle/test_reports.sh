#!/bin/bash
# Guards: the three order reports are what sqlite3 finds in the same bytes (A1-03, A1-16, A1-34…36);
# their sample outputs are the golden ones; a second run gives the same bytes and skips finished days
# (S-111, A2-08, A2-29); a failed run leaves the old report as it was (A2-45); two runs of one report
# and day exclude each other (S-112); the manifest pins the bytes (A2-05); distinct is exact whatever
# the number of workers, and says so where it is not.
. "$(dirname "$0")/../lib.sh"
top=$TESTS/..
out=$work/out

# batch_report NAME DAY [OPTION...]: into $out; keeps what was said
batch_report() {
    local name=$1 day=$2
    shift 2
    (cd "$work" && "$TAILRACE" batch --definition orders --report "$name" --day "$day" -o "$out" \
        "$@" orders.csv) >"$work/said" 2>"$work/error"
}
hash() { sha256sum <"$1" | cut -d' ' -f1; }

# --- goldens of the samples
for report in daily_revenue daily_sales daily_summary; do
    same "$report of the sample" "$(cat "$top/sample_data/expected/${report}_2026-01-05.csv")" \
        "$(cd "$top" && "$TAILRACE" batch --report $report --day 2026-01-05 --format csv \
            sample_data/orders.csv 2>/dev/null)"
    same "$report of the sample's twin" \
        "$(cat "$top/sample_data/expected/${report}_2026-01-05.csv")" \
        "$("$TAILRACE" batch --report $report --format csv "$top/sample_data/orders.jsonl" \
            2>/dev/null)"
done
same "the header of daily_sales" "category,total_revenue,order_count" \
    "$(head -1 "$top/sample_data/expected/daily_sales_2026-01-05.csv")"
same "the ticket summary" "$(cat "$top/sample_data/expected/ticket_summary.txt")" \
    "$("$TAILRACE" batch "$top/sample_data/tickets.csv" 2>/dev/null)"

# --- a feed of two days with repeated orders (of the same day and of the day before), cancelled
# ones, ones without a status, customers and products that are in no file
"$TAILRACE" simulate orders -n 20000 --seed 11 --day 2026-01-05 -o "$work/first.csv"
"$TAILRACE" simulate orders -n 20000 --seed 12 --day 2026-01-06 -o "$work/second.csv"
mawk -F, -v OFS=, 'NR == 1 { print; next }
    FILENAME ~ /second/ && FNR == 1 { next }
    { if (FNR % 7 == 0) $6 = ""; if (FNR % 11 == 0) $6 = "cancelled"; if (FNR % 13 == 0) $7 = ""
      print
      if (FNR % 17 == 0) { $4 = "99999.99"; print } }' "$work/first.csv" "$work/second.csv" \
    >"$work/orders.csv"
mawk 'BEGIN { print "customer_id,customer_segment"
    for (i = 0; i < 10000; i++) if (i % 5) printf "%d,%s\n", i, i % 3 ? i % 2 ? "home" : "trade" : "" }' \
    >"$work/customers.csv"
mawk 'BEGIN { print "product_id,category"
    for (i = 0; i < 1000; i++) if (i % 9) printf "%d,c%d\n", i, i % 6 }' >"$work/products.csv"

# ask DAY SQL: rows of a query over that day's orders, money in cents
ask() {
    sqlite3 -cmd '.mode csv' -cmd ".import $work/orders.csv raw" \
        -cmd ".import $work/customers.csv customers" -cmd ".import $work/products.csv products" \
        -cmd '.mode list' -cmd '.separator ,' :memory: "
    CREATE TEMP VIEW o AS SELECT *, rowid AS position, substr(order_timestamp, 1, 10) AS date,
        CAST(replace(order_value_gbp, '.', '') AS INTEGER) AS cents
        FROM raw WHERE order_timestamp LIKE '$1%'; $2"
}
money() { printf "printf('%%d.%%02d', %s / 100, %s %% 100)" "$1" "$1"; }
sum=$(money 'SUM(cents)')
average="printf('%d.%02d', a / 100, a % 100)"
half_even="SUM(cents) / COUNT(*) + (2 * (SUM(cents) % COUNT(*)) > COUNT(*)
    OR (2 * (SUM(cents) % COUNT(*)) = COUNT(*) AND SUM(cents) / COUNT(*) % 2 = 1)) AS a"
for day in 2026-01-05 2026-01-06; do
    for report in daily_revenue daily_sales daily_summary; do
        batch_report $report $day || { cat "$work/error"; exit 1; }
    done
    same "daily_revenue $day" "date,region,total_revenue,order_count,avg_order_value
$(ask $day "SELECT date, region, s, n, $average FROM (SELECT date, region, $sum AS s, COUNT(*) AS n,
        $half_even FROM o WHERE status = 'completed' GROUP BY date, region ORDER BY date, region)")" \
        "$(cat "$out/daily_revenue_$day.csv")"
    same "daily_sales $day" "category,total_revenue,order_count
$(ask $day "SELECT CASE product_category WHEN '' THEN '(missing)' ELSE product_category END AS c,
        $sum, COUNT(*) FROM o GROUP BY c ORDER BY c")" "$(cat "$out/daily_sales_$day.csv")"
    same "daily_summary $day" \
        "category,customer_segment,total_orders,total_revenue,avg_order_value,unique_customers
$(ask $day "SELECT c, g, n, s, $average, u FROM (
        SELECT CASE WHEN p.product_id IS NULL THEN '(unknown)' ELSE p.category END AS c,
               CASE WHEN k.customer_id IS NULL THEN '(unknown)' WHEN k.customer_segment = ''
                    THEN '(missing)' ELSE k.customer_segment END AS g,
               COUNT(*) AS n, $sum AS s, $half_even, COUNT(DISTINCT d.customer_id) AS u
        FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY position) AS nth
              FROM o) AS d
        LEFT JOIN customers AS k ON k.customer_id = d.customer_id
        LEFT JOIN products AS p ON p.product_id = d.product_id
        WHERE nth = 1 AND status <> 'cancelled' AND cents > 0 GROUP BY c, g ORDER BY c, g)")" \
        "$(cat "$out/daily_summary_$day.csv")"
    same "rows are told" "$(($(wc -l <"$out/daily_summary_$day.csv") - 1))" \
        "$(sed -E 's/.*: ([0-9]+) rows written to .*/\1/' "$work/said")"
done

# --- the manifest: bytes, hashes and outcomes that anybody can check; no word of when
manifest=$out/daily_summary_2026-01-05.manifest.json
same "the manifest's inputs" "$(for f in orders customers products; do hash "$work/$f.csv"; done)" \
    "$(jq -r '(.inputs + .lookups)[].sha256' "$manifest")"
same "the manifest's output" "$(hash "$out/daily_summary_2026-01-05.csv")" \
    "$(jq -r .output.sha256 "$manifest")"
same "its outcomes close" true "$(jq '.outcomes | .duplicate > 1000 and .filtered > 0 and
    .read == .counted + .late + .duplicate + .filtered + .rejected + .future' "$manifest")"

# --- again: identical bytes, and skipped unless forced
before=$(cd "$out" && sha256sum ./*.csv ./*.json)
inode=$(stat -c %i "$out/daily_sales_2026-01-05.csv")
batch_report daily_sales 2026-01-05
same "a finished day is skipped" \
    "daily_sales 2026-01-05: up to date, skipped (--force computes it again)" "$(cat "$work/said")"
same "and not touched" "$inode" "$(stat -c %i "$out/daily_sales_2026-01-05.csv")"
for report in daily_revenue daily_sales daily_summary; do
    batch_report $report 2026-01-05 --force
done
same "a second run gives the same bytes" "$before" "$(cd "$out" && sha256sum ./*.csv ./*.json)"
same "and replaces the file" no \
    "$([ "$inode" = "$(stat -c %i "$out/daily_sales_2026-01-05.csv")" ] && echo yes || echo no)"
same "nothing is left behind" "" "$(find "$out" -name '*.new')"

# --- what is not finished, was touched, or follows from other bytes is computed again
echo tampered >>"$out/daily_sales_2026-01-05.csv"
rm "$out/daily_sales_2026-01-06.manifest.json"
(cd "$work" && "$TAILRACE" batch --definition orders --report daily_sales --from-day 2026-01-04 \
    --to-day 2026-01-06 -o "$out" orders.csv) >"$work/said" 2>&1
same "a restarted range" "04: 0 rows 05: 7 rows 06: 7 rows" "$(sed -E \
    's/daily_sales 2026-01-(..): ([0-9]+ rows|up to date).*/\1: \2/' "$work/said" | tr '\n' ' ' |
    sed 's/ $//')"
same "is as it was" "$before" "$(cd "$out" && rm ./*2026-01-04* && sha256sum ./*.csv ./*.json)"
cp "$work/products.csv" "$work/products.keep"
sed -i 's/^1,c1$/1,c9/' "$work/products.csv"
batch_report daily_summary 2026-01-05
same "another lookup, another report" 1 "$(grep -c 'rows written' "$work/said")"
same "with its new group" true "$([ "$(grep -c '^c9,' "$out/daily_summary_2026-01-05.csv")" -gt 0 ] &&
    echo true)"
mv "$work/products.keep" "$work/products.csv"
batch_report daily_summary 2026-01-05
same "and back" "$before" "$(cd "$out" && sha256sum ./*.csv ./*.json)"

# --- a failed run leaves the old report: a lookup that is gone, no room, no folder
fails() { # fails WHAT WORDS: the last run failed, said why, and changed nothing
    same "$1: exit status" 1 "$status"
    same "$1: says why" 1 "$(grep -c -- "$2" "$work/error")"
    same "$1: nothing changed" "$before" "$(cd "$out" && sha256sum ./*.csv ./*.json)"
    same "$1: nothing left behind" "" "$(find "$out" -name '*.new')"
}
mv "$work/products.csv" "$work/products.gone"
batch_report daily_summary 2026-01-05 --force
status=$?
fails "a missing lookup" "lookup 'products.csv'"
mv "$work/products.gone" "$work/products.csv"
same "the report is longer than the limit to come" true \
    "$([ "$(stat -c %s "$out/daily_summary_2026-01-05.csv")" -gt 1024 ] && echo true)"
(cd "$work" && bash -c "ulimit -f 1; exec \"\$0\" \"\$@\"" "$TAILRACE" batch --definition orders \
    --report daily_summary --day 2026-01-05 --force -o "$out" orders.csv 2>&1 >/dev/null | cat >error
    exit "${PIPESTATUS[0]}")
status=$?
fails "a file size limit" "cannot be written"
echo x >"$work/file"
(cd "$work" && "$TAILRACE" batch --definition orders --report daily_summary --day 2026-01-05 \
    -o "$work/file" orders.csv) >/dev/null 2>"$work/error"
status=$?
fails "a folder that is none" "$work/file"

# --- one at a time: a run that waits for its input holds its days, and no others
mkfifo "$work/pipe"
"$TAILRACE" batch --definition orders --report daily_sales --day 2026-01-05 --force -o "$out" - \
    <"$work/pipe" >"$work/said.first" 2>&1 &
first=$!
exec 3>"$work/pipe"
holds() { grep -c " POSIX .* $first " /proc/locks; }
until_same "the first run holds its day" 1 holds
blocked() { batch_report daily_sales 2026-01-05 --force && echo ran || cat "$work/error"; }
same "the second run says who holds it" "tailrace: report 'daily_sales' of these days is being \
written into '$out' by process $first; run it again when that is done" "$(blocked)"
same "and fails" 1 "$(batch_report daily_sales 2026-01-05 --force; echo $?)"
same "another day goes on" 0 "$(batch_report daily_sales 2026-01-06 --force; echo $?)"
same "another report too" 0 "$(batch_report daily_revenue 2026-01-05 --force; echo $?)"
cat "$work/orders.csv" >&3
exec 3>&-
wait $first
same "the first one ends well" 0 $?
same "standard input gives the same report" "$(cut -d' ' -f1 <<<"$before" | sed -n 3p)" \
    "$(hash "$out/daily_sales_2026-01-05.csv")"
same "and the lock goes with it" 0 "$(batch_report daily_sales 2026-01-05; echo $?)"

# --- distinct: exact in batch, whatever the grouping, by workers or not; in the stream too
expected=$(sqlite3 -cmd '.mode csv' -cmd ".import $work/orders.csv t" -cmd '.mode list' \
    -cmd '.separator ,' :memory: "SELECT region, COUNT(*), COUNT(DISTINCT customer_id) FROM t
    GROUP BY region ORDER BY region")
for lane in batch "stream --until-eof"; do
    same "$lane distinct" "$expected" "$("$TAILRACE" $lane --definition orders --format csv \
        --measure count,distinct:customer_id "$work/orders.csv" 2>/dev/null | tail -n +2)"
    same "$lane distinct is a number" number "$("$TAILRACE" $lane --definition orders --format json \
        --measure distinct:customer_id "$work/orders.csv" 2>/dev/null |
        jq -r '.groups[0]."distinct:customer_id" | type')"
done
same "the total is no sum" "$(sqlite3 -cmd '.mode csv' -cmd ".import $work/orders.csv t" :memory: \
    'SELECT COUNT(DISTINCT customer_id) FROM t')" "$("$TAILRACE" batch --definition orders \
    --measure distinct:customer_id "$work/orders.csv" 2>/dev/null | awk '/^total/ { print $2 }')"

# --- tiers, and dimensions by option (A1-07, A1-12)
same "tiers" "high,$(ask 2026 'SELECT COUNT(*) FROM o WHERE cents >= 50000')
low,$(ask 2026 'SELECT COUNT(*) FROM o WHERE cents < 10000')
mid,$(ask 2026 'SELECT COUNT(*) FROM o WHERE cents >= 10000 AND cents < 50000')" \
    "$("$TAILRACE" batch --definition orders --format csv --group-by value_tier --measure count \
        "$work/orders.csv" | tail -n +2)"
same "region and category, joined" "$(ask 2026 "SELECT region, ifnull(category, '(unknown)') AS c,
    COUNT(*) FROM o LEFT JOIN products USING (product_id) GROUP BY region, c ORDER BY region, c")" \
    "$("$TAILRACE" batch --definition orders --format csv --group-by region,category \
        --measure count "$work/orders.csv" | tail -n +2)"

# --- a cell that a spreadsheet would run (D-04), and the exact one
printf '%s\n' order_id,customer_id,order_value_gbp,region,product_category,order_timestamp \
    '1,1,5.00,x,=1+1,2026-01-05T10:00:00Z' '2,1,5.00,x,"-a,""b""",2026-01-05T10:00:00Z' \
    >"$work/evil.csv"
same "formulas are disarmed" "category,total_revenue,order_count
\"'-a,\"\"b\"\"\",5.00,1
'=1+1,5.00,1" "$("$TAILRACE" batch --definition orders --report daily_sales --format csv \
    "$work/evil.csv")"
same "unless raw" "category,total_revenue,order_count
\"-a,\"\"b\"\"\",5.00,1
=1+1,5.00,1" "$("$TAILRACE" batch --definition orders --report daily_sales --format csv --raw \
    "$work/evil.csv")"

# --- help fits a terminal of 80x24; wrong use is told
for command in "" watch stream batch simulate; do
    same "help of $command fits" yes "$("$TAILRACE" $command --help |
        awk 'length > 80 { wide = 1 } END { print (wide || NR > 24) ? "no" : "yes" }')"
done
usage() { "$TAILRACE" batch --definition orders "$@" "$work/orders.csv" 2>&1 >/dev/null; echo $?; }
same "an unknown report" "tailrace: --report daily_sale: definition 'orders' has summary, \
daily_revenue, daily_sales, daily_summary; did you mean daily_sales?
2" "$(usage --report daily_sale)"
same "a report that is a path (D-13)" "tailrace: --report ../x: a report's name is letters, digits, \
'-' and '_'
2" "$(usage --report ../x -o "$out")"
same "half a range" "tailrace: --from-day and --to-day go together
2" "$(usage --from-day 2026-01-05)"
finish
