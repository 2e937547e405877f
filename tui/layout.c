/* Which panel stands where. */
#include "tui/layout.h"

enum {
    WIDE = 100,     /* room for three panels side by side */
    LANE_FRAME = 6, /* borders, header, total, two lines of notes */
    LANE_LEAST = 7, /* with one group */
    LANE_KEPT = 9,  /* with three: what a view or an explanation leaves of a lane */
    LANE_AIR = 2,   /* a rule above the total, a blank line above the notes */
    AIRY = 34,      /* rows from which there is air */
    AGE_LEAST = 6,
    BOTTOM_LEAST = 6,
    BOTTOM_MOST = 12,
    ROW_LEAST = 5 /* age and ticket in one row */
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static struct place place(int row, int column, int rows, int columns)
{
    return (struct place){.row = row, .column = column, .rows = rows, .columns = columns};
}

/* Your ticket, alerts, cost, from the left; where there is no room for three side by side, alerts
 * and cost share the right half, or the alerts have it. */
static void bottom_with_alerts(struct layout *layout, int row, int rows, int width)
{
    int ticket = width >= WIDE ? width * 8 / 25 : width / 2;
    int cost = width >= WIDE ? width * 3 / 10 : width - ticket;
    layout->tracer = place(row, 0, rows, ticket);
    if (width >= WIDE) {
        layout->alerts = place(row, ticket, rows, width - ticket - cost);
        layout->cost = place(row, width - cost, rows, cost);
        return;
    }
    int shared = rows >= 2 * BOTTOM_LEAST ? BOTTOM_LEAST : 0;
    layout->alerts = place(row, ticket, rows - shared, cost);
    layout->cost = place(row + rows - shared, ticket, shared, cost);
}

/* Age over the full width, below it your ticket, the alerts and the cost. */
static void two_rows(struct layout *layout, int row, int rows, int width, bool alerts)
{
    int bottom = least(BOTTOM_MOST, most(BOTTOM_LEAST, rows * 9 / 20));
    int age = rows - bottom;
    layout->age = place(row, 0, age, width);
    if (alerts) {
        bottom_with_alerts(layout, row + age, bottom, width);
        return;
    }
    int ticket = width >= WIDE ? width * 11 / 20 : width / 2;
    layout->tracer = place(row + age, 0, bottom, ticket);
    layout->cost = place(row + age, ticket, bottom, width - ticket);
}

static void one_row(struct layout *layout, int row, int rows, int width, bool alerts)
{
    int age = width >= WIDE ? width * (alerts ? 6 : 8) / 20 : width / 2;
    int ticket = width >= WIDE ? width * 3 / 10 : width - age;
    layout->age = place(row, 0, rows, age);
    layout->tracer = place(row, age, rows, ticket);
    if (age + ticket < width)
        *(alerts ? &layout->alerts : &layout->cost) =
            place(row, age + ticket, rows, width - age - ticket);
}

static void put_race(struct layout *layout, int row, int rows, int width, bool alerts)
{
    if (rows >= AGE_LEAST + BOTTOM_LEAST)
        two_rows(layout, row, rows, width, alerts);
    else if (rows >= ROW_LEAST)
        one_row(layout, row, rows, width, alerts);
}

/* Its height hangs on the screen alone: a longer sentence moves nothing. */
static int explain_rows(int width)
{
    return width >= WIDE ? 6 : width >= 80 ? 8 : 10;
}

/* Rows of the lanes; 0: what is open needs all of the body. */
static int lane_rows(int width, int height, const struct layout_wish *wish)
{
    int body = height - 2;
    int wanted = most(LANE_LEAST, wish->groups + LANE_FRAME + (height >= AIRY ? LANE_AIR : 0));
    int kept = least(wanted, LANE_KEPT);
    int below = wish->explain ? explain_rows(width) : wish->view_least;
    if (below < ROW_LEAST)
        return least(wanted, body - ROW_LEAST);
    if (wish->explain && body - kept >= below + wish->view_least)
        below += wish->view_least;
    if (body - kept >= below)
        return least(wanted, body - below);
    return wish->explain ? least(kept, body - ROW_LEAST) : 0;
}

static void put_lanes(struct layout *layout, int rows, int width)
{
    int left = width / 2;
    layout->live = place(1, 0, rows, left);
    layout->batch = place(1, left, rows, width - left);
}

struct layout layout_make(int width, int height, const struct layout_wish *wish)
{
    struct layout layout = {.too_small = width < LAYOUT_WIDTH_MIN || height < LAYOUT_HEIGHT_MIN};
    if (layout.too_small)
        return layout;
    int lanes = lane_rows(width, height, wish);
    int row = 1 + lanes, rest = height - 2 - lanes;
    layout.status = place(0, 0, 1, width);
    layout.body = place(1, 0, height - 2, width);
    layout.footer = place(height - 1, 0, 1, width);
    if (lanes > 0)
        put_lanes(&layout, lanes, width);
    if (wish->explain) {
        int rows = explain_rows(width);
        rows = rest - rows < ROW_LEAST ? rest : rows;
        layout.explain = place(row, 0, rows, width);
        row += rows;
        rest -= rows;
    }
    if (wish->view_least > 0 && rest >= ROW_LEAST) {
        int rows = rest - wish->view_most >= ROW_LEAST ? wish->view_most : rest;
        layout.view = place(row, 0, rows, width);
        row += rows;
        rest -= rows;
    }
    put_race(&layout, row, rest, width, wish->alerts);
    return layout;
}

struct area layout_area(struct cells *cells, struct place place)
{
    return area_part(area_of(cells), place.row, place.column, place.rows, place.columns);
}
