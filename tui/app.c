/* The screen's own state, and what keys and frames do to it. */
#include "tui/app.h"

#include "tui/arrangement.h"
#include "tui/days.h"
#include "tui/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NS_PER_MS = 1000000 };

static const int64_t schedules[] = {
    MS_PER_DAY,    MS_PER_HOUR,        15 * MS_PER_MINUTE, 5 * MS_PER_MINUTE,
    MS_PER_MINUTE, 10 * MS_PER_SECOND, MS_PER_SECOND,      100};
static const int64_t speeds[] = {1, 2, 5, 10, 30, 60, 120, 360, 720, 1800, 3600};

enum { SCHEDULES = sizeof schedules / sizeof *schedules, SPEEDS = sizeof speeds / sizeof *speeds };

void app_init(struct app *app, const struct app_config *config)
{
    *app = (struct app){
        .config = *config,
        .speed = config->speed,
        .every_ms = config->every_ms,
        .help_pages = 1,
        .arrangement = config->arrangement,
        .trigger_ms = config->trigger_ms > 0 ? config->trigger_ms : ARRANGEMENT_TRIGGER_MS,
        .view = config->arrangement == ARRANGEMENT_SIDE_BY_SIDE ? APP_RACE : APP_ARRANGEMENT,
        .day = INT32_MIN,
        .seal_day = INT32_MIN,
        .seal_asked = INT32_MIN,
        .latest_ns = -1};
    int count = app_measure(app);
    app->cursor.what = count < 0 ? 0 : count;
}

void app_say(struct app *app, mono_ns now, bool warning, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(app->message, sizeof app->message, format, arguments);
    va_end(arguments);
    app->message_until = now + (int64_t)APP_MESSAGE_MS * NS_PER_MS;
    app->message_is_warning = warning;
}

const char *app_message(const struct app *app, mono_ns now)
{
    return app->message[0] && now < app->message_until ? app->message : NULL;
}

const char *app_noun(const struct app *app)
{
    return strcmp(app->config.definition->name, "tickets") == 0 ? "ticket" : "event";
}

const struct app_tracer *app_tracer(const struct app *app)
{
    return app->tracers_len > 0 ? &app->tracers[app->tracers_len - 1] : NULL;
}

bool app_compares(const struct measure *measure)
{
    return measure->kind == MEASURE_COUNT || measure->kind == MEASURE_SUM;
}

int app_measures(const struct app *app)
{
    const struct definition *definition = app->config.definition;
    int len = 0;
    for (int i = 0; i < definition->measures_len; i++)
        len += app_compares(&definition->measures[i]);
    return len;
}

static enum app_want step_schedule(struct app *app, bool oftener, mono_ns now)
{
    char step[FORMAT_TEXT];
    int64_t next = 0;
    /* A schedule given on the command line may stand between two steps. */
    for (int i = 0; i < SCHEDULES; i++) {
        if (oftener && schedules[i] < app->every_ms && next == 0)
            next = schedules[i];
        if (!oftener && schedules[i] > app->every_ms)
            next = schedules[i];
    }
    if (next == 0) {
        app_say(app, now, true, "every %s is as %s as batch goes", format_step(app->every_ms, step),
                oftener ? "often" : "seldom");
        return APP_NOTHING;
    }
    app->every_ms = next;
    app_say(app, now, false, "batch every %s", format_step(next, step));
    return APP_SET_EVERY;
}

static enum app_want step_speed(struct app *app, bool faster, mono_ns now)
{
    int64_t next = 0;
    for (int i = 0; i < SPEEDS; i++) {
        if (faster && speeds[i] > app->speed && next == 0)
            next = speeds[i];
        if (!faster && speeds[i] < app->speed)
            next = speeds[i];
    }
    if (next == 0) {
        app_say(app, now, true, "x%d is as %s as it goes", app->speed, faster ? "fast" : "slow");
        return APP_NOTHING;
    }
    app->speed = (int)next;
    app_say(app, now, false, "speed x%d", app->speed);
    return APP_SET_SPEED;
}

static enum app_want toggle_pause(struct app *app, mono_ns now, epoch_ms clock)
{
    app->paused = !app->paused;
    if (app->paused) {
        app->paused_at = now;
        app->paused_clock = clock;
        app_say(app, now, false, "paused: counting goes on unseen; p to go on");
        return APP_HOLD;
    }
    /* What came during the pause was kept from the glass by the reader's wish: not a latency. */
    app->shown_read = app->read;
    app_say(app, now, false, "going on");
    return APP_RELEASE;
}

static enum app_want send(struct app *app, mono_ns now)
{
    if (app->config.simulated)
        app_say(app, now, false, "your %s goes into the feed", app_noun(app));
    else
        app_say(app, now, false, "the next event to arrive is yours");
    return APP_SEND;
}

