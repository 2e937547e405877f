#ifndef TAILRACE_TUI_LAYOUT_H
#define TAILRACE_TUI_LAYOUT_H
/*
 * Which panel stands where. Designed for 120, 80 and 60 columns by 40, 24 and 16 rows, and sound
 * for everything between and beyond. The lanes always show; where rows are short, the age of the
 * answer and your ticket share one row. The cost goes first, then the alerts.
 *
 * A view stands below the lanes; where it would have too few rows there, it has theirs as well. The
 * explanation stands between: it needs the lanes, which its cursor walks.
 */
#include "tui/cells.h"

enum { LAYOUT_WIDTH_MIN = 60, LAYOUT_HEIGHT_MIN = 16 };

/* A place; rows 0: not shown. */
struct place {
    int row, column, rows, columns;
};

struct layout {
    bool too_small;
    struct place status, live, batch, age, tracer, alerts, cost, footer;
    struct place explain, view;
    struct place body; /* all between status and footer: the help's place */
};

struct layout_wish {
    int groups;     /* rows that the lanes' tables would like to show, the total apart */
    bool alerts;    /* there are rules, and so a place for what they say */
    bool explain;   /* an explanation is open */
    int view_least; /* rows that an open view needs at least; 0: none is open */
    int view_most;  /* rows beyond which the race gets what is left */
};

struct layout layout_make(int width, int height, const struct layout_wish *wish);
struct area layout_area(struct cells *cells, struct place place);

#endif
