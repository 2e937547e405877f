/* The batch lane alone: one run over what is there, one answer, exit. */
#include "core/batch_run.h"
#include "core/feed.h"
#include "tui/command.h"
#include "tui/command_feed.h"
#include "tui/output.h"

static enum status run(const struct options *options, struct command_feed *feed,
                       struct error *error)
{
    struct scan *scan = feed->feed->ops->scan_open(feed->feed, error);
    if (!scan)
        return error->code;
    struct batch_run_config config = {
        .definition = feed->definition, .symbols = feed->symbols, .scan = scan};
    if (options->day != INT32_MIN) {
        config.from = instant_day_start(options->day, feed->definition->zone_ms);
        config.to = config.from + MS_PER_DAY;
    }
    struct batch_result result;
    enum status status = batch_run(&config, &result, error);
    if (status == STATUS_OK) {
        struct summary summary = {.lane = "batch",
                                  .definition = feed->definition,
                                  .symbols = feed->symbols,
                                  .pipeline = &result.pipeline,
                                  .feed = feed->feed,
                                  .cpu_ns = result.cpu_ns,
                                  .bytes = result.bytes,
                                  .windows = feed->definition->window.asked,
                                  .last = true};
        output_summary(stdout, &summary, options->format);
    }
    batch_result_fini(&result);
    scan->ops->free(scan);
    return status;
}

int command_batch(const struct options *options)
{
    struct error error = {.text = ""};
    struct command_feed feed;
    enum status status = command_feed_open(options, true, NULL, &feed, &error);
    if (status == STATUS_OK) {
        status = run(options, &feed, &error);
        command_feed_close(&feed);
    }
    return status == STATUS_OK ? 0 : command_failed(&error);
}
