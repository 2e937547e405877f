/* The batch lane alone: one run over what is there, one answer, exit. */
#include "core/feed.h"
#include "tui/command.h"
#include "tui/command_limits.h"
#include "tui/command_report.h"
#include "tui/progress.h"

#include <string.h>

enum status command_batch_ranges(struct command_feed *feed, const struct batch_range *ranges,
                                 size_t ranges_len, const char *what, struct batch_result *results,
                                 struct error *error)
{
    memset(results, 0, ranges_len * sizeof *results);
    struct scan *scan = feed->feed->ops->scan_open(feed->feed, error);
    if (!scan)
        return error->code;
    struct batch_progress counter = {0};
    struct batch_run_config config = {.definition = feed->definition,
                                      .symbols = feed->symbols,
                                      .scan = scan,
                                      .ranges = ranges,
                                      .ranges_len = ranges_len,
                                      .progress = &counter};
    struct progress *progress = progress_start(&counter, scan->ops->bytes(scan), what);
    enum status status = batch_run(&config, results, error);
    progress_stop(progress);
    scan->ops->free(scan);
    return status;
}

struct summary command_batch_summary(const struct options *options, const struct command_feed *feed,
                                     const struct batch_result *result)
{
    return (struct summary){.lane = "batch",
                            .definition = feed->definition,
                            .symbols = feed->symbols,
                            .pipeline = &result->pipeline,
                            .feed = feed->feed,
                            .cpu_ns = result->cpu_ns,
                            .bytes = result->bytes,
                            .windows = feed->definition->window.asked,
                            .last = true,
                            .raw = options->raw};
}

static enum status run(const struct options *options, struct command_feed *feed,
                       struct error *error)
{
    struct batch_result result;
    struct batch_range range = {INT64_MIN, INT64_MAX};
    int32_t first = options->day != INT32_MIN ? options->day : options->from_day;
    int32_t last = options->day != INT32_MIN ? options->day : options->to_day;
    if (first != INT32_MIN) {
        range.from = instant_day_start(first, feed->definition->zone);
        range.to = instant_day_start(last + 1, feed->definition->zone);
    }
    enum status status = command_batch_ranges(feed, &range, 1, "batch", &result, error);
    if (status == STATUS_OK) {
        struct summary summary = command_batch_summary(options, feed, &result);
        output_summary(stdout, &summary, options->format);
        if (options->format == OUTPUT_CSV)
            command_limits_note(&summary);
    }
    batch_result_fini(&result);
    return status;
}

int command_batch(const struct options *options)
{
    struct error error = {.text = ""};
    struct command_feed feed;
    if (options->output)
        return command_report(options);
    enum status status = command_feed_open(options, true, NULL, &feed, &error);
    if (status == STATUS_OK) {
        status = run(options, &feed, &error);
        command_feed_close(&feed);
    }
    return status == STATUS_OK ? 0 : command_failed(&error);
}
