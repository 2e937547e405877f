/*
 * Two threads and a ring between them. The reader owns the feed and its position; the lane owns the
 * pipeline and the live half of the snapshot. Each sleeps on a bell of its own.
 *
 * A snapshot is published as soon as the ring is empty, but no sooner than PUBLISH_GAP after the
 * one before, and at the latest every PUBLISH_LATEST under a flood.
 */
#include "core/live_lane.h"

#include "core/feed.h"
#include "core/ring.h"
#include "core/table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    RING_SLOTS = 16,
    NS_PER_MS = 1000000,
    PUBLISH_GAP = 2 * NS_PER_MS,
    PUBLISH_GAP_PER_GROUP = 2000, /* large tables cost more: publish them less often */
    PUBLISH_LATEST = 15 * NS_PER_MS,
    RATE_SLICES = 10 /* of 100 ms */
};

/* When a source last gave something: one that has been at its end for long is idle (S-23). */
struct source_clock {
    mono_ns last;
    bool idle;
};

struct live_lane {
    /* immutable after new */
    struct live_lane_config config;
    struct ring *ring;
    struct exchange *exchange;
    pthread_t reader, lane;
    bool started;

    /* reader's */
    struct wake reader_bell;
    struct error failure;
    enum status failed;

    /* lane's */
    struct wake lane_bell;
    struct pipeline pipeline;
    struct table_maker tables;
    struct positions positions;
    struct at_mark *at_mark; /* screen only */
    struct snapshot_mark marks[SNAPSHOT_MARKS];
    int marks_len;
    mono_ns published, reported, last_event;
    uint64_t bytes;
    int64_t idle_ns;
    uint64_t rate_slice[RATE_SLICES];
    int64_t rate_newest; /* number of the newest slice */
    bool changed, report_due;
    struct source_clock *sources; /* by index */
    size_t sources_len;

    /* shared */
    atomic_bool stop_reader, stop_lane;
    atomic_bool reader_waits_for_room;
    atomic_bool caught_up; /* the reader has been at the end of the feed once */
    atomic_bool reader_done;
    atomic_bool touched;    /* something else than events changed */
    atomic_bool feed_ended; /* bounded input was read to its end */
    atomic_bool ended;
    atomic_int day;
    atomic_int_fast64_t reader_cpu_ns, lane_cpu_ns;
};

struct live_lane *live_lane_new(const struct live_lane_config *config)
{
    struct live_lane *lane = mem_zero(1, sizeof *lane);
    struct pipeline_config pipeline = {.definition = config->definition,
                                       .symbols = config->symbols,
                                       .live = true,
                                       .from = config->from,
                                       .to = config->to,
                                       .by_day = config->screen,
                                       .explain = config->screen || config->explain,
                                       .watch_windows = config->screen,
                                       .closed_room = LIFECYCLE_ROOM_LIVE,
                                       .distinct_cap = DISTINCT_CAP_LIVE};
    lane->config = *config;
    lane->ring = ring_new(RING_SLOTS);
    if (config->screen)
        lane->exchange = exchange_new(sizeof(struct snapshot_live));
    wake_init(&lane->reader_bell);
    wake_init(&lane->lane_bell);
    pipeline_init(&lane->pipeline, &pipeline);
    if (config->screen)
        lane->at_mark = at_mark_new(config->definition, lane->pipeline.config.groups_cap, 0);
    if (config->post)
        mark_post_bell(config->post, &lane->lane_bell);
    lane->idle_ns = config->definition->watermark.idle_ms * (int64_t)NS_PER_MS;
    atomic_init(&lane->day, INT32_MIN);
    return lane;
}

/* --- the reader ------------------------------------------------------------------------------ */

/* A free slot; NULL when stopping. A full ring is where backpressure begins (S-120). */
static struct event_block *wait_for_room(struct live_lane *lane)
{
    for (;;) {
        struct event_block *block = ring_reserve(lane->ring);
        if (block)
            return block;
        wake_clear(&lane->reader_bell);
        atomic_store(&lane->reader_waits_for_room, true);
        if (atomic_load(&lane->stop_reader))
            return NULL;
        if (!(block = ring_reserve(lane->ring)))
            wake_wait(&lane->reader_bell, WAKE_NEVER);
        else
            return block;
    }
}

static void tell_lane(struct live_lane *lane)
{
    atomic_store(&lane->touched, true);
    wake_ring(&lane->lane_bell);
}

/* Whether the feed's state reads differently than when the lane was last told. */
static bool news(struct feed *feed, struct feed_status *told)
{
    struct feed_status now;
    feed->ops->status(feed, &now);
    bool same = now.state == told->state && now.unfinished == told->unfinished &&
                now.unread == told->unread && now.sources == told->sources &&
                strcmp(now.message, told->message) == 0;
    *told = now;
    return !same;
}

