#ifndef TAILRACE_TUI_COMMAND_H
#define TAILRACE_TUI_COMMAND_H
/*
 * The commands: each takes the parsed options and returns the exit status: 0 done, 1 the work
 * failed (a message went to standard error), 2 wrong use. Data goes to standard output, everything
 * else to standard error.
 */
#include "tui/options.h"

int command_watch(const struct options *options);
int command_stream(const struct options *options);
int command_batch(const struct options *options);
int command_compare(const struct options *options);
int command_replay(const struct options *options);
int command_rejects(const struct options *options);
int command_simulate(const struct options *options);
/* `stream --read-only`: what the state of a feed holds. */
int command_look(const struct options *options);
int command_savepoint(const struct options *options);

/* "tailrace: ..." on standard error, filtered; returns the exit status that fits the error. */
int command_failed(const struct error *error);
/* Flushes standard output; the first failure is kept, and makes the program's exit status 1. One
 * thread at a time. */
void command_flush(void);
bool command_write_failed(void);

/* A note on standard error, filtered. */
void command_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
