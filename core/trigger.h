#ifndef TAILRACE_CORE_TRIGGER_H
#define TAILRACE_CORE_TRIGGER_H
/*
 * When results are published in micro-batches: at each multiple of the interval, on the clock in
 * use. It decides only when results are told, never what is counted (S-33, S-117).
 *
 * Threads: trigger_set and trigger_every from any thread; the rest belongs to one owner.
 */
#include "core/instant.h"

#include <stdatomic.h>
#include <stdbool.h>

struct trigger {
    atomic_int_fast64_t every_ms; /* 0: none, results are told as they come */
    int64_t seen_ms;              /* the owner's: the interval that `due` was made for */
    epoch_ms due;
};

void trigger_init(struct trigger *trigger, int64_t every_ms);
void trigger_set(struct trigger *trigger, int64_t every_ms);
int64_t trigger_every(const struct trigger *trigger);

/* When results are to be published next; INT64_MIN: no trigger, or it fires for the first time. */
epoch_ms trigger_due(struct trigger *trigger, epoch_ms now);
/* They were published at `now`. */
void trigger_fired(struct trigger *trigger, epoch_ms now);

#endif
