#ifndef TAILRACE_TUI_TERMINAL_TEXT_H
#define TAILRACE_TUI_TERMINAL_TEXT_H
/*
 * A grid of cells as plain text: for tests, and for pictures in documents.
 */
#include "tui/cells.h"

/* One line a row, blanks at its end left out; to be freed. */
char *terminal_text(const struct cells *cells);

#endif
