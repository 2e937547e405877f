#ifndef TAILRACE_TUI_KEPT_H
#define TAILRACE_TUI_KEPT_H
/*
 * What is kept of what is shown (S-91, S-122): the age of the newest commit beside the state, and
 * the figures of the epochs. When it cannot be kept (S-95), the state says so: tui/condition.c.
 *
 * Pure. Threads: none.
 */
#include "tui/panel.h"

/* "saved 0.4 s"; "" when nothing is kept, or nothing was kept in this run yet. */
char *kept_age(const struct frame *frame, char out[2 * FORMAT_TEXT]);
/* Three rows of figures from `row` on, as many as fit; nothing is kept: none. */
void kept_figures(struct area area, int row, const struct frame *frame);

#endif