/* The count before the sums, whatever their order in the tables. */
int app_measure(const struct app *app)
{
    const struct definition *definition = app->config.definition;
    int len = app_measures(app);
    int left = len > 0 ? app->measure % len : 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < definition->measures_len; i++) {
            bool counts = definition->measures[i].kind == MEASURE_COUNT;
            if (app_compares(&definition->measures[i]) && counts == (pass == 0) && left-- == 0)
                return i;
        }
    }
    return -1;
}

static void next_measure(struct app *app, mono_ns now)
{
    int measures = app_measures(app);
    if (app->view != APP_DIFFERENCE)
        app_say(app, now, true, "Tab goes through the measures of DIFFERENCE; d opens it");
    else if (measures < 2)
        app_say(app, now, true, "there is one measure to compare: no other count or sum");
    else
        app->measure = (app->measure + 1) % measures;
}

static void move_cursor(struct app *app, enum action action, mono_ns now)
{
    int down = (action == ACTION_DOWN) - (action == ACTION_UP);
    if (!app->explaining && app->view == APP_REJECTS && down != 0)
        app->reject += down;
    else if (!app->explaining)
        app_say(app, now, true, "up and down move the cursor of the explanation; e opens it");
    else
        cursor_move(&app->cursor, app->tables, (action == ACTION_RIGHT) - (action == ACTION_LEFT),
                    (action == ACTION_DOWN) - (action == ACTION_UP));
}

/* What was opened on top goes first. */
static bool go_back(struct app *app)
{
    bool open = app->explaining || app->view != APP_RACE;
    if (app->explaining)
        app->explaining = false;
    else
        app->view = APP_RACE;
    return open;
}

/* Any key leaves the help, but its own turns the page. */
static bool help_took(struct app *app, enum action action)
{
    if (app->help_page == 0 || action == ACTION_QUIT)
        return false;
    bool more = action == ACTION_HELP && app->help_page < app->help_pages;
    app->help_page = more ? app->help_page + 1 : 0;
    return true;
}

static void hint(struct app *app, int32_t key, mono_ns now)
{
    enum action action;
    if (keymap_find(key, true, &action) || keymap_find(key, false, &action))
        app_say(app, now, true, "speed belongs to the simulator; this feed runs in real time");
    else if (key > ' ' && key < 0x7F)
        app_say(app, now, true, "%c does nothing here; ? lists the keys", (char)key);
    else
        app_say(app, now, true, "that key does nothing here; ? lists the keys");
}

/* What keys do that change only what this screen shows. */
static void change_view(struct app *app, const struct key_entry *entry, enum action action,
                        mono_ns now)
{
    switch (action) {
    case ACTION_VIEW:
        app->view = app->view == entry->view ? APP_RACE : entry->view;
        break;
    case ACTION_MEASURE:
        next_measure(app, now);
        break;
    case ACTION_EXPLAIN:
        app->explaining = !app->explaining;
        break;
    case ACTION_HELP:
        app->help_page = 1;
        break;
    case ACTION_BACK:
        if (!go_back(app))
            app_say(app, now, true, "nothing is open that Esc could close; ? lists the keys");
        break;
    default:
        move_cursor(app, action, now);
    }
}

/* What asks something of the lanes. */
bool app_counts(enum action action)
{
    return action == ACTION_SEND || action == ACTION_BATCH || action == ACTION_SELDOMER ||
           action == ACTION_OFTENER || action == ACTION_ARRANGE || action == ACTION_SEAL ||
           action == ACTION_REPLAY || action == ACTION_SLOWER || action == ACTION_FASTER;
}

enum app_want app_update(struct app *app, int32_t key, mono_ns now, epoch_ms clock)
{
    enum action action = ACTION_NONE;
    const struct key_entry *entry = keymap_find(key, app->config.simulated, &action);
    if (help_took(app, action))
        return APP_NOTHING;
    if (!entry) {
        hint(app, key, now);
        return APP_NOTHING;
    }
    if (app->config.looks && app_counts(action)) {
        app_say(app, now, true,
                "only looking (--read-only): the keys of the lanes do nothing here");
        return APP_NOTHING;
    }
    /* one engine, one letter: history is what Kappa is about */
    if (entry->view == APP_REJECTS && key == 'r' && app->arrangement == ARRANGEMENT_KAPPA)
        action = ACTION_REPLAY;
    switch (action) {
    case ACTION_SEND:
        return send(app, now);
    case ACTION_BATCH:
        app_say(app, now, false, "batch runs now");
        return APP_RUN_BATCH;
    case ACTION_SELDOMER:
    case ACTION_OFTENER:
        if (app->arrangement == ARRANGEMENT_MICRO_BATCH)
            return arrangement_step(app, action == ACTION_OFTENER, now);
        return step_schedule(app, action == ACTION_OFTENER, now);
    case ACTION_ARRANGE:
        return arrangement_next(app, now);
    case ACTION_SEAL:
        return arrangement_seal(app, now);
    case ACTION_REPLAY:
        return arrangement_replay(app, now);
    case ACTION_SLOWER:
    case ACTION_FASTER:
        return step_speed(app, action == ACTION_FASTER, now);
    case ACTION_PAUSE:
        return toggle_pause(app, now, clock);
    case ACTION_QUIT:
        return APP_QUIT;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        if (!app->explaining)
            return days_move(app, action == ACTION_RIGHT ? 1 : -1, now);
        break;
    case ACTION_BACK:
        if (!app->explaining && app->view == APP_RACE && days_chosen(app))
            return days_newest(app, now);
        break;
    default:
        break;
    }
    change_view(app, entry, action, now);
    return APP_NOTHING;
}

