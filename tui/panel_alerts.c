/* ALERTS: the episodes touched last, newest first, a line each (S-74). */
#include "tui/panel.h"

#include <stdio.h>
#include <string.h>

enum { CLOCK_WIDTH = 8, TYPE_MOST = 15, TYPE_LEAST = 6, WIDE = 40 };

static const struct definition *definition_of(const struct frame *frame)
{
    return frame->app->config.definition;
}

/* Types stand in a column as wide as the longest. */
static int type_width(const struct area *area, const struct frame *frame)
{
    const struct definition *definition = definition_of(frame);
    int width = 0, most = area->columns >= WIDE ? TYPE_MOST : TYPE_LEAST;
    for (int r = 0; r < definition->rules_len; r++) {
        int own = area_width(*area, definition->rules[r].alert);
        width = own > width ? own : width;
    }
    return width < most ? width : most;
}

/* "customer 221" of a field customer_id; "" without a subject. */
static char *say_subject(const struct frame *frame, const struct snapshot_alert *alert,
                         char out[FORMAT_TEXT * 2])
{
    const struct definition *definition = definition_of(frame);
    int per = definition->rules[alert->rule].per;
    out[0] = '\0';
    if (per < 0 || !alert->text.subject[0])
        return out;
    const char *name = definition->fields[per].name;
    size_t len = strlen(name);
    if (len > 3 && strcmp(name + len - 3, "_id") == 0)
        len -= 3;
    snprintf(out, FORMAT_TEXT * 2, "%.*s %s", (int)len, name, alert->text.subject);
    return out;
}

/* What stands at the right end: the one thing most worth knowing. `brief`: where room is short,
 * and only what must not be missed. */
static enum style say_state(const struct frame *frame, const struct snapshot_alert *alert,
                            bool brief, char out[FORMAT_TEXT])
{
    const struct definition *definition = definition_of(frame);
    const struct rule *rule = &definition->rules[alert->rule];
    char count[FORMAT_TEXT], span[FORMAT_TEXT];
    out[0] = '\0';
    if (alert->retracted) {
        snprintf(out, FORMAT_TEXT, "retracted");
        return STYLE_LABEL;
    }
    if (alert->count > 1) {
        int used = snprintf(out, FORMAT_TEXT, "x%.20s", format_count(alert->count, count));
        if (!brief)
            snprintf(out + used, FORMAT_TEXT - (size_t)used, " in %.24s",
                     format_duration(alert->last - alert->first, span));
        return STYLE_STRONG;
    }
    if (alert->late) {
        snprintf(out, FORMAT_TEXT, "late");
        return STYLE_WARN;
    }
    if (brief)
        return STYLE_TEXT;
    if (rule->kind == RULE_SLA)
        snprintf(out, FORMAT_TEXT, "open %.24s", format_step(rule->limit_ms, span));
    else if (alert->has_amount && definition->alert_field >= 0)
        format_amount(alert->amount, definition->fields[definition->alert_field].places, out);
    return STYLE_TEXT;
}

/* The event, or where there are several, whose they are; then whose the one is, where that fits. */
static void put_what(struct area area, int at, const struct frame *frame,
                     const struct snapshot_alert *alert)
{
    char text[FORMAT_TEXT * 2];
    if (alert->count == 1 && alert->text.label[0])
        at = area_print(area, 0, at, STYLE_TEXT, "#%s", alert->text.label) + 1;
    area_put_whole(area, 0, at, STYLE_LABEL, say_subject(frame, alert, text));
}

static int what_width(struct area area, const struct frame *frame,
                      const struct snapshot_alert *alert)
{
    char text[FORMAT_TEXT * 2];
    if (alert->count == 1 && alert->text.label[0])
        return 1 + area_width(area, alert->text.label);
    return area_width(area, say_subject(frame, alert, text));
}

/* Clock, type, what, state. */
static void put_alert(struct area area, int row, int type, const struct frame *frame,
                      const struct snapshot_alert *alert)
{
    char clock[FORMAT_TEXT], state[FORMAT_TEXT];
    const struct zone *zone = definition_of(frame)->zone;
    int at = CLOCK_WIDTH + 1 + type + 1;
    area_field(area, row, 0, CLOCK_WIDTH, ALIGN_LEFT, STYLE_LABEL,
               format_clock(alert->last, zone, clock));
    area_field(area, row, CLOCK_WIDTH + 1, type, ALIGN_LEFT,
               alert->retracted ? STYLE_LABEL : STYLE_ALARM,
               definition_of(frame)->rules[alert->rule].alert);
    enum style style = say_state(frame, alert, false, state);
    if (at + what_width(area, frame, alert) + 1 + area_width(area, state) > area.columns)
        style = say_state(frame, alert, true, state);
    int width = area_width(area, state), right = area.columns - width;
    area_put_whole(area, row, right > at ? right : at, style, state);
    put_what(area_part(area, row, 0, 1, width > 0 ? right - 1 : right), at, frame, alert);
}

/* "HIGH 4 812  SLA 12" */
static char *say_totals(const struct frame *frame, char *out, size_t cap)
{
    const struct definition *definition = definition_of(frame);
    size_t used = 0;
    out[0] = '\0';
    for (int r = 0; frame->live && r < definition->rules_len && used < cap; r++) {
        char count[FORMAT_TEXT];
        if (frame->live->alerts_total[r] > 0)
            used += (size_t)snprintf(out + used, cap - used, "%s%s %s", used ? "  " : "",
                                     definition->rules[r].alert,
                                     format_count(frame->live->alerts_total[r], count));
    }
    return out;
}

