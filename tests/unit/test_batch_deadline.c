/*
 * Guards: a batch run that lasts longer than its interval is said, the deadlines that passed
 * meanwhile are counted, and none of them is made up for (S-112). The clock stands still but for
 * the run itself, which steps it.
 */
#include "tests/unit/support.h"

#include "core/batch_lane.h"
#include "core/feed.h"

#include <stdlib.h>
#include <time.h>

enum { PATIENCE_S = 30, EVERY = MS_PER_HOUR };
#define NOON ((epoch_ms)1767614400000) /* 2026-01-05T12:00:00Z */

/* A feed whose only scan holds nothing and takes its time. */
struct slow_feed {
    struct feed feed;
    struct clock *clock;
    int64_t takes_ms;
    int scans;
};
struct slow_scan {
    struct scan scan;
    struct slow_feed *feed;
};

static size_t scan_len(const struct scan *scan)
{
    (void)scan;
    return 1;
}

static void scan_slice(const struct scan *scan, size_t index, uint32_t *source,
                       uint32_t *generation, uint64_t *begin, bool *first)
{
    (void)scan;
    (void)index;
    *source = *generation = 0;
    *begin = 0;
    *first = true;
}

static enum status scan_read(const struct scan *scan, size_t index, uint64_t from, block_sink sink,
                             void *context, struct slice_result *result, struct error *error)
{
    (void)index;
    (void)from;
    (void)sink;
    (void)context;
    (void)error;
    const struct slow_feed *slow = ((const struct slow_scan *)scan)->feed;
    clock_step(slow->clock, slow->takes_ms);
    *result = (struct slice_result){.begin = 0};
    return STATUS_OK;
}

static uint64_t scan_bytes(const struct scan *scan)
{
    (void)scan;
    return 0;
}

static uint32_t scan_lost(const struct scan *scan)
{
    (void)scan;
    return 0;
}

static void scan_free(struct scan *scan)
{
    free(scan);
}

static const struct scan_ops slow_scan_ops = {.len = scan_len,
                                              .slice = scan_slice,
                                              .read = scan_read,
                                              .bytes = scan_bytes,
                                              .lost = scan_lost,
                                              .free = scan_free};

static struct scan *open_scan(struct feed *feed, struct error *error)
{
    struct slow_feed *slow = (struct slow_feed *)feed;
    struct slow_scan *scan = mem_zero(1, sizeof *scan);
    (void)error;
    scan->scan.ops = &slow_scan_ops;
    scan->feed = slow;
    slow->scans++;
    return &scan->scan;
}

static const struct feed_ops slow_ops = {.scan_open = open_scan};

static int32_t no_day(const void *context)
{
    (void)context;
    return INT32_MIN;
}

static mono_ns machine_ns(void)
{
    return clock_machine();
}

/* The newest picture once so many runs were made. */
static struct snapshot_batch after_runs(struct batch_lane *lane, struct wake *told, uint64_t runs)
{
    mono_ns end = machine_ns() + (mono_ns)PATIENCE_S * 1000000000;
    for (;;) {
        wake_clear(told);
        const struct snapshot_batch *newest = batch_lane_newest(lane);
        if (newest && newest->runs_total == runs)
            return *newest;
        if (machine_ns() > end)
            fail_msg("never came: %d runs", (int)runs);
        wake_wait(told, machine_ns() + 100 * 1000000);
    }
}

/* A run due at 13:00 takes `takes_ms`. */
static void check(int64_t takes_ms, bool overrun, uint64_t passed, epoch_ms next)
{
    struct definition *definition = make_definition("key", "count");
    struct symbols *symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    struct slow_feed slow = {
        .feed = {&slow_ops}, .clock = clock_new_stopped(NOON), .takes_ms = takes_ms};
    struct wake told;
    wake_init(&told);
    struct batch_lane_config config = {.definition = definition,
                                       .symbols = symbols,
                                       .clock = slow.clock,
                                       .feed = &slow.feed,
                                       .workers = 1,
                                       .every_ms = EVERY,
                                       .day = no_day,
                                       .changed = &told};
    struct batch_lane *lane = batch_lane_new(&config);
    assert_int_equal(batch_lane_start(lane, NULL), STATUS_OK);
    struct snapshot_batch picture = after_runs(lane, &told, 0);
    assert_true(picture.next_run == NOON + EVERY);
    clock_step(slow.clock, EVERY);
    batch_lane_wake(lane);
    picture = after_runs(lane, &told, 1);
    assert_int_equal(picture.runs[0].overrun, overrun);
    assert_int_equal(picture.overruns, passed);
    assert_true(picture.next_run == next);
    batch_lane_stop(lane);
    assert_int_equal(slow.scans, 1); /* what was missed is not run */
    batch_lane_free(lane);
    wake_fini(&told);
    clock_free(slow.clock);
    symbols_free(symbols);
    definition_free(definition);
}

static void deadlines_that_passed_are_counted(void **state)
{
    (void)state;
    check(5, false, 0, NOON + 2 * EVERY);
    check(EVERY - 1, false, 0, NOON + 2 * EVERY);
    check(EVERY, false, 1, NOON + 3 * EVERY); /* not longer, but that deadline is gone */
    check(EVERY + 1, true, 1, NOON + 3 * EVERY);
    check(3 * EVERY + 1, true, 3, NOON + 5 * EVERY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(deadlines_that_passed_are_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
