#ifndef TAILRACE_CORE_RARE_H
#define TAILRACE_CORE_RARE_H
/*
 * The rare events of an answer, by group: those that the two lanes may rightly count differently.
 * Kept beside the totals, from the events themselves, so that the difference of two answers is
 * explained by what happened and not by the difference (S-113).
 *
 * Only events that pass the filters are here. A live lane keeps them by day; a whole answer keeps
 * one set, its windows, and where the events with rules stood, for the reasons of alerts.
 *
 * Bounded: RARE_DAYS days. Days no longer shown are given up first, then the farthest in the
 * future; rare_complete says whether a day has all of its own. Groups, windows and places have caps
 * as well (rare_overflowed).
 *
 * Threads: none; one owner.
 */
#include "core/tally.h"
#include "core/window.h"

enum rare_kind {
    RARE_LATE,     /* counted, too late for its window */
    RARE_FUTURE,   /* kept out by the clock (S-60) */
    RARE_DROPPED,  /* duplicates, and rejected(id_conflict) */
    RARE_UNKNOWN,  /* let through, but the id could not be checked (S-42) */
    RARE_CONFLICT, /* the id came before with other content, whatever became of it (S-41) */
    RARE_KINDS
};

enum { RARE_DAYS = 32, RARE_PLACES_MAX = 64 * 1024, RARE_WINDOWS_MAX = 200 * 1000 };

struct rare_config {
    const struct definition *definition;
    size_t groups_cap;
    bool by_day;
    const struct window_config *windows; /* keep rows by window too; NULL: not */
    bool places;                         /* keep where events with rules stood */
};

struct rare;

struct rare *rare_new(const struct rare_config *config);
void rare_free(struct rare *rare); /* accepts NULL */
void rare_clear(struct rare *rare);

/* `newest_day`: the newest day with counted events; by_day only. */
void rare_add(struct rare *rare, enum rare_kind kind, const struct event_block *block,
              const struct event *event, int32_t newest_day);
/* Neither by day. */
void rare_merge(struct rare *into, const struct rare *from);

/* The groups of a day (not by day: any number); NULL: none. */
const struct tally *rare_tally(const struct rare *rare, int32_t day, enum rare_kind kind);
/* The same, to be changed. */
struct tally *rare_tally_mutable(struct rare *rare, int32_t day, enum rare_kind kind);
/* Whether all rare events of that day are here. */
bool rare_complete(const struct rare *rare, int32_t day);

/* NULL: not kept. Not of RARE_LATE, which the windows themselves keep (windows_late). */
const struct windows *rare_windows(const struct rare *rare, enum rare_kind kind);
struct windows *rare_windows_mutable(struct rare *rare, enum rare_kind kind);
/* Rows of windows that met a cap. */
uint64_t rare_windows_overflowed(const struct rare *rare);

/* Where events with rules stood that were RARE_LATE or RARE_FUTURE. */
struct rare_place {
    struct event_position position;
    enum rare_kind kind;
};

const struct rare_place *rare_places(const struct rare *rare, size_t *len);
/* Places beyond RARE_PLACES_MAX. */
uint64_t rare_places_overflowed(const struct rare *rare);

#endif
