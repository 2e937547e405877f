/*
 * Windows over event time, as the watermark passes them: a strip with a bar for each, and a list
 * (S-31). A window is provisional, settling or final: a word or a letter says so, never colour
 * alone.
 */
#include "tui/panel.h"
#include "tui/plot.h"

#include <stdio.h>
#include <string.h>

enum {
    AXIS = 10, /* "corrected " */
    CELL_WIDE = 3,
    CELL_NARROW = 2,
    WIDE_FROM = 12, /* windows, from which there is room for wide ones */
    STATE_WIDTH = 11
};

char *panel_window_text(const struct frame *frame, epoch_ms start, epoch_ms end, bool brief,
                        char out[FORMAT_TEXT])
{
    const struct zone *zone = frame->app->config.definition->zone;
    char from[FORMAT_TEXT], to[FORMAT_TEXT];
    int64_t size = end - start;
    bool session = frame->live && frame->live->windows.kind == WINDOW_SESSION;
    bool seconds = session || start % MS_PER_MINUTE != 0 || end % MS_PER_MINUTE != 0;
    if (size >= MS_PER_DAY && size % MS_PER_DAY == 0)
        return format_day(instant_day(start, zone), out);
    if (seconds) {
        format_clock(start, zone, from);
        format_clock(end, zone, to);
    } else {
        format_clock_short(start, zone, from);
        format_clock_short(end, zone, to);
    }
    if (brief)
        snprintf(out, FORMAT_TEXT, "%.8s", from);
    else
        snprintf(out, FORMAT_TEXT, "%.8s-%.8s", from, to);
    return out;
}

const char *panel_window_state(enum window_state state, int width)
{
    static const char *const words[][3] = {
        [WINDOW_PROVISIONAL] = {"provisional", "prov", "p"},
        [WINDOW_SETTLING] = {"settling", "settl", "s"},
        [WINDOW_FINAL] = {"final", "fin", "f"},
    };
    for (int i = 0; i < 2; i++)
        if ((int)strlen(words[state][i]) <= width)
            return words[state][i];
    return words[state][2];
}

enum style panel_window_style(enum window_state state)
{
    static const enum style styles[] = {[WINDOW_PROVISIONAL] = STYLE_LIVE,
                                        [WINDOW_SETTLING] = STYLE_WARN,
                                        [WINDOW_FINAL] = STYLE_TEXT};
    return styles[state];
}

static bool has_watermark(const struct frame *frame)
{
    const struct snapshot_live *live = frame->live;
    return live && live->table.any && live->watermark > WATERMARK_NONE &&
           live->watermark < WATERMARK_END;
}

char *panel_watermark_lag(const struct frame *frame, char out[FORMAT_TEXT])
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{MS_PER_SECOND, "s"}, {MS_PER_MINUTE, "min"}, {MS_PER_HOUR, "h"}};
    out[0] = '\0';
    if (!has_watermark(frame))
        return out;
    int64_t lag = frame->live->newest - frame->live->watermark;
    size_t unit = 0;
    lag = lag < 0 ? 0 : lag;
    while (unit < 2 && lag / units[unit].ms > 99)
        unit++;
    long long amount = lag / units[unit].ms;
    if (amount > 99)
        snprintf(out, FORMAT_TEXT, "%lld d", (long long)(lag / MS_PER_DAY));
    else
        snprintf(out, FORMAT_TEXT, "%lld %s", amount, units[unit].name);
    return out;
}

struct strip {
    const struct frame *frame;
    const struct snapshot_window *windows; /* those that fit, oldest first */
    int len, cell;                         /* cell: columns of one, the gap behind it included */
    struct area plot;                      /* columns of the windows, all rows */
};

/* The widest that holds all windows: so the scale changes seldom while they come. Where none does,
 * the newest are shown, and no fewer than a dozen. */
static int cell_of(int columns, int windows)
{
    static const int widths[] = {12, 6, CELL_WIDE};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        if (windows * widths[i] <= columns)
            return widths[i];
    return columns / CELL_WIDE >= WIDE_FROM ? CELL_WIDE : CELL_NARROW;
}

static void plan(struct strip *strip, struct area area, const struct frame *frame)
{
    const struct snapshot_windows *windows = &frame->live->windows;
    *strip = (struct strip){.frame = frame,
                            .plot = area_part(area, 0, AXIS, area.rows, area.columns - AXIS)};
    strip->cell = cell_of(strip->plot.columns, windows->windows_len);
    int room = strip->plot.columns / strip->cell;
    strip->len = windows->windows_len < room ? windows->windows_len : room;
    strip->windows = windows->windows + windows->windows_len - strip->len;
}

