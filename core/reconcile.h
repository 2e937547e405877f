#ifndef TAILRACE_CORE_RECONCILE_H
#define TAILRACE_CORE_RECONCILE_H
/*
 * Why two answers over the same bytes differ: every unit of the difference gets its name, in
 * integers (S-113). Pure.
 *
 * Both lanes decode the same records, so for each day and key, at the batch run's end mark,
 *
 *     batch = live at the mark + future - escaped
 *
 *     live at the mark   what live had counted of the bytes that the run read: kept by the live
 * lane itself (core/at_mark.h), never made by subtraction future             events that live's
 * clock guard kept out and batch counts (S-60) escaped            duplicates that live could no
 * longer know, behind its horizon (S-42)
 *
 * and on the screen live now = live at the mark + behind the mark. Anything left over is
 * `unexplained`, and a defect. Records are matched by position first: answers over different bytes
 * are not compared (S-114).
 */
#include "core/snapshot.h"

enum reconcile_state {
    RECONCILE_NO_RUN,        /* batch has not answered, or live has not */
    RECONCILE_OTHER_DAY,     /* the run's day is not the one that live shows */
    RECONCILE_CATCHING_UP,   /* live has not come to the run's end mark yet */
    RECONCILE_INPUTS_DIFFER, /* `why` says which bytes (S-114) */
    RECONCILE_EXACT,         /* every unit has a name */
    RECONCILE_UNEXPLAINED    /* a defect: the screen says so in red */
};

/* One group, or the total. */
struct difference {
    symbol key[EVENT_KEYS_MAX];
    char label[SNAPSHOT_LABEL]; /* filter */
    wide_int live, behind, at_mark, future, escaped, batch, unexplained;
    wide_int late; /* of at_mark: too late for its window, in the total all the same (S-10) */
};

struct differences {
    enum reconcile_state state;
    int32_t day;
    epoch_ms mark; /* clock when the run's end mark was fixed */
    int places;    /* decimals of the figures below: 0 for count */
    int rows_len;
    struct difference rows[SNAPSHOT_ROWS]; /* as the live table has them */
    bool has_others;
    struct difference others, total;
    char why[160]; /* INPUTS_DIFFER, UNEXPLAINED: what; filter */
};

/* For the screen: `measure` is an index into the definition's measures, of `count` or `sum`. */
void reconcile_answers(const struct definition *definition, const struct snapshot_live *live,
                       const struct snapshot_batch *batch, int measure, struct differences *out);

#endif
