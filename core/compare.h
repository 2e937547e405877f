#ifndef TAILRACE_CORE_COMPARE_H
#define TAILRACE_CORE_COMPARE_H
/*
 * A finished feed, replayed through both lanes on a virtual clock: how old each answer was, what
 * each cost, when each would have told an alert, and whether they end with the same answer.
 *
 * The virtual clock. A file does not say when its records came. A record cannot have come before
 * its event time, nor before the record in front of it in its file; so it arrives at the greatest
 * event time so far of its source. A record more than J (the jump guard's, S-61) ahead of what came
 * before is believed unless most of the COMPARE_FOLLOWERS behind it are more than J earlier; one
 * with nobody behind it, unless it is in the future of the real clock. With `as_of`, none in the
 * future of that is. One that is not believed arrives with the record in front of it, so a lone
 * event of the year 2099 moves nothing. Several sources are read in the order of arrival; one that
 * brings nothing for `idle` of virtual time is idle (S-23), and one is there from its first record
 * on.
 *
 * The live lane is the pipeline of the live lane, record by record in that order. Its cost is
 * measured: CPU time of reading, decoding, counting. Its age at an event is the measured time of
 * the block that the event stands in: between events it has nothing unread. Not measured: the way
 * from disk to reader, being woken, the screen. There is no future guard (S-60), unless `as_of`
 * gives its clock.
 *
 * The batch lane runs at every multiple of `every` on the clock (batch_lane_next), over all that
 * had arrived by then, that moment included, restricted to the day that the dashboard's batch lane
 * would count. Runs are really executed, bytes and all; when there are too many, evenly spaced ones
 * are, and the others are taken to cost what a line through the measured ones says (by bytes). The
 * age of its answer is now - mark: a saw-tooth from the run's own time to `every` and more.
 *
 * At last both lanes' answers over everything are compared, as `stream --until-eof` and `batch`
 * would give them.
 *
 * Threads: runs in the caller's; a batch run makes its own workers.
 */
#include "core/batch_run.h"
#include "core/clock.h"

enum {
    COMPARE_FOLLOWERS = 8,
    COMPARE_SOURCES = 256,
    COMPARE_RUNS_KEPT = 2048,            /* of more, every second, fourth ... is kept */
    COMPARE_RUNS_MEASURED = 500,         /* at most, unless config says otherwise */
    COMPARE_RUNS_PLANNED = 20 * 1000000, /* beyond: refused */
    COMPARE_ALERTS = 1 << 20,            /* of each lane, for matching */
    COMPARE_BINS = 240
};
#define COMPARE_BYTES_MEASURED (UINT64_C(1) << 30)

struct compare_input {
    uint32_t source;   /* its index in `feed` */
    struct feed *feed; /* that source alone, bounded, at its start */
};

struct compare_config {
    const struct definition *definition;
    const struct symbols *symbols;
    struct clock *clock; /* real */
    struct feed *feed;   /* bounded; for the batch runs */
    const struct compare_input *inputs;
    size_t inputs_len;
    int64_t every_ms;
    int workers;             /* of a batch run; 0: one per CPU */
    epoch_ms as_of;          /* WATERMARK_NO_WALL: nothing is in the future */
    size_t runs_measured;    /* 0: COMPARE_RUNS_MEASURED */
    uint64_t bytes_measured; /* 0: COMPARE_BYTES_MEASURED; at least 8 runs are measured anyway */
    struct batch_progress *progress; /* may be NULL; begins at 0 with each phase */
    /* Told before each phase, with the bytes it will read, 0: not known; may be NULL. */
    void (*phase)(void *context, const char *what, uint64_t bytes);
    void *phase_context;
};

/* Of an answer, in ns; live: over events, batch: over time. */
struct compare_age {
    int64_t mean, p99, worst;
};

struct compare_cost {
    int64_t cpu_ns;
    uint64_t rows, bytes;
};

/* One of the batch runs kept. */
struct compare_run {
    epoch_ms mark;
    int64_t interval_ms;  /* to the next mark */
    uint64_t rows, bytes; /* arrived by then */
    int32_t day;          /* counted; INT32_MIN: all */
    bool measured;        /* else the next two are by the line */
    int64_t took_ns, cpu_ns;
};

