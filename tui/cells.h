#ifndef TAILRACE_TUI_CELLS_H
#define TAILRACE_TUI_CELLS_H
/*
 * A grid of cells: the only way to put text on a screen.
 *
 * Views write into areas, rectangles of a grid; a terminal (terminal_curses.h, terminal_text.h)
 * shows the grid. All text goes through safe_text.h, whoever wrote it, so no byte of a feed can do
 * more than appear. Nothing is written outside an area: text is cut, with an ellipsis where cut,
 * and a wide character is never halved.
 *
 *     struct cells *cells = cells_new(80, 24, ascii);
 *     struct area box = area_box(area_of(cells), STYLE_BORDER);
 *     area_put(box, 0, 0, STYLE_TEXT, "hello");
 *
 * Rows and columns count from 0, from the area's corner. Threads: one owner.
 */
#include "tui/safe_text.h"
#include "tui/theme.h"

enum { CELLS_SIDE_MAX = 1000 }; /* larger screens are used up to here */

struct cell {
    uint32_t point;                    /* 0: the right half of the wide character before it */
    uint32_t mark[SAFE_COMBINING_MAX]; /* combining marks; 0: none */
    uint8_t width;                     /* 1 or 2; 0 for a right half */
    uint8_t style;                     /* enum style */
};

struct cells {
    int width, height;
    bool ascii; /* glyphs and text in ASCII only */
    struct cell *grid;
};

/* A rectangle of a grid; may be empty. Plain value, passed around freely. */
struct area {
    struct cells *cells;
    int row, column;
    int rows, columns;
};

enum glyph {
    GLYPH_HORIZONTAL,
    GLYPH_VERTICAL,
    GLYPH_TOP_LEFT,
    GLYPH_TOP_RIGHT,
    GLYPH_BOTTOM_LEFT,
    GLYPH_BOTTOM_RIGHT,
    GLYPH_AXIS,     /* ┤ */
    GLYPH_ELLIPSIS, /* … */
    GLYPH_ARROW,    /* → */
    GLYPH_MARK,     /* ▲ */
    GLYPH_COUNT
};

enum align { ALIGN_LEFT, ALIGN_RIGHT };

/* Sides are clamped to 1 … CELLS_SIDE_MAX. All blank. */
struct cells *cells_new(int width, int height, bool ascii);
void cells_free(struct cells *cells); /* accepts NULL */
void cells_clear(struct cells *cells);
bool cell_equal(const struct cell *a, const struct cell *b);
bool cells_equal(const struct cells *a, const struct cells *b);
const struct cell *cells_at(const struct cells *cells, int row, int column);
/* The glyph as UTF-8, or its ASCII stand-in. One cell wide. */
const char *cells_glyph(const struct cells *cells, enum glyph glyph);

struct area area_of(struct cells *cells);
/* Part of an area, clipped to it. */
struct area area_part(struct area area, int row, int column, int rows, int columns);

/* Puts text; cut at the area's end. Returns the column behind it. */
int area_put(struct area area, int row, int column, enum style style, const char *text);
/* Puts text only where all of it fits; else nothing, and returns `column`. */
int area_put_whole(struct area area, int row, int column, enum style style, const char *text);
/* area_put from a printf format. */
int area_print(struct area area, int row, int column, enum style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Puts text into a field of `width` cells, cut when longer; the field's rest is left as it is. */
void area_field(struct area area, int row, int column, int width, enum align align,
                enum style style, const char *text);
/* Repeats a one-cell text. */
void area_fill(struct area area, int row, int column, int columns, enum style style,
               const char *text);
/* Gives cells that are there another style. */
void area_restyle(struct area area, int row, int column, int columns, enum style style);
/* Draws a box along the area's edge; returns its inside, one blank column kept on both sides. */
struct area area_box(struct area area, enum style style);
/* Puts text from `column` on, broken between words at the area's right edge; rows outside the area
 * are counted all the same. Returns the row behind the last. */
int area_wrap(struct area area, int row, int column, enum style style, const char *text);
/* Rows that area_wrap would take in an area of this width. */
int area_wrap_rows(struct area area, const char *text);
/* Width in cells that area_put would need. */
int area_width(struct area area, const char *text);

#endif
