/*
 * Workers take slices in order from one counter, count each into a pipeline of their own, and wait
 * for their turn to merge. The turn is exclusive, so merging needs no lock: the lock guards only
 * whose turn it is.
 */
#include "core/batch_run.h"

#include "core/clock.h"
#include "core/feed.h"
#include "core/sometimes.h"
#include "core/thread.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS_MAX = 8 };

struct run {
    const struct batch_run_config *config;
    struct batch_result *result;
    size_t slices;
    atomic_size_t next;

    pthread_mutex_t lock;
    pthread_cond_t turned;
    size_t turn; /* slice whose merge is due */
    bool failed;
    struct error error;

    /* owned by whoever has the turn */
    uint64_t expected; /* where the next slice of this generation must begin */
    uint32_t lines;    /* physical lines of this generation merged so far */
    bool overflowed;

    atomic_int_fast64_t cpu_ns;
};

struct reading {
    struct run *run;
    struct pipeline *pipeline;
};

/* Where a slice stands. */
struct place {
    uint32_t source;
    uint32_t generation;
    uint64_t begin;
    bool first; /* of its generation */
};

static struct place place_of(const struct run *run, size_t index)
{
    struct place place;
    run->config->scan->ops->slice(run->config->scan, index, &place.source, &place.generation,
                                  &place.begin, &place.first);
    return place;
}

static bool cancelled(const struct run *run)
{
    struct batch_progress *progress = run->config->progress;
    return progress && atomic_load_explicit(&progress->cancel, memory_order_relaxed);
}

static bool take_block(void *context, const struct event_block *block)
{
    struct reading *reading = context;
    pipeline_apply(reading->pipeline, block);
    if (reading->run->config->progress)
        atomic_fetch_add_explicit(&reading->run->config->progress->bytes, block->end - block->begin,
                                  memory_order_relaxed);
    return !cancelled(reading->run);
}

static enum status read_slice(struct run *run, struct pipeline *pipeline, size_t index,
                              uint64_t from, struct slice_result *result, struct error *error)
{
    struct reading reading = {run, pipeline};
    const struct scan *scan = run->config->scan;
    enum status status = scan->ops->read(scan, index, from, take_block, &reading, result, error);
    if (status == STATUS_OK && cancelled(run))
        status = error_set(error, STATUS_CLOSED, "the batch run was cancelled");
    return status;
}

/* Notes where the slice ended, for the one behind it and for the end mark. */
static void advance(struct run *run, size_t index, const struct slice_result *slice)
{
    struct batch_result *result = run->result;
    struct place place = place_of(run, index);
    if (place.first) {
        result->marks = mem_resize(result->marks, (result->marks_len + 1) * sizeof *result->marks);
        result->marks[result->marks_len++] = (struct batch_mark){
            .source = place.source, .generation = place.generation, .begin = place.begin};
        run->lines = 0;
    }
    result->marks[result->marks_len - 1].end = slice->end;
    result->bytes += slice->end - slice->begin;
    run->expected = slice->end;
    run->lines += slice->lines;
}

/* Reads a slice into the result itself. Examples carry lines counted from where their reading
 * began: those of this slice are shifted. */
static enum status read_into_result(struct run *run, size_t index, uint64_t from,
                                    struct slice_result *slice, struct error *error)
{
    struct pipeline *pipeline = &run->result->pipeline;
    struct outcomes before = pipeline->outcomes;
    memset(&pipeline->outcomes, 0, sizeof before);
    enum status status = read_slice(run, pipeline, index, from, slice, error);
    struct outcomes own = pipeline->outcomes;
    pipeline->outcomes = before;
    outcomes_merge(&pipeline->outcomes, &own, place_of(run, index).first ? 0 : run->lines);
    return status;
}

/* About as many ids as the first slice has, in each of those that follow: so the set of all need
 * not grow again and again. */
static void reserve_ids(struct run *run, const struct pipeline *first)
{
    struct dedupe *all = run->result->pipeline.dedupe;
    if (all && dedupe_len(all) == 0)
        dedupe_reserve(all, dedupe_len(first->dedupe) * run->slices);
}

/* With the turn: checks what was guessed, where the slice begins and that none of its ids came
 * before it; reads again when a guess was wrong; merges. */
static enum status merge_slice(struct run *run, struct pipeline *own, size_t index,
                               struct slice_result *slice, struct error *error)
{
    struct pipeline *whole = &run->result->pipeline;
    struct place place = place_of(run, index);
    uint64_t begin = place.first ? place.begin : run->expected;
    bool wrong = !place.first && slice->begin != run->expected;
    reserve_ids(run, own);
    SOMETIMES_IF(wrong, slice_guessed_wrong);
    if (wrong || (whole->dedupe && !dedupe_join(whole->dedupe, own->dedupe))) {
        SOMETIMES_IF(!wrong, slice_shares_ids);
        run->result->rereads++;
        enum status status = read_into_result(run, index, begin, slice, error);
        if (status != STATUS_OK)
            return status;
    } else {
        pipeline_merge(whole, own, place.first ? 0 : run->lines);
    }
    run->overflowed |= tally_overflowed(whole->tally) > 0;
    if (whole->windows)
        run->overflowed |= windows_counters(whole->windows).overflowed > 0;
    advance(run, index, slice);
    return STATUS_OK;
}

