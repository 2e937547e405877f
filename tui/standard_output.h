#ifndef TAILRACE_TUI_STANDARD_OUTPUT_H
#define TAILRACE_TUI_STANDARD_OUTPUT_H
/*
 * `stdout` of the headless commands: the stream that everybody prints to, but one that can be
 * stopped. A pipe that nobody reads holds its writer up, as it should: nothing printed is lost. But
 * once the program was asked to stop (command_stop.h), what has not been taken for
 * STANDARD_OUTPUT_PATIENCE_MS is given up, and that is an error (ETIMEDOUT): a signal ends the
 * program in bounded time.
 *
 * Threads: as stdio's.
 */

enum { STANDARD_OUTPUT_PATIENCE_MS = 5000 };

/* Replaces stdout; before anything is printed. */
void standard_output_start(void);
/* Why it could not be written, at first; 0: it could, or it was not replaced. */
int standard_output_errno(void);

#endif
