/*
 * One table for parsing and help. getopt_long does the splitting of words; every value is checked
 * here, so that an error can say what would have been right.
 */
#include "tui/options.h"

#include "core/definition.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    W = 1 << COMMAND_WATCH,
    S = 1 << COMMAND_STREAM,
    B = 1 << COMMAND_BATCH,
    M = 1 << COMMAND_SIMULATE,
    FEEDS = W | S | B,
    EVERY_COMMAND = FEEDS | M
};

struct option_row {
    const char *name;
    char letter;          /* '-n', or 0 */
    const char *argument; /* NULL: a flag */
    unsigned commands;
    enum status (*set)(struct options *options, const char *value, struct error *error);
    const char *help;
};

static const char *const command_names[] = {"watch", "stream", "batch", "simulate"};
static const char *const command_usage[] = {"tailrace [watch] [FEED...]", "tailrace stream FEED...",
                                            "tailrace batch FEED...", "tailrace simulate PROFILE"};
static const char *const command_help[] = {"the dashboard; without FEED, a simulated help desk",
                                           "the live lane alone: changes, then the totals",
                                           "the batch lane alone: one summary, then exit",
                                           "write a feed: tickets, payments or orders"};

const char *command_name(enum command command)
{
    return command < COMMAND_COUNT ? command_names[command] : "";
}

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
SET_TEXT(theme)
SET_FLAG(no_dedupe)
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

