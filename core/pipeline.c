/* One pass over a block, one branch for each fate. */
#include "core/pipeline.h"

#include <stdlib.h>
#include <string.h>

static struct tally *new_tally(const struct pipeline *pipeline)
{
    struct tally *tally = tally_new(pipeline->config.definition, pipeline->config.groups_cap);
    tally_cap_distinct(tally, pipeline->config.distinct_cap);
    return tally;
}

void pipeline_init(struct pipeline *pipeline, const struct pipeline_config *config)
{
    memset(pipeline, 0, sizeof *pipeline);
    pipeline->config = *config;
    if (config->from == 0 && config->to == 0) {
        pipeline->config.from = INT64_MIN;
        pipeline->config.to = INT64_MAX;
    }
    if (config->groups_cap == 0)
        pipeline->config.groups_cap = TALLY_CAP_DEFAULT;
    if (config->distinct_cap == 0)
        pipeline->config.distinct_cap = DISTINCT_CAP_NONE;
    pipeline->tally = new_tally(pipeline);
    if (config->definition->dedupe_slot >= 0)
        pipeline->ids = distinct_new(DISTINCT_CAP_NONE);
    if (config->definition->needs_lifecycle && !config->defer_lifecycle)
        pipeline->lifecycle =
            lifecycle_new(config->closed_room ? config->closed_room : LIFECYCLE_ROOM_ALL);
    if (config->by_day)
        pipeline->rate = rate_new();
    pipeline->newest = INT64_MIN;
    pipeline->newest_day = INT32_MIN;
}

void pipeline_fini(struct pipeline *pipeline)
{
    tally_free(pipeline->tally);
    lifecycle_free(pipeline->lifecycle);
    distinct_free(pipeline->ids);
    for (int d = 0; d < PIPELINE_DAYS; d++)
        tally_free(pipeline->days[d].tally);
    rate_free(pipeline->rate);
    free(pipeline->log);
    memset(pipeline, 0, sizeof *pipeline);
}

void pipeline_clear(struct pipeline *pipeline)
{
    memset(&pipeline->outcomes, 0, sizeof pipeline->outcomes);
    tally_clear(pipeline->tally);
    if (pipeline->ids)
        distinct_clear(pipeline->ids);
    pipeline->newest = INT64_MIN;
    pipeline->newest_day = INT32_MIN;
    pipeline->log_len = 0;
}

/* The place of a day among the newest kept; NULL when the day is older than all of them. */
static struct tally *day_tally(struct pipeline *pipeline, int32_t day)
{
    struct pipeline_day *oldest = &pipeline->days[0];
    for (int d = 0; d < PIPELINE_DAYS; d++) {
        struct pipeline_day *kept = &pipeline->days[d];
        if (kept->tally && kept->day == day)
            return kept->tally;
        if (!kept->tally || (oldest->tally && kept->day < oldest->day))
            oldest = kept;
        if (!kept->tally)
            break;
    }
    if (oldest->tally && oldest->day > day)
        return NULL;
    if (oldest->tally)
        tally_clear(oldest->tally);
    else
        oldest->tally = new_tally(pipeline);
    oldest->day = day;
    return oldest->tally;
}

static void count_day(struct pipeline *pipeline, const struct event *event, size_t row)
{
    int32_t day = instant_day(event->time, pipeline->config.definition->zone_ms);
    struct tally *tally = day_tally(pipeline, day);
    if (tally)
        tally_add(tally, event);
    if (day > pipeline->newest_day)
        pipeline->newest_day = day;
    rate_add(pipeline->rate, row, event->time);
}

static void log_step(struct pipeline *pipeline, const struct lifecycle_step_record *step)
{
    if (pipeline->log_len == pipeline->log_room) {
        pipeline->log_room = pipeline->log_room ? pipeline->log_room * 2 : 1024;
        pipeline->log = mem_resize(pipeline->log, pipeline->log_room * sizeof *pipeline->log);
    }
    pipeline->log[pipeline->log_len++] = *step;
}

static void take_step(struct pipeline *pipeline, const struct event_block *block,
                      const struct event *event, size_t row)
{
    struct lifecycle_step_record step = {.ticket = {event->ticket[0], event->ticket[1]},
                                         .time = event->time,
                                         .start = event->start,
                                         .source = block->source,
                                         .generation = block->generation,
                                         .row = (uint32_t)row,
                                         .step = event->lifecycle};
    if (pipeline->config.defer_lifecycle)
        log_step(pipeline, &step);
    else
        lifecycle_apply(pipeline->lifecycle, pipeline->tally, &step);
}

/* Counted in its groups; a ticket's step also counts before the range, because what is open when
 * the range ends may have opened earlier (S-13, S-110). */
static void count(struct pipeline *pipeline, const struct event_block *block,
                  const struct event *event)
{
    bool in_range = event->time >= pipeline->config.from && event->time < pipeline->config.to;
    bool stepped = pipeline->config.definition->needs_lifecycle &&
                   event->lifecycle != LIFECYCLE_NONE && event->time < pipeline->config.to;
    if (!in_range && !stepped) {
        pipeline->outcomes.filtered++;
        return;
    }
    size_t row =
        in_range ? tally_add(pipeline->tally, event) : tally_row_of(pipeline->tally, event->key);
    if (stepped)
        take_step(pipeline, block, event, row);
    if (!in_range) {
        pipeline->outcomes.filtered++;
        return;
    }
    pipeline->outcomes.counted++;
    if (event->time > pipeline->newest)
        pipeline->newest = event->time;
    if (pipeline->config.by_day)
        count_day(pipeline, event, row);
}

/* The first of each id in the range counts (S-41, S-110); before any filter (S-04). */
static bool is_duplicate(struct pipeline *pipeline, const struct event *event)
{
    uint64_t id = event->distinct[pipeline->config.definition->dedupe_slot];
    return id != 0 && event->time >= pipeline->config.from && event->time < pipeline->config.to &&
           !distinct_add(pipeline->ids, 0, 0, id);
}

void pipeline_apply(struct pipeline *pipeline, const struct event_block *block)
{
    struct outcomes *outcomes = &pipeline->outcomes;
    outcomes->read += block->len;
    outcomes->skipped_bytes += block->skipped;
    for (uint32_t i = 0; i < block->len; i++) {
        const struct event *event = &block->events[i];
        if (event->reason != REJECT_NONE)
            outcomes_reject(outcomes, block->source, block->generation, event);
        else if (pipeline->ids && is_duplicate(pipeline, event))
            outcomes->duplicate++;
        else if (event->filtered)
            outcomes->filtered++;
        else
            count(pipeline, block, event);
    }
}

void pipeline_merge(struct pipeline *into, const struct pipeline *from, uint32_t line_base)
{
    size_t *map = mem_alloc(tally_len(from->tally) * sizeof *map);
    outcomes_merge(&into->outcomes, &from->outcomes, line_base);
    tally_merge(into->tally, from->tally, map);
    for (size_t i = 0; i < from->log_len; i++) {
        struct lifecycle_step_record step = from->log[i];
        step.row = (uint32_t)map[step.row];
        lifecycle_apply(into->lifecycle, into->tally, &step);
    }
    if (from->newest > into->newest)
        into->newest = from->newest;
    free(map);
}

const struct tally *pipeline_day(const struct pipeline *pipeline, int32_t day)
{
    for (int d = 0; d < PIPELINE_DAYS; d++)
        if (pipeline->days[d].tally && pipeline->days[d].day == day)
            return pipeline->days[d].tally;
    return NULL;
}
