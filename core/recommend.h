#ifndef TAILRACE_CORE_RECOMMEND_H
#define TAILRACE_CORE_RECOMMEND_H
/*
 * Batch, micro-batch, stream, or both: from measured figures, by rules that can be read here. Four
 * questions are asked; freshness decides, and the others can only say no to what freshness asks
 * for:
 *
 *   freshness    how old may an answer be? Said by the user (`needs`), or assumed: an alert is
 *                worth being told within RECOMMEND_ALERT_MS; a feed that raises none waits for
 *                nobody, so the schedule asked for is good enough (streaming is not better for
 *                being faster)
 *   complexity   late records, corrections, alerts that only batch finds, rules with memory: what
 *                live has to get right while it cannot see all, and batch gets for nothing
 *   operations   what must stay up: live keeps state and must recover; batch starts, ends, and can
 *                be run again
 *   cost         CPU of both over this feed; of a schedule as short as freshness asks for
 *
 * In this order, the first that holds:
 *
 *   batch        the schedule asked for is fresh enough, or one of RECOMMEND_BATCH_MS or longer is
 *   micro-batch  a shorter one, down to RECOMMEND_SHORTEST_MS, is; its runs fit into half of it;
 *                and it costs no more CPU than live, or less than RECOMMEND_CHEAP of one core
 *   both         neither is, and batch finds what live cannot: late records or alerts
 *   stream       neither is
 *
 * Pure.
 */
#include "core/instant.h"

enum {
    RECOMMEND_ALERT_MS = MS_PER_MINUTE,
    RECOMMEND_BATCH_MS = 15 * MS_PER_MINUTE,
    RECOMMEND_SHORTEST_MS = 1000
};
#define RECOMMEND_CHEAP 0.01 /* of one core */
#define RECOMMEND_GRACE 0.01 /* of what is needed: the run itself */

enum recommendation { RECOMMEND_BATCH, RECOMMEND_MICRO_BATCH, RECOMMEND_STREAM, RECOMMEND_BOTH };

/* Why a shorter schedule than asked for is not the answer. */
enum recommend_obstacle { RECOMMEND_FITS, RECOMMEND_TOO_FRESH, RECOMMEND_TOO_SLOW, RECOMMEND_DEAR };

struct recommend_facts {
    int64_t needs_ms;    /* said by the user; 0: not said */
    int64_t every_ms;    /* the schedule asked for */
    int64_t run_ns;      /* mean time of a batch run */
    uint64_t alerts;     /* raised by either lane */
    uint64_t late;       /* records too late for their windows */
    uint64_t batch_only; /* alerts that live did not find, or could not judge */
    int64_t span_ms;     /* of the feed, on the virtual clock */
    int64_t live_cpu_ns; /* over the feed */
    double run_cpu_ns;   /* of one batch run, on average */
};

struct recommend {
    enum recommendation verdict;
    bool assumed;        /* needs_ms was */
    int64_t needs_ms;    /* 0: the schedule asked for is good enough */
    int64_t every_ms;    /* of the batch or micro-batch recommended; 0 for the others */
    int64_t shortest_ms; /* schedule that freshness asks for; 0: none is short enough */
    double short_cpu_ns; /* what that costs over the feed */
    enum recommend_obstacle obstacle;
};

struct recommend recommend_for(const struct recommend_facts *facts);

/* "batch", "micro-batch", "stream", "both" */
const char *recommend_name(enum recommendation verdict);

#endif
