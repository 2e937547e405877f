/*
 * What was not counted as it stood: from the state, which another tailrace may be writing, or from
 * the feed, read once to its end by a live lane.
 */
#include "tui/command_rejects.h"

#include "core/live_lane.h"
#include "tui/command.h"
#include "tui/command_stop.h"
#include "tui/command_target.h"
#include "tui/new_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- from the state --- */

static enum status each_of_state(void *self, store_take_reject *take, void *context,
                                 struct error *error)
{
    struct command_rejects *rejects = self;
    return store_each_reject(rejects->state.store, take, context, error);
}

const char *command_rejects_name(void *self, uint32_t source)
{
    const struct command_rejects *rejects = self;
    const char *name = NULL;
    uint64_t bytes;
    for (size_t m = rejects->state.marks_len; m-- > 0;)
        if (rejects->state.marks[m].at.source == source)
            return rejects->state.marks[m].name;
    if (rejects->state.store)
        return NULL;
    return rejects->feed.feed->ops->source(rejects->feed.feed, source, &name, &bytes) ? name : NULL;
}

/* --- from the feed --- */

static enum status each_of_list(void *self, store_take_reject *given, void *context,
                                struct error *error)
{
    return reject_list_each(((struct command_rejects *)self)->list, given, context, error);
}

static void take(void *context, const struct delta_reject *reject)
{
    struct command_rejects *rejects = context;
    const struct store_reject record = {.kind = reject->kind,
                                        .position = reject->position,
                                        .length = reject->length,
                                        .line = reject->line,
                                        .reason = reject->reason,
                                        .bytes = reject->bytes,
                                        .bytes_len = reject->bytes ? reject->bytes_len : 0};
    reject_groups_add(rejects->groups, &record);
    reject_list_add(rejects->list, &record);
}

static enum status read_feed(struct command_rejects *rejects, struct error *error)
{
    const struct options *options = rejects->options;
    struct clock *clock = clock_new_real();
    struct live_lane_config config = {.definition = rejects->feed.definition,
                                      .symbols = rejects->feed.symbols,
                                      .clock = clock,
                                      .feed = rejects->feed.feed,
                                      .stop_on_failure = true,
                                      .changed = &rejects->bell,
                                      .rejects = {take, rejects}};
    if (options->day != INT32_MIN) {
        config.from = instant_day_start(options->day, rejects->feed.definition->zone);
        config.to = instant_day_start(options->day + 1, rejects->feed.definition->zone);
    }
    struct live_lane *lane = live_lane_new(&config);
    enum status status = live_lane_start(lane, error);
    while (status == STATUS_OK && !live_lane_ended(lane) && !command_stopped()) {
        wake_clear(&rejects->bell);
        if (!live_lane_ended(lane) && !command_stopped())
            wake_wait(&rejects->bell, WAKE_NEVER);
    }
    bool whole = live_lane_ended(lane);
    live_lane_stop(lane);
    if (status == STATUS_OK)
        status = live_lane_failure(lane, error);
    if (status == STATUS_OK && !whole)
        status = error_set(error, STATUS_CLOSED, "stopped before the end of the feed");
    live_lane_free(lane);
    clock_free(clock);
    reject_list_sort(rejects->list);
    reject_groups_sort(rejects->groups);
    return status;
}

/* --- open and close --- */

static enum status open_records(struct command_rejects *rejects, struct error *error)
{
    const struct options *options = rejects->options;
    enum status status = command_feed_define(options, true, &rejects->bell, &rejects->feed, error);
    if (status != STATUS_OK)
        return status;
    status = command_state_open(&rejects->state, options, rejects->feed.definition,
                                rejects->feed.symbols, error);
    if (!options->state &&
        (status == STATUS_NOT_FOUND || (status == STATUS_OK && !rejects->state.found))) {
        command_state_close(&rejects->state);
        rejects->source = (struct reject_source){each_of_list, command_rejects_name, rejects};
        status = command_feed_begin(options, true, &rejects->feed, error);
        return status == STATUS_OK ? read_feed(rejects, error) : status;
    }
    rejects->source = (struct reject_source){each_of_state, command_rejects_name, rejects};
    if (status == STATUS_OK && !options->state)
        command_note("from what is kept of the feed; --no-state reads the feed instead");
    if (status == STATUS_OK && !rejects->state.found)
        return error_set(error, STATUS_NOT_FOUND, "state '%.200s' is empty", options->state);
    return status == STATUS_OK && !options->replay_file
               ? store_each_reject(rejects->state.store, reject_groups_add, rejects->groups, error)
               : status;
}

static void close_records(struct command_rejects *rejects)
{
    reject_list_free(rejects->list);
    free(rejects->groups);
    command_state_close(&rejects->state);
    command_feed_close(&rejects->feed);
    wake_fini(&rejects->bell);
}

/* --- output --- */

static enum status write_export(const struct command_rejects *rejects, struct reject_output *output,
                                struct error *error)
{
    const struct options *options = rejects->options;
    const struct command_target target = {
        .options = options, .feed = rejects->feed.feed, .state = &rejects->state};
    struct new_file file;
    enum status status = command_target_check(&target, "--export", options->export_file, error);
    if (status == STATUS_OK)
        status = new_file_open(&file, options->export_file, error);
    if (status != STATUS_OK)
        return status;
    struct reject_output own = *output;
    own.out = file.stream;
    status = options->format == OUTPUT_CSV ? reject_output_csv(&own, error)
                                           : reject_output_lines(&own, error);
    if (status != STATUS_OK) {
        new_file_drop(&file);
        return status;
    }
    return new_file_close(&file, error);
}

static enum status print(struct command_rejects *rejects, struct error *error)
{
    const struct options *options = rejects->options;
    struct reject_output output = {.out = stdout,
                                   .source = &rejects->source,
                                   .definition = rejects->feed.definition->name,
                                   .state = options->state,
                                   .each = options->records,
                                   .raw = options->raw};
    enum status status = STATUS_OK;
    if (options->export_file)
        status = write_export(rejects, &output, error);
    if (status != STATUS_OK)
        return status;
    if (options->format == OUTPUT_JSON)
        return reject_output_json(&output, rejects->groups, error);
    if (options->format == OUTPUT_CSV && !options->export_file)
        return reject_output_csv(&output, error);
    return reject_output_text(&output, rejects->groups, error);
}

/* What a list had no room for is missing in what was listed: said, and not a success. */
static int check_complete(const struct command_rejects *rejects)
{
    uint64_t beyond = rejects->list ? reject_list_beyond(rejects->list) : 0;
    if (beyond == 0)
        return 0;
    command_note("%" PRIu64 " records more than are listed one by one; with --state all are",
                 beyond);
    return rejects->options->export_file || rejects->options->format == OUTPUT_CSV;
}

int command_rejects(const struct options *options)
{
    struct error error = {.text = ""};
    struct command_rejects rejects = {.options = options};
    int incomplete = 0;
    wake_init(&rejects.bell);
    command_stop_on_signals(&rejects.bell);
    rejects.groups = mem_zero(1, sizeof *rejects.groups);
    rejects.list = options->state ? NULL : reject_list_new();
    enum status status = open_records(&rejects, &error);
    if (status == STATUS_OK && options->replay_file)
        status = command_rejects_replay(&rejects, &incomplete, &error);
    else if (status == STATUS_OK)
        status = print(&rejects, &error);
    if (status == STATUS_OK && !options->replay_file)
        incomplete = check_complete(&rejects);
    close_records(&rejects);
    return status == STATUS_OK ? incomplete : command_failed(&error);
}
