#ifndef TAILRACE_CORE_PIPELINE_H
#define TAILRACE_CORE_PIPELINE_H
/*
 * The order of decisions (S-04): the one place to read to know what happens to an event. Pure: no
 * threads, no clock, no terminal; the same blocks give the same state.
 *
 *     decoded → rejected? → future? → duplicate? → watermark → filtered
 * (where, range of days)? → counted or late: groups, open tickets, windows → rules
 *
 * Both lanes run it; the batch lane knows its whole range, so it has no watermark and nothing is
 * late or in the future there (S-110). A batch slice leaves its life-cycle steps in a log
 * (config.defer_lifecycle), to be settled when slices are merged in order. Rules are judged event
 * by event live, and by pipeline_end in batch, when all has been seen; only live has a board.
 */
#include "core/at_mark.h"
#include "core/dedupe.h"
#include "core/distinct.h"
#include "core/lifecycle.h"
#include "core/outcome.h"
#include "core/past_days.h"
#include "core/rate.h"
#include "core/reject_log.h"
#include "core/rules.h"
#include "core/tickets.h"
#include "core/watermark.h"
#include "core/window.h"
#include "core/window_watch.h"

enum { PIPELINE_DAYS = 8 }; /* the newest days whose totals are kept apart, when asked for */

/* When rows have `distinct` of the totals. */
enum pipeline_distinct {
    PIPELINE_DISTINCT_NOW,  /* at every moment */
    PIPELINE_DISTINCT_END,  /* when pipeline_end was called */
    PIPELINE_DISTINCT_SLICE /* never: it is put into the whole's, by tally_put_distinct */
};

struct pipeline_config {
    const struct definition *definition; /* compiled */
    const struct symbols *symbols;
    bool live;            /* watermark, lateness, future guard, dedupe within its horizon */
    epoch_ms from, to;    /* event time counted, half open; others are filtered. 0, 0: all */
    bool replay;          /* live: the future guard goes by `as_of`, not by when it was read */
    epoch_ms as_of;       /* replay: WATERMARK_NO_WALL: nothing is in the future (S-60) */
    bool by_day;          /* keep the newest days apart */
    bool rates;           /* by_day: recent rates too, for a screen */
    bool defer_lifecycle; /* log steps instead of settling them */
    size_t closed_room;   /* of core/lifecycle.h; 0: LIFECYCLE_ROOM_ALL */
    size_t groups_cap;    /* 0: TALLY_CAP_DEFAULT */
    size_t distinct_cap;  /* 0: DISTINCT_CAP_NONE */
    bool explain;         /* keep the rare events by group, for core/reconcile.h; by_day: by day */
    bool watch_windows;   /* keep a picture of the windows (live) */
    window_sink *window_sink; /* live: told of results as they change; may be NULL */
    void *window_context;
    struct alert_sink alerts;   /* gets every alert as it is raised, its numbers set when there is a
                                   board; take NULL: nobody. Not of slices, which may be read again */
    struct reject_sink rejects; /* told of every record that is not counted as it stood (S-05); of
                                   a live pipeline */
    bool log_rejects;           /* and they are grouped for the screen */
    enum pipeline_distinct distinct;
    bool judged; /* of a run by several workers: it has no ids of its own
                                   (pipeline_apply_judged), and the whole no life cycle, but
                                   pipeline_put */
};

struct pipeline_day {
    int32_t day;
    struct tally *tally; /* NULL: a free place */
};

