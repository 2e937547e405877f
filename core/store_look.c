/* Looking at a state that another process writes: one moment of it at a time. */
#include "core/store_parts.h"

#include <sys/stat.h>

/* What tells a commit by another connection from none. */
static int64_t version_of(const struct store *store)
{
    sqlite3_stmt *statement = NULL;
    int64_t version = -1;
    if (sqlite3_prepare_v2(store->db, "PRAGMA data_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

enum { LOOKS = 8 };

enum status store_look_start(struct store *store, struct error *error)
{
    store_look_end(store);
    int result = sqlite3_exec(store->db, "BEGIN", NULL, NULL, NULL);
    if (result != SQLITE_OK)
        return store_failed(store, store_code(result), "read", error);
    store->looked = version_of(store);
    return STATUS_OK;
}

/* What a writer has removed since, a later moment does not name. A file that is not there at any
 * of them is told by who reads it. */
enum status store_look_begin(struct store *store, struct error *error)
{
    bool all = false;
    for (int look = 0; look < LOOKS && !all; look++) {
        enum status status = store_look_start(store, error);
        if (status != STATUS_OK)
            return status;
        store_get_head(store); /* not there yet: the check will say so */
        all = store_large_hold(store);
    }
    return STATUS_OK;
}

void store_look_end(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    store_large_release(store);
}

bool store_look_changed(struct store *store)
{
    return version_of(store) != store->looked;
}

bool store_look_replaced(const struct store *store)
{
    struct stat now;
    return fstatat(store->dir.fd, store_database(store), &now, AT_SYMLINK_NOFOLLOW) != 0 ||
           now.st_ino != store->file;
}

bool store_has_writer(const struct store *store)
{
    return state_dir_in_use(&store->dir);
}

epoch_ms store_written(const struct store *store)
{
    static const char *const names[] = {STORE_DATABASE, STORE_DATABASE "-wal"};
    epoch_ms newest = INT64_MIN;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct stat facts;
        if (fstatat(store->dir.fd, names[n], &facts, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        epoch_ms at =
            (epoch_ms)facts.st_mtim.tv_sec * MS_PER_SECOND + facts.st_mtim.tv_nsec / 1000000;
        newest = at > newest ? at : newest;
    }
    return newest;
}
