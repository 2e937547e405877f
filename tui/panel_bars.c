/* The first and the last line of the screen, and the boxes between. */
#include "tui/condition.h"
#include "tui/days.h"
#include "tui/kept.h"

#include <stdio.h>
#include <string.h>

enum {
    FOOTER_KEYS_ALL = 24, /* considered */
    FOOTER_KEYS_MAX = 8,  /* shown */
    STATE_WIDTH = 34,
    STATE_LEAST = 11, /* "LIVE 120 ms" */
    RATE_WIDTH = 7,
    WATERMARK_WIDTH = 18, /* "08:41:17 (-60 s)", or "(-99 min)" */
    UNREAD_WIDTH = 8,
    WIDE = 100
};

bool panel_remark_fits(struct area area, const char *name, const char *remark, const char *figure)
{
    int figure_width = figure[0] ? area_width(area, figure) + 3 : 0;
    return area_width(area, name) + 2 + area_width(area, remark) + 2 + figure_width <=
           area.columns - 4;
}

struct area panel_box(struct area area, enum style style, const char *name, const char *remark,
                      const char *figure)
{
    struct area inside = area_box(area, STYLE_BORDER);
    int right = area.columns - 2;
    if (figure[0]) {
        right -= area_width(area, figure) + 2;
        area_print(area, 0, right, style, " %s ", figure);
    }
    struct area title = area_part(area, 0, 2, 1, right - 3);
    int at = area_put(title, 0, area_put(title, 0, 0, style, " "), style, name);
    if (remark[0])
        at = area_print(area_part(title, 0, 0, 1, title.columns - 1), 0, at, STYLE_LABEL, "  %s",
                        remark);
    area_put(title, 0, at, style, " ");
    return inside;
}

int64_t panel_until_run(const struct frame *frame)
{
    if (!frame->batch || frame->batch->next_run <= frame->clock)
        return 0;
    return frame->batch->next_run - frame->clock;
}

enum style panel_state(const struct frame *frame, char *out, size_t cap)
{
    struct condition condition = condition_of(frame);
    snprintf(out, cap, "%s", condition.text);
    return condition.style;
}

/* What runs, where, and what time it is there; returns the column behind. */
static int put_left(struct area area, const struct frame *frame)
{
    const struct app *app = frame->app;
    const struct zone *zone = app->config.definition->zone;
    char clock[FORMAT_TEXT];
    bool wide = area.columns >= WIDE;
    const char *name = app->config.simulated ? app->config.definition->name : app->config.feed_name;
    int at = 1;
    if (wide || !app->config.simulated)
        at = area_put(area, 0, at, STYLE_STRONG, "tailrace") + 2;
    int name_width = area_width(area, name);
    int room = wide ? 30 : area.columns >= 80 ? 20 : 10;
    area_field(area, 0, at, room, ALIGN_LEFT, STYLE_STRONG, name);
    at += (name_width < room ? name_width : room) + 2;
    if (app->config.simulated) {
        int day = instant_day(frame->clock, zone) - instant_day(app->config.start, zone) + 1;
        at = area_print(area, 0, at, STYLE_LABEL, "day %d", day) + 2;
    }
    at = area_put(area, 0, at, STYLE_TEXT, format_clock(frame->clock, zone, clock)) + 2;
    if (app->config.simulated)
        at =
            area_print(area, 0, at, STYLE_LABEL, "x%d %s", app->speed, app->paused ? "|" : ">") + 2;
    return at;
}

/* A figure in a field of fixed width that ends at `right`; returns where its name begins. */
static int put_figure(struct area area, int right, const char *name, int width, const char *text)
{
    int at = right - width;
    area_field(area, 0, at, width, ALIGN_RIGHT, STYLE_TEXT, text);
    at -= area_width(area, name) + 1;
    area_put(area, 0, at, STYLE_LABEL, name);
    return at;
}

/* The right end of the line, where it has room behind all else and there is a watermark; returns
 * where the rest ends. */
