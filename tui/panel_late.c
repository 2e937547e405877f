/*
 * LATE: what became of windows, every correction of a result already told, and what came so late
 * that only the next batch run repairs it (S-10, S-31, S-113).
 */
#include "tui/panel.h"

#include <stdio.h>
#include <string.h>

enum {
    LEAST = 11,
    THREE_FROM = 100, /* columns, from which strip, windows and ledger stand side by side */
    TWO_FROM = 72,
    SQUARE_FROM = 20, /* rows, from which there are two rows of boxes */
    STACK_FROM = 24,
    WINDOW_FROM = 50, /* columns of the ledger, from which a window's end is told as well */
    CLOCK_WIDTH = 8,
    REVISION_WIDTH = 4
};

struct late_layout {
    struct area strip, windows, ledger, late;
};

static void put_square(struct late_layout *layout, struct area area)
{
    int left = area.columns / 2, top = area.rows / 2;
    int right = area.columns - left, bottom = area.rows - top;
    layout->strip = area_part(area, 0, 0, top, left);
    layout->windows = area_part(area, 0, left, top, right);
    layout->ledger = area_part(area, top, 0, bottom, left);
    layout->late = area_part(area, top, left, bottom, right);
}

static struct late_layout lay_out(struct area area)
{
    struct late_layout layout = {.late = {.rows = 0}};
    int rows = area.rows, columns = area.columns;
    if (columns >= TWO_FROM && rows >= SQUARE_FROM) {
        put_square(&layout, area);
    } else if (columns >= THREE_FROM) {
        int strip = columns * 35 / 100, each = (columns - strip) * 38 / 78;
        layout.strip = area_part(area, 0, 0, rows, strip);
        layout.windows = area_part(area, 0, strip, rows, each);
        layout.ledger = area_part(area, 0, strip + each, rows, columns - strip - each);
    } else if (columns >= TWO_FROM) {
        layout.strip = area_part(area, 0, 0, rows, columns / 2);
        layout.ledger = area_part(area, 0, columns / 2, rows, columns - columns / 2);
    } else {
        int strip = rows >= STACK_FROM ? rows / 3 : rows >= LEAST ? rows * 11 / 20 : rows;
        int windows = rows >= STACK_FROM ? rows / 3 : 0;
        layout.strip = area_part(area, 0, 0, strip, columns);
        layout.windows = area_part(area, strip, 0, windows, columns);
        layout.ledger = area_part(area, strip + windows, 0, rows - strip - windows, columns);
    }
    return layout;
}

static char *say_change(struct area area, const struct snapshot_correction *entry,
                        char out[FORMAT_TEXT])
{
    char before[FORMAT_TEXT], after[FORMAT_TEXT];
    format_short(entry->before, before);
    format_short(entry->after, after);
    snprintf(out, FORMAT_TEXT, "%.8s %s %.8s", entry->before == 0 ? "new" : before,
             cells_glyph(area.cells, GLYPH_ARROW), entry->retracted ? "merged" : after);
    return out;
}

/* Columns from both ends; the group has what is left. */
static void put_columns(struct area area, int row, enum style style, const char *const text[5],
                        int window, int change)
{
    int at = CLOCK_WIDTH + 1, right = area.columns - REVISION_WIDTH;
    area_field(area, row, 0, CLOCK_WIDTH, ALIGN_LEFT, style, text[0]);
    area_field(area, row, at, window, ALIGN_LEFT, style, text[1]);
    at += window + 1;
    area_field(area, row, at, right - change - 1 - at, ALIGN_LEFT, style, text[2]);
    area_field(area, row, right - change, change, ALIGN_RIGHT,
               style == STYLE_LABEL ? style : STYLE_STRONG, text[3]);
    area_field(area, row, right, REVISION_WIDTH, ALIGN_RIGHT, STYLE_LABEL, text[4]);
}

static void put_corrections(struct area area, const struct frame *frame)
{
    const struct snapshot_windows *windows = &frame->live->windows;
    const struct zone *zone = frame->app->config.definition->zone;
    bool brief = area.columns < WINDOW_FROM;
    char clock[FORMAT_TEXT], name[FORMAT_TEXT], change[FORMAT_TEXT], revision[FORMAT_TEXT];
    int name_width = 6, change_width = 6;
    for (int i = 0; i < windows->corrections_len && i < area.rows - 1; i++) {
        const struct snapshot_correction *entry = &windows->corrections[i];
        int own = (int)strlen(panel_window_text(frame, entry->start, entry->end, brief, name));
        name_width = own > name_width ? own : name_width;
        own = area_width(area, say_change(area, entry, change));
        change_width = own > change_width ? own : change_width;
    }
    static const char *const titles[] = {"when", "window", "group", "events", "rev"};
    put_columns(area, 0, STYLE_LABEL, titles, name_width, change_width);
    for (int i = 0; i < windows->corrections_len && i < area.rows - 1; i++) {
        const struct snapshot_correction *entry = &windows->corrections[i];
        snprintf(revision, sizeof revision, "%u", entry->revision);
        const char *const texts[] = {
            format_clock(entry->at, zone, clock),
            panel_window_text(frame, entry->start, entry->end, brief, name),
            entry->label[0] ? entry->label : "all", say_change(area, entry, change), revision};
        put_columns(area, 1 + i, STYLE_TEXT, texts, name_width, change_width);
    }
}