#define SET_DURATION(member, parse, example)                                                       \
    static enum status set_##member(struct options *options, const char *value,                    \
                                    struct error *error)                                           \
    {                                                                                              \
        if (parse(value, &options->member##_ms))                                                   \
            return STATUS_OK;                                                                      \
        return error_set(error, STATUS_USAGE, "--" #member " %s: say a duration, such as %s",      \
                         value, example);                                                          \
    }

SET_DURATION(window, duration_parse, "5m or 1h")
SET_DURATION(slide, duration_parse, "1m")
SET_DURATION(session, duration_parse, "30m")
SET_DURATION(delay, duration_parse_or_zero, "60s, or 0s")
SET_DURATION(lateness, duration_parse_or_zero, "9m, or 0s")

static enum status set_every(struct options *options, const char *value, struct error *error)
{
    if (!duration_parse(value, &options->every_ms) || options->every_ms < 100 ||
        options->every_ms > MS_PER_DAY)
        return error_set(error, STATUS_USAGE,
                         "--every %s: say a duration from 100ms to 1d, such as 15m or 1h", value);
    return STATUS_OK;
}

static enum status set_for(struct options *options, const char *value, struct error *error)
{
    if (!duration_parse(value, &options->for_ms))
        return error_set(error, STATUS_USAGE, "--for %s: say a duration, such as 30s or 5m", value);
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

static enum status set_format(struct options *options, const char *value, struct error *error)
{
    static const char *const names[] = {"text", "csv", "json", "jsonl"};
    bool simulate = options->command == COMMAND_SIMULATE;
    for (int f = 0; f < 4; f++)
        if (strcmp(value, names[f]) == 0 &&
            (simulate ? f == OUTPUT_CSV || f == OUTPUT_JSONL : f != OUTPUT_JSONL)) {
            options->format = (enum output_format)f;
            options->format_set = true;
            return STATUS_OK;
        }
    return error_set(error, STATUS_USAGE, "--format %s: say %s", value,
                     simulate ? "csv or jsonl" : "text, csv or json");
}

static enum status set_day(struct options *options, const char *value, struct error *error)
{
    epoch_ms time;
    if (strlen(value) != 10 || instant_parse(value, 10, 0, &time) != INSTANT_OK)
        return error_set(error, STATUS_USAGE, "--day %s: say a date, such as 2026-01-05", value);
    options->day = instant_day(time, 0);
    return STATUS_OK;
}

/* --- the table ------------------------------------------------------------------------------- */

static const struct option_row rows[] = {
    {"definition", 0, "FILE|NAME", FEEDS, set_definition,
     "tickets, payments, orders, or a file of yours"},
    {"time", 0, "FIELD", FEEDS, set_time, "the event-time field of a feed without a definition"},
    {"group-by", 0, "F[,F...]", FEEDS, set_group_by, "grouping fields; also date, hour"},
    {"measure", 0, "M[,M...]", FEEDS, set_measure, "count, open, sum:F, avg:F, min:F, max:F"},
    {"where", 0, "EXPR", FEEDS, set_where, "count only what fits, e.g. 'amount>500'; repeatable"},
    {"window", 0, "5m", FEEDS, set_window, "count in windows of event time"},
    {"slide", 0, "1m", FEEDS, set_slide, "begin a window this often; windows then overlap"},
    {"session", 0, "30m", FEEDS, set_session, "windows that end when no event came for this long"},
    {"delay", 0, "60s", FEEDS, set_delay, "how far the watermark stays behind the newest event"},
    {"lateness", 0, "9m", FEEDS, set_lateness, "how long late events still correct a window"},
    {"no-dedupe", 0, NULL, FEEDS, set_no_dedupe, "count every record, whatever its id"},
    {"every", 0, "1h", W, set_every, "schedule of the batch lane, 100ms to 1d"},
    {"speed", 0, "360", W, set_speed, "pace of the simulated day, 1 to 3600"},
    {"seed", 0, "42", W | M, set_seed, "same seed, same numbers"},
    {"for", 0, "30s", W | S, set_for, "stop after this time"},
    {"from", 0, "start|end", W | S, set_from, "where to begin in files that are there"},
    {"until-eof", 0, NULL, S, set_until_eof, "stop at the end of the feed"},
    {"day", 0, "DATE", S | B | M, set_day, "only this day (simulate: the day to write)"},
    {"format", 0, "FORMAT", S | B | M, set_format, "text, csv, json (simulate: csv, jsonl)"},
    {"records", 'n', "N", M, set_records, "how many records (default 200)"},
    {"rate", 0, "5/s", M, set_rate, "write at this pace instead of at once"},
    {"output", 'o', "FILE", M, set_output, "write to FILE instead of standard output"},
    {"theme", 0, "NAME", W, set_theme, "dark, light, mono, colour-blind"},
    {"plain", 0, NULL, W, set_plain, "lines instead of a screen"},
    {"ascii", 0, NULL, W, set_ascii, "no other characters than ASCII"},
    {"help", 'h', NULL, EVERY_COMMAND, set_help, "this help"},
    {"version", 'V', NULL, EVERY_COMMAND, set_version, "the version"},
};
enum { ROWS = sizeof rows / sizeof *rows };

const char *options_name(size_t index)
{
    return index < ROWS ? rows[index].name : NULL;
}

/* --- parsing --------------------------------------------------------------------------------- */

static bool find_command(const char *word, enum command *out)
{
    for (int c = 0; c < COMMAND_COUNT; c++)
        if (strcmp(word, command_names[c]) == 0) {
            *out = (enum command)c;
            return true;
        }
    return false;
}

static void make_getopt_table(struct option longs[ROWS + 1], char letters[2 * ROWS + 2])
{
    char *letter = letters;
    *letter++ = ':';
    for (int r = 0; r < ROWS; r++) {
        longs[r] = (struct option){rows[r].name, rows[r].argument ? required_argument : no_argument,
                                   NULL, 1000 + r};
        if (rows[r].letter) {
            *letter++ = rows[r].letter;
            if (rows[r].argument)
                *letter++ = ':';
        }
    }
    longs[ROWS] = (struct option){0};
    *letter = '\0';
}

static const struct option_row *find_row(int code)
{
    if (code >= 1000 && code < 1000 + ROWS)
        return &rows[code - 1000];
    for (int r = 0; r < ROWS; r++)
        if (rows[r].letter && rows[r].letter == code)
            return &rows[r];
    return NULL;
}

static enum status unknown_option(const char *word, enum command command, struct error *error)
{
    const char *names[ROWS];
    size_t len = 0;
    for (int r = 0; r < ROWS; r++)
        if (rows[r].commands & 1u << command)
            names[len++] = rows[r].name;
    char bare[64];
    snprintf(bare, sizeof bare, "%.*s", (int)strcspn(word, "="), word);
    const char *near = definition_suggest(bare + strspn(bare, "-"), names, len);
    return error_set(error, STATUS_USAGE, "unknown option %s%s%s; see tailrace %s --help", bare,
                     near ? "; did you mean --" : "", near ? near : "", command_names[command]);
}

static enum status take_option(struct options *out, int code, char **argv, struct error *error)
{
    if (code == '?')
        return unknown_option(argv[optind - 1], out->command, error);
    const struct option_row *row = find_row(code == ':' ? optopt : code);
    if (!row)
        return unknown_option(argv[optind - 1], out->command, error);
    if (code == ':')
        return error_set(error, STATUS_USAGE, "--%s wants a value: --%s %s", row->name, row->name,
                         row->argument);
    if (!(row->commands & 1u << out->command))
        return error_set(error, STATUS_USAGE, "--%s does not apply to tailrace %s", row->name,
                         command_names[out->command]);
    return row->set(out, optarg, error);
}

/* Commands that are planned: a file of that name can be said as ./compare. */
static enum status check_planned(const char *word, struct error *error)
{
    static const char *const planned[] = {"compare", "rejects", "lesson", "replay", "savepoint"};
    for (size_t p = 0; p < sizeof planned / sizeof *planned; p++)
        if (strcmp(word, planned[p]) == 0)
            return error_set(error, STATUS_USAGE,
                             "tailrace %s is not in this version yet (for a file of that name, say "
                             "./%s)",
                             word, word);
    return STATUS_OK;
}

static enum status check(const struct options *options, struct error *error)
{
    bool no_feed = options->arguments_len == 0;
    if (options->help || options->version)
        return STATUS_OK;
    if (no_feed && (options->command == COMMAND_STREAM || options->command == COMMAND_BATCH))
        return error_set(
            error, STATUS_USAGE,
            "which feed? say a file, a glob, or - for standard input: tailrace %s FEED",
            command_names[options->command]);
    if (options->command == COMMAND_SIMULATE && options->arguments_len != 1)
        return error_set(error, STATUS_USAGE,
                         "which profile? say one: tailrace simulate tickets|payments|orders");
    if (options->speed_set && !no_feed)
        return error_set(error, STATUS_USAGE,
                         "--speed is the simulator's: a feed of yours keeps its own time");
    if (options->session_ms && (options->window_ms || options->slide_ms))
        return error_set(error, STATUS_USAGE,
                         "say --session, or --window and --slide: a session has no size");
    if (options->until_eof && options->for_ms)
        return error_set(error, STATUS_USAGE, "say --until-eof or --for, not both");
    return STATUS_OK;
}

enum status options_parse(int argc, char **argv, struct options *out, struct error *error)
{
    struct option longs[ROWS + 1];
    char letters[2 * ROWS + 2];
    *out = (struct options){.every_ms = MS_PER_HOUR,
                            .speed = 360,
                            .seed = 42,
                            .day = INT32_MIN,
                            .delay_ms = -1,
                            .lateness_ms = -1};
    if (argc > 1 && find_command(argv[1], &out->command)) {
        argv++;
        argc--;
    }
    make_getopt_table(longs, letters);
    opterr = 0;
    optind = 1;
    int code;
    while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
        enum status status = take_option(out, code, argv, error);
        if (status != STATUS_OK)
            return status;
    }
    out->arguments = argv + optind;
    out->arguments_len = argc - optind;
    enum status status = STATUS_OK;
    if (out->command == COMMAND_WATCH && out->arguments_len > 0)
        status = check_planned(out->arguments[0], error);
    return status == STATUS_OK ? check(out, error) : status;
}

/* --- help ------------------------------------------------------------------------------------ */

static void help_program(FILE *out)
{
    fputs("Tailrace: count a feed of tickets or payments live and in batch, side by side.\n\n",
          out);
    for (int c = 0; c < COMMAND_COUNT; c++)
        fprintf(out, "  %-26s %s\n", command_usage[c], command_help[c]);
    fputs("\nFEED is a file, a glob, or - for standard input: CSV with a header, or JSONL.\n"
          "Without a definition, its columns tell tickets, payments and orders apart.\n\n"
          "Try  tailrace                                  a help desk day in four minutes\n"
          "     tailrace tickets.csv                      your own growing file\n"
          "     tailrace batch tickets.csv                one summary\n"
          "     tailrace stream --until-eof --format json payments.jsonl\n\n"
          "tailrace COMMAND --help lists the options; in the dashboard, ? lists the keys.\n"
          "Exit status: 0 done, 1 the work failed, 2 usage.\n",
          out);
}

void options_help(FILE *out, enum command command)
{
    if (command >= COMMAND_COUNT) {
        help_program(out);
        return;
    }
    fprintf(out, "%s [OPTION...]\n%s\n", command_usage[command], command_help[command]);
    for (int r = 0; r < ROWS; r++) {
        if (!(rows[r].commands & 1u << command))
            continue;
        char left[32];
        snprintf(left, sizeof left, "%c%c%s--%s %s", rows[r].letter ? '-' : ' ',
                 rows[r].letter ? rows[r].letter : ' ', rows[r].letter ? ", " : "  ", rows[r].name,
                 rows[r].argument ? rows[r].argument : "");
        fprintf(out, "  %-26s %s\n", left, rows[r].help);
    }
}
