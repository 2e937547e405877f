/* Figures under a lock. */
#include "core/durable.h"

#include "core/status.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct durable {
    pthread_mutex_t lock;
    struct durable_figures figures;
};

struct durable *durable_new(void)
{
    struct durable *durable = mem_zero(1, sizeof *durable);
    pthread_mutex_init(&durable->lock, NULL);
    durable->figures = (struct durable_figures){.kept = true, .durable = true};
    return durable;
}

void durable_free(struct durable *durable)
{
    if (!durable)
        return;
    pthread_mutex_destroy(&durable->lock);
    free(durable);
}

void durable_opened(struct durable *durable, uint64_t epoch)
{
    pthread_mutex_lock(&durable->lock);
    durable->figures.epoch = epoch;
    pthread_mutex_unlock(&durable->lock);
}

void durable_committed(struct durable *durable, uint64_t epoch, uint64_t bytes, mono_ns began,
                       mono_ns ended)
{
    pthread_mutex_lock(&durable->lock);
    struct durable_figures *figures = &durable->figures;
    figures->recoveries += !figures->durable;
    figures->durable = true;
    figures->since = 0;
    figures->since_clock = 0;
    figures->cause[0] = '\0';
    figures->epoch = epoch;
    figures->committed = ended;
    figures->took_ns = ended - began;
    figures->bytes = bytes;
    figures->commits++;
    figures->written += bytes;
    pthread_mutex_unlock(&durable->lock);
}

void durable_failed(struct durable *durable, const char *cause, mono_ns now, epoch_ms now_clock)
{
    pthread_mutex_lock(&durable->lock);
    struct durable_figures *figures = &durable->figures;
    if (figures->durable) {
        figures->since = now;
        figures->since_clock = now_clock;
    }
    figures->durable = false;
    figures->failures++;
    snprintf(figures->cause, sizeof figures->cause, "%s", cause);
    pthread_mutex_unlock(&durable->lock);
}

void durable_get(struct durable *durable, struct durable_figures *out)
{
    memset(out, 0, sizeof *out);
    if (!durable)
        return;
    pthread_mutex_lock(&durable->lock);
    *out = durable->figures;
    pthread_mutex_unlock(&durable->lock);
}
