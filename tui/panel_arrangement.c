/* Lambda, Kappa, micro-batch: what the arrangement in force is doing, and its keys. */
#include "core/serving.h"
#include "tui/arrangement.h"
#include "tui/panel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    DAY_WIDTH = 7,
    CELL_WIDTH = 12, /* "1 234 567 B" and a blank */
    NOTE_LEAST = 26,
    NOTE_WANTED = 40,
    BAR_WIDTH = 20,
    TEXT_ROWS = 4 /* of Kappa and micro-batch */
};

static enum arrangement arrangement_of(const struct frame *frame)
{
    return frame->app->arrangement;
}

/* --- Lambda ---------------------------------------------------------------------------------- */

/* The layer as a letter behind the number, and as its colour. */
static void put_cell(struct area area, int row, int column, const struct serving_cell *cell,
                     bool strong)
{
    char count[FORMAT_TEXT], text[FORMAT_TEXT + 4];
    enum style style = cell->layer == SERVING_BATCH ? (strong ? STYLE_BATCH_STRONG : STYLE_BATCH)
                                                    : (strong ? STYLE_LIVE_STRONG : STYLE_LIVE);
    if (cell->layer == SERVING_NONE)
        snprintf(text, sizeof text, "?  ");
    else
        snprintf(text, sizeof text, "%s %c", format_count(cell->count, count),
                 cell->layer == SERVING_BATCH ? 'B' : 'L');
    area_field(area, row, column, CELL_WIDTH - 1, ALIGN_RIGHT, style, text);
}

static void live_text(const struct frame *frame, const struct serving_day *day, char *out,
                      size_t cap)
{
    const struct definition *definition = frame->app->config.definition;
    char clock[FORMAT_TEXT];
    if (frame->batch && frame->batch->sealing == day->day)
        snprintf(out, cap, "live; being sealed");
    else if (day->seals_at == INT64_MAX)
        snprintf(out, cap, "live; never final by itself");
    else
        snprintf(out, cap, "live until %s",
                 format_clock_short(day->seals_at, definition->zone, clock));
}

static void sealed_text(const struct frame *frame, const struct serving_day *day, char *out,
                        size_t cap)
{
    const struct definition *definition = frame->app->config.definition;
    char clock[FORMAT_TEXT], count[FORMAT_TEXT], again[32] = "", since[FORMAT_TEXT + 16] = "";
    if (day->runs > 1)
        snprintf(again, sizeof again, ", run %" PRIu32, day->runs);
    if (frame->batch && frame->batch->sealing == day->day)
        snprintf(since, sizeof since, "; running again");
    else if (day->since > 0)
        snprintf(since, sizeof since, "; %s late since", format_count((uint64_t)day->since, count));
    else if (day->since < 0)
        snprintf(since, sizeof since, "; live has %s fewer",
                 format_count((uint64_t)-day->since, count));
    snprintf(out, cap, "sealed %s%s%s%s", day->by_operator ? "by you " : "",
             format_clock(day->sealed, definition->zone, clock), again, since);
}

static void put_day(struct area area, int row, const struct serving_day *day, int groups,
                    const struct frame *frame)
{
    char text[4 * FORMAT_TEXT];
    int at = DAY_WIDTH + CELL_WIDTH;
    area_field(area, row, 0, DAY_WIDTH, ALIGN_LEFT, STYLE_STRONG, format_day(day->day, text));
    put_cell(area, row, DAY_WIDTH, &day->total, true);
    for (int g = 0; g < groups; g++, at += CELL_WIDTH)
        put_cell(area, row, at, &day->groups[g], false);
    bool sealed = day->layer == SERVING_BATCH;
    if (sealed)
        sealed_text(frame, day, text, sizeof text);
    else
        live_text(frame, day, text, sizeof text);
    area_put(area, row, at + 1,
             sealed && day->since != 0 ? STYLE_WARN
             : sealed                  ? STYLE_BATCH
                                       : STYLE_LIVE,
             text);
}

