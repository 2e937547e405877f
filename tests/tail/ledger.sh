# Shared by the scripts about rotation: a feed in the format under test ($format: csv, jsonl) that is
# followed in the way under test ($way: told, looked), and a ledger ($ledger) that keeps every id that
# was written. Afterwards each was counted exactly once, and every record has one outcome (S-03).
# Used: $id the last id, $d the folder, $out and $err what the program said.
header=ticket_id,customer_id,priority,submitted_at,status

row() { # row ID: one record, with its line end; its id goes to the ledger
    echo "$1" >>"$ledger"
    if [ "$format" = csv ]; then
        printf '%s,1,High,2026-01-05T10:00:00Z,open\n' "$1"
    else
        printf '{"ticket_id":"%s","customer_id":"1","priority":"High","submitted_at":"2026-01-05T10:00:00Z","status":"open"}\n' "$1"
    fi
}
head_line() { [ "$format" != csv ] || echo $header; }
rows() { # rows N: the next N ids
    local i
    for ((i = 0; i < $1; i++)); do row $((++id)); done
}
counted() { tail -n 1 "$out" | sed -nE 's/.*"counted": ([0-9]+).*/\1/p'; } # asked often: no jq
caught_up() { until_same "$way $format: $1" "$(wc -l <"$ledger")" counted; }

follow() { # follow FEED... [--state DIR]
    [ "$way" = told ] || export TAILRACE_POLL=1
    [[ " $* " == *" --state "* ]] || set -- --no-state "$@"
    "$TAILRACE" stream --definition tickets --no-dedupe --group-by ticket_id --format json --for 100s \
        "$@" >"$out" 2>"$err" </dev/null &
    program=$!
}
balance() { # balance REJECTED: each id of the ledger once, no other
    kill -TERM $program
    wait $program
    same "$way $format: exit status" 0 $?
    tail -n 1 "$out" >"$d/answer"
    same "$way $format: ids counted" "$(sort "$ledger")" \
        "$(jq -r '.groups[] | .key.ticket_id as $k | range(.count) | $k' "$d/answer" | sort)"
    same "$way $format: outcomes" "true $1" \
        "$(jq -r '.outcomes | "\(.read == .counted + .late + .duplicate + .filtered + .rejected + .future) \(.rejected)"' "$d/answer")"
}
