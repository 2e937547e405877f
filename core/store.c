/*
 * One connection, prepared statements, no cleverness: what makes it fast is that an epoch is one
 * transaction. The checksum of a value covers where it stands, so a row that was moved is found;
 * the sum of all of them, in the head, finds one that is gone.
 */
#include "core/store_parts.h"

#include "core/siphash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATABASE "state.db"

enum { APPLICATION = 0x7461696C, VERSION = 2, BUSY_MS = 5000 };

static const char *const statement_text[STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_PUT] = "INSERT INTO part VALUES (?1, ?2, ?3, ?4) ON CONFLICT (part, key) "
                "DO UPDATE SET value = excluded.value, sum = excluded.sum",
    [SQL_REMOVE] = "DELETE FROM part WHERE part = ?1 AND key = ?2",
    [SQL_SUM] = "SELECT sum FROM part WHERE part = ?1 AND key = ?2",
    [SQL_APPEND] = "INSERT INTO log VALUES (?1, ?2, ?5, ?3, ?4)",
    [SQL_FORGET] = "DELETE FROM log WHERE log = ?1 AND epoch <= ?2",
    [SQL_LOG_SUMS] = "SELECT sum FROM log WHERE log = ?1 AND epoch <= ?2",
    [SQL_REJECT] = "INSERT INTO reject VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
                   "ON CONFLICT DO NOTHING",
    [SQL_REPAIRED] = "UPDATE reject SET kind = ?4 "
                     "WHERE source = ?1 AND generation = ?2 AND start = ?3 AND kind = ?5",
    [SQL_ALERT] = "INSERT INTO alert (id, retracted, epoch, text) VALUES (?1, ?2, ?3, ?4) "
                  "ON CONFLICT DO NOTHING",
    [SQL_HAS_ALERT] = "SELECT 1 FROM alert WHERE id = ?1",
    [SQL_LAST_ALERT] = "SELECT coalesce(max(number), 0) FROM alert",
    [SQL_EACH_ALERT] = "SELECT number, text FROM alert WHERE number > ?1 ORDER BY number",
    [SQL_META] = "SELECT value FROM meta WHERE name = ?1",
    [SQL_SET_META] = "INSERT INTO meta VALUES (?1, ?2) "
                     "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [SQL_EACH] = "SELECT key, value FROM part WHERE part = ?1 ORDER BY key",
    [SQL_EACH_LOG] = "SELECT epoch, value FROM log WHERE log = ?1 ORDER BY epoch, number",
    [SQL_ALL] = "SELECT part, key, value, sum FROM part",
    [SQL_ALL_LOGS] = "SELECT log, epoch, value, sum FROM log",
    [SQL_EACH_REJECT] = "SELECT kind, source, generation, start, length, line, reason, bytes "
                        "FROM reject ORDER BY kind, reason, source, generation, start",
    [SQL_FIND_REJECT] = "SELECT kind, source, generation, start, length, line, reason, bytes "
                        "FROM reject WHERE source = ?1 AND generation = ?2 AND start = ?3",
};

/* In the order of their names. */
#define TABLE_ALERT                                                                                \
    "CREATE TABLE alert (number INTEGER PRIMARY KEY, id INTEGER NOT NULL,"                         \
    " retracted INTEGER NOT NULL, epoch INTEGER NOT NULL, text BLOB NOT NULL)"
#define INDEX_ALERT "CREATE UNIQUE INDEX alert_id ON alert (id, retracted)"
#define TABLE_LOG                                                                                  \
    "CREATE TABLE log (log INTEGER, epoch INTEGER, number INTEGER, value BLOB NOT NULL,"           \
    " sum INTEGER NOT NULL, PRIMARY KEY (log, epoch, number)) WITHOUT ROWID"
#define TABLE_META "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID"
#define TABLE_PART                                                                                 \
    "CREATE TABLE part (part INTEGER, key BLOB, value BLOB NOT NULL, sum INTEGER NOT NULL,"        \
    " PRIMARY KEY (part, key)) WITHOUT ROWID"
