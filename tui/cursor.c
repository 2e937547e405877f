/* Where the cursor of the explanation stands and goes. */
#include "tui/cursor.h"

const struct cursor_column *cursor_column(const struct cursor *cursor,
                                          const struct cursor_table *table)
{
    for (int i = 0; i < table->columns_len; i++)
        if (table->columns[i].what == cursor->what)
            return &table->columns[i];
    return NULL;
}

static bool is_possible(const struct cursor_column *column, const struct cursor *cursor)
{
    return cursor->row != CURSOR_TOTAL || column->on_total;
}

/* All numbers of a row in one line, LIVE before BATCH; false past its ends. */
static bool go_to(struct cursor *cursor, const struct cursor_table tables[CURSOR_LANES], int index)
{
    for (int lane = 0; index >= 0 && lane < CURSOR_LANES; lane++) {
        if (index < tables[lane].columns_len) {
            cursor->lane = (enum cursor_lane)lane;
            cursor->what = tables[lane].columns[index].what;
            return true;
        }
        index -= tables[lane].columns_len;
    }
    return false;
}

static int index_of(const struct cursor *cursor, const struct cursor_table tables[CURSOR_LANES])
{
    const struct cursor_table *table = &tables[cursor->lane];
    const struct cursor_column *column = cursor_column(cursor, table);
    int before = cursor->lane == CURSOR_BATCH ? tables[CURSOR_LIVE].columns_len : 0;
    return before + (column ? (int)(column - table->columns) : 0);
}

static void move_sideways(struct cursor *cursor, const struct cursor_table tables[CURSOR_LANES],
                          int step)
{
    struct cursor next = *cursor;
    int index = index_of(cursor, tables);
    while (go_to(&next, tables, index += step)) {
        const struct cursor_column *column = cursor_column(&next, &tables[next.lane]);
        if (column && is_possible(column, &next)) {
            *cursor = next;
            return;
        }
    }
}

static void move_row(struct cursor *cursor, const struct cursor_table *table, int step)
{
    const struct cursor_column *column = cursor_column(cursor, table);
    int row = cursor->row == CURSOR_TOTAL ? table->rows : cursor->row;
    row += step;
    cursor->follows = false;
    if (row < 0 || row > table->rows)
        return;
    if (row < table->rows)
        cursor->row = row;
    else if (column && column->on_total)
        cursor->row = CURSOR_TOTAL;
}

void cursor_move(struct cursor *cursor, const struct cursor_table tables[CURSOR_LANES], int columns,
                 int rows)
{
    if (!cursor_settle(cursor, tables))
        return;
    if (columns != 0)
        move_sideways(cursor, tables, columns);
    if (rows != 0)
        move_row(cursor, &tables[cursor->lane], rows);
}

bool cursor_settle(struct cursor *cursor, const struct cursor_table tables[CURSOR_LANES])
{
    if (tables[cursor->lane].columns_len == 0)
        cursor->lane = cursor->lane == CURSOR_LIVE ? CURSOR_BATCH : CURSOR_LIVE;
    const struct cursor_table *table = &tables[cursor->lane];
    if (table->columns_len == 0)
        return false;
    if (cursor->row >= table->rows)
        cursor->row = table->rows > 0 ? table->rows - 1 : CURSOR_TOTAL;
    const struct cursor_column *column = cursor_column(cursor, table);
    if (column && is_possible(column, cursor))
        return true;
    for (int i = 0; i < table->columns_len; i++) {
        if (is_possible(&table->columns[i], cursor)) {
            cursor->what = table->columns[i].what;
            return true;
        }
    }
    return false;
}