static void put_bars(const struct strip *strip, struct area area, int rows)
{
    uint64_t top = 0;
    char text[FORMAT_TEXT];
    for (int i = 0; i < strip->len; i++)
        top = strip->windows[i].count > top ? strip->windows[i].count : top;
    struct area bars = area_part(strip->plot, 0, 0, rows, strip->plot.columns);
    for (int i = 0; i < strip->len; i++)
        plot_column(bars, i * strip->cell, strip->cell - 1, strip->windows[i].count, top,
                    panel_window_style(strip->windows[i].state));
    area_field(area, 0, 0, AXIS - 2, ALIGN_RIGHT, STYLE_LABEL, format_short(top, text));
    if (rows > 1)
        area_field(area, rows - 1, 0, AXIS - 2, ALIGN_RIGHT, STYLE_LABEL, "0");
    for (int row = 0; row < rows; row++)
        area_put(
            area, row, AXIS - 1, STYLE_BORDER,
            cells_glyph(area.cells, row == 0 || row == rows - 1 ? GLYPH_AXIS : GLYPH_VERTICAL));
}

/* Windows next to each other in one state share its word. Whether some had only a letter. */
static bool put_states(const struct strip *strip, struct area area, int row)
{
    bool cut = false;
    area_put(area, row, 0, STYLE_LABEL, "state");
    for (int i = 0, end; i < strip->len; i = end) {
        enum window_state state = strip->windows[i].state;
        for (end = i + 1; end < strip->len && strip->windows[end].state == state; end++) {
        }
        bool last = end == strip->len;
        int width = last ? strip->plot.columns - i * strip->cell : (end - i) * strip->cell - 1;
        const char *word = panel_window_state(state, width);
        cut = cut || !word[1];
        area_put(strip->plot, row, i * strip->cell, panel_window_style(state), word);
    }
    return cut;
}

static void put_numbers(const struct strip *strip, struct area area, int row, const char *name,
                        bool late)
{
    area_put(area, row, 0, STYLE_LABEL, name);
    for (int i = 0; i < strip->len; i++) {
        const struct snapshot_window *window = &strip->windows[i];
        uint64_t number = late ? window->late : window->corrections;
        char text[FORMAT_TEXT];
        format_short(number, text);
        if ((int)strlen(text) >= strip->cell)
            snprintf(text, sizeof text, "+");
        if (number == 0)
            snprintf(text, sizeof text, "%s", area.cells->ascii ? "." : "·");
        area_put(strip->plot, row, i * strip->cell,
                 number == 0 ? STYLE_BORDER
                 : late      ? STYLE_BATCH_STRONG
                             : STYLE_STRONG,
                 text);
    }
}

/* The column where W stands: in the first window that it has not passed. */
static int watermark_column(const struct strip *strip, epoch_ms watermark)
{
    for (int i = 0; i < strip->len; i++) {
        const struct snapshot_window *window = &strip->windows[i];
        if (watermark >= window->end)
            continue;
        if (watermark <= window->start)
            return i * strip->cell;
        int64_t size = window->end - window->start;
        return i * strip->cell + (int)((watermark - window->start) * (strip->cell - 1) / size);
    }
    return strip->len * strip->cell;
}

/* Behind the mark at this column, or before it; false: there is room for neither. */
static bool put_beside(const struct strip *strip, int row, int at, const char *text)
{
    int width = (int)strlen(text);
    bool right = at + 2 + width <= strip->plot.columns, left = at - 1 - width >= 0;
    if (right || left)
        area_put(strip->plot, row, right ? at + 2 : at - 1 - width, STYLE_STRONG, text);
    return right || left;
}

static void put_watermark(const struct strip *strip, struct area area, int row)
{
    char clock[FORMAT_TEXT], lag[FORMAT_TEXT], text[2 * FORMAT_TEXT];
    area_put(area, row, 0, STYLE_LABEL, "watermark");
    if (!has_watermark(strip->frame)) {
        area_put(strip->plot, row, 0, STYLE_LABEL, "none yet");
        return;
    }
    int at = watermark_column(strip, strip->frame->live->watermark);
    at = at < strip->plot.columns ? at : strip->plot.columns - 1;
    format_clock(strip->frame->live->watermark, strip->frame->app->config.definition->zone, clock);
    snprintf(text, sizeof text, "%s (-%.8s)", clock, panel_watermark_lag(strip->frame, lag));
    if (!put_beside(strip, row, at, text))
        put_beside(strip, row, at, clock);
    area_put(strip->plot, row, at, STYLE_STRONG, cells_glyph(area.cells, GLYPH_MARK));
}

static void put_times(const struct strip *strip, struct area area, int row)
{
    char text[FORMAT_TEXT];
    area_put(area, row, 0, STYLE_LABEL, "start");
    for (int i = 0; i < strip->len;) {
        panel_window_text(strip->frame, strip->windows[i].start, strip->windows[i].end, true, text);
        area_put_whole(strip->plot, row, i * strip->cell, STYLE_LABEL, text);
        i += ((int)strlen(text) + 2 + strip->cell - 1) / strip->cell;
    }
}

/* Rows from the foot up, as many as leave room for bars: what letters mean, times, watermark, late,
 * corrected, state. */
