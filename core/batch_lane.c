/*
 * One thread, one deadline. What is asked from outside arrives in atomics and by the bell; the
 * snapshot half is built here and published while a run goes on (progress) and when it ends.
 */
#include "core/batch_lane.h"

#include "core/batch_run.h"
#include "core/batch_seal.h"
#include "core/feed.h"
#include "core/sometimes.h"
#include "core/table.h"
#include "core/thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 10, SHOW_PROGRESS_BYTES = 16 << 20 };
#define NO_SEAL INT64_MIN

struct batch_lane {
    /* immutable after new */
    struct batch_lane_config config;
    struct exchange *exchange;
    pthread_t thread;
    bool started;

    /* the lane's */
    struct wake bell;
    struct snapshot_batch now; /* what is published, kept here whole */
    uint64_t run;              /* number of the newest run, whatever became of it */
    epoch_ms due;
    int64_t due_set_ms; /* by how much the clock was set when that was found */

    /* shared */
    atomic_bool stop;
    atomic_bool run_now;
    atomic_int_fast64_t every_ms;
    atomic_bool every_changed;
    atomic_int_fast64_t seal; /* twice the day to be sealed, + 1 by an operator; NO_SEAL: none */
    struct batch_progress progress;
};

/* A change of the clock that shows a multiple: not one shown before, unless the change gained so
 * much that schedules run on as if it had not been. */
static bool is_due_at_change(epoch_ms change, int64_t every_ms, const struct zone *zone)
{
    int64_t gained = zone_offset(zone, change - 1) - zone_offset(zone, change);
    return instant_clock_ms(change, zone) % every_ms == 0 && (gained < 0 || gained % every_ms == 0);
}

epoch_ms batch_lane_next(epoch_ms now, int64_t every_ms, const struct zone *zone)
{
    epoch_ms tomorrow = instant_day_start(instant_day(now, zone) + 1, zone);
    epoch_ms next = now + every_ms - instant_clock_ms(now, zone) % every_ms;
    epoch_ms change = zone_next_change(zone, now);
    while (change <= next && change < tomorrow && !is_due_at_change(change, every_ms, zone)) {
        next = change + every_ms - instant_clock_ms(change, zone) % every_ms;
        change = zone_next_change(zone, change);
    }
    next = change < next ? change : next;
    return next < tomorrow ? next : tomorrow;
}

struct batch_lane *batch_lane_new(const struct batch_lane_config *config)
{
    struct batch_lane *lane = mem_zero(1, sizeof *lane);
    lane->config = *config;
    lane->exchange = exchange_new(sizeof lane->now);
    wake_init(&lane->bell);
    atomic_init(&lane->every_ms, config->every_ms);
    atomic_init(&lane->seal, NO_SEAL);
    lane->now.sealing = INT32_MIN;
    return lane;
}

/* Times of the past, as they would be told by the clock as it is set now. */
static epoch_ms look(struct batch_lane *lane)
{
    struct clock_look seen = clock_look(lane->config.clock);
    snapshot_batch_set(&lane->now, seen.set_total_ms);
    return seen.now;
}

static void publish(struct batch_lane *lane)
{
    look(lane);
    struct snapshot_batch *half = exchange_back(lane->exchange);
    *half = lane->now;
    exchange_publish(lane->exchange);
    if (lane->config.changed)
        wake_ring(lane->config.changed);
}

static void schedule(struct batch_lane *lane)
{
    epoch_ms now = look(lane);
    lane->due = batch_lane_next(now, atomic_load(&lane->every_ms), lane->config.definition->zone);
    lane->now.next_run = lane->due;
    lane->due_set_ms = lane->now.set_ms;
}

/* Whether a run is due. A clock that was set back has a schedule of its own: what was due by the
 * old one may be hours away, or have been hours ago (S-63). */
static bool is_due(struct batch_lane *lane)
{
    epoch_ms now = look(lane);
    if (lane->now.set_ms < lane->due_set_ms) {
        schedule(lane);
        publish(lane);
    }
    return now >= lane->due;
}

static void remember_run(struct batch_lane *lane, const struct snapshot_run *run)
{
    struct snapshot_batch *now = &lane->now;
    if (now->runs_len == SNAPSHOT_RUNS) {
        memmove(now->runs, now->runs + 1, (SNAPSHOT_RUNS - 1) * sizeof *now->runs);
        now->runs_len--;
    }
    now->runs[now->runs_len++] = *run;
    now->runs_total++;
}

