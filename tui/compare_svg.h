#ifndef TAILRACE_TUI_COMPARE_SVG_H
#define TAILRACE_TUI_COMPARE_SVG_H
/*
 * Plots as inline SVG: a frame with axes, then lines, areas and bars in figures of the data. All
 * that is drawn is kept inside the frame. Colours are classes: the page says what they are, so
 * that it reads on white and on dark.
 *
 *     svg_open → svg_time_axis, svg_axis → svg_step, svg_bar … → svg_close
 *
 * Threads: none; pure but for the output.
 */
#include "core/zone.h"

#include <stdbool.h>
#include <stdio.h>

enum { SVG_WIDTH = 520, SVG_HEIGHT = 190 };

struct svg {
    FILE *out;
    double left, right, top, bottom; /* the frame, in units of the view box */
    double x0, x1, y0, y1;           /* what the frame shows */
    bool log_x, log_y;
    bool drawing; /* a path is open */
};

/* `title` is text of our own. The frame shows [x0, x1] by [y0, y1]. */
void svg_open(struct svg *svg, FILE *out, const char *title, double x0, double x1, double y0,
              double y1);
/* Wider on the left, for long labels. */
void svg_margin(struct svg *svg, double left);
void svg_close(struct svg *svg);

/* Where a figure stands; never outside the frame. */
double svg_x(const struct svg *svg, double x);
double svg_y(const struct svg *svg, double y);

/* Marks with times of day, or days when the span is long. */
void svg_time_axis(struct svg *svg, const struct zone *zone);
/* Marks of amounts, or of durations in ns, on the left; on the bottom with `bottom`. */
void svg_count_axis(struct svg *svg);
void svg_duration_axis(struct svg *svg, bool bottom);

/* A line through points, one at a time. */
void svg_line_to(struct svg *svg, const char *class, double x, double y);
void svg_line_end(struct svg *svg);
void svg_bar(struct svg *svg, const char *class, double x0, double x1, double y0, double y1);
/* A text at a place in the view box; `text` is filtered and escaped. */
void svg_text(struct svg *svg, const char *class, const char *anchor, double x, double y,
              const char *text);

/* Text of a feed, filtered and escaped for HTML and for attributes. */
void svg_escape(FILE *out, const char *text);

#endif
