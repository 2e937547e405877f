#ifndef TAILRACE_CORE_REJECT_LOG_H
#define TAILRACE_CORE_REJECT_LOG_H
/*
 * Records that were not counted as they stood, grouped for the screen: by kind and reason, how
 * many, and where the first and the newest stand (S-05). Their bytes are the store's, or the
 * feed's. Plain data.
 *
 * Bounded: REJECT_GROUPS groups; records of others are counted in `beyond`.
 *
 * Threads: none; one owner.
 */
#include "core/delta.h"

enum { REJECT_GROUPS = 64, REJECT_REASON = 96 };

/* Which record, and why. */
struct reject_note {
    enum state_reject kind;
    const char
        *reason; /* "bad_timestamp", "missing_field:amount"; "late" and so on of the others */
    struct event_position position;
    uint64_t length; /* true length, with the line end */
    uint32_t line;
};

/* Valid during the call. */
struct reject_sink {
    void (*take)(void *context, const struct reject_note *note); /* NULL: nobody */
    void *context;
};

struct reject_group {
    enum state_reject kind;
    char reason[REJECT_REASON];
    uint64_t count;
    struct event_position first, newest;
    uint32_t first_line, newest_line;
    uint64_t newest_length;
};

struct reject_log { /* zeroed: empty */
    struct reject_group groups[REJECT_GROUPS];
    int len;
    uint64_t beyond;
};

/* The group that the record came to; NULL: there is no room for another. */
struct reject_group *reject_log_add(struct reject_log *log, const struct reject_note *note);

/* "rejected", "late", "future", "conflict", "repaired". */
const char *reject_kind_text(enum state_reject kind);

#endif
