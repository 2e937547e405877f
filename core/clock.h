#ifndef TAILRACE_CORE_CLOCK_H
#define TAILRACE_CORE_CLOCK_H
/*
 * The only source of time.
 *
 * A clock gives two readings. clock_now: the time that feeds, schedules and ages live in, real or
 * compressed (x360) or stepped by a test. clock_mono: the machine's own monotonic nanoseconds, for
 * stopwatches (event to screen) and for sleeping until a deadline; never compressed. It goes on
 * while the machine sleeps, so that an answer from before is as old as it is.
 *
 * The wall clock can be set, hours back or ahead, under a program that runs for weeks (S-63). Who
 * keeps times of the past looks now and then (clock_look), and moves them by as much as the clock
 * was set: then ages stay what they were. A compressed clock cannot be set, and stands still while
 * the process does (stopped by a signal, or the machine asleep).
 *
 * Threads: any; a private lock guards the pace.
 */
#include "core/instant.h"

#include <time.h>

struct clock;

/* The wall clock. */
struct clock *clock_new_real(void);
/* Starts at `start` now and runs `speed` times as fast as the machine (speed >= 1). */
struct clock *clock_new_compressed(epoch_ms start, int speed);
/* Stands at `start` until clock_step; for tests. clock_mono steps with it. */
struct clock *clock_new_stopped(epoch_ms start);
void clock_free(struct clock *clock);

epoch_ms clock_now(const struct clock *clock);
mono_ns clock_mono(const struct clock *clock);

/* 1 for the real clock. */
int clock_speed(const struct clock *clock);
/* Compressed clocks only: goes on from the present reading at the new pace. */
void clock_set_speed(struct clock *clock, int speed);
/* Stopped clocks only: time passes. */
void clock_step(struct clock *clock, int64_t ms);
/* Stopped clocks only: somebody sets the wall clock; no time passes. */
void clock_set(struct clock *clock, int64_t ms);

/* What became of the wall clock so far, by all looks together. */
struct clock_look {
    epoch_ms now;         /* the present reading, with all of this in it */
    int64_t set_ms;       /* the last time it was set: by so much, ahead > 0 */
    int64_t set_total_ms; /* all times together */
    mono_ns set_at;       /* when that was seen; 0: never */
    int64_t slept_ms;     /* the machine's last sleep */
    mono_ns woke_at;      /* when that was seen; 0: never */
};
/* A change of less than a second, or slow enough for a correction, is none. Costs three readings.
 */
struct clock_look clock_look(struct clock *clock);

/* When, on clock_mono, clock_now will read `time`; in the past when it already does. INT64_MAX for
 * a stopped clock. Stale after clock_set_speed: whoever sleeps on it is woken and asks again. */
mono_ns clock_mono_at(const struct clock *clock, epoch_ms time);

/* What clock_mono of any clock but a stopped one reads. */
mono_ns clock_machine(void);
/* For pthread_cond_timedwait on CLOCK_MONOTONIC: so much from now, not counting sleep. */
struct timespec clock_patience(int64_t ms);

/* CPU time of the calling thread, in nanoseconds. */
int64_t clock_thread_cpu_ns(void);

#endif
