/*
 * Kappa (S-116): the live engine, from position 0 of a feed, into a fresh folder that then takes
 * the place of the old one. What is written depends on the bytes and the configuration alone.
 */
#include "core/live_lane.h"
#include "tui/alert_line.h"
#include "tui/command.h"
#include "tui/command_feed.h"
#include "tui/command_stop.h"
#include "tui/command_target.h"
#include "tui/inputs.h"
#include "tui/output.h"
#include "tui/output_columns.h"
#include "tui/progress.h"
#include "tui/replay_folder.h"
#include "tui/replay_manifest.h"
#include "tui/safe_text.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_MS = 100 };

struct replaying {
    const struct options *options;
    struct command_feed feed;
    struct clock *clock;
    struct wake bell;
    struct live_lane *lane;
    struct replay_folder folder;
    struct batch_progress progress;
    FILE *alerts; /* NULL: the definition has no rules */
    struct inputs inputs;
    struct replay_output outputs[REPLAY_FILES];
    size_t outputs_len;
};

/* --- history --------------------------------------------------------------------------------- */

static bool still_has(const struct replaying *replaying, const struct replay_input *input,
                      const char **name)
{
    uint64_t bytes;
    struct feed *feed = replaying->feed.feed;
    for (uint32_t s = 0; feed->ops->source(feed, s, name, &bytes); s++)
        if (replay_input_is(input, *name))
            return true;
    return false;
}

/* What the replay before this one was computed from must still be there, byte by byte (A2-55). */
static enum status check_input(const struct replaying *replaying, const struct replay_input *input,
                               struct error *error)
{
    static const char advice[] = "history is missing; --force replays what is there";
    char now[SHA256_TEXT];
    const char *name;
    if (!still_has(replaying, input, &name))
        return error_set(error, STATUS_NOT_FOUND,
                         "%.200s was replayed from %.*s too, which is not in the feed now: %s",
                         replaying->folder.path,
                         (int)(input->path_len < 200 ? input->path_len : 200), input->path, advice);
    struct error why = {.text = ""};
    enum status status = inputs_hash_beginning(&replaying->feed, name, input->bytes, now, &why);
    if (status == STATUS_NOT_FOUND)
        return error_set(error, status,
                         "%.200s is shorter than the %" PRIu64 " bytes that %.200s was replayed "
                         "from: %s",
                         name, input->bytes, replaying->folder.path, advice);
    if (status == STATUS_OK && strcmp(now, input->sha256) != 0)
        return error_set(error, STATUS_NOT_FOUND,
                         "%.200s does not begin with the bytes that %.200s was replayed from, it "
                         "was rotated or rewritten: %s",
                         name, replaying->folder.path, advice);
    if (status != STATUS_OK)
        *error = why;
    return status;
}

static enum status check_history(const struct replaying *replaying, struct error *error)
{
    char *text = replay_folder_manifest(&replaying->folder);
    const char *at = NULL;
    struct replay_input input;
    enum status status = STATUS_OK;
    while (text && status == STATUS_OK && !replaying->options->force &&
           replay_manifest_next(text, &at, &input))
        status = check_input(replaying, &input, error);
    free(text);
    return status;
}

/* --- counting -------------------------------------------------------------------------------- */

/* In the lane's thread. */
static void take_alert(void *context, const struct alert *alert)
{
    struct replaying *replaying = context;
    char line[ALERT_LINE];
    const char *source = NULL;
    uint64_t bytes;
    struct feed *feed = replaying->feed.feed;
    if (!feed->ops->source(feed, alert->position.source, &source, &bytes))
        source = NULL;
    size_t len = alert_line(replaying->feed.definition, alert, source, INT64_MIN, line);
    fwrite(line, 1, len, replaying->alerts);
}

static void note_progress(void *context, const struct live_lane *lane, bool last)
{
    struct replaying *replaying = context;
    (void)last;
    atomic_store(&replaying->progress.bytes, live_lane_cost(lane).bytes);
}

static uint64_t feed_bytes(const struct replaying *replaying)
{
    struct feed_status status;
    replaying->feed.feed->ops->status(replaying->feed.feed, &status);
    return status.bytes_read + status.unread;
}

