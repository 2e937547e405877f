/*
 * The schedule: runs are noted as virtual time passes, a bounded number of them kept, evenly
 * spaced; of those as many are executed as config allows, evenly spaced again, the first and the
 * last among them.
 */
#include "core/batch_lane.h"
#include "core/compare_parts.h"

#include <stdlib.h>
#include <string.h>

enum { MEASURED_LEAST = 8, BISECTIONS = 70 };

/* --- noting --- */

void compare_runs_init(struct run_plan *plan, struct compare_runs *runs, size_t sources_len)
{
    memset(runs, 0, sizeof *runs);
    runs->stride = 1;
    runs->kept = mem_alloc(COMPARE_RUNS_KEPT * sizeof *runs->kept);
    *plan = (struct run_plan){.runs = runs, .sources_len = sources_len};
    plan->marks = mem_alloc(COMPARE_RUNS_KEPT * sources_len * sizeof *plan->marks);
}

void compare_runs_fini(struct run_plan *plan)
{
    free(plan->marks);
    free(plan->days);
}

static uint64_t *marks_of(const struct run_plan *plan, size_t run)
{
    return plan->marks + run * plan->sources_len;
}

static void thin_out(struct run_plan *plan)
{
    struct compare_runs *runs = plan->runs;
    for (size_t k = 0; 2 * k < runs->len; k++) {
        runs->kept[k] = runs->kept[2 * k];
        memmove(marks_of(plan, k), marks_of(plan, 2 * k), plan->sources_len * sizeof *plan->marks);
    }
    runs->len = (runs->len + 1) / 2;
    runs->stride *= 2;
}

static void note_day(struct run_plan *plan, const struct compare_run *run)
{
    plan->last = run->mark;
    if (plan->days_len > 0 && plan->days[plan->days_len - 1].day == run->day)
        return;
    if (plan->days_len == plan->days_room) {
        plan->days_room = plan->days_room ? 2 * plan->days_room : 16;
        plan->days = mem_resize(plan->days, plan->days_room * sizeof *plan->days);
    }
    plan->days[plan->days_len++] = (struct run_day){run->mark, run->day};
}

void compare_runs_note(struct run_plan *plan, const struct compare_run *run,
                       const struct compare_source *sources)
{
    struct compare_runs *runs = plan->runs;
    uint64_t number = runs->planned++;
    note_day(plan, run);
    plan->bytes += (double)run->bytes;
    plan->rows += (double)run->rows;
    if (run->rows - plan->rows_before > runs->behind)
        runs->behind = run->rows - plan->rows_before;
    plan->rows_before = run->rows;
    if (number % runs->stride != 0)
        return;
    if (runs->len == COMPARE_RUNS_KEPT)
        thin_out(plan);
    if (number % runs->stride != 0)
        return;
    for (size_t s = 0; s < plan->sources_len; s++)
        marks_of(plan, runs->len)[s] = sources[s].end;
    runs->kept[runs->len++] = *run;
}

/* The first mark at which the runs kept have it all. */
static epoch_ms first_with(const struct run_plan *plan, size_t source, uint64_t start)
{
    const struct compare_runs *runs = plan->runs;
    size_t low = 0, high = runs->len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (marks_of(plan, middle)[source] > start)
            high = middle;
        else
            low = middle + 1;
    }
    /* between this one and the one kept before it others may stand */
    if (low > 0 && (runs->stride > 1 || low == runs->len))
        low--;
    return runs->kept[low].mark;
}

epoch_ms compare_runs_first(const struct run_plan *plan, const struct compare_config *config,
                            epoch_ms from, int32_t day, size_t source, uint64_t start)
{
    if (plan->runs->len == 0)
        return INT64_MIN;
    epoch_ms first = first_with(plan, source, start);
    from = from > first ? from : first;
    epoch_ms mark = batch_lane_next(from - 1, config->every_ms, config->definition->zone);
    size_t d = 0;
    while (d + 1 < plan->days_len && plan->days[d + 1].mark <= mark)
        d++;
    for (; d < plan->days_len && plan->days[d].day < day && plan->days[d].day != INT32_MIN; d++)
        if (d + 1 < plan->days_len)
            mark = plan->days[d + 1].mark;
    if (d == plan->days_len || mark > plan->last ||
        (plan->days[d].day != day && plan->days[d].day != INT32_MIN))
        return INT64_MIN;
    return mark;
}

