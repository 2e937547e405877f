/* A whole screen from one frame. */
#include "tui/view.h"

#include "tui/lane_table.h"
#include "tui/layout.h"

static struct layout make_layout(int width, int height, const struct frame *frame)
{
    return layout_make(width, height, lane_table_groups(frame),
                       frame->app->config.definition->rules_len > 0 || panel_alerts_wanted(frame));
}

static void draw_panels(struct cells *cells, const struct layout *layout, const struct frame *frame)
{
    const struct {
        struct place place;
        void (*draw)(struct area, const struct frame *);
    } panels[] = {
        {layout->live, panel_live},     {layout->batch, panel_batch},   {layout->age, panel_age},
        {layout->tracer, panel_tracer}, {layout->alerts, panel_alerts}, {layout->cost, panel_cost},
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

int view_help_pages(int width, int height, const struct frame *frame)
{
    struct layout layout = make_layout(width, height, frame);
    return layout.too_small ? 1 : panel_help_pages(layout.body.rows, layout.body.columns, frame);
}
