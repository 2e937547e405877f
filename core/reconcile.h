#ifndef TAILRACE_CORE_RECONCILE_H
#define TAILRACE_CORE_RECONCILE_H
/*
 * Why two answers over the same bytes differ: every unit of the difference gets its name, in
 * integers (S-113). Pure.
 *
 * Both lanes decode the same records, so for each day and key, at the batch run's end mark,
 *
 *     batch = live at the mark + future - escaped + unexplained
 *
 *     live at the mark   what live had counted of the bytes that the run read: kept by the live
 *                        lane itself (core/at_mark.h), never made by subtraction
 *     future             events that live's clock guard kept out and batch counts (S-60)
 *     escaped            duplicates that live could no longer know, behind its horizon (S-42)
 *     unexplained        what is left over: 0, or a defect
 *
 * and on the screen live now = live at the mark + behind the mark.
 *
 * `escaped` is what batch dropped less what live dropped. That alone would explain any duplicate
 * that live lost, so it is held against what live says of itself: it may be no more than the events
 * that live could not check (`unknown`, `future`), and no less than 0. Two things widen this, both
 * counted by group: ids that came with different contents (`conflicts`: which of the contents was
 * first is then another question for each lane), and, where several sources are read side by side,
 * a duplicate whose first stood behind another source's mark (`overtaken`). What is beyond those
 * bounds is unexplained.
 *
 * Records are matched by position first: answers over different bytes are not compared (S-114).
 */
#include "core/positions.h"
#include "core/snapshot.h"
#include "core/tally.h"

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
    wide_int late;  /* of at_mark: too late for its window, in the total all the same (S-10) */
    bool in_others; /* batch shows this group among (others): compared there, not here */
};

struct differences {
    enum reconcile_state state;
    int32_t day;
    epoch_ms mark; /* clock when the run's end mark was fixed */
    int places;    /* decimals of the figures below: 0 for count */
    int rows_len;
    struct difference rows[SNAPSHOT_ROWS]; /* as the live table has them */
    bool has_others;
    bool total_only; /* groups went to (other), S-15: rows are shown, only the total is compared */
    struct difference others, total;
    char why[160]; /* INPUTS_DIFFER, UNEXPLAINED, total_only: what; filter */
};

/* For the screen: `measure` is an index into the definition's measures, of `count` or `sum`. */
void reconcile_answers(const struct definition *definition, const struct snapshot_live *live,
                       const struct snapshot_batch *batch, int measure, struct differences *out);

/* --- whole answers, headless ------------------------------------------------------------------ */

struct pipeline;

/* S-114: both begin each generation at the same offset, and read it to the same end. False: `why`
 * says where they part. */
bool reconcile_positions(const struct positions *live, const struct positions *batch,
                         char why[160]);

enum reconcile_scope { RECONCILE_TOTAL, RECONCILE_GROUP, RECONCILE_WINDOW };

/* One number of one row: batch = live + late + future - escaped + unexplained, where `late` is what
 * the window's final row does not have; of totals and groups it is 0, because live has it. */
struct reconcile_row {
    enum reconcile_scope scope;
    const symbol *key; /* RECONCILE_TOTAL: NULL */
    epoch_ms start;    /* RECONCILE_WINDOW */
    epoch_ms end;
    int measure; /* index into the definition's measures: `count` or `sum` */
    int places;  /* decimals of the figures */
    wide_int live, late, future, escaped, batch, unexplained;
};

/* Gets the numbers that differ, explained or not: the total, groups in order of their texts,
 * windows in order of key and start. The row is valid during the call. */
typedef void (*reconcile_sink)(void *context, const struct reconcile_row *row);

struct reconcile_summary {
    enum reconcile_state state; /* EXACT or UNEXPLAINED */
    uint64_t compared;          /* numbers: each measure of each row */
    uint64_t differing;         /* of them, by whatever */
    uint64_t unexplained;       /* of them, not wholly explained */
    uint64_t groups, windows;   /* rows compared */
    uint64_t windows_left_out;  /* of which one side no longer had what it takes to compare */
    bool total_only;            /* groups went to (other), S-15 */
    char why[160];              /* what was left out, or the first unexplained; "" when nothing */
};

/* Both ended (pipeline_end), of the same definition and range, with config.explain set; windows are
 * compared when both have them, not of sessions: their bounds depend on who is late, so they are
 * compared by key, as one row with start = end = 0. `sink` may be NULL. */
void reconcile_pipelines(const struct pipeline *live, const struct pipeline *batch,
                         const struct symbols *symbols, reconcile_sink sink, void *context,
                         struct reconcile_summary *out);

/* What is compared of an alert; sort with reconcile_sort_alerts. */
struct reconcile_alert {
    uint64_t id; /* S-71 */
    struct event_position position;
    epoch_ms time;
    uint8_t rule;
    bool retracted;
};

enum reconcile_alert_reason {
    RECONCILE_ALERT_LATE,       /* batch only: the event that raised it was late live */
    RECONCILE_ALERT_FUTURE,     /* batch only: it was in the future live */
    RECONCILE_ALERT_NEIGHBOUR,  /* an event that matters to it was late, future, unchecked, or
                                   beyond the rule's memory */
    RECONCILE_ALERT_UNEXPLAINED /* live kept nothing out */
};

typedef void (*reconcile_alert_sink)(void *context, const struct reconcile_alert *alert,
                                     bool batch_only, enum reconcile_alert_reason reason);

struct reconcile_alerts_summary {
    uint64_t both, batch_only, live_only;
    uint64_t unexplained; /* of those that only one has */
};

/* Makes an answer of a log: by id, each once, those retracted left out. Returns how many stay. */
size_t reconcile_sort_alerts(struct reconcile_alert *alerts, size_t len);

/* Two answers so made (S-113, S-73). `live` is whose outcomes give the reasons. */
void reconcile_alerts(const struct pipeline *live, const struct reconcile_alert *live_alerts,
                      size_t live_len, const struct reconcile_alert *batch_alerts, size_t batch_len,
                      reconcile_alert_sink sink, void *context,
                      struct reconcile_alerts_summary *out);

#endif
