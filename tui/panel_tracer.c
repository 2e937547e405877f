/* YOUR TICKET: one event, two stopwatches. */
#include "tui/panel.h"

#include <stdio.h>
#include <string.h>

enum { AT = 7, EARLIER_LEAST = 3 };

char *panel_real_time(const struct frame *frame, int64_t ms, char out[FORMAT_TEXT])
{
    char real[FORMAT_TEXT];
    out[0] = '\0';
    if (frame->app->speed > 1)
        snprintf(out, FORMAT_TEXT, " (%.24s)", format_duration(ms / frame->app->speed, real));
    return out;
}

static void put_live(struct area area, int row, const struct frame *frame,
                     const struct app_tracer *tracer)
{
    char text[FORMAT_TEXT];
    area_put(area, row, 0, STYLE_LIVE_STRONG, "live");
    if (tracer->live_ns >= 0) {
        int at = area_put(area, row, AT, STYLE_LABEL, "seen after ");
        area_put(area, row, at, STYLE_STRONG, format_ns(tracer->live_ns, text));
    } else {
        int at = area_put(area, row, AT, STYLE_WARN, "waiting ");
        area_put(area, row, at, STYLE_TEXT, format_ns(frame->mono - tracer->since, text));
    }
}

/* Two stopwatches for a lane that lags by minutes: the feed's clock, and the machine's. */
static void put_seen(struct area area, int row, const struct frame *frame,
                     const struct app_tracer *tracer)
{
    char text[FORMAT_TEXT], real[FORMAT_TEXT], behind[2 * FORMAT_TEXT];
    bool simulated = frame->app->config.simulated;
    if (simulated)
        format_duration(tracer->batch_ms, text);
    else
        format_ns(tracer->batch_ns, text);
    bool wide = AT + (int)strlen("seen after ") + area_width(area, text) <= area.columns;
    int at = area_put(area, row, AT, STYLE_LABEL, wide ? "seen after " : "after ");
    at = area_put(area, row, at, STYLE_STRONG, text);
    if (!simulated)
        return;
    snprintf(behind, sizeof behind, " (%s)", format_ns(tracer->batch_ns, real));
    area_put_whole(area, row, at, STYLE_LABEL, behind);
}

/* Returns the row behind. */
static int put_batch(struct area area, int row, const struct frame *frame,
                     const struct app_tracer *tracer)
{
    char text[FORMAT_TEXT];
    area_put(area, row, 0, STYLE_BATCH_STRONG, "batch");
    if (tracer->batch_ns >= 0) {
        put_seen(area, row, frame, tracer);
        return row + 1;
    }
    int64_t waited = app_waited_ms(frame->app, tracer, frame->mono, frame->clock);
    int at = area_put(area, row, AT, STYLE_WARN, "waiting ");
    at = area_put(area, row, at, STYLE_TEXT, format_duration(waited, text));
    area_put_whole(area, row++, at, STYLE_LABEL, panel_real_time(frame, waited, text));
    if (!frame->batch || frame->batch->state != BATCH_WAITING)
        return row;
    int64_t left = panel_until_run(frame);
    at = area_put(area, row, AT, STYLE_LABEL, "next run in ");
    at = area_put(area, row, at, STYLE_TEXT, format_countdown(left, text));
    area_put_whole(area, row, at, STYLE_LABEL, panel_real_time(frame, left, text));
    return row + 1;
}

/* The tickets before this one, newest first. */
static void put_earlier(struct area area, int row, const struct frame *frame)
{
    const struct app *app = frame->app;
    if (app->tracers_len < 2 || area.rows - row < EARLIER_LEAST)
        return;
    area_put(area, row, 0, STYLE_LABEL, "earlier");
    area_field(area, row, area.columns - 24, 10, ALIGN_RIGHT, STYLE_LIVE, "live");
    area_field(area, row++, area.columns - 13, 13, ALIGN_RIGHT, STYLE_BATCH, "batch");
    for (int i = app->tracers_len - 2; i >= 0 && row < area.rows; i--, row++) {
        const struct app_tracer *tracer = &app->tracers[i];
        char text[FORMAT_TEXT];
        area_field(area, row, 0, area.columns - 25, ALIGN_LEFT, STYLE_TEXT, tracer->label);
        area_field(area, row, area.columns - 24, 10, ALIGN_RIGHT, STYLE_TEXT,
                   tracer->live_ns >= 0 ? format_ns(tracer->live_ns, text) : "-");
        area_field(area, row, area.columns - 13, 13, ALIGN_RIGHT, STYLE_TEXT,
                   tracer->batch_ns < 0           ? "waiting"
                   : frame->app->config.simulated ? format_duration(tracer->batch_ms, text)
                                                  : format_ns(tracer->batch_ns, text));
    }
}

static void put_nothing(struct area area, const struct frame *frame)
{
    const struct app *app = frame->app;
    bool armed = frame->live && frame->live->tracer.state == TRACER_ARMED;
    const char *text = armed ? "waiting for the next event of the feed: that one is yours"
                       : app->config.simulated
                           ? "press space: one goes into the feed, and a stopwatch runs for each "
                             "lane until it shows it"
                           : "press space: a stopwatch runs for each lane until it shows the next "
                             "event";
    area_wrap(area, 0, 0, armed ? STYLE_TRACER : STYLE_LABEL, text);
}

void panel_tracer(struct area area, const struct frame *frame)
{
    const struct app_tracer *tracer = app_tracer(frame->app);
    bool armed = frame->live && frame->live->tracer.state == TRACER_ARMED;
    bool ticket = strcmp(app_noun(frame->app), "ticket") == 0;
    struct area inside = panel_box(area, STYLE_TRACER, ticket ? "YOUR TICKET" : "YOUR EVENT",
                                   tracer && !armed ? tracer->label : "", "");
    if (!tracer || armed) {
        put_nothing(inside, frame);
        return;
    }
    put_live(inside, 0, frame, tracer);
    int row = put_batch(inside, 1, frame, tracer);
    put_earlier(inside, row + 1, frame);
}
