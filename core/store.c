/*
 * One connection, prepared statements, no cleverness: what makes it fast is that an epoch is one
 * transaction of few rows. The checksum of a value covers where it stands, so a row that was moved
 * is found; the sum of all of a part, in the head, finds one that is gone. Both are looked at when
 * the part is read, so opening costs the same for any size of what is kept.
 */
#include "core/store_parts.h"

#include "core/checksum.h"
#include "core/savepoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BUSY_MS = 5000 };

static const char *const statement_text[STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_PUT] = "INSERT INTO part VALUES (?1, ?2, ?4, ?3) ON CONFLICT (part, key) "
                "DO UPDATE SET value = excluded.value, sum = excluded.sum",
    [SQL_PUT_BULK] = "INSERT INTO bulk VALUES (?1, ?2, ?4, ?5, ?3) ON CONFLICT (part, key) "
                     "DO UPDATE SET value = excluded.value, sum = excluded.sum, "
                     "file = excluded.file",
    [SQL_REMOVE] = "DELETE FROM part WHERE part = ?1 AND key = ?2",
    [SQL_REMOVE_BULK] = "DELETE FROM bulk WHERE part = ?1 AND key = ?2",
    [SQL_SUM] = "SELECT sum, 0 FROM part WHERE part = ?1 AND key = ?2",
    [SQL_SUM_BULK] = "SELECT sum, file FROM bulk WHERE part = ?1 AND key = ?2",
    [SQL_EACH] = "SELECT key, value, sum, 0 FROM part WHERE part = ?1 ORDER BY key",
    [SQL_EACH_BULK] = "SELECT key, value, sum, file FROM bulk WHERE part = ?1 ORDER BY key",
    [SQL_FILES] = "SELECT file, rowid FROM bulk WHERE file <> 0",
    [SQL_ROW] = "SELECT part, key, sum FROM bulk WHERE rowid = ?1",
    [SQL_FILL] = "UPDATE bulk SET file = 0, value = ?2 WHERE rowid = ?1",
    [SQL_RESET] =
        "DELETE FROM part WHERE part NOT IN (3, 8, 9, 27)", /* SOURCE, SYMBOL, HASH_KEY, OUTBOX */
    [SQL_RESET_BULK] = "DELETE FROM bulk WHERE part NOT IN (3, 8, 9, 27)",
    [SQL_REJECT] = "INSERT INTO reject VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
                   "ON CONFLICT DO NOTHING",
    [SQL_REPAIRED] = "UPDATE reject SET kind = ?4 "
                     "WHERE source = ?1 AND generation = ?2 AND start = ?3 AND kind = ?5",
    [SQL_ALERTS] = "INSERT INTO alert VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_EACH_ALERTS] =
        "SELECT number, sum, ids FROM alert WHERE number >= "
        "(SELECT coalesce(max(number), 0) FROM alert WHERE number <= ?1) ORDER BY number",
    [SQL_EACH_TEXTS] =
        "SELECT number, sum, ids, texts_sum, texts FROM alert WHERE number >= "
        "(SELECT coalesce(max(number), 0) FROM alert WHERE number <= ?1) ORDER BY number",
    [SQL_META] = "SELECT value FROM meta WHERE name = ?1",
    [SQL_SET_META] = "INSERT INTO meta VALUES (?1, ?2) "
                     "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [SQL_EACH_REJECT] = "SELECT kind, source, generation, start, length, line, reason, bytes "
                        "FROM reject ORDER BY kind, reason, source, generation, start",
    [SQL_FIND_REJECT] = "SELECT kind, source, generation, start, length, line, reason, bytes "
                        "FROM reject WHERE source = ?1 AND generation = ?2 AND start = ?3",
};

/* In the order of their names. `sum` stands before `value`: it is read without what follows.
 * `file`: the value lies in the file of this number, and `value` is empty; 0: it does not. */
#define MAKE_ALERT                                                                                 \
    "CREATE TABLE alert (number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL,"                      \
    " sum INTEGER NOT NULL, ids BLOB NOT NULL, texts_sum INTEGER NOT NULL,"                        \
    " texts BLOB NOT NULL)"