static enum status count(struct replaying *replaying, struct error *error)
{
    const struct options *options = replaying->options;
    struct live_lane_config config = {.definition = replaying->feed.definition,
                                      .symbols = replaying->feed.symbols,
                                      .clock = replaying->clock,
                                      .feed = replaying->feed.feed,
                                      .replay = true,
                                      .as_of =
                                          options->as_of_set ? options->as_of : WATERMARK_NO_WALL,
                                      .stop_on_failure = true,
                                      .changed = &replaying->bell,
                                      .report = note_progress,
                                      .report_context = replaying,
                                      .interval_ms = PROGRESS_MS};
    if (replaying->alerts)
        config.alerts = (struct alert_sink){take_alert, replaying};
    replaying->lane = live_lane_new(&config);
    struct progress *progress =
        progress_start(&replaying->progress, feed_bytes(replaying), "replay");
    enum status status = live_lane_start(replaying->lane, error);
    while (status == STATUS_OK && !live_lane_ended(replaying->lane) && !command_stopped()) {
        wake_clear(&replaying->bell);
        if (!live_lane_ended(replaying->lane) && !command_stopped())
            wake_wait(&replaying->bell, WAKE_NEVER);
    }
    live_lane_stop(replaying->lane);
    progress_stop(progress);
    if (status == STATUS_OK)
        status = live_lane_failure(replaying->lane, error);
    if (status == STATUS_OK && !live_lane_pipeline(replaying->lane)->ended)
        status = error_set(error, STATUS_CLOSED, "stopped before the end: %.200s is as it was",
                           replaying->folder.path);
    return status;
}

/* --- writing --------------------------------------------------------------------------------- */

static enum status finish(struct replaying *replaying, const char *name, FILE *file,
                          struct error *error)
{
    struct replay_output *output = &replaying->outputs[replaying->outputs_len++];
    output->file = name;
    return replay_folder_finish(&replaying->folder, name, file, &output->bytes, output->sha256,
                                error);
}

static void print_windows(FILE *out, const struct summary *summary)
{
    const struct windows *windows = summary->pipeline->windows;
    struct output_columns columns;
    size_t len = windows_len(windows);
    const struct window_row **rows = mem_alloc((len + 1) * sizeof *rows);
    windows_sorted(windows, rows);
    output_columns(summary->definition, &columns);
    fputs("start,end", out);
    for (int c = 0; c < columns.len; c++) {
        fputc(',', out);
        output_csv_text(out, columns.at[c].name, strlen(columns.at[c].name), true, false);
    }
    fputs(",state,revision\n", out);
    for (size_t i = 0; i < len; i++) {
        char start[INSTANT_TEXT], end[INSTANT_TEXT], text[MONEY_TEXT];
        struct tally_row row;
        windows_tally_row(windows, rows[i], &row);
        fprintf(out, "%s,%s", instant_format(rows[i]->id.start, start),
                instant_format(rows[i]->end, end));
        for (int c = 0; c < columns.len; c++) {
            const struct output_column *column = &columns.at[c];
            symbol key = column->measure ? 0 : rows[i]->id.key[column->key];
            fputc(',', out);
            if (!column->measure)
                output_csv_text(out, symbols_text(summary->symbols, key),
                                symbols_text_len(summary->symbols, key), column->is_text,
                                summary->raw);
            else if (column->measure->kind != MEASURE_OPEN)
                fputs(output_measure(&row, column, text), out);
        }
        fprintf(out, ",%s,%" PRIu32 "\n", window_state_text(rows[i]->state), rows[i]->revision);
    }
    free(rows);
}

static enum status write_manifest(struct replaying *replaying, const struct summary *summary,
                                  struct error *error)
{
    const struct replay_manifest manifest = {.as_of_set = replaying->options->as_of_set,
                                             .as_of = replaying->options->as_of,
                                             .inputs = replaying->inputs.entries,
                                             .inputs_len = replaying->inputs.len,
                                             .outputs = replaying->outputs,
                                             .outputs_len = replaying->outputs_len};
    struct replay_output own;
    FILE *file = replay_folder_create(&replaying->folder, REPLAY_MANIFEST, false, error);
    if (!file)
        return error->code;
    replay_manifest_print(file, &manifest, summary);
    return replay_folder_finish(&replaying->folder, REPLAY_MANIFEST, file, &own.bytes, own.sha256,
                                error);
}