static void put_lambda_header(struct area area, const struct served *served, int groups)
{
    int at = DAY_WIDTH;
    area_put(area, 0, 0, STYLE_LABEL, "day");
    area_field(area, 0, at, CELL_WIDTH - 1, ALIGN_RIGHT, STYLE_LABEL, "total  ");
    at += CELL_WIDTH;
    for (int g = 0; g < groups; g++, at += CELL_WIDTH) {
        struct area title = area_part(area, 0, at + 1, 1, CELL_WIDTH - 4);
        area_field(title, 0, 0, title.columns, ALIGN_RIGHT, STYLE_LABEL, served->groups[g].label);
    }
    area_put(area, 0, at + 1, STYLE_LABEL, "L live, B batch: never both");
}

static void put_lambda(struct area area, const struct frame *frame)
{
    const struct served *served = frame->served;
    char text[FORMAT_TEXT];
    if (!served || served->days_len == 0) {
        area_put(area, 0, 0, STYLE_LABEL, "no day yet: the first event begins one");
        return;
    }
    int room = (area.columns - DAY_WIDTH - CELL_WIDTH - NOTE_WANTED) / CELL_WIDTH;
    if (room < 1)
        room = (area.columns - DAY_WIDTH - CELL_WIDTH - NOTE_LEAST) / CELL_WIDTH;
    int groups = room < served->groups_len ? room : served->groups_len;
    groups = groups < 0 || frame->app->config.definition->group_by_len == 0 ? 0 : groups;
    bool trouble = frame->batch && frame->batch->seal_trouble[0];
    int last = area.rows - (trouble ? 1 : 0);
    put_lambda_header(area, served, groups);
    for (int d = 0; d < served->days_len && 1 + d < last; d++)
        put_day(area, 1 + d, &served->days[d], groups, frame);
    if (trouble)
        area_print(area, last, 0, STYLE_ALARM, "not sealed: %s", frame->batch->seal_trouble);
    else if (served->days_len + 1 < last && frame->app->seal_day != INT32_MIN)
        area_print(area, served->days_len + 1, 0, STYLE_LABEL,
                   frame->app->seal_again ? "s runs %s again in batch"
                                          : "s seals %s without waiting for its end",
                   format_day(frame->app->seal_day, text));
}

/* --- Kappa ----------------------------------------------------------------------------------- */

static void put_running(struct area area, int row, const struct snapshot_replay *replay)
{
    char rate[FORMAT_TEXT], rows[FORMAT_TEXT];
    double share = replay->total > 0 ? (double)replay->bytes / (double)replay->total : 0;
    double seconds = (double)replay->took_ns / 1e9;
    share = share > 1 ? 1 : share;
    format_short(seconds > 0 ? (uint64_t)((double)replay->rows / seconds) : 0, rate);
    int at = area_print(area, row, 0, STYLE_LIVE_STRONG, "REPLAY %d %%", (int)(share * 100));
    at = at < 14 ? 14 : at;
    area_print(area, row, at, STYLE_TEXT, "%s events/s, %s so far", rate,
               format_count(replay->rows, rows));
}

static void put_switched(struct area area, int row, const struct snapshot_replay *replay,
                         const struct zone *zone)
{
    char clock[FORMAT_TEXT], rows[FORMAT_TEXT], took[FORMAT_TEXT], held[FORMAT_TEXT];
    int at = area_print(area, row, 0, STYLE_STRONG,
                        "switched at %s: ", format_clock(replay->switched, zone, clock));
    if (replay->same)
        area_put(area, row, at, STYLE_GOOD, "same answer");
    else
        area_put(area, row, at, STYLE_WARN, replay->text);
    area_print(area, row + 1, 0, STYLE_TEXT, "%s events in %s; live stood still for %s",
               format_count(replay->rows, rows), format_ns(replay->took_ns, took),
               format_ns(replay->held_ns, held));
}

