#ifndef TAILRACE_CORE_DELTA_H
#define TAILRACE_CORE_DELTA_H
/*
 * What one epoch changes in the state, written down in the lane's thread and applied by the store
 * in its own (S-90, S-98): a list of operations in one buffer, so that counting goes on while the
 * list is made durable.
 *
 *     delta_put, delta_remove       rows that are replaced whole, by part and key
 *     delta_reject                  a record that was not counted, with its bytes (S-05)
 *     delta_repaired                that record was repaired, and is counted now (S-52)
 *     delta_alert                   an alert, once for each id (S-71)
 *
 * Threads: one owner at a time; handed over whole.
 */
#include "core/event.h"

#include <stddef.h>
#include <stdint.h>

/* Kept in the file: a number is never given to another meaning. */
enum state_part {
    STATE_OUTCOMES = 1,
    STATE_WATERMARK = 2,
    STATE_SOURCE = 3, /* positions and identity */
    STATE_TOTAL = 4,
    STATE_DAY = 5,
    STATE_WINDOW = 6, /* not final */
    STATE_LATE_WINDOW = 7,
    STATE_SYMBOL = 8,
    STATE_HASH_KEY = 9, /* without it no hash that was remembered can be found again */
    STATE_FINAL_WINDOW = 10,
    STATE_SESSION = 11,
    STATE_ID = 12,
    STATE_TICKET = 13,
    STATE_CLOSING = 14,
    STATE_RULE = 15,
    STATE_NOTE = 16,
    STATE_KNOWN = 17,
    STATE_DISTINCT = 18,
    STATE_ALERT = 19,
    STATE_PIPELINE = 20,
    STATE_TRAIL = 21,
    STATE_RARE = 22,
    STATE_WATCH = 23,
    STATE_RARE_TOTAL = 24,
    STATE_PAST_DAY = 25,
    STATE_PAST_TOTAL = 26,
    STATE_OUTBOX = 27, /* up to which of the logged alerts each outlet has had them */
    STATE_CHANGES = 28 /* lines of windows that have not left, rows that were told (S-32) */
};

/* STATE_REPAIRED: was rejected, and counted after a repair (S-52). */
enum state_reject { STATE_REJECTED, STATE_LATE, STATE_FUTURE, STATE_CONFLICT, STATE_REPAIRED };
enum { STATE_REJECTS = STATE_REPAIRED + 1 };

struct delta_reject {
    enum state_reject kind;
    struct event_position position;
    uint64_t length; /* true length of the record */
    uint32_t line;
    const char *reason; /* "bad_timestamp" and so on */
    const void *bytes;  /* of the record, perhaps cut; NULL: not kept */
    size_t bytes_len;
};

enum delta_op { DELTA_PUT, DELTA_REMOVE, DELTA_REJECT, DELTA_REPAIRED, DELTA_ALERTS, DELTA_RESET };

struct delta_head {
    enum delta_op op;
    int which; /* enum state_part or state_reject */
    size_t key_len, value_len;
    struct event_position position; /* DELTA_REJECT, as the rest; DELTA_REPAIRED */
    uint64_t length;
    uint32_t line;
    bool has_bytes;
};

/* Pointers are valid until the delta changes; not aligned. */
struct delta_entry {
    struct delta_head head;
    const void *key;   /* DELTA_REJECT: the reason, not terminated */
    const void *value; /* DELTA_REJECT: the bytes; DELTA_ALERTS: delta_next_alert */
};

struct delta {
    unsigned char *bytes;
    size_t len, room;
    size_t alerts; /* where an alert's bytes are counted that comes next; 0: it begins a list */
};

void delta_fini(struct delta *delta);
void delta_clear(struct delta *delta); /* keeps its memory */

void delta_put(struct delta *delta, enum state_part part, const void *key, size_t key_len,
               const void *value, size_t value_len);
/* The same with a value that is written in place, at once: a large one is not copied. */
void *delta_put_room(struct delta *delta, enum state_part part, const void *key, size_t key_len,
                     size_t value_len);
void delta_remove(struct delta *delta, enum state_part part, const void *key, size_t key_len);
void delta_reject(struct delta *delta, const struct delta_reject *reject);
void delta_repaired(struct delta *delta, const struct event_position *position);
/* `retracted`: the alert of that id is taken back (S-75), which is an entry of its own. The text is
 * what leaves the process; it may be empty. */
void delta_alert(struct delta *delta, uint64_t id, bool retracted, const void *text, size_t len);

/* All rows go but positions, symbols and the key of the hashes: what follows is another pipeline's
 * (S-116). */
void delta_reset(struct delta *delta);

/* The operation at `*at` (0 first), which moves on; false behind the last. */
bool delta_next(const struct delta *delta, size_t *at, struct delta_entry *entry);

struct delta_alert {
    uint64_t id;
    bool retracted;
    const void *text; /* as long as the entry's */
    size_t len;
};
/* The alerts of a DELTA_ALERTS, as they came: many of them are one operation. */
bool delta_next_alert(const struct delta_entry *entry, size_t *at, struct delta_alert *alert);

#endif
