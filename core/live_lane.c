/*
 * Two threads and a ring between them. The reader (live_reader.c) owns the feed and its position;
 * the lane owns the pipeline and the live half of the snapshot (live_publish.c). Each sleeps on a
 * bell of its own.
 */
#include "core/live_lane_parts.h"

#include "core/feed.h"
#include "core/ring.h"
#include "core/sometimes.h"
#include "core/thread.h"

#include <stdlib.h>
#include <string.h>

enum { RING_SLOTS = 16 };

/* Where nothing is ever late, nothing may be forgotten either (S-116). */
struct pipeline_config live_lane_pipeline_config(const struct live_lane *lane)
{
    const struct live_lane_config *config = &lane->config;
    bool forever = config->definition->watermark.lateness_ms == WINDOW_LATENESS_FOREVER;
    bool whole = config->screen || config->keeping.store; /* a state serves every command */
    return (struct pipeline_config){
        .definition = config->definition,
        .symbols = config->symbols,
        .live = true,
        .from = config->from,
        .to = config->to,
        .replay = config->replay,
        .as_of = config->as_of,
        .window_sink = config->window_sink,
        .window_context = config->window_context,
        .alerts = config->alerts,
        .by_day = whole,
        .rates = config->screen,
        .explain = whole || config->explain,
        .watch_windows = whole,
        .log_rejects = config->screen,
        .closed_room = forever ? LIFECYCLE_ROOM_ALL : LIFECYCLE_ROOM_LIVE,
        .distinct_cap = forever ? DISTINCT_CAP_NONE : DISTINCT_CAP_LIVE};
}

bool live_lane_keeps(const struct live_lane *lane)
{
    return lane->config.keeping.store != NULL;
}

struct live_lane *live_lane_new(const struct live_lane_config *config)
{
    struct live_lane *lane = mem_zero(1, sizeof *lane);
    lane->config = *config;
    struct pipeline_config pipeline = live_lane_pipeline_config(lane);
    lane->handover = handover_new();
    trigger_init(&lane->trigger, config->trigger_ms);
    lane->ring = ring_new(RING_SLOTS);
    if (config->screen)
        lane->exchange = exchange_new(sizeof(struct snapshot_live));
    wake_init(&lane->reader_bell);
    wake_init(&lane->lane_bell);
    live_rejects_init(lane);
    pipeline.rejects = live_rejects_sink(lane);
    pipeline.alerts = live_alerts_sink(lane);
    pipeline_init(&lane->pipeline, &pipeline);
    live_epoch_init(lane);
    if (config->screen)
        lane->at_mark = at_mark_new(config->definition, lane->pipeline.config.groups_cap, 0);
    if (config->post)
        mark_post_bell(config->post, &lane->lane_bell);
    lane->idle_ns = config->definition->watermark.idle_ms * (int64_t)NS_PER_MS;
    lane->watched = config->screen || config->health.take;
    health_init(&lane->health, config->definition->watermark.idle_ms, clock_mono(config->clock));
    atomic_init(&lane->day, INT32_MIN);
    atomic_init(&lane->day_wanted, INT32_MIN);
    return lane;
}

/* --- the lane -------------------------------------------------------------------------------- */

static void know_source(struct live_lane *lane, uint32_t index, mono_ns now)
{
    if (index >= lane->sources_len) {
        lane->sources = mem_resize(lane->sources, (index + 1) * sizeof *lane->sources);
        for (size_t s = lane->sources_len; s <= index; s++)
            lane->sources[s] = (struct source_clock){.last = now};
        lane->sources_len = index + 1;
    }
    lane->sources[index] = (struct source_clock){.last = now};
}

/* Every source that is there holds the watermark back until its first event (S-21): files read in
 * turn must not make each other late. */
static void expect_sources(struct live_lane *lane)
{
    const struct feed_ops *ops = lane->config.feed->ops;
    mono_ns now = clock_mono(lane->config.clock);
    const char *name;
    uint64_t bytes;
    for (uint32_t s = 0; ops->source(lane->config.feed, s, &name, &bytes); s++) {
        know_source(lane, s, now);
        pipeline_expect(&lane->pipeline, s);
    }
}

/* When the next source becomes idle; with one source the watermark stays anyway (S-23). */
static mono_ns next_idle(const struct live_lane *lane)
{
    mono_ns next = WAKE_NEVER;
    for (size_t s = 0; s < lane->sources_len && lane->sources_len > 1; s++)
        if (!lane->sources[s].idle && lane->sources[s].last + lane->idle_ns < next)
            next = lane->sources[s].last + lane->idle_ns;
    return next;
}

