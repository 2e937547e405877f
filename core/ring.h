#ifndef TAILRACE_CORE_RING_H
#define TAILRACE_CORE_RING_H
/*
 * Bounded single-producer single-consumer queue of event blocks, without copies: the producer
 * fills a slot in place, the consumer reads it in place. A full ring stops the producer; that is
 * the backpressure (S-120). No pointer into a slot is kept after publish or release.
 *
 *     producer: block = ring_reserve(r); if (!block) wait; fill; ring_publish(r);
 *     consumer: block = ring_peek(r);    if (!block) wait; use;  ring_release(r);
 *
 * Threads: exactly one producer and one consumer. Waiting is the caller's (core/wake.h): publish
 * rings the consumer's bell, release the producer's.
 */
#include "core/event.h"

struct ring;

struct ring *ring_new(size_t slots); /* a power of two, at least 2 */
void ring_free(struct ring *ring);

struct event_block *ring_reserve(struct ring *ring); /* NULL: full */
void ring_publish(struct ring *ring);
const struct event_block *ring_peek(struct ring *ring); /* NULL: empty */
void ring_release(struct ring *ring);

/* Blocks waiting now; any thread, for display. */
size_t ring_len(const struct ring *ring);
size_t ring_slots(const struct ring *ring);

#endif
