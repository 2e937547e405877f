/* Real, compressed and stopped time behind one pair of readings. */
#include "core/clock.h"

#include "core/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum kind { REAL, COMPRESSED, STOPPED };

#define NS_PER_MS INT64_C(1000000)

enum {
    STOOD_MS = 5000, /* nobody read a clock for so long: the process stood still, or slept */
    STEP_MS = 1000,  /* less is what time services correct all the time */
    DRIFT = 1000     /* and so much of the time between two looks: 1/1000 */
};

struct clock {
    enum kind kind;
    pthread_mutex_t lock; /* guards the rest */
    int speed;
    epoch_ms base;     /* the reading at `base_mono` */
    mono_ns base_mono; /* STOPPED: the whole monotonic reading */
    mono_ns read_mono; /* COMPRESSED: when it was last read */
    int64_t ahead_ms;  /* of the wall clock to the machine's, at the last look */
    int64_t asleep_ms; /* of the machine so far, at the last look */
    mono_ns looked;
    struct clock_look seen;
};

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

mono_ns clock_machine(void)
{
    return read_ns(CLOCK_BOOTTIME);
}

static struct clock *clock_new(enum kind kind, epoch_ms base, int speed)
{
    struct clock *clock = mem_zero(1, sizeof *clock);
    clock->kind = kind;
    pthread_mutex_init(&clock->lock, NULL);
    clock->speed = speed < 1 ? 1 : speed;
    clock->base = base;
    clock->base_mono = kind == STOPPED ? 1 : clock_machine();
    clock->read_mono = clock->base_mono;
    clock_look(clock);
    clock->seen = (struct clock_look){.now = base};
    return clock;
}

struct clock *clock_new_real(void)
{
    return clock_new(REAL, 0, 1);
}

struct clock *clock_new_compressed(epoch_ms start, int speed)
{
    return clock_new(COMPRESSED, start, speed);
}

struct clock *clock_new_stopped(epoch_ms start)
{
    return clock_new(STOPPED, start, 1);
}

void clock_free(struct clock *clock)
{
    if (!clock)
        return;
    pthread_mutex_destroy(&clock->lock);
    free(clock);
}

/* The lock is the clock's own; readings do not change what a caller can see of it. */
static struct clock *lock(const struct clock *clock)
{
    struct clock *own = (struct clock *)clock;
    pthread_mutex_lock(&own->lock);
    return own;
}

/* Its world stands still while the process does: nobody was there to count it. Nanoseconds before
 * milliseconds: the pace multiplies what has been rounded least. */
static epoch_ms compressed_now(struct clock *clock, mono_ns mono)
{
    int64_t stood_ns = mono - clock->read_mono;
    if (stood_ns > STOOD_MS * NS_PER_MS)
        clock->base_mono += stood_ns;
    if (stood_ns > 0)
        clock->read_mono = mono;
    int64_t elapsed_ns = mono - clock->base_mono;
    return clock->base + elapsed_ns / NS_PER_MS * clock->speed +
           elapsed_ns % NS_PER_MS * clock->speed / NS_PER_MS;
}

epoch_ms clock_now(const struct clock *clock)
{
    if (clock->kind == REAL)
        return read_ns(CLOCK_REALTIME) / NS_PER_MS;
    struct clock *own = lock(clock);
    epoch_ms now = own->kind == STOPPED ? own->base : compressed_now(own, clock_machine());
    pthread_mutex_unlock(&own->lock);
    return now;
}

mono_ns clock_mono(const struct clock *clock)
{
    if (clock->kind != STOPPED)
        return clock_machine();
    struct clock *own = lock(clock);
    mono_ns mono = own->base_mono;
    pthread_mutex_unlock(&own->lock);
    return mono;
}

int clock_speed(const struct clock *clock)
{
    struct clock *own = lock(clock);
    int speed = own->speed;
    pthread_mutex_unlock(&own->lock);
    return speed;
}

void clock_set_speed(struct clock *clock, int speed)
{
    if (clock->kind != COMPRESSED || speed < 1)
        return;
    pthread_mutex_lock(&clock->lock);
    mono_ns mono = clock_machine();
    clock->base = compressed_now(clock, mono);
    clock->base_mono = mono;
    clock->speed = speed;
    pthread_mutex_unlock(&clock->lock);
}

void clock_step(struct clock *clock, int64_t ms)
{
    if (clock->kind != STOPPED)
        return;
    pthread_mutex_lock(&clock->lock);
    clock->base += ms;
    clock->base_mono += ms * NS_PER_MS;
    pthread_mutex_unlock(&clock->lock);
}

void clock_set(struct clock *clock, int64_t ms)
{
    if (clock->kind != STOPPED)
        return;
    pthread_mutex_lock(&clock->lock);
    clock->base += ms;
    pthread_mutex_unlock(&clock->lock);
}

/* What the wall clock reads beyond the machine's. */
static int64_t ahead_now(struct clock *clock, epoch_ms *now, mono_ns *mono)
{
    *mono = clock->kind == STOPPED ? clock->base_mono : clock_machine();
    *now = clock->kind == REAL      ? read_ns(CLOCK_REALTIME) / NS_PER_MS
           : clock->kind == STOPPED ? clock->base
                                    : compressed_now(clock, *mono);
    return clock->kind == COMPRESSED ? 0 : *now - *mono / NS_PER_MS;
}

struct clock_look clock_look(struct clock *clock)
{
    epoch_ms now;
    mono_ns mono;
    pthread_mutex_lock(&clock->lock);
    struct clock_look *seen = &clock->seen;
    int64_t ahead_ms = ahead_now(clock, &now, &mono);
    int64_t set_ms = ahead_ms - clock->ahead_ms;
    int64_t least_ms = STEP_MS + (mono - clock->looked) / NS_PER_MS / DRIFT;
    if (set_ms >= least_ms || set_ms <= -least_ms) {
        seen->set_ms = set_ms;
        seen->set_total_ms += set_ms;
        seen->set_at = mono;
    }
    int64_t asleep_ms = clock->kind == STOPPED ? 0 : (mono - read_ns(CLOCK_MONOTONIC)) / NS_PER_MS;
    if (asleep_ms - clock->asleep_ms >= STEP_MS) {
        seen->slept_ms = asleep_ms - clock->asleep_ms;
        seen->woke_at = mono;
    }
    clock->ahead_ms = ahead_ms;
    clock->asleep_ms = asleep_ms;
    clock->looked = mono;
    seen->now = now;
    struct clock_look look = *seen;
    pthread_mutex_unlock(&clock->lock);
    return look;
}

struct timespec clock_patience(int64_t ms)
{
    int64_t end = read_ns(CLOCK_MONOTONIC) + ms * NS_PER_MS;
    return (struct timespec){.tv_sec = end / 1000000000, .tv_nsec = end % 1000000000};
}

mono_ns clock_mono_at(const struct clock *clock, epoch_ms time)
{
    if (time == INT64_MAX || clock->kind == STOPPED)
        return INT64_MAX;
    if (clock->kind == REAL) {
        int64_t away_ms = time - clock_now(clock);
        if (away_ms > INT64_MAX / NS_PER_MS / 2)
            return INT64_MAX;
        return clock_machine() + away_ms * NS_PER_MS;
    }
    struct clock *own = lock(clock);
    int64_t away_ms = time - own->base;
    mono_ns mono = INT64_MAX;
    if (away_ms < INT64_MAX / NS_PER_MS / 2)
        mono = own->base_mono + away_ms * NS_PER_MS / own->speed + 1;
    pthread_mutex_unlock(&own->lock);
    return mono;
}

int64_t clock_thread_cpu_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}