#define MAKE_BULK                                                                                  \
    "CREATE TABLE bulk (part INTEGER, key BLOB, sum INTEGER NOT NULL, file INTEGER NOT NULL,"      \
    " value BLOB NOT NULL, PRIMARY KEY (part, key))"
#define MAKE_META "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID"
#define MAKE_PART                                                                                  \
    "CREATE TABLE part (part INTEGER, key BLOB, sum INTEGER NOT NULL, value BLOB NOT NULL,"        \
    " PRIMARY KEY (part, key)) WITHOUT ROWID"
#define MAKE_REJECT                                                                                \
    "CREATE TABLE reject (kind INTEGER NOT NULL, source INTEGER NOT NULL,"                         \
    " generation INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL,"               \
    " line INTEGER NOT NULL, reason TEXT NOT NULL, bytes BLOB,"                                    \
    " PRIMARY KEY (source, generation, start, kind)) WITHOUT ROWID"

const char *const store_tables[STORE_TABLES] = {MAKE_ALERT, MAKE_BULK, MAKE_META, MAKE_PART,
                                                MAKE_REJECT};

static const char schema[] =
    MAKE_ALERT ";" MAKE_BULK ";" MAKE_META ";" MAKE_PART ";" MAKE_REJECT ";"
               "PRAGMA application_id = 1952541036;"
               "PRAGMA user_version = 5;";

/* --- words and numbers --- */

/* What to do: never to begin anew where the disk is at fault. A commit that failed is tried again.
 */
static const char *next_step(const struct store *store, enum status code, const char *doing)
{
    if (code == STATUS_DAMAGED)
        return "; say another with --state, or --rebuild to begin anew from the data that still "
               "exists";
    if (strcmp(doing, "written") != 0 && (sqlite3_errcode(store->db) & 0xFF) == SQLITE_IOERR)
        return "; look after the disk it is on (the system's log says more), then try again";
    return "";
}

enum status store_failed(const struct store *store, enum status code, const char *doing,
                         struct error *error)
{
    return error_set(error, code, "state '%.200s' cannot be %s: %s%s", store->dir.path, doing,
                     sqlite3_errmsg(store->db), next_step(store, code, doing));
}

/* What SQLite says of a file that is not sound is damage; the rest may heal. */
enum status store_code(int result)
{
    int primary = result & 0xFF;
    bool damaged = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
    return damaged ? STATUS_DAMAGED : STATUS_IO;
}

enum store_table store_table(int part)
{
    switch (part) {
    case STATE_ID:
    case STATE_TICKET:
    case STATE_CLOSING:
    case STATE_NOTE:
    case STATE_KNOWN:
    case STATE_DISTINCT:
        return TABLE_BULK;
    default:
        return TABLE_PART;
    }
}

uint64_t store_sum(int part, const void *key, size_t key_len, const void *value, size_t value_len)
{
    uint64_t parts[3] = {(uint64_t)part, checksum(key, key_len), checksum(value, value_len)};
    return checksum(parts, sizeof parts);
}

/* --- statements --- */

sqlite3_stmt *store_prepare(struct store *store, enum statement which)
{
    sqlite3_stmt **statement = &store->statements[which];
    if (!*statement)
        sqlite3_prepare_v3(store->db, statement_text[which], -1, SQLITE_PREPARE_PERSISTENT,
                           statement, NULL);
    return *statement;
}

int store_run(struct store *store, enum statement which)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    if (!statement)
        return sqlite3_errcode(store->db);
    int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

void store_bind_blob(sqlite3_stmt *statement, int at, const void *bytes, size_t len)
{
    sqlite3_bind_blob64(statement, at, len > 0 ? bytes : "", len, SQLITE_STATIC);
}

struct sealed_head {
    struct head head;
    uint64_t sum;
};

int store_set_head(struct store *store, const struct head *head)
{
    struct sealed_head sealed = {*head, checksum(head, sizeof *head)};
    sqlite3_stmt *statement = store_prepare(store, SQL_SET_META);
    if (!statement)
        return sqlite3_errcode(store->db);
    sqlite3_bind_text(statement, 1, "head", -1, SQLITE_STATIC);
    store_bind_blob(statement, 2, &sealed, sizeof sealed);
    return store_run(store, SQL_SET_META);
}

