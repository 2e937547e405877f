/*
 * Passing costs a store and a load where nobody sleeps. Both sides store before they load, so
 * either the one that passes sees the one that is about to sleep, or that one sees its turn.
 */
#include "core/turns.h"

#include "core/status.h"

#include <stdlib.h>

void turns_init(struct turns *turns, size_t queues)
{
    turns->now = mem_alloc(queues * sizeof *turns->now);
    turns->len = queues;
    for (size_t q = 0; q < queues; q++)
        atomic_init(&turns->now[q], 0);
    atomic_init(&turns->waiting, 0);
    atomic_init(&turns->broken, false);
    pthread_mutex_init(&turns->lock, NULL);
    pthread_cond_init(&turns->turned, NULL);
}

void turns_fini(struct turns *turns)
{
    free(turns->now);
    pthread_mutex_destroy(&turns->lock);
    pthread_cond_destroy(&turns->turned);
}

bool turns_wait(struct turns *turns, size_t queue, size_t job)
{
    if (atomic_load(&turns->now[queue]) == job)
        return !atomic_load(&turns->broken);
    pthread_mutex_lock(&turns->lock);
    atomic_fetch_add(&turns->waiting, 1);
    while (atomic_load(&turns->now[queue]) != job && !atomic_load(&turns->broken))
        pthread_cond_wait(&turns->turned, &turns->lock);
    atomic_fetch_sub(&turns->waiting, 1);
    pthread_mutex_unlock(&turns->lock);
    return !atomic_load(&turns->broken);
}

static void wake_all(struct turns *turns)
{
    pthread_mutex_lock(&turns->lock);
    pthread_cond_broadcast(&turns->turned);
    pthread_mutex_unlock(&turns->lock);
}

void turns_pass(struct turns *turns, size_t queue)
{
    atomic_fetch_add(&turns->now[queue], 1);
    if (atomic_load(&turns->waiting) > 0)
        wake_all(turns);
}

void turns_break(struct turns *turns)
{
    atomic_store(&turns->broken, true);
    wake_all(turns);
}
