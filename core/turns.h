#ifndef TAILRACE_CORE_TURNS_H
#define TAILRACE_CORE_TURNS_H
/*
 * Several queues of the same numbered jobs: each queue lets job 0 in, then job 1, and so on. Jobs
 * are done by threads that take them in order, and every job passes the queues in the same order;
 * so the lowest job never waits for a higher one, and nobody waits for ever.
 *
 *     turns_wait(&turns, queue, job) → what must be done in order → turns_pass(&turns, queue)
 *
 * Between the two the thread is alone in that queue, and sees all that those before it did there.
 *
 * Threads: any number.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct turns {
    atomic_size_t *now; /* by queue: the job whose turn it is */
    size_t len;
    atomic_size_t waiting; /* threads that sleep, or are about to */
    atomic_bool broken;
    pthread_mutex_t lock;
    pthread_cond_t turned;
};

void turns_init(struct turns *turns, size_t queues);
void turns_fini(struct turns *turns);

/* False: turns_break was called. Looked at without a lock when the turn has come already. */
bool turns_wait(struct turns *turns, size_t queue, size_t job);
void turns_pass(struct turns *turns, size_t queue);
/* Nobody waits any more: the jobs were given up. */
void turns_break(struct turns *turns);

#endif