/* "4 824 in all" */
static void say_total(const struct frame *frame, char *out, size_t cap)
{
    char count[FORMAT_TEXT];
    uint64_t total = 0;
    for (int r = 0; frame->live && r < definition_of(frame)->rules_len; r++)
        total += frame->live->alerts_total[r];
    snprintf(out, cap, "%s in all", format_count(total, count));
}

static void put_nothing(struct area area, const struct frame *frame)
{
    const struct definition *definition = definition_of(frame);
    char text[RULES_MAX * (NAME_MAX_LEN + 2) + 32];
    size_t used = (size_t)snprintf(text, sizeof text, "none yet; watched for: ");
    for (int r = 0; r < definition->rules_len && used < sizeof text; r++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", r ? ", " : "",
                                 definition->rules[r].alert);
    area_wrap(area, 0, 0, STYLE_LABEL, text);
}

/* --- health, and the ways out --- */

enum { RESOLVED_SHOWN_MS = 60 * 1000 };

/* Resolved ones stay for a minute. */
static bool is_shown(const struct frame *frame, const struct health_alert *alert)
{
    return alert->active || (alert->number > 0 && frame->mono - alert->resolved_at <
                                                      RESOLVED_SHOWN_MS * INT64_C(1000000));
}

bool panel_alerts_wanted(const struct frame *frame)
{
    bool wanted = frame->outlet && frame->outlet[0];
    for (int k = 0; frame->live && k < HEALTH_KINDS; k++)
        wanted |= frame->live->health[k].number > 0;
    return wanted;
}

static void say_health(const struct health_alert *alert, char out[FORMAT_TEXT * 2])
{
    static const char *const resolved[] = {[HEALTH_LAG] = "caught up",
                                           [HEALTH_WATERMARK_STALLED] = "the watermark moves",
                                           [HEALTH_MANY_REJECTS] = "few rejects again"};
    char lasting[FORMAT_TEXT], amount[FORMAT_TEXT];
    format_duration(alert->lasting_ms, lasting);
    if (!alert->active)
        snprintf(out, FORMAT_TEXT * 2, "%s", resolved[alert->kind]);
    else if (alert->kind == HEALTH_LAG)
        snprintf(out, FORMAT_TEXT * 2, "lag %.24s, %.24s", lasting,
                 format_bytes(alert->amount, amount));
    else if (alert->kind == HEALTH_WATERMARK_STALLED)
        snprintf(out, FORMAT_TEXT * 2, "watermark held %.24s", lasting);
    else
        snprintf(out, FORMAT_TEXT * 2, "%.24s not understood /min",
                 format_count(alert->amount, amount));
}

/* Clock, where there is room for it, and what is wrong or was. */
static void put_health(struct area area, int row, const struct frame *frame,
                       const struct health_alert *alert)
{
    char clock[FORMAT_TEXT], text[FORMAT_TEXT * 2];
    epoch_ms when = alert->active ? alert->since : alert->until;
    int at = 0;
    if (area.columns >= WIDE)
        at = 1 + area_put(area, row, 0, STYLE_LABEL,
                          format_clock(when, definition_of(frame)->zone, clock));
    say_health(alert, text);
    at = 1 + area_put(area, row, at, alert->active ? STYLE_ALARM : STYLE_LABEL, "HEALTH");
    area_put(area, row, at, alert->active ? STYLE_TEXT : STYLE_LABEL, text);
}

/* Rows used. */
static int put_concerns(struct area area, const struct frame *frame)
{
    int row = 0;
    if (frame->outlet && frame->outlet[0] && row < area.rows)
        area_put(area, row++, 0, STYLE_WARN, frame->outlet);
    for (int k = 0; frame->live && k < HEALTH_KINDS && row < area.rows; k++)
        if (is_shown(frame, &frame->live->health[k]))
            put_health(area, row++, frame, &frame->live->health[k]);
    return row;
}

void panel_alerts(struct area area, const struct frame *frame)
{
    char totals[RULES_MAX * (NAME_MAX_LEN + FORMAT_TEXT)];
    const char *figure = frame->live && frame->live->limits.met[LIMIT_ALERTS] > 0 ? "degraded" : "";
    say_totals(frame, totals, sizeof totals);
    if (!panel_remark_fits(area, "ALERTS", totals, figure))
        say_total(frame, totals, sizeof totals);
    if (!panel_remark_fits(area, "ALERTS", totals, figure) || definition_of(frame)->rules_len == 0)
        totals[0] = '\0';
    struct area inside = panel_box(area, STYLE_ALARM, "ALERTS", totals, figure);
    int type = type_width(&inside, frame), used = put_concerns(inside, frame);
    inside = area_part(inside, used, 0, inside.rows - used, inside.columns);
    if (definition_of(frame)->rules_len == 0)
        return;
    if (!frame->live || frame->live->alerts_len == 0) {
        put_nothing(inside, frame);
        return;
    }
    for (int i = 0; i < frame->live->alerts_len && i < inside.rows; i++)
        put_alert(inside, i, type, frame, &frame->live->alerts[i]);
}
