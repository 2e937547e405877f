/* AGE OF THE ANSWER: the saw-tooth of batch against the flat line of live. */
#include "core/batch_lane.h"
#include "tui/age.h"
#include "tui/panel.h"
#include "tui/plot.h"

#include <stdio.h>
#include <string.h>

enum {
    TOOTH = 12, /* columns */
    TEETH_LEAST = 3,
    TEETH_MOST = 5,
    WIDE = 70, /* room for the figures beside the plot */
    FIGURES = 36,
    TIMES_FROM = 5, /* rows from which times stand below the plot */
    TIME_WIDTH = 8
};

struct age_view {
    struct area plot;
    int axis_width;
    int64_t window_ms, top_ms;
    epoch_ms from, to;
};

/* The least of a row of round durations that is not below `ms`. */
static int64_t round_up(int64_t ms)
{
    static const int64_t steps[] = {100,
                                    200,
                                    500,
                                    MS_PER_SECOND,
                                    2 * MS_PER_SECOND,
                                    5 * MS_PER_SECOND,
                                    10 * MS_PER_SECOND,
                                    20 * MS_PER_SECOND,
                                    30 * MS_PER_SECOND,
                                    MS_PER_MINUTE,
                                    2 * MS_PER_MINUTE,
                                    4 * MS_PER_MINUTE,
                                    6 * MS_PER_MINUTE,
                                    10 * MS_PER_MINUTE,
                                    20 * MS_PER_MINUTE,
                                    30 * MS_PER_MINUTE,
                                    MS_PER_HOUR,
                                    2 * MS_PER_HOUR,
                                    4 * MS_PER_HOUR,
                                    6 * MS_PER_HOUR,
                                    12 * MS_PER_HOUR,
                                    MS_PER_DAY,
                                    2 * (int64_t)MS_PER_DAY,
                                    4 * (int64_t)MS_PER_DAY};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] >= ms)
            return steps[i];
    return (ms / MS_PER_DAY + 1) * MS_PER_DAY;
}

/*
 * The window is a multiple of the schedule. It fills from the program's start, then its end moves
 * in whole dots, so the picture shifts by a dot at a time and stands still in between. A tooth ends
 * a little above the schedule (the next run takes its time), so an eighth is granted before the
 * scale doubles.
 */
static void plan(struct age_view *view, const struct frame *frame, int dots)
{
    int64_t every = frame->app->every_ms;
    int teeth = view->plot.columns / TOOTH;
    teeth = teeth < TEETH_LEAST ? TEETH_LEAST : teeth > TEETH_MOST ? TEETH_MOST : teeth;
    int64_t step = every * teeth / dots;
    step = step < 1 ? 1 : step;
    view->window_ms = step * dots;
    epoch_ms filled = frame->app->config.start / step * step + view->window_ms;
    view->to = (frame->clock / step + 1) * step;
    view->to = view->to > filled ? view->to : filled;
    view->from = view->to - view->window_ms;
    struct age_summary summary = {0};
    if (frame->batch)
        summary = age_over(frame->batch, view->from, frame->clock);
    int64_t greatest = summary.greatest;
    bool regular = greatest <= every + every / 8;
    view->top_ms = regular ? every : round_up(greatest);
}

static int height_of(const struct age_view *view, int dots, int64_t age_ms)
{
    if (age_ms > view->top_ms)
        age_ms = view->top_ms;
    return (int)((age_ms * (dots - 1) + view->top_ms / 2) / view->top_ms);
}

/* Told once per trigger: the age of what was shown then, -1: not known any more. */
static int64_t told_age(const struct app *app, epoch_ms time)
{
    for (int i = app->told_len - 1; i >= 0; i--)
        if (app->told[i] <= time)
            return time - app->told[i];
    return -1;
}

static void draw_lines(const struct age_view *view, const struct frame *frame)
{
    struct canvas canvas;
    canvas_open(&canvas, view->plot);
    int64_t live_ns = panel_live_age(frame);
    int live = live_ns < 0 ? -1 : height_of(view, canvas.height, live_ns / 1000000);
    bool teeth = frame->live && frame->live->trigger_ms > 0;
    int before = -1;
    for (int x = 0; x < canvas.width; x++) {
        epoch_ms time = view->from + view->window_ms * x / canvas.width;
        if (time > frame->clock)
            break;
        int64_t told = teeth ? told_age(frame->app, time) : -1;
        if (told >= 0)
            canvas_dot(&canvas, x, height_of(view, canvas.height, told), STYLE_LIVE);
        else if (!teeth && time >= frame->app->config.start)
            canvas_dot(&canvas, x, live, STYLE_LIVE);
        int64_t age = frame->batch ? age_at(frame->batch, time) : -1;
        int height = age < 0 ? -1 : height_of(view, canvas.height, age);
        if (height >= 0)
            canvas_rise(&canvas, x, before < 0 ? height : before, height, STYLE_BATCH);
        before = height;
    }
    canvas_close(&canvas);
}

