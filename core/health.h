#ifndef TAILRACE_CORE_HEALTH_H
#define TAILRACE_CORE_HEALTH_H
/*
 * Health rules of the live lane (S-70): told facts now and then, they raise an alert when something
 * has gone on for too long, and resolve it when it has been well again for long enough.
 *
 *     kind                raised when                                          resolved when
 *     lag                 bytes lie unread for HEALTH_LAG_MS without           the reader was at
 * the the reader having been at the end of the             end in the last second, feed, or (first
 * reading what was there) the          for HEALTH_LAG_CLEAR_MS unread getting fewer watermark
 * stalled   HEALTH_STALL_EVENTS events came over HEALTH_STALL_MS it moved and it did not move;
 * sources may be idle first, so the time begins with their limit rejects             in the last
 * minute HEALTH_REJECTS records or more    below HEALTH_REJECTS_CLEAR_PERCENT were rejected, and
 * HEALTH_REJECTS_PERCENT of all     for HEALTH_REJECTS_CLEAR_MS
 *
 * Behind is judged by unread bytes, never by event time (S-122): yesterday's events read today are
 * no lag. Times are the machine's. One alert of each kind at a time.
 *
 * Threads: none; one owner. Pure.
 */
#include "core/instant.h"

enum {
    HEALTH_LOOK_MS = 1000, /* no need to look more often */
    HEALTH_LAG_MS = 10 * 1000,
    HEALTH_LAG_CLEAR_MS = 5 * 1000,
    HEALTH_STALL_MS = 60 * 1000, /* beyond the sources' idle limit */
    HEALTH_STALL_EVENTS = 10,
    HEALTH_REJECTS = 10,
    HEALTH_REJECTS_PERCENT = 5,
    HEALTH_REJECTS_CLEAR_PERCENT = 2,
    HEALTH_REJECTS_CLEAR_MS = 30 * 1000,
    HEALTH_SAMPLES = 14 /* of the minute, 5 s apart */
};

enum health_kind { HEALTH_LAG, HEALTH_WATERMARK_STALLED, HEALTH_MANY_REJECTS, HEALTH_KINDS };

/* At one moment. */
struct health_facts {
    mono_ns now;
    epoch_ms clock;     /* in use: when things are said to have happened */
    uint64_t unread;    /* bytes; an unfinished last line is not among them */
    mono_ns caught_up;  /* when the reader was last at the end of the feed; 0: not yet */
    epoch_ms watermark; /* INT64_MIN: none yet */
    uint64_t read;      /* records so far, of them: */
    uint64_t rejected;
    uint64_t events; /* neither rejected nor seen before: these should move the watermark */
};

struct health_alert {
    enum health_kind kind;
    bool active;
    uint64_t number;     /* of its kind, from 1; 0: none was raised yet */
    epoch_ms since;      /* on the clock: when it was raised */
    epoch_ms until;      /* when it was resolved */
    mono_ns resolved_at; /* the same on the machine's */
    int64_t lasting_ms;  /* the machine's time that it had gone on for, when last looked at */
    uint64_t amount;     /* bytes unread; events that came; records rejected in the minute */
    uint64_t of;         /* records read in the minute */
};

/* Gets each alert when it is raised and when it is resolved; valid during the call. */
struct health_sink {
    void (*take)(void *context, const struct health_alert *alert);
    void *context;
};

struct health {
    struct health_alert alerts[HEALTH_KINDS];
    /* the rest is private */
    int64_t stall_ms;
    mono_ns looked;
    bool waiting;                     /* something may change although nothing happens */
    mono_ns well_since[HEALTH_KINDS]; /* of active ones; 0: not well */
    uint64_t least_unread;
    mono_ns least_at, caught_up;
    epoch_ms watermark;
    mono_ns moved_at, event_at;
    uint64_t moved_events, events;
    struct {
        mono_ns at;
        uint64_t read, rejected;
    } samples[HEALTH_SAMPLES]; /* oldest first */
    int samples_len;
};

/* `idle_ms`: how long a source may hold the watermark (core/watermark.h). */
void health_init(struct health *health, int64_t idle_ms, mono_ns now);

/* True when the sink was told something. Does nothing within HEALTH_LOOK_MS of the last time. */
bool health_look(struct health *health, const struct health_facts *facts,
                 const struct health_sink *sink);
/* When to look again: `more` when facts may have changed since; INT64_MAX: no need. */
mono_ns health_next(const struct health *health, bool more);

/* "HEALTH_LAG" and so on. */
const char *health_name(enum health_kind kind);

#endif