/* --- executing --- */

static size_t how_many(const struct run_plan *plan, const struct compare_config *config)
{
    const struct compare_runs *runs = plan->runs;
    size_t most = config->runs_measured ? config->runs_measured : COMPARE_RUNS_MEASURED;
    double bytes =
        (double)(config->bytes_measured ? config->bytes_measured : COMPARE_BYTES_MEASURED);
    double each = plan->bytes / (double)runs->planned;
    size_t len = runs->len < most ? runs->len : most;
    if ((double)len * each > bytes) {
        len = (size_t)(bytes / each);
        len = len < MEASURED_LEAST ? MEASURED_LEAST : len;
    }
    return len < runs->len ? len : runs->len;
}

static enum status execute(const struct run_plan *plan, const struct compare_config *config,
                           size_t index, struct compare *out, struct error *error)
{
    struct compare_run *run = &plan->runs->kept[index];
    struct batch_mark marks[COMPARE_SOURCES];
    for (size_t s = 0; s < plan->sources_len; s++)
        marks[s] = (struct batch_mark){.source = config->inputs[s].source,
                                       .end = marks_of(plan, index)[s]};
    mono_ns started = clock_mono(config->clock);
    struct scan *scan = config->feed->ops->scan_open(config->feed, error);
    if (!scan)
        return error ? error->code : STATUS_IO;
    struct batch_run_config batch = {.definition = config->definition,
                                     .symbols = config->symbols,
                                     .scan = scan,
                                     .workers = config->workers,
                                     .progress = config->progress,
                                     .until = marks,
                                     .until_len = plan->sources_len};
    if (run->day != INT32_MIN) {
        batch.from = instant_day_start(run->day, config->definition->zone);
        batch.to = instant_day_start(run->day + 1, config->definition->zone);
    }
    struct batch_result result;
    enum status status = batch_run(&batch, &result, error);
    run->took_ns = clock_mono(config->clock) - started;
    run->cpu_ns = result.cpu_ns;
    run->measured = true;
    out->batch_cost.cpu_ns += result.cpu_ns;
    out->runs_differ += status == STATUS_OK && result.pipeline.outcomes.read != run->rows;
    batch_result_fini(&result);
    scan->ops->free(scan);
    return status;
}

/* --- the line through the measured ones --- */

struct line {
    double fixed, slope;
};

/* Least squares; neither part below 0. */
static struct line fit(const struct compare_runs *runs, bool cpu)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (size_t k = 0; k < runs->len; k++) {
        const struct compare_run *run = &runs->kept[k];
        double bytes = (double)run->bytes, ns = (double)(cpu ? run->cpu_ns : run->took_ns);
        if (!run->measured)
            continue;
        n += 1;
        x += bytes;
        y += ns;
        xx += bytes * bytes;
        xy += bytes * ns;
    }
    double spread = n * xx - x * x;
    struct line line = {.slope = spread > 0 ? (n * xy - x * y) / spread : 0};
    if (line.slope < 0)
        line.slope = 0;
    line.fixed = n > 0 ? (y - line.slope * x) / n : 0;
    if (line.fixed < 0) {
        line.fixed = 0;
        line.slope = x > 0 ? y / x : 0;
    }
    return line;
}

