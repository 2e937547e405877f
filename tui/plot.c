/* Sparklines, bars, and dots in braille. */
#include "tui/plot.h"

#include "core/status.h"

#include <stdlib.h>

enum { LEVELS = 8, DOTS_WIDE = 2, DOTS_HIGH = 4, BRAILLE = 0x2800 };

static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

void plot_spark(struct area area, int row, int column, const uint32_t *values, int len,
                uint32_t top, enum style style)
{
    static const char *const ascii[LEVELS] = {"_", ".", ".", ":", "-", "=", "*", "#"};
    for (int i = 0; i < len; i++) {
        uint32_t value = values[i] < top ? values[i] : top;
        size_t level = value == 0 ? 0 : 1 + (size_t)((uint64_t)value * (LEVELS - 2) / top);
        area_fill(area, row, column + i, 1, value == 0 ? STYLE_BORDER : style,
                  area.cells->ascii ? ascii[level] : blocks[level]);
    }
}

void plot_bar(struct area area, int row, int column, int width, uint64_t part, uint64_t whole,
              enum style style)
{
    bool ascii = area.cells->ascii;
    double share = whole == 0 ? 0 : part >= whole ? 1 : (double)part / (double)whole;
    /* a part that lacks something never looks whole */
    int full = (int)(share * width);
    area_fill(area, row, column, width, STYLE_BORDER, ascii ? "." : "·");
    area_fill(area, row, column, full, style, ascii ? "#" : "▇");
}

void plot_column(struct area area, int column, int width, uint64_t value, uint64_t top,
                 enum style style)
{
    bool ascii = area.cells->ascii;
    double share = top == 0 ? 0 : value >= top ? 1 : (double)value / (double)top;
    int eighths = (int)(share * area.rows * LEVELS + 0.5);
    if (value > 0 && eighths == 0)
        eighths = 1;
    for (int row = area.rows - 1; row >= 0 && eighths > 0; row--, eighths -= LEVELS) {
        int level = eighths >= LEVELS ? LEVELS : eighths;
        const char *mark = level >= LEVELS / 2 ? "#" : level >= 2 ? ":" : ".";
        area_fill(area, row, column, width, style, ascii ? mark : blocks[level - 1]);
    }
}

void canvas_open(struct canvas *canvas, struct area area)
{
    bool ascii = area.cells->ascii;
    size_t cells = (size_t)area.columns * (size_t)area.rows;
    *canvas = (struct canvas){.area = area,
                              .width = area.columns * (ascii ? 1 : DOTS_WIDE),
                              .height = area.rows * (ascii ? 1 : DOTS_HIGH),
                              .dots = mem_zero(cells, 1),
                              .styles = mem_zero(cells, 1)};
}

void canvas_dot(struct canvas *canvas, int x, int y, enum style style)
{
    /* bit of each dot of a braille cell, by row from the top and column */
    static const uint8_t bits[DOTS_HIGH][DOTS_WIDE] = {{0, 3}, {1, 4}, {2, 5}, {6, 7}};
    if (x < 0 || x >= canvas->width || y < 0 || y >= canvas->height)
        return;
    int from_top = canvas->height - 1 - y;
    bool ascii = canvas->area.cells->ascii;
    int column = ascii ? x : x / DOTS_WIDE;
    int row = ascii ? from_top : from_top / DOTS_HIGH;
    int bit = ascii ? 0 : bits[from_top % DOTS_HIGH][x % DOTS_WIDE];
    int cell = row * canvas->area.columns + column;
    canvas->dots[cell] |= (uint8_t)(1u << bit);
    canvas->styles[cell] = (uint8_t)style;
}

void canvas_rise(struct canvas *canvas, int x, int from, int to, enum style style)
{
    int low = from < to ? from : to;
    int high = from < to ? to : from;
    for (int y = low; y <= high; y++)
        canvas_dot(canvas, x, y, style);
}

void canvas_close(struct canvas *canvas)
{
    struct area area = canvas->area;
    for (int cell = 0; cell < area.columns * area.rows; cell++) {
        char text[5] = "*";
        if (canvas->dots[cell] == 0)
            continue;
        enum style style = canvas->styles[cell];
        if (area.cells->ascii)
            text[0] = style == STYLE_LIVE ? '_' : '*';
        else
            text[safe_encode(BRAILLE + canvas->dots[cell], text)] = '\0';
        area_fill(area, cell / area.columns, cell % area.columns, 1, style, text);
    }
    free(canvas->dots);
    free(canvas->styles);
}
