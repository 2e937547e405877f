/* Log-linear buckets: the leading bits of a value name its bucket. */
#include "core/histogram.h"

static int bucket_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return (int)value;
    int shift = 63 - __builtin_clzll(value) - HISTOGRAM_STEP_BITS;
    return (shift + 1) * HISTOGRAM_STEPS + (int)(value >> shift) - HISTOGRAM_STEPS;
}

/* The greatest value of a bucket. */
static int64_t bucket_end(int bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    int shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t first = (uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS) << shift;
    return (int64_t)(first + ((uint64_t)1 << shift) - 1);
}

void histogram_add(struct histogram *histogram, int64_t value)
{
    if (value < 0)
        value = 0;
    if (value > histogram->max)
        histogram->max = value;
    histogram->count++;
    histogram->buckets[bucket_of((uint64_t)value)]++;
}

int64_t histogram_quantile(const struct histogram *histogram, int per_mille)
{
    uint64_t passed = 0;
    uint64_t whole = histogram->count / 1000, rest = histogram->count % 1000;
    uint64_t part = (uint64_t)per_mille;
    uint64_t needed = whole * part + (rest * part + 999) / 1000;
    for (int bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        passed += histogram->buckets[bucket];
        if (passed >= needed && passed > 0) {
            int64_t end = bucket_end(bucket);
            return end < histogram->max ? end : histogram->max;
        }
    }
    return 0;
}