static void estimate(const struct run_plan *plan, struct compare *out)
{
    struct compare_runs *runs = plan->runs;
    struct line took = fit(runs, false), cpu = fit(runs, true);
    uint64_t overruns = 0;
    double sum = 0;
    for (size_t k = 0; k < runs->len; k++) {
        struct compare_run *run = &runs->kept[k];
        if (!run->measured) {
            run->took_ns = (int64_t)(took.fixed + took.slope * (double)run->bytes);
            run->cpu_ns = (int64_t)(cpu.fixed + cpu.slope * (double)run->bytes);
        }
        overruns += run->took_ns > run->interval_ms * 1000000;
        sum += (double)run->took_ns;
    }
    runs->fixed_ns = cpu.fixed;
    runs->per_byte_ns = cpu.slope;
    runs->took_ns = runs->len ? (int64_t)(sum / (double)runs->len) : 0;
    runs->overruns = overruns * runs->stride;
    if (runs->measured < runs->planned)
        out->batch_cost.cpu_ns =
            (int64_t)(cpu.fixed * (double)runs->planned + cpu.slope * plan->bytes);
}

/* --- ages --- */

struct tooth {
    double from, to;
};

/* From this run's publishing to the next one's. */
static struct tooth tooth_of(const struct compare_runs *runs, size_t k)
{
    const struct compare_run *run = &runs->kept[k];
    bool follows = k + 1 < runs->len && runs->stride == 1;
    double next = (double)(follows ? run[1].took_ns : run->took_ns);
    return (struct tooth){(double)run->took_ns, (double)run->interval_ms * 1e6 + next};
}

/* How long the answer was older than `age`, over all teeth. */
static double older_than(const struct compare_runs *runs, double age)
{
    double sum = 0;
    for (size_t k = 0; k < runs->len; k++) {
        struct tooth tooth = tooth_of(runs, k);
        double from = age > tooth.from ? age : tooth.from;
        sum += tooth.to > from ? tooth.to - from : 0;
    }
    return sum;
}

static struct compare_age age_of(const struct compare_runs *runs)
{
    double area = 0, time = 0, worst = 0, low = 0;
    for (size_t k = 0; k < runs->len; k++) {
        struct tooth tooth = tooth_of(runs, k);
        area += (tooth.to - tooth.from) * (tooth.to + tooth.from) / 2;
        time += tooth.to - tooth.from;
        worst = tooth.to > worst ? tooth.to : worst;
    }
    if (time <= 0)
        return (struct compare_age){0};
    double high = worst;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        if (older_than(runs, middle) > time / 100)
            low = middle;
        else
            high = middle;
    }
    return (struct compare_age){(int64_t)(area / time), (int64_t)high, (int64_t)worst};
}

/* The i-th of those to be measured: evenly spaced, the last among them. */
static size_t chosen(const struct compare_runs *runs, size_t i, size_t len)
{
    return len > 1 ? i * (runs->len - 1) / (len - 1) : runs->len - 1;
}

enum status compare_runs_execute(struct run_plan *plan, const struct compare_config *config,
                                 struct compare *out, struct error *error)
{
    struct compare_runs *runs = plan->runs;
    enum status status = STATUS_OK;
    if (runs->len == 0)
        return STATUS_OK;
    size_t len = how_many(plan, config);
    uint64_t bytes = 0;
    for (size_t i = 0; i < len; i++)
        bytes += runs->kept[chosen(runs, i, len)].bytes;
    compare_phase(config, "batch runs", bytes);
    for (size_t i = 0; i < len && status == STATUS_OK; i++)
        status = execute(plan, config, chosen(runs, i, len), out, error);
    runs->measured = len;
    if (status == STATUS_OK)
        estimate(plan, out);
    out->batch_cost.rows = (uint64_t)plan->rows;
    out->batch_cost.bytes = (uint64_t)plan->bytes;
    out->batch_age = age_of(runs);
    return status;
}

double compare_schedule_cpu_ns(const struct compare *compare, int64_t every_ms)
{
    const struct compare_runs *runs = &compare->runs;
    if (runs->planned == 0)
        return 0;
    double mean = (double)compare->batch_cost.bytes / (double)runs->planned;
    double times = (double)(compare->horizon - compare->begin) / (double)every_ms;
    return (times < 1 ? 1 : times) * (runs->fixed_ns + runs->per_byte_ns * mean);
}