struct compare_runs {
    struct compare_run *kept; /* by mark */
    size_t len;
    uint64_t stride;   /* one of so many is kept */
    uint64_t planned;  /* all of them */
    uint64_t measured; /* executed */
    uint64_t overruns; /* would take longer than the schedule allows (S-112); of all, estimated */
    uint64_t behind;   /* greatest number of records that arrived since the mark before */
    int64_t took_ns;   /* mean */
    double fixed_ns, per_byte_ns; /* CPU by the line: of a run, of a byte */
};

/* One stretch of virtual time. */
struct compare_bin {
    uint64_t events;      /* counted */
    uint64_t corrections; /* window revisions */
    uint64_t late;
    uint64_t behind; /* greatest number of records that batch was behind */
    int64_t live_ns; /* worst age of the live answer */
};

struct compare_series {
    epoch_ms begin;
    int64_t width_ms;
    size_t len;
    struct compare_bin bins[COMPARE_BINS];
};

/* The minute with the greatest rise of events counted. */
struct compare_spike {
    bool any;
    epoch_ms minute; /* its start, on the virtual clock */
    uint64_t count, before;
    epoch_ms live, batch; /* when each could show it: its end; the first run's mark from then on */
};

/* Delays on the virtual clock, in ms, from when the alert came true: an event's own time, the end
 * of a limit. Add the work: the live age, a run's time. */
struct compare_delay {
    int64_t p50, worst;
};

struct compare_rule {
    uint64_t both;                    /* raised by both; the delays are of these: */
    uint64_t measured;                /* those with both delays */
    struct compare_delay live, batch; /* 0 when none was measured */
    uint64_t pending;                 /* of both: live knew only as the feed ended; no delay */
    uint64_t unscheduled;             /* of both: its day had its last run before it was known */
    uint64_t live_only, batch_only;   /* for a reason: */
    uint64_t by_late;                 /* the event that raised it was late live */
    uint64_t by_future;               /* or in the future */
    uint64_t by_neighbour;            /* one that matters to it was kept out, or not known */
    uint64_t unexplained;             /* a defect (S-73) */
    uint64_t retracted;               /* told by live, and taken back */
    uint64_t late;                    /* of both: raised by an event behind the watermark */
    uint64_t missed;                  /* by live: came too late to be judged, or no room */
};

/* The final answers, number by number (core/reconcile.h): each measure `count` and `sum` of the
 * total, of each group, and of each window when windows were asked for. */
struct compare_difference {
    uint64_t compared;
    uint64_t differing;                      /* by whatever */
    uint64_t unexplained;                    /* of them: a defect */
    uint64_t by_late, by_future, by_escaped; /* of them, by a reason that has a part in it */
    uint64_t groups, windows;                /* rows compared */
    uint64_t windows_left_out;
    char why[160]; /* what was left out, or the first unexplained; "" when nothing; filter */
};

struct compare {
    bool any;            /* a record with a time was there; else only the answers count */
    epoch_ms begin, end; /* first and last arrival */
    epoch_ms horizon;    /* mark of the last run: the first at or behind `end` */
    uint64_t disbelieved;
    struct pipeline live;
    struct compare_cost live_cost, batch_cost; /* batch: of all scheduled runs */
    struct compare_age live_age, batch_age;
    struct compare_runs runs;
    struct batch_result last; /* over everything */
    struct compare_spike spike;
    struct compare_rule rules[RULES_MAX];
    uint64_t alerts_unmatched; /* beyond COMPARE_ALERTS */
    struct compare_difference difference;
    uint64_t runs_differ; /* runs that read other records than had arrived: a defect */
    struct compare_series series;
};

/* Fills `out`, to be freed with compare_fini whatever is returned. STATUS_LIMIT: too many sources
 * or runs; STATUS_IO and others: of reading; STATUS_BAD_FORMAT: the feed changed meanwhile. */
enum status compare_run(const struct compare_config *config, struct compare *out,
                        struct error *error);
void compare_fini(struct compare *compare);

/* CPU a schedule would have cost over [begin, end], by the measured line. */
double compare_schedule_cpu_ns(const struct compare *compare, int64_t every_ms);

#endif