/* Nothing to read now: says what is new, then sleeps. */
static void wait_for_more(struct live_lane *lane, enum feed_result result, struct feed_status *told)
{
    struct feed *feed = lane->config.feed;
    if (result == FEED_IDLE && !atomic_exchange(&lane->caught_up, true))
        tell_lane(lane);
    if (news(feed, told))
        tell_lane(lane);
    feed->ops->wait(feed, &lane->reader_bell, WAKE_NEVER);
    if (news(feed, told))
        tell_lane(lane);
}

static void *reader_main(void *argument)
{
    struct live_lane *lane = argument;
    struct feed *feed = lane->config.feed;
    struct feed_status told = {.state = FEED_WAITING_FILE};
    while (!atomic_load(&lane->stop_reader)) {
        struct event_block *block = wait_for_room(lane);
        if (!block)
            break;
        wake_clear(&lane->reader_bell);
        if (atomic_load(&lane->stop_reader))
            break;
        struct error error;
        enum feed_result result = feed->ops->read(feed, block, &error);
        atomic_store(&lane->reader_cpu_ns, clock_thread_cpu_ns());
        if (result == FEED_BLOCK) {
            block->read_at = clock_now(lane->config.clock);
            ring_publish(lane->ring);
            wake_ring(&lane->lane_bell);
        } else if (result == FEED_END) {
            atomic_store(&lane->feed_ended, true);
            break;
        } else if (result == FEED_FAILED && lane->config.stop_on_failure) {
            lane->failure = error;
            lane->failed = error.code;
            break;
        } else {
            wait_for_more(lane, result, &told);
        }
    }
    atomic_store(&lane->reader_done, true);
    tell_lane(lane);
    return NULL;
}

/* --- the lane -------------------------------------------------------------------------------- */

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

static uint64_t rate_now(struct live_lane *lane, mono_ns now)
{
    uint64_t events = 0;
    advance_rate(lane, now);
    for (int s = 0; s < RATE_SLICES; s++)
        events += lane->rate_slice[s];
    return events;
}

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
    positions_note(&lane->positions, block->source, block->generation, block->begin, block->end);
    if (lane->at_mark)
        at_mark_pass(lane->at_mark, block->source, block->generation, block->end);
}

static void apply(struct live_lane *lane, const struct event_block *block)
{
    const struct live_lane_config *config = &lane->config;
    know_source(lane, block->source, clock_mono(config->clock));
    pipeline_apply(&lane->pipeline, block);
    note_position(lane, block);
    lane->bytes += block->end - block->begin;
    if (config->screen && block->len > 0) {
        mono_ns now = clock_mono(config->clock);
        add_mark(lane, block->readable);
        advance_rate(lane, now);
        lane->rate_slice[lane->rate_newest % RATE_SLICES] += block->len;
        lane->last_event = now;
        atomic_store(&lane->day, lane->pipeline.newest_day);
    }
    if (config->tracer)
        tracer_live(config->tracer, block, config->symbols, config->definition->group_by_len,
                    clock_now(config->clock));
    lane->changed = true;
    lane->report_due = true;
}

static void publish_alerts(const struct pipeline *pipeline, struct snapshot_live *half)
{
    if (!pipeline->alerts)
        return;
    half->alerts_len = alert_board_fill(pipeline->alerts, half->alerts, SNAPSHOT_ALERTS);
    for (int r = 0; r < pipeline->config.definition->rules_len; r++)
        half->alerts_total[r] = rules_raised(pipeline->rules, r);
    half->alerts_missed = pipeline_alerts_missed(pipeline);
}

static void publish(struct live_lane *lane)
{
    const struct live_lane_config *config = &lane->config;
    struct snapshot_live *half = exchange_back(lane->exchange);
    mono_ns now = clock_mono(config->clock);
    table_make(&lane->tables, &lane->pipeline,
               pipeline_day(&lane->pipeline, lane->pipeline.newest_day), config->symbols,
               lane->pipeline.newest_day, &half->table);
    at_mark_fill(lane->at_mark, &half->table, &half->at_mark, &half->at_mark_before);
    if (lane->pipeline.watch)
        window_watch_fill(lane->pipeline.watch, lane->pipeline.windows,
                          pipeline_watermark(&lane->pipeline), &half->windows);
    half->outcomes = lane->pipeline.outcomes;
    half->reasons_len = table_reasons(&half->outcomes, config->definition, half->reasons);
    config->feed->ops->status(config->feed, &half->feed);
    memcpy(half->marks, lane->marks, sizeof lane->marks);
    half->marks_len = lane->marks_len;
    half->last_event = lane->last_event;
    half->rate = rate_now(lane, now);
    half->newest = lane->pipeline.newest;
    half->watermark = pipeline_watermark(&lane->pipeline);
    publish_alerts(&lane->pipeline, half);
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
    exchange_publish(lane->exchange);
    if (config->changed)
        wake_ring(config->changed);
}

