#ifndef TAILRACE_TUI_VIEW_H
#define TAILRACE_TUI_VIEW_H
/*
 * A whole screen from one frame: pure, (app, snapshots, moment) to cells.
 */
#include "tui/panel.h"

/* Clears the grid and draws all of it. */
void view_draw(struct cells *cells, const struct frame *frame);
/* Tells the app what there is on a screen of this size, and so keeps in sight what it has open:
 * pages of the help, numbers that the cursor may stand on. Before view_draw. */
void view_settle(int width, int height, const struct frame *frame, struct app *app);

#endif