static void note_tracer(struct batch_lane *lane, const struct batch_result *result)
{
    if (!lane->config.tracer)
        return;
    for (size_t m = 0; m < result->marks_len; m++) {
        const struct batch_mark *mark = &result->marks[m];
        uint32_t seen =
            tracer_within(lane->config.tracer, mark->source, mark->generation, mark->end);
        if (seen > lane->now.tracer_seen) {
            lane->now.tracer_seen = seen;
            lane->now.tracer_published = clock_mono(lane->config.clock);
        }
    }
}

/* What the run left out, for the rows that its table shows. */
static void show_terms(struct snapshot_batch *now, const struct pipeline *pipeline)
{
    static const enum rare_kind kinds[] = {RARE_DROPPED, RARE_CONFLICT};
    memset(now->terms, 0, sizeof now->terms);
    memset(&now->terms_others, 0, sizeof now->terms_others);
    memset(&now->terms_total, 0, sizeof now->terms_total);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        at_mark_add_term(now->terms, &now->terms_others, &now->terms_total, &now->table,
                         (int)kinds[k], rare_tally(pipeline->rare, 0, kinds[k]),
                         pipeline->config.definition->value_fields_len);
}

static void show_result(struct batch_lane *lane, const struct batch_result *result, int32_t day,
                        struct snapshot_run *run)
{
    struct snapshot_batch *now = &lane->now;
    struct table_maker tables = {0};
    table_make(&tables, &result->pipeline, result->pipeline.tally, lane->config.symbols, day,
               &now->table);
    table_maker_fini(&tables);
    show_terms(now, &result->pipeline);
    now->run = lane->run;
    now->outcomes = result->pipeline.outcomes;
    now->state = BATCH_WAITING;
    now->message[0] = '\0';
    int64_t set_ms = now->set_ms;
    run->published = look(lane);
    run->mark += now->set_ms - set_ms;
    run->rows = result->pipeline.outcomes.read;
    run->overrun = run->published - run->mark > atomic_load(&lane->every_ms);
    SOMETIMES_IF(run->overrun, batch_overrun);
    remember_run(lane, run);
    note_tracer(lane, result);
}

static void show_failure(struct batch_lane *lane, const struct error *error)
{
    lane->now.state = BATCH_FAILED;
    snprintf(lane->now.message, sizeof lane->now.message, "%.*s", (int)sizeof lane->now.message - 1,
             error->text);
}

/* The lane is stopped: what was answered before stays, and it is run again if the lane is. */
static void give_up_run(struct batch_lane *lane)
{
    lane->now.state = BATCH_WAITING;
    atomic_store(&lane->run_now, true);
}

/* The day a run counts: the one shown, and before there is one, that of the clock. A run that was
 * due at midnight is of the day that ended then, whether or not an event of the new day was faster;
 * but not when the next one was due meanwhile, because the machine slept or its clock was set. */
static int32_t day_of_run(const struct batch_lane *lane, bool scheduled)
{
    const struct zone *zone = lane->config.definition->zone;
    int32_t shown = lane->config.day(lane->config.day_context);
    int32_t ended = instant_day(lane->due - 1, zone);
    if (shown == INT32_MIN)
        shown = instant_day(clock_now(lane->config.clock), zone);
    return scheduled && ended < shown ? ended : shown;
}

/* --- what the live lane is told of a run --- */

/* Before the feed is looked at. Whether the live lane listens. */
static bool tell_arming(struct batch_lane *lane, int32_t day)
{
    lane->run++;
    return lane->config.post &&
           mark_post_arm(lane->config.post, lane->config.clock, lane->run, day);
}

static void tell_mark(struct batch_lane *lane, const struct scan *scan)
{
    struct mark_letter letter = {.kind = MARK_SET, .run = lane->run};
    uint32_t source, generation;
    uint64_t begin, end;
    for (size_t n = 0; scan->ops->mark(scan, n, &source, &generation, &begin, &end); n++)
        positions_note(&letter.positions, source, generation, begin, end);
    letter.lost = scan->ops->lost(scan);
    mark_post_send(lane->config.post, &letter);
}

