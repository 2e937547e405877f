# Shared by the tests that make calls fail: what is run with each fault (sweep.c), on small feeds.
# POINTS is how many faults of a kind each run is tried with; EVERY=1 tries every one, until a run
# met none.
# thousands of short runs, each with its fsyncs: in memory where there is some
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
. "$TESTS/lib.sh"
export TAILRACE_PRELOAD=$BUILD/tests/faults/alloc.so TMPDIR=$work
sweep=$BUILD/tests/faults/sweep base=$work/base
points=${EVERY:+0}
few=4
if [[ $BUILD =~ san$ ]]; then # slow runs: a few of them, as the release build tries more
    few=1
    : "${ONLY:=batch$|stream-csv|report|compare-file|state}"
    export ASAN_OPTIONS=detect_leaks=0 # leaks cannot be looked for in a traced process
fi
points=${points:-${POINTS:-$few}}
cpu='"cpu_seconds": '

if [ "$(uname -m)" != x86_64 ]; then
    skip "the registers of a traced process are known on x86-64 alone: no call is made to fail"
    exit
fi

make_feeds() {
    mkdir -p "$base/zones"
    "$TAILRACE" simulate tickets -n 40 --seed 3 -o "$base/tickets.csv"
    "$TAILRACE" simulate payments -n 40 --seed 4 --faults late=5%,duplicate=5%,malformed=5% -o "$base/payments.csv"
    "$TAILRACE" simulate payments -n 40 --seed 4 --faults late=5%,duplicate=5%,malformed=5% --format jsonl -o "$base/payments.jsonl"
    "$TAILRACE" simulate orders -n 40 --seed 5 -o "$base/orders.csv"
    cp "$TESTS"/../sample_data/{customers,products}.csv "$base"
    gzip -c "$base/tickets.csv" >"$base/tickets.csv.gz"
    cp "$TESTS/../sample_data/definitions/payments.json" "$base/own.json"
}

sweeps=()
: >"$work/failed"
# aside try ...: the same beside what follows, for sweeps that mostly wait
aside() {
    "$@" &
    sweeps+=($!)
    checks=$((checks + 1))
}

# try NAME KINDS [OPTION...] -- ARGUMENT...: one sweep of the program with these arguments
try() {
    local name=$1 kinds=$2 said=$work/said.$1 options=()
    shift 2
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    checks=$((checks + 1))
    [[ $name =~ ${ONLY:-.} ]] || return 0
    "$sweep" -n "$name" -b "$base" -p "$points" -m "$cpu" -m '"detected_at": "' "${options[@]}" "$kinds" -- \
        "$TAILRACE" "$@" >"$said" 2>&1 || echo "$name" >>"$work/failed"
    [ -z "${VERBOSE:-}${EVERY:-}" ] && ! grep -qxF "$name" "$work/failed" || cat "$said"
}

close_scenarios() {
    for one in "${sweeps[@]}"; do
        wait "$one" || echo "sweep $one" >>"$work/failed"
    done
    [ ! -s "$work/failed" ] || { echo "$(wc -l <"$work/failed") sweeps of $checks found something"; exit 1; }
    finish
}

# The state is kept often, so that many calls are of a commit; `answer` is what a run that begins
# behind it says, and what SQLite says of the file.
state_options="--until-eof --definition payments --window 5m --format json"
state_run=(stream --state st --epoch 10 $state_options payments.csv)
answer="'$TAILRACE' stream --state st --epoch 10 $state_options payments.csv;
    sqlite3 st/state.db 'pragma integrity_check'"
