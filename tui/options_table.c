/*
 * The table of options, and what sets each: every value is checked here, so that an error can say
 * what would have been right.
 */
#include "tui/options_parts.h"

#include "core/definition.h"
#include "core/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    W = 1 << COMMAND_WATCH,
    S = 1 << COMMAND_STREAM,
    B = 1 << COMMAND_BATCH,
    C = 1 << COMMAND_COMPARE,
    R = 1 << COMMAND_REPLAY,
    J = 1 << COMMAND_REJECTS,
    M = 1 << COMMAND_SIMULATE,
    P = 1 << COMMAND_SAVEPOINT,
    FEEDS = W | S | B | C | R | J,
    SHAPES = FEEDS | P, /* they decide which state it is */
    EVERY_COMMAND = FEEDS | M | P
};

/* --- values ---------------------------------------------------------------------------------- */

#define SET_TEXT(member)                                                                           \
    static enum status set_##member(struct options *options, const char *value,                    \
                                    struct error *error)                                           \
    {                                                                                              \
        (void)error;                                                                               \
        options->member = value;                                                                   \
        return STATUS_OK;                                                                          \
    }

#define SET_FLAG(member)                                                                           \
    static enum status set_##member(struct options *options, const char *value,                    \
                                    struct error *error)                                           \
    {                                                                                              \
        (void)value;                                                                               \
        (void)error;                                                                               \
        options->member = true;                                                                    \
        return STATUS_OK;                                                                          \
    }

SET_TEXT(definition)
SET_TEXT(time)
SET_TEXT(group_by)
SET_TEXT(measure)
SET_TEXT(output)
SET_TEXT(faults)
SET_TEXT(theme)
SET_TEXT(alerts)
SET_TEXT(on_alert)
SET_TEXT(redact)
SET_TEXT(restore)
SET_TEXT(export_file)
SET_TEXT(replay_file)
SET_FLAG(no_dedupe)
SET_FLAG(no_state)
SET_FLAG(rebuild)
SET_FLAG(read_only)
SET_FLAG(csv_single_line)
SET_FLAG(force)
SET_FLAG(raw)
SET_FLAG(until_eof)
SET_FLAG(plain)
SET_FLAG(ascii)
SET_FLAG(help)
SET_FLAG(version)

static enum status set_where(struct options *options, const char *value, struct error *error)
{
    if (options->where_len == WHERE_MAX)
        return error_set(error, STATUS_USAGE, "--where: at most %d filters", WHERE_MAX);
    options->where[options->where_len++] = value;
    return STATUS_OK;
}

/* Of a value that is no duration. */
static const char *in_whole(const char *value)
{
    return strchr(value, '.') ? "; in whole numbers, such as 700ms" : "";
}

