#ifndef TAILRACE_CORE_TRAIL_H
#define TAILRACE_CORE_TRAIL_H
/*
 * Where numbered records stood, from 32 bits kept with each: for core/dedupe.h, which has room for
 * no more.
 *
 * Records come in order of their numbers, mostly many of one generation after another. A run is
 * such a stretch, and what is kept with a record is how far it stands behind its run's first. A new
 * run begins with another generation, or 4 GiB on.
 *
 * Bounded: TRAIL_RUNS_MAX runs, 24 bytes each; beyond, the older half is given up, and trail_find
 * says of those records that it does not know.
 *
 * Threads: none; one owner.
 */
#include "core/event.h"

enum { TRAIL_RUNS_MAX = 64 * 1024 };

struct trail_run {
    uint64_t number; /* of its first record */
    struct event_position first;
};

struct trail { /* zeroed: empty */
    struct trail_run *runs;
    size_t len, room;
};

void trail_fini(struct trail *trail);
/* Empties it, keeping its memory. */
void trail_clear(struct trail *trail);

/* Notes the next record; returns what to keep with it. Numbers rise. */
uint32_t trail_note(struct trail *trail, uint64_t number, const struct event_position *position);
/* A run comes back from the state. */
void trail_restore(struct trail *trail, uint64_t number, const struct event_position *first);
/* False: no longer known. */
bool trail_find(const struct trail *trail, uint64_t number, uint32_t kept,
                struct event_position *out);

#endif
