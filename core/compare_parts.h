#ifndef TAILRACE_CORE_COMPARE_PARTS_H
#define TAILRACE_CORE_COMPARE_PARTS_H
/* Private to core/compare*.c. */
#include "core/compare.h"

/* A phase of the work begins. */
void compare_phase(const struct compare_config *config, const char *what, uint64_t bytes);

/* --- compare_source.c: one source, and when its records arrived --- */

enum { SOURCE_BLOCKS = 8 }; /* one taken from, the others looked ahead at */

struct compare_source {
    uint32_t index;
    struct feed *feed;
    const struct compare_config *config;
    struct event_block *blocks[SOURCE_BLOCKS];
    int64_t read_ns[SOURCE_BLOCKS];
    int blocks_len;
    epoch_ms arrival[EVENT_BLOCK_MAX]; /* of the first block; INT64_MIN: before any clock */
    uint32_t at;                       /* next event of the first block */
    epoch_ms clock;                    /* greatest time believed; INT64_MIN: none yet */
    uint64_t end;                      /* behind the last record taken */
    uint64_t read_end;                 /* behind the last byte read */
    epoch_ms last;                     /* last arrival; INT64_MIN: none yet */
    int64_t applied_ns;                /* of the first block, so far */
    int64_t cpu_ns;                    /* of reading */
    uint64_t disbelieved;
    bool idle, ended;
};

void compare_source_init(struct compare_source *source, const struct compare_config *config,
                         const struct compare_input *input);
void compare_source_fini(struct compare_source *source);
/* Makes the first block one that has events left, or none: ended. Blocks without events go to
 * `live`. */
enum status compare_source_fill(struct compare_source *source, struct pipeline *live,
                                struct error *error);
/* Done with the first block. */
void compare_source_drop(struct compare_source *source);

/* --- compare_alerts.c --- */

struct compare_alert {
    uint64_t id;
    uint64_t order;
    epoch_ms time;   /* when it came true */
    epoch_ms raised; /* virtual clock; live only */
    uint64_t start;  /* of its trigger */
    uint32_t source, generation;
    uint8_t rule;
    bool retracted, late, at_end;
};

struct compare_alerts {
    struct compare_alert *all;
    size_t len, room;
    uint64_t refused;
};

void compare_alerts_add(struct compare_alerts *alerts, const struct alert *alert, epoch_ms raised,
                        bool at_end);

/* --- compare_runs.c --- */

/* From this mark on runs count this day. */
struct run_day {
    epoch_ms mark;
    int32_t day;
};

struct run_plan {
    struct compare_runs *runs;
    uint64_t *marks;    /* of each kept run, an end offset of each source */
    size_t sources_len; /* offsets a run */
    double bytes, rows; /* of all runs */
    uint64_t rows_before;
    epoch_ms last; /* mark noted last */
    struct run_day *days;
    size_t days_len, days_room;
};

void compare_runs_init(struct run_plan *plan, struct compare_runs *runs, size_t sources_len);
void compare_runs_fini(struct run_plan *plan);
/* `ends`: of each source. */
void compare_runs_note(struct run_plan *plan, const struct compare_run *run,
                       const struct compare_source *sources);
/* Executes what config allows, and fills times, ages, cost. */
enum status compare_runs_execute(struct run_plan *plan, const struct compare_config *config,
                                 struct compare *out, struct error *error);
/* The mark of the first run at or behind `from` that counts `day`, and has read `source` up to
 * behind `start` (as far as the runs kept tell); INT64_MIN: none was scheduled. */
epoch_ms compare_runs_first(const struct run_plan *plan, const struct compare_config *config,
                            epoch_ms from, int32_t day, size_t source, uint64_t start);

void compare_alerts_match(const struct compare_config *config, struct compare_alerts *live,
                          struct compare_alerts *batch, const struct run_plan *plan,
                          struct compare *out);

/* --- compare_answers.c --- */

void compare_answers(const struct compare_config *config, struct compare *out);
/* Of alerts that compare_alerts_match has sorted: why only one lane has one. */
void compare_alerts_explain(const struct compare_alerts *live, const struct compare_alerts *batch,
                            struct compare *out);

/* --- compare_series.c --- */

void compare_series_init(struct compare_series *series, epoch_ms begin);
/* The bin of a time not before the series' begin; the series grows, and its bins with it. */
struct compare_bin *compare_series_at(struct compare_series *series, epoch_ms time);

#endif
