/*
 * Workers take slices in order from one counter. Each slice passes, in order, these queues
 * (core/turns.h), and is alone in each:
 *
 *     read ─► [begin] ─► [ids, parts 0 to 7] … ─► count ─► [merge] ─► distinct,
 *              where the one before ended;                into a     into the   tickets
 *              read again when it was not there           pipeline   result
 *                                                         of its own
 *
 * Without ids it is counted while it is read. While one slice is in a part of the ids, the next can
 * be in the part before: what is done in turn keeps nobody long.
 */
#include "core/batch_run_parts.h"

#include "core/clock.h"
#include "core/different.h"
#include "core/sometimes.h"
#include "core/thread.h"
#include "core/turns.h"

#include <stdlib.h>
#include <string.h>

/* Parts are passed several at a time: a slice that is right behind another sleeps at each turn. */
enum { PARTS_A_TURN = 8 };
enum { TURN_BEGIN, TURN_MERGE, TURN_IDS, TURNS = TURN_IDS + ID_PARTS / PARTS_A_TURN };

struct gang {
    struct run *run;
    atomic_size_t next; /* slice to be taken */
    struct turns turns;
    struct id_parts *ids; /* NULL: none are looked at */
    pthread_mutex_t lock; /* of what follows */
    struct error error;
    bool failed;
};

struct worker {
    struct gang *gang;
    pthread_t thread;
    size_t number;
    struct pipeline *own; /* by range */
    struct batch_hold hold;
    uint64_t slice_begin;
    size_t *map; /* rows of `own` in the result */
    size_t map_room;
    int64_t cpu_ns;
};

/* --- reading --- */

static bool take_block(void *context, const struct event_block *block)
{
    struct worker *worker = context;
    const struct run *run = worker->gang->run;
    if (worker->gang->ids)
        batch_hold_take(&worker->hold, block, worker->slice_begin);
    else
        for (size_t r = 0; r < run->ranges_len; r++)
            pipeline_apply(&worker->own[r], block);
    return batch_tell(run, block);
}

static enum status read_slice(struct worker *worker, size_t index, uint64_t from,
                              struct slice_result *slice, struct error *error)
{
    const struct run *run = worker->gang->run;
    batch_hold_clear(&worker->hold);
    for (size_t r = 0; r < run->ranges_len; r++)
        pipeline_clear(&worker->own[r]);
    return batch_read(run, index, from, take_block, worker, slice, error);
}

/* In turn: the slice must begin where the one before ended. `*line_base`: lines before it. */
static enum status begin_slice(struct worker *worker, size_t index, struct slice_result *slice,
                               uint32_t *line_base, struct error *error)
{
    struct run *run = worker->gang->run;
    struct place place = batch_place(run, index);
    bool wrong = !place.first && slice->begin != run->expected;
    SOMETIMES_IF(wrong, slice_guessed_wrong);
    *line_base = place.first ? 0 : run->lines;
    if (wrong) {
        run->results->rereads++;
        enum status status = read_slice(worker, index, run->expected, slice, error);
        if (status != STATUS_OK)
            return status;
    }
    batch_advance(run, index, slice);
    return STATUS_OK;
}

/* --- ids --- */

static bool resolve_ids(struct worker *worker, size_t index)
{
    struct gang *gang = worker->gang;
    batch_hold_sort(&worker->hold);
    for (size_t part = 0; part < ID_PARTS; part += PARTS_A_TURN) {
        size_t queue = TURN_IDS + part / PARTS_A_TURN;
        if (!turns_wait(&gang->turns, queue, index))
            return false;
        for (size_t p = part; p < part + PARTS_A_TURN; p++)
            batch_hold_resolve(&worker->hold, gang->ids, p, index);
        turns_pass(&gang->turns, queue);
    }
    for (size_t r = 0; r < gang->run->ranges_len; r++)
        batch_hold_apply(&worker->hold, gang->run->config->scan, &worker->own[r]);
    return true;
}

/* --- merging --- */

/* What depends on who came first, or on how much came before. */
static bool has_overflowed(const struct pipeline *whole)
{
    return tally_overflowed(whole->tally) > 0 || pipeline_alerts_missed(whole) > 0 ||
           (whole->windows && windows_counters(whole->windows).overflowed > 0);
}

static size_t *map_of(struct worker *worker)
{
    size_t rows = 0;
    for (size_t r = 0; r < worker->gang->run->ranges_len; r++)
        rows += tally_len(worker->own[r].tally);
    if (rows > worker->map_room) {
        worker->map_room = rows * 2;
        worker->map = mem_resize(worker->map, worker->map_room * sizeof *worker->map);
    }
    return worker->map;
}

/* In turn. */
static void merge(struct worker *worker, uint32_t line_base)
{
    struct run *run = worker->gang->run;
    size_t *map = map_of(worker);
    for (size_t r = 0; r < run->ranges_len; r++) {
        struct pipeline *whole = &run->results[r].pipeline;
        pipeline_merge(whole, &worker->own[r], line_base, map);
        map += tally_len(worker->own[r].tally);
        run->overflowed |= has_overflowed(whole);
    }
}

