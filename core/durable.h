#ifndef TAILRACE_CORE_DURABLE_H
#define TAILRACE_CORE_DURABLE_H
/*
 * Whether what was counted is kept, since when, and what keeping it costs (S-95, S-122): figures
 * that outlive a lane and its store, so that a lane that was begun anew after a failure goes on
 * with them.
 *
 *     durable_new → durable_opened → durable_committed, durable_failed … durable_get → durable_free
 *
 * Threads: any; a private lock.
 */
#include "core/instant.h"

#include <stdbool.h>
#include <stdint.h>

struct durable_figures {
    bool kept;           /* there is a state; else all the rest is 0 */
    bool durable;        /* false: NOT DURABLE, for `cause`, since `since` */
    uint64_t epoch;      /* the newest that is on disk; 0: none yet */
    mono_ns committed;   /* when it was, on the machine's clock: its age; 0: before this run */
    int64_t took_ns;     /* of that commit */
    uint64_t bytes;      /* written by it */
    uint64_t commits;    /* of this run */
    uint64_t written;    /* bytes, by all of them */
    uint64_t failures;   /* commits and openings that failed */
    uint64_t recoveries; /* how often it was durable again after a failure */
    mono_ns since;       /* of the first failure that is not mended; 0: it is durable */
    epoch_ms since_clock;
    char cause[160]; /* of the newest failure; "" when it is durable; filter */
};

struct durable;

struct durable *durable_new(void);
void durable_free(struct durable *durable); /* accepts NULL */

/* A state is kept whose newest epoch is this one. */
void durable_opened(struct durable *durable, uint64_t epoch);
/* Also the end of a failure: what was rebuilt is on disk. */
void durable_committed(struct durable *durable, uint64_t epoch, uint64_t bytes, mono_ns began,
                       mono_ns ended);
void durable_failed(struct durable *durable, const char *cause, mono_ns now, epoch_ms now_clock);
/* NULL: nothing is kept. */
void durable_get(struct durable *durable, struct durable_figures *out);

#endif
