/*
 * One source read block by block. Arrival times of a block are found when its turn comes; only a
 * record far ahead of those before it makes it look at blocks behind.
 */
#include "core/compare_parts.h"

#include <stdlib.h>
#include <string.h>

void compare_source_init(struct compare_source *source, const struct compare_config *config,
                         const struct compare_input *input)
{
    *source = (struct compare_source){.index = input->source,
                                      .feed = input->feed,
                                      .config = config,
                                      .clock = INT64_MIN,
                                      .last = INT64_MIN};
}

void compare_source_fini(struct compare_source *source)
{
    for (int b = 0; b < SOURCE_BLOCKS; b++)
        free(source->blocks[b]);
}

/* The next block behind those at hand; none at the end. */
static enum status read_block(struct compare_source *source, struct error *error)
{
    int at = source->blocks_len;
    const struct clock *clock = source->config->clock;
    struct wake wake;
    if (!source->blocks[at])
        source->blocks[at] = mem_zero(1, sizeof *source->blocks[at]);
    struct event_block *block = source->blocks[at];
    int64_t cpu = clock_thread_cpu_ns();
    mono_ns started = clock_mono(clock);
    enum feed_result result = source->feed->ops->read(source->feed, block, error);
    source->read_ns[at] = clock_mono(clock) - started;
    source->cpu_ns += clock_thread_cpu_ns() - cpu;
    if (result == FEED_BLOCK) {
        block->source = source->index;
        block->read_at = source->config->as_of;
        source->read_end = block->end;
        if (source->config->progress)
            atomic_fetch_add_explicit(&source->config->progress->bytes, block->end - block->begin,
                                      memory_order_relaxed);
        source->blocks_len++;
    } else if (result == FEED_END) {
        source->ended = true;
    } else if (result == FEED_FAILED) {
        return error ? error->code : STATUS_IO;
    } else {
        wake_init(&wake);
        source->feed->ops->wait(source->feed, &wake, clock_mono(clock) + 1000000);
        wake_fini(&wake);
    }
    return STATUS_OK;
}

/* The first event of the feed has nothing to be far from, but can still be alone in its time. */
static bool is_far(const struct compare_source *source, epoch_ms time)
{
    int64_t jump = source->config->definition->watermark.jump_ms;
    return source->clock == INT64_MIN || time - source->clock > jump;
}

/* Whether a far record is taken at its word. */
static enum status believe(struct compare_source *source, uint32_t i, bool *out,
                           struct error *error)
{
    const struct watermark_config *guards = &source->config->definition->watermark;
    epoch_ms time = source->blocks[0]->events[i].time;
    int followers = 0, earlier = 0;
    for (int b = 0; followers < COMPARE_FOLLOWERS && b < SOURCE_BLOCKS; b++) {
        while (b == source->blocks_len && !source->ended) {
            enum status status = read_block(source, error);
            if (status != STATUS_OK)
                return status;
        }
        if (b == source->blocks_len)
            break;
        const struct event_block *block = source->blocks[b];
        for (uint32_t e = b == 0 ? i + 1 : 0; e < block->len && followers < COMPARE_FOLLOWERS;
             e++) {
            if (block->events[e].reason != REJECT_NONE)
                continue;
            followers++;
            earlier += time - block->events[e].time > guards->jump_ms;
        }
    }
    bool guarded = source->config->as_of != WATERMARK_NO_WALL;
    epoch_ms now = guarded ? source->config->as_of : clock_now(source->config->clock);
    bool future = time - now > guards->future_ms;
    *out = followers > 0 ? 2 * earlier <= followers && !(guarded && future) : !future;
    return STATUS_OK;
}

/* When each record of the first block arrived. */
static enum status find_arrivals(struct compare_source *source, struct error *error)
{
    const struct event_block *block = source->blocks[0];
    for (uint32_t i = 0; i < block->len; i++) {
        const struct event *event = &block->events[i];
        if (event->reason == REJECT_NONE && event->time > source->clock) {
            bool believed = true;
            enum status status = STATUS_OK;
            if (is_far(source, event->time))
                status = believe(source, i, &believed, error);
            if (status != STATUS_OK)
                return status;
            if (believed)
                source->clock = event->time;
            else
                source->disbelieved++;
        }
        source->arrival[i] = source->clock;
    }
    return STATUS_OK;
}

void compare_source_drop(struct compare_source *source)
{
    struct event_block *done = source->blocks[0];
    source->blocks_len--;
    for (int b = 0; b < source->blocks_len; b++) {
        source->blocks[b] = source->blocks[b + 1];
        source->read_ns[b] = source->read_ns[b + 1];
    }
    source->blocks[source->blocks_len] = done;
    source->at = 0;
    source->applied_ns = 0;
}

enum status compare_source_fill(struct compare_source *source, struct pipeline *live,
                                struct error *error)
{
    for (;;) {
        if (source->blocks_len == 0 && source->ended)
            return STATUS_OK;
        if (source->blocks_len == 0) {
            enum status status = read_block(source, error);
            if (status != STATUS_OK)
                return status;
            continue;
        }
        if (source->blocks[0]->len > 0)
            return find_arrivals(source, error);
        pipeline_apply(live, source->blocks[0]);
        compare_source_drop(source);
    }
}
