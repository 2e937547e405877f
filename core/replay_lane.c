/*
 * Rounds: up to where the live lane was a moment ago, until a round is short; then the lane stands
 * still, and the rest is read, compared and exchanged.
 */
#include "core/replay_lane.h"

#include "core/handover.h"
#include "core/thread.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 10, ROUNDS_MAX = 64, ROUND_SHORT = 256 * 1024 };

struct replay_lane {
    struct replay_lane_config config;
    pthread_t thread;
    bool started;

    /* shared */
    atomic_bool running, cancel;
    atomic_uint_fast64_t bytes, total, rows;
    atomic_uint switches;
    pthread_mutex_t lock; /* guards ended, which is whole */
    struct snapshot_replay ended;
    mono_ns since; /* main's */
};

/* How far the replay is in one source. */
struct progress_of {
    struct lane_position position;
    uint32_t lines; /* physical ones of the generation so far */
};

/* The replay thread's own. */
struct reading {
    struct replay_lane *lane;
    struct pipeline pipeline;
    struct progress_of *at; /* by source */
    size_t at_len;
    uint64_t limit;     /* of the slice being read: nothing behind it */
    uint32_t cut_lines; /* physical lines of the slice before the limit; UINT32_MAX: not cut */
    struct event_block *cut;
    uint64_t round; /* bytes read in this round */
};

/* --- reading --------------------------------------------------------------------------------- */

/* The part of a block before the limit, which is the end of a record. */
static const struct event_block *cut_block(struct reading *reading, const struct event_block *block)
{
    if (!reading->cut)
        reading->cut = mem_alloc(sizeof *reading->cut);
    struct event_block *cut = reading->cut;
    *cut = *block;
    cut->end = reading->limit;
    cut->skipped = cut->end - cut->begin;
    for (cut->len = 0; cut->len < block->len; cut->len++) {
        const struct event *event = &block->events[cut->len];
        if (event->start >= reading->limit) {
            reading->cut_lines = event->line - 1;
            break;
        }
        cut->skipped -= event->length;
    }
    return cut;
}

static bool take_block(void *context, const struct event_block *block)
{
    struct reading *reading = context;
    struct replay_lane *lane = reading->lane;
    if (block->end > reading->limit)
        block = cut_block(reading, block);
    reading->pipeline.config.as_of = clock_now(lane->config.clock);
    pipeline_apply(&reading->pipeline, block);
    reading->at[block->source].position =
        (struct lane_position){.any = true, .generation = block->generation, .end = block->end};
    reading->round += block->end - block->begin;
    atomic_fetch_add(&lane->bytes, block->end - block->begin);
    atomic_fetch_add(&lane->rows, block->len);
    return block->end < reading->limit && !atomic_load(&lane->cancel);
}

/* Every source of the feed holds the watermark back from the start, as the live lane has it. */
static void know_sources(struct reading *reading, size_t len)
{
    if (len <= reading->at_len)
        return;
    reading->at = mem_resize(reading->at, len * sizeof *reading->at);
    memset(reading->at + reading->at_len, 0, (len - reading->at_len) * sizeof *reading->at);
    for (size_t s = reading->at_len; s < len; s++)
        pipeline_expect(&reading->pipeline, (uint32_t)s);
    reading->at_len = len;
}

/* Where in this slice reading goes on, if it does; `next` is the beginning of the slice behind it
 * in the same generation, or UINT64_MAX. */
static bool slice_from(const struct lane_position *at, uint32_t generation, uint64_t begin,
                       uint64_t next, uint64_t *from)
{
    if (!at->any || at->generation < generation) {
        *from = begin;
        return true;
    }
    *from = at->end > begin ? at->end : begin;
    return at->generation == generation && at->end < next;
}

static uint64_t next_slice(const struct scan *scan, size_t index, uint32_t source,
                           uint32_t generation)
{
    uint32_t next_source, next_generation;
    uint64_t begin;
    bool first;
    if (index + 1 >= scan->ops->len(scan))
        return UINT64_MAX;
    scan->ops->slice(scan, index + 1, &next_source, &next_generation, &begin, &first);
    return next_source == source && next_generation == generation ? begin : UINT64_MAX;
}

