#ifndef TAILRACE_CORE_STORE_PARTS_H
#define TAILRACE_CORE_STORE_PARTS_H
/* Private to core/store*.c: store.c opens and commits, store_read.c tells what is there. */
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
    SQL_ALERT,
    SQL_HAS_ALERT,
    SQL_META,
    SQL_SET_META,
    SQL_EACH,
    SQL_EACH_LOG,
    SQL_ALL,
    SQL_ALL_LOGS,
    SQL_EACH_REJECT,
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
};

/* "state '...' cannot be DOING: " and SQLite's words. */
enum status store_failed(const struct store *store, enum status code, const char *doing,
                         struct error *error);
/* What SQLite says of a file that is not sound is damage; the rest may heal. */
enum status store_code(int result);
/* Of a value, and of where it stands. */
uint64_t store_checksum(int which, uint64_t place, const void *key, size_t key_len,
                        const void *value, size_t value_len);
/* Into `store->head`; a result of SQLite. */
int store_read_head(struct store *store);
/* Whose file it is, whether it is sound, and of which configuration (S-92 ... S-94).
 * STATUS_DAMAGED, STATUS_IO. `*empty`: there is nothing in it yet. */
enum status store_check(struct store *store, bool *empty, struct error *error);
/* NULL: sqlite3_errcode() says why. Kept; to be reset after use. */
sqlite3_stmt *store_prepare(struct store *store, enum statement which);

#endif