static int put_watermark(struct area area, int right, int needed, const struct frame *frame)
{
    enum { FIELD = WATERMARK_WIDTH + 12, OTHERS = UNREAD_WIDTH + 10 + RATE_WIDTH + 7 };
    char lag[FORMAT_TEXT], clock[FORMAT_TEXT], text[2 * FORMAT_TEXT];
    panel_watermark_lag(frame, lag);
    if (!lag[0] || right - OTHERS - FIELD < needed)
        return right;
    format_clock(frame->live->watermark, frame->app->config.definition->zone, clock);
    snprintf(text, sizeof text, "%s (-%.8s)", clock, lag);
    return put_figure(area, right, "watermark", WATERMARK_WIDTH, text) - 2;
}

/* Behind the state, where both have room. */
static void put_kept(struct area area, int at, const struct frame *frame)
{
    char kept[2 * FORMAT_TEXT];
    bool looks = frame->live && frame->live->looked; /* its state says it */
    if (!looks && !frame->app->paused)
        area_put_whole(area, 0, at, STYLE_LABEL, kept_age(frame, kept));
}

/* Fields of fixed width from the right, so that nothing moves but digits. A state that needs their
 * room gets it. */
void panel_status(struct area area, const struct frame *frame)
{
    enum { UNREAD_FIELD = UNREAD_WIDTH + 10, RATE_FIELD = RATE_WIDTH + 7 };
    char state[256], number[FORMAT_TEXT], rate[FORMAT_TEXT];
    int left = put_left(area, frame);
    enum style style = panel_state(frame, state, sizeof state);
    int right = area.columns - 1, needed = left + area_width(area, state);
    int least = left + STATE_LEAST > needed ? left + STATE_LEAST : needed;
    right = put_watermark(area, right, least, frame);
    bool has_rate = frame->live && area.columns >= 80 && right - RATE_FIELD >= needed;
    bool has_unread =
        has_rate && area.columns >= WIDE && right - RATE_FIELD - UNREAD_FIELD >= needed;
    if (has_unread) {
        /* the end of a line that has no end yet is not behind: it cannot be read (T-R1) */
        const struct feed_status *feed = &frame->live->feed;
        bool partial = feed->unfinished > 0 && feed->unread <= feed->unfinished;
        right = put_figure(area, right, partial ? "unfinished" : "unread",
                           partial ? UNREAD_WIDTH - 4 : UNREAD_WIDTH,
                           format_bytes(feed->unread, number)) -
                3;
    }
    if (has_rate) {
        snprintf(rate, sizeof rate, "%.16s/s", format_short(frame->live->rate, number));
        right = put_figure(area, right, "feed", RATE_WIDTH, rate) - 2;
    }
    int width = area_width(area, state) > STATE_WIDTH ? area_width(area, state) : STATE_WIDTH;
    int at = right - width > left ? right - width : left;
    area_field(area, 0, at, right - at, ALIGN_LEFT, style, state);
    put_kept(area_part(area, 0, at, 1, right - at), area_width(area, state) + 2, frame);
}

struct footer_line {
    const struct key_entry *entries[FOOTER_KEYS_ALL];
    int len;
    bool words; /* one word a key */
    int gap;
};

static void key_text(const struct key_entry *entry, const struct footer_line *line,
                     const struct frame *frame, char out[FORMAT_TEXT])
{
    enum action action = entry->codes[0].action;
    bool closes = (action == ACTION_VIEW && frame->app->view == entry->view) ||
                  (action == ACTION_EXPLAIN && frame->app->explaining);
    if (action == ACTION_PAUSE && frame->app->paused)
        snprintf(out, FORMAT_TEXT, "go on");
    else if (closes)
        snprintf(out, FORMAT_TEXT, "close");
    else if (line->words)
        snprintf(out, FORMAT_TEXT, "%s", entry->word);
    else if (strstr(entry->text, "%s"))
        snprintf(out, FORMAT_TEXT, "send your %s", app_noun(frame->app));
    else
        snprintf(out, FORMAT_TEXT, "%s", entry->text);
}

static int line_width(const struct footer_line *line, const struct frame *frame)
{
    int width = 2 - line->gap;
    for (int i = 0; i < line->len; i++) {
        char text[FORMAT_TEXT];
        key_text(line->entries[i], line, frame, text);
        width += (int)strlen(line->entries[i]->label) + 1 + (int)strlen(text) + line->gap;
    }
    return width;
}

