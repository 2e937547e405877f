#ifndef TAILRACE_CORE_LIFECYCLE_PARTS_H
#define TAILRACE_CORE_LIFECYCLE_PARTS_H
/* What lifecycle.c and lifecycle_state.c share; nobody else includes it. */
#include "core/lifecycle.h"

/* Two words of parts rather than bit-fields, which are put together in memory, part by part, and
 * wait for it. */
struct ticket {
    uint64_t id[2]; /* both 0: an empty place */
    uint64_t stand; /* time, whether it is open, row */
    uint64_t where; /* position of the record, as far as it fits: breaks ties as one number */
};

enum { TICKET_TIME_BITS = 43 /* event times fit in 42 (S-62) */, TICKET_START_BITS = 44 };

static inline epoch_ms ticket_time(const struct ticket *ticket)
{
    return (epoch_ms)(ticket->stand & ((UINT64_C(1) << TICKET_TIME_BITS) - 1));
}

static inline bool ticket_open(const struct ticket *ticket)
{
    return ticket->stand >> TICKET_TIME_BITS & 1;
}

static inline uint32_t ticket_row(const struct ticket *ticket)
{
    return (uint32_t)(ticket->stand >> (TICKET_TIME_BITS + 1));
}

static inline uint64_t ticket_start(const struct ticket *ticket)
{
    return ticket->where & ((UINT64_C(1) << TICKET_START_BITS) - 1);
}

struct closing {
    uint64_t id[2];
    uint64_t start;
};

struct lifecycle {
    struct ticket *table;
    size_t size; /* a power of two */
    size_t len;
    size_t open;
    uint64_t degraded;
    epoch_ms forgotten; /* the newest closing forgotten; INT64_MIN: none */

    struct closing *queue; /* a ring of closed_room entries; NULL when nothing is forgotten */
    size_t closed_room, queue_head, queue_len;

    bool kept;              /* what changes is noted until it is saved */
    uint64_t closings;      /* ever appended to the queue */
    uint64_t (*touched)[2]; /* ids, some of them twice */
    size_t touched_len, touched_room;
    bool touched_many; /* more than are worth a list: any may have changed */
};

/* The ticket; NULL: not kept. */
const struct ticket *lifecycle_find(const struct lifecycle *lifecycle, const uint64_t id[2]);
/* As it was, in place of what it was before; false: of no id. */
bool lifecycle_restore(struct lifecycle *lifecycle, const struct ticket *ticket);
void lifecycle_restore_gone(struct lifecycle *lifecycle, const uint64_t id[2]);

#endif
