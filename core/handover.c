/* The lane's positions, and a gate where it waits. */
#include "core/handover.h"

#include "core/status.h"
#include "core/wake.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct handover {
    atomic_bool asked; /* looked at by the lane without the lock */
    pthread_mutex_t lock;
    pthread_cond_t turned;
    bool paused;
    struct lane_position *positions;
    size_t len;
};

struct handover *handover_new(void)
{
    struct handover *handover = mem_zero(1, sizeof *handover);
    pthread_mutex_init(&handover->lock, NULL);
    pthread_cond_init(&handover->turned, NULL);
    return handover;
}

void handover_free(struct handover *handover)
{
    if (!handover)
        return;
    pthread_mutex_destroy(&handover->lock);
    pthread_cond_destroy(&handover->turned);
    free(handover->positions);
    free(handover);
}

void handover_restore(struct handover *handover, uint32_t source, uint32_t generation, uint64_t end)
{
    pthread_mutex_lock(&handover->lock);
    if (source >= handover->len) {
        size_t len = source + 1;
        handover->positions = mem_resize(handover->positions, len * sizeof *handover->positions);
        memset(handover->positions + handover->len, 0,
               (len - handover->len) * sizeof *handover->positions);
        handover->len = len;
    }
    handover->positions[source] =
        (struct lane_position){.any = true, .generation = generation, .end = end};
    pthread_mutex_unlock(&handover->lock);
}

void handover_note(struct handover *handover, const struct event_block *block)
{
    handover_restore(handover, block->source, block->generation, block->end);
}

void handover_pause(struct handover *handover)
{
    if (!atomic_load(&handover->asked))
        return;
    pthread_mutex_lock(&handover->lock);
    handover->paused = true;
    pthread_cond_broadcast(&handover->turned);
    while (atomic_load(&handover->asked))
        pthread_cond_wait(&handover->turned, &handover->lock);
    handover->paused = false;
    pthread_mutex_unlock(&handover->lock);
}

void handover_begin(struct handover *handover, struct wake *lane)
{
    atomic_store(&handover->asked, true);
    wake_ring(lane);
    pthread_mutex_lock(&handover->lock);
    while (!handover->paused)
        pthread_cond_wait(&handover->turned, &handover->lock);
    pthread_mutex_unlock(&handover->lock);
}

void handover_end(struct handover *handover)
{
    pthread_mutex_lock(&handover->lock);
    atomic_store(&handover->asked, false);
    pthread_cond_broadcast(&handover->turned);
    pthread_mutex_unlock(&handover->lock);
}

size_t handover_positions(struct handover *handover, struct lane_position **out)
{
    pthread_mutex_lock(&handover->lock);
    size_t len = handover->len;
    *out = mem_alloc((len + 1) * sizeof **out);
    if (len > 0)
        memcpy(*out, handover->positions, len * sizeof **out);
    pthread_mutex_unlock(&handover->lock);
    return len;
}