static void mark_idle(struct live_lane *lane, mono_ns now)
{
    if (now < next_idle(lane) || !atomic_load(&lane->caught_up))
        return;
    for (size_t s = 0; s < lane->sources_len; s++) {
        struct source_clock *source = &lane->sources[s];
        if (!source->idle && now - source->last >= lane->idle_ns) {
            SOMETIMES(source_idle);
            source->idle = true;
            pipeline_idle(&lane->pipeline, (uint32_t)s);
            lane->changed = lane->report_due = true;
        }
    }
}

/* --- the batch runs' marks --- */

static void arm(struct live_lane *lane, const struct mark_letter *letter)
{
    const struct pipeline *pipeline = &lane->pipeline;
    struct at_mark_base base = {.counts = pipeline_day(pipeline, letter->day),
                                .kept = pipeline_day_kept(pipeline, letter->day),
                                .rare = pipeline->rare};
    at_mark_arm(lane->at_mark, letter->run, letter->day, &base, &lane->positions);
    mark_post_heard(lane->config.post, letter->run);
}

static void hear(struct live_lane *lane, struct mark_letter *letter)
{
    switch (letter->kind) {
    case MARK_ARM:
        arm(lane, letter);
        break;
    case MARK_SET:
        at_mark_set(lane->at_mark, letter->run, &letter->positions, letter->lost, &lane->positions);
        break;
    case MARK_ENDS:
        at_mark_ends(lane->at_mark, letter->run, &letter->positions, &lane->positions);
        break;
    case MARK_DROP:
        at_mark_drop(lane->at_mark, letter->run);
        break;
    }
    positions_fini(&letter->positions);
}

/* Between two blocks: what the lane has counted and how far it has come agree. */
static void hear_batch(struct live_lane *lane)
{
    struct mark_letter letter;
    if (!lane->config.post || !lane->at_mark)
        return;
    while (mark_post_take(lane->config.post, &letter)) {
        hear(lane, &letter);
        lane->changed = true;
    }
    lane->pipeline.at_mark = at_mark_listens(lane->at_mark) ? lane->at_mark : NULL;
}

static void note_position(struct live_lane *lane, const struct event_block *block)
{
    size_t at = positions_note(&lane->positions, block->source, block->generation, block->begin,
                               block->end);
    lane->positions.entries[at].lines = block->lines;
    if (lane->at_mark)
        at_mark_pass(lane->at_mark, block->source, block->generation, block->end);
}

static void report(struct live_lane *lane, bool last);

/* By records: a report after each of them that is due, in the midst of a block too (S-33). */
static void count(struct live_lane *lane, const struct event_block *block)
{
    uint64_t every = lane->config.report_records;
    uint32_t from = 0;
    while (every > 0) {
        uint64_t left = every - lane->pipeline.outcomes.read % every;
        if (left > block->len - from)
            break;
        pipeline_apply_part(&lane->pipeline, block, from, from + (uint32_t)left);
        from += (uint32_t)left;
        lane->report_due = true;
        report(lane, false);
    }
    pipeline_apply_part(&lane->pipeline, block, from, block->len);
}

static void apply(struct live_lane *lane, const struct event_block *block)
{
    const struct live_lane_config *config = &lane->config;
    know_source(lane, block->source, clock_mono(config->clock));
    live_rejects_turn(lane);
    count(lane, block);
    handover_note(lane->handover, block);
    note_position(lane, block);
    lane->bytes += block->end - block->begin;
    if (config->screen && block->len > 0)
        live_publish_note(lane, block);
    if (config->tracer)
        tracer_live(config->tracer, block, config->symbols, config->definition->group_by_len,
                    clock_now(config->clock));
    lane->changed = true;
    lane->report_due = config->report_records == 0;
    lane->unjudged = true;
}

/* At most once a second, and only after something happened or while something is wrong (S-70). */
static void judge_health(struct live_lane *lane, mono_ns now)
{
    const struct live_lane_config *config = &lane->config;
    const struct outcomes *outcomes = &lane->pipeline.outcomes;
    struct feed_status feed;
    if (!lane->watched || lane->pipeline.ended || now < health_next(&lane->health, lane->unjudged))
        return;
    config->feed->ops->status(config->feed, &feed);
    const struct health_facts facts = {
        .now = now,
        .clock = clock_now(config->clock),
        .unread = feed.unread > feed.unfinished ? feed.unread - feed.unfinished : 0,
        .caught_up = atomic_load(&lane->at_end),
        .watermark = pipeline_watermark(&lane->pipeline),
        .read = outcomes->read,
        .rejected = outcomes->rejected,
        .events = outcomes->read - outcomes->rejected - outcomes->duplicate};
    lane->unjudged = false;
    if (health_look(&lane->health, &facts, &config->health) ||
        health_next(&lane->health, false) != WAKE_NEVER)
        lane->changed = true;
}