#define SET_DURATION(member, parse, example)                                                       \
    static enum status set_##member(struct options *options, const char *value,                    \
                                    struct error *error)                                           \
    {                                                                                              \
        if (parse(value, &options->member##_ms))                                                   \
            return STATUS_OK;                                                                      \
        return error_set(error, STATUS_USAGE, "--" #member " %s: say a duration, such as %s%s",    \
                         value, example, in_whole(value));                                         \
    }

SET_DURATION(window, duration_parse, "5m or 1h")
SET_DURATION(slide, duration_parse, "1m")
SET_DURATION(session, duration_parse, "30m")
SET_DURATION(delay, duration_parse_or_zero, "60s, or 0s")

/* S-116 */
static enum status set_lateness(struct options *options, const char *value, struct error *error)
{
    if (strcmp(value, "forever") == 0)
        options->lateness_ms = WINDOW_LATENESS_FOREVER;
    else if (!duration_parse_or_zero(value, &options->lateness_ms))
        return error_set(error, STATUS_USAGE,
                         "--lateness %s: say a duration, such as 9m, or 0s, or forever%s", value,
                         in_whole(value));
    return STATUS_OK;
}

static enum status set_as_of(struct options *options, const char *value, struct error *error)
{
    options->as_of_set = instant_parse(value, strlen(value), 0, &options->as_of) == INSTANT_OK;
    if (options->as_of_set)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "--as-of %s: say a time, such as 2026-01-05T08:00:00Z",
                     value);
}

/* Which of the names the value is; -1: none. */
static int word_of(const char *value, const char *const *names, int len)
{
    for (int n = 0; n < len; n++)
        if (strcmp(value, names[n]) == 0)
            return n;
    return -1;
}

static enum status set_arrangement(struct options *options, const char *value, struct error *error)
{
    static const char *const names[] = {"side-by-side", "lambda", "kappa", "micro-batch"};
    int word = word_of(value, names, ARRANGEMENT_COUNT);
    if (word >= 0) {
        options->arrangement = (enum arrangement)word;
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE,
                     "--arrangement %s: say side-by-side, lambda, kappa or micro-batch", value);
}

static enum status set_every(struct options *options, const char *value, struct error *error)
{
    if (!duration_parse(value, &options->every_ms) || options->every_ms < 100 ||
        options->every_ms > MS_PER_DAY)
        return error_set(error, STATUS_USAGE,
                         "--every %s: say a duration from 100ms to 1d, such as 15m or 1h%s", value,
                         in_whole(value));
    return STATUS_OK;
}

static enum status set_for(struct options *options, const char *value, struct error *error)
{
    if (!duration_parse(value, &options->for_ms))
        return error_set(error, STATUS_USAGE, "--for %s: say a duration, such as 30s or 5m%s",
                         value, in_whole(value));
    return STATUS_OK;
}

static bool parse_count(const char *value, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(value, &end, 10);
    if (errno || *value < '0' || *value > '9' || *end || number > max)
        return false;
    *out = number;
    return true;
}

static enum status set_speed(struct options *options, const char *value, struct error *error)
{
    uint64_t speed;
    if (!parse_count(*value == 'x' ? value + 1 : value, 3600, &speed) || speed < 1)
        return error_set(error, STATUS_USAGE, "--speed %s: say a whole number from 1 to 3600",
                         value);
    options->speed = (int)speed;
    options->speed_set = true;
    return STATUS_OK;
}

static enum status set_seed(struct options *options, const char *value, struct error *error)
{
    if (!parse_count(value, UINT64_MAX, &options->seed))
        return error_set(error, STATUS_USAGE, "--seed %s: say a whole number", value);
    return STATUS_OK;
}

static enum status set_records(struct options *options, const char *value, struct error *error)
{
    if (!parse_count(value, 1000000000, &options->records) || options->records == 0)
        return error_set(error, STATUS_USAGE, "-n %s: say how many records, 1 to 1000000000",
                         value);
    return STATUS_OK;
}

static enum status set_rate(struct options *options, const char *value, struct error *error)
{
    char *end;
    errno = 0;
    options->rate = strtod(value, &end);
    bool number = end != value && !errno && *value >= '0' && *value <= '9';
    if (!number || (*end && strcmp(end, "/s") != 0) || !(options->rate >= 0.001) ||
        options->rate > 1e6)
        return error_set(error, STATUS_USAGE, "--rate %s: say records a second, such as 5/s",
                         value);
    return STATUS_OK;
}

static enum status set_from(struct options *options, const char *value, struct error *error)
{
    options->from_end = strcmp(value, "end") == 0;
    if (!options->from_end && strcmp(value, "start") != 0)
        return error_set(error, STATUS_USAGE, "--from %s: say start or end", value);
    return STATUS_OK;
}

static enum status set_needs(struct options *options, const char *value, struct error *error)
{
    if (!duration_parse(value, &options->needs_ms))
        return error_set(error, STATUS_USAGE, "--needs %s: say a duration, such as 5m or 1d",
                         value);
    return STATUS_OK;
}

static enum status set_format(struct options *options, const char *value, struct error *error)
{
    static const char *const names[] = {"text", "csv", "json", "jsonl", "html"};
    unsigned fit = options->command == COMMAND_SIMULATE ? 1u << OUTPUT_CSV | 1u << OUTPUT_JSONL
                   : options->command == COMMAND_COMPARE
                       ? 1u << OUTPUT_TEXT | 1u << OUTPUT_JSON | 1u << OUTPUT_HTML
                       : 1u << OUTPUT_TEXT | 1u << OUTPUT_CSV | 1u << OUTPUT_JSON;
    for (int f = 0; f <= OUTPUT_HTML; f++)
        if (strcmp(value, names[f]) == 0 && fit & 1u << f) {
            options->format = (enum output_format)f;
            options->format_set = true;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "--format %s: say %s", value,
                     options->command == COMMAND_SIMULATE  ? "csv or jsonl"
                     : options->command == COMMAND_COMPARE ? "text, json or html"
                                                           : "text, csv or json");
}

static enum status set_changes(struct options *options, const char *value, struct error *error)
{
    static const char *const names[] = {"append", "update", "complete"};
    int word = word_of(value, names, 3);
    if (word >= 0) {
        options->changes = (enum change_mode)(CHANGES_APPEND + word);
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE, "--changes %s: say append, update or complete", value);
}

/* A duration, or how many records. */
static enum status set_trigger(struct options *options, const char *value, struct error *error)
{
    options->trigger_ms = 0;
    options->trigger_records = 0;
    if (parse_count(value, 1000000000, &options->trigger_records) && options->trigger_records > 0)
        return STATUS_OK;
    if (duration_parse(value, &options->trigger_ms) && options->trigger_ms >= 10)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "--trigger %s: say a duration of at least 10ms, such as 1s, or a number of "
                     "records, such as 1000",
                     value);
}

