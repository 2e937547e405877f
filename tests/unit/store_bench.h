#ifndef TAILRACE_TESTS_STORE_BENCH_H
#define TAILRACE_TESTS_STORE_BENCH_H
/* A store in a folder of its own, for the tests of core/store*.c. */
#include "core/store.h"

#include "tests/unit/support.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGEST "00ff"

struct bench {
    char root[64], path[96];
};

static inline int set_up(void **state)
{
    struct bench *bench = mem_zero(1, sizeof *bench);
    snprintf(bench->root, sizeof bench->root, "/tmp/tailrace-store-XXXXXX");
    assert_non_null(mkdtemp(bench->root));
    snprintf(bench->path, sizeof bench->path, "%s/state", bench->root);
    *state = bench;
    return 0;
}

static inline int tear_down(void **state)
{
    struct bench *bench = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", bench->root);
    assert_int_equal(system(command), 0);
    free(bench);
    return 0;
}

static inline enum status open_store(const struct bench *bench, bool write, struct store **out,
                                     struct error *error)
{
    struct store_config config = {.path = bench->path, .digest = DIGEST, .write = write};
    return store_open(&config, out, error);
}

static inline struct store *opened(const struct bench *bench)
{
    struct store *store;
    struct error error = {.text = ""};
    if (open_store(bench, true, &store, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return store;
}

static inline void commit(struct store *store, const struct delta *delta)
{
    struct error error = {.text = ""};
    if (store_commit(store, delta, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static inline void run_sql(const struct bench *bench, const char *sql)
{
    char path[160];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/state.db", bench->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

#endif