/* Who waits for room is woken when half of the ring is free: not once for each block. */
static void wake_reader(struct live_lane *lane)
{
    if (atomic_load(&lane->reader_waits_for_room) &&
        ring_len(lane->ring) <= ring_slots(lane->ring) / 2 &&
        atomic_exchange(&lane->reader_waits_for_room, false))
        wake_ring(&lane->reader_bell);
}

static void drain(struct live_lane *lane)
{
    const struct event_block *block;
    hear_batch(lane);
    while ((block = ring_peek(lane->ring)) && live_delivery_claim(lane, block)) {
        apply(lane, block);
        hear_batch(lane);
        ring_release(lane->ring);
        wake_reader(lane);
        mono_ns now = clock_mono(lane->config.clock);
        judge_health(lane, now);
        mono_ns late = trigger_every(&lane->trigger) > 0 ? 0 : LIVE_PUBLISH_LATEST;
        mono_ns at = live_publish_at(lane);
        if (at != WAKE_NEVER && now > at + late)
            live_publish(lane);
        report(lane, false);
        live_epoch_step(lane);
        handover_pause(lane->handover);
    }
}

static bool is_report_due(const struct live_lane *lane)
{
    return lane->config.report && lane->report_due && !lane->config.report_at_end;
}

static void report(struct live_lane *lane, bool last)
{
    if (!lane->config.report || (!last && !is_report_due(lane)))
        return;
    mono_ns now = clock_mono(lane->config.clock);
    int64_t interval_ms = lane->config.report_records > 0 ? 0 : lane->config.interval_ms;
    if (!last && now - lane->reported < interval_ms * NS_PER_MS)
        return;
    atomic_store(&lane->lane_cpu_ns, clock_thread_cpu_ns());
    lane->reported = now;
    lane->report_due = false;
    lane->config.report(lane->config.report_context, lane, last);
    lane->epoch.held = true;
}

/* When there is something to do although no bell rings. */
static mono_ns next_deadline(struct live_lane *lane)
{
    mono_ns deadline = live_publish_at(lane);
    if (lane->exchange && deadline == WAKE_NEVER)
        deadline = live_publish_quiet_at(lane);
    if (is_report_due(lane)) {
        mono_ns due = lane->reported + lane->config.interval_ms * NS_PER_MS;
        deadline = due < deadline ? due : deadline;
    }
    mono_ns epoch = live_epoch_deadline(lane);
    deadline = epoch < deadline ? epoch : deadline;
    mono_ns idle = next_idle(lane);
    deadline = idle < deadline ? idle : deadline;
    mono_ns judge =
        lane->watched ? health_next(&lane->health, lane->unjudged) : (mono_ns)WAKE_NEVER;
    return judge < deadline && !lane->pipeline.ended ? judge : deadline;
}

static void *lane_main(void *argument)
{
    struct live_lane *lane = argument;
    expect_sources(lane);
    for (;;) {
        wake_clear(&lane->lane_bell);
        bool stop = atomic_load(&lane->stop_lane);
        bool done = atomic_load(&lane->reader_done);
        bool touched = atomic_exchange(&lane->touched, false);
        lane->unjudged |= touched;
        drain(lane);
        handover_pause(lane->handover);
        mark_idle(lane, clock_mono(lane->config.clock));
        judge_health(lane, clock_mono(lane->config.clock));
        live_epoch_step(lane);
        if (done && atomic_load(&lane->feed_ended) && live_epoch_flush(lane))
            pipeline_end(&lane->pipeline);
        mono_ns now = clock_mono(lane->config.clock);
        bool quiet = live_publish_at(lane) == WAKE_NEVER && now >= live_publish_quiet_at(lane);
        lane->changed |= touched || quiet;
        if (now >= live_publish_at(lane))
            live_publish(lane);
        if (quiet)
            lane->rate_newest = 0;
        if (done && !atomic_exchange(&lane->ended, true) && lane->config.changed)
            wake_ring(lane->config.changed);
        report(lane, false);
        live_epoch_step(lane);
        if (stop)
            break;
        wake_wait(&lane->lane_bell, next_deadline(lane));
    }
    atomic_store(&lane->lane_cpu_ns, clock_thread_cpu_ns());
    report(lane, true);
    live_epoch_flush(lane);
    return NULL;
}

