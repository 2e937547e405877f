#ifndef TAILRACE_CORE_STORE_PARTS_H
#define TAILRACE_CORE_STORE_PARTS_H
/* Private to core/store*.c: store.c opens and commits, store_read.c tells what is there. */
#include "core/state_dir.h"
#include "core/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/types.h>

#define STORE_DATABASE "state.db"

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
    SQL_RESET_SUMS,
    SQL_RESET,
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
    ino_t file;     /* of a reader: which it opened */
    int64_t looked; /* data version of the moment looked at */
};

/* "state '...' cannot be DOING: " and SQLite's words. */
enum status store_failed(const struct store *store, enum status code, const char *doing,
                         struct error *error);
/* What SQLite says of a file that is not sound is damage; the rest may heal. */
enum status store_code(int result);
/* NULL: sqlite3_errcode() says why. Kept; to be reset after use. */
sqlite3_stmt *store_prepare(struct store *store, enum statement which);

/* Reads what the newest epoch is; false: it is not what was written. */
bool store_get_head(struct store *store);
/* What tells a commit by another connection from none. */
int64_t store_version(struct store *store);

#endif
