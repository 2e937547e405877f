# The peers, one place each: whether it is there, what to do when it is not, and its command for W1 to
# W4, the cheapest honest one: it need not check what we check. A command is left in the array
# `command`; a peer without one does not do that work.
# shellcheck shell=bash disable=SC1010,SC2016,SC2034,SC2054,SC2154 # shared; words of others

peer_names="polars duckdb duckdb_whole clickhouse mawk miller sqlite3 jq"
venv=$data/peers

has_module() { [ -x "$venv/bin/python" ] && "$venv/bin/python" -c "import $1" 2>/dev/null; }
peer_there() {
    case $1 in
    polars | duckdb*) has_module "${1%_whole}" ;;
    clickhouse) command -v clickhouse-local >/dev/null || has_module chdb ;;
    miller) command -v mlr >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}
peer_how() { # what makes it be there
    case $1 in
    polars | duckdb*) echo "make bench-peers" ;;
    clickhouse) echo "make bench-peers, or clickhouse-local as https://clickhouse.com/docs/install says" ;;
    *) echo "apt-get install $1" ;;
    esac
}
peer_version() {
    case $1 in
    polars | duckdb*) "$venv/bin/python" -c "import ${1%_whole} as it; print(it.__version__)" ;;
    clickhouse)
        if command -v clickhouse-local >/dev/null; then clickhouse-local --version; else
            "$venv/bin/python" -c "import chdb; print('chdb', chdb.engine_version)"; fi |
            grep -oE '[0-9]+\.[0-9.]+[0-9]' | head -n 1
        ;;
    mawk) mawk -W version 2>&1 | awk 'NR == 1 { print $2 }' ;;
    miller) mlr --version | grep -oE '[0-9]+\.[0-9.]+[0-9]' ;;
    sqlite3) sqlite3 --version | cut -d' ' -f1 ;;
    jq) jq --version | cut -d- -f2 ;;
    esac
}

# --- polars and duckdb, by Python; they say themselves how long the work took (peer.py) ---

python_command() { command=("$venv/bin/python" tests/bench/peer.py "$1" "$2" "$3" "$data/seconds"); }
peer_polars() { python_command polars "$@"; }
peer_duckdb() { python_command duckdb "$@"; }
peer_duckdb_whole() { # where it too must read every field as what it is
    [ "$1" != W1 ] || python_command duckdb_whole "$@"
}

# --- clickhouse: the program clickhouse-local, or the same engine as a library, chdb ---

peer_clickhouse() {
    local query
    case $1 in
    W1) query="SELECT priority, count() FROM file('$2', CSVWithNames) GROUP BY priority" ;;
    W2) query="SELECT substring(order_timestamp, 1, 10) AS date, region, count(), sum(order_value_gbp),
               avg(order_value_gbp) FROM file('$2', CSVWithNames, 'region String, status String,
               order_value_gbp Decimal(18, 2), order_timestamp String')
               WHERE status = 'completed' GROUP BY date, region" ;;
    W3) query="SELECT country_code, count(), sum(amount) FROM file('$2', JSONEachRow,
               'amount Decimal(18, 2), country_code String')
               WHERE amount > 500 AND country_code IN ('NG', 'RU', 'CN') GROUP BY country_code" ;;
    W4) query="SELECT priority, count(), uniqExact(ticket_id) FROM file('$2', CSVWithNames)
               GROUP BY priority" ;;
    esac
    export CLICKHOUSE_QUERY=$query
    python_command clickhouse "$@"
    ! command -v clickhouse-local >/dev/null || command=(clickhouse-local --query "$query FORMAT CSV")
}

# --- mawk; JSON by place, as one does by hand for lines of one shape ---

peer_mawk() {
    case $1 in
    W1) command=(mawk -F, 'NR > 1 { n[$3]++ } END { for (k in n) print k, n[k] }' "$2") ;;
    W2) command=(mawk -F, 'NR > 1 && $6 == "completed" { k = substr($8, 1, 10) " " $5; n[k]++; s[k] += $4 }
        END { for (k in n) printf "%s %d %.2f %.4f\n", k, n[k], s[k], s[k] / n[k] }' "$2") ;;
    W3) command=(mawk -F\" '{ a = substr($11, 2) + 0; c = $(NF - 1) }
        a > 500 && (c == "NG" || c == "RU" || c == "CN") { n[c]++; s[c] += a }
        END { for (c in n) printf "%s %d %.2f\n", c, n[c], s[c] }' "$2") ;;
    W4) command=(mawk -F, 'NR > 1 { n[$3]++; if (!($1 in id)) { id[$1]; d[$3]++ } }
        END { for (k in n) print k, n[k], d[k] }' "$2") ;;
    esac
}

# --- miller ---

peer_miller() {
    local in=(--icsv --ocsv)
    case $1 in
    W1) command=(mlr "${in[@]}" count -g priority "$2") ;;
    W2) command=(mlr "${in[@]}" --ofmt %.4f filter '$status == "completed"' then
        put '$date = substr($order_timestamp, 0, 9)' then
        stats1 -a count,sum,mean -f order_value_gbp -g date,region "$2") ;;
    W3) command=(mlr --ijsonl --ocsv --ofmt %.4f filter
        '$amount > 500 && ($country_code == "NG" || $country_code == "RU" || $country_code == "CN")' then
        stats1 -a count,sum -f amount -g country_code "$2") ;;
    W4) command=(mlr "${in[@]}" stats1 -a count,distinct_count -f ticket_id -g priority "$2") ;;
    esac
}

# --- sqlite3, in memory ---

peer_sqlite3() {
    local load=(".mode csv" ".import '$2' t") query
    case $1 in
    W1) query="SELECT priority, count(*) FROM t GROUP BY 1" ;;
    W2) query="SELECT substr(order_timestamp, 1, 10), region, count(*), sum(order_value_gbp),
               avg(order_value_gbp) FROM t WHERE status = 'completed' GROUP BY 1, 2" ;;
    W3)
        load=(".mode ascii" '.separator "\001" "\n"' "CREATE TABLE t(line TEXT);" ".import '$2' t" ".mode csv")
        query="SELECT line ->> 'country_code' AS c, count(*), sum(line ->> 'amount') FROM t
               WHERE line ->> 'amount' > 500 AND c IN ('NG', 'RU', 'CN') GROUP BY 1"
        ;;
    W4) query="SELECT priority, count(*), count(DISTINCT ticket_id) FROM t GROUP BY 1" ;;
    esac
    printf '%s\n' "${load[@]}" "$query;" >"$data/sqlite-$1.sql"
    command=(sqlite3 -init "$data/sqlite-$1.sql" :memory: "")
}

# --- jq: of JSON alone ---

peer_jq() {
    [ "$1" = W3 ] || return 0
    command=(jq -rn 'reduce (inputs | select(.amount > 500) |
        select(.country_code | . == "NG" or . == "RU" or . == "CN")) as $e ({};
        .[$e.country_code] |= [.[0] + 1, .[1] + $e.amount]) |
        to_entries[] | "\(.key) \(.value[0]) \(.value[1])"' "$2")
}
