/*
 * Two counters that only grow: `head` is the producer's, `tail` the consumer's; each keeps a stale
 * copy of the other's and looks again only when the copy says full or empty. Counters stand on
 * cache lines of their own.
 */
#include "core/ring.h"

#include "core/status.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { CACHE_LINE = 64 };

struct ring {
    struct event_block *slots;
    size_t len;
    _Alignas(CACHE_LINE) atomic_size_t head; /* published so far */
    size_t seen_tail;                        /* producer's */
    _Alignas(CACHE_LINE) atomic_size_t tail; /* released so far */
    size_t seen_head;                        /* consumer's */
};

struct ring *ring_new(size_t slots)
{
    if (slots < 2 || (slots & (slots - 1)) != 0)
        fatal("a ring of %zu slots: must be a power of two, at least 2", slots);
    struct ring *ring = aligned_alloc(CACHE_LINE, sizeof *ring);
    if (!ring)
        fatal_shortage("out of memory: no room for a ring");
    ring->slots = mem_zero(slots, sizeof *ring->slots);
    ring->len = slots;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    ring->seen_tail = 0;
    ring->seen_head = 0;
    return ring;
}

void ring_free(struct ring *ring)
{
    if (!ring)
        return;
    free(ring->slots);
    free(ring);
}

struct event_block *ring_reserve(struct ring *ring)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (head - ring->seen_tail == ring->len) {
        ring->seen_tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (head - ring->seen_tail == ring->len)
            return NULL;
    }
    return &ring->slots[head & (ring->len - 1)];
}

void ring_publish(struct ring *ring)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

const struct event_block *ring_peek(struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    if (tail == ring->seen_head) {
        ring->seen_head = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail == ring->seen_head)
            return NULL;
    }
    return &ring->slots[tail & (ring->len - 1)];
}

void ring_release(struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
}

size_t ring_len(const struct ring *ring)
{
    struct ring *own = (struct ring *)ring;
    return atomic_load(&own->head) - atomic_load(&own->tail);
}

size_t ring_slots(const struct ring *ring)
{
    return ring->len;
}