/* Workers begin apart. */
static size_t first_part(const struct worker *worker)
{
    return worker->number * DIFFERENT_PARTS / BATCH_WORKERS_MAX;
}

/* What needs no turn. */
static void put(struct worker *worker)
{
    struct run *run = worker->gang->run;
    const size_t *map = worker->map;
    for (size_t r = 0; r < run->ranges_len; r++) {
        pipeline_put(&run->results[r].pipeline, &worker->own[r], map, first_part(worker));
        map += tally_len(worker->own[r].tally);
    }
}

/* --- a worker --- */

static void fail(struct gang *gang, const struct error *error)
{
    pthread_mutex_lock(&gang->lock);
    if (!gang->failed)
        gang->error = *error;
    gang->failed = true;
    pthread_mutex_unlock(&gang->lock);
    turns_break(&gang->turns);
}

/* False: the run is over. A slice fails in its turn: so it is always the first that does whose
 * error is told. */
static bool do_slice(struct worker *worker, size_t index)
{
    struct gang *gang = worker->gang;
    struct slice_result slice;
    struct error error;
    struct place place = batch_place(gang->run, index);
    uint32_t line_base = 0;
    worker->slice_begin = place.begin;
    enum status status =
        read_slice(worker, index, place.first ? place.begin : SCAN_GUESS, &slice, &error);
    if (!turns_wait(&gang->turns, TURN_BEGIN, index))
        return false;
    if (status == STATUS_OK)
        status = begin_slice(worker, index, &slice, &line_base, &error);
    if (status != STATUS_OK) {
        fail(gang, &error);
        return false;
    }
    turns_pass(&gang->turns, TURN_BEGIN);
    if (gang->ids && !resolve_ids(worker, index))
        return false;
    if (!turns_wait(&gang->turns, TURN_MERGE, index))
        return false;
    merge(worker, line_base);
    turns_pass(&gang->turns, TURN_MERGE);
    put(worker);
    return true;
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct gang *gang = worker->gang;
    struct run *run = gang->run;
    int64_t cpu_start = clock_thread_cpu_ns();
    worker->own = mem_alloc(run->ranges_len * sizeof *worker->own);
    for (size_t r = 0; r < run->ranges_len; r++) {
        struct pipeline_config config = batch_pipeline_config(run, r, true, true);
        pipeline_init(&worker->own[r], &config);
    }
    size_t index;
    do
        index = atomic_fetch_add(&gang->next, 1);
    while (index < run->slices && do_slice(worker, index));
    for (size_t r = 0; r < run->ranges_len; r++)
        tally_finish_distinct(run->results[r].pipeline.tally, worker->own[r].tally,
                              first_part(worker));
    worker->cpu_ns = clock_thread_cpu_ns() - cpu_start;
    return NULL;
}

/* Its thread has ended. */
static void end_worker(struct worker *worker)
{
    struct run *run = worker->gang->run;
    for (size_t r = 0; r < run->ranges_len; r++) {
        pipeline_sum(&run->results[r].pipeline, &worker->own[r]);
        pipeline_fini(&worker->own[r]);
    }
    free(worker->own);
    free(worker->map);
    batch_hold_fini(&worker->hold);
    run->cpu_ns += worker->cpu_ns;
}

static int run_workers(struct gang *gang, struct worker *workers, int wanted)
{
    const struct run *run = gang->run;
    int started = 0;
    for (; started < wanted; started++) {
        struct worker *worker = &workers[started];
        *worker = (struct worker){.gang = gang, .number = (size_t)started};
        batch_hold_init(&worker->hold, run->config->definition, run->ranges, run->ranges_len);
        if (thread_start(&worker->thread, work, worker) != 0)
            break;
    }
    for (int w = 0; w < started; w++)
        pthread_join(workers[w].thread, NULL);
    return started;
}

enum status batch_run_parallel(struct run *run, int workers, struct error *error)
{
    struct worker all[BATCH_WORKERS_MAX];
    struct gang gang = {.run = run, .lock = PTHREAD_MUTEX_INITIALIZER};
    turns_init(&gang.turns, TURNS);
    for (size_t r = 0; r < run->ranges_len; r++)
        tally_expect_distinct(run->results[r].pipeline.tally, run->slices);
    if (run->config->definition->needs_dedupe)
        gang.ids = id_parts_new(run->slices,
                                definition_on_conflict(run->config->definition) == CONFLICT_COUNT);
    int started = run_workers(&gang, all, workers);
    for (int w = 0; w < started; w++)
        end_worker(&all[w]);
    run->overflowed |= gang.ids && id_parts_len(gang.ids) >= DEDUPE_CAP_MAX;
    for (size_t r = 0; r < run->ranges_len; r++) {
        const struct tickets *tickets = run->results[r].pipeline.tickets;
        run->overflowed |= tickets && tickets_len(tickets) >= LIFECYCLE_OPEN_MAX;
    }
    id_parts_free(gang.ids);
    turns_fini(&gang.turns);
    pthread_mutex_destroy(&gang.lock);
    run->results->workers = started;
    if (started == 0)
        return STATUS_NO_MEMORY;
    if (gang.failed && error)
        *error = gang.error;
    return gang.failed ? gang.error.code : STATUS_OK;
}