static mono_ns publish_gap(const struct live_lane *lane)
{
    return PUBLISH_GAP + (mono_ns)tally_len(lane->pipeline.tally) * PUBLISH_GAP_PER_GROUP;
}

static void drain(struct live_lane *lane)
{
    const struct event_block *block;
    hear_batch(lane);
    while ((block = ring_peek(lane->ring))) {
        apply(lane, block);
        hear_batch(lane);
        ring_release(lane->ring);
        if (atomic_load(&lane->reader_waits_for_room) &&
            atomic_exchange(&lane->reader_waits_for_room, false))
            wake_ring(&lane->reader_bell);
        if (lane->exchange &&
            clock_mono(lane->config.clock) - lane->published > PUBLISH_LATEST + publish_gap(lane))
            publish(lane);
    }
}

static void report(struct live_lane *lane, bool last)
{
    if (!lane->config.report)
        return;
    mono_ns now = clock_mono(lane->config.clock);
    if (!last && (!lane->report_due || now - lane->reported < lane->config.interval_ms * NS_PER_MS))
        return;
    atomic_store(&lane->lane_cpu_ns, clock_thread_cpu_ns());
    lane->reported = now;
    lane->report_due = false;
    lane->config.report(lane->config.report_context, lane, last);
}

/* When there is something to do although no bell rings. */
static mono_ns next_deadline(const struct live_lane *lane)
{
    mono_ns deadline = WAKE_NEVER;
    if (lane->exchange && lane->changed)
        deadline = lane->published + publish_gap(lane);
    else if (lane->exchange && lane->rate_newest > 0)
        deadline = (lane->rate_newest + RATE_SLICES + 1) * 100 * NS_PER_MS;
    if (lane->config.report && lane->report_due) {
        mono_ns due = lane->reported + lane->config.interval_ms * NS_PER_MS;
        deadline = due < deadline ? due : deadline;
    }
    mono_ns idle = next_idle(lane);
    return idle < deadline ? idle : deadline;
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
        drain(lane);
        mark_idle(lane, clock_mono(lane->config.clock));
        if (done && atomic_load(&lane->feed_ended))
            pipeline_end(&lane->pipeline);
        mono_ns now = clock_mono(lane->config.clock);
        bool quiet = !lane->changed && lane->rate_newest > 0 && now >= next_deadline(lane);
        lane->changed |= touched || quiet;
        if (lane->exchange && lane->changed && now - lane->published >= publish_gap(lane))
            publish(lane);
        if (quiet)
            lane->rate_newest = 0;
        if (done && !atomic_exchange(&lane->ended, true) && lane->config.changed)
            wake_ring(lane->config.changed);
        report(lane, false);
        if (stop)
            break;
        wake_wait(&lane->lane_bell, next_deadline(lane));
    }
    atomic_store(&lane->lane_cpu_ns, clock_thread_cpu_ns());
    report(lane, true);
    return NULL;
}

/* --- from outside ---------------------------------------------------------------------------- */

enum status live_lane_start(struct live_lane *lane, struct error *error)
{
    int failed = pthread_create(&lane->lane, NULL, lane_main, lane);
    if (failed)
        return error_set_errno(error, STATUS_LIMIT, failed, "the live lane's thread");
    failed = pthread_create(&lane->reader, NULL, reader_main, lane);
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
    pipeline_fini(&lane->pipeline);
    at_mark_free(lane->at_mark);
    positions_fini(&lane->positions);
    free(lane->sources);
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
    if (lane->failed != STATUS_OK && error)
        *error = lane->failure;
    return lane->failed;
}

int32_t live_lane_day(const struct live_lane *lane)
{
    return atomic_load(&((struct live_lane *)lane)->day);
}

void live_lane_wake(struct live_lane *lane)
{
    tell_lane(lane);
    wake_ring(&lane->reader_bell);
}

const struct pipeline *live_lane_pipeline(const struct live_lane *lane)
{
    return &lane->pipeline;
}

const struct positions *live_lane_positions(const struct live_lane *lane)
{
    return &lane->positions;
}

struct snapshot_cost live_lane_cost(const struct live_lane *lane)
{
    struct live_lane *own = (struct live_lane *)lane;
    return (struct snapshot_cost){.cpu_ns = atomic_load(&own->reader_cpu_ns) +
                                            atomic_load(&own->lane_cpu_ns),
                                  .rows = lane->pipeline.outcomes.read,
                                  .bytes = lane->bytes};
}
