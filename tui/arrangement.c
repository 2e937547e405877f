/* Keys of the arrangements. */
#include "tui/arrangement.h"

#include "core/serving.h"
#include "tui/format.h"

enum { NS_PER_MS = 1000000 };

/* X18: whatever people call a micro-batch. */
static const int64_t triggers[] = {5 * MS_PER_MINUTE,  MS_PER_MINUTE, 30 * MS_PER_SECOND,
                                   10 * MS_PER_SECOND, MS_PER_SECOND, 100};
enum { TRIGGERS = sizeof triggers / sizeof *triggers };

const char *arrangement_name(enum arrangement arrangement)
{
    static const char *const names[ARRANGEMENT_COUNT] = {"SIDE BY SIDE", "LAMBDA", "KAPPA",
                                                         "MICRO-BATCH"};
    return names[arrangement];
}

enum app_want arrangement_next(struct app *app, mono_ns now)
{
    static const char *const said[ARRANGEMENT_COUNT] = {
        "side by side: both answers, next to each other",
        "Lambda: a day is served by batch once it is sealed, by live before",
        "Kappa: one engine; r replays history through it, then switches",
        "micro-batch: the same engine, its results told once per trigger"};
    app->arrangement = (enum arrangement)((app->arrangement + 1) % ARRANGEMENT_COUNT);
    app->view = app->arrangement == ARRANGEMENT_SIDE_BY_SIDE ? APP_RACE : APP_ARRANGEMENT;
    app->told_len = 0;
    app_say(app, now, false, "%s", said[app->arrangement]);
    return APP_ARRANGE;
}

void arrangement_settle(struct app *app, const struct served *served)
{
    const struct serving_day *day;
    app->seal_day = serving_next(served);
    day = serving_day(served, app->seal_day);
    app->seal_again = day && day->layer == SERVING_BATCH;
}

enum app_want arrangement_seal(struct app *app, mono_ns now)
{
    char day[FORMAT_TEXT];
    if (app->arrangement != ARRANGEMENT_LAMBDA) {
        app_say(app, now, true, "s seals a day where batch serves days; m goes to Lambda");
        return APP_NOTHING;
    }
    if (app->seal_day == INT32_MIN) {
        app_say(app, now, true, "every day is sealed, and nothing came since");
        return APP_NOTHING;
    }
    format_day(app->seal_day, day);
    bool confirmed = app->seal_asked == app->seal_day && now < app->seal_until;
    app->seal_asked = confirmed ? INT32_MIN : app->seal_day;
    app->seal_until = now + (int64_t)ARRANGEMENT_ASK_MS * NS_PER_MS;
    if (confirmed) {
        app_say(app, now, false, "%s goes to batch", day);
        return APP_SEAL;
    }
    if (app->seal_again)
        app_say(app, now, true, "run %s again in batch? s again does it", day);
    else
        app_say(app, now, true, "seal %s now, without waiting for its end? s again does it", day);
    return APP_NOTHING;
}

enum app_want arrangement_replay(struct app *app, mono_ns now)
{
    if (app->arrangement != ARRANGEMENT_KAPPA) {
        app_say(app, now, true, "r replays history where one engine serves; m goes to Kappa");
        return APP_NOTHING;
    }
    app_say(app, now, false, "history is replayed from its first byte");
    return APP_REPLAY;
}

enum app_want arrangement_step(struct app *app, bool oftener, mono_ns now)
{
    char step[FORMAT_TEXT];
    int64_t next = 0;
    for (int i = 0; i < TRIGGERS; i++) {
        if (oftener && triggers[i] < app->trigger_ms && next == 0)
            next = triggers[i];
        if (!oftener && triggers[i] > app->trigger_ms)
            next = triggers[i];
    }
    if (next == 0) {
        app_say(app, now, true, "every %s is as %s as micro-batches go",
                format_step(app->trigger_ms, step), oftener ? "short" : "long");
        return APP_NOTHING;
    }
    app->trigger_ms = next;
    app_say(app, now, false, "results every %s", format_step(next, step));
    return APP_ARRANGE;
}
