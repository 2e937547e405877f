#ifndef TAILRACE_CORE_RATE_H
#define TAILRACE_CORE_RATE_H
/*
 * How many events lately, per row of a tally: counts in buckets of ten seconds of event time over
 * the last half hour, for "per minute" and the sparkline. Late events within the half hour find
 * their bucket; older ones are in the totals only.
 *
 * Threads: none; one owner.
 */
#include "core/snapshot.h"

struct rate;

struct rate *rate_new(void);
void rate_free(struct rate *rate); /* accepts NULL */

void rate_add(struct rate *rate, size_t row, epoch_ms time);

/* Events in the 60 s that end with the ten seconds of `at`, the oldest bucket in proportion. */
uint32_t rate_per_minute(const struct rate *rate, size_t row, epoch_ms at);

/* Events in each of the last SNAPSHOT_SPARK minutes, oldest first, the last one that of `at`. */
void rate_spark(const struct rate *rate, size_t row, epoch_ms at, uint32_t out[SNAPSHOT_SPARK]);

#endif
