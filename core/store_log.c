/* What an epoch adds to the table of records that were not counted. */
#include "core/store_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/statvfs.h>

enum { ROOM_FACTOR = 4 /* an epoch in the log and in its pages, the checksums' ones too */ };

void store_bind_position(sqlite3_stmt *statement, int at, const struct event_position *position)
{
    sqlite3_bind_int64(statement, at, position->source);
    sqlite3_bind_int64(statement, at + 1, position->generation);
    sqlite3_bind_int64(statement, at + 2, (int64_t)position->start);
}

/* A record that was judged again after a crash is there once: its position is its identity. */
int store_put_reject(struct commit *commit, const struct delta_entry *entry)
{
    struct store *store = commit->store;
    const struct delta_head *head = &entry->head;
    sqlite3_stmt *statement = store_prepare(store, SQL_REJECT);
    if (!statement)
        return sqlite3_errcode(store->db);
    size_t len = head->value_len < STORE_REJECT_BYTES ? head->value_len : STORE_REJECT_BYTES;
    bool kept = head->has_bytes && commit->head.rejects_bytes + len <= store->config.rejects_max;
    sqlite3_bind_int(statement, 1, head->which);
    store_bind_position(statement, 2, &head->position);
    sqlite3_bind_int64(statement, 5, (int64_t)head->length);
    sqlite3_bind_int64(statement, 6, head->line);
    sqlite3_bind_text(statement, 7, entry->key, (int)head->key_len, SQLITE_STATIC);
    if (kept)
        store_bind_blob(statement, 8, entry->value, len);
    else
        sqlite3_bind_null(statement, 8);
    int result = store_run(store, SQL_REJECT);
    if (result == SQLITE_OK && sqlite3_changes(store->db) > 0) {
        commit->head.rejects_bytes += kept ? len : 0;
        commit->head.rejects_cut += head->has_bytes && !kept;
    }
    return result;
}

int store_put_repaired(struct commit *commit, const struct delta_entry *entry)
{
    sqlite3_stmt *statement = store_prepare(commit->store, SQL_REPAIRED);
    if (!statement)
        return sqlite3_errcode(commit->store->db);
    store_bind_position(statement, 1, &entry->head.position);
    sqlite3_bind_int(statement, 4, STATE_REPAIRED);
    sqlite3_bind_int(statement, 5, STATE_REJECTED);
    return store_run(commit->store, SQL_REPAIRED);
}

/* --- room --- */

/* A large value is written once, and nothing else of it. */
static uint64_t need_of(const struct store *store, const struct delta *delta)
{
    struct delta_entry entry;
    uint64_t large = 0;
    for (size_t at = 0; delta_next(delta, &at, &entry);)
        if (store_is_large(store, &entry))
            large += entry.head.value_len;
    return store->config.free_min + large + (delta->len - large) * ROOM_FACTOR;
}

enum status store_check_room(const struct store *store, const struct delta *delta,
                             struct error *error)
{
    struct statvfs facts;
    if (fstatvfs(store->dir.fd, &facts) != 0)
        return STATUS_OK; /* not told: writing will show */
    uint64_t room = (uint64_t)facts.f_bavail * facts.f_frsize;
    uint64_t need = need_of(store, delta);
    if (room >= need)
        return STATUS_OK;
    return error_set(error, STATUS_IO,
                     "state '%.200s' cannot be written: %" PRIu64 " kB are free there, and %" PRIu64
                     " kB are needed",
                     store->dir.path, room / 1024, need / 1024);
}
