#ifndef TAILRACE_TUI_DIFFERENCE_H
#define TAILRACE_TUI_DIFFERENCE_H
/*
 * The differences of the two answers, as the screen needs them: all measures that add up, computed
 * once a frame, so that a unit without a name shows whatever is open (S-113).
 *
 * Pure.
 */
#include "tui/panel.h"

/* Fills the places of `count` and the sums; the others are left as they are. */
void difference_all(const struct definition *definition, const struct snapshot_live *live,
                    const struct snapshot_batch *batch, struct differences out[MEASURES_MAX]);

/* Of a measure; NULL: it is none that adds up, or nothing was compared yet. */
const struct differences *difference_of(const struct frame *frame, int measure);
/* The first measure with a unit that nothing explains; NULL: there is none. */
const struct differences *difference_unexplained(const struct frame *frame);
/* Whether the figures of the rows may be shown. */
bool difference_has_figures(const struct differences *differences);
/* A lane's box (panel_box): an alarm goes before its remark, and where room is short before its
 * figure. `*remark` becomes what stands there. */
struct area difference_box(struct area area, const struct frame *frame, enum style style,
                           const char *name, const char **remark, const char *figure);

#endif
