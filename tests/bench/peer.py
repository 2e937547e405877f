"""A peer of the bench that is a Python library.

    peer.py polars|duckdb|duckdb_whole|clickhouse W1|W2|W3|W4 FILE SECONDS

Prints the answer as CSV and writes into SECONDS how long the work took: the start of Python and the
loading of the library are not held against it. Each gets the cheapest honest form: only the columns
it needs are parsed, and none is checked. The query for clickhouse stands in CLICKHOUSE_QUERY.
"""
import csv
import os
import sys
import time

engine, work, path, seconds = sys.argv[1:]


def duckdb_work(whole=False):
    import duckdb

    text = f"read_csv('{path}', header=true, all_varchar=true)"
    queries = {
        "W1": f"SELECT priority, count(*) FROM {text} GROUP BY 1",
        "W2": "SELECT order_timestamp[1:10], region, count(*), sum(order_value_gbp::DECIMAL(18,2)), "
        f"avg(order_value_gbp::DECIMAL(18,2)) FROM {text} WHERE status = 'completed' GROUP BY 1, 2",
        "W3": "SELECT country_code, count(*), sum(amount) "
        f"FROM read_json('{path}', format='newline_delimited', "
        "columns={amount: 'DECIMAL(18,2)', country_code: 'VARCHAR'}) "
        "WHERE amount > 500 AND country_code IN ('NG', 'RU', 'CN') GROUP BY 1",
        "W4": "SELECT priority, count(*), count(DISTINCT ticket_id::BIGINT) "
        f"FROM {text} GROUP BY 1",
    }
    if whole:
        types = "{ticket_id: 'VARCHAR', customer_id: 'VARCHAR', priority: 'VARCHAR', "
        types += "submitted_at: 'TIMESTAMP', status: 'VARCHAR'}"
        queries["W1"] = (
            "SELECT priority, count(*), max(ticket_id), max(customer_id), max(submitted_at), "
            f"max(status) FROM read_csv('{path}', header=true, columns={types}) GROUP BY 1"
        )
    connection = duckdb.connect()
    started = time.perf_counter()
    rows = connection.execute(queries[work]).fetchall()
    return rows, time.perf_counter() - started


def polars_work():
    import polars as pl

    started = time.perf_counter()
    c = pl.col
    if work == "W1":
        frame = pl.scan_csv(path, infer_schema=False).group_by("priority").agg(pl.len())
    elif work == "W2":
        value = c("order_value_gbp").cast(pl.Float64)
        frame = (
            pl.scan_csv(path, infer_schema=False)
            .filter(c("status") == "completed")
            .group_by(c("order_timestamp").str.slice(0, 10), "region")
            .agg(pl.len(), value.sum().alias("sum"), value.mean().alias("mean"))
        )
    elif work == "W3":
        frame = (
            pl.scan_ndjson(path, schema={"amount": pl.Float64, "country_code": pl.String})
            .filter((c("amount") > 500) & c("country_code").is_in(["NG", "RU", "CN"]))
            .group_by("country_code")
            .agg(pl.len(), c("amount").sum().alias("sum"))
        )
    else:
        frame = (
            pl.scan_csv(path, schema_overrides={"ticket_id": pl.Int64})
            .group_by("priority")
            .agg(pl.len(), c("ticket_id").n_unique().alias("ids"))
        )
    rows = frame.collect(engine="streaming").rows()
    return rows, time.perf_counter() - started


def clickhouse_work():
    import chdb

    started = time.perf_counter()
    answer = str(chdb.query(os.environ["CLICKHOUSE_QUERY"], "CSV"))
    took = time.perf_counter() - started
    return list(csv.reader(answer.splitlines())), took


works = {
    "polars": polars_work,
    "duckdb": duckdb_work,
    "duckdb_whole": lambda: duckdb_work(whole=True),
    "clickhouse": clickhouse_work,
}
answer, took = works[engine]()
csv.writer(sys.stdout).writerows(answer)
with open(seconds, "w") as out:
    out.write(f"{took:.4f}\n")