void panel_strip(struct area area, const struct frame *frame)
{
    char remark[FORMAT_TEXT * 2] = "", text[FORMAT_TEXT];
    bool any = frame->live && frame->live->windows.windows_len > 0;
    if (any)
        snprintf(remark, sizeof remark, "newest %s",
                 format_clock(frame->live->newest, frame->app->config.definition->zone, text));
    struct area inside = panel_box(area, STYLE_STRONG, "LATE", remark, "");
    if (!any) {
        area_wrap(inside, 0, 0, STYLE_LABEL, "no window yet: the first event opens one");
        return;
    }
    struct strip strip;
    plan(&strip, inside, frame);
    int row = inside.rows - (inside.rows >= 10);
    if (inside.rows >= 4)
        put_times(&strip, inside, --row);
    if (inside.rows >= 3)
        put_watermark(&strip, inside, --row);
    if (inside.rows >= 8)
        put_numbers(&strip, inside, --row, "too late", true);
    if (inside.rows >= 6)
        put_numbers(&strip, inside, --row, "corrected", false);
    if (put_states(&strip, inside, --row) && inside.rows >= 10)
        area_put_whole(inside, inside.rows - 1, 0, STYLE_LABEL,
                       "f final  s settling  p provisional");
    put_bars(&strip, inside, row);
}

/* Columns of the list: window, events, state, corrections, late. */
struct list {
    const struct frame *frame;
    bool brief; /* windows by their start alone */
    int name, state;
};

enum { COUNT = 6, NUMBER = 4 };

static void plan_list(struct list *list, struct area area, const struct snapshot_windows *windows)
{
    enum { GAPS = 4 };
    char text[FORMAT_TEXT];
    list->name = (int)strlen("window");
    for (int i = 0; i < windows->windows_len; i++) {
        const struct snapshot_window *window = &windows->windows[i];
        int own = (int)strlen(
            panel_window_text(list->frame, window->start, window->end, list->brief, text));
        list->name = own > list->name ? own : list->name;
    }
    list->state = area.columns - list->name - COUNT - 2 * NUMBER - GAPS;
    list->state = list->state > STATE_WIDTH ? STATE_WIDTH : list->state;
}

static void put_list_row(struct area area, int row, const struct list *list, enum style state_style,
                         const char *const texts[5], const enum style styles[3])
{
    int at = list->name + 1;
    area_field(area, row, 0, list->name, ALIGN_LEFT,
               state_style == STYLE_LABEL ? STYLE_LABEL : STYLE_TEXT, texts[0]);
    area_field(area, row, at, COUNT, ALIGN_RIGHT, styles[0], texts[1]);
    at += COUNT + 1;
    area_field(area, row, at, list->state, ALIGN_LEFT, state_style, texts[2]);
    at += list->state + 1;
    area_field(area, row, at, NUMBER, ALIGN_RIGHT, styles[1], texts[3]);
    area_field(area, row, at + NUMBER + 1, NUMBER, ALIGN_RIGHT, styles[2], texts[4]);
}

static void put_window(struct area area, int row, const struct list *list,
                       const struct snapshot_window *window)
{
    char name[FORMAT_TEXT], count[FORMAT_TEXT], corrections[FORMAT_TEXT], late[FORMAT_TEXT];
    const char *const texts[] = {
        panel_window_text(list->frame, window->start, window->end, list->brief, name),
        format_short(window->count, count), panel_window_state(window->state, list->state),
        format_short(window->corrections, corrections), format_short(window->late, late)};
    const enum style styles[] = {STYLE_STRONG, window->corrections ? STYLE_STRONG : STYLE_LABEL,
                                 window->late ? STYLE_BATCH_STRONG : STYLE_LABEL};
    put_list_row(area, row, list, panel_window_style(window->state), texts, styles);
}

void panel_windows(struct area area, const struct frame *frame)
{
    static const char *const titles[] = {"window", "events", "state", "corr", "late"};
    static const enum style plain[] = {STYLE_LABEL, STYLE_LABEL, STYLE_LABEL};
    char size[FORMAT_TEXT], remark[FORMAT_TEXT * 2] = "";
    const struct snapshot_windows *windows = frame->live ? &frame->live->windows : NULL;
    if (windows && windows->windows_len > 0 && windows->kind == WINDOW_SESSION)
        snprintf(remark, sizeof remark, "gap %s", format_step(windows->gap_ms, size));
    else if (windows && windows->windows_len > 0)
        snprintf(remark, sizeof remark, "of %s", format_step(windows->size_ms, size));
    struct area inside = panel_box(area, STYLE_STRONG, "WINDOWS", remark, "");
    if (!remark[0]) {
        area_wrap(inside, 0, 0, STYLE_LABEL, "none yet");
        return;
    }
    struct list list = {.frame = frame};
    plan_list(&list, inside, windows);
    list.brief = list.state < (int)strlen(titles[2]);
    if (list.brief)
        plan_list(&list, inside, windows);
    put_list_row(inside, 0, &list, STYLE_LABEL, titles, plain);
    for (int row = 1; row < inside.rows && row <= windows->windows_len; row++)
        put_window(inside, row, &list, &windows->windows[windows->windows_len - row]);
}
