/* The grid, and the clipping, measuring way to write into it. */
#include "tui/cells.h"

#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINT_MAX = 512 };

static const struct cell blank = {.point = ' ', .width = 1, .style = STYLE_TEXT};

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

struct cells *cells_new(int width, int height, bool ascii)
{
    struct cells *cells = mem_alloc(sizeof *cells);
    cells->width = clamp(width, 1, CELLS_SIDE_MAX);
    cells->height = clamp(height, 1, CELLS_SIDE_MAX);
    cells->ascii = ascii;
    cells->grid = mem_zero((size_t)cells->width * (size_t)cells->height, sizeof *cells->grid);
    cells_clear(cells);
    return cells;
}

void cells_free(struct cells *cells)
{
    if (!cells)
        return;
    free(cells->grid);
    free(cells);
}

void cells_clear(struct cells *cells)
{
    for (int i = 0; i < cells->width * cells->height; i++)
        cells->grid[i] = blank;
}

bool cell_equal(const struct cell *a, const struct cell *b)
{
    return a->point == b->point && a->mark[0] == b->mark[0] && a->mark[1] == b->mark[1] &&
           a->width == b->width && a->style == b->style;
}

bool cells_equal(const struct cells *a, const struct cells *b)
{
    if (a->width != b->width || a->height != b->height)
        return false;
    for (int i = 0; i < a->width * a->height; i++)
        if (!cell_equal(&a->grid[i], &b->grid[i]))
            return false;
    return true;
}

const struct cell *cells_at(const struct cells *cells, int row, int column)
{
    return &cells->grid[row * cells->width + column];
}

const char *cells_glyph(const struct cells *cells, enum glyph glyph)
{
    static const char *const glyphs[GLYPH_COUNT][2] = {
        [GLYPH_HORIZONTAL] = {"─", "-"},  [GLYPH_VERTICAL] = {"│", "|"},
        [GLYPH_TOP_LEFT] = {"╭", "+"},    [GLYPH_TOP_RIGHT] = {"╮", "+"},
        [GLYPH_BOTTOM_LEFT] = {"╰", "+"}, [GLYPH_BOTTOM_RIGHT] = {"╯", "+"},
        [GLYPH_AXIS] = {"┤", "|"},        [GLYPH_ELLIPSIS] = {"…", "~"},
        [GLYPH_ARROW] = {"→", ">"},       [GLYPH_MARK] = {"▲", "^"},
    };
    return glyphs[glyph][cells->ascii];
}

struct area area_of(struct cells *cells)
{
    return (struct area){.cells = cells, .rows = cells->height, .columns = cells->width};
}

struct area area_part(struct area area, int row, int column, int rows, int columns)
{
    int top = clamp(row, 0, area.rows);
    int left = clamp(column, 0, area.columns);
    int bottom = clamp(row + rows, top, area.rows);
    int right = clamp(column + columns, left, area.columns);
    return (struct area){.cells = area.cells,
                         .row = area.row + top,
                         .column = area.column + left,
                         .rows = bottom - top,
                         .columns = right - left};
}

/* Half a wide character never stays behind what overwrites the other half. */
static void heal(struct cells *cells, int row, int column)
{
    struct cell *cell = &cells->grid[row * cells->width + column];
    if (cell->width == 0 && column > 0)
        cell[-1] = blank;
    if (cell->width == 2 && column + 1 < cells->width)
        cell[1] = blank;
}

/* The caller has checked that all `width` cells lie inside. */
static void set(struct area area, int row, int column, uint32_t point, int width, enum style style)
{
    struct cells *cells = area.cells;
    int at_row = area.row + row, at_column = area.column + column;
    for (int i = 0; i < width; i++)
        heal(cells, at_row, at_column + i);
    struct cell *cell = &cells->grid[at_row * cells->width + at_column];
    cell[0] = (struct cell){.point = point, .width = (uint8_t)width, .style = (uint8_t)style};
    if (width == 2)
        cell[1] = (struct cell){.style = (uint8_t)style};
}

static void join(struct area area, int row, int column, uint32_t mark)
{
    struct cells *cells = area.cells;
    struct cell *cell = &cells->grid[(area.row + row) * cells->width + area.column + column];
    for (int i = 0; i < SAFE_COMBINING_MAX; i++) {
        if (cell->mark[i] == 0) {
            cell->mark[i] = mark;
            return;
        }
    }
}

/* Writes at most `width` cells of text; returns those used. */
static int put_units(struct area area, int row, int column, int width, enum style style,
                     const char *text)
{
    struct safe_reader reader;
    struct safe_unit unit;
    int used = 0, base = -1;
    safe_open(&reader, text, strlen(text), area.cells->ascii);
    while (safe_next(&reader, &unit)) {
        if (unit.width == 0) {
            if (base >= 0)
                join(area, row, column + base, unit.point);
            continue;
        }
        if (used + unit.width > width)
            break;
        base = used;
        if (unit.escape[0] == '\0')
            set(area, row, column + used, unit.point, unit.width, style);
        else
            for (int i = 0; i < unit.width; i++)
                set(area, row, column + used + i, (unsigned char)unit.escape[i], 1, style);
        used += unit.width;
    }
    return used;
}