/* Examples of rejected records carry lines counted from where this reading began: they are shifted
 * to those of the file. */
static enum status read_from(struct reading *reading, const struct scan *scan, size_t index,
                             uint64_t from, struct progress_of *at, bool fresh, struct error *error)
{
    struct outcomes *outcomes = &reading->pipeline.outcomes, before = *outcomes;
    struct slice_result slice;
    uint32_t base = fresh ? 0 : at->lines;
    memset(outcomes, 0, sizeof *outcomes);
    reading->cut_lines = UINT32_MAX;
    enum status status = scan->ops->read(scan, index, from, take_block, reading, &slice, error);
    struct outcomes own = *outcomes;
    *outcomes = before;
    outcomes_merge(outcomes, &own, base);
    at->lines = base + (reading->cut_lines < slice.lines ? reading->cut_lines : slice.lines);
    return status;
}

static enum status read_slice(struct reading *reading, const struct scan *scan, size_t index,
                              const struct lane_position *to, size_t to_len, struct error *error)
{
    uint32_t source, generation;
    uint64_t begin, from;
    bool first;
    scan->ops->slice(scan, index, &source, &generation, &begin, &first);
    if (source >= to_len || !to[source].any || generation > to[source].generation)
        return STATUS_OK;
    reading->limit = generation < to[source].generation ? UINT64_MAX : to[source].end;
    struct progress_of *at = &reading->at[source];
    if (!slice_from(&at->position, generation, begin, next_slice(scan, index, source, generation),
                    &from) ||
        from >= reading->limit)
        return STATUS_OK;
    bool fresh = !at->position.any || at->position.generation < generation;
    return read_from(reading, scan, index, from, at, fresh, error);
}

static bool same_position(const struct lane_position *a, const struct lane_position *b)
{
    return a->any == b->any && a->generation == b->generation && a->end == b->end;
}

/* Every source up to where the live lane is. */
static enum status read_up_to(struct reading *reading, struct error *error)
{
    struct replay_lane *lane = reading->lane;
    struct lane_position *to;
    size_t to_len = live_lane_handover_positions(lane->config.live, &to);
    struct scan *scan = lane->config.feed->ops->scan_open(lane->config.feed, error);
    enum status status = STATUS_OK;
    reading->round = 0;
    know_sources(reading, to_len);
    if (!scan) {
        free(to);
        return error->code;
    }
    if (scan->ops->lost(scan) > 0)
        status = error_set(error, STATUS_NOT_FOUND,
                           "history is missing: %" PRIu32
                           " earlier files of the feed can no longer be read",
                           scan->ops->lost(scan));
    if (status == STATUS_OK)
        atomic_store(&lane->total, scan->ops->bytes(scan));
    for (size_t i = 0; status == STATUS_OK && i < scan->ops->len(scan); i++) {
        status = read_slice(reading, scan, i, to, to_len, error);
        if (status == STATUS_OK && atomic_load(&lane->cancel))
            status = error_set(error, STATUS_CLOSED, "cancelled");
    }
    for (size_t s = 0; status == STATUS_OK && s < to_len; s++)
        if (to[s].any && !same_position(&reading->at[s].position, &to[s]))
            status = error_set(error, STATUS_NOT_FOUND,
                               "history is missing: the replay came to byte %" PRIu64
                               " of a file of which live has counted %" PRIu64,
                               reading->at[s].position.end, to[s].end);
    scan->ops->free(scan);
    free(to);
    return status;
}

/* --- comparing ------------------------------------------------------------------------------- */

static bool same_rows(const struct pipeline *before, const struct pipeline *after, char why[160])
{
    const struct definition *definition = before->config.definition;
    if (tally_len(before->tally) != tally_len(after->tally)) {
        snprintf(why, 160, "groups: %zu before, %zu now", tally_len(before->tally),
                 tally_len(after->tally));
        return false;
    }
    for (size_t r = 0; r < tally_len(before->tally); r++) {
        const struct tally_row *old = tally_row(before->tally, r);
        const struct tally_row *now = tally_find(after->tally, old->key);
        bool same = now && old->count == now->count && old->open == now->open;
        for (int m = 0; same && m < definition->measures_len; m++) {
            wide_int a = 0, b = 0;
            same = tally_measure(old, &definition->measures[m], &a) ==
                       tally_measure(now, &definition->measures[m], &b) &&
                   a == b;
        }
        if (same)
            continue;
        const char *text = symbols_text(before->config.symbols, old->key[0]);
        snprintf(why, 160, "group %.60s: %" PRIu64 " before, %" PRIu64 " now", text, old->count,
                 now ? now->count : 0);
        return false;
    }
    return true;
}

