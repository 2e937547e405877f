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
    int64_t cpu_ns;
    uint64_t bytes;
    bool windows; /* list them: they were asked for */
    bool last;    /* the final one: not a line of changes */
};

/* The whole answer. OUTPUT_JSON: one object on one line. */
void output_summary(FILE *out, const struct summary *summary, enum output_format format);

/* One line of text: time, records read, every group's measures. */
void output_change(FILE *out, const struct summary *summary, epoch_ms now);

#endif
