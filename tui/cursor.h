#ifndef TAILRACE_TUI_CURSOR_H
#define TAILRACE_TUI_CURSOR_H
/*
 * The cursor of the explanation: it stands on a number of the LIVE or BATCH table.
 *
 * What it stands on is kept by meaning (this measure, of this group), not by place, so that it
 * stays there when the screen is resized or a new group comes between. The panels say which
 * numbers they show (struct cursor_table); view_settle keeps the cursor on one of them.
 *
 * Pure; one owner.
 */
#include "core/definition.h"

enum cursor_lane { CURSOR_LIVE, CURSOR_BATCH, CURSOR_LANES };

/* What a column shows: a measure of the definition by its index, or one of these. */
enum {
    CURSOR_RATE = MEASURES_MAX, /* events of the newest minute */
    CURSOR_SPARK,
    CURSOR_BEHIND,
    CURSOR_SHARE
};

enum { CURSOR_COLUMNS_MAX = MEASURES_MAX + 2, CURSOR_TOTAL = -1 };

struct cursor {
    enum cursor_lane lane;
    int what;     /* of a column */
    int row;      /* of the table's groups, the others behind them; CURSOR_TOTAL */
    bool follows; /* the group of this key, wherever its row goes; set by view_settle */
    symbol key[EVENT_KEYS_MAX];
};

/* The numbers of one lane's table as it is shown. Places count from the panel's inside. */
struct cursor_column {
    int what, at, width;
    bool on_total; /* the total has one too */
};
struct cursor_table {
    int columns_len; /* 0: there is no table */
    struct cursor_column columns[CURSOR_COLUMNS_MAX];
    int first, rows; /* of the groups shown */
    int total;       /* its row */
};

/* The column it stands in, or NULL when that is not shown. */
const struct cursor_column *cursor_column(const struct cursor *cursor,
                                          const struct cursor_table *table);
/* Moves by a column, on into the other lane, and by a row; stays at an edge. */
void cursor_move(struct cursor *cursor, const struct cursor_table tables[CURSOR_LANES], int columns,
                 int rows);
/* Puts it on a number that is there, the nearest by meaning. False: there is none at all. */
bool cursor_settle(struct cursor *cursor, const struct cursor_table tables[CURSOR_LANES]);

#endif
