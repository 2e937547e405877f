/* One place for a sealed delta, a lock, and a condition for both directions. */
#include "core/checkpoint.h"
#include "core/thread.h"

#include <pthread.h>
#include <stdlib.h>

struct checkpoint {
    struct store *store;
    struct durable *durable;
    const struct clock *clock;
    struct wake *bell;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    struct delta sealed; /* the thread's own while `busy` */
    bool busy, stop;
    uint64_t rejects_cut;
    enum status status;
    struct error error;
};

struct checkpoint *checkpoint_new(struct store *store, struct durable *durable,
                                  const struct clock *clock)
{
    struct checkpoint *checkpoint = mem_zero(1, sizeof *checkpoint);
    checkpoint->store = store;
    checkpoint->durable = durable;
    checkpoint->clock = clock;
    checkpoint->rejects_cut = store_rejects_cut(store);
    pthread_mutex_init(&checkpoint->lock, NULL);
    pthread_cond_init(&checkpoint->changed, NULL);
    return checkpoint;
}

static void tell(const struct checkpoint *checkpoint, enum status status, const struct error *error,
                 mono_ns began)
{
    mono_ns now = clock_mono(checkpoint->clock);
    if (!checkpoint->durable)
        return;
    if (status == STATUS_OK)
        durable_committed(checkpoint->durable, store_epoch(checkpoint->store),
                          checkpoint->sealed.len, began, now);
    else
        durable_failed(checkpoint->durable, error->text, now, clock_now(checkpoint->clock));
}

/* After a failure what was counted is behind the positions kept: nothing may be added to them. */
static void commit(struct checkpoint *checkpoint)
{
    struct error error = {.text = ""};
    mono_ns began = clock_mono(checkpoint->clock);
    enum status status = store_commit(checkpoint->store, &checkpoint->sealed, &error);
    tell(checkpoint, status, &error, began);
    delta_clear(&checkpoint->sealed);
    pthread_mutex_lock(&checkpoint->lock);
    checkpoint->busy = false;
    checkpoint->rejects_cut = store_rejects_cut(checkpoint->store);
    checkpoint->status = status;
    checkpoint->error = error;
    pthread_cond_broadcast(&checkpoint->changed);
    pthread_mutex_unlock(&checkpoint->lock);
    if (checkpoint->bell)
        wake_ring(checkpoint->bell);
}

static void *checkpoint_main(void *argument)
{
    struct checkpoint *checkpoint = argument;
    for (;;) {
        pthread_mutex_lock(&checkpoint->lock);
        while (!checkpoint->busy && !checkpoint->stop)
            pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
        bool busy = checkpoint->busy;
        pthread_mutex_unlock(&checkpoint->lock);
        if (!busy)
            return NULL;
        commit(checkpoint);
    }
}

enum status checkpoint_start(struct checkpoint *checkpoint, struct wake *bell, struct error *error)
{
    checkpoint->bell = bell;
    int failed = thread_start(&checkpoint->thread, checkpoint_main, checkpoint);
    if (failed)
        return error_set_errno(error, STATUS_LIMIT, failed, "the store's thread");
    checkpoint->started = true;
    return STATUS_OK;
}

void checkpoint_free(struct checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    pthread_mutex_lock(&checkpoint->lock);
    checkpoint->stop = true;
    pthread_cond_broadcast(&checkpoint->changed);
    pthread_mutex_unlock(&checkpoint->lock);
    if (checkpoint->started)
        pthread_join(checkpoint->thread, NULL);
    pthread_cond_destroy(&checkpoint->changed);
    pthread_mutex_destroy(&checkpoint->lock);
    delta_fini(&checkpoint->sealed);
    free(checkpoint);
}

bool checkpoint_busy(struct checkpoint *checkpoint)
{
    pthread_mutex_lock(&checkpoint->lock);
    bool busy = checkpoint->busy;
    pthread_mutex_unlock(&checkpoint->lock);
    return busy;
}

void checkpoint_submit(struct checkpoint *checkpoint, struct delta *delta)
{
    pthread_mutex_lock(&checkpoint->lock);
    while (checkpoint->busy)
        pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
    if (checkpoint->status == STATUS_OK) {
        struct delta empty = checkpoint->sealed;
        checkpoint->sealed = *delta;
        *delta = empty;
        checkpoint->busy = true;
        pthread_cond_broadcast(&checkpoint->changed);
    }
    pthread_mutex_unlock(&checkpoint->lock);
    delta_clear(delta);
}

enum status checkpoint_wait(struct checkpoint *checkpoint, struct error *error)
{
    pthread_mutex_lock(&checkpoint->lock);
    while (checkpoint->busy)
        pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
    enum status status = checkpoint->status;
    if (status != STATUS_OK && error)
        *error = checkpoint->error;
    pthread_mutex_unlock(&checkpoint->lock);
    return status;
}

uint64_t checkpoint_rejects_cut(struct checkpoint *checkpoint)
{
    pthread_mutex_lock(&checkpoint->lock);
    uint64_t cut = checkpoint->rejects_cut;
    pthread_mutex_unlock(&checkpoint->lock);
    return cut;
}

enum status checkpoint_status(struct checkpoint *checkpoint)
{
    pthread_mutex_lock(&checkpoint->lock);
    enum status status = checkpoint->status;
    pthread_mutex_unlock(&checkpoint->lock);
    return status;
}
