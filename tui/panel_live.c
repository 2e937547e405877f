/* LIVE: the answer of the live lane, and how fast it comes to the glass. */
#include "tui/days.h"
#include "tui/difference.h"
#include "tui/lane_table.h"
#include "tui/limits_text.h"
#include "tui/plot.h"

#include <stdio.h>
#include <string.h>

enum { NS_PER_MS = 1000000, RATE_WIDTH = 5, SPARK_LEAST = 6, WIDE_NOTE = 32 };

/*
 * While nothing waits to be read, the answer is as old as its newest event took to the glass.
 * While bytes wait, all of them became readable after the newest ones applied did, so the time
 * since then is the most that the answer can be behind; so it is since the feed could be read last.
 * Told once per trigger, it is as old as that, on the clock in use, as a batch answer is (S-117).
 */
int64_t panel_live_age(const struct frame *frame)
{
    const struct snapshot_live *live = frame->live;
    if (!live || !live->table.any)
        return -1;
    if (live->looked)
        return frame->mono - live->durable.committed;
    if (live->held)
        return frame->mono - live->held;
    if (live->trigger_ms > 0)
        return frame->clock > live->as_of ? (frame->clock - live->as_of) * NS_PER_MS : 0;
    if (live->feed.state == FEED_ERROR) /* who knows what lies there unread */
        return frame->mono - live->feed.failing_since;
    if (live->feed.unread > live->feed.unfinished && live->marks_len > 0)
        return frame->mono - live->marks[live->marks_len - 1].readable;
    return frame->app->latest_ns;
}

/* Minutes are joined so that the half hour fits: 30, 15, 10 or 6 columns; 0: no room. */
static int spark_columns(int room)
{
    static const int fits[] = {30, 15, 10, 6};
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++)
        if (room >= fits[i])
            return fits[i];
    return 0;
}

static void join_minutes(const struct snapshot_row *row, int columns, uint32_t *out)
{
    int each = SNAPSHOT_SPARK / columns;
    for (int i = 0; i < columns; i++) {
        out[i] = 0;
        for (int m = 0; m < each; m++)
            out[i] += row->spark[i * each + m];
    }
}

struct live_view {
    struct lane_table table;
    struct lane_rows rows;
    int rate_at, spark_at, spark_len;
    uint32_t spark_top;
};

/* One scale for all rows: their heights compare. */
static uint32_t spark_top(const struct snapshot_table *table, int columns)
{
    uint32_t top = 1, values[SNAPSHOT_SPARK];
    for (int r = 0; r < table->rows_len; r++) {
        join_minutes(&table->rows[r], columns, values);
        for (int i = 0; i < columns; i++)
            top = values[i] > top ? values[i] : top;
    }
    return top;
}

static void plan(struct live_view *view, struct area area, const struct frame *frame)
{
    lane_table_plan(&view->table, frame, area.columns, RATE_WIDTH);
    view->rows = lane_rows_plan(&area, lane_table_groups(frame));
    int gap = view->table.gap - 1; /* a rate rarely fills its field */
    if (view->table.end + gap + RATE_WIDTH > area.columns)
        gap = 0;
    view->rate_at = view->table.end + gap;
    view->spark_at = view->rate_at + RATE_WIDTH + (view->table.gap > 2 ? 3 : 2);
    view->spark_len = spark_columns(area.columns - view->spark_at);
    view->spark_top = view->spark_len > 0 ? spark_top(&frame->live->table, view->spark_len) : 1;
}

static void put_row(struct area area, int row, const struct live_view *view,
                    const struct frame *frame, const struct snapshot_row *data, bool total)
{
    char text[FORMAT_TEXT];
    lane_table_row(area, row, &view->table, frame, data, data, total);
    if (days_finished(frame->live))
        return;
    area_field(area, row, view->rate_at, RATE_WIDTH, ALIGN_RIGHT, total ? STYLE_STRONG : STYLE_TEXT,
               format_short(data->per_minute, text));
    if (view->spark_len > 0 && !total) {
        uint32_t values[SNAPSHOT_SPARK];
        join_minutes(data, view->spark_len, values);
        plot_spark(area, row, view->spark_at, values, view->spark_len, view->spark_top, STYLE_LIVE);
    }
}

static struct cursor_table numbers_of(const struct live_view *view, const struct frame *frame)
{
    struct cursor_table numbers =
        lane_table_numbers(&view->table, &view->rows, lane_table_shown(frame, &view->rows));
    if (days_finished(frame->live))
        return numbers;
    numbers.columns[numbers.columns_len++] = (struct cursor_column){
        .what = CURSOR_RATE, .at = view->rate_at, .width = RATE_WIDTH, .on_total = true};
    if (view->spark_len > 0)
        numbers.columns[numbers.columns_len++] = (struct cursor_column){
            .what = CURSOR_SPARK, .at = view->spark_at, .width = view->spark_len};
    return numbers;
}

