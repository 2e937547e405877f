/* Reading back, in the order of keys, and whether it is what was written. */
#include "core/store_parts.h"

#include <stdlib.h>

enum status store_damaged(const struct store *store, struct error *error)
{
    return error_set(
        error, STATUS_DAMAGED,
        "state '%.200s' is damaged (an entry is not what was written, or gone); --rebuild begins "
        "anew from the data that still exists",
        store->dir.path);
}

/* Of one part. */
struct reading {
    struct store *store;
    int part;
    store_take *take;
    void *context;
    struct large_value large;
    uint64_t sums;
    bool outside; /* the row that is read names a file */
};

/* STATUS_DAMAGED: the row the statement stands at is not the one that was written there. */
static enum status take_row(struct reading *reading, sqlite3_stmt *statement, struct error *error)
{
    const void *key = sqlite3_column_blob(statement, 0);
    size_t key_len = (size_t)sqlite3_column_bytes(statement, 0);
    const void *value = sqlite3_column_blob(statement, 1);
    size_t value_len = (size_t)sqlite3_column_bytes(statement, 1);
    uint64_t file = (uint64_t)sqlite3_column_int64(statement, 3);
    reading->outside = file != 0;
    if (reading->outside) {
        enum status status = store_large_read(reading->store, file, &reading->large, error);
        if (status != STATUS_OK)
            return status;
        value = reading->large.bytes;
        value_len = reading->large.len;
    }
    uint64_t sum = store_sum(reading->part, key, key_len, value, value_len);
    reading->sums += sum;
    bool sound = sum == (uint64_t)sqlite3_column_int64(statement, 2) &&
                 reading->take(reading->context, key, key_len, value, value_len);
    return sound ? STATUS_OK : STATUS_DAMAGED;
}

static enum status judge(const struct reading *reading, enum status status, int result,
                         struct error *error)
{
    struct store *store = reading->store;
    if (status == STATUS_DAMAGED && reading->outside)
        return store_large_failed(store, error);
    if (status == STATUS_OK && result != SQLITE_DONE)
        return store_read_failed(store, result, error);
    if (status == STATUS_DAMAGED ||
        (status == STATUS_OK && reading->sums != store->head.sums[reading->part]))
        return store_damaged(store, error);
    return status;
}

enum status store_each(struct store *store, enum state_part part, store_take *take, void *context,
                       struct error *error)
{
    struct reading reading = {.store = store, .part = (int)part, .take = take, .context = context};
    sqlite3_stmt *statement =
        store_prepare(store, (enum statement)(SQL_EACH + (int)store_table((int)part)));
    if (!statement)
        return store_failed(store, STATUS_IO, "read", error);
    sqlite3_bind_int(statement, 1, (int)part);
    enum status status = STATUS_OK;
    int result = SQLITE_DONE;
    while (status == STATUS_OK && (result = sqlite3_step(statement)) == SQLITE_ROW)
        status = take_row(&reading, statement, error);
    sqlite3_reset(statement);
    free(reading.large.bytes);
    return judge(&reading, status, result, error);
}

/* Of a statement that is bound. */
static enum status take_rejects(struct store *store, sqlite3_stmt *statement,
                                store_take_reject *take, void *context, struct error *error)
{
    int result;
    bool more = true, sound = true;
    while (more && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        const struct store_reject rejected = {
            .kind = (enum state_reject)sqlite3_column_int(statement, 0),
            .position = {(uint32_t)sqlite3_column_int64(statement, 1),
                         (uint32_t)sqlite3_column_int64(statement, 2),
                         (uint64_t)sqlite3_column_int64(statement, 3)},
            .length = (uint64_t)sqlite3_column_int64(statement, 4),
            .line = (uint32_t)sqlite3_column_int64(statement, 5),
            .reason = (const char *)sqlite3_column_text(statement, 6),
            .bytes = sqlite3_column_blob(statement, 7),
            .bytes_len = (size_t)sqlite3_column_bytes(statement, 7)};
        sound = (int)rejected.kind >= 0 && (int)rejected.kind < STATE_REJECTS && rejected.reason;
        more = sound && take(context, &rejected);
    }
    enum status status = sound ? STATUS_OK : store_damaged(store, error);
    if (more && result != SQLITE_DONE)
        status = store_read_failed(store, result, error);
    sqlite3_reset(statement);
    return status;
}

enum status store_each_reject(struct store *store, store_take_reject *take, void *context,
                              struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, SQL_EACH_REJECT);
    if (!statement)
        return store_failed(store, STATUS_IO, "read", error);
    return take_rejects(store, statement, take, context, error);
}

enum status store_find_reject(struct store *store, const struct event_position *position,
                              store_take_reject *take, void *context, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, SQL_FIND_REJECT);
    if (!statement)
        return store_failed(store, STATUS_IO, "read", error);
    store_bind_position(statement, 1, position);
    return take_rejects(store, statement, take, context, error);
}