/* --- from outside ---------------------------------------------------------------------------- */

enum status live_lane_start(struct live_lane *lane, struct error *error)
{
    struct live_epoch *epoch = &lane->epoch;
    if (epoch->checkpoint &&
        checkpoint_start(epoch->checkpoint, &lane->lane_bell, error) != STATUS_OK)
        return STATUS_LIMIT;
    int failed = thread_start(&lane->lane, lane_main, lane);
    if (failed)
        return error_set_errno(error, STATUS_LIMIT, failed, "the live lane's thread");
    failed = thread_start(&lane->reader, live_reader_main, lane);
    if (failed) {
        atomic_store(&lane->stop_lane, true);
        wake_ring(&lane->lane_bell);
        pthread_join(lane->lane, NULL);
        return error_set_errno(error, STATUS_LIMIT, failed, "the reader's thread");
    }
    lane->started = true;
    return STATUS_OK;
}

void live_lane_stop(struct live_lane *lane)
{
    if (!lane->started)
        return;
    atomic_store(&lane->stop_reader, true);
    wake_ring(&lane->reader_bell);
    pthread_join(lane->reader, NULL);
    atomic_store(&lane->stop_lane, true);
    wake_ring(&lane->lane_bell);
    pthread_join(lane->lane, NULL);
    lane->started = false;
}

void live_lane_free(struct live_lane *lane)
{
    if (!lane)
        return;
    live_lane_stop(lane);
    live_epoch_fini(lane);
    live_rejects_fini(lane);
    pipeline_fini(&lane->pipeline);
    at_mark_free(lane->at_mark);
    positions_fini(&lane->positions);
    free(lane->sources);
    handover_free(lane->handover);
    kept_days_free(lane->days);
    table_maker_fini(&lane->tables);
    exchange_free(lane->exchange);
    ring_free(lane->ring);
    wake_fini(&lane->reader_bell);
    wake_fini(&lane->lane_bell);
    free(lane);
}

const struct snapshot_live *live_lane_newest(struct live_lane *lane)
{
    return exchange_newest(lane->exchange);
}

bool live_lane_ended(const struct live_lane *lane)
{
    return atomic_load(&((struct live_lane *)lane)->ended);
}

enum status live_lane_failure(const struct live_lane *lane, struct error *error)
{
    if (lane->epoch.checkpoint && checkpoint_status(lane->epoch.checkpoint) != STATUS_OK)
        return checkpoint_wait(lane->epoch.checkpoint, error);
    if (lane->failed != STATUS_OK && error)
        *error = lane->failure;
    return lane->failed;
}

bool live_lane_not_kept(const struct live_lane *lane)
{
    return lane->epoch.checkpoint && checkpoint_status(lane->epoch.checkpoint) == STATUS_IO;
}

void live_lane_show_day(struct live_lane *lane, int32_t day)
{
    atomic_store(&lane->day_wanted, day);
    live_lane_tell(lane);
}

int32_t live_lane_shown_day(const struct live_lane *lane)
{
    struct live_lane *own = (struct live_lane *)lane;
    int32_t wanted = atomic_load(&own->day_wanted);
    return wanted != INT32_MIN ? wanted : atomic_load(&own->day);
}

void live_lane_wake(struct live_lane *lane)
{
    live_lane_tell(lane);
    wake_ring(&lane->reader_bell);
}

void live_lane_set_trigger(struct live_lane *lane, int64_t trigger_ms)
{
    trigger_set(&lane->trigger, trigger_ms);
    live_lane_tell(lane);
}

void live_lane_want_days(struct live_lane *lane, bool wanted)
{
    atomic_store(&lane->days_wanted, wanted);
    live_lane_tell(lane);
}

const struct pipeline *live_lane_pipeline(const struct live_lane *lane)
{
    return &lane->pipeline;
}

uint64_t live_lane_rejects_cut(const struct live_lane *lane)
{
    return lane->epoch.checkpoint ? checkpoint_rejects_cut(lane->epoch.checkpoint) : 0;
}

struct snapshot_cost live_lane_cost(const struct live_lane *lane)
{
    struct live_lane *own = (struct live_lane *)lane;
    return (struct snapshot_cost){.cpu_ns = atomic_load(&own->reader_cpu_ns) +
                                            atomic_load(&own->lane_cpu_ns),
                                  .rows = lane->pipeline.outcomes.read - lane->epoch.restored,
                                  .bytes = lane->bytes};
}