#define TABLE_REJECT                                                                               \
    "CREATE TABLE reject (kind INTEGER NOT NULL, source INTEGER NOT NULL,"                         \
    " generation INTEGER NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL,"               \
    " line INTEGER NOT NULL, reason TEXT NOT NULL, bytes BLOB,"                                    \
    " PRIMARY KEY (source, generation, start, kind)) WITHOUT ROWID"

static const char *const tables[] = {TABLE_ALERT, INDEX_ALERT, TABLE_LOG,
                                     TABLE_META,  TABLE_PART,  TABLE_REJECT};
enum { TABLES = sizeof tables / sizeof *tables };

static const char schema[] =
    TABLE_ALERT ";" INDEX_ALERT ";" TABLE_LOG ";" TABLE_META ";" TABLE_PART ";" TABLE_REJECT ";"
                "PRAGMA application_id = 1952541036;"
                "PRAGMA user_version = 2;";

/* --- words and numbers --- */

enum status store_failed(const struct store *store, enum status code, const char *doing,
                         struct error *error)
{
    return error_set(error, code, "state '%.200s' cannot be %s: %s", store->dir.path, doing,
                     sqlite3_errmsg(store->db));
}

/* What SQLite says of a file that is not sound is damage; the rest may heal. */
enum status store_code(int result)
{
    int primary = result & 0xFF;
    bool damaged = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
    return damaged ? STATUS_DAMAGED : STATUS_IO;
}