int store_get_head(struct store *store)
{
    struct sealed_head sealed = {.sum = 0};
    sqlite3_stmt *statement = store_prepare(store, SQL_META);
    if (!statement)
        return sqlite3_errcode(store->db);
    sqlite3_bind_text(statement, 1, "head", -1, SQLITE_STATIC);
    int result = sqlite3_step(statement);
    bool there = result == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == (int)sizeof sealed;
    if (there)
        memcpy(&sealed, sqlite3_column_blob(statement, 0), sizeof sealed);
    sqlite3_reset(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return result;
    store->head = sealed.head;
    bool sound = there && sealed.sum == checksum(&sealed.head, sizeof sealed.head);
    return sound ? SQLITE_OK : SQLITE_CORRUPT;
}

/* --- opening --- */

const char *store_database(const struct store *store)
{
    bool taking_over = !store->config.write && savepoint_is_taking_over(&store->dir);
    return taking_over ? SAVEPOINT_RESTORED : STORE_DATABASE;
}

static enum status check_files(const struct store *store, const char *database, struct error *error)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    enum status status = STATUS_OK;
    for (size_t e = 0; e < sizeof endings / sizeof *endings && status == STATUS_OK; e++) {
        char name[sizeof SAVEPOINT_RESTORED + sizeof STORE_DATABASE];
        snprintf(name, sizeof name, "%s%s", database, endings[e]);
        status = state_dir_check(&store->dir, name, error);
    }
    return status;
}

static enum status connect(struct store *store, struct error *error)
{
    const char *database = store_database(store);
    enum status checked = check_files(store, database, error);
    if (checked != STATUS_OK)
        return checked;
    if (store->config.write) {
        enum status status = state_dir_make(&store->dir, STORE_DATABASE, error);
        if (status != STATUS_OK)
            return status;
    }
    char *path = state_dir_path(&store->dir, database);
    int flags =
        store->config.write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int result = sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    free(path);
    if (result != SQLITE_OK)
        return store_failed(store, store_code(result), "opened", error);
    struct stat facts;
    if (fstatat(store->dir.fd, database, &facts, AT_SYMLINK_NOFOLLOW) == 0)
        store->file = facts.st_ino;
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return STATUS_OK;
}

/* Large pages hold large values in few pieces; what is deleted need not be overwritten. */
static const char writing[] = "PRAGMA page_size = 16384;"
                              "PRAGMA journal_mode = WAL;"
                              "PRAGMA wal_autocheckpoint = 1000;"
                              "PRAGMA secure_delete = OFF;"
                              "PRAGMA cache_size = -8192;";

/* What a writer left beside the file goes into it first: whatever it was that failed then, opening
 * fails too for as long as it lasts (S-95). */
