/* A few places under a lock; a count beside it, so that the live lane looks without one. */
#include "core/mark_post.h"

#include "core/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LETTERS = 4 };

#define PATIENCE_NS (2 * (int64_t)1000000000)

struct mark_post {
    struct wake *live_bell; /* set before the threads start */
    struct wake batch_bell;
    atomic_uint_fast64_t heard; /* the newest run that was */
    atomic_bool closed;
    atomic_int count; /* of letters; changes under the lock */

    pthread_mutex_t lock;
    struct mark_letter letters[LETTERS]; /* oldest first */
};

struct mark_post *mark_post_new(void)
{
    struct mark_post *post = mem_zero(1, sizeof *post);
    pthread_mutex_init(&post->lock, NULL);
    wake_init(&post->batch_bell);
    return post;
}

void mark_post_free(struct mark_post *post)
{
    if (!post)
        return;
    for (int l = 0; l < atomic_load(&post->count); l++)
        positions_fini(&post->letters[l].positions);
    wake_fini(&post->batch_bell);
    pthread_mutex_destroy(&post->lock);
    free(post);
}

void mark_post_bell(struct mark_post *post, struct wake *bell)
{
    post->live_bell = bell;
}

void mark_post_close(struct mark_post *post)
{
    atomic_store(&post->closed, true);
    wake_ring(&post->batch_bell);
}

void mark_post_send(struct mark_post *post, const struct mark_letter *letter)
{
    pthread_mutex_lock(&post->lock);
    int count = atomic_load(&post->count);
    bool room = count < LETTERS;
    if (room) {
        post->letters[count] = *letter;
        atomic_store(&post->count, count + 1);
    }
    pthread_mutex_unlock(&post->lock);
    if (!room) {
        struct positions unsent = letter->positions;
        positions_fini(&unsent);
    }
    if (post->live_bell)
        wake_ring(post->live_bell);
}

/* An arming that was not heard in time must not be heard later. */
static bool take_back(struct mark_post *post, uint64_t run)
{
    bool found = false;
    pthread_mutex_lock(&post->lock);
    int kept = 0, count = atomic_load(&post->count);
    for (int l = 0; l < count; l++) {
        struct mark_letter *letter = &post->letters[l];
        bool it = letter->kind == MARK_ARM && letter->run == run;
        found |= it;
        if (!it)
            post->letters[kept++] = *letter;
    }
    atomic_store(&post->count, kept);
    pthread_mutex_unlock(&post->lock);
    return found;
}

bool mark_post_arm(struct mark_post *post, const struct clock *clock, uint64_t run, int32_t day)
{
    mono_ns deadline = clock_mono(clock) + PATIENCE_NS;
    mark_post_send(post, &(struct mark_letter){.kind = MARK_ARM, .run = run, .day = day});
    for (;;) {
        wake_clear(&post->batch_bell);
        if (atomic_load(&post->heard) == run)
            return true;
        if (atomic_load(&post->closed) || clock_mono(clock) >= deadline)
            return !take_back(post, run) && !atomic_load(&post->closed);
        wake_wait(&post->batch_bell, deadline);
    }
}

bool mark_post_take(struct mark_post *post, struct mark_letter *out)
{
    if (atomic_load_explicit(&post->count, memory_order_relaxed) == 0)
        return false;
    pthread_mutex_lock(&post->lock);
    int count = atomic_load(&post->count);
    bool any = count > 0;
    if (any) {
        *out = post->letters[0];
        memmove(post->letters, post->letters + 1, (size_t)(count - 1) * sizeof *out);
        atomic_store(&post->count, count - 1);
    }
    pthread_mutex_unlock(&post->lock);
    return any;
}

void mark_post_heard(struct mark_post *post, uint64_t run)
{
    atomic_store(&post->heard, run);
    wake_ring(&post->batch_bell);
}