static uint64_t checksum(int which, uint64_t place, const void *key, size_t key_len,
                         const void *value, size_t value_len)
{
    const struct hash_key fixed = {{UINT64_C(0x7461696C72616365), UINT64_C(0x73746174652E6462)}};
    uint64_t parts[4] = {(uint64_t)which, place, siphash128(fixed, key, key_len).word[0],
                         siphash128(fixed, value, value_len).word[0]};
    return siphash128(fixed, parts, sizeof parts).word[0];
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

static int set_head(struct store *store, const struct head *head)
{
    uint64_t whole[5] = {head->epoch, head->sum, head->rejects_bytes, head->rejects_cut,
                         checksum(0, 0, NULL, 0, head, sizeof *head)};
    sqlite3_stmt *statement = store_prepare(store, SQL_SET_META);
    if (!statement)
        return sqlite3_errcode(store->db);
    sqlite3_bind_text(statement, 1, "head", -1, SQLITE_STATIC);
    store_bind_blob(statement, 2, whole, sizeof whole);
    return store_run(store, SQL_SET_META);
}

static bool get_head(struct store *store)
{
    uint64_t whole[5] = {0};
    sqlite3_stmt *statement = store_prepare(store, SQL_META);
    if (!statement)
        return false;
    sqlite3_bind_text(statement, 1, "head", -1, SQLITE_STATIC);
    bool there = sqlite3_step(statement) == SQLITE_ROW &&
                 sqlite3_column_bytes(statement, 0) == (int)sizeof whole;
    if (there)
        memcpy(whole, sqlite3_column_blob(statement, 0), sizeof whole);
    sqlite3_reset(statement);
    store->head = (struct head){whole[0], whole[1], whole[2], whole[3]};
    return there && whole[4] == checksum(0, 0, NULL, 0, &store->head, sizeof store->head);
}

/* Adds the checksums that a statement finds, bound already. */
static uint64_t found_sums(struct store *store, enum statement which)
{
    uint64_t sum = 0;
    sqlite3_stmt *statement = store->statements[which];
    while (sqlite3_step(statement) == SQLITE_ROW)
        sum += (uint64_t)sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return sum;
}

/* --- opening --- */

static int pragma_number(struct store *store, const char *pragma)
{
    sqlite3_stmt *statement = NULL;
    int number = -1;
    if (sqlite3_prepare_v2(store->db, pragma, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* Our tables as we made them, and nothing else: a view or a trigger of somebody's would run when we
 * ask for rows or write them (D-12). */
static bool is_our_schema(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    int found = 0;
    bool ours = sqlite3_prepare_v2(store->db, "SELECT sql FROM sqlite_master ORDER BY name", -1,
                                   &statement, NULL) == SQLITE_OK;
    while (ours && sqlite3_step(statement) == SQLITE_ROW) {
        const char *made = (const char *)sqlite3_column_text(statement, 0);
        ours = found < TABLES && made && strcmp(made, tables[found]) == 0;
        found++;
    }
    sqlite3_finalize(statement);
    return ours && found == TABLES;
}

static bool passes_check(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    bool passes =
        sqlite3_prepare_v2(store->db, "PRAGMA quick_check(1)", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW &&
        strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
    sqlite3_finalize(statement);
    return passes;
}

/* Every value is the one that was written where it stands (D-12). Adds their checksums. */
static bool is_sound(struct store *store, enum statement which, uint64_t *sum)
{
    sqlite3_stmt *statement = store_prepare(store, which);
    bool log = which == SQL_ALL_LOGS, sound = statement != NULL;
    while (sound && sqlite3_step(statement) == SQLITE_ROW) {
        int number = sqlite3_column_int(statement, 0);
        uint64_t place = log ? (uint64_t)sqlite3_column_int64(statement, 1) : 0;
        const void *key = log ? NULL : sqlite3_column_blob(statement, 1);
        size_t key_len = log ? 0 : (size_t)sqlite3_column_bytes(statement, 1);
        uint64_t own =
            checksum(log ? -number : number, place, key, key_len, sqlite3_column_blob(statement, 2),
                     (size_t)sqlite3_column_bytes(statement, 2));
        sound = own == (uint64_t)sqlite3_column_int64(statement, 3);
        *sum += own;
    }
    if (statement)
        sqlite3_reset(statement);
    return sound;
}

/* And none is gone. */
static bool is_whole(struct store *store)
{
    uint64_t sum = 0;
    return get_head(store) && is_sound(store, SQL_ALL, &sum) &&
           is_sound(store, SQL_ALL_LOGS, &sum) && sum == store->head.sum;
}

static enum status connect(struct store *store, struct error *error)
{
    static const char *const names[] = {DATABASE, DATABASE "-wal", DATABASE "-shm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        enum status status = state_dir_check(&store->dir, names[i], error);
        if (status != STATUS_OK)
            return status;
    }
    if (store->config.write) {
        enum status status = state_dir_make(&store->dir, DATABASE, error);
        if (status != STATUS_OK)
            return status;
    }
    char *path = state_dir_path(&store->dir, DATABASE);
    int flags =
        store->config.write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int result = sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    free(path);
    if (result != SQLITE_OK)
        return store_failed(store, store_code(result), "opened", error);
    sqlite3_extended_result_codes(store->db, 1);
    sqlite3_busy_timeout(store->db, BUSY_MS);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return STATUS_OK;
}

static enum status set_up(struct store *store, struct error *error)
{
    const char *durability =
        store->config.relaxed ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL";
    int result = SQLITE_OK;
    if (store->config.write)
        result = sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, durability, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    /* who only looks sees one moment, whatever another process writes meanwhile */
    if (result == SQLITE_OK && !store->config.write)
        result = sqlite3_exec(store->db, "BEGIN", NULL, NULL, NULL);
    return result == SQLITE_OK ? STATUS_OK
                               : store_failed(store, store_code(result), "opened", error);
}

/* All of it in one transaction: whoever is killed here leaves an empty file, or a whole one. */
static enum status make_schema(struct store *store, struct error *error)
{
    int result = store_run(store, SQL_BEGIN);
    if (result == SQLITE_OK)
        result = sqlite3_exec(store->db, schema, NULL, NULL, NULL);
    sqlite3_stmt *statement = result == SQLITE_OK ? store_prepare(store, SQL_SET_META) : NULL;
    if (statement) {
        sqlite3_bind_text(statement, 1, "configuration", -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, store->config.digest, -1, SQLITE_STATIC);
        result = store_run(store, SQL_SET_META);
    }
    if (statement && result == SQLITE_OK)
        result = set_head(store, &store->head);
    if (statement && result == SQLITE_OK)
        result = store_run(store, SQL_COMMIT);
    return statement && result == SQLITE_OK
               ? STATUS_OK
               : store_failed(store, store_code(result), "made", error);
}

static enum status check_configuration(struct store *store, struct error *error)
{
    sqlite3_stmt *statement = store_prepare(store, SQL_META);
    bool same = false;
    if (statement) {
        sqlite3_bind_text(statement, 1, "configuration", -1, SQLITE_STATIC);
        same = sqlite3_step(statement) == SQLITE_ROW &&
               sqlite3_column_type(statement, 0) == SQLITE_TEXT &&
               strcmp((const char *)sqlite3_column_text(statement, 0), store->config.digest) == 0;
        sqlite3_reset(statement);
    }
    if (same)
        return STATUS_OK;
    return error_set(
        error, STATUS_DAMAGED,
        "state '%.200s' was made by another configuration (definition, groups, windows, "
        "rules, zone, delivery); say another with --state, or --rebuild to begin anew from the "
        "data that still exists",
        store->dir.path);
}

/* Whose file it is, whether it is sound, and of which configuration (S-92 … S-94). */
static enum status check(struct store *store, struct error *error)
{
    int application = pragma_number(store, "PRAGMA application_id");
    int version = pragma_number(store, "PRAGMA user_version");
    if (application == 0 && version == 0 &&
        pragma_number(store, "SELECT count(*) FROM sqlite_master") == 0)
        return store->config.write
                   ? make_schema(store, error)
                   : error_set(error, STATUS_NOT_FOUND, "state '%.200s' is empty", store->dir.path);
    if (application != APPLICATION || version != VERSION || !is_our_schema(store) ||
        !passes_check(store) || !is_whole(store))
        return error_set(
            error, STATUS_DAMAGED,
            "state '%.200s' is damaged, or of another version of tailrace (%s); say "
            "another with --state, or --rebuild to begin anew from the data that still "
            "exists",
            store->dir.path,
            application != APPLICATION ? "not a state file"
            : version != VERSION       ? "another version"
                                       : "its check failed");
    return check_configuration(store, error);
}

static enum status forget_all(struct store *store, struct error *error)
{
    static const char *const names[] = {DATABASE, DATABASE "-wal", DATABASE "-shm"};
    enum status status = STATUS_OK;
    for (size_t n = 0; n < sizeof names / sizeof *names && status == STATUS_OK; n++)
        status = state_dir_remove(&store->dir, names[n], error);
    return status;
}

enum status store_open(const struct store_config *config, struct store **out, struct error *error)
{
    struct store *store = mem_zero(1, sizeof *store);
    store->config = *config;
    store->dir = (struct state_dir){.fd = -1, .lock_fd = -1};
    if (config->rejects_max == 0)
        store->config.rejects_max = STORE_REJECTS_MAX;
    if (config->free_min == 0)
        store->config.free_min = STORE_FREE_MIN;
    *out = NULL;
    enum status status = state_dir_open(&store->dir, config->path, config->write, error);
    if (status == STATUS_OK && config->write && config->rebuild)
        status = forget_all(store, error);
    if (status == STATUS_OK)
        status = connect(store, error);
    if (status == STATUS_OK)
        status = set_up(store, error);
    if (status == STATUS_OK)
        status = check(store, error);
    if (status != STATUS_OK) {
        store_close(store);
        return status;
    }
    store->config.path = store->config.digest = NULL;
    *out = store;
    return STATUS_OK;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    for (int s = 0; s < STATEMENTS; s++)
        sqlite3_finalize(store->statements[s]);
    sqlite3_close(store->db);
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

/* --- an epoch --- */

/* Binds part and key, for the statements that begin with them. */
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
static bool forget_sum(struct commit *commit, const struct delta_entry *entry)
{
    if (!prepare_key(commit->store, SQL_SUM, entry))
        return false;
    commit->head.sum -= found_sums(commit->store, SQL_SUM);
    return true;
}

static int put(struct commit *commit, const struct delta_entry *entry)
{
    const struct delta_head *head = &entry->head;
    sqlite3_stmt *statement = prepare_key(commit->store, SQL_PUT, entry);
    if (!statement || !forget_sum(commit, entry))
        return sqlite3_errcode(commit->store->db);
    uint64_t sum =
        checksum(head->which, 0, entry->key, head->key_len, entry->value, head->value_len);
    store_bind_blob(statement, 3, entry->value, head->value_len);
    sqlite3_bind_int64(statement, 4, (int64_t)sum);
    commit->head.sum += sum;
    return store_run(commit->store, SQL_PUT);
}

static int append(struct commit *commit, const struct delta_entry *entry)
{
    const struct delta_head *head = &entry->head;
    sqlite3_stmt *statement = store_prepare(commit->store, SQL_APPEND);
    if (!statement)
        return sqlite3_errcode(commit->store->db);
    uint64_t sum =
        checksum(-head->which, commit->head.epoch, NULL, 0, entry->value, head->value_len);
    sqlite3_bind_int(statement, 1, head->which);
    sqlite3_bind_int64(statement, 2, (int64_t)commit->head.epoch);
    store_bind_blob(statement, 3, entry->value, head->value_len);
    sqlite3_bind_int64(statement, 4, (int64_t)sum);
    sqlite3_bind_int64(statement, 5, commit->appended++);
    commit->head.sum += sum;
    return store_run(commit->store, SQL_APPEND);
}

static int remove_row(struct commit *commit, const struct delta_entry *entry)
{
    if (!forget_sum(commit, entry) || !prepare_key(commit->store, SQL_REMOVE, entry))
        return sqlite3_errcode(commit->store->db);
    return store_run(commit->store, SQL_REMOVE);
}

static int forget(struct commit *commit, const struct delta_entry *entry)
{
    static const enum statement both[] = {SQL_LOG_SUMS, SQL_FORGET};
    for (int i = 0; i < 2; i++) {
        sqlite3_stmt *statement = store_prepare(commit->store, both[i]);
        if (!statement)
            return sqlite3_errcode(commit->store->db);
        sqlite3_bind_int(statement, 1, entry->head.which);
        sqlite3_bind_int64(statement, 2, (int64_t)entry->head.number);
    }
    commit->head.sum -= found_sums(commit->store, SQL_LOG_SUMS);
    return store_run(commit->store, SQL_FORGET);
}

static int apply(struct commit *commit, const struct delta *delta)
{
    static int (*const operations[])(struct commit *, const struct delta_entry *) = {
        [DELTA_PUT] = put,
        [DELTA_REMOVE] = remove_row,
        [DELTA_APPEND] = append,
        [DELTA_FORGET] = forget,
        [DELTA_REJECT] = store_put_reject,
        [DELTA_REPAIRED] = store_put_repaired,
        [DELTA_ALERT] = store_put_alert};
    struct delta_entry entry;
    size_t at = 0;
    int result = SQLITE_OK;
    while (result == SQLITE_OK && delta_next(delta, &at, &entry))
        result = operations[entry.head.op](commit, &entry);
    if (result == SQLITE_OK)
        result = set_head(commit->store, &commit->head);
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
    if (result == SQLITE_OK)
        result = store_run(store, SQL_COMMIT);
    if (result != SQLITE_OK) {
        enum status status = store_failed(store, store_code(result), "written", error);
        store_run(store, SQL_ROLLBACK);
        free(commit.told);
        return status;
    }
    store->head = commit.head;
    store_tell(&commit);
    return STATUS_OK;
}
