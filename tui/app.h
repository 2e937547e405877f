#ifndef TAILRACE_TUI_APP_H
#define TAILRACE_TUI_APP_H
/*
 * The screen's own state: what is open, what is paused, what was measured at the glass.
 *
 * app_update takes a key and says what the loop shall do; app_shown is told what a frame showed and
 * when it had been written, and measures from that. No drawing, no terminal, no engine, so all of
 * it runs in tests. Threads: main only.
 */
#include "core/arrangement.h"
#include "core/histogram.h"
#include "core/snapshot.h"
#include "tui/cursor.h"
#include "tui/keymap.h"

enum {
    APP_TRACERS = 12, /* remembered */
    APP_MESSAGE = 160,
    APP_MESSAGE_MS = 4000,
    APP_TOLD = 64
};

struct app_config {
    const struct definition *definition;
    const char *feed_name;
    bool simulated;
    bool looks; /* only at a state: --read-only */
    int speed;
    int64_t every_ms;
    enum arrangement arrangement; /* at the start */
    int64_t trigger_ms;           /* of micro-batch */
    epoch_ms start;               /* clock at the start: its day is day 1 */
};

/* One of your tickets, as seen at the glass. */
struct app_tracer {
    uint32_t number;
    bool own;
    char label[EVENT_LABEL + SNAPSHOT_LABEL]; /* filter */
    mono_ns since;
    epoch_ms since_clock;
    int64_t live_ns;  /* from `since` until the frame with it was written; -1: not yet */
    int64_t batch_ns; /* the same for the batch lane */
    int64_t batch_ms; /* the same on the clock in use */
};

struct app {
    struct app_config config;
    int speed;
    int64_t every_ms;

    bool paused;
    mono_ns paused_at;
    epoch_ms paused_clock;
    uint64_t read; /* records read by now, shown or not */

    int help_page; /* 0: closed, else 1 … */
    int help_pages;

    enum app_view view;
    int measure; /* of DIFFERENCE: counts up with each Tab, in turn through those there are */
    int reject;  /* of REJECTS: the group that is told of, from the top */
    bool explaining;
    int32_t day; /* shown; INT32_MIN: the newest (tui/days.h) */
    int days_len;
    int32_t days[SNAPSHOT_KNOWN]; /* to choose from, oldest first */
    enum arrangement arrangement;
    int64_t trigger_ms;
    int32_t seal_day; /* Lambda: what the key would seal; INT32_MIN: none */
    bool seal_again;  /* that day is sealed already */
    int32_t seal_asked;
    mono_ns seal_until;      /* until when the key again means yes */
    epoch_ms told[APP_TOLD]; /* micro-batch: as of when what was shown is, oldest first */
    int told_len;
    struct cursor cursor;
    struct cursor_table tables[CURSOR_LANES]; /* where it may stand on this screen */

    char message[APP_MESSAGE];
    mono_ns message_until;
    bool message_is_warning;

    struct histogram latency; /* event to screen, ns */
    int64_t latest_ns;        /* of the newest event shown; -1: none yet */
    uint64_t shown_read;      /* records in the newest frame written */
    bool caught_up;           /* the backlog found at the start has been shown */

    struct app_tracer tracers[APP_TRACERS]; /* oldest first */
    int tracers_len;
};

enum app_want {
    APP_NOTHING,
    APP_QUIT,
    APP_RUN_BATCH,
    APP_SET_EVERY, /* to app.every_ms */
    APP_SET_SPEED, /* to app.speed */
    APP_SEND,
    APP_ARRANGE, /* app.arrangement, app.trigger_ms */
    APP_SEAL,    /* app.seal_day */
    APP_REPLAY,
    APP_SHOW_DAY, /* app.day */
    APP_HOLD,     /* keep the present halves until APP_RELEASE */
    APP_RELEASE
};

void app_init(struct app *app, const struct app_config *config);

/* A key was pressed. The screen is to be redrawn after any key. */
enum app_want app_update(struct app *app, int32_t key, mono_ns now, epoch_ms clock);

/* A line in the footer for a few seconds. */
void app_say(struct app *app, mono_ns now, bool warning, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The line in force, or NULL. */
const char *app_message(const struct app *app, mono_ns now);

/* How many records have been read by now, shown or not. */
void app_received(struct app *app, uint64_t read);

/* A frame with these halves (NULL: none yet) had been written at `when`, `clock` on the clock in
 * use. True when a stopwatch stopped: worth a frame of its own. Latencies wait for the next one. */
bool app_shown(struct app *app, const struct snapshot_live *live,
               const struct snapshot_batch *batch, mono_ns when, epoch_ms clock);

/* The newest tracer, NULL when there is none. */
const struct app_tracer *app_tracer(const struct app *app);
/* How long a ticket has waited at that moment, on the clock in use, whether or not the wall clock
 * was set meanwhile. */
int64_t app_waited_ms(const struct app *app, const struct app_tracer *tracer, mono_ns when,
                      epoch_ms clock);
/* The clock was set by so much: what is remembered of it moves along (core/clock.h). */
void app_clock_set(struct app *app, int64_t by_ms);
/* Whether a measure adds up, so that a difference of two answers has parts: count and sums. */
bool app_compares(const struct measure *measure);
/* How many measures DIFFERENCE goes through. */
int app_measures(const struct app *app);
/* The definition's index of the measure that DIFFERENCE shows; -1: there is none it could show. */
int app_measure(const struct app *app);
/* Whether an action asks something of the lanes. */
bool app_counts(enum action action);
/* What one event is called on this screen: "ticket" or "event". */
const char *app_noun(const struct app *app);

#endif
