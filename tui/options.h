#ifndef TAILRACE_TUI_OPTIONS_H
#define TAILRACE_TUI_OPTIONS_H
/*
 * The command line: one table of options (name, argument, commands, help) makes the parser, the
 * help of every command, and the list that the manual is checked against.
 *
 * Threads: main only. Texts point into argv.
 */
#include "core/arrangement.h"
#include "core/decoder_choice.h"
#include "core/delivery_mode.h"
#include "core/instant.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum command {
    COMMAND_WATCH,
    COMMAND_STREAM,
    COMMAND_BATCH,
    COMMAND_COMPARE,
    COMMAND_REPLAY,
    COMMAND_REJECTS,
    COMMAND_SIMULATE,
    COMMAND_SAVEPOINT,
    COMMAND_COUNT
};

enum output_format { OUTPUT_TEXT, OUTPUT_CSV, OUTPUT_JSON, OUTPUT_JSONL, OUTPUT_HTML };

/* What `stream` prints of its windows (S-32). */
enum change_mode { CHANGES_NONE, CHANGES_APPEND, CHANGES_UPDATE, CHANGES_COMPLETE };

enum { WHERE_MAX = 8 };

struct options {
    enum command command;
    bool help, version;
    char **arguments; /* FEED..., or PROFILE */
    int arguments_len;

    const char *definition;
    const char *time;
    const char *group_by;
    const char *measure;
    const char *redact;
    const char *where[WHERE_MAX];
    int where_len;
    int64_t window_ms, slide_ms, session_ms; /* 0: not said */
    int64_t delay_ms, lateness_ms;           /* -1: not said */
    bool no_dedupe;
    const char *state; /* directory; NULL: not said */
    bool no_state, rebuild, read_only;
    const char *restore;           /* a savepoint; NULL: none */
    bool durability_said, relaxed; /* S-96 */
    uint64_t rejects_max;          /* bytes; 0: not said (S-53) */
    const char *export_file;       /* of rejects; NULL: not said */
    const char *replay_file;       /* S-52 */
    enum delivery_mode delivery;
    int64_t epoch_ms;       /* S-90; 0: by records, or not said */
    uint64_t epoch_records; /* 0: by time */
    bool csv_single_line;
    enum decoder_choice decoder;
    enum arrangement arrangement;
    int64_t every_ms;
    int64_t needs_ms; /* 0: not said */
    bool as_of_set;
    epoch_ms as_of; /* replay, compare: events further ahead of it are in the future (S-60) */
    int speed;
    bool speed_set;
    uint64_t seed;
    int64_t for_ms; /* 0: no end */
    bool from_end;
    bool until_eof;
    enum output_format format;
    bool format_set;
    int32_t day;      /* INT32_MIN: none */
    int32_t from_day; /* INT32_MIN: none */
    int32_t to_day;   /* inclusive; set when from_day is */
    const char *report;
    bool force;
    bool raw;
    uint64_t records;   /* 0: not said */
    double rate;        /* records a second; 0: at once */
    const char *faults; /* of the simulator; NULL: not said */
    const char *output;
    const char *theme;
    bool plain, ascii;
    const char *alerts;   /* file */
    const char *on_alert; /* shell command */
    enum change_mode changes;
    int64_t trigger_ms;       /* S-33; 0: by records, or not said */
    uint64_t trigger_records; /* 0: by time */
};

/* STATUS_USAGE: the error says which word, why, and what would be right. */
enum status options_parse(int argc, char **argv, struct options *out, struct error *error);

/* Whether progress is kept: where --state says, or in a place of the feed's own when files are
 * followed. */
bool options_keep_state(const struct options *options);

/* Fits 80x24. `command` COMMAND_COUNT: the program's own. */
void options_help(FILE *out, enum command command);

const char *command_name(enum command command);

/* Every option's long name in turn ("group-by"), NULL past the last: for the manual's test. */
const char *options_name(size_t index);

#endif
