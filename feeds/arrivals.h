#ifndef TAILRACE_FEEDS_ARRIVALS_H
#define TAILRACE_FEEDS_ARRIVALS_H
/*
 * When things occur: a seeded sequence of times that follows a profile's daily curve.
 *
 * Either a given number of arrivals, all within one day, or the natural volume, day after day.
 * Times never decrease. A copy of the struct replays what the original would have given.
 */
#include "feeds/profiles.h"

enum { ARRIVALS_MINUTES = 24 * 60 };

struct arrivals {
    struct dice dice;
    uint64_t edges[ARRIVALS_MINUTES + 1]; /* share of the day's arrivals before each minute */
    uint64_t scale;                       /* from a gap of the dice to shares of the day */
    uint64_t position;                    /* of the last arrival: share of its day */
    int minute;                           /* that `position` lies in */
    epoch_ms day_start;
    uint64_t left; /* UINT64_MAX: without end */
};

/* `count` 0: the natural volume. */
void arrivals_init(struct arrivals *arrivals, const struct profile *profile, uint64_t seed,
                   epoch_ms day_start, uint64_t count);

/* The next time; INT64_MAX after the last. */
epoch_ms arrivals_next(struct arrivals *arrivals);

#endif
