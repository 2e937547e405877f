#ifndef TAILRACE_CORE_PAST_DAYS_H
#define TAILRACE_CORE_PAST_DAYS_H
/*
 * Finished days by group, for longer than a pipeline keeps them whole: what a day counted when it
 * made room for a newer one, and what still came for it afterwards. So yesterday and the last weeks
 * can be shown, to the unit.
 *
 * Bounded: PAST_DAYS days of PAST_GROUPS groups each; further groups of a day are one row, (other).
 * The oldest day makes room, and past_days_dropped counts it; from past_days_from on every day that
 * had events is here or still in the pipeline.
 *
 * Of the measure `distinct` a day keeps the numbers, not what they were counted from: an event that
 * comes later adds nothing to them (tally_distinct_refused says so).
 *
 * Threads: none; one owner.
 */
#include "core/tally.h"

enum { PAST_DAYS = 400, PAST_GROUPS = 64 };

struct past_days;

struct past_days *past_days_new(const struct definition *definition);
void past_days_free(struct past_days *past); /* accepts NULL */

/* A day that is given up elsewhere. */
void past_days_take(struct past_days *past, int32_t day, const struct tally *tally);
/* An event of a day that is no longer, or never was, kept elsewhere. */
void past_days_add(struct past_days *past, int32_t day, const struct event *event);

/* NULL: it is not here. */
const struct tally *past_days_find(const struct past_days *past, int32_t day);
/* The days that are here, oldest first; returns how many, at most PAST_DAYS. */
size_t past_days_list(const struct past_days *past, int32_t out[PAST_DAYS]);

/* Days given up for want of room, and events of such days that came later. */
uint64_t past_days_dropped(const struct past_days *past);
uint64_t past_days_missed(const struct past_days *past);
/* Days before it may have been given up; INT32_MIN: none was. */
int32_t past_days_from(const struct past_days *past);

#endif
