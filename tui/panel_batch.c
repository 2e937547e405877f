/* BATCH: the answer of the last run, how far it is behind live, and when the next comes. */
#include "tui/difference.h"
#include "tui/lane_table.h"
#include "tui/plot.h"

#include <stdio.h>
#include <string.h>

enum { BEHIND_WIDE = 11, BAR_LEAST = 6, BAR_MOST = 24, WIDE_NOTE = 40 };

struct batch_view {
    struct lane_table table;
    struct lane_rows rows;
    int behind_at, behind_width;
    int bar_at, bar_len;
};

static char *behind_text(const struct snapshot_row *live, const struct snapshot_row *batch,
                         char out[FORMAT_TEXT])
{
    uint64_t known = batch ? batch->count : 0;
    return format_difference((int64_t)(known - live->count), out);
}

/* The live answer that stands beside it; NULL: live has counted nothing. */
static const struct snapshot_live *beside(const struct frame *frame)
{
    return lane_table_lead(frame) == &frame->batch->table ? NULL : frame->live;
}

/* Whether the answer is of the day that live shows: after midnight it is not, until the next run.
 */
static bool is_of_the_day(const struct frame *frame)
{
    return !beside(frame) || frame->batch->table.day == beside(frame)->table.day;
}

static void plan(struct batch_view *view, struct area area, const struct frame *frame)
{
    char text[FORMAT_TEXT];
    int width = area.columns >= 34 ? BEHIND_WIDE : (int)strlen("behind");
    if (beside(frame)) {
        const struct snapshot_row *known = is_of_the_day(frame) ? &frame->batch->table.total : NULL;
        int needed = (int)strlen(behind_text(&beside(frame)->table.total, known, text));
        width = needed > width ? needed : width;
    }
    lane_table_plan(&view->table, frame, area.columns, width + 1);
    view->rows = lane_rows_plan(&area, lane_table_groups(frame));
    int gap = view->table.gap;
    if (view->table.end + gap + width > area.columns)
        gap = 1;
    view->behind_at = view->table.end + gap;
    view->behind_width = width;
    view->bar_at = view->behind_at + width + gap;
    view->bar_len = area.columns - view->bar_at;
    view->bar_len = view->bar_len > BAR_MOST ? BAR_MOST : view->bar_len;
}

/* `live` NULL: live has no such row; `batch` NULL: the batch answer does not know it yet. Not
 * `known`: the answer is of another day, and of the one that live shows it knows nothing. */
static void put_row(struct area area, int row, const struct batch_view *view,
                    const struct frame *frame, const struct snapshot_row *live,
                    const struct snapshot_row *batch, bool known, bool total)
{
    char text[FORMAT_TEXT];
    lane_table_row(area, row, &view->table, frame, live ? live : batch, batch, total);
    if (!live)
        return;
    if (!known)
        batch = NULL;
    bool even = batch && batch->count == live->count;
    area_field(area, row, view->behind_at, view->behind_width, ALIGN_RIGHT,
               even    ? STYLE_LABEL
               : total ? STYLE_BATCH_STRONG
                       : STYLE_BATCH,
               behind_text(live, batch, text));
    if (view->bar_len >= BAR_LEAST && !total)
        plot_bar(area, row, view->bar_at, view->bar_len, batch ? batch->count : 0, live->count,
                 STYLE_BATCH);
}

static void put_header(struct area area, const struct batch_view *view, const struct frame *frame)
{
    lane_table_header(area, view->rows.header, &view->table, frame, &frame->batch->table);
    if (!beside(frame))
        return;
    area_field(area, view->rows.header, view->behind_at, view->behind_width, ALIGN_RIGHT,
               STYLE_LABEL, view->behind_width >= BEHIND_WIDE ? "behind live" : "behind");
    if (view->bar_len >= BAR_LEAST)
        area_field(area, view->rows.header, view->bar_at, view->bar_len, ALIGN_LEFT, STYLE_LABEL,
                   view->bar_len >= 13 ? "share of live" : "share");
}

