#ifndef TAILRACE_TUI_PLOT_H
#define TAILRACE_TUI_PLOT_H
/*
 * Small pictures of numbers: sparklines, bars, and a canvas of dots for curves.
 *
 * On a grid in ASCII, sparklines and bars use marks of growing weight, and the canvas one mark a
 * cell. Nothing is drawn outside the area.
 */
#include "tui/cells.h"

/* One column a value, 0 apart from the least above 0. `top` is the value of a full column. */
void plot_spark(struct area area, int row, int column, const uint32_t *values, int len,
                uint32_t top, enum style style);

/* `part` of `whole` on `width` cells, the rest dotted. part > whole fills it. */
void plot_bar(struct area area, int row, int column, int width, uint64_t part, uint64_t whole,
              enum style style);

/* An upright bar at the foot of the area, `width` columns wide; above 0 never without a mark. */
void plot_column(struct area area, int column, int width, uint64_t value, uint64_t top,
                 enum style style);

/*
 * A canvas over an area: 2 x 4 dots a cell (braille), or 1 x 1 in ASCII. Dot (0, 0) is at the
 * bottom left. A cell takes the style drawn into it last.
 */
struct canvas {
    struct area area;
    int width, height; /* in dots */
    uint8_t *dots;     /* one byte of dots a cell, in braille's order */
    uint8_t *styles;
};

void canvas_open(struct canvas *canvas, struct area area);
void canvas_dot(struct canvas *canvas, int x, int y, enum style style);
/* All dots of column x between the two heights, both included. */
void canvas_rise(struct canvas *canvas, int x, int from, int to, enum style style);
/* Puts the dots on the grid, and frees. Cells without a dot are left as they are. */
void canvas_close(struct canvas *canvas);

#endif
