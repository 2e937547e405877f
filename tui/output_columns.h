#ifndef TAILRACE_TUI_OUTPUT_COLUMNS_H
#define TAILRACE_TUI_OUTPUT_COLUMNS_H
/*
 * The columns of an answer: a report's own names, order and decimals, or the grouping fields and
 * the measures as they are. Pure.
 */
#include "core/tally.h"

enum { OUTPUT_COLUMNS_MAX = EVENT_KEYS_MAX + MEASURES_MAX };

struct output_column {
    const char *name;
    const struct measure *measure; /* NULL: the grouping field number `key` */
    int key;
    bool is_text; /* a grouping field of the feed's own text */
    int decimals; /* -1: the measure's own */
};

struct output_columns {
    struct output_column at[OUTPUT_COLUMNS_MAX];
    int len;
};

void output_columns(const struct definition *definition, struct output_columns *out);

/* Whether the grouping field number `key` is the feed's own text. */
bool output_is_text(const struct definition *definition, int key);

/* The measure as text; "" when the group has no value for it. Rounded half-even. Returns out. */
const char *output_measure(const struct tally_row *row, const struct output_column *column,
                           char out[MONEY_TEXT]);

/* A cell that a spreadsheet would read as a formula, in its common disguises too (D-04): = + - @,
 * tab, CR or NUL first, or their full-width forms, also behind blanks and quotes. */
bool output_is_formula(const char *text, size_t len);

#endif
