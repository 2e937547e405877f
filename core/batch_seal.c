/* A day's run, kept as its seal. */
#include "core/batch_seal.h"

#include "core/serving.h"
#include "core/table.h"

#include <stdio.h>
#include <stdlib.h>

static void keep(const struct batch_seal_config *config, const struct batch_result *result,
                 struct snapshot_seal *seal)
{
    struct table_maker maker = {0};
    struct snapshot_table *table = mem_zero(1, sizeof *table);
    table_make(&maker, &result->pipeline, result->pipeline.tally, config->symbols, config->day,
               table);
    serving_keep(table, serving_sum(config->definition), &seal->answer);
    table_maker_fini(&maker);
    free(table);
}

static enum status run(const struct batch_seal_config *config, struct snapshot_seal *seal,
                       struct snapshot_batch *out, struct error *error)
{
    struct scan *scan = config->feed->ops->scan_open(config->feed, error);
    if (!scan)
        return error->code;
    struct batch_run_config batch = {
        .definition = config->definition,
        .symbols = config->symbols,
        .scan = scan,
        .from = instant_day_start(config->day, config->definition->zone),
        .to = instant_day_start(config->day + 1, config->definition->zone),
        .workers = config->workers,
        .progress = config->progress};
    struct batch_result result;
    seal->lost = scan->ops->lost(scan);
    enum status status = batch_run(&batch, &result, error);
    out->cost.cpu_ns += result.cpu_ns;
    out->cost.rows += result.pipeline.outcomes.read;
    out->cost.bytes += result.bytes;
    if (status == STATUS_OK)
        keep(config, &result, seal);
    batch_result_fini(&result);
    scan->ops->free(scan);
    return status;
}

void batch_seal(const struct batch_seal_config *config, struct snapshot_batch *out)
{
    struct error error = {.text = ""};
    struct snapshot_seal *seal = mem_zero(1, sizeof *seal);
    seal->sealed = clock_now(config->clock);
    seal->by_operator = config->by_operator;
    out->seal_trouble[0] = '\0';
    if (run(config, seal, out, &error) == STATUS_OK)
        serving_seal(out, seal);
    else
        snprintf(out->seal_trouble, sizeof out->seal_trouble, "%.*s",
                 (int)sizeof out->seal_trouble - 1, error.text);
    free(seal);
}