static void draw_axis(const struct age_view *view, struct area area, int rows)
{
    char text[FORMAT_TEXT];
    int label = view->axis_width - 2, middle = (rows - 1) / 2;
    bool halved = rows >= 5 && view->top_ms % 2 == 0;
    for (int row = 0; row < rows; row++) {
        bool marked = row == 0 || row == rows - 1 || (halved && row == middle);
        area_put(area, row, view->axis_width - 1, STYLE_BORDER,
                 cells_glyph(area.cells, marked ? GLYPH_AXIS : GLYPH_VERTICAL));
    }
    area_field(area, 0, 0, label, ALIGN_RIGHT, STYLE_LABEL, format_step(view->top_ms, text));
    if (halved)
        area_field(area, middle, 0, label, ALIGN_RIGHT, STYLE_LABEL,
                   format_step(view->top_ms / 2, text));
    area_field(area, rows - 1, 0, label, ALIGN_RIGHT, STYLE_LABEL, "0");
}

/* Whole days from midnight to midnight, shorter steps as the schedule stands. */
static epoch_ms next_label(epoch_ms time, int64_t apart, const struct zone *zone)
{
    if (apart < MS_PER_DAY)
        return batch_lane_next(time, apart, zone);
    return instant_day_start(instant_day(time, zone) + (int32_t)((apart - 1) / MS_PER_DAY + 1),
                             zone);
}

/* Clock times below the teeth, as far apart as the schedule, or a multiple where that is tight. */
static void draw_times(const struct age_view *view, struct area area, int row,
                       const struct frame *frame)
{
    const struct zone *zone = frame->app->config.definition->zone;
    int64_t apart = frame->app->every_ms;
    while (view->plot.columns * apart / view->window_ms < TIME_WIDTH + 2)
        apart += frame->app->every_ms;
    for (epoch_ms time = next_label(view->from, apart, zone); time <= view->to;
         time = next_label(time, apart, zone)) {
        char text[FORMAT_TEXT];
        int column = (int)((time - view->from) * view->plot.columns / view->window_ms);
        format_clock(time, zone, text);
        if (apart % MS_PER_MINUTE == 0)
            format_clock_short(time, zone, text);
        int at = view->axis_width + column - (int)strlen(text) / 2;
        if (at >= view->axis_width && at + (int)strlen(text) <= area.columns)
            area_put(area, row, at, STYLE_LABEL, text);
    }
}

static void draw_figures(struct area area, const struct age_view *view, const struct frame *frame)
{
    char text[FORMAT_TEXT];
    const struct snapshot_batch *batch = frame->batch;
    int64_t batch_age = batch ? age_at(batch, frame->clock) : -1, live = panel_live_age(frame);
    area_field(area, 0, 9, 12, ALIGN_RIGHT, STYLE_LABEL, "now");
    area_field(area, 0, 22, 12, ALIGN_RIGHT, STYLE_LABEL, "mean");
    area_put(area, 1, 0, STYLE_BATCH_STRONG, "batch");
    area_put(area, 2, 0, STYLE_LIVE_STRONG, "live");
    if (batch_age >= 0) {
        struct age_summary summary = age_over(batch, view->from, frame->clock);
        area_field(area, 1, 7, 14, ALIGN_RIGHT, STYLE_STRONG, format_duration(batch_age, text));
        area_field(area, 1, 22, 12, ALIGN_RIGHT, STYLE_TEXT,
                   summary.any ? format_duration(summary.mean, text) : "-");
    } else {
        area_field(area, 1, 9, 12, ALIGN_RIGHT, STYLE_LABEL, "-");
    }
    area_field(area, 2, 7, 14, ALIGN_RIGHT, live >= 0 ? STYLE_STRONG : STYLE_LABEL,
               live >= 0 ? format_ns(live, text) : "-");
    if (frame->app->latency.count > 0)
        area_field(area, 2, 22, 12, ALIGN_RIGHT, STYLE_TEXT,
                   format_ns(histogram_quantile(&frame->app->latency, 500), text));
}

void panel_age(struct area area, const struct frame *frame)
{
    bool wide = area.columns >= WIDE;
    struct area inside = panel_box(area, STYLE_STRONG, "AGE OF THE ANSWER", "", "");
    struct age_view view = {.axis_width = 8};
    int rows = inside.rows - (inside.rows >= TIMES_FROM);
    int columns = inside.columns - view.axis_width - (wide ? FIGURES + 1 : 0);
    view.plot = area_part(inside, 0, view.axis_width, rows, columns);
    if (rows < 2 || columns < 4)
        return;
    plan(&view, frame, columns * (area.cells->ascii ? 1 : 2));
    draw_axis(&view, inside, rows);
    draw_lines(&view, frame);
    if (!frame->batch || frame->batch->runs_len == 0)
        area_put(view.plot, (rows - 1) / 2, 2, STYLE_LABEL, "no batch run yet");
    if (rows < inside.rows)
        draw_times(&view, area_part(inside, 0, 0, inside.rows, view.axis_width + columns), rows,
                   frame);
    if (wide)
        draw_figures(area_part(inside, 0, inside.columns - FIGURES + 2, rows, FIGURES - 2), &view,
                     frame);
}
