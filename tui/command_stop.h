#ifndef TAILRACE_TUI_COMMAND_STOP_H
#define TAILRACE_TUI_COMMAND_STOP_H
/*
 * SIGINT, SIGTERM and SIGHUP for the headless commands: the first asks to stop and rings a bell, so
 * that the final answer is still printed; the second ends the program at once.
 *
 * Threads: main only, but for command_stop and command_stopped.
 */
#include "core/wake.h"

void command_stop_on_signals(struct wake *bell);
bool command_stopped(void);
/* The same from inside the program; any thread. */
void command_stop(void);

#endif
