#ifndef TAILRACE_CORE_LIFECYCLE_PARTS_H
#define TAILRACE_CORE_LIFECYCLE_PARTS_H
/* What lifecycle.c and lifecycle_state.c share; nobody else includes it. */
#include "core/lifecycle.h"

struct ticket {
    uint64_t id[2];     /* both 0: an empty place */
    uint64_t time : 43; /* event times fit in 42 bits (S-62) */
    uint64_t open : 1;
    uint64_t row : 20;
    uint64_t place : 20; /* source and generation: with `start`, the position that breaks ties */
    uint64_t start : 44;
};

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
