/*
 * Guards: a clock that was set hours back or ahead under a running program (S-63) is noticed once,
 * with its amount, and times of the past move along, so that ages stay; time that passes and small
 * corrections are none; the batch lane's schedule neither fires for each deadline that was jumped
 * over nor stops until the old time is reached again; micro-batch's trigger neither.
 */
#include "tests/unit/support.h"

#include "core/batch_lane.h"
#include "core/feed.h"
#include "core/trigger.h"

#include <stdlib.h>

enum { PATIENCE_S = 30, EVERY = MS_PER_MINUTE };
#define NOON ((epoch_ms)1767614400000) /* 2026-01-05T12:00:00Z */

static void test_look(void **state)
{
    (void)state;
    struct clock *clock = clock_new_stopped(NOON);
    struct clock_look look = clock_look(clock);
    assert_int_equal(look.set_at, 0);
    assert_int_equal(look.set_total_ms, 0);
    clock_step(clock, 10 * MS_PER_HOUR);
    look = clock_look(clock);
    assert_int_equal(look.set_at, 0);
    assert_true(look.now == NOON + 10 * MS_PER_HOUR);
    clock_set(clock, 999); /* a correction */
    assert_int_equal(clock_look(clock).set_at, 0);
    clock_set(clock, 5 * MS_PER_HOUR);
    look = clock_look(clock);
    assert_int_equal(look.set_ms, 5 * MS_PER_HOUR);
    assert_true(look.set_at == clock_mono(clock));
    mono_ns when = look.set_at;
    clock_step(clock, 60);
    assert_true(clock_look(clock).set_at == when);
    clock_set(clock, -7 * MS_PER_HOUR);
    look = clock_look(clock);
    assert_int_equal(look.set_ms, -7 * MS_PER_HOUR);
    assert_int_equal(look.set_total_ms, -2 * MS_PER_HOUR);
    clock_free(clock);
}

/* Slowly enough, a whole hour can be corrected away. */
static void test_correction(void **state)
{
    (void)state;
    struct clock *clock = clock_new_stopped(NOON);
    for (int i = 0; i < 3600; i++) {
        clock_step(clock, 60 * 60 * 1000);
        clock_set(clock, -1000);
        assert_int_equal(clock_look(clock).set_at, 0);
    }
    clock_free(clock);
}

static void test_halves(void **state)
{
    (void)state;
    struct snapshot_batch batch = {.runs_len = 1};
    struct snapshot_live live = {.as_of = NOON};
    batch.runs[0] = (struct snapshot_run){.mark = NOON - 5, .published = NOON};
    snapshot_batch_set(&batch, 1000);
    snapshot_batch_set(&batch, 1000); /* known */
    snapshot_batch_set(&batch, -500);
    assert_true(batch.runs[0].mark == NOON - 505 && batch.runs[0].published == NOON - 500);
    snapshot_live_set(&live, 70);
    assert_true(live.as_of == NOON + 70);
}

static void test_trigger(void **state)
{
    (void)state;
    struct trigger trigger;
    trigger_init(&trigger, 1000);
    trigger_due(&trigger, NOON);
    trigger_fired(&trigger, NOON);
    assert_true(trigger_due(&trigger, NOON + 1) == NOON + 1000);
    assert_true(trigger_due(&trigger, NOON - MS_PER_HOUR) == NOON - MS_PER_HOUR + 1000);
}

/* --- the batch lane: a feed without a byte --- */

static size_t no_slices(const struct scan *scan)
{
    (void)scan;
    return 0;
}

static uint64_t no_bytes(const struct scan *scan)
{
    (void)scan;
    return 0;
}

static uint32_t none_lost(const struct scan *scan)
{
    (void)scan;
    return 0;
}

static void scan_free(struct scan *scan)
{
    free(scan);
}

static const struct scan_ops empty_scan_ops = {
    .len = no_slices, .bytes = no_bytes, .lost = none_lost, .free = scan_free};

static struct scan *scan_open(struct feed *feed, struct error *error)
{
    (void)feed;
    (void)error;
    struct scan *scan = mem_zero(1, sizeof *scan);
    scan->ops = &empty_scan_ops;
    return scan;
}

static const struct feed_ops empty_ops = {.scan_open = scan_open};

static int32_t no_day(const void *context)
{
    (void)context;
    return INT32_MIN;
}

/* The newest picture once it fits. */
static struct snapshot_batch until(struct batch_lane *lane, struct wake *told, uint64_t runs,
                                   epoch_ms next)
{
    mono_ns end = clock_machine() + (mono_ns)PATIENCE_S * 1000000000;
    for (;;) {
        wake_clear(told);
        const struct snapshot_batch *newest = batch_lane_newest(lane);
        if (newest && newest->runs_total == runs && newest->next_run == next)
            return *newest;
        if (clock_machine() > end)
            fail_msg("%d runs, next %lld; expected %d, %lld", newest ? (int)newest->runs_total : -1,
                     newest ? (long long)newest->next_run : 0, (int)runs, (long long)next);
        wake_wait(told, clock_machine() + 100 * 1000000);
    }
}

static void test_schedule(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct symbols *symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    struct clock *clock = clock_new_stopped(NOON);
    struct feed feed = {&empty_ops};
    struct wake told;
    wake_init(&told);
    struct batch_lane_config config = {.definition = definition,
                                       .symbols = symbols,
                                       .clock = clock,
                                       .feed = &feed,
                                       .workers = 1,
                                       .every_ms = EVERY,
                                       .day = no_day,
                                       .changed = &told};
    struct batch_lane *lane = batch_lane_new(&config);
    assert_int_equal(batch_lane_start(lane, NULL), STATUS_OK);
    until(lane, &told, 0, NOON + EVERY);
    clock_step(clock, EVERY);
    batch_lane_wake(lane);
    until(lane, &told, 1, NOON + 2 * EVERY);

    /* three hours ahead: one run, not 180, and none of them an overrun */
    clock_set(clock, 3 * MS_PER_HOUR);
    batch_lane_wake(lane);
    epoch_ms now = NOON + EVERY + 3 * MS_PER_HOUR;
    struct snapshot_batch picture = until(lane, &told, 2, now + EVERY);
    assert_int_equal(picture.overruns, 0);
    assert_true(picture.runs[0].mark == now); /* no time has passed since */
    assert_true(picture.runs[1].mark == now);
    assert_false(picture.runs[1].overrun);

    /* six back: no run now, but one in a minute */
    clock_set(clock, -6 * MS_PER_HOUR);
    batch_lane_wake(lane);
    now -= 6 * MS_PER_HOUR;
    picture = until(lane, &told, 2, now + EVERY);
    assert_true(picture.runs[1].mark == now);
    clock_step(clock, EVERY);
    batch_lane_wake(lane);
    picture = until(lane, &told, 3, now + 2 * EVERY);
    assert_true(picture.runs[1].mark == now && picture.runs[2].mark == now + EVERY);

    /* stopped, or asleep, for an hour: one run again, and nothing was late by its own fault */
    clock_step(clock, MS_PER_HOUR);
    batch_lane_wake(lane);
    picture = until(lane, &told, 4, now + 2 * EVERY + MS_PER_HOUR);
    assert_int_equal(picture.overruns, 0);
    batch_lane_free(lane);
    clock_free(clock);
    symbols_free(symbols);
    definition_free(definition);
    wake_fini(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_look),     cmocka_unit_test(test_correction),
        cmocka_unit_test(test_halves),   cmocka_unit_test(test_trigger),
        cmocka_unit_test(test_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
