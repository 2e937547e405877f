#ifndef TAILRACE_CORE_STORE_PARTS_H
#define TAILRACE_CORE_STORE_PARTS_H
/* Private to core/store*.c: store.c opens, store_check.c judges what is there, store_commit.c
 * writes, store_log.c writes what is logged, store_read.c tells what is there. */
#include "core/state_dir.h"
#include "core/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/types.h>

#define STORE_DATABASE "state.db"

/* Small rows, replaced one by one, and large ones that are written once and removed once: apart, so
 * that what is small stays close together. */
enum store_table { TABLE_PART, TABLE_BULK, TABLES };

enum statement {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_PUT,
    SQL_PUT_BULK,
    SQL_REMOVE,
    SQL_REMOVE_BULK,
    SQL_SUM,
    SQL_SUM_BULK,
    SQL_EACH,
    SQL_EACH_BULK,
    SQL_RESET,
    SQL_RESET_BULK,
    SQL_REJECT,
    SQL_REPAIRED,
    SQL_ALERT,
    SQL_LAST_ALERT,
    SQL_EACH_ALERT,
    SQL_HAS_ALERT,
    SQL_META,
    SQL_SET_META,
    SQL_EACH_REJECT,
    SQL_FIND_REJECT,
    STATEMENTS
};

enum { STORE_TABLES = 6 };
extern const char *const store_tables[STORE_TABLES]; /* how each was made, by name */

enum { STORE_PARTS = 32 }; /* numbers of parts are below it */

/* Of the newest epoch. */
struct head {
    uint64_t epoch;
    uint64_t rejects_bytes, rejects_cut;
    uint64_t sums[STORE_PARTS]; /* of the checksums of all rows of a part, modulo 2^64 */
};

struct store {
    struct store_config config;
    struct state_dir dir;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    struct head head;
    ino_t file;                    /* of a reader: which it opened */
    int64_t looked;                /* data version of the moment looked at */
    store_take_alert *alert_taken; /* NULL: nobody waits for alerts */
    void *alert_context;
};

/* One epoch being written. */
struct commit {
    struct store *store;
    struct head head; /* as it will be */
    struct told {
        uint64_t number;
        const void *text;
        size_t len;
    } * told; /* alerts that are new in the log */
    size_t told_len, told_room;
};

/* Where the rows of a part stand: 0 or 1, to be added to a statement that has both. */
enum store_table store_table(int part);
/* Of a row, and where it stands. */
uint64_t store_sum(int part, const void *key, size_t key_len, const void *value, size_t value_len);

/* "state '...' cannot be DOING: " and SQLite's words. */
enum status store_failed(const struct store *store, enum status code, const char *doing,
                         struct error *error);
/* What SQLite says of a file that is not sound is damage; the rest may heal. */
enum status store_code(int result);
/* NULL: sqlite3_errcode() says why. Kept; to be reset after use. */
sqlite3_stmt *store_prepare(struct store *store, enum statement which);
/* Runs one that returns no rows; a code of SQLite's. */
int store_run(struct store *store, enum statement which);
void store_bind_blob(sqlite3_stmt *statement, int at, const void *bytes, size_t len);
/* Reads what the newest epoch is; a code of SQLite's, SQLITE_CORRUPT: it is not what was written.
 */
int store_get_head(struct store *store);
/* Whose file it is, whether it is sound, and of which configuration (S-92 ... S-94).
 * STATUS_DAMAGED, STATUS_IO. `*empty`: there is nothing in it yet. */
enum status store_check(struct store *store, bool *empty, struct error *error);
/* Rows could not be read: STATUS_DAMAGED only where a check of the file finds it so as well. */
enum status store_read_failed(struct store *store, int result, struct error *error);
/* What tells a commit by another connection from none. */
int64_t store_version(struct store *store);
/* Within a transaction; a code of SQLite's. */
int store_set_head(struct store *store, const struct head *head);

/* store_place.c. Before anything is made: STATUS_DAMAGED, a state was kept here and its file is
 * gone or empty. */
enum status store_check_made(const struct store *store, struct error *error);
/* From now on one was; from now on none was. */
enum status store_mark_made(const struct store *store, struct error *error);
enum status store_unmark_made(const struct store *store, struct error *error);

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
