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
    if (sqlite3_step(statement) == SQLITE_ROW)
        commit->head.sums[entry->head.which] -= (uint64_t)sqlite3_column_int64(statement, 0);
    return sqlite3_reset(statement) == SQLITE_OK;
}

static int put(struct commit *commit, const struct delta_entry *entry)
{
    const struct delta_head *head = &entry->head;
    enum store_table table = store_table(head->which);
    enum statement which = (enum statement)(SQL_PUT + (int)table);
    sqlite3_stmt *statement = prepare_key(commit->store, which, entry);
    if (!statement || !forget_sum(commit, table, entry))
        return sqlite3_errcode(commit->store->db);
    uint64_t sum = store_sum(head->which, entry->key, head->key_len, entry->value, head->value_len);
    store_bind_blob(statement, 3, entry->value, head->value_len);
    sqlite3_bind_int64(statement, 4, (int64_t)sum);
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

enum status store_commit(struct store *store, const struct delta *delta, struct error *error)
{
    struct commit commit = {.store = store, .head = store->head};
    commit.head.epoch++;
    enum status room = store_check_room(store, delta, error);
    if (room != STATUS_OK)
        return room;
    int result = store_run(store, SQL_BEGIN);
    if (result == SQLITE_OK)
        result = apply(&commit, delta);
    enum status place = store_check_place(store, error);
    if (place != STATUS_OK) {
        store_run(store, SQL_ROLLBACK);
        store_forget_alerts(store);
        free(commit.alerts.entries);
        return place;
    }
    if (result == SQLITE_OK)
        result = store_run(store, SQL_COMMIT);
    if (result != SQLITE_OK) { /* whether it is damage only the next one to open it can tell */
        enum status status = result == STORE_NOT_WRITTEN
                                 ? store_damaged(store, error)
                                 : store_failed(store, STATUS_IO, "written", error);
        store_run(store, SQL_ROLLBACK);
        store_forget_alerts(store);
        free(commit.alerts.entries);
        return status;
    }
    store->head = commit.head;
    store_tell(&commit);
    free(commit.alerts.entries);
    return STATUS_OK;
}
