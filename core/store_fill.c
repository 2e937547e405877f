/* A copy of the database that needs no other file: of a savepoint (core/savepoint.c). */
#include "core/store_parts.h"

#include <stdlib.h>

/* A row of the copy that names a file. */
struct naming {
    int64_t row;
    uint64_t file;
};

struct namings {
    struct naming *entries;
    size_t len, room;
};

/* Nobody else knows the file yet, and one that is not whole is made anew. */
static const char in_haste[] = "PRAGMA journal_mode = OFF;"
                               "PRAGMA synchronous = OFF;"
                               "PRAGMA locking_mode = EXCLUSIVE;"
                               "BEGIN";

static int list_rows(struct store *copy, struct namings *rows)
{
    sqlite3_stmt *statement = store_prepare(copy, SQL_FILES);
    int result = SQLITE_DONE;
    while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        if (rows->len == rows->room) {
            rows->room = rows->room ? rows->room * 2 : 16;
            rows->entries = mem_resize(rows->entries, rows->room * sizeof *rows->entries);
        }
        rows->entries[rows->len++] =
            (struct naming){.file = (uint64_t)sqlite3_column_int64(statement, 0),
                            .row = sqlite3_column_int64(statement, 1)};
    }
    sqlite3_reset(statement);
    return !statement ? sqlite3_errcode(copy->db) : result == SQLITE_DONE ? SQLITE_OK : result;
}

/* Whether the row, which it stands at then, has this value. */
static int check_row(struct store *copy, int64_t row, const struct large_value *value)
{
    sqlite3_stmt *statement = store_prepare(copy, SQL_ROW);
    if (!statement)
        return sqlite3_errcode(copy->db);
    sqlite3_bind_int64(statement, 1, row);
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        const void *key = sqlite3_column_blob(statement, 1);
        size_t key_len = (size_t)sqlite3_column_bytes(statement, 1);
        uint64_t sum =
            store_sum(sqlite3_column_int(statement, 0), key, key_len, value->bytes, value->len);
        result =
            sum == (uint64_t)sqlite3_column_int64(statement, 2) ? SQLITE_OK : STORE_NOT_WRITTEN;
    }
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? STORE_NOT_WRITTEN : result;
}

static int fill_row(struct store *copy, int64_t row, const struct large_value *value)
{
    int result = check_row(copy, row, value);
    sqlite3_stmt *statement = result == SQLITE_OK ? store_prepare(copy, SQL_FILL) : NULL;
    if (!statement)
        return result == SQLITE_OK ? sqlite3_errcode(copy->db) : result;
    sqlite3_bind_int64(statement, 1, row);
    store_bind_blob(statement, 2, value->bytes, value->len);
    return store_run(copy, SQL_FILL);
}

/* STORE_FILE_FAILED: the state's file could not be read, and `error` says why. */
static int fill_rows(struct store *store, struct store *copy, struct error *error)
{
    struct namings rows = {.len = 0};
    struct large_value value = {.len = 0};
    enum status status = STATUS_OK;
    int result = list_rows(copy, &rows);
    for (size_t r = 0; r < rows.len && result == SQLITE_OK; r++) {
        status = store_large_read(store, rows.entries[r].file, &value, error);
        result = status == STATUS_OK        ? fill_row(copy, rows.entries[r].row, &value)
                 : status == STATUS_DAMAGED ? STORE_NOT_WRITTEN
                                            : STORE_FILE_FAILED;
    }
    free(value.bytes);
    free(rows.entries);
    return result;
}

static enum status outcome(struct store *store, struct store *copy, int result, struct error *error)
{
    if (result == SQLITE_OK)
        return STATUS_OK;
    if (result == STORE_FILE_FAILED)
        return STATUS_IO;
    if (result != STORE_NOT_WRITTEN)
        return store_failed(copy, store_code(result), "copied", error);
    return store_large_failed(store, error);
}

static int fill(struct store *store, struct store *copy, struct error *error)
{
    int result = store_get_head(copy);
    if (result != SQLITE_OK || copy->head.files == 0)
        return result;
    result = sqlite3_exec(copy->db, in_haste, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = fill_rows(store, copy, error);
    copy->head.files = 0;
    if (result == SQLITE_OK)
        result = store_set_head(copy, &copy->head);
    return result == SQLITE_OK ? store_run(copy, SQL_COMMIT) : result;
}

enum status store_fill(struct store *store, const char *file, struct error *error)
{
    struct store copy = {.dir = store->dir};
    char *path = state_dir_path(&store->dir, file);
    int result = sqlite3_open_v2(path, &copy.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    free(path);
    if (result == SQLITE_OK)
        result = fill(store, &copy, error);
    enum status status = outcome(store, &copy, result, error);
    store_disconnect(&copy);
    return status;
}
