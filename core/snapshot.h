#ifndef TAILRACE_CORE_SNAPSHOT_H
#define TAILRACE_CORE_SNAPSHOT_H
/*
 * Plain picture of everything shown, and how it gets from a lane to the screen.
 *
 * Each lane owns one half. It fills a preallocated half and publishes it by one atomic exchange;
 * the screen takes the newest and may keep it as long as it likes. All numbers of one half come
 * from one moment, so they close (S-121). Bounded: at most SNAPSHOT_ROWS groups in display order
 * and one row (others).
 *
 * No pointers: a half may be copied and compared, and tests write them by hand.
 */
#include "core/definition.h"
#include "core/durable.h"
#include "core/feed.h"
#include "core/health.h"
#include "core/id_conflicts.h"
#include "core/limits.h"
#include "core/money.h"
#include "core/outcome.h"
#include "core/reject_log.h"
#include "core/window.h"

enum {
    SNAPSHOT_ROWS = 64,
    SNAPSHOT_LABEL = 64,
    SNAPSHOT_SPARK = 30, /* minutes of history per row */
    SNAPSHOT_RUNS = 64,  /* batch runs remembered */
    SNAPSHOT_REASONS = 8,
    SNAPSHOT_REJECT_BYTES = 160, /* of an example */
    SNAPSHOT_MARKS = 64,
    SNAPSHOT_ALERTS = 16,
    SNAPSHOT_WINDOWS = 64,     /* newest windows, all groups together */
    SNAPSHOT_CORRECTIONS = 32, /* the newest */
    SNAPSHOT_LATE = 32,        /* newest rows that only batch repairs */
    SNAPSHOT_DAYS = 8,         /* days kept apart */
    SNAPSHOT_DAY_ROWS = 16,
    SNAPSHOT_KNOWN = 408 /* days with totals of their own */
};

struct snapshot_value {
    wide_int amount; /* minor units of the measure's places */
    bool present;
};

struct snapshot_row {
    symbol key[EVENT_KEYS_MAX];
    char label[SNAPSHOT_LABEL]; /* key texts joined by " / "; bytes of the feed: filter */
    uint64_t count;             /* events of the day shown */
    struct snapshot_value value[MEASURES_MAX]; /* of the day shown; open: as of the answer */
    uint32_t per_minute;            /* events in the minute of event time that ends at the newest */
    uint32_t spark[SNAPSHOT_SPARK]; /* events per minute, oldest first, the last one running */
};

struct snapshot_table {
    int rows_len;
    struct snapshot_row rows[SNAPSHOT_ROWS];
    bool has_others; /* the groups beyond SNAPSHOT_ROWS, added up */
    struct snapshot_row others;
    struct snapshot_row total;
    uint64_t groups;            /* all there are */
    uint64_t groups_overflowed; /* events whose key went to (other), S-15 */
    int32_t day; /* the day shown, counted from 1970-01-01 in the definition's zone */
    bool any;    /* an event was counted */
};

/* One day of one lane, for days that are served side by side (S-115): core/serving.h. */
struct snapshot_day_row {
    symbol key[EVENT_KEYS_MAX];
    char label[SNAPSHOT_LABEL]; /* filter */
    uint64_t count;
    wide_int sum; /* of the definition's first measure `sum`, if there is one */
};

struct snapshot_day {
    int32_t day;
    int rows_len;
    struct snapshot_day_row rows[SNAPSHOT_DAY_ROWS]; /* display order */
    bool has_others;
    struct snapshot_day_row others, total;
};

/* A day that the batch lane answered for good. */
struct snapshot_seal {
    struct snapshot_day answer;
    epoch_ms sealed;  /* clock when the run's end mark was fixed */
    bool by_operator; /* not waited for the watermark */
    uint32_t runs;    /* of this day; above 1: run again */
    uint32_t lost;    /* generations that could no longer be read */
};

/* Since `readable`, `read` records in all had been applied: what latency is measured from. */
struct snapshot_mark {
    mono_ns readable;
    uint64_t read;
};

struct snapshot_reason {
    char name[96];
    uint64_t count;
    uint32_t source;
    uint32_t line;
};

/* Records that were not counted as they stood, by kind and reason (S-05). */
struct snapshot_reject {
    struct reject_group group;         /* the reason holds names of the definition's: filter */
    char source[SNAPSHOT_LABEL];       /* the file of the newest, its name's end; filter */
    int bytes_len;                     /* of the newest; -1: they cannot be read any more */
    char bytes[SNAPSHOT_REJECT_BYTES]; /* its first ones; filter */
};

