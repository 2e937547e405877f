/*
 * Parsing by the table of options_table.c, and help from it. getopt_long does the splitting of
 * words.
 */
#include "tui/options_parts.h"

#include "core/definition.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char *const command_names[] = {"watch",  "stream",  "batch",    "compare",
                                            "replay", "rejects", "simulate", "savepoint"};
static const char *const command_usage[] = {
    "tailrace [watch] [FEED...]", "tailrace stream FEED...",          "tailrace batch FEED...",
    "tailrace compare FEED...",   "tailrace replay FEED -o DIR",      "tailrace rejects FEED...",
    "tailrace simulate PROFILE",  "tailrace savepoint [NAME FEED...]"};
static const char *const command_help[] = {"the dashboard; without FEED, a simulated help desk",
                                           "the live lane alone: lines, totals at the end",
                                           "the batch lane alone: one summary, then exit",
                                           "both lanes on a finished feed: age, cost, advice",
                                           "the feed again from its start, into a folder",
                                           "what was not understood, late, or in the future",
                                           "write a feed: tickets, payments or orders",
                                           "copy the state that is kept, or list copies"};

const char *command_name(enum command command)
{
    return command < COMMAND_COUNT ? command_names[command] : "";
}

const char *options_name(size_t index)
{
    return index < OPTION_ROWS ? option_rows[index].name : NULL;
}