/* `result` NULL: there is none. */
static void tell_end(struct batch_lane *lane, const struct batch_result *result)
{
    struct mark_letter letter = {.kind = result ? MARK_ENDS : MARK_DROP, .run = lane->run};
    if (result)
        batch_result_positions(result, &letter.positions);
    mark_post_send(lane->config.post, &letter);
}

/* Counts that day over the bytes that the scan holds. */
static void count_day(struct batch_lane *lane, struct scan *scan, int32_t day,
                      struct snapshot_run *run, bool armed)
{
    const struct batch_lane_config *config = &lane->config;
    mono_ns started = clock_mono(config->clock);
    struct error error = {.text = ""};
    struct batch_run_config batch = {.definition = config->definition,
                                     .symbols = config->symbols,
                                     .scan = scan,
                                     .from = instant_day_start(day, config->definition->zone),
                                     .to = instant_day_start(day + 1, config->definition->zone),
                                     .workers = config->workers,
                                     .explain = true,
                                     .progress = &lane->progress};
    struct batch_result result;
    enum status status = batch_run(&batch, &result, &error);
    run->took_ns += clock_mono(config->clock) - started;
    lane->now.cost.cpu_ns += result.cpu_ns;
    lane->now.cost.rows += result.pipeline.outcomes.read;
    lane->now.cost.bytes += result.bytes;
    if (armed)
        tell_end(lane, status == STATUS_OK ? &result : NULL);
    if (status == STATUS_OK)
        show_result(lane, &result, day, run);
    else if (error.code == STATUS_CLOSED)
        give_up_run(lane);
    else
        show_failure(lane, &error);
    batch_result_fini(&result);
}

/* Counts the day over the bytes that are there now. */
static void run_once(struct batch_lane *lane, bool scheduled)
{
    const struct batch_lane_config *config = &lane->config;
    struct error error = {.text = ""};
    int32_t day = day_of_run(lane, scheduled);
    bool armed = tell_arming(lane, day);
    struct snapshot_run run = {.mark = look(lane)};
    mono_ns started = clock_mono(config->clock);
    struct scan *scan = config->feed->ops->scan_open(config->feed, &error);
    if (!scan) {
        show_failure(lane, &error);
        if (armed)
            tell_end(lane, NULL);
        return;
    }
    if (armed)
        tell_mark(lane, scan);
    atomic_store(&lane->progress.bytes, 0);
    lane->now.state = BATCH_RUNNING;
    lane->now.running_total = scan->ops->bytes(scan);
    lane->now.lost_generations = scan->ops->lost(scan);
    if (lane->now.running_total >= SHOW_PROGRESS_BYTES)
        publish(lane);
    run.took_ns = clock_mono(config->clock) - started;
    count_day(lane, scan, day, &run, armed);
    scan->ops->free(scan);
}

static void seal_once(struct batch_lane *lane, int64_t asked)
{
    const struct batch_lane_config *config = &lane->config;
    const struct batch_seal_config seal = {.definition = config->definition,
                                           .symbols = config->symbols,
                                           .clock = config->clock,
                                           .feed = config->feed,
                                           .workers = config->workers,
                                           .day = (int32_t)(asked >> 1),
                                           .by_operator = asked & 1,
                                           .progress = &lane->progress};
    lane->now.sealing = seal.day;
    publish(lane);
    batch_seal(&seal, &lane->now);
    lane->now.sealing = INT32_MIN;
}

struct run_job {
    struct batch_lane *lane;
    bool scheduled;
    int64_t seal; /* NO_SEAL: an ordinary run */
};

static void run_job(const struct run_job *job)
{
    if (job->seal != NO_SEAL)
        seal_once(job->lane, job->seal);
    else
        run_once(job->lane, job->scheduled);
}

static void *run_main(void *argument)
{
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    run_job(argument);
    return NULL;
}

/* A run has a thread of its own, at a lower priority, which its workers inherit: the lane's thread
 * keeps the ordinary one, because the system wakes a low one late, by as much as 100 ms. */
static void run_low(struct batch_lane *lane, bool scheduled, int64_t seal)
{
    struct run_job job = {lane, scheduled, seal};
    pthread_t thread;
    if (thread_start(&thread, run_main, &job) == 0)
        pthread_join(thread, NULL);
    else
        run_job(&job);
}

