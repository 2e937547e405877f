#ifndef TAILRACE_TESTS_RECONCILE_WORLD_H
#define TAILRACE_TESTS_RECONCILE_WORLD_H
/*
 * Seeded random streams for the tests of reconciliation: records of one or two sources with
 * duplicates near and far, conflicts, late events, far ones, and some ahead of the clock, read live
 * in blocks of random sizes and in a random order of sources, and by the batch lane source after
 * source. Definitions have a small horizon, so that duplicates escape.
 */
#include "tests/unit/support.h"

#include "core/pipeline.h"
#include "core/reconcile.h"
#include "core/table.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORLD_MAX = 700, WORLD_DAY = 20000, WORLD_KEYS = 5, WORLD_SOURCES = 2, WORLD_BLOCK = 40 };
#define WORLD_START ((epoch_ms)WORLD_DAY * MS_PER_DAY + 23 * (epoch_ms)MS_PER_HOUR)

struct record {
    struct event event;
    uint32_t source;
    epoch_ms read_at;
};

struct world {
    uint64_t random;
    struct definition *definition;
    struct symbols *symbols;
    symbol keys[WORLD_KEYS][EVENT_KEYS_MAX]; /* as a row has them */
    int sources;
    bool conflicts;
    bool calm; /* nothing from the future, nothing behind the horizon */
    uint32_t len;
    struct record records[WORLD_MAX]; /* in order of live's reading */
    uint64_t ends[WORLD_SOURCES];
};

static inline void world_time(struct world *world)
{
    struct definition *definition = world->definition;
    definition->watermark.delay_ms = random_below(&world->random, 3000);
    definition->watermark.lateness_ms = random_below(&world->random, 20000);
    definition->watermark.future_ms = 5000;
    definition->watermark.jump_ms = 60000;
    definition->needs_dedupe = true;
    definition->horizon_ms = definition->watermark.delay_ms + definition->watermark.lateness_ms +
                             random_below(&world->random, 20000);
    definition->on_conflict = (enum on_conflict)random_below(&world->random, 3);
    definition->window.asked = true;
    definition->window.size_ms = 10000;
    definition->window.slide_ms = random_below(&world->random, 3) ? 10000 : 2500;
    if (random_below(&world->random, 4) == 0)
        definition->window.session_ms = 1500;
}

/* A new event, about as far as the stream is. */
static inline struct event world_event(struct world *world, uint32_t n)
{
    uint64_t *random = &world->random;
    epoch_ms now = WORLD_START + (epoch_ms)n * 9000; /* passes midnight */
    struct event event = {.time = now, .length = 1 + random_below(random, 9), .content = 7};
    if (random_below(random, 3) == 0)
        event.time -= random_below(random, 60000);
    if (!world->calm && random_below(random, 25) == 0)
        event.time += 6000 + random_below(random, 200000);
    if (!world->calm && random_below(random, 60) == 0)
        event.time += 5 * (epoch_ms)MS_PER_DAY;
    event.key[0] = world->keys[random_below(random, WORLD_KEYS)][0];
    event.id[0] = (uint64_t)(n + 1) << 40 | (n + 1) * 2654435761U;
    event.id[1] = (uint64_t)(n + 1) << 20;
    event.present = random_below(random, 8) != 0;
    event.value[0] = random_below(random, 10000);
    event.filtered = random_below(random, 12) == 0;
    return event;
}

/* An earlier one again; as it was, or under the same id with another content. */
static inline struct event world_again(struct world *world, uint32_t n)
{
    uint64_t *random = &world->random;
    uint32_t back = 1 + random_below(random, random_below(random, 3) ? 8 : n);
    struct event event = world->records[back > n ? 0 : n - back].event;
    event.length = 1 + random_below(random, 9);
    if (world->conflicts && random_below(random, 6) == 0) {
        event.content = 8 + random_below(random, 2);
        event.time += 10 * event.content;
        event.key[0] = world->keys[event.content % WORLD_KEYS][0];
    }
    return event;
}

