#ifndef TAILRACE_TUI_COMMAND_LIMITS_H
#define TAILRACE_TUI_COMMAND_LIMITS_H
/* Says beside an answer what it cannot say itself. */
#include "tui/output.h"

/* A note on standard error for each limit that the answer met (D-07): for CSV and changes of
 * windows. Text and JSON say it themselves. */
void command_limits_note(const struct summary *summary);

#endif
