#ifndef TAILRACE_TUI_OUTPUT_H
#define TAILRACE_TUI_OUTPUT_H
/*
 * What the headless commands print: text for people, CSV (quoted as in RFC 4180, lines end in LF),
 * and the JSON object that other programs rely on (version 1: members may be added, none renamed).
 * Groups are sorted by key, bytewise. Every byte of a feed passes the filter of tui/safe_text.h, or
 * is escaped as JSON escapes.
 *
 * Threads: the caller's; a summary only reads.
 */
#include "core/feed.h"
#include "core/pipeline.h"
#include "tui/options.h"

#include <stdio.h>

struct summary {
    const char *lane; /* "stream" or "batch" */
    const struct definition *definition;
    const struct symbols *symbols;
    const struct pipeline *pipeline;
    struct feed *feed; /* for "inputs"; NULL: none was opened */
    int64_t cpu_ns;    /* below 0: left out, where the same work is to give the same bytes */
    uint64_t bytes;
    bool windows;         /* list them: they were asked for */
    bool last;            /* the last one: not a line of changes */
    bool cut;             /* of less than what came: never said to be final */
    bool raw;             /* --raw: CSV cells are exact; see output_csv_text */
    uint64_t rejects_cut; /* records that the state holds without their bytes (S-53) */
};

/* The whole answer; returns the number of groups. OUTPUT_JSON: one object on one line. */
size_t output_summary(FILE *out, const struct summary *summary, enum output_format format);

/* The members "outcomes" and "rejected" of the JSON object, without a comma before them. */
void output_outcomes(FILE *out, const struct summary *summary);
/* A text of JSON: "...", escaped. */
void output_json_string(FILE *out, const char *text);

/* "key": {"priority": "High"} */
void output_json_key(FILE *out, const struct definition *definition, const struct symbols *symbols,
                     const symbol *key, int len);
/* , "sum:amount": "12.50". Counts and integers are numbers; money and averages are decimal strings;
 * no value is null. */
void output_json_measure(FILE *out, const struct definition *definition,
                         const struct tally_row *row, const struct measure *measure);
/* A cell of CSV, quoted where it must be: the one way into a file that a spreadsheet opens (D-04).
 * A text, `is_text`, that would be taken for a formula there gets a ' before it; numbers and dates
 * never do. What cannot be seen is escaped, as everywhere. `raw`: neither, the cell is exact. JSON
 * is for programs, and needs none of it. */
void output_csv_text(FILE *out, const char *text, size_t len, bool is_text, bool raw);

/* One line of text: time, records read, every group's measures. */
void output_change(FILE *out, const struct summary *summary, epoch_ms now);

#endif