static struct cursor_table numbers_of(const struct batch_view *view, const struct frame *frame)
{
    struct cursor_table numbers =
        lane_table_numbers(&view->table, &view->rows, lane_table_shown(frame, &view->rows));
    if (beside(frame))
        numbers.columns[numbers.columns_len++] = (struct cursor_column){.what = CURSOR_BEHIND,
                                                                        .at = view->behind_at,
                                                                        .width = view->behind_width,
                                                                        .on_total = true};
    if (beside(frame) && view->bar_len >= BAR_LEAST)
        numbers.columns[numbers.columns_len++] = (struct cursor_column){
            .what = CURSOR_SHARE, .at = view->bar_at, .width = view->bar_len};
    return numbers;
}

struct cursor_table panel_batch_numbers(struct area area, const struct frame *frame)
{
    struct area inside = area_part(area, 1, 2, area.rows - 2, area.columns - 4);
    struct batch_view view;
    if (!frame->batch || frame->batch->runs_len == 0)
        return (struct cursor_table){.columns_len = 0};
    plan(&view, inside, frame);
    return numbers_of(&view, frame);
}

/* Row for row beside the live lane's table, so that the eye compares without searching. */
static void put_table(struct area area, const struct batch_view *view, const struct frame *frame)
{
    const struct snapshot_table *mine = &frame->batch->table;
    const struct snapshot_table *lead = lane_table_lead(frame);
    int shown = lane_table_shown(frame, &view->rows);
    bool known = is_of_the_day(frame);
    put_header(area, view, frame);
    for (int r = 0; r < shown; r++) {
        bool others = r >= lead->rows_len;
        const struct snapshot_row *like = others ? &lead->others : &lead->rows[r];
        const struct snapshot_row *own = !others            ? lane_table_find(mine, like->key)
                                         : mine->has_others ? &mine->others
                                                            : NULL;
        put_row(area, view->rows.first + r, view, frame, beside(frame) ? like : NULL,
                beside(frame) ? own : like, known, false);
    }
    lane_table_more(area, &view->rows, lead->groups - (uint64_t)shown);
    area_fill(area, view->rows.rule, 0, area.columns, STYLE_BORDER,
              cells_glyph(area.cells, GLYPH_HORIZONTAL));
    put_row(area, view->rows.total, view, frame, beside(frame) ? &lead->total : NULL, &mine->total,
            known, true);
    struct cursor_table numbers = numbers_of(view, frame);
    lane_table_cursor(area, &numbers, frame, CURSOR_BATCH);
}

/* What a reader must know before the figures of the run; false when there is nothing. */
static bool put_remark(struct area area, int row, int at, const struct frame *frame)
{
    const struct snapshot_batch *batch = frame->batch;
    if (!is_of_the_day(frame)) {
        char day[FORMAT_TEXT];
        area_print(area, row, at, STYLE_WARN, ", of %s", format_day(batch->table.day, day));
        return true;
    }
    if (batch->lost_generations > 0) {
        area_put(area, row, at, STYLE_WARN, ", lost: bytes are gone");
        return true;
    }
    if (batch->overruns > 0 && batch->runs[batch->runs_len - 1].overrun) {
        area_put(area, row, at, STYLE_WARN, ", overran its schedule");
        return true;
    }
    return false;
}

/* `every`: the schedule stands here when the box's edge has no room for it. */
static void put_last_run(struct area area, int row, const struct frame *frame, const char *every)
{
    const struct snapshot_batch *batch = frame->batch;
    const struct snapshot_run *last = &batch->runs[batch->runs_len - 1];
    const struct zone *zone = frame->app->config.definition->zone;
    char clock[FORMAT_TEXT], rows[FORMAT_TEXT], took[FORMAT_TEXT], text[3 * FORMAT_TEXT];
    format_clock(last->mark, zone, clock);
    format_count(last->rows, rows);
    format_ns(last->took_ns, took);
    int at = area_put(area, row, 0, STYLE_LABEL, "ran ");
    at = area_put(area, row, at, STYLE_TEXT, clock);
    if (put_remark(area, row, at, frame))
        return;
    if (every[0]) {
        snprintf(text, sizeof text, ", %s", every);
        area_put_whole(area, row, at, STYLE_LABEL, text);
        return;
    }
    snprintf(text, sizeof text, ", %s rows", rows);
    at = area_put_whole(area, row, at, STYLE_LABEL, text);
    snprintf(text, sizeof text, " in %s", took);
    area_put_whole(area, row, at, STYLE_LABEL, text);
}

