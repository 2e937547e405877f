#ifndef TAILRACE_CORE_RECONCILE_PARTS_H
#define TAILRACE_CORE_RECONCILE_PARTS_H
/*
 * What the files of reconcile share among themselves; nobody else includes it.
 *
 *     reconcile.c        the equation; the screen's two halves
 *     reconcile_whole.c  whole answers: groups, windows
 *     reconcile_alerts.c alerts
 */
#include "core/reconcile.h"

struct figures {
    uint64_t count;
    wide_int sum[EVENT_VALUES_MAX];
};

/* Everything that is known of one row. */
struct reconcile_parts {
    struct figures live; /* what it counted; of a window: its final row */
    struct figures late; /* what `live` lacks because it came too late for the window */
    struct figures future, dropped, unknown, conflicts, overtaken;
    struct figures batch, batch_dropped, batch_conflicts;
};

struct reconcile_verdict {
    wide_int live, late, future, escaped, batch, unexplained;
};

/* For a measure that adds up: `count` or `sum`. */
struct reconcile_verdict reconcile_judge(const struct reconcile_parts *parts,
                                         const struct measure *measure);

bool reconcile_adds_up(const struct measure *measure);

void figures_add(struct figures *into, const struct figures *from);

#endif
