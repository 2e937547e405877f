/*
 * The replay: records in the order of arrival through the live pipeline, while minutes end, sources
 * fall idle and batch runs come due between them; then the runs are executed, and both answers put
 * side by side.
 */
#include "core/compare.h"

#include "core/batch_lane.h"
#include "core/compare_parts.h"
#include "core/histogram.h"

#include <stdlib.h>
#include <string.h>

struct replay {
    const struct compare_config *config;
    struct compare *out;
    struct compare_source *sources;
    size_t len;
    struct run_plan plan;
    struct compare_alerts live_alerts, batch_alerts;
    struct histogram ages;
    double age_sum;
    epoch_ms now; /* INT64_MIN: the clock has not begun */
    epoch_ms minute_end, next_run, next_idle;
    bool ending;
    /* as of the last minute */
    uint64_t counted, late, revisions, minute_before;
    bool whole_minute_before;
    uint64_t rows_at_run;
};

void compare_phase(const struct compare_config *config, const char *what, uint64_t bytes)
{
    if (config->progress)
        atomic_store(&config->progress->bytes, 0);
    if (config->phase)
        config->phase(config->phase_context, what, bytes);
}

/* --- alerts --- */

static void take_live(void *context, const struct alert *alert)
{
    struct replay *replay = context;
    compare_alerts_add(&replay->live_alerts, alert, replay->now, replay->ending);
}

static void take_batch(void *context, const struct alert *alert)
{
    struct replay *replay = context;
    compare_alerts_add(&replay->batch_alerts, alert, alert->time, false);
}

/* --- what comes due as virtual time passes --- */

static uint64_t counted_now(const struct replay *replay)
{
    return replay->out->live.outcomes.counted + replay->out->live.outcomes.late;
}

static void note_spike(struct replay *replay, uint64_t count)
{
    struct compare_spike *spike = &replay->out->spike;
    uint64_t before = replay->minute_before;
    if (!replay->whole_minute_before || count <= before ||
        (spike->any && count - before <= spike->count - spike->before))
        return;
    *spike = (struct compare_spike){.any = true,
                                    .minute = replay->minute_end - MS_PER_MINUTE,
                                    .count = count,
                                    .before = before,
                                    .live = replay->minute_end};
}

/* The running minute is over; the next is the one of `at`. */
static void end_minute(struct replay *replay, epoch_ms at)
{
    const struct outcomes *outcomes = &replay->out->live.outcomes;
    uint64_t revisions = windows_counters(replay->out->live.windows).revisions;
    uint64_t count = counted_now(replay) - replay->counted;
    struct compare_bin *bin =
        compare_series_at(&replay->out->series, replay->minute_end - MS_PER_MINUTE);
    bin->events += count;
    bin->corrections += revisions - replay->revisions;
    bin->late += outcomes->late - replay->late;
    uint64_t behind = outcomes->read - replay->rows_at_run;
    if (behind > bin->behind)
        bin->behind = behind;
    note_spike(replay, count);
    epoch_ms next = at - at % MS_PER_MINUTE;
    replay->minute_before = next > replay->minute_end ? 0 : count;
    replay->whole_minute_before =
        next > replay->minute_end || replay->minute_end - MS_PER_MINUTE >= replay->out->begin;
    replay->minute_end = next + MS_PER_MINUTE;
    replay->counted = counted_now(replay);
    replay->late = outcomes->late;
    replay->revisions = revisions;
}

/* As the batch lane of the dashboard (day_of_run there): the day that ended, or the newest that the
 * feed has reached. */
static int32_t day_of_run(const struct replay *replay, epoch_ms mark)
{
    const struct zone *zone = replay->config->definition->zone;
    epoch_ms newest = replay->out->live.newest;
    int32_t ended = instant_day(mark - 1, zone);
    int32_t shown = newest == INT64_MIN ? INT32_MIN : instant_day(newest, zone);
    return ended < shown ? ended : shown;
}

static void note_run(struct replay *replay)
{
    const struct definition *definition = replay->config->definition;
    epoch_ms mark = replay->next_run;
    struct compare_run run = {
        .mark = mark, .rows = replay->out->live.outcomes.read, .day = day_of_run(replay, mark)};
    replay->next_run = batch_lane_next(mark, replay->config->every_ms, definition->zone);
    run.interval_ms = replay->next_run - mark;
    for (size_t s = 0; s < replay->len; s++)
        run.bytes += replay->sources[s].end;
    compare_runs_note(&replay->plan, &run, replay->sources);
    replay->rows_at_run = run.rows;
    if (replay->out->spike.any && replay->out->spike.batch == 0 && mark >= replay->out->spike.live)
        replay->out->spike.batch = mark;
    replay->out->horizon = mark;
}

/* With one source the watermark stays anyway (S-23). */
static void find_next_idle(struct replay *replay)
{
    int64_t idle_ms = replay->config->definition->watermark.idle_ms;
    replay->next_idle = INT64_MAX;
    for (size_t s = 0; s < replay->len && replay->len > 1; s++) {
        const struct compare_source *source = &replay->sources[s];
        if (source->last != INT64_MIN && !source->idle &&
            source->last + idle_ms < replay->next_idle)
            replay->next_idle = source->last + idle_ms;
    }
}

