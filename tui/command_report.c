/*
 * The days of a range, all of them counted in one reading of the feed; a day that is up to date
 * costs nothing. The inputs are hashed once, before; that the run counted those very bytes is
 * checked after it. Very long ranges are read once for each DAYS_MAX days; where open tickets are
 * counted, and each day therefore keeps all those before it, once for each DAYS_MAX_OPEN.
 */
#include "tui/command_report.h"

#include "core/clock.h"
#include "core/feed.h"
#include "tui/command.h"
#include "tui/command_limits.h"
#include "tui/command_target.h"
#include "tui/inputs.h"
#include "tui/memory_file.h"
#include "tui/progress.h"
#include "tui/report_folder.h"
#include "tui/safe_text.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { MANIFEST_MAX = 1 << 20, REPORT_MAX = 256 << 20, DAYS_MAX = 400, DAYS_MAX_OPEN = 8 };

struct reporting {
    const struct options *options;
    const char *report;
    int32_t from_day, to_day;
    struct command_feed feed;
    struct report_folder folder;
    struct inputs inputs;
};

/* --- inputs --- */

/* The manifest must speak of the bytes that were counted. */
static enum status check_inputs(const struct reporting *reporting,
                                const struct batch_result *result, struct error *error)
{
    for (size_t i = 0; i < reporting->inputs.len; i++) {
        const struct manifest_input *input = &reporting->inputs.entries[i];
        uint64_t counted = 0;
        for (size_t m = 0; m < result->marks_len; m++)
            if (result->marks[m].source == i)
                counted += result->marks[m].end;
        bool same = counted == input->bytes;
        if (same && !reporting->feed.spool)
            same = inputs_unchanged(&reporting->inputs, i);
        if (!same)
            return error_set(error, STATUS_IO,
                             "%.200s changed while it was read: nothing is written; run it again "
                             "when it is at rest",
                             input->path);
    }
    return STATUS_OK;
}

/* --- one day --- */

/* Names of its two files; dates are formatted from numbers (D-13). */
static void name_files(const struct manifest *manifest, struct report_file files[2])
{
    snprintf(files[0].name, sizeof files[0].name, "%s_%.10s.csv", manifest->report, manifest->day);
    snprintf(files[1].name, sizeof files[1].name, "%s_%.10s.manifest.json", manifest->report,
             manifest->day);
}

static bool is_current(const struct reporting *reporting, const struct manifest *manifest,
                       const struct report_file files[2])
{
    size_t report_len = 0, text_len = 0;
    char *report = report_folder_read(&reporting->folder, files[0].name, REPORT_MAX, &report_len);
    char *text = report_folder_read(&reporting->folder, files[1].name, MANIFEST_MAX, &text_len);
    bool current = report && text && manifest_is_current(manifest, text, report, report_len);
    free(report);
    free(text);
    return current;
}

static void say_written(const struct reporting *reporting, const struct manifest *manifest,
                        size_t rows, const char *file, const struct outcomes *o)
{
    printf("%s %s: %zu rows written to ", manifest->report, manifest->day, rows);
    safe_print(stdout, reporting->folder.path, strlen(reporting->folder.path));
    printf("/%s (%" PRIu64 " read, %" PRIu64 " counted, %" PRIu64 " filtered, %" PRIu64
           " duplicate, %" PRIu64 " rejected)\n",
           file, o->read, o->counted, o->filtered, o->duplicate, o->rejected);
}

static enum status write_day(const struct reporting *reporting, const struct manifest *manifest,
                             const struct batch_result *result, struct report_file files[2],
                             struct error *error)
{
    struct summary summary = command_batch_summary(reporting->options, &reporting->feed, result);
    struct memory_file report, text;
    memory_file_open(&report);
    size_t rows = output_summary(report.stream, &summary, OUTPUT_CSV);
    memory_file_close(&report);
    memory_file_open(&text);
    manifest_print(text.stream, manifest, &summary, files[0].name, rows, report.bytes, report.len);
    memory_file_close(&text);
    files[0].bytes = report.bytes;
    files[0].len = report.len;
    files[1].bytes = text.bytes;
    files[1].len = text.len;
    enum status status = report_folder_replace(&reporting->folder, files, 2, error);
    free(report.bytes);
    free(text.bytes);
    if (status == STATUS_OK) {
        say_written(reporting, manifest, rows, files[0].name, &result->pipeline.outcomes);
        command_limits_note(&summary);
    }
    return status;
}

/* Of a file of the report. */
static enum status check_target(const struct reporting *reporting, const char *name,
                                struct error *error)
{
    const struct command_target target = {.options = reporting->options,
                                          .feed = reporting->feed.feed};
    return command_target_check_in(&target, "-o", reporting->options->output, name, error);
}

struct day {
    struct manifest manifest;
    struct report_file files[2];
    bool current;
};

static enum status begin_day(const struct reporting *reporting, int32_t number, struct day *day,
                             struct error *error)
{
    enum status status = STATUS_OK;
    manifest_begin(&day->manifest, reporting->feed.definition, reporting->options->raw,
                   reporting->report, number, reporting->inputs.entries, reporting->inputs.len);
    name_files(&day->manifest, day->files);
    for (int f = 0; f < 2 && status == STATUS_OK; f++)
        status = check_target(reporting, day->files[f].name, error);
    day->current = !reporting->options->force && is_current(reporting, &day->manifest, day->files);
    return status;
}

