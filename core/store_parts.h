#ifndef TAILRACE_CORE_STORE_PARTS_H
#define TAILRACE_CORE_STORE_PARTS_H
/* Private to core/store*.c: store.c opens, store_check.c judges what is there, store_commit.c
 * writes, store_log.c and store_alerts.c write what is logged, store_read.c tells what is there,
 * store_large.c keeps large values in files of their own, store_held.c reads them. */
#include "core/id_set.h"
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
    SQL_FILES,
    SQL_ROW,
    SQL_FILL,
    SQL_RESET,
    SQL_RESET_BULK,
    SQL_REJECT,
    SQL_REPAIRED,
    SQL_ALERTS,
    SQL_EACH_ALERTS,
    SQL_EACH_TEXTS,
    SQL_META,
    SQL_SET_META,
    SQL_EACH_REJECT,
    SQL_FIND_REJECT,
    STATEMENTS
};

enum { STORE_TABLES = 5 };
extern const char *const store_tables[STORE_TABLES]; /* how each was made, by name */

enum { STORE_PARTS = 32 }; /* numbers of parts are below it */

/* Of the newest epoch. */
struct head {
    uint64_t epoch;
    uint64_t rejects_bytes, rejects_cut;
    uint64_t alerts;            /* number of the newest one */
    uint64_t sums[STORE_PARTS]; /* of the checksums of all rows of a part, modulo 2^64 */
    uint64_t files;             /* the same of the numbers of files that rows name */
    uint64_t newest_file;       /* the last number that was given to one */
};

struct held_file {
    uint64_t number;
    int fd;
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
    struct id_set alerts_known; /* a writer's: the newest in the log */
    bool alerts_read;           /* into it */
    int alerts_looks;           /* through the log instead */
    bool alerts_before;         /* older ones were left out then */
    struct held_file *held;     /* of a reader: by their numbers */
    size_t held_len, held_room;
    unsigned char *piece; /* of a large value, on its way to the disk */
};

/* No results of SQLite's: rows are not what was written; a file could not be written, and
 * commit.failed says why. */
enum { STORE_NOT_WRITTEN = -1, STORE_FILE_FAILED = -2 };

/* Numbers of files. */
struct file_list {
    uint64_t *numbers;
    size_t len, room;
};

/* One epoch being written. */
struct commit {
    struct store *store;
    struct head head;          /* as it will be */
    struct file_list made;     /* for this epoch */
    struct file_list needless; /* once it is committed */
    bool reset;                /* so is any that no row names then */
    struct error failed;
    struct alerts_new {
        struct delta_alert *entries; /* that the log did not hold */
        size_t len, room;
        size_t texts; /* bytes */
    } alerts;
};

/* The file's name: of who only looks, perhaps of a savepoint that takes its place. */
const char *store_database(const struct store *store);

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
/* Ends the connection and its statements. */
void store_disconnect(struct store *store);
/* Reads what the newest epoch is; a code of SQLite's, SQLITE_CORRUPT: it is not what was written.
 */
int store_get_head(struct store *store);
/* Whose file it is, whether it is sound, and of which configuration (S-92 ... S-94).
 * STATUS_DAMAGED, STATUS_IO. `*empty`: there is nothing in it yet. */
enum status store_check(struct store *store, bool *empty, struct error *error);
/* STATUS_DAMAGED, and what to do. */
enum status store_damaged(const struct store *store, struct error *error);
/* Rows could not be read: STATUS_DAMAGED only where a check of the file finds it so as well. */
enum status store_read_failed(struct store *store, int result, struct error *error);
/* Within a transaction; a code of SQLite's. */
int store_set_head(struct store *store, const struct head *head);

/* store_place.c. Before anything is made: STATUS_DAMAGED, a state was kept here and its file is
 * gone or empty. */
enum status store_check_made(const struct store *store, struct error *error);
/* From now on one was; from now on none was. */
enum status store_mark_made(const struct store *store, struct error *error);
enum status store_unmark_made(const struct store *store, struct error *error);

/* store_log.c */

/* Source, generation and start, from place `at` on. */
void store_bind_position(sqlite3_stmt *statement, int at, const struct event_position *position);
/* SQLite's result. */
int store_put_reject(struct commit *commit, const struct delta_entry *entry);
int store_put_repaired(struct commit *commit, const struct delta_entry *entry);
/* store_alerts.c: those of the delta that are new, as one row. A result of SQLite's, or
 * STORE_NOT_WRITTEN. */
int store_put_alerts(struct commit *commit, const struct delta *delta);
/* The epoch is durable: its new alerts are told. */
void store_tell(const struct commit *commit);
/* It was not: the log does not hold them. */
void store_forget_alerts(struct store *store);

/* store_large.c. A large value lies in a file beside the database, whole, written once and for good
 * before the commit of the row that names it, and removed when the row's removal is on disk:
 * so a row never names a file that is not there, and a file that no row names means nothing and
 * goes when the state is opened to be written. Its name is a number that was given to no other. */

enum { STORE_FILE_NAME = 32, STORE_VALUE_MAX = 1000000000 /* bytes; SQLite takes no larger one */ };
void store_large_name(uint64_t number, char out[STORE_FILE_NAME]);
bool store_is_large(const struct store *store, const struct delta_entry *entry);
/* What a number adds to the sum of those that rows name; of 0, which is no file's, nothing. */
uint64_t store_file_sum(uint64_t number);
/* Writes the entry's value. SQLITE_OK or STORE_FILE_FAILED. */
int store_large_put(struct commit *commit, const struct delta_entry *entry, uint64_t *number);
/* A row named it that is replaced or removed; 0: it named none. */
void store_large_drop(struct commit *commit, uint64_t number);
/* Before the commit: the names are on disk as well. */
int store_large_sync(struct commit *commit);
/* It was made: files that no row names any more go. It was not, and has not been tried. */
void store_large_done(struct commit *commit);
void store_large_undo(struct commit *commit);
void store_large_fini(struct commit *commit);
/* Removes files that no row names, unless rows are not what was written. */
void store_large_sweep(struct store *store);

/* store_held.c. Who looks at an older moment may find a file removed; so a reader holds the files
 * of its moment open from its beginning on, some hundred of them; the others it may have to look
 * for at a later moment. */

/* Those that rows name now, beside those it holds. False: one is not there. */
bool store_large_hold(struct store *store);
void store_large_release(struct store *store);

/* Of one value after the other; to be zero at first, its bytes to be freed. */
struct large_value {
    unsigned char *bytes;
    size_t len, room;
};
/* STATUS_IO; STATUS_DAMAGED, which store_large_failed is to judge. */
enum status store_large_read(const struct store *store, uint64_t number, struct large_value *value,
                             struct error *error);
/* A file is not what was written, or gone: STATUS_DAMAGED, but STATUS_IO for a reader that a writer
 * has left behind. The look is over. */
enum status store_large_failed(struct store *store, struct error *error);
/* store_fill.c. Puts into a copy of the database, a file of the same directory, the values that it
 * names: what was copied needs no other file then. */
enum status store_fill(struct store *store, const char *file, struct error *error);

/* Begins a transaction to look at one moment; store_look_begin without what needs sound rows. */
enum status store_look_start(struct store *store, struct error *error);

/* STATUS_IO: the disk is too full for this epoch (D-15). */
enum status store_check_room(const struct store *store, const struct delta *delta,
                             struct error *error);

#endif
