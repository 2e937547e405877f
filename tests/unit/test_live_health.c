/*
 * Guards: the live lane tells health what it must know (S-70, S-122): unread bytes that stay raise
 * lag, the end of the feed reached again resolves it, and both reach the sink and the screen. The
 * clock is stepped, the feed is made up.
 */
#include "tests/unit/support.h"

#include "core/live_lane.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

struct made_feed {
    struct feed feed;
    atomic_uint_fast64_t unread;
};

static enum feed_result made_read(struct feed *feed, struct event_block *block, struct error *error)
{
    const struct made_feed *made = (struct made_feed *)feed;
    (void)block;
    return atomic_load(&((struct made_feed *)made)->unread) > 0
               ? (enum feed_result)(error_set(error, STATUS_IO, "stuck"), FEED_FAILED)
               : FEED_IDLE;
}

static void made_wait(struct feed *feed, struct wake *wake, mono_ns deadline)
{
    (void)feed;
    wake_wait(wake, deadline);
}

static void made_status(struct feed *feed, struct feed_status *out)
{
    *out = (struct feed_status){.state = FEED_READING,
                                .unread = atomic_load(&((struct made_feed *)feed)->unread) + 7,
                                .unfinished = 7};
}

static bool no_source(struct feed *feed, uint32_t index, const char **name, uint64_t *bytes)
{
    (void)feed;
    (void)index;
    (void)name;
    (void)bytes;
    return false;
}

static const struct feed_ops made_ops = {
    .read = made_read, .wait = made_wait, .status = made_status, .source = no_source};

static atomic_int raised, resolved;

static void take(void *context, const struct health_alert *alert)
{
    (void)context;
    assert_int_equal(alert->kind, HEALTH_LAG);
    atomic_fetch_add(alert->active ? &raised : &resolved, 1);
}

/* Steps the clock, and lets the lane see it, until `count` is there; how many steps it took. */
static int step_until(struct clock *clock, struct live_lane *lane, atomic_int *count)
{
    int steps = 0;
    const struct timespec moment = {.tv_nsec = 2000000};
    for (; steps < 2000 && atomic_load(count) == 0; steps++) {
        clock_step(clock, 1000);
        live_lane_wake(lane);
        nanosleep(&moment, NULL);
    }
    return steps;
}

static void unread_bytes_that_stay_are_lag(void **state)
{
    (void)state;
    struct made_feed feed = {.feed = {&made_ops}};
    struct definition *definition = make_definition("key", "count");
    struct symbols *symbols = symbols_new(100);
    struct clock *clock = clock_new_stopped(1000000);
    struct wake changed;
    wake_init(&changed);
    struct live_lane *lane = live_lane_new(&(struct live_lane_config){.definition = definition,
                                                                      .symbols = symbols,
                                                                      .clock = clock,
                                                                      .feed = &feed.feed,
                                                                      .screen = true,
                                                                      .changed = &changed,
                                                                      .health = {take, NULL}});
    clock_step(clock, 1000);
    assert_int_equal(live_lane_start(lane, NULL), STATUS_OK);
    for (int i = 0; i < 30; i++) { /* at its end, whatever the time: an unfinished line is no lag */
        clock_step(clock, 1000);
        live_lane_wake(lane);
    }
    assert_int_equal(atomic_load(&raised), 0);
    atomic_store(&feed.unread, 100);
    assert_true(step_until(clock, lane, &raised) < 2000);
    const struct snapshot_live *live = NULL;
    for (int i = 0; i < 2000 && !(live && live->health[HEALTH_LAG].active); i++) {
        const struct timespec moment = {.tv_nsec = 2000000};
        clock_step(clock, 1000);
        live_lane_wake(lane);
        nanosleep(&moment, NULL);
        live = live_lane_newest(lane);
    }
    assert_true(live && live->health[HEALTH_LAG].active);
    assert_int_equal(live->health[HEALTH_LAG].amount, 100);
    atomic_store(&feed.unread, 0);
    assert_true(step_until(clock, lane, &resolved) < 2000);
    live_lane_stop(lane);
    assert_int_equal(atomic_load(&raised), 1);
    assert_int_equal(atomic_load(&resolved), 1);
    live_lane_free(lane);
    wake_fini(&changed);
    clock_free(clock);
    symbols_free(symbols);
    definition_free(definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(unread_bytes_that_stay_are_lag)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