/* --- several days --- */

/* All that are not current, in one reading; `results` are theirs. */
static enum status count_days(struct reporting *reporting, int32_t first, const struct day *days,
                              size_t len, struct batch_result *results, struct error *error)
{
    const struct zone *zone = reporting->feed.definition->zone;
    struct batch_range *ranges = mem_alloc(len * sizeof *ranges);
    size_t ranges_len = 0;
    char what[REPORT_NAME_MAX + 2 * INSTANT_TEXT];
    for (size_t d = 0; d < len; d++)
        if (!days[d].current)
            ranges[ranges_len++] =
                (struct batch_range){instant_day_start(first + (int32_t)d, zone),
                                     instant_day_start(first + (int32_t)d + 1, zone)};
    snprintf(what, sizeof what, "%.63s %.10s%s%.10s", reporting->report, days[0].manifest.day,
             len > 1 ? " to " : "", len > 1 ? days[len - 1].manifest.day : "");
    enum status status = STATUS_OK;
    if (ranges_len > 0)
        status = command_batch_ranges(&reporting->feed, ranges, ranges_len, what, results, error);
    if (ranges_len > 0 && status == STATUS_OK)
        status = check_inputs(reporting, results, error);
    free(ranges);
    return status;
}

static enum status write_days(const struct reporting *reporting, struct day *days, size_t len,
                              const struct batch_result *results, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t d = 0; d < len && status == STATUS_OK; d++) {
        const struct manifest *manifest = &days[d].manifest;
        if (days[d].current)
            printf("%s %s: up to date, skipped (--force computes it again)\n", manifest->report,
                   manifest->day);
        else
            status = write_day(reporting, manifest, results++, days[d].files, error);
        fflush(stdout);
    }
    return status;
}

static enum status report_some(struct reporting *reporting, int32_t first, size_t len,
                               struct error *error)
{
    struct day *days = mem_zero(len, sizeof *days);
    struct batch_result *results = mem_zero(len, sizeof *results);
    enum status status = STATUS_OK;
    for (size_t d = 0; d < len && status == STATUS_OK; d++)
        status = begin_day(reporting, first + (int32_t)d, &days[d], error);
    if (status == STATUS_OK)
        status = count_days(reporting, first, days, len, results, error);
    if (status == STATUS_OK)
        status = write_days(reporting, days, len, results, error);
    for (size_t d = 0; d < len; d++)
        batch_result_fini(&results[d]);
    free(results);
    free(days);
    return status;
}

/* --- all days --- */

/* Without a day it is yesterday's report: the day that is over (trap X7). */
static void find_days(struct reporting *reporting)
{
    const struct options *options = reporting->options;
    reporting->from_day = options->from_day;
    reporting->to_day = options->to_day;
    if (options->day != INT32_MIN)
        reporting->from_day = reporting->to_day = options->day;
    if (reporting->from_day != INT32_MIN)
        return;
    struct clock *clock = clock_new_real();
    char date[INSTANT_TEXT];
    const struct zone *zone = reporting->feed.definition->zone;
    reporting->from_day = reporting->to_day = instant_day(clock_now(clock), zone) - 1;
    clock_free(clock);
    command_note("no --day: the report is of yesterday, %s",
                 instant_format_date(instant_day_start(reporting->from_day, NULL), NULL, date));
}

static enum status report_days(struct reporting *reporting, struct error *error)
{
    enum status status = check_target(reporting, ".", error);
    if (status == STATUS_OK)
        status = report_folder_open(&reporting->folder, reporting->options->output, error);
    find_days(reporting);
    if (status == STATUS_OK)
        status = report_folder_lock(&reporting->folder, reporting->report, reporting->from_day,
                                    reporting->to_day, error);
    if (status != STATUS_OK) {
        command_feed_close(&reporting->feed);
        return status;
    }
    status = command_feed_begin(reporting->options, true, &reporting->feed, error);
    if (status != STATUS_OK)
        return status;
    status = inputs_hash(&reporting->inputs, &reporting->feed, false, error);
    int32_t most = reporting->feed.definition->needs_lifecycle ? DAYS_MAX_OPEN : DAYS_MAX;
    for (int32_t day = reporting->from_day; status == STATUS_OK && day <= reporting->to_day;
         day += most) {
        int32_t left = reporting->to_day - day + 1;
        status = report_some(reporting, day, (size_t)(left < most ? left : most), error);
    }
    command_feed_close(&reporting->feed);
    return status;
}

int command_report(const struct options *options)
{
    struct error error = {.text = ""};
    struct reporting reporting = {.options = options,
                                  .report = options->report ? options->report : "summary",
                                  .folder = {.fd = -1, .lock_fd = -1}};
    /* a limit of the system on file sizes is an error to report, not an end */
    signal(SIGXFSZ, SIG_IGN);
    enum status status = command_feed_define(options, true, NULL, &reporting.feed, &error);
    if (status == STATUS_OK)
        status = report_days(&reporting, &error);
    report_folder_close(&reporting.folder);
    inputs_fini(&reporting.inputs);
    return status == STATUS_OK ? 0 : command_failed(&error);
}