static void put_kappa(struct area area, const struct frame *frame)
{
    const struct snapshot_replay *replay = frame->replay;
    const struct zone *zone = frame->app->config.definition->zone;
    switch (replay ? replay->state : REPLAY_NONE) {
    case REPLAY_NONE:
        area_put(area, 0, 0, STYLE_TEXT, "the live engine serves; no replay yet");
        area_put(area, 1, 0, STYLE_LABEL,
                 "r counts history again from its first byte, while this answer serves");
        break;
    case REPLAY_RUNNING:
        put_running(area, 0, replay);
        area_put(area, 1, 0, STYLE_LABEL, "the old answer serves until the new one is as far");
        break;
    case REPLAY_SWITCHED:
        put_switched(area, 0, replay, zone);
        break;
    case REPLAY_FAILED:
        area_put(area, area_wrap(area, 0, 0, STYLE_ALARM, replay->text), 0, STYLE_TEXT,
                 "no switch: the old answer goes on serving");
        return;
    }
    area_put(area, 2, 0, STYLE_LABEL,
             "a replay is as of now: what was ahead of the clock once, and is not, counts");
    area_put(area, 3, 0, STYLE_LABEL, "without a screen: tailrace replay FEED -o DIR");
}

/* --- micro-batch ----------------------------------------------------------------------------- */

static void put_micro(struct area area, const struct frame *frame)
{
    const struct snapshot_live *live = frame->live;
    const struct zone *zone = frame->app->config.definition->zone;
    int64_t every = frame->app->trigger_ms;
    char step[FORMAT_TEXT], at[FORMAT_TEXT], next[FORMAT_TEXT], age[FORMAT_TEXT];
    char real[FORMAT_TEXT];
    area_print(area, 0, 0, STYLE_LIVE_STRONG, "MICRO-BATCH every %s%s", format_step(every, step),
               panel_real_time(frame, every, real));
    if (live && live->trigger_ms > 0) {
        int64_t age_ms = frame->clock > live->as_of ? frame->clock - live->as_of : 0;
        area_print(area, 1, 0, STYLE_TEXT, "told %s, %s ago; next %s",
                   format_clock(live->as_of, zone, at), format_duration(age_ms, age),
                   format_clock((live->as_of / every + 1) * every, zone, next));
    } else {
        area_put(area, 1, 0, STYLE_TEXT, "nothing told yet");
    }
    area_put(area, 2, 0, STYLE_LABEL,
             "every event is counted as it comes; only what you see waits for the trigger");
    area_put(area, 3, 0, STYLE_LABEL, "[ and ] change it: 5 min, 1 min, 30 s, 10 s, 1 s, 100 ms");
}

/* --- the panel ------------------------------------------------------------------------------- */

static int days_of(const struct frame *frame)
{
    int days = frame->served ? frame->served->days_len : 0;
    return days > 0 ? days : 1;
}

int panel_arrangement_least(const struct frame *frame)
{
    bool lambda = arrangement_of(frame) == ARRANGEMENT_LAMBDA;
    int rows = lambda && days_of(frame) < 2 ? 2 : 3;
    return rows + 2;
}

int panel_arrangement_most(const struct frame *frame)
{
    bool lambda = arrangement_of(frame) == ARRANGEMENT_LAMBDA;
    return 2 + (lambda ? days_of(frame) + 2 : TEXT_ROWS);
}

void panel_arrangement(struct area area, const struct frame *frame)
{
    static const char *const remarks[ARRANGEMENT_COUNT] = {
        "both answers", "each day from one layer", "one engine, history replayed through it",
        "results once per trigger"};
    static void (*const draw[ARRANGEMENT_COUNT])(struct area, const struct frame *) = {
        put_kappa, put_lambda, put_kappa, put_micro};
    enum arrangement arrangement = arrangement_of(frame);
    const char *name = arrangement_name(arrangement), *remark = remarks[arrangement];
    struct area inside = panel_box(area, STYLE_STRONG, name,
                                   panel_remark_fits(area, name, remark, "") ? remark : "", "");
    draw[arrangement](inside, frame);
}
