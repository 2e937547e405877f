/* Cells as lines of text. */
#include "tui/terminal_text.h"

#include "core/status.h"

enum { CELL_BYTES = 4 * (1 + SAFE_COMBINING_MAX) };

static size_t put_point(char *out, uint32_t point)
{
    return point ? safe_encode(point, out) : 0;
}

static size_t put_text(char *out, const struct cell *cell)
{
    size_t len = put_point(out, cell->point);
    for (int i = 0; i < SAFE_COMBINING_MAX; i++)
        len += put_point(out + len, cell->mark[i]);
    return len;
}

char *terminal_text(const struct cells *cells)
{
    size_t size = (size_t)cells->height * ((size_t)cells->width * CELL_BYTES + 1) + 1;
    char *text = mem_alloc(size), *at = text;
    for (int row = 0; row < cells->height; row++) {
        char *line = at;
        for (int column = 0; column < cells->width; column++)
            at += put_text(at, cells_at(cells, row, column));
        while (at > line && at[-1] == ' ')
            at--;
        *at++ = '\n';
    }
    *at = '\0';
    return text;
}
