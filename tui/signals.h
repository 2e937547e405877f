#ifndef TAILRACE_TUI_SIGNALS_H
#define TAILRACE_TUI_SIGNALS_H
/*
 * Signals of the dashboard, turned into bits that its loop takes; and the way out of a crash.
 *
 * Handlers do what is safe in them: set a bit, ring a bell. A second SIGINT, SIGTERM or SIGHUP ends
 * the program at once. SIGSEGV and its kin, SIGQUIT, and all else that ends a process restore the
 * terminal first, then take their course (D-19). SIGPIPE and SIGXFSZ are ignored: writes tell.
 *
 * Threads: start, take and suspend belong to main; handlers run in any thread.
 */
#include "core/wake.h"

enum {
    SIGNALS_STOP = 1,     /* SIGINT, SIGTERM, SIGHUP */
    SIGNALS_RESIZE = 2,   /* SIGWINCH */
    SIGNALS_SUSPEND = 4,  /* SIGTSTP */
    SIGNALS_CONTINUE = 8, /* SIGCONT */
};

/* `restore` puts the terminal right; async-signal-safe. Before any other thread is started, so that
 * none meets a signal with its default. */
void signals_start(struct wake *bell, void (*restore)(void));
/* The bits set since the last call. */
int signals_take(void);
/* Stops the process as ^Z would have; returns when it goes on. */
void signals_suspend(void);

#endif
