#ifndef TAILRACE_CORE_DUE_QUEUE_H
#define TAILRACE_CORE_DUE_QUEUE_H
/*
 * What is due when, soonest first, for moments that mostly come in order. An entry behind the last
 * of a run is appended to it; only what fits behind none of the runs costs a place in a heap.
 * Entries due at the same moment come in any order.
 *
 * Entries are not taken out of the middle: each bears a stamp, by which its owner tells whether it
 * still holds, and throws out the others as they come up, or all at once (sweep).
 *
 * Threads: none; one owner.
 */
#include "core/instant.h"

enum { DUE_RUNS = 3 };

struct due {
    epoch_ms time;
    uint32_t note;
    uint32_t stamp;
};

/* A ring, in order of time. */
struct due_run {
    struct due *entries;
    size_t room; /* a power of two */
    size_t head, len;
    epoch_ms last; /* time of the newest entry; INT64_MIN: none */
};

struct due_queue {
    struct due_run runs[DUE_RUNS];
    struct due *heap;
    size_t heap_len, heap_room;
    size_t len;     /* all of them */
    int soonest;    /* the run that `least` heads; DUE_RUNS: the heap has it, or nobody */
    epoch_ms least; /* nothing is due before it; INT64_MAX: nothing at all */
};

void due_queue_init(struct due_queue *queue);
void due_queue_fini(struct due_queue *queue);

void due_queue_add(struct due_queue *queue, struct due due);
/* The soonest, until the queue changes; NULL: none. */
const struct due *due_queue_first(const struct due_queue *queue);
/* One that comes up when about `places` more were dropped, to be brought nearer; NULL: unknown. */
const struct due *due_queue_ahead(const struct due_queue *queue, size_t places);
void due_queue_drop_first(struct due_queue *queue); /* not empty */

/* Keeps only the entries for which `holds` says so. */
void due_queue_sweep(struct due_queue *queue,
                     bool (*holds)(const void *context, const struct due *due),
                     const void *context);

#endif
