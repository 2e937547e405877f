#ifndef TAILRACE_CORE_PAST_DAYS_PARTS_H
#define TAILRACE_CORE_PAST_DAYS_PARTS_H
/* Private to core/past_days*.c. */
#include "core/past_days.h"

/* A place keeps its number as long as its day is there: the state knows it by that. */
struct past_day {
    int32_t day;
    bool changed;        /* since the state was told */
    struct tally *tally; /* NULL: free */
};

struct past_days {
    const struct definition *definition;
    struct past_day places[PAST_DAYS];
    size_t last; /* the place that was found last */
    uint64_t dropped, missed;
    int32_t from;
};

/* Makes the day's tally in a free place. */
struct tally *past_days_make(struct past_days *past, size_t place, int32_t day);

#endif
