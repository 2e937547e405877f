/* A whole screen from one frame. */
#include "tui/view.h"

#include "tui/lane_table.h"
#include "tui/layout.h"

#include <string.h>

/* What stands below the lanes, by enum app_view; the race is more than one panel. */
static const struct {
    void (*draw)(struct area, const struct frame *);
    int (*least)(const struct frame *); /* rows */
    int (*most)(const struct frame *);  /* NULL: it can use all there are */
} views[APP_VIEWS] = {
    [APP_DIFFERENCE] = {panel_difference, panel_difference_least, panel_difference_most},
    [APP_LATE] = {panel_late, panel_late_least, NULL},
    [APP_REJECTS] = {panel_rejects, panel_rejects_least, panel_rejects_most},
    [APP_ARRANGEMENT] = {panel_arrangement, panel_arrangement_least, panel_arrangement_most},
};

static struct layout make_layout(int width, int height, const struct frame *frame)
{
    const struct app *app = frame->app;
    const struct layout_wish wish = {
        .groups = lane_table_groups(frame),
        .alerts = app->config.definition->rules_len > 0 || panel_alerts_wanted(frame),
        .explain = app->explaining,
        .view_least = views[app->view].least ? views[app->view].least(frame) : 0,
        .view_most = views[app->view].most ? views[app->view].most(frame) : height,
    };
    return layout_make(width, height, &wish);
}

static void draw_panels(struct cells *cells, const struct layout *layout, const struct frame *frame)
{
    const struct {
        struct place place;
        void (*draw)(struct area, const struct frame *);
    } panels[] = {
        {layout->live, panel_live},       {layout->batch, panel_batch},
        {layout->age, panel_age},         {layout->tracer, panel_tracer},
        {layout->alerts, panel_alerts},   {layout->cost, panel_cost},
        {layout->explain, panel_explain}, {layout->view, views[frame->app->view].draw},
    };
    for (size_t i = 0; i < sizeof panels / sizeof *panels; i++)
        if (panels[i].place.rows > 0)
            panels[i].draw(layout_area(cells, panels[i].place), frame);
}

void view_draw(struct cells *cells, const struct frame *frame)
{
    struct layout layout = make_layout(cells->width, cells->height, frame);
    cells_clear(cells);
    if (layout.too_small) {
        area_print(area_of(cells), 0, 0, STYLE_TEXT, "have %dx%d, need %dx%d", cells->width,
                   cells->height, LAYOUT_WIDTH_MIN, LAYOUT_HEIGHT_MIN);
        return;
    }
    panel_status(layout_area(cells, layout.status), frame);
    if (frame->app->help_page > 0)
        panel_help(layout_area(cells, layout.body), frame);
    else
        draw_panels(cells, &layout, frame);
    panel_footer(layout_area(cells, layout.footer), frame);
}

static void settle_help(const struct layout *layout, const struct frame *frame, struct app *app)
{
    app->help_pages = panel_help_pages(layout->body.rows, layout->body.columns, frame);
    if (app->help_page > app->help_pages)
        app->help_page = app->help_pages;
}

/* The cursor stays with its group when others come between. */
static void follow_group(const struct frame *frame, struct app *app)
{
    struct cursor *cursor = &app->cursor;
    const struct snapshot_table *table = lane_table_lead(frame);
    bool grouped = cursor->row >= 0 && table && cursor->row < table->rows_len;
    if (!cursor->follows && grouped)
        memcpy(cursor->key, table->rows[cursor->row].key, sizeof cursor->key);
    for (int r = 0; cursor->follows && cursor->row >= 0 && table && r < table->rows_len; r++)
        if (memcmp(cursor->key, table->rows[r].key, sizeof cursor->key) == 0)
            cursor->row = r;
    cursor->follows = grouped;
}

static void settle_cursor(const struct layout *layout, const struct frame *frame, struct app *app)
{
    struct cells *scratch = cells_new(layout->body.columns, layout->body.rows + 2, true);
    app->tables[CURSOR_LIVE] = panel_live_numbers(layout_area(scratch, layout->live), frame);
    app->tables[CURSOR_BATCH] = panel_batch_numbers(layout_area(scratch, layout->batch), frame);
    cells_free(scratch);
    follow_group(frame, app);
    int row = app->cursor.row;
    cursor_settle(&app->cursor, app->tables);
    app->cursor.follows = app->cursor.follows && app->cursor.row == row;
}

void view_settle(int width, int height, const struct frame *frame, struct app *app)
{
    struct layout layout = make_layout(width, height, frame);
    if (layout.too_small)
        return;
    if (app->help_page > 0)
        settle_help(&layout, frame, app);
    if (app->explaining)
        settle_cursor(&layout, frame, app);
    panel_rejects_settle(frame, app);
}
