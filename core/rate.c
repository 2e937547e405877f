/* One ring of buckets per row; a bucket is cleared when its ten seconds come round again. */
#include "core/rate.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUCKET_MS = 10 * 1000,
    PER_MINUTE = MS_PER_MINUTE / BUCKET_MS,
    BUCKETS = (SNAPSHOT_SPARK + 1) * PER_MINUTE
};

struct recent {
    int64_t newest; /* number of the newest bucket since the epoch */
    uint32_t bucket[BUCKETS];
};

struct rate {
    struct recent *rows;
    size_t len;
};

struct rate *rate_new(void)
{
    return mem_zero(1, sizeof(struct rate));
}

void rate_free(struct rate *rate)
{
    if (!rate)
        return;
    free(rate->rows);
    free(rate);
}

static void advance(struct recent *recent, int64_t number)
{
    if (number - recent->newest >= BUCKETS)
        memset(recent->bucket, 0, sizeof recent->bucket);
    else
        for (int64_t n = recent->newest + 1; n <= number; n++)
            recent->bucket[n % BUCKETS] = 0;
    recent->newest = number;
}

void rate_add(struct rate *rate, size_t row, epoch_ms time)
{
    if (row >= rate->len) {
        size_t len = row * 2 + 8;
        rate->rows = mem_resize(rate->rows, len * sizeof *rate->rows);
        memset(rate->rows + rate->len, 0, (len - rate->len) * sizeof *rate->rows);
        rate->len = len;
    }
    struct recent *recent = &rate->rows[row];
    int64_t number = time / BUCKET_MS;
    if (number > recent->newest)
        advance(recent, number);
    if (recent->newest - number < BUCKETS)
        recent->bucket[number % BUCKETS]++;
}

static uint32_t bucket_at(const struct rate *rate, size_t row, int64_t number)
{
    if (row >= rate->len || number < 0)
        return 0;
    const struct recent *recent = &rate->rows[row];
    bool kept = number <= recent->newest && recent->newest - number < BUCKETS;
    return kept ? recent->bucket[number % BUCKETS] : 0;
}

uint32_t rate_per_minute(const struct rate *rate, size_t row, epoch_ms at)
{
    int64_t number = at / BUCKET_MS;
    uint64_t events = 0;
    for (int64_t n = number - PER_MINUTE + 1; n <= number; n++)
        events += bucket_at(rate, row, n);
    /* The newest bucket is still filling: the one that leaves counts for what it lacks. */
    uint64_t missing_ms = (uint64_t)(BUCKET_MS - 1 - at % BUCKET_MS);
    return (uint32_t)(events + bucket_at(rate, row, number - PER_MINUTE) * missing_ms / BUCKET_MS);
}

void rate_spark(const struct rate *rate, size_t row, epoch_ms at, uint32_t out[SNAPSHOT_SPARK])
{
    int64_t first = at / MS_PER_MINUTE - (SNAPSHOT_SPARK - 1);
    for (int m = 0; m < SNAPSHOT_SPARK; m++) {
        out[m] = 0;
        for (int b = 0; b < PER_MINUTE; b++)
            out[m] += bucket_at(rate, row, (first + m) * PER_MINUTE + b);
    }
}
