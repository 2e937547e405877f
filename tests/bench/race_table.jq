# Lines of race.jsonl as a table for reading: by work, the fastest first, then who was not timed.
def places(n): . * pow(10; n) | round | tostring |
    if length <= n then ("0" * (n + 1 - length)) + . else . end | .[:-n] + "." + .[-n:];
def left(n): . + (" " * (n - length) // "");
def right(n): (" " * (n - length) // "") + .;
group_by(.work)[] |
(map(select(.name == "tailrace"))[0].seconds) as $own |
(map(select(.name == "limit"))[0].seconds) as $limit |
(map(select(.state == "timed" and .name != "tailrace" and .name != "limit") | .seconds) | min) as $peer |
(map(select(.state == "timed")) | sort_by(.seconds)[] |
    "\(.work)  " + ("\(.name) \(.note)" | .[:24] | left(24)) + (.seconds | places(3) | right(9)) + " s" +
    ("\(.low | places(2)) to \(.high | places(2))" | right(18)) +
    ("\(.processor_seconds | places(2)) s cpu" | right(14)) +
    ("\(.kib / 1024 | round) MiB" | right(10)) +
    ("\(.seconds / $own | places(2)) x ours" | right(14)) +
    (if $peer then "\(.seconds / $peer | places(2)) x fastest peer" | right(22) else "" end) +
    ("\(.seconds / $limit | places(1)) x limit" | right(15)) + (if .runs == 1 then "  one run" else "" end)),
(map(select(.state != "timed"))[] | "\(.work)  \(.name): " +
    if .state == "absent" then "skipped, not here: \(.note)"
    elif .state == "differs" then "answers differently, not timed: \(.note)" else .note end)