# leaves a state of half of the feed, with a log that was never copied into the file
half_killed="head -n 20 payments.csv >half; tail -n +21 payments.csv >rest; cat half >payments.csv
    ( '$TAILRACE' stream --state st --epoch 10 ${state_options#--until-eof} payments.csv 2>/dev/null &
      echo \$! >pid; wait ) 2>/dev/null | { read -r line; kill -9 \$(cat pid); }
    cat rest >>payments.csv; rm half rest pid; test -s st/state.db-wal"

# state NAME KINDS [OPTION...]: runs that keep a state, and the answer behind each
state() {
    local name=$1 kinds=$2
    shift 2
    # where no state can be written for good a run waits until it is told to end
    try "$name" "$kinds" -u never -x st -x payments.csv -m '"bytes_read": ' -m '"rows_read": ' -T "$answer" \
        "$@" -- "${state_run[@]}"
}

# The same with values that lie in files of their own: two days of so many tickets that what is
# remembered of them does, and the first day's is forgotten.
make_large_feed() {
    mkdir -p "$base"
    "$TAILRACE" simulate tickets -n 50000 --seed 3 --day 2026-01-05 -o "$work/first.csv"
    "$TAILRACE" simulate tickets -n 50000 --seed 4 --day 2026-01-08 -o "$work/second.csv"
    { cat "$work/first.csv"; sed '1d; s/^/x/' "$work/second.csv"; } >"$base/tickets.csv"
}
large_run=(stream --state st --epoch 44000 --until-eof --format json tickets.csv)
large_answer="'$TAILRACE' ${large_run[*]}; sqlite3 st/state.db 'pragma integrity_check'
    sqlite3 st/state.db 'select file from bulk where file <> 0' | sort >named
    ls st | sed -n 's/^large-//p' | sort | diff named - ; rm named"
# leaves a state of the first day; what is forgotten of it is in a file
half_large="mv tickets.csv whole; head -n 50001 whole >tickets.csv; '$TAILRACE' ${large_run[*]} >/dev/null 2>&1
    mv whole tickets.csv; ls st/large-* >/dev/null"

# large NAME KINDS [OPTION...]: faults in calls on such files
large() {
    local name=$1 kinds=$2
    shift 2
    try "$name" "$kinds" -c large- -u never -x st -x tickets.csv -m '"bytes_read": ' -m '"rows_read": ' \
        -T "$large_answer" "$@" -- "${large_run[@]}"
}

# right_answer: the answer behind an untouched run has batch's numbers
right_answer() {
    local figures='{groups, windows: (.windows | map(del(.state, .revision))), outcomes}'
    same "with a state, as batch counts" \
        "$("$TAILRACE" batch --definition payments --window 5m --format json "$base/payments.csv" | jq -S "$figures")" \
        "$(cd "$work" && cp "$base/payments.csv" . && "$TAILRACE" "${state_run[@]}" >first 2>/dev/null &&
            bash -c "$answer" >again 2>/dev/null && head -n 1 again | jq -S "$figures")"
    rm -rf "$work/st"
}

# all KINDS: each way to run the program once
all() {
    local json=(--format json) windows=(--definition payments --window 5m --format json)
    aside try on-alert "$1" -a told -s told -- stream --until-eof --on-alert 'cat >>told' "${windows[@]}" payments.csv
    # these wait for a second try of what fails: few of them, unless all are asked for
    local often=$points
    [ -n "${EVERY:-}" ] || points=1
    aside try following "$1" -l -x tickets.csv -f tickets.csv -u '"read": 40,' -- stream --no-state "${json[@]}" tickets.csv
    aside try following-jsonl "$1" -l -x payments.jsonl -f payments.jsonl -u "\"read\": $(wc -l <"$base/payments.jsonl")," \
        -- stream --no-state "${windows[@]}" payments.jsonl
    points=$often
    try batch "$1" -- batch "${json[@]}" tickets.csv
    try batch-jsonl "$1" -- batch "${windows[@]}" payments.jsonl
    try batch-csv "$1" -- batch --format csv --measure count,sum:amount payments.csv
    try batch-text "$1" -- batch tickets.csv
    try batch-own "$1" -r own.json -- batch --definition own.json "${json[@]}" payments.csv
    try batch-gz "$1" -- batch "${json[@]}" tickets.csv.gz
    try batch-glob "$1" -- batch --definition payments "${json[@]}" 'payments.*'
    # without room for it standard input waits until there is some, or the run is told to end
    try batch-stdin "$1" -u never -i payments.jsonl -- batch "${json[@]}" -
    try report "$1" -r out -x out/.daily_revenue.lock \
        -- batch --definition orders --report daily_revenue --day 2026-01-05 -o out orders.csv
    try stream-csv "$1" -- stream --until-eof "${windows[@]}" payments.csv
    try stream-jsonl "$1" -- stream --until-eof "${windows[@]}" payments.jsonl
    try stream-sessions "$1" -- stream --until-eof --definition payments --session 30m "${json[@]}" payments.csv
    try stream-stdin "$1" -u never -l -i payments.csv -- stream --until-eof "${json[@]}" -
    try changes-append "$1" -- stream --until-eof --changes append --trigger 10 "${windows[@]}" payments.csv
    try changes-update "$1" -- stream --until-eof --changes update --trigger 10 "${windows[@]}" payments.jsonl
    try alerts "$1" -a alerts.jsonl -- stream --until-eof --alerts alerts.jsonl "${windows[@]}" payments.csv
    try compare "$1" -k '"corrections"' -- compare --format json --every 6h "${windows[@]:0:4}" payments.csv
    # it tells times: there whole, or not there
    try compare-file "$1" -r run/# -r page -x page.json -T '[ ! -e page.json ] || jq . page.json >whole; echo $?; rm -f whole' \
        -- compare --every 6h -o page.json payments.csv
    try simulate "$1" -r run/# -r feed.csv -- simulate tickets -n 200 --seed 3 -o feed.csv
    try simulate-out "$1" -- simulate payments -n 200 --seed 3
    try replay "$1" -r answer -x .answer.lock \
        -- replay --definition payments --window 5m -o answer payments.csv
}
