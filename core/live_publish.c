/* The live half of the snapshot: what the lane notes for it at each block, when it is due, and how
 * it is filled. */
#include "core/live_lane_parts.h"

#include "core/feed.h"
#include "core/ring.h"

#include <string.h>

enum {
    PUBLISH_GAP = 2 * NS_PER_MS,
    PUBLISH_GAP_PER_GROUP = 2000 /* large tables cost more: publish them less often */
};

/* From when to when the latest events waited: full lists join their two oldest entries, to the
 * longer wait. Reading up what was there at the start is no latency, and is not marked. */
static void add_mark(struct live_lane *lane, mono_ns readable)
{
    if (!atomic_load_explicit(&lane->caught_up, memory_order_relaxed))
        return;
    if (lane->marks_len == SNAPSHOT_MARKS) {
        lane->marks[1].readable = lane->marks[0].readable;
        memmove(lane->marks, lane->marks + 1, (SNAPSHOT_MARKS - 1) * sizeof *lane->marks);
        lane->marks_len--;
    }
    lane->marks[lane->marks_len++] = (struct snapshot_mark){readable, lane->pipeline.outcomes.read};
}

static void advance_rate(struct live_lane *lane, mono_ns now)
{
    int64_t number = now / (100 * NS_PER_MS);
    if (number - lane->rate_newest >= RATE_SLICES)
        memset(lane->rate_slice, 0, sizeof lane->rate_slice);
    else
        for (int64_t n = lane->rate_newest + 1; n <= number; n++)
            lane->rate_slice[n % RATE_SLICES] = 0;
    lane->rate_newest = number;
}

void live_publish_note(struct live_lane *lane, const struct event_block *block)
{
    mono_ns now = clock_mono(lane->config.clock);
    add_mark(lane, block->readable);
    advance_rate(lane, now);
    lane->rate_slice[lane->rate_newest % RATE_SLICES] += block->len;
    lane->last_event = now;
    atomic_store(&lane->day, lane->pipeline.newest_day);
}

static uint64_t rate_now(struct live_lane *lane, mono_ns now)
{
    uint64_t events = 0;
    advance_rate(lane, now);
    for (int s = 0; s < RATE_SLICES; s++)
        events += lane->rate_slice[s];
    return events;
}

static void publish_alerts(const struct pipeline *pipeline, struct snapshot_live *half)
{
    if (!pipeline->alerts)
        return;
    half->alerts_len = alert_board_fill(pipeline->alerts, half->alerts, SNAPSHOT_ALERTS);
    for (int r = 0; r < pipeline->config.definition->rules_len; r++)
        half->alerts_total[r] = rules_raised(pipeline->rules, r);
}

static void publish_days(struct live_lane *lane, struct snapshot_live *half)
{
    half->days_len = 0;
    kept_days_known(&lane->pipeline, half);
    if (!atomic_load(&lane->days_wanted))
        return;
    if (!lane->days)
        lane->days = kept_days_new();
    kept_days_fill(lane->days, &lane->pipeline, lane->config.symbols, half);
}

void live_publish(struct live_lane *lane)
{
    const struct live_lane_config *config = &lane->config;
    struct snapshot_live *half = exchange_back(lane->exchange);
    mono_ns now = clock_mono(config->clock);
    int32_t wanted = atomic_load(&lane->day_wanted);
    int32_t day = wanted != INT32_MIN ? wanted : lane->pipeline.newest_day;
    table_make(&lane->tables, &lane->pipeline, pipeline_day(&lane->pipeline, day), config->symbols,
               day, &half->table);
    at_mark_fill(lane->at_mark, &half->table, &half->at_mark, &half->at_mark_before);
    if (lane->pipeline.watch)
        window_watch_fill(lane->pipeline.watch, lane->pipeline.windows,
                          pipeline_watermark(&lane->pipeline), &half->windows);
    half->outcomes = lane->pipeline.outcomes;
    half->limits = limits_of(&lane->pipeline, config->symbols, config->definition->window.asked);
    if (lane->pipeline.dedupe)
        half->conflicts = *dedupe_conflicts(lane->pipeline.dedupe);
    half->reasons_len = table_reasons(&half->outcomes, config->definition, half->reasons);
    live_rejects_fill(lane, &half->rejects);
    config->feed->ops->status(config->feed, &half->feed);
    memcpy(half->marks, lane->marks, sizeof lane->marks);
    half->marks_len = lane->marks_len;
    half->last_event = lane->last_event;
    half->rate = rate_now(lane, now);
    half->newest = lane->pipeline.newest;
    half->watermark = pipeline_watermark(&lane->pipeline);
    publish_alerts(&lane->pipeline, half);
    publish_days(lane, half);
    durable_get(lane->config.keeping.durable, &half->durable);
    half->trigger_ms = trigger_every(&lane->trigger);
    struct clock_look look = clock_look(config->clock);
    half->as_of = look.now;
    half->set_ms = look.set_total_ms;
    memcpy(half->health, lane->health.alerts, sizeof half->health);
    half->ring_len = ring_len(lane->ring);
    half->ring_slots = ring_slots(lane->ring);
    atomic_store(&lane->lane_cpu_ns, clock_thread_cpu_ns());
    half->cost = live_lane_cost(lane);
    memset(&half->tracer, 0, sizeof half->tracer);
    if (config->tracer)
        tracer_get(config->tracer, &half->tracer);
    half->published = now;
    lane->published = now;
    lane->changed = false;
    trigger_fired(&lane->trigger, half->as_of);
    exchange_publish(lane->exchange);
    if (config->changed)
        wake_ring(config->changed);
}

static mono_ns publish_gap(const struct live_lane *lane)
{
    mono_ns groups = (mono_ns)tally_len(lane->pipeline.tally) * PUBLISH_GAP_PER_GROUP;
    return PUBLISH_GAP + (atomic_load(&lane->days_wanted) ? groups * SNAPSHOT_DAYS : groups);
}

mono_ns live_publish_at(struct live_lane *lane)
{
    if (!lane->exchange)
        return WAKE_NEVER;
    mono_ns soonest = lane->published + publish_gap(lane);
    epoch_ms due = trigger_due(&lane->trigger, clock_now(lane->config.clock));
    if (due == INT64_MIN && !lane->changed)
        return WAKE_NEVER;
    if (due == INT64_MIN)
        return soonest;
    /* a trigger of a compressed clock may be shorter than a frame */
    soonest += LIVE_PUBLISH_LATEST;
    mono_ns at = clock_mono_at(lane->config.clock, due);
    return at > soonest ? at : soonest;
}

mono_ns live_publish_quiet_at(const struct live_lane *lane)
{
    if (lane->rate_newest == 0)
        return WAKE_NEVER;
    return (lane->rate_newest + RATE_SLICES + 1) * 100 * NS_PER_MS;
}
