#ifndef TAILRACE_TUI_PLAIN_H
#define TAILRACE_TUI_PLAIN_H
/*
 * The dashboard where there is no screen: one line at most a second, when something changed.
 *
 *     08:42:17  total 12 003  High 4 812  Medium 4 790  Low 2 401  batch 10 951, 42 min 17 s old
 */
#include "tui/panel.h"

enum { PLAIN_LINE = 4096 };

/* The line of a frame, without its end; returns its length. Labels are filtered. */
size_t plain_line(const struct frame *frame, bool ascii, char out[PLAIN_LINE]);
/* What must differ for a line to be worth saying. */
uint64_t plain_version(const struct frame *frame);

#endif
