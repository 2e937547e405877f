/*
 * What a state file must be before anybody goes on with it. A call that failed is no damage: it is
 * told apart at every step, so that nobody is sent to --rebuild by a disk or a table of descriptors
 * that is full for a moment.
 */
#include "core/store_parts.h"

#include <stdio.h>
#include <string.h>

enum {
    APPLICATION = 0x7461696C,
    VERSION = 5,
    CHECKED_WHOLE = 32 << 20 /* bytes */
};

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

static int quick_check(struct store *store, const char *pragma)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, pragma, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW) {
        const char *says = (const char *)sqlite3_column_text(statement, 0);
        result = !says ? SQLITE_NOMEM : strcmp(says, "ok") == 0 ? SQLITE_OK : SQLITE_CORRUPT;
    }
    int ended = sqlite3_finalize(statement);
    return result == SQLITE_OK ? ended : result;
}

/* Our tables as we made them, and nothing else: a view or a trigger of somebody's would run when we
 * ask for rows or write them (D-12). */
static int compare_schema(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    int found = 0, result = sqlite3_prepare_v2(
                       store->db, "SELECT sql FROM sqlite_master WHERE sql NOT NULL ORDER BY name",
                       -1, &statement, NULL);
    bool ours = true;
    while (ours && (result == SQLITE_OK || result == SQLITE_ROW) &&
           (result = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *made = (const char *)sqlite3_column_text(statement, 0);
        if (!made)
            result = SQLITE_NOMEM;
        ours = !made || (found < STORE_TABLES && strcmp(made, store_tables[found]) == 0);
        found++;
    }
    sqlite3_finalize(statement);
    if (ours && result != SQLITE_DONE)
        return result;
    return ours && found == STORE_TABLES ? SQLITE_OK : SQLITE_CORRUPT;
}

/* A large file is not read from end to end: what is in `bulk` is checked row by row when it is read
 * (store_each), before it is used. */
static int check_pages(struct store *store)
{
    int pages = 0, size = 0;
    int result = read_number(store, "PRAGMA page_count", &pages);
    if (result == SQLITE_OK)
        result = read_number(store, "PRAGMA page_size", &size);
    if (result == SQLITE_OK && (int64_t)pages * size <= CHECKED_WHOLE)
        return quick_check(store, "PRAGMA quick_check(1)");
    if (result == SQLITE_OK)
        result = quick_check(store, "PRAGMA quick_check('meta')");
    return result == SQLITE_OK ? quick_check(store, "PRAGMA quick_check('part')") : result;
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

/* Names of the parts that are not among those kept; "" when that is not known. Nothing of the file
 * is told. */
static void name_parts(struct store *store, char *out, size_t cap)
{
    sqlite3_stmt *statement = store_prepare(store, SQL_META);
    out[0] = '\0';
    if (!statement || !store->config.parts)
        return;
    sqlite3_bind_text(statement, 1, "parts", -1, SQLITE_STATIC);
    const char *kept = sqlite3_step(statement) == SQLITE_ROW
                           ? (const char *)sqlite3_column_text(statement, 0)
                           : NULL;
    for (const char *at = store->config.parts; kept && *at;) {
        size_t name = strcspn(at, " "), hash = strcspn(at + name + (at[name] == ' '), " ");
        char part[64];
        int len = (int)(name + 1 + hash);
        snprintf(part, sizeof part, "%.*s", len, at);
        size_t used = strlen(out);
        if (!strstr(kept, part))
            snprintf(out + used, cap - used, "%s%.*s", used ? ", " : "", (int)name, at);
        at += len;
        at += *at == ' ';
    }
    sqlite3_reset(statement);
}

static enum status check_configuration(struct store *store, struct error *error)
{
    bool same;
    char parts[128];
    if (store->config.any_configuration)
        return STATUS_OK;
    enum status status =
        verdict(store, compare_configuration(store, &same), "its check failed", error);
    if (status != STATUS_OK || same)
        return status;
    name_parts(store, parts, sizeof parts);
    return error_set(
        error, STATUS_DAMAGED,
        "state '%.200s' was made by another configuration (%s%s); say another with --state, or "
        "--rebuild to begin anew from the data that still exists",
        store->dir.path, parts[0] ? "what differs: " : "",
        parts[0] ? parts : "definition, groups, windows, rules, zone, delivery");
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
    int result = compare_schema(store);
    if (result == SQLITE_OK)
        result = check_pages(store);
    if (result == SQLITE_OK)
        result = store_get_head(store);
    status = verdict(store, result, "its check failed", error);
    return status == STATUS_OK ? check_configuration(store, error) : status;
}

enum status store_read_failed(struct store *store, int result, struct error *error)
{
    enum status status = store_failed(store, store_code(result), "read", error);
    if (status == STATUS_DAMAGED &&
        (state_dir_readable(&store->dir, STORE_DATABASE, NULL) != STATUS_OK ||
         quick_check(store, "PRAGMA quick_check(1)") == SQLITE_OK))
        status = error_set(error, STATUS_IO, "state '%.200s' cannot be read now; try again",
                           store->dir.path);
    return status;
}
