#ifndef TAILRACE_TUI_TERMINAL_CURSES_H
#define TAILRACE_TUI_TERMINAL_CURSES_H
/*
 * The terminal, through ncurses: shows grids of cells, gives keys. Knows nothing of what they mean.
 *
 * Keys come from standard input, or from /dev/tty when that is a feed. The mouse stays the
 * terminal's, the title too; no query is sent whose answer could be taken for keys. Signals are the
 * caller's (signals.h): nothing here installs a handler if one is there already.
 *
 * Threads: main; terminal_restore from signal handlers in any thread.
 */
#include "core/status.h"
#include "tui/cells.h"

struct terminal;

/* NULL when the terminal cannot show a screen. LC_CTYPE must be set. */
struct terminal *terminal_open(const struct theme *theme, struct error *error);
/* Leaves the terminal as it was; accepts NULL. */
void terminal_close(struct terminal *terminal);

/* Asks the system, and adapts. */
void terminal_size(struct terminal *terminal, int *width, int *height);
/*
 * Shows the cells: only what differs from the last grid is sent. True when the terminal took all of
 * it; else the rest waits, and no frame is drawn before terminal_send says true. Never waits for
 * the terminal (S-120).
 */
bool terminal_draw(struct terminal *terminal, const struct cells *cells);
/* Offers what waits; true when nothing is left. */
bool terminal_send(struct terminal *terminal);
/* To poll for room (POLLOUT). */
int terminal_output_fd(const struct terminal *terminal);
/* Whether a write found that the terminal is gone. */
bool terminal_hung_up(const struct terminal *terminal);

/* To poll for keys; -1: there is no keyboard. */
int terminal_fd(const struct terminal *terminal);
/* The next key (keymap.h), or KEY_NONE when none waits. */
int32_t terminal_key(struct terminal *terminal);
/* Whether a keyboard that polls as readable has in fact gone. */
bool terminal_gone(const struct terminal *terminal);

/* Whether this program is in the foreground: else the terminal is somebody else's, a shell's. */
bool terminal_is_ours(const struct terminal *terminal);
/* Gives the terminal back for a while, and takes it again; the next draw sends everything. Leaving
 * waits a moment, no longer, for a terminal that takes nothing. */
void terminal_leave(struct terminal *terminal);
void terminal_enter(struct terminal *terminal);

/* The same as leaving, by write and tcsetattr alone; does nothing when no terminal is held. For
 * signal handlers and fatal_hook. */
void terminal_restore(void);

#endif