static inline struct world *world_new(uint64_t seed)
{
    struct world *world = mem_zero(1, sizeof *world);
    world->random = seed * 99991 + 1;
    world->definition = make_definition("key", "count,sum:amount");
    world->calm = seed % 3 == 0;
    world_time(world);
    if (world->calm)
        world->definition->horizon_ms = MS_PER_DAY;
    world->symbols = symbols_new(64);
    for (int k = 0; k < WORLD_KEYS; k++) {
        char text[2] = {(char)('a' + k), '\0'};
        world->keys[k][0] = symbols_intern(world->symbols, text, 1);
    }
    world->sources = 1 + (int)random_below(&world->random, WORLD_SOURCES);
    world->conflicts = random_below(&world->random, 4) == 0;
    world->len = 60 + random_below(&world->random, WORLD_MAX - 60);
    uint32_t source = 0;
    for (uint32_t n = 0; n < world->len; n++) {
        struct record *record = &world->records[n];
        if (random_below(&world->random, 10) == 0)
            source = random_below(&world->random, (uint32_t)world->sources);
        bool again = n > 0 && random_below(&world->random, 6) == 0;
        record->event = again ? world_again(world, n) : world_event(world, n);
        record->source = source;
        record->read_at = WORLD_START + (epoch_ms)n * 9000 + 500;
        record->event.start = world->ends[source];
        world->ends[source] += record->event.length;
    }
    return world;
}

static inline void world_free(struct world *world)
{
    definition_free(world->definition);
    symbols_free(world->symbols);
    free(world);
}

/* Records [from, to), of one source, as one block. */
static inline void world_apply(const struct world *world, struct pipeline *pipeline, uint32_t from,
                               uint32_t to)
{
    static struct event_block block;
    const struct record *first = &world->records[from], *last = &world->records[to - 1];
    block.source = first->source;
    block.begin = first->event.start;
    block.end = last->event.start + last->event.length;
    block.read_at = first->read_at;
    block.len = to - from;
    for (uint32_t n = from; n < to; n++)
        block.events[n - from] = world->records[n].event;
    pipeline_apply(pipeline, &block);
}

/* Where the block of the records from `from` on ends: all are of one source, and one moment. */
static inline uint32_t world_block(struct world *world, uint32_t from, uint32_t most)
{
    uint32_t to = from + 1, len = 1 + random_below(&world->random, most);
    while (to < world->len && to - from < len &&
           world->records[to].source == world->records[from].source)
        to++;
    for (uint32_t n = from; n < to; n++)
        world->records[n].read_at = world->records[to - 1].read_at;
    return to;
}

/* Counts a slice apart, its ids looked up in the whole, and merges it, as batch_run does. */
static inline void world_slice(struct world *world, struct pipeline *whole, struct pipeline *slice,
                               const uint32_t *records, uint32_t len)
{
    pipeline_clear(slice);
    for (uint32_t r = 0; r < len; r++) {
        const struct record *record = &world->records[records[r]];
        const struct event *event = &record->event;
        struct event_position position = {record->source, 0, event->start};
        uint8_t verdicts[2] = {DEDUPE_NEW, DEDUPE_NEW};
        if (event->reason == REJECT_NONE)
            verdicts[0] = (uint8_t)dedupe_check(whole->dedupe, event->id, event->content,
                                                event->time, INT64_MIN, &position);
        slice->verdicts = verdicts;
        world_apply(world, slice, records[r], records[r] + 1);
    }
    slice->verdicts = NULL;
    pipeline_merge(whole, slice, 0, NULL);
}

/* The batch lane: source after source, up to the marks, in slices. */
static inline void world_batch(struct world *world, struct pipeline *pipeline, epoch_ms from,
                               epoch_ms to, const uint64_t marks[WORLD_SOURCES])
{
    struct pipeline_config config = {.definition = world->definition,
                                     .symbols = world->symbols,
                                     .from = from,
                                     .to = to,
                                     .explain = true};
    struct pipeline slice;
    uint32_t records[16], len = 0;
    pipeline_init(pipeline, &config);
    config.defer_lifecycle = true;
    config.judged = true;
    pipeline_init(&slice, &config);
    for (uint32_t source = 0; source < WORLD_SOURCES; source++)
        for (uint32_t n = 0; n < world->len; n++) {
            const struct record *record = &world->records[n];
            if (record->source != source ||
                record->event.start + record->event.length > marks[source])
                continue;
            records[len++] = n;
            if (len < 16 && random_below(&world->random, 12) > 0)
                continue;
            world_slice(world, pipeline, &slice, records, len);
            len = 0;
        }
    world_slice(world, pipeline, &slice, records, len);
    pipeline_end(pipeline);
    pipeline_fini(&slice);
}

#endif