struct snapshot_rejects {
    int len;
    struct snapshot_reject groups[REJECT_GROUPS];
    uint64_t beyond; /* records of more groups than there is room for */
    uint64_t cut;    /* whose bytes the state has no room for (S-53) */
};

struct snapshot_cost {
    int64_t cpu_ns;
    uint64_t rows;
    uint64_t bytes;
};

/* Your ticket: one event that both lanes are watched for. */
enum tracer_state { TRACER_NONE, TRACER_ARMED, TRACER_SENT, TRACER_SEEN };

struct snapshot_tracer {
    uint32_t number; /* counts the tracers; 0: none yet */
    enum tracer_state state;
    bool own;                                 /* sent by the key, not found in the user's feed */
    char label[EVENT_LABEL + SNAPSHOT_LABEL]; /* "#10421 High"; filter */
    mono_ns since;                            /* when it was appended, or first seen readable */
    epoch_ms since_clock;
};

/* An episode: alerts of one rule and subject that belong together (S-74). */
struct snapshot_alert {
    uint8_t rule;    /* index into the definition's rules */
    bool late;       /* its newest was behind the watermark */
    bool retracted;  /* all of it */
    bool has_amount; /* of the definition's alert_field, in its newest */
    int64_t amount;
    uint64_t number;        /* of the episode */
    uint64_t count;         /* alerts in it */
    epoch_ms first, last;   /* event time */
    struct event_text text; /* of its newest; filter */
};

/* One window, all its groups together. */
struct snapshot_window {
    epoch_ms start, end;
    uint64_t count; /* events it took */
    uint64_t late;  /* events that came too late for it */
    uint64_t corrections;
    enum window_state state;
};

/* A result that was told and then corrected: an entry of the ledger. */
struct snapshot_correction {
    epoch_ms start, end;        /* the window */
    char label[SNAPSHOT_LABEL]; /* of the group; filter */
    uint64_t before, after;     /* its count; before 0: the row is new, behind the watermark */
    uint32_t revision;
    bool retracted;     /* a session that became part of another: after is 0 */
    epoch_ms watermark; /* W when it was corrected */
    epoch_ms at;        /* the clock in use then */
};

/* What no window took: only the next batch run repairs it (S-10, S-113). */
struct snapshot_late {
    epoch_ms start, end; /* the window it was too late for */
    char label[SNAPSHOT_LABEL];
    uint64_t count;
};

/* What became of windows as the watermark passed them (S-31). */
struct snapshot_windows {
    enum window_kind kind;
    int64_t size_ms, slide_ms, gap_ms;
    int windows_len;
    struct snapshot_window windows[SNAPSHOT_WINDOWS]; /* oldest first */
    int corrections_len;
    struct snapshot_correction corrections[SNAPSHOT_CORRECTIONS]; /* newest first */
    int late_len;
    struct snapshot_late late[SNAPSHOT_LATE]; /* newest window first */
    struct window_counters counters;
};

/*
 * The live answer as it stood at a batch run's end mark (S-113): counted while the lane passed the
 * mark, from the events before it. Rows are those of the live table.
 */
struct snapshot_terms {
    uint64_t count;     /* counted and late */
    uint64_t late;      /* of them */
    uint64_t future;    /* kept out by the clock (S-60) */
    uint64_t dropped;   /* duplicates */
    uint64_t unknown;   /* events whose id lay behind the horizon: could not be checked (S-42) */
    uint64_t conflicts; /* events whose id came before with other content (S-41) */
    uint64_t overtaken; /* of `dropped`: maybe by an event behind another source's mark */
    wide_int sum[EVENT_VALUES_MAX], late_sum[EVENT_VALUES_MAX], future_sum[EVENT_VALUES_MAX],
        dropped_sum[EVENT_VALUES_MAX];
};

struct snapshot_at_mark {
    uint64_t run;    /* number of the batch run, from 1; 0: none yet */
    bool reached;    /* live has counted up to its mark */
    bool differs;    /* positions do not match (S-114) */
    char why[120];   /* differs: how; filter */
    bool overflowed; /* groups went to (other): only `total` can be compared (S-15) */
    int32_t day;
    int rows_len;
    struct snapshot_terms rows[SNAPSHOT_ROWS];
    struct snapshot_terms others, total;
};

