#ifndef TAILRACE_CORE_TRACER_H
#define TAILRACE_CORE_TRACER_H
/*
 * Your ticket: one event that both lanes are watched for, by its position in the feed. Each new one
 * takes the place of the one before and has the next number.
 *
 * Threads: any; a private lock guards it.
 */
#include "core/snapshot.h"

#include <pthread.h>

struct tracer {
    pthread_mutex_t lock; /* guards the rest */
    struct snapshot_tracer shown;
    uint32_t source;
    uint32_t generation;
    uint64_t start;   /* offset of the event */
    uint64_t own_end; /* the live lane's position in our own producer's file: it may pass a marked
                         event before tracer_sent is called */
};

void tracer_init(struct tracer *tracer);
void tracer_fini(struct tracer *tracer);

/* The next event that arrives is the one: TRACER_ARMED. */
void tracer_arm(struct tracer *tracer);
/* The event was appended at this offset (TRACER_SENT), by our own producer. */
void tracer_sent(struct tracer *tracer, const char *label, uint64_t start, mono_ns since,
                 epoch_ms since_clock);
/* The live lane has applied this block: finds an armed event in it, sees a sent one pass. */
void tracer_live(struct tracer *tracer, const struct event_block *block,
                 const struct symbols *symbols, int keys_len, epoch_ms now);
/* Its number when an answer read to `end` of that generation includes it; 0 when not. */
uint32_t tracer_within(struct tracer *tracer, uint32_t source, uint32_t generation, uint64_t end);

void tracer_get(struct tracer *tracer, struct snapshot_tracer *out);

#endif