static void fall_idle(struct replay *replay)
{
    int64_t idle_ms = replay->config->definition->watermark.idle_ms;
    for (size_t s = 0; s < replay->len; s++) {
        struct compare_source *source = &replay->sources[s];
        if (source->last == INT64_MIN || source->idle || source->last + idle_ms > replay->now)
            continue;
        source->idle = true;
        pipeline_idle(&replay->out->live, source->index);
    }
    find_next_idle(replay);
}

static epoch_ms least(epoch_ms a, epoch_ms b)
{
    return a < b ? a : b;
}

/* A minute ends with its last millisecond; a run at T holds what arrived at T. */
static enum status advance(struct replay *replay, epoch_ms at, struct error *error)
{
    for (;;) {
        epoch_ms run = replay->next_run == INT64_MAX ? INT64_MAX : replay->next_run + 1;
        epoch_ms due = least(replay->minute_end, least(run, replay->next_idle));
        if (due > at)
            break;
        if (due > replay->now)
            replay->now = due;
        if (due == replay->minute_end)
            end_minute(replay, at);
        else if (due == run)
            note_run(replay);
        else
            fall_idle(replay);
        if (replay->out->runs.planned > COMPARE_RUNS_PLANNED)
            return error_set(error, STATUS_LIMIT,
                             "the feed spans so much time that this schedule means more than %d "
                             "million batch runs; say a longer --every",
                             COMPARE_RUNS_PLANNED / 1000000);
    }
    replay->now = at;
    return STATUS_OK;
}

static enum status begin_or_advance(struct replay *replay, epoch_ms at, struct error *error)
{
    const struct compare_config *config = replay->config;
    if (replay->now != INT64_MIN)
        return at > replay->now ? advance(replay, at, error) : STATUS_OK;
    if (at == INT64_MIN)
        return STATUS_OK;
    struct compare *out = replay->out;
    out->any = true;
    out->begin = replay->now = at;
    replay->minute_end = at - at % MS_PER_MINUTE + MS_PER_MINUTE;
    replay->next_run = batch_lane_next(at, config->every_ms, config->definition->zone);
    compare_series_init(&out->series, at);
    return STATUS_OK;
}

/* --- records --- */

static void finish_block(struct replay *replay, struct compare_source *source)
{
    int64_t age = source->read_ns[0] + source->applied_ns;
    uint32_t len = source->blocks[0]->len;
    for (uint32_t i = 0; i < len; i++)
        histogram_add(&replay->ages, age);
    replay->age_sum += (double)age * (double)len;
    if (age > replay->out->live_age.worst)
        replay->out->live_age.worst = age;
    if (replay->now != INT64_MIN) {
        struct compare_bin *bin = compare_series_at(&replay->out->series, replay->now);
        if (age > bin->live_ns)
            bin->live_ns = age;
    }
}

/* Takes records of one source as long as none of the others arrived before. */
static enum status take_turn(struct replay *replay, struct compare_source *source, epoch_ms until,
                             struct error *error)
{
    const struct event_block *block = source->blocks[0];
    enum status status = STATUS_OK;
    int64_t cpu = clock_thread_cpu_ns();
    mono_ns started = clock_mono(replay->config->clock);
    for (; source->at < block->len && source->arrival[source->at] <= until; source->at++) {
        const struct event *event = &block->events[source->at];
        status = begin_or_advance(replay, source->arrival[source->at], error);
        if (status != STATUS_OK)
            return status;
        pipeline_apply_part(&replay->out->live, block, source->at, source->at + 1);
        uint64_t next =
            source->at + 1 < block->len ? block->events[source->at + 1].start : block->end;
        source->end = event->length == UINT32_MAX ? next : event->start + event->length;
        source->last = replay->now;
        source->idle = false;
        if (replay->len > 1 && replay->next_idle == INT64_MAX)
            find_next_idle(replay);
    }
    source->applied_ns += clock_mono(replay->config->clock) - started;
    replay->out->live_cost.cpu_ns += clock_thread_cpu_ns() - cpu;
    if (source->at < block->len)
        return STATUS_OK;
    finish_block(replay, source);
    compare_source_drop(source);
    return compare_source_fill(source, &replay->out->live, error);
}

static epoch_ms head_of(const struct compare_source *source)
{
    return source->arrival[source->at];
}

/* Of those that arrive at once, the first source's come first. */
static enum status read_all(struct replay *replay, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t s = 0; s < replay->len && status == STATUS_OK; s++)
        status = compare_source_fill(&replay->sources[s], &replay->out->live, error);
    while (status == STATUS_OK) {
        struct compare_source *first = NULL;
        epoch_ms until = INT64_MAX;
        for (size_t s = 0; s < replay->len; s++) {
            struct compare_source *source = &replay->sources[s];
            if (source->blocks_len == 0)
                continue;
            if (!first || head_of(source) < head_of(first)) {
                until = first ? head_of(first) - 1 : INT64_MAX;
                first = source;
            } else {
                until = least(until, head_of(source));
            }
        }
        if (!first)
            break;
        until = until < head_of(first) ? head_of(first) : until;
        status = take_turn(replay, first, until, error);
    }
    return status;
}