int area_width(struct area area, const char *text)
{
    return safe_width(text, strlen(text), area.cells->ascii);
}

/* Puts text into `width` cells that lie inside the area, cut with an ellipsis. */
static int put_cut(struct area area, int row, int column, int width, enum style style,
                   const char *text)
{
    if (area_width(area, text) <= width)
        return put_units(area, row, column, width, style, text);
    int used = put_units(area, row, column, width - 1, style, text);
    put_units(area, row, column + used, 1, style, cells_glyph(area.cells, GLYPH_ELLIPSIS));
    return used + 1;
}

int area_put(struct area area, int row, int column, enum style style, const char *text)
{
    if (row < 0 || row >= area.rows || column < 0 || column >= area.columns)
        return column;
    return column + put_cut(area, row, column, area.columns - column, style, text);
}

int area_put_whole(struct area area, int row, int column, enum style style, const char *text)
{
    bool fits = column + area_width(area, text) <= area.columns;
    return fits ? area_put(area, row, column, style, text) : column;
}

int area_print(struct area area, int row, int column, enum style style, const char *format, ...)
{
    char text[PRINT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return area_put(area, row, column, style, text);
}

/* Thousands are set apart by a blank, and stay on one line. */
static bool is_break(const char *text, size_t at)
{
    bool inside = at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9' && text[at + 1] >= '0' &&
                  text[at + 1] <= '9';
    return text[at] == ' ' && !inside;
}

/* How many bytes of text, at most one line's, fit in `width` cells; a word too long stays whole, to
 * be cut. */
static size_t line_len(struct area area, const char *text, int width)
{
    size_t fits = 0, len = strlen(text);
    for (size_t end = 0; end <= len; end++) {
        if (end < len && !is_break(text, end))
            continue;
        if (fits > 0 && safe_width(text, end, area.cells->ascii) > width)
            break;
        fits = end;
    }
    return fits;
}

int area_wrap(struct area area, int row, int column, enum style style, const char *text)
{
    char line[PRINT_MAX];
    while (*text == ' ')
        text++;
    while (*text) {
        size_t len = line_len(area, text, area.columns - column);
        snprintf(line, sizeof line, "%.*s", (int)len, text);
        area_put(area, row++, column, style, line);
        text += len;
        while (*text == ' ')
            text++;
    }
    return row;
}

int area_wrap_rows(struct area area, const char *text)
{
    area.rows = 0; /* nothing is put */
    return area_wrap(area, 0, 0, STYLE_TEXT, text);
}

void area_field(struct area area, int row, int column, int width, enum align align,
                enum style style, const char *text)
{
    struct area field = area_part(area, row, column, 1, width);
    if (field.rows == 0 || field.columns == 0)
        return;
    int needed = area_width(area, text);
    int indent = align == ALIGN_RIGHT && needed < field.columns ? field.columns - needed : 0;
    area_put(field, 0, indent, style, text);
}

void area_fill(struct area area, int row, int column, int columns, enum style style,
               const char *text)
{
    struct area run = area_part(area, row, column, 1, columns);
    for (int i = 0; run.rows > 0 && i < run.columns; i++)
        put_units(run, 0, i, 1, style, text);
}

void area_restyle(struct area area, int row, int column, int columns, enum style style)
{
    struct area run = area_part(area, row, column, 1, columns);
    for (int i = 0; run.rows > 0 && i < run.columns; i++)
        run.cells->grid[run.row * run.cells->width + run.column + i].style = (uint8_t)style;
}

struct area area_box(struct area area, enum style style)
{
    const struct cells *cells = area.cells;
    int right = area.columns - 1, bottom = area.rows - 1;
    if (right < 1 || bottom < 1)
        return area_part(area, 0, 0, 0, 0);
    for (int row = 0; row <= bottom; row += bottom)
        area_fill(area, row, 1, right - 1, style, cells_glyph(cells, GLYPH_HORIZONTAL));
    for (int row = 1; row < bottom; row++) {
        area_fill(area, row, 0, 1, style, cells_glyph(cells, GLYPH_VERTICAL));
        area_fill(area, row, right, 1, style, cells_glyph(cells, GLYPH_VERTICAL));
    }
    area_fill(area, 0, 0, 1, style, cells_glyph(cells, GLYPH_TOP_LEFT));
    area_fill(area, 0, right, 1, style, cells_glyph(cells, GLYPH_TOP_RIGHT));
    area_fill(area, bottom, 0, 1, style, cells_glyph(cells, GLYPH_BOTTOM_LEFT));
    area_fill(area, bottom, right, 1, style, cells_glyph(cells, GLYPH_BOTTOM_RIGHT));
    return area_part(area, 1, 2, area.rows - 2, area.columns - 4);
}
