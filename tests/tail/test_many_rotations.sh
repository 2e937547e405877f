#!/bin/bash
# Guards: a feed that is rotated for weeks (S-98). What its state keeps of files that were rotated away
# is bounded: from GENERATIONS_KEPT on, rows and bytes stay what they are, rotation after rotation, and
# everything is still counted once.
. "$(dirname "$0")/../lib.sh"
tailrace=$TAILRACE
cd "$work" || exit 1
id=0
file() { # file NAME: a record of its own
    printf 'id,region,at\n%s,North,2026-01-05T10:00:00Z\n' $((++id)) >"$1"
}
run() { "$tailrace" stream a.csv --definition visits.json --state st --until-eof --format json 2>err; }
rotate() { # forty times, with nobody there
    rm -f a.csv.*
    mv a.csv a.csv.40
    for ((n = 39; n > 0; n--)); do file a.csv.$n; done
    file a.csv
}
rows() { sqlite3 st/state.db "select count(*) from part where part = 3; select count(*) from part"; }

# nothing is remembered of single records: what grows is of the files
cat >visits.json <<'END'
{"name": "visits", "fields": {"id": {"type": "int", "required": true}, "region": {"type": "text"},
 "at": {"type": "time", "required": true}}, "time": "at", "group_by": ["region"], "measures": ["count"]}
END
file a.csv
run >answer
for ((times = 1; times <= 7; times++)); do
    rotate
    run >answer
    same "after $times times: counted" "$id" "$(jq .outcomes.counted answer)"
    same "none is missing" 0 "$(grep -c 'may be missing' err)"
    [ $times != 4 ] || { before=$(rows) bytes=$(stat -c %s st/state.db); }
done
same "rotations" 280 $((id - 1))
same "rows of the state, as after 160 rotations" "$before" "$(rows)"
same "bytes too" "$bytes" "$(stat -c %s st/state.db)"
same "of generations" 128 "$(rows | head -n 1)"
run >answer
same "and nothing is counted again" "$id" "$(jq .outcomes.counted answer)"
finish