struct pipeline {
    struct pipeline_config config;
    struct outcomes outcomes;
    struct tally *tally; /* everything counted; `open` as of everything applied before config.to */
    struct lifecycle *lifecycle;
    struct tickets *tickets;       /* instead, of a whole that is judged */
    struct open_counts opened;     /* of a slice: what it changed there */
    struct dedupe *dedupe;         /* NULL: no ids, switched off, or judged */
    const uint8_t *verdicts;       /* judged: while a block is applied */
    struct id_conflicts conflicts; /* judged: added by whoever finds them */
    struct watermark *watermark;   /* live only */
    struct windows *windows;       /* live, or asked for */
    struct rules *rules;           /* NULL: the definition has none */
    struct alert_board *alerts;    /* live, when there are rules */
    struct pipeline_day days[PIPELINE_DAYS];
    int day_at;             /* the place of the day counted last */
    struct past_days *past; /* by_day: those that were given up there */
    struct rate *rate;      /* rows are those of `tally` */
    epoch_ms newest;        /* greatest event time counted; INT64_MIN before */
    int32_t newest_day;
    struct lifecycle_step_record *log; /* defer_lifecycle: in order of position */
    size_t log_len, log_room;
    bool ended;
    bool kept; /* the state is told what changes: core/pipeline_state.h */
    epoch_ms last_watermark;
    struct rare *rare;          /* config.explain */
    struct window_watch *watch; /* config.watch_windows */
    struct at_mark *at_mark;    /* of the live lane, while it listens; NULL: nobody does */
    struct reject_log *rejects; /* config.log_rejects */
};

void pipeline_init(struct pipeline *pipeline, const struct pipeline_config *config);
void pipeline_fini(struct pipeline *pipeline);
/* Empties it for the next slice. */
void pipeline_clear(struct pipeline *pipeline);

void pipeline_apply(struct pipeline *pipeline, const struct event_block *block);
/* The same for its events [from, to) alone; bytes that are no record go with the first. Parts of a
 * block, applied in order, are the block. */
void pipeline_apply_part(struct pipeline *pipeline, const struct event_block *block, uint32_t from,
                         uint32_t to);

/* For a pipeline that is judged: verdicts[2 * i] (enum dedupe_verdict) on event i where it is in
 * the range, or the range does not matter, and verdicts[2 * i + 1] where it is outside. */
void pipeline_apply_judged(struct pipeline *pipeline, const struct event_block *block,
                           const uint8_t *verdicts);
/* Which of them. */
bool pipeline_judges_inside(const struct pipeline *pipeline, const struct event *event);
/* The id that an event has outside. */
void pipeline_id_outside(const struct event *event, uint64_t id[2]);
/* NULL: ids are not looked at. */
const struct id_conflicts *pipeline_conflicts(const struct pipeline *pipeline);

/* A source that is there holds the watermark back until its first event, or until it is idle
 * (S-23). Live only. */
void pipeline_expect(struct pipeline *pipeline, uint32_t source);
void pipeline_idle(struct pipeline *pipeline, uint32_t source);
/* Bounded input is over: every window becomes final (S-24). `last_watermark` keeps W before it. */
void pipeline_end(struct pipeline *pipeline);
/* W; INT64_MIN before the first event, and in batch. After pipeline_end: as it was before. */
epoch_ms pipeline_watermark(const struct pipeline *pipeline);

/* Adds what a deferring pipeline of the same definition counted over the bytes that follow, but for
 * the ids. Line numbers of its examples are shifted by `line_base`. `map` (may be NULL), of room
 * for `from`'s rows, gets where they are in `into`. */
void pipeline_merge(struct pipeline *into, const struct pipeline *from, uint32_t line_base,
                    size_t *map);
/* Of a whole that is judged: puts in, from any thread, what a slice merged into it has seen of
 * `distinct` and of tickets. `start`: from 0 to 255; those of workers stand apart. */
void pipeline_put(struct pipeline *into, struct pipeline *from, const size_t *map, size_t start);
/* And at the end, one slice's pipeline after the other. */
void pipeline_sum(struct pipeline *into, struct pipeline *from);

/* A day kept comes back from the state: an empty tally in this place. */
void pipeline_restore_day(struct pipeline *pipeline, int place, int32_t day);

/* What the rules could not judge, all of them together. */
uint64_t pipeline_alerts_missed(const struct pipeline *pipeline);

/* The kept totals of a day, or NULL. */
const struct tally *pipeline_day(const struct pipeline *pipeline, int32_t day);
/* Whether a day without totals had no events, rather than being older than the days kept. */
bool pipeline_day_kept(const struct pipeline *pipeline, int32_t day);

#endif