struct snapshot_live {
    struct snapshot_table table;
    struct snapshot_at_mark at_mark;        /* of the newest run whose mark is known */
    struct snapshot_at_mark at_mark_before; /* of the run before it, which batch may still show */
    struct snapshot_windows windows;
    struct outcomes outcomes;
    struct limits limits;          /* met: shown as degraded (D-07) */
    struct id_conflicts conflicts; /* all zero where ids are not looked for */
    struct snapshot_reason reasons[SNAPSHOT_REASONS];
    int reasons_len;
    struct snapshot_rejects rejects;
    struct feed_status feed;
    struct snapshot_mark marks[SNAPSHOT_MARKS]; /* ascending; the newest last */
    int marks_len;
    mono_ns published;
    mono_ns last_event; /* when the newest block was readable; 0: none yet */
    uint64_t rate;      /* events applied in the last second of the machine's time */
    epoch_ms newest;    /* greatest event time counted */
    epoch_ms watermark; /* INT64_MIN: none yet */
    size_t ring_len, ring_slots;
    struct snapshot_cost cost;                     /* reader and lane */
    struct snapshot_alert alerts[SNAPSHOT_ALERTS]; /* the newest episode first */
    int alerts_len;
    uint64_t alerts_total[RULES_MAX]; /* raised and not retracted, by rule */
    struct health_alert health[HEALTH_KINDS];
    struct snapshot_tracer tracer;
    mono_ns held;    /* nobody counts since then: it cannot be kept (S-95); 0: it is counted */
    bool looked;     /* from a state that another process writes (core/live_view.h) */
    bool has_writer; /* looked: that one runs */
    struct durable_figures durable; /* whether this is kept (S-95) */
    int days_len;                   /* 0: not asked for */
    struct snapshot_day days[SNAPSHOT_DAYS];
    int known_len;
    int32_t known[SNAPSHOT_KNOWN]; /* days that can be shown, oldest first */
    int64_t trigger_ms;            /* published once per trigger (S-117); 0: as it comes */
    epoch_ms as_of;                /* the clock in use when this was published */
    int64_t set_ms; /* by how much that was set in all (clock_look) when `as_of` was right */
};

struct snapshot_run {
    epoch_ms mark;      /* clock when the end mark was fixed: what the answer is "as of" */
    epoch_ms published; /* clock when it was shown */
    int64_t took_ns;    /* machine time */
    uint64_t rows;
    bool overrun; /* it took longer than the schedule's interval (S-112) */
};

enum batch_state { BATCH_WAITING, BATCH_RUNNING, BATCH_FAILED };

struct snapshot_batch {
    enum batch_state state;
    char message[160];           /* BATCH_FAILED: why; filter */
    struct snapshot_table table; /* of the last finished run */
    uint64_t run;                /* its number, from 1; 0: none */
    /* of the rows of `table`: duplicates of the day that the run left out, by count and sums, and
     * conflicts */
    struct snapshot_terms terms[SNAPSHOT_ROWS], terms_others, terms_total;
    struct outcomes outcomes;
    struct snapshot_run runs[SNAPSHOT_RUNS]; /* oldest first */
    int runs_len;
    uint64_t runs_total;
    uint64_t overruns; /* S-112 */
    epoch_ms next_run;
    int64_t set_ms; /* by how much the clock was set in all (clock_look) when `runs` were right */
    uint64_t running_bytes, running_total; /* BATCH_RUNNING: progress, as of engine_batch() */
    struct snapshot_cost cost;
    uint32_t tracer_seen;      /* number of the newest tracer that this answer includes */
    mono_ns tracer_published;  /* when the first answer with it was published */
    uint32_t lost_generations; /* truncated away: live counted them, batch cannot */
    int seals_len;
    struct snapshot_seal seals[SNAPSHOT_DAYS]; /* in order of day */
    int32_t sealing;                           /* the day of the run going on; INT32_MIN: none */
    char seal_trouble[160];                    /* why the last one failed; ""; filter */
};

/* The clock was set, by `set_ms` in all: times of the past move with it, so that ages stay (S-63).
 */
void snapshot_live_set(struct snapshot_live *half, int64_t set_ms);
void snapshot_batch_set(struct snapshot_batch *half, int64_t set_ms);

/*
 * One writer, one reader, three buffers, one atomic exchange.
 *
 *     writer: half = exchange_back(x); fill all of it; exchange_publish(x); ring the bell
 *     reader: half = exchange_newest(x);  the newest published, valid until the next call
 */
struct exchange;

struct exchange *exchange_new(size_t size);
void exchange_free(struct exchange *exchange);
void *exchange_back(struct exchange *exchange);
void exchange_publish(struct exchange *exchange);
/* NULL before the first publish. */
const void *exchange_newest(struct exchange *exchange);

#endif