struct cursor_table panel_live_numbers(struct area area, const struct frame *frame)
{
    struct area inside = area_part(area, 1, 2, area.rows - 2, area.columns - 4);
    struct live_view view;
    if (!frame->live || !frame->live->table.any)
        return (struct cursor_table){.columns_len = 0};
    plan(&view, inside, frame);
    return numbers_of(&view, frame);
}

static void put_table(struct area area, const struct live_view *view, const struct frame *frame)
{
    const struct snapshot_table *table = &frame->live->table;
    int shown = lane_table_shown(frame, &view->rows);
    lane_table_header(area, view->rows.header, &view->table, frame, table);
    bool now = !days_finished(frame->live);
    if (now)
        area_field(area, view->rows.header, view->rate_at, RATE_WIDTH, ALIGN_RIGHT, STYLE_LABEL,
                   "/min");
    if (now && view->spark_len > 0)
        area_put(area, view->rows.header, view->spark_at, STYLE_LABEL,
                 view->spark_len >= 11 ? "last 30 min" : "30 min");
    for (int r = 0; r < shown; r++)
        put_row(area, view->rows.first + r, view, frame,
                r < table->rows_len ? &table->rows[r] : &table->others, false);
    lane_table_more(area, &view->rows, table->groups - (uint64_t)shown);
    area_fill(area, view->rows.rule, 0, area.columns, STYLE_BORDER,
              cells_glyph(area.cells, GLYPH_HORIZONTAL));
    put_row(area, view->rows.total, view, frame, &table->total, true);
    struct cursor_table numbers = numbers_of(view, frame);
    lane_table_cursor(area, &numbers, frame, CURSOR_LIVE);
}

/* Median and tail, as much of it as fits. */
static void put_latency(struct area area, int row, const struct frame *frame)
{
    const struct histogram *latency = &frame->app->latency;
    char p50[FORMAT_TEXT], p99[FORMAT_TEXT];
    if (latency->count == 0) {
        area_put(area, row, 0, STYLE_LABEL, "event to screen not measured yet");
        return;
    }
    format_ns(histogram_quantile(latency, 500), p50);
    format_ns(histogram_quantile(latency, 990), p99);
    int figures = area_width(area, p50) + area_width(area, p99) + (int)strlen("  p50   p99 ");
    int room = area.columns - figures;
    const char *name = room >= 15 ? "event to screen" : "to screen";
    int at = area_put(area, row, 0, STYLE_LABEL, name);
    if (room >= 9) {
        at = area_put(area, row, at, STYLE_LABEL, "  p50 ");
        at = area_put(area, row, at, STYLE_LIVE, p50);
    }
    at = area_put(area, row, at, STYLE_LABEL, "  p99 ");
    area_put(area, row, at, STYLE_LIVE, p99);
}

/* How often lines may be missing (T-R5). Outcomes that are neither counted nor rejected: what came
 * late, twice, or from the future, which is most often a clock or a zone gone wrong; what the
 * watermark does not follow (D-05); and ids with two contents, whatever became of them (S-41). */
static void put_apart(struct area area, int row, int at, const struct snapshot_live *live)
{
    const struct {
        const char *name;
        uint64_t count;
        enum style style;
    } apart[] = {{"may be missing", live->feed.gaps, STYLE_WARN},
                 {"future", live->outcomes.future, STYLE_WARN},
                 {"far ahead", live->limits.held.events, STYLE_WARN},
                 {"id conflicts", live->conflicts.total, STYLE_WARN},
                 {"late", live->outcomes.late, STYLE_TEXT},
                 {"twice", live->outcomes.duplicate, STYLE_TEXT}};
    char count[FORMAT_TEXT];
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++)
        if (apart[i].count > 0)
            at = area_print(area, row, at + 2, apart[i].style, "%s %s", apart[i].name,
                            format_count(apart[i].count, count));
}

