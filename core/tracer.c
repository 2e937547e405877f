/* One small record under a lock: touched once a key press and once a block. */
#include "core/tracer.h"

#include <stdio.h>
#include <string.h>

void tracer_init(struct tracer *tracer)
{
    memset(tracer, 0, sizeof *tracer);
    pthread_mutex_init(&tracer->lock, NULL);
}

void tracer_fini(struct tracer *tracer)
{
    pthread_mutex_destroy(&tracer->lock);
}

static void begin(struct tracer *tracer, enum tracer_state state, bool own)
{
    uint32_t number = tracer->shown.number + 1;
    memset(&tracer->shown, 0, sizeof tracer->shown);
    tracer->shown.number = number;
    tracer->shown.state = state;
    tracer->shown.own = own;
}

void tracer_arm(struct tracer *tracer)
{
    pthread_mutex_lock(&tracer->lock);
    begin(tracer, TRACER_ARMED, false);
    pthread_mutex_unlock(&tracer->lock);
}

void tracer_sent(struct tracer *tracer, const char *label, uint64_t start, mono_ns since,
                 epoch_ms since_clock)
{
    pthread_mutex_lock(&tracer->lock);
    begin(tracer, TRACER_SENT, true);
    snprintf(tracer->shown.label, sizeof tracer->shown.label, "%s", label);
    tracer->shown.since = since;
    tracer->shown.since_clock = since_clock;
    tracer->source = 0;
    tracer->generation = 0;
    tracer->start = start;
    if (tracer->own_end > start)
        tracer->shown.state = TRACER_SEEN;
    pthread_mutex_unlock(&tracer->lock);
}

/* "#10421 High": the event's id text and its group. */
static void write_label(char *out, size_t size, const struct event_block *block,
                        const struct event *event, const struct symbols *symbols, int keys_len)
{
    int used = block->label[0] ? snprintf(out, size, "#%s", block->label) : 0;
    for (int k = 0; k < keys_len && used >= 0 && (size_t)used < size; k++)
        used += snprintf(out + used, size - (size_t)used, "%s%s", used > 0 ? " " : "",
                         symbols_text(symbols, event->key[k]));
}

void tracer_live(struct tracer *tracer, const struct event_block *block,
                 const struct symbols *symbols, int keys_len, epoch_ms now)
{
    pthread_mutex_lock(&tracer->lock);
    if (block->source == 0 && block->generation == 0)
        tracer->own_end = block->end;
    if (tracer->shown.state == TRACER_ARMED && block->labelled > 0) {
        const struct event *event = &block->events[block->labelled - 1];
        write_label(tracer->shown.label, sizeof tracer->shown.label, block, event, symbols,
                    keys_len);
        tracer->shown.state = TRACER_SEEN;
        tracer->shown.since = block->readable;
        tracer->shown.since_clock = now;
        tracer->source = block->source;
        tracer->generation = block->generation;
        tracer->start = event->start;
    } else if (tracer->shown.state == TRACER_SENT && block->source == tracer->source &&
               block->generation == tracer->generation && block->end > tracer->start) {
        tracer->shown.state = TRACER_SEEN;
    }
    pthread_mutex_unlock(&tracer->lock);
}

uint32_t tracer_within(struct tracer *tracer, uint32_t source, uint32_t generation, uint64_t end)
{
    uint32_t number = 0;
    pthread_mutex_lock(&tracer->lock);
    if ((tracer->shown.state == TRACER_SENT || tracer->shown.state == TRACER_SEEN) &&
        tracer->source == source && tracer->generation == generation && tracer->start < end)
        number = tracer->shown.number;
    pthread_mutex_unlock(&tracer->lock);
    return number;
}

void tracer_get(struct tracer *tracer, struct snapshot_tracer *out)
{
    pthread_mutex_lock(&tracer->lock);
    *out = tracer->shown;
    pthread_mutex_unlock(&tracer->lock);
}