static enum status parse_day(const char *option, const char *value, int32_t *out,
                             struct error *error)
{
    epoch_ms time;
    if (strlen(value) != 10 || instant_parse(value, 10, NULL, &time) != INSTANT_OK)
        return error_set(error, STATUS_USAGE, "--%s %s: say a date, such as 2026-01-05", option,
                         value);
    *out = instant_day(time, NULL);
    return STATUS_OK;
}

static enum status set_day(struct options *options, const char *value, struct error *error)
{
    return parse_day("day", value, &options->day, error);
}

static enum status set_from_day(struct options *options, const char *value, struct error *error)
{
    return parse_day("from-day", value, &options->from_day, error);
}

static enum status set_to_day(struct options *options, const char *value, struct error *error)
{
    return parse_day("to-day", value, &options->to_day, error);
}

static enum status set_state(struct options *options, const char *value, struct error *error)
{
    if (!value[0])
        return error_set(error, STATUS_USAGE, "--state needs a directory");
    options->state = value;
    return STATUS_OK;
}

/* A number of bytes, or of K, M, G of them. */
static enum status set_rejects_max(struct options *options, const char *value, struct error *error)
{
    static const char units[] = "KMG";
    char number[24];
    size_t digits = strspn(value, "0123456789");
    const char *unit = value[digits] ? strchr(units, value[digits]) : NULL;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    uint64_t count;
    snprintf(number, sizeof number, "%.*s", (int)digits, value);
    if ((value[digits] && (!unit || value[digits + 1])) ||
        !parse_count(number, UINT64_C(1) << (50 - shift), &count))
        return error_set(error, STATUS_USAGE,
                         "--rejects-max %.40s: say how many bytes, such as 256M", value);
    options->rejects_max = count << shift;
    if (options->rejects_max == 0)
        options->rejects_max = 1; /* none of them */
    return STATUS_OK;
}

/* S-80 */
static enum status set_delivery(struct options *options, const char *value, struct error *error)
{
    static const char *const names[] = {"effectively-once", "at-least-once", "at-most-once"};
    int word = word_of(value, names, 3);
    if (word >= 0) {
        options->delivery = (enum delivery_mode)word;
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE,
                     "--delivery %s: say effectively-once, at-least-once or at-most-once", value);
}

static enum status set_decoder(struct options *options, const char *value, struct error *error)
{
    static const char *const names[] = {"auto", "portable", "library"};
    int word = word_of(value, names, 3);
    if (word >= 0) {
        options->decoder = (enum decoder_choice)word;
        return STATUS_OK;
    }
    return error_set(error, STATUS_USAGE, "--decoder %.40s: say auto, portable or library", value);
}

/* S-96 */
static enum status set_durability(struct options *options, const char *value, struct error *error)
{
    options->durability_said = true;
    options->relaxed = strcmp(value, "relaxed") == 0;
    if (options->relaxed || strcmp(value, "full") == 0)
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "--durability %s: say full or relaxed", value);
}

static enum status set_epoch(struct options *options, const char *value, struct error *error)
{
    options->epoch_ms = 0;
    if ((parse_count(value, 1000000000, &options->epoch_records) && options->epoch_records > 0) ||
        (duration_parse(value, &options->epoch_ms) && options->epoch_ms >= 10))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE,
                     "--epoch %s: say a duration of at least 10ms, such as 1s, or a number of "
                     "records, such as 1000",
                     value);
}

/* It becomes a part of file names (D-13). */
static enum status set_report(struct options *options, const char *value, struct error *error)
{
    if (!report_name_is_plain(value))
        return error_set(error, STATUS_USAGE,
                         "--report %.80s: a report's name is letters, digits, '-' and '_'", value);
    options->report = value;
    return STATUS_OK;
}

/* --- the table ------------------------------------------------------------------------------- */