/* The same fault is counted, not repeated: each reason with its count, the first with its line. */
static void put_rejects(struct area area, int row, const struct frame *frame)
{
    const struct snapshot_live *live = frame->live;
    char text[512], count[FORMAT_TEXT];
    const char *name = area.columns >= WIDE_NOTE ? "lines not understood" : "not understood";
    char brief[LIMITS_SENTENCE];
    if (live->outcomes.rejected == 0 && limits_brief(&live->limits, brief)) {
        area_put(area, row, 0, STYLE_WARN, brief);
        return;
    }
    if (live->outcomes.rejected == 0) {
        /* there is no room for all, and a warning goes before a nought */
        bool no_nought = live->conflicts.total > 0 || live->feed.gaps > 0;
        put_apart(area, row, no_nought ? -2 : area_print(area, row, 0, STYLE_LABEL, "%s 0", name),
                  live);
        return;
    }
    size_t used = (size_t)snprintf(text, sizeof text, "%s %s:", name,
                                   format_count(live->outcomes.rejected, count));
    for (int i = 0; i < live->reasons_len && used < sizeof text; i++) {
        const struct snapshot_reason *reason = &live->reasons[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s %s %s", i > 0 ? "," : "",
                                 reason->name, format_count(reason->count, count));
        if (i == 0 && used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, " (line %u)", reason->line);
    }
    int at = 0;
    if (live->feed.gaps > 0) /* reasons may fill the line */
        at = 2 + area_print(area, row, 0, STYLE_WARN, "may be missing %s",
                            format_count(live->feed.gaps, count));
    at = area_put(area, row, at, STYLE_WARN, text);
    if (live->conflicts.total > 0 &&
        frame->app->config.definition->on_conflict != CONFLICT_REJECT) /* else it is a reason */
        area_print(area, row, at + 2, STYLE_WARN, "id conflicts %s",
                   format_count(live->conflicts.total, count));
}

/* An empty screen says what is expected, what was seen, what to press. */
static void put_nothing(struct area area, const struct frame *frame)
{
    const struct app *app = frame->app;
    const struct snapshot_live *live = frame->live;
    char text[256], count[FORMAT_TEXT], bytes[FORMAT_TEXT];
    bool missing = live && live->feed.state == FEED_WAITING_FILE;
    int row = area_wrap(area, 0, 0, STYLE_STRONG, "no event yet");
    snprintf(text, sizeof text,
             missing ? "%s is not there yet; it is read when it appears"
                     : "expected: %s, one event a line",
             missing ? app->config.feed_name : app->config.definition->name);
    row = area_wrap(area, row, 0, STYLE_LABEL, text);
    if (live && !missing) {
        snprintf(text, sizeof text, "seen: %s lines, %s", format_count(live->outcomes.read, count),
                 format_bytes(live->feed.bytes_read + live->feed.unread, bytes));
        row = area_wrap(area, row, 0, STYLE_LABEL, text);
    }
    snprintf(text, sizeof text, "press space to %s",
             app->config.simulated ? "send one" : "follow the first");
    area_wrap(area, row, 0, STYLE_LABEL, text);
}

/* Whatever the notes have room for. The age stands in the first line too. */
static void say_degraded(struct area area, char told[2 * FORMAT_TEXT], char figure[FORMAT_TEXT])
{
    snprintf(told, 2 * FORMAT_TEXT, "DEGRADED");
    if (panel_remark_fits(area, "LIVE", told, figure))
        return;
    snprintf(figure, FORMAT_TEXT, "DEGRADED");
    told[0] = '\0';
}

void panel_live(struct area area, const struct frame *frame)
{
    char age[FORMAT_TEXT], figure[FORMAT_TEXT] = "";
    int64_t age_ns = panel_live_age(frame);
    if (age_ns >= 0)
        snprintf(figure, sizeof figure, "%.40s old", format_ns(age_ns, age));
    char told[2 * FORMAT_TEXT] = "every event", step[FORMAT_TEXT];
    if (frame->live && frame->live->trigger_ms > 0)
        snprintf(told, sizeof told, "MICRO-BATCH every %s",
                 format_step(frame->live->trigger_ms, step));
    if (frame->live && frame->live->looked)
        snprintf(told, sizeof told, "from the state, read only");
    if (frame->live && days_finished(frame->live))
        snprintf(told, sizeof told, "of %s, as it was counted",
                 format_day(frame->live->table.day, step));
    if (frame->live && limits_degraded(&frame->live->limits))
        say_degraded(area, told, figure);
    const char *remark = told;
    struct area inside = difference_box(area, frame, STYLE_LIVE_STRONG, "LIVE", &remark, figure);
    if (!frame->live || !frame->live->table.any) {
        put_nothing(area_part(inside, 0, 0, inside.rows - 1, inside.columns), frame);
        if (frame->live)
            put_rejects(inside, inside.rows - 1, frame);
        return;
    }
    struct live_view view;
    plan(&view, inside, frame);
    put_table(inside, &view, frame);
    put_latency(inside, view.rows.notes, frame);
    put_rejects(inside, view.rows.notes + 1, frame);
}
