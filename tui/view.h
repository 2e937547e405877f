#ifndef TAILRACE_TUI_VIEW_H
#define TAILRACE_TUI_VIEW_H
/*
 * A whole screen from one frame: pure, (app, snapshots, moment) to cells.
 */
#include "tui/panel.h"

/* Clears the grid and draws all of it. */
void view_draw(struct cells *cells, const struct frame *frame);
/* Pages of the help on a screen of this size. */
int view_help_pages(int width, int height, const struct frame *frame);

#endif
