#ifndef TAILRACE_CORE_REPORT_H
#define TAILRACE_CORE_REPORT_H
/*
 * Named batch reports of a definition: what to group, measure and keep, how its columns are called.
 * A definition always has one more, `summary`, made of its own groups and measures.
 *
 * A report is kept as it was written and used before compile: it replaces groups and measures, and
 * adds its filters. Its `dedupe` takes the place of the definition's `id` and `on_conflict`: the
 * first record by position of each id within the range counts (S-41, S-110), before any filter
 * (S-04), whatever the others say. Outside the range, which can matter to what is open and to
 * rules, only records that are the same throughout are one.
 *
 * Reports are of the batch lane alone: the live lane has none, so none is ever compared with it.
 */
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { REPORTS_MAX = 16, REPORT_WHERE_MAX = 8, REPORT_COLUMNS_MAX = 14, REPORT_NAME_MAX = 63 };

struct report_column {
    char *name;   /* in the header */
    char *of;     /* a grouping field or a measure of the report */
    int decimals; /* -1: the measure's own */
};

struct report {
    char name[REPORT_NAME_MAX + 1];
    char *group_by; /* comma-separated; NULL: the definition's */
    char *measures; /* the same */
    char *where[REPORT_WHERE_MAX];
    int where_len;
    char *dedupe; /* its id fields, at most ID_FIELDS_MAX, comma-separated; NULL: none */
    struct report_column columns[REPORT_COLUMNS_MAX];
    int columns_len; /* 0: groups, then measures, by their own names */
};

struct definition;

void report_fini(struct report *report);

/* Letters, digits, '-' and '_': a name that may become a file's (D-13). */
bool report_name_is_plain(const char *name);

/* Adds one and takes over what it owns, whatever is returned; says what would not fit if it were
 * used. */
enum status definition_add_report(struct definition *definition, struct report *report,
                                  struct error *error);

/* Before compile. STATUS_USAGE: no such report; names those there are. */
enum status definition_use_report(struct definition *definition, const char *name,
                                  struct error *error);

#endif