/* Waits for the slice's turn; false when another slice failed. */
static bool wait_turn(struct run *run, size_t index)
{
    pthread_mutex_lock(&run->lock);
    while (run->turn != index && !run->failed)
        pthread_cond_wait(&run->turned, &run->lock);
    bool go_on = !run->failed;
    pthread_mutex_unlock(&run->lock);
    return go_on;
}

static void pass_turn(struct run *run, enum status status, const struct error *error)
{
    pthread_mutex_lock(&run->lock);
    run->turn++;
    if (status != STATUS_OK && !run->failed) {
        run->failed = true;
        run->error = *error;
    }
    pthread_cond_broadcast(&run->turned);
    pthread_mutex_unlock(&run->lock);
}

static void *work(void *argument)
{
    struct run *run = argument;
    int64_t cpu_start = clock_thread_cpu_ns();
    struct pipeline own;
    struct pipeline_config config = run->result->pipeline.config;
    config.defer_lifecycle = true;
    pipeline_init(&own, &config);
    size_t index;
    while ((index = atomic_fetch_add(&run->next, 1)) < run->slices) {
        struct slice_result slice;
        struct error error;
        struct place place = place_of(run, index);
        pipeline_clear(&own);
        enum status status =
            read_slice(run, &own, index, place.first ? place.begin : SCAN_GUESS, &slice, &error);
        if (!wait_turn(run, index))
            break;
        if (status == STATUS_OK)
            status = merge_slice(run, &own, index, &slice, &error);
        pass_turn(run, status, &error);
    }
    pipeline_fini(&own);
    atomic_fetch_add(&run->cpu_ns, clock_thread_cpu_ns() - cpu_start);
    return NULL;
}

static int worker_count(const struct batch_run_config *config, size_t slices)
{
    long wanted = config->workers > 0 ? config->workers : sysconf(_SC_NPROCESSORS_ONLN);
    if (wanted > WORKERS_MAX)
        wanted = WORKERS_MAX;
    if ((size_t)wanted > slices)
        wanted = (long)slices;
    return wanted < 1 ? 1 : (int)wanted;
}

/* The plain way: slice after slice into the result itself. */
static enum status run_sequential(struct run *run, struct error *error)
{
    for (size_t index = 0; index < run->slices; index++) {
        struct slice_result slice;
        struct place place = place_of(run, index);
        enum status status =
            read_into_result(run, index, place.first ? place.begin : run->expected, &slice, error);
        if (status != STATUS_OK)
            return status;
        advance(run, index, &slice);
    }
    return STATUS_OK;
}

/* STATUS_NO_MEMORY: no thread could be made, nothing was read. */
static enum status run_parallel(struct run *run, int workers, struct error *error)
{
    pthread_t threads[WORKERS_MAX];
    int started = 0;
    while (started < workers && thread_start(&threads[started], work, run) == 0)
        started++;
    for (int t = 0; t < started; t++)
        pthread_join(threads[t], NULL);
    run->result->workers = started;
    if (started == 0)
        return STATUS_NO_MEMORY;
    if (run->failed && error)
        *error = run->error;
    return run->failed ? run->error.code : STATUS_OK;
}

static void start_result(const struct batch_run_config *config, struct batch_result *result)
{
    memset(result, 0, sizeof *result);
    struct pipeline_config pipeline = {.definition = config->definition,
                                       .symbols = config->symbols,
                                       .from = config->from,
                                       .to = config->to,
                                       .groups_cap = config->groups_cap,
                                       .alerts = config->alerts,
                                       .explain = config->explain};
    pipeline_init(&result->pipeline, &pipeline);
}

enum status batch_run(const struct batch_run_config *config, struct batch_result *result,
                      struct error *error)
{
    if (config->until)
        config->scan->ops->until(config->scan, config->until, config->until_len);
    start_result(config, result);
    struct run run = {.config = config,
                      .result = result,
                      .slices = config->scan->ops->len(config->scan),
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .turned = PTHREAD_COND_INITIALIZER};
    int64_t cpu_start = clock_thread_cpu_ns();
    int workers = worker_count(config, run.slices);
    enum status status = STATUS_NO_MEMORY;
    if (workers > 1)
        status = run_parallel(&run, workers, error);
    SOMETIMES_IF(status == STATUS_OK && run.overflowed, batch_again_in_order);
    if (status == STATUS_NO_MEMORY || (status == STATUS_OK && run.overflowed)) {
        batch_result_fini(result);
        start_result(config, result);
        status = run_sequential(&run, error);
        result->workers = 1;
    }
    pipeline_end(&result->pipeline);
    result->cpu_ns = atomic_load(&run.cpu_ns) + clock_thread_cpu_ns() - cpu_start;
    pthread_mutex_destroy(&run.lock);
    pthread_cond_destroy(&run.turned);
    return status;
}

void batch_result_fini(struct batch_result *result)
{
    pipeline_fini(&result->pipeline);
    free(result->marks);
    memset(result, 0, sizeof *result);
}

void batch_result_positions(const struct batch_result *result, struct positions *out)
{
    positions_clear(out);
    for (size_t m = 0; m < result->marks_len; m++) {
        const struct batch_mark *mark = &result->marks[m];
        positions_note(out, mark->source, mark->generation, mark->begin, mark->end);
    }
}