void app_received(struct app *app, uint64_t read)
{
    app->read = read;
}

/*
 * Latency is measured per mark: from when its bytes were first seen readable to the moment the
 * frame was written. What lay in the feed before this program looked has waited for no lane, so the
 * measuring begins when that backlog has been shown.
 */
static void measure_latency(struct app *app, const struct snapshot_live *live, mono_ns when)
{
    for (int i = 0; i < live->marks_len; i++) {
        const struct snapshot_mark *mark = &live->marks[i];
        if (mark->read <= app->shown_read)
            continue;
        app->latest_ns = when - mark->readable;
        if (app->caught_up)
            histogram_add(&app->latency, app->latest_ns);
    }
    if (live->outcomes.read > app->shown_read)
        app->shown_read = live->outcomes.read;
    if (live->feed.state != FEED_WAITING_FILE && live->feed.unread <= live->feed.unfinished)
        app->caught_up = true;
}

/* As of when each answer was that reached the glass: the teeth of its age (S-117). */
static void note_told(struct app *app, const struct snapshot_live *live)
{
    bool known = app->told_len > 0 && app->told[app->told_len - 1] == live->as_of;
    if (live->trigger_ms == 0 || known)
        return;
    if (app->told_len == APP_TOLD)
        memmove(app->told, app->told + 1, (size_t)--app->told_len * sizeof *app->told);
    app->told[app->told_len++] = live->as_of;
}

static struct app_tracer *newest_tracer(struct app *app, const struct snapshot_tracer *tracer)
{
    const struct app_tracer *newest = app_tracer(app);
    if (!newest || newest->number != tracer->number) {
        if (app->tracers_len == APP_TRACERS) {
            app->tracers_len--;
            memmove(app->tracers, app->tracers + 1,
                    (size_t)app->tracers_len * sizeof *app->tracers);
        }
        app->tracers[app->tracers_len++] = (struct app_tracer){
            .number = tracer->number, .own = tracer->own, .live_ns = -1, .batch_ns = -1};
    }
    return &app->tracers[app->tracers_len - 1];
}

int64_t app_waited_ms(const struct app *app, const struct app_tracer *tracer, mono_ns when,
                      epoch_ms clock)
{
    return app->config.simulated ? clock - tracer->since_clock : (when - tracer->since) / 1000000;
}

static bool follow_tracers(struct app *app, const struct snapshot_live *live,
                           const struct snapshot_batch *batch, mono_ns when, epoch_ms clock)
{
    bool measured = false;
    if (live && live->tracer.number > 0 && live->tracer.state >= TRACER_SENT) {
        struct app_tracer *tracer = newest_tracer(app, &live->tracer);
        memcpy(tracer->label, live->tracer.label, sizeof tracer->label);
        tracer->since = live->tracer.since;
        tracer->since_clock = live->tracer.since_clock;
        if (live->tracer.state == TRACER_SEEN && tracer->live_ns < 0) {
            tracer->live_ns = when - tracer->since;
            measured = true;
        }
    }
    for (int i = 0; batch && i < app->tracers_len; i++) {
        struct app_tracer *tracer = &app->tracers[i];
        if (tracer->batch_ns >= 0 || batch->tracer_seen < tracer->number)
            continue;
        tracer->batch_ns = when - tracer->since;
        tracer->batch_ms = app_waited_ms(app, tracer, when, clock);
        measured = true;
    }
    return measured;
}

bool app_shown(struct app *app, const struct snapshot_live *live,
               const struct snapshot_batch *batch, mono_ns when, epoch_ms clock)
{
    if (live) {
        measure_latency(app, live, when);
        note_told(app, live);
        days_note(app, live);
    }
    return follow_tracers(app, live, batch, when, clock);
}

void app_clock_set(struct app *app, int64_t by_ms)
{
    for (int i = 0; i < app->told_len; i++)
        app->told[i] += by_ms;
}
