/*
 * One thread, one poll. What happened is noted first (signals, keys, doorbell), then at most one
 * frame is drawn; publishing came before ringing, so a frame drawn after the bell shows what it was
 * rung for.
 */
#include "tui/loop.h"

#include "core/serving.h"
#include "tui/arrangement.h"
#include "tui/command_stop.h"
#include "tui/difference.h"
#include "tui/outgoing.h"
#include "tui/pace.h"
#include "tui/plain.h"
#include "tui/safe_text.h"
#include "tui/signals.h"
#include "tui/terminal_curses.h"
#include "tui/view.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    NS_PER_MS = 1000000,
    TICK_MS = 250,     /* between redraws while only the clock moves */
    LOOK_MS = 1000,    /* between looks at what no bell tells of */
    PATIENCE_MS = 500, /* for a reader of plain lines, at the end */
    KEYS_A_TURN = 64
};

struct loop {
    struct loop_config config;
    struct app app;
    struct terminal *terminal; /* NULL: plain lines */
    struct outgoing lines;
    bool ascii;
    struct cells *cells; /* the frame being drawn */
    struct cells *shown; /* the last frame written; NULL: none */
    struct pace pace;
    bool dirty;
    bool writing; /* the terminal has not taken all of the last frame: no other is made (S-120) */
    bool away;    /* the terminal is a shell's for now: counting goes on unseen (S-97) */
    bool quit;
    int status;
    mono_ns tick;                    /* when to redraw though nothing happened */
    mono_ns deadline;                /* of --for; WAKE_NEVER: none */
    struct snapshot_live *held_live; /* what a paused display shows */
    struct snapshot_batch *held_batch;
    bool has_held_live, has_held_batch;
    struct differences *differences; /* of the frame being drawn, by measure */
    struct served served;            /* of the frame being drawn */
    struct snapshot_replay replay;
    struct clock_look look; /* the last that told something new */
    char trouble[160];
    char outlet[OUTLET_TROUBLE];
    char outlet_said[OUTLET_TROUBLE]; /* in plain lines */
    uint64_t said;                    /* version of the last plain line */
};

/* Signals ring a bell of their own: the engine's is left alone while a frame is not due. */
static struct wake signal_bell;
static bool prepared;

static const struct theme *chosen_theme(const struct loop_config *config)
{
    return theme_choose(config->theme, getenv("NO_COLOR"), getenv("COLORFGBG"));
}

enum status loop_prepare(const struct loop_config *config, struct error *error)
{
    if (!chosen_theme(config))
        return error_set(error, STATUS_USAGE, "no theme is called '%s'; there are %s",
                         config->theme, theme_names);
    if (!prepared) {
        wake_init(&signal_bell);
        signals_start(&signal_bell, terminal_restore);
        fatal_hook(terminal_restore);
        prepared = true;
    }
    return STATUS_OK;
}

/* What keeps alerts from where they are to go, and how many of them. Whether some wait now. */
static bool say_outlet(struct alert_outlet *outlet, char out[OUTLET_TROUBLE])
{
    struct alert_outlet_counts counts = alert_outlet_counts(outlet);
    alert_outlet_trouble(outlet, out);
    bool waits = out[0] != '\0';
    if (counts.lost > 0)
        snprintf(out, OUTLET_TROUBLE, "%" PRIu64 " alerts are missing in the file", counts.lost);
    else if (!out[0] && counts.not_given > 0)
        snprintf(out, OUTLET_TROUBLE, "%" PRIu64 " alerts: the command did not take them",
                 counts.not_given);
    return waits;
}

