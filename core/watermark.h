#ifndef TAILRACE_CORE_WATERMARK_H
#define TAILRACE_CORE_WATERMARK_H
/*
 * How far event time has come, W: the moment before which no more events are expected.
 *
 * Each source has W(s) = its greatest event time - delay (S-20). W is the least of the active
 * sources', and never goes back (S-21). It is a function of the events in their order and of the
 * idle marks, of nothing else: no clock, no block sizes, no threads (S-22).
 *
 * The jump guard (S-61): an event more than `jump` ahead of its source's greatest time is far. It
 * moves the watermark only when `jump_events` far events, itself one of them, stand within `jump`
 * of it; so a lone event of the year 2099, or of a fast clock, makes nothing late (D-05), while a
 * feed that stood still over night goes on with its third event. Far events wait in bounded memory,
 * the last WATERMARK_FAR_MAX of each source in order of arrival, until time passes them. Ordinary
 * events confirm nothing: a fast clock does not become right by time catching up. The first event
 * of a source has nothing to be far from. A feed sparser than `jump` needs a greater one.
 *
 *     watermark_expect(w, s) for each source at hand
 *     for each event: watermark_is_future(…)? → duplicate? → before = watermark_advance(w, s, time)
 *
 * Threads: none; one owner.
 */
#include "core/instant.h"

/* What a definition says about time; the lateness is used by the windows, the rest here. */
struct watermark_config {
    int64_t delay_ms;    /* B */
    int64_t lateness_ms; /* A */
    int64_t idle_ms;     /* a source at its end this long, by the wall clock, is idle */
    int64_t future_ms;   /* F */
    int64_t jump_ms;     /* J */
    int jump_events;     /* K, 1 … WATERMARK_FAR_MAX */
};

/* S-25, S-23, S-60, S-61. */
#define WATERMARK_DEFAULTS                                                                         \
    {                                                                                              \
        .delay_ms = MS_PER_MINUTE, .lateness_ms = 9 * MS_PER_MINUTE, .idle_ms = MS_PER_MINUTE,     \
        .future_ms = 5 * MS_PER_MINUTE, .jump_ms = MS_PER_HOUR, .jump_events = 3                   \
    }

enum { WATERMARK_FAR_MAX = 64 };

#define WATERMARK_NONE    INT64_MIN /* W before the first event */
#define WATERMARK_END     INT64_MAX /* W behind the last (S-24) */
#define WATERMARK_NO_WALL INT64_MAX /* batch, replay: nothing is in the future (S-60) */

struct watermark;

struct watermark *watermark_new(const struct watermark_config *config);
void watermark_free(struct watermark *watermark); /* accepts NULL */

/* A source that is there: it holds W back from now on, until it is ahead or idle. Its first event
 * says the same; said before, what other sources bring does not run ahead of it. */
void watermark_expect(struct watermark *watermark, uint32_t source);

/* The future guard (S-60): is `time` more than F ahead of `wall`, the clock when it was read? */
bool watermark_is_future(const struct watermark *watermark, epoch_ms time, epoch_ms wall);

/* Takes an event that is neither future nor a duplicate (S-20). An idle source is active again.
 * Returns W before it, by which it is judged late or not. */
epoch_ms watermark_advance(struct watermark *watermark, uint32_t source, epoch_ms time);

/* The source is left out of the least until its next event (S-23). With nobody left, W stays. */
void watermark_idle(struct watermark *watermark, uint32_t source);

/* Bounded input is over: W = WATERMARK_END, every window becomes final (S-24). */
void watermark_end(struct watermark *watermark);

epoch_ms watermark_now(const struct watermark *watermark);

/* "Held by an outlier": far events that wait, of all sources. */
struct watermark_held {
    uint64_t events;   /* 0: none */
    epoch_ms greatest; /* the farthest */
    uint32_t source;   /* where it came from */
};
struct watermark_held watermark_held(const struct watermark *watermark);

#endif