bool options_keep_state(const struct options *options)
{
    bool follows = options->read_only || options->restore ||
                   options->command == COMMAND_SAVEPOINT ||
                   (options->command == COMMAND_WATCH && options->arguments_len > 0) ||
                   options->command == COMMAND_REJECTS ||
                   (options->command == COMMAND_STREAM && !options->until_eof);
    for (int a = 0; a < options->arguments_len; a++)
        follows &= strcmp(options->arguments[a], "-") != 0;
    return !options->no_state && (options->state || follows);
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

static void make_getopt_table(struct option longs[OPTION_ROWS + 1],
                              char letters[2 * OPTION_ROWS + 2])
{
    char *letter = letters;
    *letter++ = ':';
    for (int r = 0; r < OPTION_ROWS; r++) {
        longs[r] = (struct option){option_rows[r].name,
                                   option_rows[r].argument ? required_argument : no_argument, NULL,
                                   1000 + r};
        if (option_rows[r].letter) {
            *letter++ = option_rows[r].letter;
            if (option_rows[r].argument)
                *letter++ = ':';
        }
    }
    longs[OPTION_ROWS] = (struct option){0};
    *letter = '\0';
}

static const struct option_row *find_row(int code)
{
    if (code >= 1000 && code < 1000 + OPTION_ROWS)
        return &option_rows[code - 1000];
    for (int r = 0; r < OPTION_ROWS; r++)
        if (option_rows[r].letter && option_rows[r].letter == code)
            return &option_rows[r];
    return NULL;
}

static enum status unknown_option(const char *word, enum command command, struct error *error)
{
    const char *names[OPTION_ROWS];
    size_t len = 0;
    for (int r = 0; r < OPTION_ROWS; r++)
        if (option_rows[r].commands & 1u << command)
            names[len++] = option_rows[r].name;
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
    static const char *const planned[] = {"lesson"};
    for (size_t p = 0; p < sizeof planned / sizeof *planned; p++)
        if (strcmp(word, planned[p]) == 0)
            return error_set(error, STATUS_USAGE,
                             "tailrace %s is not in this version yet (for a file of that name, say "
                             "./%s)",
                             word, word);
    return STATUS_OK;
}

static enum status check_batch(const struct options *options, struct error *error)
{
    bool from = options->from_day != INT32_MIN, to = options->to_day != INT32_MIN;
    if (from != to)
        return error_set(error, STATUS_USAGE, "--from-day and --to-day go together");
    if (from && options->day != INT32_MIN)
        return error_set(error, STATUS_USAGE, "say --day or --from-day and --to-day, not both");
    if (options->to_day < options->from_day)
        return error_set(error, STATUS_USAGE, "--to-day is before --from-day");
    if (options->report && (options->group_by || options->measure))
        return error_set(
            error, STATUS_USAGE,
            "--report says what to group and measure: leave out --group-by, --measure");
    if (options->output && options->format_set && options->format != OUTPUT_CSV)
        return error_set(error, STATUS_USAGE, "-o DIR writes reports as CSV");
    if (options->force && !options->output)
        return error_set(error, STATUS_USAGE, "--force goes with -o DIR");
    return STATUS_OK;
}

static enum status check_state(const struct options *options, struct error *error)
{
    if (options->state && options->no_state)
        return error_set(error, STATUS_USAGE, "say --state or --no-state, not both");
    if (options->rebuild && options->no_state)
        return error_set(error, STATUS_USAGE, "--rebuild begins a state anew: not with --no-state");
    if (options->command == COMMAND_WATCH && options->arguments_len == 0 &&
        (options->state || options->rebuild || options->restore || options->read_only))
        return error_set(error, STATUS_USAGE,
                         "the simulated help desk begins anew each time, and keeps no state; name "
                         "a feed");
    if (options->restore && (options->no_state || options->rebuild))
        return error_set(error, STATUS_USAGE,
                         "--restore NAME begins the state from a savepoint: not with --no-state or "
                         "--rebuild");
    if (options->read_only && (options->no_state || options->rebuild || options->restore))
        return error_set(
            error, STATUS_USAGE,
            "--read-only changes nothing: not with --no-state, --rebuild or --restore");
    if (options->rebuild && !options_keep_state(options))
        return error_set(error, STATUS_USAGE,
                         "--rebuild goes with --state, or with a feed that is "
                         "followed");
    bool keeping = options->delivery != DELIVERY_EFFECTIVELY_ONCE || options->epoch_ms > 0 ||
                   options->epoch_records > 0 || options->durability_said;
    if (keeping && !options_keep_state(options))
        return error_set(
            error, STATUS_USAGE,
            "--delivery, --epoch and --durability go with --state, or with a feed that "
            "is followed");
    if (options->rejects_max && !options_keep_state(options))
        return error_set(error, STATUS_USAGE,
                         "--rejects-max goes with --state, or with a feed that is followed");
    if (options->replay_file && !options->state)
        return error_set(error, STATUS_USAGE,
                         "--replay goes with --state: that is where repaired records count");
    if (options->replay_file && options->export_file)
        return error_set(error, STATUS_USAGE, "say --export or --replay, not both");
    return STATUS_OK;
}

static enum status check(const struct options *options, struct error *error)
{
    bool no_feed = options->arguments_len == 0;
    if (options->help || options->version)
        return STATUS_OK;
    if (no_feed && (options->command == COMMAND_STREAM || options->command == COMMAND_BATCH ||
                    options->command == COMMAND_COMPARE || options->command == COMMAND_REJECTS))
        return error_set(
            error, STATUS_USAGE,
            "which feed? say a file, a glob, or - for standard input: tailrace %s FEED",
            command_names[options->command]);
    if (options->command == COMMAND_REPLAY && (no_feed || !options->output))
        return error_set(error, STATUS_USAGE,
                         "a replay has a feed and a folder: tailrace replay FEED -o DIR");
    if (options->command == COMMAND_SIMULATE && options->arguments_len != 1)
        return error_set(error, STATUS_USAGE,
                         "which profile? say one: tailrace simulate tickets|payments|orders");
    if (options->speed_set && !no_feed)
        return error_set(error, STATUS_USAGE,
                         "--speed is the simulator's: a feed of yours keeps its own time");
    if (options->faults && options->command == COMMAND_WATCH && !no_feed)
        return error_set(error, STATUS_USAGE,
                         "--faults is the simulator's: a feed of yours is left as it is");
    if (options->session_ms && (options->window_ms || options->slide_ms))
        return error_set(error, STATUS_USAGE,
                         "say --session, or --window and --slide: a session has no size");
    if (options->command == COMMAND_BATCH) {
        enum status status = check_batch(options, error);
        if (status != STATUS_OK)
            return status;
    }
    bool triggered = options->trigger_ms > 0 || options->trigger_records > 0;
    if (triggered && options->command == COMMAND_STREAM && options->changes == CHANGES_NONE)
        return error_set(error, STATUS_USAGE, "--trigger goes with --changes");
    if (triggered && options->command == COMMAND_WATCH &&
        (options->arrangement != ARRANGEMENT_MICRO_BATCH || options->trigger_ms == 0))
        return error_set(error, STATUS_USAGE,
                         "--trigger is a duration, such as 10s, and goes with --arrangement "
                         "micro-batch");
    if (options->until_eof && options->for_ms)
        return error_set(error, STATUS_USAGE, "say --until-eof or --for, not both");
    return check_state(options, error);
}

/* What a whole test run is to be done with; the command line goes before it. */
static enum status take_environment(struct options *out, struct error *error)
{
    const char *decoder = getenv("TAILRACE_DECODER");
    enum status status = STATUS_OK;
    for (int r = 0; decoder && r < OPTION_ROWS; r++)
        if (strcmp(option_rows[r].name, "decoder") == 0)
            status = option_rows[r].set(out, decoder, error);
    return status;
}

enum status options_parse(int argc, char **argv, struct options *out, struct error *error)
{
    struct option longs[OPTION_ROWS + 1];
    char letters[2 * OPTION_ROWS + 2];
    *out = (struct options){.every_ms = MS_PER_HOUR,
                            .speed = 360,
                            .seed = 42,
                            .day = INT32_MIN,
                            .delay_ms = -1,
                            .lateness_ms = -1,
                            .from_day = INT32_MIN,
                            .to_day = INT32_MIN};
    if (argc > 1 && find_command(argv[1], &out->command)) {
        argv++;
        argc--;
    }
    make_getopt_table(longs, letters);
    opterr = 0;
    optind = 1;
    if (take_environment(out, error) != STATUS_OK)
        return STATUS_USAGE;
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
          "Exit status: 0 done, 1 work failed, 2 usage, 3 state in use, 4 state damaged.\n",
          out);
}

void options_help(FILE *out, enum command command)
{
    if (command >= COMMAND_COUNT) {
        help_program(out);
        return;
    }
    fprintf(out, "%s [OPTION...]\n%s\n", command_usage[command], command_help[command]);
    char left[96];
    size_t used = 0;
    for (int r = 0; r < OPTION_ROWS; r++) {
        const struct option_row *row = &option_rows[r];
        if (!(row->commands & 1u << command))
            continue;
        const char letter[] = {'-', row->letter, ',', ' ', '\0'};
        used += (size_t)snprintf(
            left + used, sizeof left - used, "%s%s--%s%s%s", used > 0 ? ", " : "",
            row->letter ? letter
            : used == 0 ? "    "
                        : "",
            row->name, row->argument ? " " : "", row->argument ? row->argument : "");
        if (!row->help)
            continue;
        fprintf(out, "  %-26s %s%s\n", left, used > 26 ? " " : "", row->help);
        used = 0;
    }
}