/* The newest halves, or those held while the display is paused. */
static void take_frame(struct loop *loop, struct frame *frame)
{
    const struct loop_config *config = &loop->config;
    const struct snapshot_live *live = engine_live(config->engine);
    const struct snapshot_batch *batch = engine_batch(config->engine);
    engine_producer_trouble(config->engine, loop->trouble);
    bool waits = config->outlet && say_outlet(config->outlet, loop->outlet);
    app_received(&loop->app, live ? live->outcomes.read : 0);
    struct clock_look look = clock_look(config->clock);
    *frame = (struct frame){.app = &loop->app,
                            .live = live,
                            .batch = batch,
                            .trouble = loop->trouble,
                            .outlet = loop->outlet,
                            .outlet_waits = waits,
                            .look = look,
                            .clock = look.now,
                            .mono = clock_mono(config->clock),
                            .now = clock_machine()};
    engine_replay_state(config->engine, &loop->replay);
    frame->replay = &loop->replay;
    if (loop->app.paused) {
        frame->live = loop->has_held_live ? loop->held_live : NULL;
        frame->batch = loop->has_held_batch ? loop->held_batch : NULL;
        frame->clock = loop->app.paused_clock;
        frame->mono = loop->app.paused_at;
    }
}

static void hold(struct loop *loop)
{
    const struct snapshot_live *live = engine_live(loop->config.engine);
    const struct snapshot_batch *batch = engine_batch(loop->config.engine);
    loop->has_held_live = live != NULL;
    loop->has_held_batch = batch != NULL;
    if (live)
        *loop->held_live = *live;
    if (batch)
        *loop->held_batch = *batch;
}

/* The clock in use shows seconds; faster than the wall's, they run past, and four times a second is
 * calm. Short ages and stopwatches show tenths. */
static mono_ns next_tick(const struct loop *loop, const struct frame *frame)
{
    const struct app *app = &loop->app;
    const struct app_tracer *tracer = app_tracer(app);
    bool timing = tracer && (tracer->live_ns < 0 ||
                             (tracer->batch_ns < 0 && frame->now - tracer->since < 10000000000));
    bool fine = app->speed > 1 || app->arrangement == ARRANGEMENT_MICRO_BATCH ||
                loop->replay.state == REPLAY_RUNNING || app->every_ms <= 10 * MS_PER_SECOND ||
                timing || (frame->batch && frame->batch->state == BATCH_RUNNING);
    if (!app->paused && fine)
        return frame->now + (int64_t)TICK_MS * NS_PER_MS;
    int64_t into_second = clock_now(loop->config.clock) % MS_PER_SECOND;
    return frame->now + (MS_PER_SECOND - into_second) * (int64_t)NS_PER_MS;
}

static void resize(struct loop *loop)
{
    int width, height;
    terminal_size(loop->terminal, &width, &height);
    if (loop->cells && loop->cells->width == width && loop->cells->height == height)
        return;
    cells_free(loop->cells);
    loop->cells = cells_new(width, height, loop->ascii);
}

/* The grid just drawn becomes the one shown; that one is drawn on next. */
static void keep_as_shown(struct loop *loop)
{
    struct cells *drawn = loop->cells;
    loop->cells = loop->shown;
    loop->shown = drawn;
}

/* What is in the frame counts as seen when the terminal took all of it; a frame that it took late
 * is measured with the next one. */
static void draw(struct loop *loop)
{
    struct frame frame;
    resize(loop);
    take_frame(loop, &frame);
    loop->dirty = false;
    difference_all(loop->config.definition, frame.live, frame.batch, loop->differences);
    frame.differences = loop->differences;
    if (loop->app.arrangement == ARRANGEMENT_LAMBDA) {
        serving_make(loop->config.definition, frame.live, frame.batch, &loop->served);
        arrangement_settle(&loop->app, &loop->served);
        frame.served = &loop->served;
    }
    view_settle(loop->cells->width, loop->cells->height, &frame, &loop->app);
    view_draw(loop->cells, &frame);
    if (!loop->shown || !cells_equal(loop->cells, loop->shown)) {
        loop->writing = !terminal_draw(loop->terminal, loop->cells);
        pace_drawn(&loop->pace, frame.now);
        keep_as_shown(loop);
    }
    if (!loop->writing && app_shown(&loop->app, frame.live, frame.batch,
                                    clock_mono(loop->config.clock), clock_now(loop->config.clock)))
        loop->dirty = true;
    loop->tick = next_tick(loop, &frame);
}

