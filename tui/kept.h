#ifndef TAILRACE_TUI_KEPT_H
#define TAILRACE_TUI_KEPT_H
/*
 * Whether what is shown is kept, in words (S-91, S-95, S-122): the age of the newest commit beside
 * the state, NOT DURABLE in its place, and the figures of the epochs.
 *
 * Pure. Threads: none.
 */
#include "tui/panel.h"

/* "saved 0.4 s ago"; "" when nothing is kept, or nothing was kept in this run yet. */
char *kept_age(const struct frame *frame, char out[2 * FORMAT_TEXT]);
/* NOT DURABLE and why, or that this screen only looks; false: neither. */
bool kept_state(const struct frame *frame, char *out, size_t cap, enum style *style);
/* Three rows of figures from `row` on, as many as fit; nothing is kept: none. */
void kept_figures(struct area area, int row, const struct frame *frame);

#endif
