#ifndef TAILRACE_TUI_LOOP_H
#define TAILRACE_TUI_LOOP_H
/*
 * The dashboard's loop: waits for the keyboard, the doorbell, a signal or the next deadline; asks
 * app.h what a key means and the engine to do it; draws view.h on a terminal, or, where there is
 * none, says what changed in plain lines.
 *
 *     loop_prepare(&config) → engine_start → loop_run(&config) → engine_stop
 *
 * At most 30 frames in any second, and only of what changed. Threads: main.
 */
#include "core/engine.h"
#include "core/wake.h"
#include "tui/alert_outlet.h"

struct loop_config {
    struct engine *engine; /* not needed for loop_prepare */
    struct clock *clock;
    const struct definition *definition;
    struct wake *screen;   /* rung by the engine */
    const char *feed_name; /* filtered here */
    bool simulated;
    bool looks; /* only at a state */
    int speed;
    enum arrangement arrangement;
    int64_t trigger_ms; /* of micro-batch; 0: its default */
    int64_t for_ms;     /* stop after this much real time; 0: never */
    bool plain, ascii;
    const char *theme;           /* NULL: chosen from the environment */
    struct alert_outlet *outlet; /* whose trouble is shown; NULL: none */
};

/* Catches the signals: before the engine starts its threads. STATUS_USAGE: no such theme. */
enum status loop_prepare(const struct loop_config *config, struct error *error);

/* Until quit, signal or deadline; the terminal is then as it was. The exit status. */
int loop_run(const struct loop_config *config);

#endif
