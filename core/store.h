#ifndef TAILRACE_CORE_STORE_H
#define TAILRACE_CORE_STORE_H
/*
 * State that outlives the process: a SQLite file in the state directory, one transaction for each
 * epoch (S-90, S-91). What an epoch changes comes as a delta; after a commit that returned
 * STATUS_OK all of it is there, before it none. A value of `large_min` bytes or more, of a part
 * that is written once and removed once, lies beside it in a file of its own, `large-NUMBER`: it is
 * written once, not into a log and from there, and is on disk before the transaction that names it.
 *
 *     store_open → store_each … (recovery) → store_commit, epoch after epoch
 *     → store_close
 *
 * The file says whose it is (application id, version) and of which configuration (S-94); anything
 * else, or a file that fails its check, is STATUS_DAMAGED and left as it is (S-93). Values carry a
 * checksum of their own, checked before anybody parses them (D-12); so opening does not read what
 * is kept, and a large state is open as soon as a small one.
 *
 * A directory whose lock says that a state was made, and whose file is gone or empty, is damaged
 * and no new one (S-93).
 *
 * A commit that failed is not tried again on the same connection: the store is closed and opened
 * anew, and the epoch is rebuilt by whoever counted it (S-95).
 *
 * Rejected records are kept up to `rejects_max` bytes; beyond it only their reason and position
 * are, and store_rejects_cut counts them (S-53). An epoch is refused, as if it could not be
 * written, while the file system has less room than `free_min` and what it may need (D-15).
 *
 * Threads: one at a time. A reader (`write` false) may be another process; it sees the epoch that
 * was the newest when it opened, or at its last store_look_begin. What the writer has removed from
 * beside the database meanwhile is no damage to it, but STATUS_IO: a later look goes on.
 */
#include "core/delta.h"
#include "core/status.h"

#include <stdbool.h>

struct store;

/* Texts need to last until store_open returns. */
struct store_config {
    const char *path;   /* of the state directory */
    const char *digest; /* of the semantic configuration (S-94), hexadecimal */
    const char *parts;  /* the same in parts (core/definition_digest.h), to name one; may be NULL */
    bool any_configuration; /* whatever the digest */
    bool write;             /* else only look; takes no lock */
    bool rebuild;           /* forget what is there, damaged or not (S-93) */
    bool again;           /* it was open before: nothing is made, and what is gone may come back */
    const char *restore;  /* begin from this savepoint (core/savepoint.h); NULL: go on */
    bool relaxed;         /* --durability=relaxed (S-96) */
    uint64_t rejects_max; /* bytes of rejected records kept; 0: STORE_REJECTS_MAX */
    uint64_t free_min;    /* bytes of the file system left alone; 0: STORE_FREE_MIN */
    size_t alerts_known;  /* ids of alerts held in memory, up to twice; 0: STORE_ALERTS_KNOWN */
    size_t large_min;     /* bytes of a value that gets a file of its own; 0: STORE_LARGE */
};

#define STORE_REJECTS_MAX  (UINT64_C(256) << 20)
#define STORE_FREE_MIN     (UINT64_C(16) << 20)
#define STORE_ALERTS_KNOWN ((size_t)4 << 20)
#define STORE_LARGE        ((size_t)1 << 20)
enum { STORE_REJECT_BYTES = 4096 }; /* of one record */

/* STATUS_LOCKED, STATUS_DAMAGED (also another configuration), STATUS_IO, STATUS_NOT_FOUND. */
enum status store_open(const struct store_config *config, struct store **out, struct error *error);
void store_close(struct store *store); /* accepts NULL */

/*
 * A reader's: all that is read between begin and end is of one moment; after store_open it has
 * begun. Between looks the writer can tidy up. `changed`: an epoch was committed since the last
 * begin. `replaced`: the file in the directory is another one, this reader's is gone.
 */
enum status store_look_begin(struct store *store, struct error *error);
void store_look_end(struct store *store);
bool store_look_changed(struct store *store);
bool store_look_replaced(const struct store *store);
/* Whether another process has it open to write. */
bool store_has_writer(const struct store *store);
/* When the files were last written, by the clock of the system. */
epoch_ms store_written(const struct store *store);

/* Whether what is written would be found again: STATUS_IO when the directory, its lock or the file
 * is not where it was any more. A commit asks too (S-95). */
enum status store_check_place(const struct store *store, struct error *error);

/* The newest epoch committed; 0: none yet. */
uint64_t store_epoch(const struct store *store);

/* Makes the next epoch durable: all of the delta, or nothing. */
enum status store_commit(struct store *store, const struct delta *delta, struct error *error);

/* Rows in order of their keys. The bytes are valid during the call. `take` returns false for what
 * it cannot have written. STATUS_DAMAGED: a row is not what was written, or one is gone, which is
 * known only at the end (S-93): what was told is then not to be used. */
typedef bool store_take(void *context, const void *key, size_t key_len, const void *value,
                        size_t value_len);
enum status store_each(struct store *store, enum state_part part, store_take *take, void *context,
                       struct error *error);

struct store_reject {
    enum state_reject kind;
    struct event_position position;
    uint64_t length;
    uint32_t line;
    const char *reason;
    const void *bytes; /* NULL: not kept */
    size_t bytes_len;  /* at most STORE_REJECT_BYTES */
};
typedef bool store_take_reject(void *context, const struct store_reject *reject);
/* By reason, then position. `take` returns false to stop. */
enum status store_each_reject(struct store *store, store_take_reject *take, void *context,
                              struct error *error);
/* Those of one position: of more than one kind, perhaps. */
enum status store_find_reject(struct store *store, const struct event_position *position,
                              store_take_reject *take, void *context, struct error *error);
/* Records whose bytes were not kept for want of room. */
uint64_t store_rejects_cut(const struct store *store);

/* Whether an alert of this id is in the log. */
bool store_has_alert(struct store *store, uint64_t id);

/*
 * The outbox: alerts are numbered as they come into the log, each id once (S-71), and told when
 * their epoch is durable (S-91), in the thread that commits. Who keeps up to which number it had
 * them gets the others after a restart: at least once each, with the id to know them by (S-80).
 */
typedef void store_take_alert(void *context, uint64_t number, const void *text, size_t len);
void store_tell_alerts(struct store *store, store_take_alert *take, void *context);
/* The newest number; 0: none. */
uint64_t store_last_alert(struct store *store);
/* Those behind `number`, in order. */
enum status store_each_alert(struct store *store, uint64_t number, store_take_alert *take,
                             void *context, struct error *error);

#endif
