/* The list of the last frame is what keys go by. */
#include "tui/days.h"

#include "tui/format.h"

#include <string.h>

void days_note(struct app *app, const struct snapshot_live *live)
{
    app->days_len = live->known_len;
    memcpy(app->days, live->known, (size_t)live->known_len * sizeof *app->days);
}

bool days_chosen(const struct app *app)
{
    return app->day != INT32_MIN;
}

bool days_finished(const struct snapshot_live *live)
{
    return live->known_len > 0 && live->table.day != live->known[live->known_len - 1];
}

enum app_want days_newest(struct app *app, mono_ns now)
{
    app->day = INT32_MIN;
    app_say(app, now, false, "the newest day again%s",
            app->config.looks ? "" : "; batch runs for it now");
    return APP_SHOW_DAY;
}

/* Where the day shown stands in the list; a day that is gone, where it would. */
static int place_of(const struct app *app)
{
    int place = app->days_len - 1;
    while (days_chosen(app) && place > 0 && app->days[place] > app->day)
        place--;
    return place;
}

enum app_want days_move(struct app *app, int step, mono_ns now)
{
    char day[FORMAT_TEXT];
    int place = place_of(app) + step;
    if (app->paused) {
        app_say(app, now, true, "paused: p goes on, then another day can be shown");
        return APP_NOTHING;
    }
    if (app->days_len == 0 || place < 0 || place >= app->days_len) {
        app_say(app, now, true, place < 0 ? "no older day is kept" : "no newer day has begun");
        return APP_NOTHING;
    }
    if (place == app->days_len - 1)
        return days_newest(app, now);
    app->day = app->days[place];
    app_say(app, now, false, "%s, as live counted it%s", format_day(app->day, day),
            app->config.looks ? "" : "; batch runs for it now");
    return APP_SHOW_DAY;
}
