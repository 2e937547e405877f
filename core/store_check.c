/*
 * What a state file must be before anybody goes on with it. A call that failed is no damage: it is
 * told apart at every step, so that nobody is sent to --rebuild by a disk or a table of descriptors
 * that is full for a moment.
 */
#include "core/store_parts.h"

#include <string.h>

enum { APPLICATION = 0x7461696C, VERSION = 1 };

/* --- steps: each returns a result of SQLite, SQLITE_CORRUPT for what was not written so --- */

static int read_number(struct store *store, const char *query, int *number)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, query, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *number = sqlite3_column_int(statement, 0);
    int ended = sqlite3_finalize(statement);
    return result == SQLITE_ROW ? ended : result == SQLITE_DONE ? SQLITE_CORRUPT : result;
}

static int quick_check(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        const char *says = (const char *)sqlite3_column_text(statement, 0);
        result = !says ? SQLITE_NOMEM : strcmp(says, "ok") == 0 ? SQLITE_OK : SQLITE_CORRUPT;
    }
    int ended = sqlite3_finalize(statement);
    return result == SQLITE_OK ? ended : result;
}

/* Every value is the one that was written where it stands (D-12). Adds their checksums. */
static int check_values(struct store *store, enum statement which, uint64_t *sum)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    bool log = which == SQL_ALL_LOGS, sound = true;
    int result = statement ? SQLITE_ROW : sqlite3_errcode(store->db);
    while (sound && result == SQLITE_ROW && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        int number = sqlite3_column_int(statement, 0);
        uint64_t place = log ? (uint64_t)sqlite3_column_int64(statement, 1) : 0;
        const void *key = log ? NULL : sqlite3_column_blob(statement, 1);
        size_t key_len = log ? 0 : (size_t)sqlite3_column_bytes(statement, 1);
        uint64_t own = store_checksum(log ? -number : number, place, key, key_len,
                                      sqlite3_column_blob(statement, 2),
                                      (size_t)sqlite3_column_bytes(statement, 2));
        sound = own == (uint64_t)sqlite3_column_int64(statement, 3);
        *sum += own;
    }
    if (statement)
        sqlite3_reset(statement);
    return !sound ? SQLITE_CORRUPT : result == SQLITE_DONE ? SQLITE_OK : result;
}

/* And none is gone. */
static int check_whole(struct store *store)
{
    uint64_t sum = 0;
    int result = store_read_head(store);
    if (result == SQLITE_OK)
        result = check_values(store, SQL_ALL, &sum);
    if (result == SQLITE_OK)
        result = check_values(store, SQL_ALL_LOGS, &sum);
    return result == SQLITE_OK && sum != store->head.sum ? SQLITE_CORRUPT : result;
}

static int compare_configuration(struct store *store, bool *same)
{
    sqlite3_stmt *statement = store_prepare(store, SQL_META);
    *same = false;
    if (!statement)
        return sqlite3_errcode(store->db);
    sqlite3_bind_text(statement, 1, "configuration", -1, SQLITE_STATIC);
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_TEXT) {
        const char *digest = (const char *)sqlite3_column_text(statement, 0);
        *same = digest && strcmp(digest, store->config.digest) == 0;
        result = digest ? SQLITE_DONE : SQLITE_NOMEM;
    }
    sqlite3_reset(statement);
    return result == SQLITE_DONE || result == SQLITE_ROW ? SQLITE_OK : result;
}

/* --- verdicts --- */

static enum status verdict(struct store *store, int result, const char *why, struct error *error)
{
    if (result == SQLITE_OK)
        return STATUS_OK;
    if (store_code(result) != STATUS_DAMAGED)
        return store_failed(store, STATUS_IO, "read", error);
    return error_set(error, STATUS_DAMAGED,
                     "state '%.200s' is damaged, or of another version of tailrace (%s); say "
                     "another with --state, or --rebuild to begin anew from the data that still "
                     "exists",
                     store->dir.path, why);
}

static enum status check_configuration(struct store *store, struct error *error)
{
    bool same;
    enum status status =
        verdict(store, compare_configuration(store, &same), "its check failed", error);
    if (status != STATUS_OK || same)
        return status;
    return error_set(
        error, STATUS_DAMAGED,
        "state '%.200s' was made by another configuration (definition, groups, windows, "
        "rules, zone, delivery); say another with --state, or --rebuild to begin anew from the "
        "data that still exists",
        store->dir.path);
}

/* An empty file has no application and no version yet. */
static enum status check_owner(struct store *store, bool *empty, struct error *error)
{
    int application = 0, version = 0, tables = 0;
    int result = read_number(store, "PRAGMA application_id", &application);
    if (result == SQLITE_OK)
        result = read_number(store, "PRAGMA user_version", &version);
    if (result == SQLITE_OK)
        result = read_number(store, "SELECT count(*) FROM sqlite_master", &tables);
    *empty = result == SQLITE_OK && application == 0 && version == 0 && tables == 0;
    if (result != SQLITE_OK || *empty)
        return verdict(store, result, "not a state file", error);
    if (application != APPLICATION)
        return verdict(store, SQLITE_NOTADB, "not a state file", error);
    return verdict(store, version == VERSION ? SQLITE_OK : SQLITE_NOTADB, "another version", error);
}

enum status store_check(struct store *store, bool *empty, struct error *error)
{
    enum status status = check_owner(store, empty, error);
    if (status != STATUS_OK || *empty)
        return status;
    int result = quick_check(store);
    if (result == SQLITE_OK)
        result = check_whole(store);
    status = verdict(store, result, "its check failed", error);
    return status == STATUS_OK ? check_configuration(store, error) : status;
}
