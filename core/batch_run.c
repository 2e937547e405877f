/* The plain way: slice after slice into the result itself; and what both ways share. */
#include "core/batch_run_parts.h"

#include "core/clock.h"
#include "core/sometimes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct place batch_place(const struct run *run, size_t index)
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

bool batch_tell(const struct run *run, const struct event_block *block)
{
    if (run->config->progress)
        atomic_fetch_add_explicit(&run->config->progress->bytes, block->end - block->begin,
                                  memory_order_relaxed);
    return !cancelled(run);
}

enum status batch_read(const struct run *run, size_t index, uint64_t from, block_sink sink,
                       void *context, struct slice_result *slice, struct error *error)
{
    const struct scan *scan = run->config->scan;
    enum status status = scan->ops->read(scan, index, from, sink, context, slice, error);
    if (status == STATUS_OK && cancelled(run))
        status = error_set(error, STATUS_CLOSED, "the batch run was cancelled");
    return status;
}

void batch_advance(struct run *run, size_t index, const struct slice_result *slice)
{
    struct batch_result *result = run->results;
    struct place place = batch_place(run, index);
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

/* --- sequentially --- */

static bool take_block(void *context, const struct event_block *block)
{
    struct run *run = context;
    for (size_t r = 0; r < run->ranges_len; r++)
        pipeline_apply(&run->results[r].pipeline, block);
    return batch_tell(run, block);
}

/* Examples carry lines counted from where their reading began: those of a slice are shifted. */
static enum status read_into_results(struct run *run, size_t index, struct slice_result *slice,
                                     struct error *error)
{
    struct place place = batch_place(run, index);
    uint32_t line_base = place.first ? 0 : run->lines;
    struct outcomes *before = mem_alloc(run->ranges_len * sizeof *before);
    for (size_t r = 0; r < run->ranges_len; r++) {
        before[r] = run->results[r].pipeline.outcomes;
        memset(&run->results[r].pipeline.outcomes, 0, sizeof *before);
    }
    enum status status = batch_read(run, index, place.first ? place.begin : run->expected,
                                    take_block, run, slice, error);
    for (size_t r = 0; r < run->ranges_len; r++) {
        outcomes_merge(&before[r], &run->results[r].pipeline.outcomes, line_base);
        run->results[r].pipeline.outcomes = before[r];
    }
    free(before);
    return status;
}

static enum status run_sequential(struct run *run, struct error *error)
{
    for (size_t index = 0; index < run->slices; index++) {
        struct slice_result slice;
        enum status status = read_into_results(run, index, &slice, error);
        if (status != STATUS_OK)
            return status;
        batch_advance(run, index, &slice);
    }
    return STATUS_OK;
}

/* --- a run --- */

static int worker_count(const struct batch_run_config *config, size_t slices)
{
    long wanted = config->workers > 0 ? config->workers : sysconf(_SC_NPROCESSORS_ONLN);
    if (wanted > BATCH_WORKERS_MAX)
        wanted = BATCH_WORKERS_MAX;
    if ((size_t)wanted > slices)
        wanted = (long)slices;
    return wanted < 1 ? 1 : (int)wanted;
}

struct pipeline_config batch_pipeline_config(const struct run *run, size_t range, bool slice,
                                             bool judged)
{
    const struct batch_run_config *config = run->config;
    struct batch_range within = run->ranges[range];
    if (within.from == INT64_MIN && within.to == INT64_MAX)
        within = (struct batch_range){0, 0};
    return (struct pipeline_config){.definition = config->definition,
                                    .symbols = config->symbols,
                                    .from = within.from,
                                    .to = within.to,
                                    .groups_cap = config->groups_cap,
                                    .alerts = config->alerts,
                                    .explain = config->explain,
                                    .defer_lifecycle = slice,
                                    .judged = judged,
                                    .distinct =
                                        slice ? PIPELINE_DISTINCT_SLICE : PIPELINE_DISTINCT_END};
}

static void start_results(struct run *run, bool judged)
{
    run->expected = 0;
    run->lines = 0;
    for (size_t r = 0; r < run->ranges_len; r++) {
        struct pipeline_config config = batch_pipeline_config(run, r, false, judged);
        memset(&run->results[r], 0, sizeof run->results[r]);
        pipeline_init(&run->results[r].pipeline, &config);
    }
    run->results->workers = 1;
}

/* One reading for each range: what a pipeline of its own remembers of ids outside its range would
 * be too much for many at once. */
static enum status each_alone(struct run *run, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t r = 0; r < run->ranges_len; r++)
        batch_result_fini(&run->results[r]);
    for (size_t r = 0; r < run->ranges_len; r++) {
        struct run alone = *run;
        alone.ranges = &run->ranges[r];
        alone.ranges_len = 1;
        alone.results = &run->results[r];
        start_results(&alone, false);
        if (status == STATUS_OK)
            status = run_sequential(&alone, error);
    }
    return status;
}

static enum status count(struct run *run, struct error *error)
{
    int workers = worker_count(run->config, run->slices);
    bool gang = workers > 1 || run->ranges_len > 1;
    enum status status = STATUS_NO_MEMORY;
    start_results(run, gang);
    if (gang)
        status = batch_run_parallel(run, workers, error);
    SOMETIMES_IF(status == STATUS_OK && run->overflowed, batch_again_in_order);
    if (status != STATUS_NO_MEMORY && (status != STATUS_OK || !run->overflowed))
        return status;
    return each_alone(run, error);
}

/* Ranges counted in one reading were counted from the same bytes. */
static void share_marks(const struct run *run)
{
    const struct batch_result *first = run->results;
    for (size_t r = 1; r < run->ranges_len; r++) {
        struct batch_result *result = &run->results[r];
        if (result->marks)
            continue;
        result->marks_len = first->marks_len;
        result->marks = mem_alloc(first->marks_len * sizeof *result->marks);
        if (first->marks_len > 0)
            memcpy(result->marks, first->marks, first->marks_len * sizeof *result->marks);
        result->bytes = first->bytes;
        result->workers = first->workers;
    }
}

enum status batch_run(const struct batch_run_config *config, struct batch_result *result,
                      struct error *error)
{
    bool all = config->from == 0 && config->to == 0;
    const struct batch_range one = {all ? INT64_MIN : config->from, all ? INT64_MAX : config->to};
    if (config->until)
        config->scan->ops->until(config->scan, config->until, config->until_len);
    struct run run = {.config = config,
                      .ranges = config->ranges_len > 0 ? config->ranges : &one,
                      .ranges_len = config->ranges_len > 0 ? config->ranges_len : 1,
                      .results = result,
                      .slices = config->scan->ops->len(config->scan)};
    int64_t cpu_start = clock_thread_cpu_ns();
    enum status status = count(&run, error);
    for (size_t r = 0; r < run.ranges_len; r++)
        pipeline_end(&result[r].pipeline);
    share_marks(&run);
    result->cpu_ns = run.cpu_ns + clock_thread_cpu_ns() - cpu_start;
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
