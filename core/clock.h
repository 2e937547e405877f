#ifndef TAILRACE_CORE_CLOCK_H
#define TAILRACE_CORE_CLOCK_H
/*
 * The only source of time.
 *
 * A clock gives two readings. clock_now: the time that feeds, schedules and ages live in, real or
 * compressed (x360) or stepped by a test. clock_mono: the machine's own monotonic nanoseconds, for
 * stopwatches (event to screen) and for sleeping until a deadline; never compressed.
 *
 * Threads: any; a private lock guards the pace.
 */
#include "core/instant.h"

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
/* Stopped clocks only. */
void clock_step(struct clock *clock, int64_t ms);

/* When, on clock_mono, clock_now will read `time`; in the past when it already does. INT64_MAX for
 * a stopped clock. Stale after clock_set_speed: whoever sleeps on it is woken and asks again. */
mono_ns clock_mono_at(const struct clock *clock, epoch_ms time);

/* CPU time of the calling thread, in nanoseconds. */
int64_t clock_thread_cpu_ns(void);

#endif