static void put_running(struct area area, int row, const struct snapshot_batch *batch)
{
    double part =
        batch->running_total > 0 ? (double)batch->running_bytes / (double)batch->running_total : 0;
    area_print(area, row, 0, STYLE_BATCH, "running, %d %%", part < 1 ? (int)(part * 100) : 100);
}

static void put_next_run(struct area area, int row, const struct frame *frame)
{
    const struct snapshot_batch *batch = frame->batch;
    const struct zone *zone = frame->app->config.definition->zone;
    char clock[FORMAT_TEXT], text[2 * FORMAT_TEXT], left[FORMAT_TEXT];
    if (batch->state == BATCH_FAILED) {
        area_print(area, row, 0, STYLE_ALARM, "FAILED %s", batch->message);
        return;
    }
    if (batch->state == BATCH_RUNNING) {
        put_running(area, row, batch);
        return;
    }
    int64_t ms = panel_until_run(frame);
    int at = area_put(area, row, 0, STYLE_LABEL, area.columns >= WIDE_NOTE ? "next run " : "next ");
    if (area.columns >= WIDE_NOTE) {
        at = area_put(area, row, at, STYLE_TEXT, format_clock(batch->next_run, zone, clock));
        at = area_put(area, row, at, STYLE_LABEL, ", ");
    }
    at = area_put(area, row, at, STYLE_LABEL, "in ");
    at = area_put(area, row, at, STYLE_TEXT, format_countdown(ms, left));
    area_put_whole(area, row, at, STYLE_LABEL, panel_real_time(frame, ms, text));
}

static void put_nothing(struct area area, const struct frame *frame)
{
    if (frame->app->config.looks) {
        int at = area_wrap(area, 0, 0, STYLE_STRONG, "no batch lane here");
        area_wrap(
            area, at, 0, STYLE_LABEL,
            "this screen shows what another tailrace has kept (--read-only): it reads no feed");
        return;
    }
    bool running = frame->batch && frame->batch->state == BATCH_RUNNING;
    int row = area_wrap(area, 0, 0, STYLE_STRONG,
                        running ? "the first run is under way" : "no summary yet");
    row = area_wrap(area, row, 0, STYLE_LABEL, "a run reads the whole feed from its start");
    if (frame->batch)
        put_next_run(area, row++, frame);
    area_wrap(area, row, 0, STYLE_LABEL, "press b to run it now");
}

void panel_batch(struct area area, const struct frame *frame)
{
    char step[FORMAT_TEXT], remark[2 * FORMAT_TEXT], age[FORMAT_TEXT], figure[FORMAT_TEXT] = "";
    const struct snapshot_batch *batch = frame->batch;
    bool any = batch && batch->runs_len > 0;
    if (any)
        snprintf(figure, sizeof figure, "%.40s old",
                 format_duration(frame->clock - batch->runs[batch->runs_len - 1].mark, age));
    snprintf(remark, sizeof remark, "%severy %s", area.columns >= 56 ? "daily summary, " : "",
             format_step(frame->app->every_ms, step));
    const char *said = remark;
    struct area inside = difference_box(area, frame, STYLE_BATCH_STRONG, "BATCH", &said, figure);
    bool fits = said == remark;
    if (!any) {
        put_nothing(inside, frame);
        return;
    }
    struct batch_view view;
    plan(&view, inside, frame);
    put_table(inside, &view, frame);
    put_last_run(inside, view.rows.notes, frame, fits ? "" : remark);
    put_next_run(inside, view.rows.notes + 1, frame);
}