const struct option_row option_rows[] = {
    {"definition", 0, "FILE|NAME", SHAPES, set_definition,
     "tickets, payments, orders, or a file of yours"},
    {"time", 0, "FIELD", SHAPES, set_time, NULL},
    {"group-by", 0, "F[,F...]", SHAPES, set_group_by, "its time; groups: also date, hour"},
    {"measure", 0, "M[,M...]", SHAPES, set_measure,
     "count, open, sum:F, avg:F, min:F, max:F, distinct:F"},
    {"where", 0, "EXPR", SHAPES, set_where, NULL},
    {"redact", 0, "F[,F...]", SHAPES, set_redact, "count what fits; never tell F's values"},
    {"window", 0, "5m", SHAPES, set_window, NULL},
    {"slide", 0, "1m", SHAPES, set_slide, NULL},
    {"session", 0, "30m", SHAPES, set_session, "windows of event time, or sessions"},
    {"delay", 0, "60s", SHAPES, set_delay, NULL},
    {"lateness", 0, "9m", SHAPES, set_lateness, "how long windows wait, and take corrections"},
    {"csv-single-line", 0, NULL, SHAPES, set_csv_single_line, NULL},
    {"no-dedupe", 0, NULL, SHAPES, set_no_dedupe, "a line ends its record; count every id"},
    {"decoder", 0, "NAME", FEEDS, set_decoder, "auto, portable, library: who reads plain rows"},
    {"every", 0, "1h", W | C, set_every, "schedule of the batch lane, 100ms to 1d"},
    {"needs", 0, "5m", C, set_needs, "how old an answer may be, for the recommendation"},
    {"speed", 0, "360", W, set_speed, NULL},
    {"seed", 0, "42", W | M, set_seed, "the simulator: its pace; same seed, same numbers"},
    {"for", 0, "30s", W | S, set_for, NULL},
    {"from", 0, "start|end", W | S, set_from, "when to stop; where to begin in files"},
    {"until-eof", 0, NULL, S, set_until_eof, "stop at the end of the feed"},
    {"state", 0, "DIR", W | S | P | J, set_state, NULL},
    {"no-state", 0, NULL, W | S | J, set_no_state, "keep progress there, to go on later; nowhere"},
    {"rebuild", 0, NULL, W | S, set_rebuild, NULL},
    {"restore", 0, "NAME", W | S, set_restore, "begin the state anew; or from a savepoint"},
    {"read-only", 0, NULL, W | S, set_read_only, NULL},
    {"durability", 0, "full|relaxed", W | S, set_durability, "only look; wait for the disk"},
    {"rejects-max", 0, "256M", W | S, set_rejects_max, "bytes of rejects kept as they stood"},
    {"delivery", 0, "MODE", S | J, set_delivery, NULL},
    {"epoch", 0, "1s|N", S | J, set_epoch, "what a crash may do, and how often to keep"},
    {"export", 0, "FILE", J, set_export_file, "write each record, a line of JSON or CSV"},
    {"replay", 0, "FILE", J, set_replay_file, "count repaired records in the state"},
    {"day", 0, "DATE", S | B | J | M | P, set_day, "only this day (simulate: the day to write)"},
    {"from-day", 0, "DATE", B, set_from_day, "from this day to --to-day, both included"},
    {"to-day", 0, "DATE", B, set_to_day, "with -o, one report a day; finished days skipped"},
    {"report", 0, "NAME", B, set_report, "a report of the definition, e.g. daily_sales"},
    {"arrangement", 0, "NAME", W, set_arrangement, NULL},
    {"changes", 0, "MODE", S, set_changes, NULL},
    {"trigger", 0, "1s|N", W | S, set_trigger, "how and when results are told"},
    {"alerts", 0, "FILE", W | S, set_alerts, NULL},
    {"on-alert", 0, "COMMAND", W | S, set_on_alert, "alerts as JSON: to a file, a command"},
    {"format", 0, "FORMAT", S | B | C | J | M, set_format,
     "text, csv, json, html (simulate: csv, jsonl)"},
    {"records", 'n', "N", J | M, set_records, "how many records (200), or of each reason"},
    {"faults", 0, "LIST", W | M, set_faults, "late=2%,duplicate,malformed,future or none"},
    {"rate", 0, "5/s", M, set_rate, "write at this pace instead of at once"},
    {"output", 'o', "PATH", B | C | R | M, set_output,
     "simulate, compare: a file; batch, replay: a folder"},
    {"as-of", 0, "TIME", C | R, set_as_of, "what is further ahead of it is in the future"},
    {"force", 0, NULL, B | R, set_force, "again; replay: though history is missing"},
    {"raw", 0, NULL, S | B | R | J, set_raw, "CSV cells exact, unsafe in a spreadsheet"},
    {"theme", 0, "NAME", W, set_theme, "dark, light, mono, colour-blind"},
    {"plain", 0, NULL, W, set_plain, NULL},
    {"ascii", 0, NULL, W, set_ascii, "lines instead of a screen; only ASCII"},
    {"help", 'h', NULL, EVERY_COMMAND, set_help, NULL},
    {"version", 'V', NULL, EVERY_COMMAND, set_version, "this help; the version"},
};
_Static_assert(sizeof option_rows / sizeof *option_rows == OPTION_ROWS, "OPTION_ROWS");