static bool same_windows(const struct pipeline *before, const struct pipeline *after, char why[160])
{
    if (!before->windows || !after->windows)
        return true;
    struct window_counters a = windows_counters(before->windows),
                           b = windows_counters(after->windows);
    if (a.revisions == b.revisions && a.finalised == b.finalised && a.late == b.late &&
        a.provisional == b.provisional && a.settling == b.settling)
        return true;
    snprintf(why, 160,
             "windows: %" PRIu64 " final and %" PRIu64 " corrections before, %" PRIu64
             " and %" PRIu64 " now",
             a.finalised, a.revisions, b.finalised, b.revisions);
    return false;
}

static bool same_alerts(const struct pipeline *before, const struct pipeline *after, char why[160])
{
    const struct definition *definition = before->config.definition;
    for (int r = 0; r < definition->rules_len; r++) {
        uint64_t a = rules_raised(before->rules, r), b = rules_raised(after->rules, r);
        if (a != b) {
            snprintf(why, 160, "alerts of %.60s: %" PRIu64 " before, %" PRIu64 " now",
                     definition->rules[r].name, a, b);
            return false;
        }
    }
    return true;
}

/* Whether two pipelines of one definition say the same; else what differs. */
static bool same_answer(const struct pipeline *before, const struct pipeline *after, char why[160])
{
    const struct {
        const char *name;
        uint64_t before, after;
    } outcomes[] = {
        {"read", before->outcomes.read, after->outcomes.read},
        {"in the future", before->outcomes.future, after->outcomes.future},
        {"counted", before->outcomes.counted, after->outcomes.counted},
        {"late", before->outcomes.late, after->outcomes.late},
        {"duplicate", before->outcomes.duplicate, after->outcomes.duplicate},
        {"filtered", before->outcomes.filtered, after->outcomes.filtered},
        {"rejected", before->outcomes.rejected, after->outcomes.rejected},
    };
    why[0] = '\0';
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        if (outcomes[i].before == outcomes[i].after)
            continue;
        snprintf(why, 160, "%s: %" PRIu64 " before, %" PRIu64 " now", outcomes[i].name,
                 outcomes[i].before, outcomes[i].after);
        return false;
    }
    return same_rows(before, after, why) && same_windows(before, after, why) &&
           same_alerts(before, after, why);
}

/* --- a replay -------------------------------------------------------------------------------- */

/* The lane stands still: reads the rest, compares, exchanges. */
static enum status take_over(struct reading *reading, struct snapshot_replay *ended,
                             struct error *error)
{
    struct live_lane *live = reading->lane->config.live;
    struct clock *clock = reading->lane->config.clock;
    mono_ns begun = clock_mono(clock);
    live_lane_handover_begin(live);
    enum status status = read_up_to(reading, error);
    if (status == STATUS_OK) {
        const struct pipeline *before = live_lane_pipeline(live);
        if (before->ended)
            pipeline_end(&reading->pipeline);
        ended->same = same_answer(before, &reading->pipeline, ended->text);
        reading->pipeline.config = before->config;
        live_lane_handover_swap(live, &reading->pipeline);
        ended->switched = clock_now(clock);
        ended->runs = atomic_fetch_add(&reading->lane->switches, 1) + 1;
        ended->held_ns = clock_mono(clock) - begun;
    }
    live_lane_handover_end(live);
    return status;
}

static enum status replay(struct reading *reading, struct snapshot_replay *ended,
                          struct error *error)
{
    enum status status = STATUS_OK;
    for (int round = 0; round < ROUNDS_MAX && status == STATUS_OK; round++) {
        status = read_up_to(reading, error);
        if (reading->round < ROUND_SHORT)
            break;
    }
    if (status == STATUS_OK && reading->round >= ROUND_SHORT)
        status = error_set(error, STATUS_LIMIT,
                           "the live lane reads faster than history is replayed: try again when it "
                           "has caught up");
    return status == STATUS_OK ? take_over(reading, ended, error) : status;
}