static void put_no_correction(struct area area, const struct frame *frame)
{
    char lateness[FORMAT_TEXT], text[200];
    int64_t lateness_ms = frame->app->config.definition->watermark.lateness_ms;
    bool late = frame->live && frame->live->windows.counters.late > 0;
    if (lateness_ms == WINDOW_LATENESS_FOREVER)
        snprintf(lateness, sizeof lateness, "without end");
    else
        format_step(lateness_ms, lateness);
    snprintf(text, sizeof text, "no correction yet: %s the watermark%s; allowed lateness %s",
             late ? "what came behind" : "nothing came behind", late ? " was too late" : "",
             lateness_ms == 0 ? "none" : lateness);
    area_wrap(area, 0, 0, STYLE_LABEL, text);
}

static void put_late_rows(struct area area, const struct frame *frame)
{
    const struct snapshot_windows *windows = frame->live ? &frame->live->windows : NULL;
    char name[FORMAT_TEXT], count[FORMAT_TEXT];
    if (!windows || windows->late_len == 0) {
        bool any = windows && windows->counters.late > 0;
        area_wrap(area, 0, 0, STYLE_LABEL,
                  any ? "of windows no longer kept"
                      : "nothing: no event came too late for its window");
        return;
    }
    for (int i = 0; i < windows->late_len && i < area.rows; i++) {
        const struct snapshot_late *late = &windows->late[i];
        panel_window_text(frame, late->start, late->end, false, name);
        int at = area_put(area, i, 0, STYLE_TEXT, name) + 1;
        area_field(area, i, at, area.columns - at - 8, ALIGN_LEFT, STYLE_TEXT,
                   late->label[0] ? late->label : "all");
        area_field(area, i, area.columns - 7, 7, ALIGN_RIGHT, STYLE_BATCH_STRONG,
                   format_count(late->count, count));
    }
}

/* "12 in all": of them the newest stand below. */
static void say_all(uint64_t count, char out[FORMAT_TEXT])
{
    char text[FORMAT_TEXT];
    snprintf(out, FORMAT_TEXT, "%.30s in all", format_count(count, text));
}

/* What bounds cost is told, as everywhere. */
static const char *say_degraded(const struct window_counters *counters)
{
    bool degraded = counters->overflowed || counters->late_dropped || counters->forgotten;
    return degraded ? "degraded" : "";
}

static void put_ledger(struct area area, const struct frame *frame, bool with_late)
{
    static const struct window_counters none;
    const struct window_counters *counters = frame->live ? &frame->live->windows.counters : &none;
    char remark[FORMAT_TEXT], count[FORMAT_TEXT], heading[2 * FORMAT_TEXT];
    say_all(counters->revisions, remark);
    struct area inside =
        panel_box(area, STYLE_STRONG, "CORRECTIONS", remark, say_degraded(counters));
    int rows = inside.rows, late = 0;
    if (with_late && inside.rows >= 5) {
        late = frame->live ? frame->live->windows.late_len : 0;
        late = late < 1 ? 1 : late > inside.rows / 3 ? inside.rows / 3 : late;
        rows -= late + 1;
        snprintf(heading, sizeof heading, "too late, only batch repairs: %s",
                 format_count(counters->late, count));
        area_put(inside, rows, 0, counters->late ? STYLE_BATCH_STRONG : STYLE_LABEL, heading);
        if (counters->late > 0)
            put_late_rows(area_part(inside, rows + 1, 0, late, inside.columns), frame);
    }
    struct area ledger = area_part(inside, 0, 0, rows, inside.columns);
    if (!frame->live || frame->live->windows.corrections_len == 0)
        put_no_correction(ledger, frame);
    else
        put_corrections(ledger, frame);
}

static void put_late(struct area area, const struct frame *frame)
{
    char remark[FORMAT_TEXT];
    say_all(frame->live ? frame->live->windows.counters.late : 0, remark);
    put_late_rows(panel_box(area, STYLE_BATCH_STRONG, "TOO LATE, ONLY BATCH REPAIRS", remark, ""),
                  frame);
}

int panel_late_least(const struct frame *frame)
{
    (void)frame;
    return LEAST;
}

void panel_late(struct area area, const struct frame *frame)
{
    struct late_layout layout = lay_out(area);
    panel_strip(layout.strip, frame);
    if (layout.windows.rows > 0)
        panel_windows(layout.windows, frame);
    if (layout.ledger.rows > 0)
        put_ledger(layout.ledger, frame, layout.late.rows == 0);
    if (layout.late.rows > 0)
        put_late(layout.late, frame);
}