static void obey(struct loop *loop, enum app_want want)
{
    const struct loop_config *config = &loop->config;
    struct error error;
    switch (want) {
    case APP_NOTHING:
        break;
    case APP_QUIT:
        loop->quit = true;
        break;
    case APP_RUN_BATCH:
        engine_run_batch(config->engine);
        break;
    case APP_SET_EVERY:
        engine_set_every(config->engine, loop->app.every_ms);
        break;
    case APP_SET_SPEED:
        clock_set_speed(config->clock, loop->app.speed);
        engine_clock_changed(config->engine);
        break;
    case APP_SEND:
        engine_send_tracer(config->engine);
        break;
    case APP_ARRANGE:
        engine_arrange(config->engine, loop->app.arrangement, loop->app.trigger_ms);
        break;
    case APP_SEAL:
        if (!engine_seal(config->engine, loop->app.seal_day))
            app_say(&loop->app, clock_machine(), true, "another day waits for batch; try again");
        break;
    case APP_SHOW_DAY:
        engine_show_day(config->engine, loop->app.day);
        break;
    case APP_REPLAY:
        if (engine_replay(config->engine, &error) != STATUS_OK)
            app_say(&loop->app, clock_machine(), true, "%s", error.text);
        break;
    case APP_HOLD:
        hold(loop);
        break;
    case APP_RELEASE:
        break;
    }
}

static void take_keys(struct loop *loop)
{
    int32_t key;
    if (terminal_gone(loop->terminal))
        loop->quit = true;
    for (int i = 0; i < KEYS_A_TURN && !loop->quit; i++) {
        if ((key = terminal_key(loop->terminal)) == KEY_NONE)
            return;
        obey(loop, app_update(&loop->app, key, clock_machine(), clock_now(loop->config.clock)));
        loop->dirty = true;
    }
}

static void redraw_all(struct loop *loop)
{
    cells_free(loop->shown);
    loop->shown = NULL;
    loop->dirty = true;
}

/* Takes the terminal again, unless it is a shell's: continued in the background, the program goes
 * on without a screen until it is called to the foreground. */
static void come_back(struct loop *loop)
{
    loop->away = !terminal_is_ours(loop->terminal);
    if (loop->away)
        return;
    terminal_enter(loop->terminal);
    loop->writing = !terminal_send(loop->terminal);
    redraw_all(loop);
}

static void take_signals(struct loop *loop)
{
    int bits = signals_take();
    if (bits & SIGNALS_STOP)
        loop->quit = true;
    if (!loop->terminal || bits == 0 || loop->quit)
        return;
    if (bits & SIGNALS_SUSPEND) {
        if (!loop->away)
            terminal_leave(loop->terminal);
        loop->away = true;
        signals_suspend();
    }
    if (bits & (SIGNALS_SUSPEND | SIGNALS_CONTINUE))
        come_back(loop);
    redraw_all(loop);
}

/* A line that is not taken waits, and no other is said until it was: lines are frames (S-120). */
static void send_line(struct loop *loop)
{
    loop->writing = !outgoing_send(&loop->lines);
    int why = loop->lines.errno_value;
    if (why == 0)
        return;
    loop->quit = true;
    loop->status = why == EPIPE ? 0 : 1; /* a reader that went away ends the program quietly */
    if (why != EPIPE)
        fprintf(stderr, "tailrace: standard output could not be written: %s\n", strerror(why));
}

static bool has_ended(const struct snapshot_live *live)
{
    return live && live->feed.state == FEED_ENDED && live->feed.unread == 0 && live->ring_len == 0;
}

