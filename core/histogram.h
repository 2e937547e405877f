#ifndef TAILRACE_CORE_HISTOGRAM_H
#define TAILRACE_CORE_HISTOGRAM_H
/*
 * Latencies in bounded memory: how many values fell where, and the quantiles of them.
 *
 * Buckets are log-linear: each power of two is cut in HISTOGRAM_STEPS equal parts, so a quantile is
 * at most 1/HISTOGRAM_STEPS (3 %) above the value it stands for, and never below it. Values below
 * HISTOGRAM_STEPS are exact; negative ones count as 0.
 *
 * Plain data, zeroed to begin with; one owner.
 */
#include <stdint.h>

enum {
    HISTOGRAM_STEP_BITS = 5,
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS,
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_STEP_BITS) * HISTOGRAM_STEPS
};

struct histogram {
    uint64_t count;
    int64_t max;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t value);
/* The least bucket end that at least `per_mille` of the values do not exceed, and never more than
 * the greatest value; 0 when there is none. */
int64_t histogram_quantile(const struct histogram *histogram, int per_mille);

#endif