/* Deadlines that passed while the run went on are counted, not made up for (S-112). Those that
 * passed before, while the process was stopped or the clock was set, are nobody's overrun. */
static void count_overruns(struct batch_lane *lane, epoch_ms began, int64_t began_set_ms)
{
    int64_t took_ms = look(lane) - began - (lane->now.set_ms - began_set_ms);
    int64_t every = atomic_load(&lane->every_ms);
    if (took_ms >= every)
        lane->now.overruns += (uint64_t)(took_ms / every);
}

static void *lane_main(void *argument)
{
    struct batch_lane *lane = argument;
    const struct clock *clock = lane->config.clock;
    schedule(lane);
    publish(lane);
    while (!atomic_load(&lane->stop)) {
        wake_clear(&lane->bell);
        if (atomic_exchange(&lane->every_changed, false)) {
            schedule(lane);
            publish(lane);
        }
        bool asked = atomic_exchange(&lane->run_now, false);
        bool due = is_due(lane);
        if ((asked || due) && !atomic_load(&lane->stop)) {
            epoch_ms began = look(lane);
            int64_t began_set_ms = lane->now.set_ms;
            bool in_time = began - lane->due < atomic_load(&lane->every_ms);
            run_low(lane, due && in_time && !asked, NO_SEAL);
            if (due)
                count_overruns(lane, began, began_set_ms);
            schedule(lane);
            publish(lane);
            continue;
        }
        int64_t seal = atomic_exchange(&lane->seal, NO_SEAL);
        if (seal != NO_SEAL && !atomic_load(&lane->stop)) {
            run_low(lane, false, seal);
            if (atomic_load(&lane->stop)) /* it may have been given up */
                atomic_store(&lane->seal, seal);
            publish(lane);
            continue;
        }
        if (!atomic_load(&lane->stop))
            wake_wait(&lane->bell, clock_mono_at(clock, lane->due));
    }
    return NULL;
}

enum status batch_lane_start(struct batch_lane *lane, struct error *error)
{
    int failed = thread_start(&lane->thread, lane_main, lane);
    if (failed)
        return error_set_errno(error, STATUS_LIMIT, failed, "the batch lane's thread");
    lane->started = true;
    return STATUS_OK;
}

void batch_lane_stop(struct batch_lane *lane)
{
    if (!lane->started)
        return;
    atomic_store(&lane->stop, true);
    atomic_store(&lane->progress.cancel, true);
    if (lane->config.post)
        mark_post_close(lane->config.post);
    wake_ring(&lane->bell);
    pthread_join(lane->thread, NULL);
    lane->started = false;
}

void batch_lane_renew(struct batch_lane *lane, struct feed *feed, struct mark_post *post)
{
    lane->config.feed = feed;
    lane->config.post = post;
    atomic_store(&lane->stop, false);
    atomic_store(&lane->progress.cancel, false);
}

void batch_lane_free(struct batch_lane *lane)
{
    if (!lane)
        return;
    batch_lane_stop(lane);
    exchange_free(lane->exchange);
    wake_fini(&lane->bell);
    free(lane);
}

const struct snapshot_batch *batch_lane_newest(struct batch_lane *lane)
{
    return exchange_newest(lane->exchange);
}

uint64_t batch_lane_progress(const struct batch_lane *lane)
{
    return atomic_load(&((struct batch_lane *)lane)->progress.bytes);
}

void batch_lane_run_now(struct batch_lane *lane)
{
    atomic_store(&lane->run_now, true);
    wake_ring(&lane->bell);
}

bool batch_lane_seal(struct batch_lane *lane, int32_t day, bool by_operator)
{
    int64_t none = NO_SEAL;
    bool taken = atomic_compare_exchange_strong(&lane->seal, &none,
                                                (int64_t)day * 2 + (by_operator ? 1 : 0));
    wake_ring(&lane->bell);
    return taken;
}

void batch_lane_set_every(struct batch_lane *lane, int64_t every_ms)
{
    atomic_store(&lane->every_ms, every_ms);
    atomic_store(&lane->every_changed, true);
    wake_ring(&lane->bell);
}

int64_t batch_lane_every(const struct batch_lane *lane)
{
    return atomic_load(&((struct batch_lane *)lane)->every_ms);
}

void batch_lane_wake(struct batch_lane *lane)
{
    wake_ring(&lane->bell);
}