/* While the display is paused, the key that ends it stays. */
static int rank_of(const struct key_entry *entry, const struct app *app)
{
    enum action action = entry->codes[0].action;
    if (action == ACTION_ARRANGE && app->arrangement != ARRANGEMENT_SIDE_BY_SIDE)
        return 2; /* the way on, and back */
    return app->paused && action == ACTION_PAUSE ? 0 : entry->rank;
}

static void drop_least(struct footer_line *line, const struct app *app)
{
    int least = 0;
    for (int i = 1; i < line->len; i++)
        if (rank_of(line->entries[i], app) > rank_of(line->entries[least], app))
            least = i;
    line->len--;
    for (int i = least; i < line->len; i++)
        line->entries[i] = line->entries[i + 1];
}

static bool is_offered(const struct key_entry *entry, const struct app *app)
{
    if (app->config.looks && app_counts(entry->codes[0].action))
        return false;
    switch (entry->place) {
    case KEY_IN_DIFFERENCE:
        return app->view == APP_DIFFERENCE && app_measures(app) > 1;
    case KEY_IN_EXPLAIN:
        return app->explaining || app->view == APP_REJECTS;
    case KEY_IN_LAMBDA:
        return app->arrangement == ARRANGEMENT_LAMBDA;
    case KEY_IN_KAPPA:
        return app->arrangement == ARRANGEMENT_KAPPA;
    case KEY_WITH_DAYS:
        return app->days_len > 1 && !app->explaining;
    case KEY_NOT_IN_KAPPA:
        return app->arrangement != ARRANGEMENT_KAPPA;
    case KEY_IN_ANY_VIEW:
        return app->explaining || app->view != APP_RACE || days_chosen(app);
    case KEY_EVERYWHERE:
        break;
    }
    return true;
}

static void put_keys(struct area area, const struct frame *frame)
{
    struct footer_line line = {.gap = 3};
    const struct key_entry *entry;
    for (size_t i = 0; (entry = keymap_entry(i, frame->app->config.simulated)); i++)
        if (line.len < FOOTER_KEYS_ALL && is_offered(entry, frame->app))
            line.entries[line.len++] = entry;
    while (line.len > FOOTER_KEYS_MAX)
        drop_least(&line, frame->app);
    while (line_width(&line, frame) > area.columns) {
        if (line.gap > 2)
            line.gap--;
        else if (!line.words)
            line.words = true;
        else
            drop_least(&line, frame->app);
    }
    int at = 1;
    for (int i = 0; i < line.len; i++) {
        char text[FORMAT_TEXT];
        key_text(line.entries[i], &line, frame, text);
        at = area_put(area, 0, at, STYLE_KEY, line.entries[i]->label) + 1;
        at = area_put(area, 0, at, STYLE_LABEL, text) + line.gap;
    }
}

/* Instead of the keys, but for those that tell of all the others and that end it. */
static void put_advice(struct area area, const struct condition *condition)
{
    static const struct {
        const char *key, *text;
    } kept[] = {{"?", "help"}, {"q", "quit"}};
    int at = area.columns - 16;
    area_field(area, 0, 1, at - 3, ALIGN_LEFT, condition->style, condition->advice);
    for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) {
        at = area_put(area, 0, at, STYLE_KEY, kept[k].key) + 1;
        at = area_put(area, 0, at, STYLE_LABEL, kept[k].text) + 2;
    }
}

void panel_footer(struct area area, const struct frame *frame)
{
    const struct app *app = frame->app;
    const char *message = app_message(app, frame->now);
    struct condition condition = condition_of(frame);
    if (message)
        area_put(area, 0, 1, app->message_is_warning ? STYLE_WARN : STYLE_STRONG, message);
    else if (condition.advice[0] && app->help_page == 0)
        put_advice(area, &condition);
    else if (app->help_page > 0)
        area_print(area, 0, 1, STYLE_LABEL, "%s",
                   app->help_page < app->help_pages ? "? next page   any other key goes back"
                                                    : "any key goes back   q quit");
    else
        put_keys(area, frame);
}
