#ifndef TAILRACE_CORE_STORE_PARTS_H
#define TAILRACE_CORE_STORE_PARTS_H
/* Private to core/store*.c: store.c opens and commits, store_log.c writes what is logged,
 * store_read.c tells what is there. */
#include "core/state_dir.h"
#include "core/store.h"

#include <sqlite3.h>

enum statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_PUT,
    SQL_REMOVE,
    SQL_SUM,
    SQL_APPEND,
    SQL_FORGET,
    SQL_LOG_SUMS,
    SQL_REJECT,
    SQL_REPAIRED,
    SQL_ALERT,
    SQL_LAST_ALERT,
    SQL_EACH_ALERT,
    SQL_HAS_ALERT,
    SQL_META,
    SQL_SET_META,
    SQL_EACH,
    SQL_EACH_LOG,
    SQL_ALL,
    SQL_ALL_LOGS,
    SQL_EACH_REJECT,
    SQL_FIND_REJECT,
    STATEMENTS
};

/* Of the newest epoch. */
struct head {
    uint64_t epoch;
    uint64_t sum; /* of the checksums of all rows and log entries, modulo 2^64 */
    uint64_t rejects_bytes, rejects_cut;
};

struct store {
    struct store_config config;
    struct state_dir dir;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    struct head head;
    store_take_alert *alert_taken; /* NULL: nobody waits for alerts */
    void *alert_context;
};

/* One epoch being written. */
struct commit {
    struct store *store;
    struct head head; /* as it will be */
    int64_t appended; /* log entries of this epoch so far */
    struct told {
        uint64_t number;
        const void *text;
        size_t len;
    } * told; /* alerts that are new in the log */
    size_t told_len, told_room;
};

/* "state '...' cannot be DOING: " and SQLite's words. */
enum status store_failed(const struct store *store, enum status code, const char *doing,
                         struct error *error);
/* What SQLite says of a file that is not sound is damage; the rest may heal. */
enum status store_code(int result);
/* NULL: sqlite3_errcode() says why. Kept; to be reset after use. */
sqlite3_stmt *store_prepare(struct store *store, enum statement which);
/* Runs one that returns no rows. */
int store_run(struct store *store, enum statement which);
void store_bind_blob(sqlite3_stmt *statement, int at, const void *bytes, size_t len);

/* store_log.c; SQLite's result. */
int store_put_reject(struct commit *commit, const struct delta_entry *entry);
int store_put_repaired(struct commit *commit, const struct delta_entry *entry);
int store_put_alert(struct commit *commit, const struct delta_entry *entry);
/* The epoch is durable: its new alerts are told. Frees what was noted. */
void store_tell(struct commit *commit);
/* STATUS_IO: the disk is too full for this epoch (D-15). */
enum status store_check_room(const struct store *store, const struct delta *delta,
                             struct error *error);

#endif