static enum status set_up(struct store *store, struct error *error)
{
    const char *durability =
        store->config.relaxed ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL";
    int result = SQLITE_OK;
    if (store->config.write)
        result = sqlite3_exec(store->db, writing, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, durability, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    if (result == SQLITE_OK && store->config.write)
        result = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return result == SQLITE_OK ? STATUS_OK
                               : store_failed(store, store_code(result), "opened", error);
}

static int set_text(struct store *store, const char *name, const char *value)
{
    sqlite3_stmt *statement = store_prepare(store, SQL_SET_META);
    if (!statement)
        return sqlite3_errcode(store->db);
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
    return store_run(store, SQL_SET_META);
}

static int set_configuration(struct store *store)
{
    int result = set_text(store, "configuration", store->config.digest);
    return result == SQLITE_OK && store->config.parts
               ? set_text(store, "parts", store->config.parts)
               : result;
}

/* All of it or nothing: whoever is killed here leaves an empty file. */
static enum status make_schema(struct store *store, struct error *error)
{
    int result = store_run(store, SQL_BEGIN);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, schema, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = set_configuration(store);
    if (result == SQLITE_OK)
        result = store_set_head(store, &store->head);
    if (result == SQLITE_OK)
        result = store_run(store, SQL_COMMIT);
    return result == SQLITE_OK ? store_mark_made(store, error)
                               : store_failed(store, store_code(result), "made", error);
}

static enum status forget_all(struct store *store, struct error *error)
{
    static const char *const names[] = {STORE_DATABASE, STORE_DATABASE "-wal",
                                        STORE_DATABASE "-shm", STORE_DATABASE "-journal"};
    enum status status = store_unmark_made(store, error);
    for (size_t n = 0; n < sizeof names / sizeof *names && status == STATUS_OK; n++)
        status = state_dir_remove(&store->dir, names[n], error);
    return status;
}

void store_disconnect(struct store *store)
{
    for (int s = 0; s < STATEMENTS; s++) {
        sqlite3_finalize(store->statements[s]);
        store->statements[s] = NULL;
    }
    sqlite3_close(store->db);
    store->db = NULL;
}

static enum status open_file(struct store *store, struct error *error)
{
    bool empty = false;
    enum status status = store_check_made(store, error);
    if (status == STATUS_OK)
        status = connect(store, error);
    if (status == STATUS_OK)
        status = set_up(store, error);
    if (status == STATUS_OK && !store->config.write) /* one moment of it, however much is written */
        status = store_look_start(store, error);
    if (status == STATUS_OK)
        status = store_check(store, &empty, error);
    if (status != STATUS_OK)
        return status;
    if (!store->config.write)
        return empty
                   ? error_set(error, STATUS_NOT_FOUND, "state '%.200s' is empty", store->dir.path)
                   : store_look_begin(store, error);
    status = empty ? make_schema(store, error) : store_mark_made(store, error);
    if (status == STATUS_OK)
        store_large_sweep(store);
    return status;
}

/* SQLite says of bytes that the disk did not give that they are malformed. Damage is what is
 * malformed twice, and can be read (S-93). */
static enum status look_again(struct store *store, struct error *error)
{
    store_disconnect(store);
    enum status status = state_dir_readable(&store->dir, store_database(store), error);
    return status == STATUS_OK ? open_file(store, error) : status;
}

static enum status gone(const struct store_config *config, struct error *error)
{
    return error_set(
        error, STATUS_IO,
        "state '%.100s' cannot be kept: it is gone (removed, moved or replaced); put it "
        "back as it was",
        config->path);
}

enum status store_open(const struct store_config *config, struct store **out, struct error *error)
{
    struct store *store = mem_zero(1, sizeof *store);
    store->config = *config;
    store->dir = (struct state_dir){.fd = -1, .lock_fd = -1};
    id_set_init(&store->alerts_known,
                config->alerts_known ? config->alerts_known : STORE_ALERTS_KNOWN);
    if (config->rejects_max == 0)
        store->config.rejects_max = STORE_REJECTS_MAX;
    if (config->free_min == 0)
        store->config.free_min = STORE_FREE_MIN;
    if (config->large_min == 0)
        store->config.large_min = STORE_LARGE;
    *out = NULL;
    enum status status = config->again && !state_dir_is(config->path)
                             ? gone(config, error)
                             : state_dir_open(&store->dir, config->path, config->write, error);
    if (status == STATUS_OK && config->write)
        status = savepoint_finish(&store->dir, error);
    if (status == STATUS_OK && config->write && config->rebuild)
        status = forget_all(store, error);
    if (status == STATUS_OK && config->write && config->restore)
        status = savepoint_restore(&store->dir, config->restore, error);
    if (status == STATUS_OK && config->again && store_check_made(store, NULL) != STATUS_OK)
        status = gone(config, error);
    if (status == STATUS_OK)
        status = open_file(store, error);
    if (status == STATUS_DAMAGED && store->db)
        status = look_again(store, error);
    if (status != STATUS_OK) {
        store_close(store);
        return status;
    }
    store->config.path = store->config.digest = store->config.parts = NULL;
    *out = store;
    return STATUS_OK;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    store_disconnect(store);
    store_large_release(store);
    free(store->held);
    free(store->piece);
    id_set_fini(&store->alerts_known);
    state_dir_close(&store->dir);
    free(store);
}

uint64_t store_epoch(const struct store *store)
{
    return store->head.epoch;
}

uint64_t store_rejects_cut(const struct store *store)
{
    return store->head.rejects_cut;
}