static enum status write_files(struct replaying *replaying, struct error *error)
{
    const struct definition *definition = replaying->feed.definition;
    struct snapshot_cost cost = live_lane_cost(replaying->lane);
    struct summary summary = {.lane = "stream",
                              .definition = definition,
                              .symbols = replaying->feed.symbols,
                              .pipeline = live_lane_pipeline(replaying->lane),
                              .feed = replaying->feed.feed,
                              .cpu_ns = -1,
                              .bytes = cost.bytes,
                              .windows = definition->window.asked,
                              .last = true,
                              .raw = replaying->options->raw};
    enum status status = STATUS_OK;
    if (replaying->alerts)
        status = finish(replaying, "alerts.jsonl", replaying->alerts, error);
    replaying->alerts = NULL;
    FILE *file = NULL;
    if (status == STATUS_OK &&
        (file = replay_folder_create(&replaying->folder, "answer.json", false, error))) {
        output_summary(file, &summary, OUTPUT_JSON);
        status = finish(replaying, "answer.json", file, error);
    }
    if (status == STATUS_OK && file && definition->window.asked &&
        (file = replay_folder_create(&replaying->folder, "windows.csv", false, error))) {
        print_windows(file, &summary);
        status = finish(replaying, "windows.csv", file, error);
    }
    if (status == STATUS_OK && !file)
        return error->code;
    return status == STATUS_OK ? write_manifest(replaying, &summary, error) : status;
}

/* --- the command ----------------------------------------------------------------------------- */

static void say_switched(const struct replaying *replaying, bool had_previous)
{
    const struct outcomes *o = &live_lane_pipeline(replaying->lane)->outcomes;
    const char *path = replaying->folder.path;
    printf("replayed %" PRIu64 " records (%" PRIu64 " counted, %" PRIu64 " late, %" PRIu64
           " rejected) into ",
           o->read, o->counted, o->late, o->rejected);
    safe_print(stdout, path, strlen(path));
    if (had_previous) {
        fputs("; the answer before is ", stdout);
        safe_print(stdout, replaying->folder.name, strlen(replaying->folder.name));
        fputs(".previous beside it", stdout);
    }
    fputc('\n', stdout);
}

/* The folder is exchanged with all that stands in it. */
static enum status check_target(const struct options *options, struct error *error)
{
    const struct command_target target = {.options = options};
    enum status status = command_target_check(&target, "-o", options->output, error);
    for (int f = 0; f < REPLAY_FILES && status == STATUS_OK; f++)
        status =
            command_target_check_in(&target, "-o", options->output, replay_file_names[f], error);
    return status;
}

static enum status replay(struct replaying *replaying, struct error *error)
{
    bool had_previous = false;
    enum status status = check_target(replaying->options, error);
    if (status == STATUS_OK)
        status = replay_folder_open(&replaying->folder, replaying->options->output, error);
    if (status != STATUS_OK) {
        command_feed_close(&replaying->feed);
        return status;
    }
    status = command_feed_begin(replaying->options, true, &replaying->feed, error);
    if (status != STATUS_OK)
        return status;
    status = check_history(replaying, error);
    if (status == STATUS_OK && replaying->feed.definition->rules_len > 0) {
        replaying->alerts = replay_folder_create(&replaying->folder, "alerts.jsonl", true, error);
        status = replaying->alerts ? STATUS_OK : error->code;
    }
    if (status == STATUS_OK)
        status = count(replaying, error);
    if (status == STATUS_OK)
        status = inputs_hash(&replaying->inputs, &replaying->feed, true, error);
    if (status == STATUS_OK)
        status = write_files(replaying, error);
    if (status == STATUS_OK)
        status = replay_folder_switch(&replaying->folder, &had_previous, error);
    if (status == STATUS_OK)
        say_switched(replaying, had_previous);
    return status;
}

/* What no memory would leave behind; it needs none itself. */
static struct replay_folder *unfinished;

static void drop_unfinished(void)
{
    replay_folder_close(unfinished);
}

int command_replay(const struct options *options)
{
    struct error error = {.text = ""};
    struct replaying replaying = {.options = options,
                                  .folder = {.parent = -1, .lock = -1, .fd = -1}};
    signal(SIGXFSZ, SIG_IGN); /* as in command_report.c */
    unfinished = &replaying.folder;
    fatal_hook(drop_unfinished);
    wake_init(&replaying.bell);
    command_stop_on_signals(&replaying.bell);
    replaying.clock = clock_new_real();
    enum status status = command_feed_define(options, true, NULL, &replaying.feed, &error);
    if (status == STATUS_OK)
        status = replay(&replaying, &error);
    if (replaying.alerts)
        fclose(replaying.alerts);
    live_lane_free(replaying.lane);
    command_feed_close(&replaying.feed);
    inputs_fini(&replaying.inputs);
    fatal_hook(NULL);
    replay_folder_close(&replaying.folder);
    clock_free(replaying.clock);
    wake_fini(&replaying.bell);
    return status == STATUS_OK ? 0 : command_failed(&error);
}
