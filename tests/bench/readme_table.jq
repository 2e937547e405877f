# The kept result of a bench as README's tables.
def places(n): . * pow(10; n) | round | tostring |
    if length <= n then ("0" * (n + 1 - length)) + . else . end | .[:-n] + "." + .[-n:];
def grouped: tostring | [while(length > 0; .[:-3])] | map(.[-3:]) | reverse | join(" ");
def rounded: if . >= 100 then round | tostring elif . >= 10 then places(1) else places(2) end;
def row: "| " + join(" | ") + " |";
{W1: "W1 count by priority, tickets in CSV",
 W2: "W2 completed orders by date and region, CSV: count, sum, average",
 W3: "W3 payments over 500 from three countries, JSONL: count, sum",
 W4: "W4 count and different ids by priority, tickets with 5 % twice"} as $says |
def race_row: (map(select(.name == "tailrace"))[0].seconds) as $own |
    [$says[.[0].work], ($own | places(2)),
     (map(select(.state == "timed" and .name != "tailrace" and .name != "limit")) | sort_by(.seconds) |
      map("\(.name) \(.seconds | places(2)) (\(.seconds / $own | rounded))") | join(", ")),
     (map(select(.name == "limit"))[0].seconds | places(2))] | row;
"\(.date), tailrace \(.tailrace) on \(.machine.processor), \(.machine.cores) cores, \(.machine.memory_gib) GiB, \(.machine.kernel);",
"\(.rows | grouped) tickets, half as many orders and payments; warm page cache, runs interleaved, medians of \(.runs).",
"Seconds, and in brackets how many times ours. Tailrace checks every field of every record, the peers",
"parse what they need. The limit reads the file and finds the line ends.",
"",
(["work", "tailrace", "peers", "limit"] | row), "|---|---|---|---|",
(.race | group_by(.work)[] | race_row),
([.race[] | select(.state == "timed" and .note != "")] | unique_by(.name) | map("\(.name) \(.note)") | join(", ") |
    if . == "" then empty else "", "Peers: \(.)." end),
([.race[] | select(.state == "absent")] | unique_by(.name) | map(.name) | join(", ") |
    if . == "" then empty else "", "Not there: \(.)." end),
([.race[] | select(.state == "differs" or .state == "failed")] | map("\(.name) (\(.work))") | join(", ") |
    if . == "" then empty else "", "Another answer, so not timed: \(.)." end),
"",
(["what", "measured", "goal", ""] | row), "|---|---|---|---|",
(.figures[] | select(.section != "semantics") |
    [.what, (if .value == null then "none" else "\(.value) \(.unit)" end) +
        (if .section == "live" then " (\(.detail))" else "" end), .goal,
     if .met then "reached" else "not reached" end] | row)