/* Beside the lines, which are data. */
static void note_outlet(struct loop *loop)
{
    if (loop->outlet[0] && strcmp(loop->outlet, loop->outlet_said) != 0) {
        fputs("tailrace: ", stderr);
        safe_print(stderr, loop->outlet, strlen(loop->outlet));
        fputc('\n', stderr);
        memcpy(loop->outlet_said, loop->outlet, sizeof loop->outlet);
    }
}

static void say_line(struct loop *loop)
{
    char line[PLAIN_LINE + 1];
    struct frame frame;
    take_frame(loop, &frame);
    uint64_t version = plain_version(&frame);
    note_outlet(loop);
    loop->dirty = false;
    loop->tick = frame.now + (int64_t)LOOK_MS * NS_PER_MS; /* for what no line tells */
    app_shown(&loop->app, frame.live, frame.batch, frame.mono, frame.clock);
    if (has_ended(frame.live))
        loop->quit = true;
    if (!frame.live || version == loop->said)
        return;
    loop->said = version;
    size_t len = plain_line(&frame, loop->ascii, line);
    line[len++] = '\n';
    outgoing_add(&loop->lines, line, len);
    send_line(loop);
    loop->pace.due = frame.now + 1000000000;
}

static mono_ns earliest(const struct loop *loop)
{
    return loop->terminal ? pace_earliest(&loop->pace) : loop->pace.due;
}

/* No frame can be shown: the terminal has not taken the last one, or is a shell's. */
static bool is_unseen(const struct loop *loop)
{
    return loop->writing || loop->away;
}

/* The clock was set, or the machine slept: who sleeps until a moment of the clock looks again, and
 * the screen says so. */
static void look_at_clock(struct loop *loop)
{
    struct clock_look look = clock_look(loop->config.clock);
    if (look.set_at == loop->look.set_at && look.woke_at == loop->look.woke_at)
        return;
    app_clock_set(&loop->app, look.set_total_ms - loop->look.set_total_ms);
    loop->look = look;
    loop->dirty = true;
    engine_clock_changed(loop->config.engine);
}

static mono_ns wait_until(const struct loop *loop)
{
    mono_ns look = clock_machine() + (int64_t)LOOK_MS * NS_PER_MS;
    mono_ns until = loop->dirty ? earliest(loop) : loop->tick;
    if (is_unseen(loop) || look < until)
        until = look;
    return until < loop->deadline ? until : loop->deadline;
}

/* What was not taken before is offered again. */
static void look_at_output(struct loop *loop)
{
    bool writing = loop->writing;
    if (loop->away)
        come_back(loop);
    if (writing && loop->terminal)
        loop->writing = !terminal_send(loop->terminal);
    else if (writing)
        send_line(loop);
    loop->dirty |= writing && !loop->writing;
    loop->quit |= loop->terminal && terminal_hung_up(loop->terminal);
}

static int output_fd(const struct loop *loop)
{
    return loop->terminal ? terminal_output_fd(loop->terminal) : loop->lines.fd;
}

/* Sleeps until something is to be done. While a frame waits for its turn the engine's bell is not
 * listened to: it could only say what is known. */
static void wait_for_work(struct loop *loop)
{
    enum { SIGNALS, KEYS, GLASS, ENGINE };
    struct pollfd set[] = {
        [SIGNALS] = {.fd = signal_bell.fd, .events = POLLIN},
        [KEYS] = {.fd = loop->terminal && !loop->away ? terminal_fd(loop->terminal) : -1,
                  .events = POLLIN},
        [GLASS] = {.fd = loop->writing ? output_fd(loop) : -1, .events = POLLOUT},
        [ENGINE] = {.fd = loop->dirty ? -1 : loop->config.screen->fd, .events = POLLIN}};
    int64_t left = wait_until(loop) - clock_machine();
    left = left > 0 ? left : 0;
    const struct timespec timeout = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    ppoll(set, sizeof set / sizeof *set, &timeout, NULL);
    wake_clear(&signal_bell);
    take_signals(loop);
    if (set[ENGINE].revents) {
        wake_clear(loop->config.screen);
        loop->dirty = true;
    }
    if (set[KEYS].revents & POLLIN)
        take_keys(loop);
    else if (set[KEYS].revents)
        loop->quit = true;
    if (!loop->quit)
        look_at_output(loop);
    look_at_clock(loop);
    mono_ns now = clock_machine();
    loop->dirty |= now >= loop->tick;
    loop->quit |= now >= loop->deadline;
}

