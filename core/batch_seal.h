#ifndef TAILRACE_CORE_BATCH_SEAL_H
#define TAILRACE_CORE_BATCH_SEAL_H
/*
 * One batch run that answers a day for good (S-115).
 *
 * Threads: the batch lane's, or that of its run.
 */
#include "core/batch_run.h"
#include "core/clock.h"
#include "core/feed.h"
#include "core/snapshot.h"

struct batch_seal_config {
    const struct definition *definition;
    struct symbols *symbols;
    struct clock *clock;
    struct feed *feed;
    int workers;
    int32_t day;
    bool by_operator;
    struct batch_progress *progress;
};

/* The answer goes among the seals of `out`, the cost to its cost; a failure to its seal_trouble,
 * and older seals stay. */
void batch_seal(const struct batch_seal_config *config, struct snapshot_batch *out);

#endif