static void *replay_main(void *argument)
{
    struct replay_lane *lane = argument;
    struct snapshot_replay ended = {.state = REPLAY_SWITCHED};
    struct reading reading = {.lane = lane};
    struct error error = {.text = ""};
    mono_ns begun = clock_mono(lane->config.clock);
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
    struct pipeline_config config = live_lane_pipeline_config(lane->config.live);
    config.replay = true;
    config.alerts.take = NULL; /* what it raises was told before */
    config.window_sink = NULL;
    pipeline_init(&reading.pipeline, &config);
    if (live_lane_keeps(lane->config.live))
        pipeline_state_keep(&reading.pipeline);
    if (replay(&reading, &ended, &error) != STATUS_OK) {
        ended.runs = atomic_load(&lane->switches);
        ended.state = REPLAY_FAILED;
        snprintf(ended.text, sizeof ended.text, "%.*s", (int)sizeof ended.text - 1, error.text);
    }
    pipeline_fini(&reading.pipeline);
    free(reading.at);
    free(reading.cut);
    ended.took_ns = clock_mono(lane->config.clock) - begun;
    ended.rows = atomic_load(&lane->rows);
    ended.bytes = ended.total = atomic_load(&lane->bytes);
    pthread_mutex_lock(&lane->lock);
    lane->ended = ended;
    pthread_mutex_unlock(&lane->lock);
    atomic_store(&lane->running, false);
    if (lane->config.changed)
        wake_ring(lane->config.changed);
    return NULL;
}

/* --- from outside ---------------------------------------------------------------------------- */

struct replay_lane *replay_lane_new(const struct replay_lane_config *config)
{
    struct replay_lane *lane = mem_zero(1, sizeof *lane);
    lane->config = *config;
    pthread_mutex_init(&lane->lock, NULL);
    return lane;
}

void replay_lane_stop(struct replay_lane *lane)
{
    if (!lane->started)
        return;
    atomic_store(&lane->cancel, true);
    pthread_join(lane->thread, NULL);
    lane->started = false;
}

void replay_lane_renew(struct replay_lane *lane, struct feed *feed, struct live_lane *live)
{
    lane->config.feed = feed;
    lane->config.live = live;
}

void replay_lane_free(struct replay_lane *lane)
{
    if (!lane)
        return;
    replay_lane_stop(lane);
    pthread_mutex_destroy(&lane->lock);
    free(lane);
}

enum status replay_lane_run(struct replay_lane *lane, struct error *error)
{
    if (atomic_load(&lane->running))
        return STATUS_OK;
    replay_lane_stop(lane);
    atomic_store(&lane->cancel, false);
    atomic_store(&lane->bytes, 0);
    atomic_store(&lane->total, 0);
    atomic_store(&lane->rows, 0);
    lane->since = clock_mono(lane->config.clock);
    atomic_store(&lane->running, true);
    int failed = thread_start(&lane->thread, replay_main, lane);
    if (failed) {
        atomic_store(&lane->running, false);
        return error_set_errno(error, STATUS_LIMIT, failed, "the replay's thread");
    }
    lane->started = true;
    return STATUS_OK;
}

uint32_t replay_lane_switches(const struct replay_lane *lane)
{
    return atomic_load(&((struct replay_lane *)lane)->switches);
}

void replay_lane_state(struct replay_lane *lane, struct snapshot_replay *out)
{
    bool running = atomic_load(&lane->running);
    pthread_mutex_lock(&lane->lock);
    *out = lane->ended;
    pthread_mutex_unlock(&lane->lock);
    if (!running)
        return;
    out->state = REPLAY_RUNNING;
    out->text[0] = '\0';
    out->bytes = atomic_load(&lane->bytes);
    out->total = atomic_load(&lane->total);
    out->rows = atomic_load(&lane->rows);
    out->took_ns = clock_mono(lane->config.clock) - lane->since;
}