static void run(struct loop *loop)
{
    loop->dirty = true;
    while (!loop->quit) {
        if (loop->dirty && !is_unseen(loop) && clock_machine() >= earliest(loop)) {
            if (loop->terminal)
                draw(loop);
            else
                say_line(loop);
        }
        if (!loop->quit)
            wait_for_work(loop);
    }
}

static void open_screen(struct loop *loop)
{
    const struct loop_config *config = &loop->config;
    const char *type = getenv("TERM");
    struct error error = {.text = ""};
    bool dumb = !type || !*type || strcmp(type, "dumb") == 0;
    if (!config->plain && isatty(STDOUT_FILENO) && !dumb)
        loop->terminal = terminal_open(chosen_theme(config), &error);
    if (loop->terminal || config->plain)
        return;
    if (!isatty(STDOUT_FILENO))
        fputs("tailrace: standard output is not a terminal: plain lines\n", stderr);
    else if (dumb)
        fputs("tailrace: this terminal cannot show a screen (TERM=dumb): plain lines\n", stderr);
    else {
        fputs("tailrace: ", stderr);
        safe_print(stderr, error.text, strlen(error.text));
        fputs(": plain lines\n", stderr);
    }
}

static void open_lines(struct loop *loop)
{
    struct error error = {.text = ""};
    if (outgoing_share(&loop->lines, STDOUT_FILENO, &error) == STATUS_OK)
        return;
    fputs("tailrace: ", stderr);
    safe_print(stderr, error.text, strlen(error.text));
    fputc('\n', stderr);
    loop->quit = true;
    loop->status = 1;
}

int loop_run(const struct loop_config *config)
{
    struct loop *loop = mem_zero(1, sizeof *loop);
    const struct app_config app = {.definition = config->definition,
                                   .feed_name = config->feed_name,
                                   .simulated = config->simulated,
                                   .looks = config->looks,
                                   .speed = clock_speed(config->clock),
                                   .every_ms = engine_every(config->engine),
                                   .arrangement = config->arrangement,
                                   .trigger_ms = config->trigger_ms,
                                   .start = clock_now(config->clock)};
    loop->config = *config;
    loop->ascii = config->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    loop->deadline = config->for_ms > 0 ? clock_machine() + config->for_ms * NS_PER_MS : WAKE_NEVER;
    loop->tick = WAKE_NEVER;
    loop->lines = OUTGOING_NONE;
    loop->held_live = mem_zero(1, sizeof *loop->held_live);
    loop->held_batch = mem_zero(1, sizeof *loop->held_batch);
    loop->differences = mem_zero(MEASURES_MAX, sizeof *loop->differences);
    app_init(&loop->app, &app);
    obey(loop, APP_ARRANGE);
    if (command_stopped()) /* while the feed was opened */
        loop->quit = true;
    else
        open_screen(loop);
    if (!loop->terminal)
        open_lines(loop);
    run(loop);
    int status = loop->status;
    outgoing_finish(&loop->lines, PATIENCE_MS);
    outgoing_close(&loop->lines);
    terminal_close(loop->terminal);
    cells_free(loop->cells);
    cells_free(loop->shown);
    free(loop->held_live);
    free(loop->held_batch);
    free(loop->differences);
    free(loop);
    return status;
}
