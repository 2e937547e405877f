/* An epoch: the operations of a delta, in one transaction. */
#include "core/store_parts.h"

#include <stdlib.h>

/* Binds part and key, for the statements that begin with them; those for the other table follow. */
static sqlite3_stmt *prepare_key(struct store *store, enum statement which,
                                 const struct delta_entry *entry)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    if (!statement)
        return NULL;
    sqlite3_bind_int(statement, 1, entry->head.which);
    store_bind_blob(statement, 2, entry->key, entry->head.key_len);
    return statement;
}

/* The row that is replaced or removed counts no more. */
static bool forget_sum(struct commit *commit, enum store_table table,
                       const struct delta_entry *entry)
{
    sqlite3_stmt *statement =
        prepare_key(commit->store, (enum statement)(SQL_SUM + (int)table), entry);
    if (!statement)
        return false;
    if (sqlite3_step(statement) == SQLITE_ROW) {
        commit->head.sums[entry->head.which] -= (uint64_t)sqlite3_column_int64(statement, 0);
        store_large_drop(commit, (uint64_t)sqlite3_column_int64(statement, 1));
    }
    return sqlite3_reset(statement) == SQLITE_OK;
}

static int put(struct commit *commit, const struct delta_entry *entry)
{
    const struct delta_head *head = &entry->head;
    enum store_table table = store_table(head->which);
    enum statement which = (enum statement)(SQL_PUT + (int)table);
    uint64_t file = 0;
    int written = SQLITE_OK;
    if (store_is_large(commit->store, entry))
        written = store_large_put(commit, entry, &file);
    if (written != SQLITE_OK)
        return written;
    sqlite3_stmt *statement = prepare_key(commit->store, which, entry);
    if (!statement || !forget_sum(commit, table, entry))
        return sqlite3_errcode(commit->store->db);
    uint64_t sum = store_sum(head->which, entry->key, head->key_len, entry->value, head->value_len);
    store_bind_blob(statement, 3, entry->value, file == 0 ? head->value_len : 0);
    sqlite3_bind_int64(statement, 4, (int64_t)sum);
    if (table == TABLE_BULK)
        sqlite3_bind_int64(statement, 5, (int64_t)file);
    commit->head.sums[head->which] += sum;
    return store_run(commit->store, which);
}

static int remove_row(struct commit *commit, const struct delta_entry *entry)
{
    enum store_table table = store_table(entry->head.which);
    enum statement which = (enum statement)(SQL_REMOVE + (int)table);
    if (!forget_sum(commit, table, entry) || !prepare_key(commit->store, which, entry))
        return sqlite3_errcode(commit->store->db);
    return store_run(commit->store, which);
}

static int reset(struct commit *commit, const struct delta_entry *entry)
{
    (void)entry;
    for (int part = 0; part < STORE_PARTS; part++)
        if (part != STATE_SOURCE && part != STATE_SYMBOL && part != STATE_HASH_KEY &&
            part != STATE_OUTBOX)
            commit->head.sums[part] = 0;
    commit->head.files = 0;
    commit->reset = true;
    int result = store_run(commit->store, SQL_RESET);
    return result == SQLITE_OK ? store_run(commit->store, SQL_RESET_BULK) : result;
}

/* They are gathered from the whole of the delta: store_put_alerts. */
static int skip(struct commit *commit, const struct delta_entry *entry)
{
    (void)commit, (void)entry;
    return SQLITE_OK;
}

static int apply(struct commit *commit, const struct delta *delta)
{
    static int (*const operations[])(struct commit *, const struct delta_entry *) = {
        [DELTA_PUT] = put,
        [DELTA_REMOVE] = remove_row,
        [DELTA_REJECT] = store_put_reject,
        [DELTA_REPAIRED] = store_put_repaired,
        [DELTA_ALERTS] = skip,
        [DELTA_RESET] = reset};
    struct delta_entry entry;
    size_t at = 0;
    int result = SQLITE_OK;
    while (result == SQLITE_OK && delta_next(delta, &at, &entry))
        result = operations[entry.head.op](commit, &entry);
    if (result == SQLITE_OK)
        result = store_put_alerts(commit, delta);
    if (result == SQLITE_OK)
        result = store_set_head(commit->store, &commit->head);
    return result;
}

/* Whether it is damage only the next one to open it can tell. */
static enum status say_failed(struct commit *commit, int result, struct error *error)
{
    if (result == STORE_FILE_FAILED && error)
        *error = commit->failed;
    if (result == STORE_FILE_FAILED)
        return commit->failed.code;
    return result == STORE_NOT_WRITTEN ? store_damaged(commit->store, error)
                                       : store_failed(commit->store, STATUS_IO, "written", error);
}

/* All but the last step; STATUS_OK: that is to be tried. */
static enum status write_all(struct commit *commit, const struct delta *delta, struct error *error)
{
    struct store *store = commit->store;
    int result = store_run(store, SQL_BEGIN);
    if (result == SQLITE_OK)
        result = apply(commit, delta);
    if (result == SQLITE_OK)
        result = store_large_sync(commit);
    enum status status = store_check_place(store, error);
    if (status == STATUS_OK && result != SQLITE_OK)
        status = say_failed(commit, result, error);
    if (status != STATUS_OK)
        store_large_undo(commit);
    return status;
}

/* While records come fast the log goes into the file after each epoch, beside the counting: else
 * all of it would have to when the state is closed, with nothing beside it. What fails of it is
 * still in the log. */
static void empty_log(struct store *store, const struct delta *delta)
{
    if (delta->len >= store->config.large_min)
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

enum status store_commit(struct store *store, const struct delta *delta, struct error *error)
{
    struct commit commit = {.store = store, .head = store->head};
    commit.head.epoch++;
    enum status status = store_check_room(store, delta, error);
    if (status != STATUS_OK)
        return status;
    status = write_all(&commit, delta, error);
    if (status == STATUS_OK) {
        int result = store_run(store, SQL_COMMIT);
        if (result != SQLITE_OK)
            status = say_failed(&commit, result, error);
    }
    if (status == STATUS_OK) {
        store->head = commit.head;
        store_tell(&commit);
        store_large_done(&commit);
        empty_log(store, delta);
    } else {
        store_run(store, SQL_ROLLBACK);
        store_forget_alerts(store);
    }
    store_large_fini(&commit);
    free(commit.alerts.entries);
    return status;
}
