#ifndef TAILRACE_TUI_LANE_TABLE_H
#define TAILRACE_TUI_LANE_TABLE_H
/*
 * The table of a lane: a label, then the definition's measures, in columns that both lanes share so
 * far as they fit. What does not fit is left out from the least important: the count stays longest.
 */
#include "tui/panel.h"

struct lane_column {
    int measure; /* index into the definition's measures */
    int at, width;
    char title[FORMAT_TEXT];
};

struct lane_table {
    int label_width; /* from column 0 */
    int gap;
    struct lane_column columns[MEASURES_MAX];
    int len;
    int end; /* first column behind the measures */
};

/* Plans for an area of so many columns of which `reserve` are left free behind the measures. */
void lane_table_plan(struct lane_table *table, const struct frame *frame, int columns, int reserve);
/* `of` is the lane's own answer: the count stands under its day. */
void lane_table_header(struct area area, int row, const struct lane_table *table,
                       const struct frame *frame, const struct snapshot_table *of);
/* Label and measures of one row; with `values` NULL a dash stands for each. */
void lane_table_row(struct area area, int row, const struct lane_table *table,
                    const struct frame *frame, const struct snapshot_row *labelled,
                    const struct snapshot_row *values, bool total);
/* The table whose rows both lanes follow: live's, or batch's while live has none; NULL: neither. */
const struct snapshot_table *lane_table_lead(const struct frame *frame);
/* Rows that the tables would like to show, the total apart. */
int lane_table_groups(const struct frame *frame);
/* "today", or the day of this answer when that is another. */
char *lane_table_day(const struct frame *frame, const struct snapshot_table *of,
                     char out[FORMAT_TEXT]);

/* A measure of a row as it stands in the table; "-" where there is none (row NULL too). */
char *lane_table_value(const struct frame *frame, int measure, const struct snapshot_row *row,
                       char out[FORMAT_TEXT]);
/* The row of this key; NULL: there is none. */
const struct snapshot_row *lane_table_find(const struct snapshot_table *table,
                                           const symbol key[EVENT_KEYS_MAX]);
/* Names of the groups: "region / date". */
void lane_table_groups_title(const struct frame *frame, char *out, size_t cap);

/* How the rows of a lane's panel are shared out; -1: not shown. */
struct lane_rows {
    int header, first, groups; /* groups: rows for them */
    int more;                  /* "… 12 more groups" */
    int rule, total;
    int notes; /* the first of two lines */
};
struct lane_rows lane_rows_plan(const struct area *area, int groups);
/* The cursor of the explanation, where it stands in this lane. */
void lane_table_cursor(struct area area, const struct cursor_table *numbers,
                       const struct frame *frame, enum cursor_lane lane);
/* The measures of a table, and its rows, of which `shown` are groups. */
struct cursor_table lane_table_numbers(const struct lane_table *table, const struct lane_rows *rows,
                                       int shown);
void lane_table_more(struct area area, const struct lane_rows *rows, uint64_t hidden);

#endif
