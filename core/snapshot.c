/*
 * The exchange: three buffers, one shared index. The writer owns the back buffer, the reader the
 * front one; `middle` holds the third and whether it is newer than what the reader has.
 */
#include "core/snapshot.h"

#include "core/status.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { FRESH = 4 }; /* beside the buffer's index 0, 1, 2 */

struct exchange {
    char *buffers[3];
    atomic_uint middle;
    unsigned back;  /* writer's */
    unsigned front; /* reader's */
    bool any;       /* reader's: something was taken */
};

struct exchange *exchange_new(size_t size)
{
    struct exchange *exchange = mem_zero(1, sizeof *exchange);
    for (int i = 0; i < 3; i++)
        exchange->buffers[i] = mem_zero(1, size);
    exchange->back = 0;
    atomic_init(&exchange->middle, 1);
    exchange->front = 2;
    return exchange;
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    for (int i = 0; i < 3; i++)
        free(exchange->buffers[i]);
    free(exchange);
}

void *exchange_back(struct exchange *exchange)
{
    return exchange->buffers[exchange->back];
}

void exchange_publish(struct exchange *exchange)
{
    unsigned old = atomic_exchange(&exchange->middle, exchange->back | FRESH);
    exchange->back = old & 3;
}

const void *exchange_newest(struct exchange *exchange)
{
    if (atomic_load(&exchange->middle) & FRESH) {
        exchange->front = atomic_exchange(&exchange->middle, exchange->front) & 3;
        exchange->any = true;
    }
    return exchange->any ? exchange->buffers[exchange->front] : NULL;
}

void snapshot_live_set(struct snapshot_live *half, int64_t set_ms)
{
    half->as_of += set_ms - half->set_ms;
    half->set_ms = set_ms;
}

void snapshot_batch_set(struct snapshot_batch *half, int64_t set_ms)
{
    int64_t by_ms = set_ms - half->set_ms;
    half->set_ms = set_ms;
    for (int r = 0; r < half->runs_len && by_ms != 0; r++) {
        half->runs[r].mark += by_ms;
        half->runs[r].published += by_ms;
    }
}