/* --- the end --- */

/* The first run at or behind the last arrival holds everything. */
static enum status end_replay(struct replay *replay, struct error *error)
{
    struct compare *out = replay->out;
    enum status status = STATUS_OK;
    if (out->any) {
        out->end = replay->now;
        status = advance(replay, replay->next_run + 1, error);
        end_minute(replay, replay->now);
        if (out->spike.any && out->spike.batch == 0)
            out->spike.batch = batch_lane_next(out->spike.live - 1, replay->config->every_ms,
                                               replay->config->definition->zone);
    }
    replay->ending = true;
    pipeline_end(&out->live);
    for (size_t s = 0; s < replay->len; s++) {
        out->live_cost.cpu_ns += replay->sources[s].cpu_ns;
        out->live_cost.bytes += replay->sources[s].read_end;
        out->disbelieved += replay->sources[s].disbelieved;
    }
    out->live_cost.rows = out->live.outcomes.read;
    out->live_age.p99 = histogram_quantile(&replay->ages, 990);
    if (replay->ages.count > 0)
        out->live_age.mean = (int64_t)(replay->age_sum / (double)replay->ages.count);
    return status;
}

/* One run over everything, as `batch` does it; sequential, for its alerts. */
static enum status run_over_all(struct replay *replay, struct error *error)
{
    const struct compare_config *config = replay->config;
    struct scan *scan = config->feed->ops->scan_open(config->feed, error);
    if (!scan)
        return error ? error->code : STATUS_IO;
    const struct batch_run_config batch = {.definition = config->definition,
                                           .symbols = config->symbols,
                                           .scan = scan,
                                           .workers = 1,
                                           .progress = config->progress,
                                           .explain = true,
                                           .alerts = {take_batch, replay}};
    compare_phase(config, "over everything", scan->ops->bytes(scan));
    enum status status = batch_run(&batch, &replay->out->last, error);
    scan->ops->free(scan);
    if (status == STATUS_OK &&
        (replay->out->last.bytes != replay->out->live_cost.bytes ||
         replay->out->last.pipeline.outcomes.read != replay->out->live.outcomes.read))
        status =
            error_set(error, STATUS_BAD_FORMAT,
                      "the feed changed while it was read: compare wants one that is finished");
    return status;
}

static enum status replay_all(struct replay *replay, struct error *error)
{
    compare_phase(replay->config, "live", 0);
    enum status status = read_all(replay, error);
    if (status == STATUS_OK)
        status = end_replay(replay, error);
    if (status == STATUS_OK)
        status = run_over_all(replay, error);
    if (status == STATUS_OK)
        status = compare_runs_execute(&replay->plan, replay->config, replay->out, error);
    if (status == STATUS_OK)
        compare_alerts_match(replay->config, &replay->live_alerts, &replay->batch_alerts,
                             &replay->plan, replay->out);
    if (status != STATUS_OK)
        return status;
    compare_alerts_explain(&replay->live_alerts, &replay->batch_alerts, replay->out);
    compare_answers(replay->config, replay->out);
    return status;
}

enum status compare_run(const struct compare_config *config, struct compare *out,
                        struct error *error)
{
    struct replay *replay = mem_zero(1, sizeof *replay);
    memset(out, 0, sizeof *out);
    *replay = (struct replay){.config = config,
                              .out = out,
                              .len = config->inputs_len,
                              .now = INT64_MIN,
                              .next_run = INT64_MAX,
                              .minute_end = INT64_MAX,
                              .next_idle = INT64_MAX};
    replay->sources = mem_zero(config->inputs_len, sizeof *replay->sources);
    for (size_t s = 0; s < config->inputs_len; s++)
        compare_source_init(&replay->sources[s], config, &config->inputs[s]);
    const struct pipeline_config live = {.definition = config->definition,
                                         .symbols = config->symbols,
                                         .live = true,
                                         .explain = true,
                                         .closed_room = LIFECYCLE_ROOM_LIVE,
                                         .distinct_cap = DISTINCT_CAP_LIVE,
                                         .alerts = {take_live, replay}};
    pipeline_init(&out->live, &live);
    compare_runs_init(&replay->plan, &out->runs, config->inputs_len);
    enum status status =
        config->inputs_len <= COMPARE_SOURCES
            ? replay_all(replay, error)
            : error_set(error, STATUS_LIMIT, "at most %d files can be compared", COMPARE_SOURCES);
    for (size_t s = 0; s < config->inputs_len; s++)
        compare_source_fini(&replay->sources[s]);
    out->live.config.alerts = (struct alert_sink){0};
    compare_runs_fini(&replay->plan);
    free(replay->sources);
    free(replay->live_alerts.all);
    free(replay->batch_alerts.all);
    free(replay);
    return status;
}

void compare_fini(struct compare *compare)
{
    pipeline_fini(&compare->live);
    if (compare->last.pipeline.tally)
        batch_result_fini(&compare->last);
    free(compare->runs.kept);
    memset(compare, 0, sizeof *compare);
}
