/*
 * Guards: health rules at their boundaries (S-70). Behind is what lies unread without the end of
 * the feed having been reached, not event time (S-122); reading what was there at the start is none
 * as long as it gets less. A watermark stands only while events come. Rejects are judged by their
 * share of a minute. Each alert is told once, and once more when it is over; nobody needs to be
 * woken while all is well.
 */
#include "tests/unit/support.h"

#include "core/health.h"

#define SECOND ((mono_ns)1000000000)

struct bench {
    struct health health;
    struct health_facts facts;
    int raised[HEALTH_KINDS], resolved[HEALTH_KINDS];
};

static void told(void *context, const struct health_alert *alert)
{
    struct bench *bench = context;
    (alert->active ? bench->raised : bench->resolved)[alert->kind]++;
}

static void start(struct bench *bench)
{
    *bench = (struct bench){.facts = {.now = 1000 * SECOND, .watermark = INT64_MIN}};
    health_init(&bench->health, 60 * 1000, bench->facts.now);
}

/* One look a second. */
static void pass(struct bench *bench, int seconds)
{
    const struct health_sink sink = {told, bench};
    for (int s = 0; s < seconds; s++) {
        bench->facts.now += SECOND;
        bench->facts.clock += 1000;
        health_look(&bench->health, &bench->facts, &sink);
    }
}

static void lag_is_raised_after_its_time_and_cleared_after_its_time(void **state)
{
    (void)state;
    struct bench bench;
    start(&bench);
    bench.facts.caught_up = bench.facts.now;
    pass(&bench, 1);
    bench.facts.caught_up = bench.facts.now;
    bench.facts.unread = 5000;
    pass(&bench, 9);
    assert_int_equal(bench.raised[HEALTH_LAG], 0);
    pass(&bench, 1);
    assert_int_equal(bench.raised[HEALTH_LAG], 1);
    const struct health_alert *alert = &bench.health.alerts[HEALTH_LAG];
    assert_true(alert->active);
    assert_int_equal(alert->number, 1);
    assert_int_equal(alert->amount, 5000);
    assert_int_equal(alert->lasting_ms, 10000);
    bench.facts.unread = 0;
    pass(&bench, HEALTH_LAG_CLEAR_MS / 1000);
    assert_int_equal(bench.resolved[HEALTH_LAG], 0);
    pass(&bench, 1);
    assert_int_equal(bench.resolved[HEALTH_LAG], 1);
    assert_false(alert->active);
    assert_int_equal(alert->until - alert->since, 6000);
    pass(&bench, 100);
    assert_int_equal(bench.raised[HEALTH_LAG] + bench.resolved[HEALTH_LAG], 2);
}

/* A feed that never rests has something unread at every look, and is at its end in between. */
static void a_busy_feed_is_not_behind(void **state)
{
    (void)state;
    struct bench bench;
    start(&bench);
    for (int s = 0; s < 60; s++) {
        bench.facts.unread = 100 + (uint64_t)s;
        bench.facts.caught_up = bench.facts.now + SECOND / 2;
        pass(&bench, 1);
    }
    assert_int_equal(bench.raised[HEALTH_LAG], 0);
}

static void a_backlog_that_shrinks_is_no_lag_until_the_first_end(void **state)
{
    (void)state;
    struct bench bench;
    start(&bench);
    for (uint64_t left = 100; left > 40; left--) {
        bench.facts.unread = left * 1000000;
        pass(&bench, 1);
    }
    assert_int_equal(bench.raised[HEALTH_LAG], 0);
    pass(&bench, 10);
    assert_int_equal(bench.raised[HEALTH_LAG], 1); /* it stopped */
    start(&bench);
    bench.facts.caught_up = bench.facts.now + 1;
    for (uint64_t left = 100; left > 88; left--) {
        bench.facts.unread = left * 1000000;
        pass(&bench, 1);
    }
    assert_int_equal(bench.raised[HEALTH_LAG], 1); /* the same, behind the end once reached */
}

static void a_standing_watermark_needs_events(void **state)
{
    (void)state;
    struct bench bench;
    start(&bench);
    bench.facts.watermark = 5000;
    bench.facts.events = bench.facts.read = 1;
    pass(&bench, 1);
    bench.facts.events += HEALTH_STALL_EVENTS;
    pass(&bench, 3600); /* then nothing comes */
    assert_int_equal(bench.raised[HEALTH_WATERMARK_STALLED], 0);
    bench.facts.watermark++;
    pass(&bench, 1);
    int limit = (60 * 1000 + HEALTH_STALL_MS) / 1000;
    for (int s = 0; s < limit - 1; s++, bench.facts.events++)
        pass(&bench, 1);
    assert_int_equal(bench.raised[HEALTH_WATERMARK_STALLED], 0);
    pass(&bench, 1);
    bench.facts.events++;
    pass(&bench, 1);
    assert_int_equal(bench.raised[HEALTH_WATERMARK_STALLED], 1);
    bench.facts.watermark++;
    pass(&bench, 1);
    assert_int_equal(bench.resolved[HEALTH_WATERMARK_STALLED], 1);
}

static void few_events_do_not_make_a_standing_watermark(void **state)
{
    (void)state;
    struct bench bench;
    start(&bench);
    bench.facts.watermark = 5000;
    bench.facts.events = 1;
    pass(&bench, 1);
    for (int e = 0; e < HEALTH_STALL_EVENTS - 1; e++) {
        pass(&bench, 60);
        bench.facts.events++;
    }
    pass(&bench, 60);
    assert_int_equal(bench.raised[HEALTH_WATERMARK_STALLED], 0);
    bench.facts.events++;
    pass(&bench, 1);
    assert_int_equal(bench.raised[HEALTH_WATERMARK_STALLED], 1);
}

static void rejects_count_by_their_share_of_a_minute(void **state)
{
    (void)state;
    struct bench bench;
    start(&bench);
    bench.facts.read = 200;
    bench.facts.rejected = 9; /* too few */
    pass(&bench, 70);
    assert_int_equal(bench.raised[HEALTH_MANY_REJECTS], 0);
    bench.facts.read += 1000;
    bench.facts.rejected += 49; /* below 5 % */
    pass(&bench, 1);
    assert_int_equal(bench.raised[HEALTH_MANY_REJECTS], 0);
    bench.facts.rejected++;
    pass(&bench, 1);
    assert_int_equal(bench.raised[HEALTH_MANY_REJECTS], 1);
    assert_int_equal(bench.health.alerts[HEALTH_MANY_REJECTS].amount, 50);
    assert_int_equal(bench.health.alerts[HEALTH_MANY_REJECTS].of, 1000);
    pass(&bench, 50);
    assert_int_equal(bench.resolved[HEALTH_MANY_REJECTS], 0); /* the minute still has them */
    pass(&bench, 15 + HEALTH_REJECTS_CLEAR_MS / 1000 + 5);
    assert_int_equal(bench.resolved[HEALTH_MANY_REJECTS], 1);
    assert_int_equal(bench.raised[HEALTH_MANY_REJECTS], 1);
}

static void looks_are_a_second_apart_and_end_when_all_is_well(void **state)
{
    (void)state;
    struct bench bench;
    start(&bench);
    const struct health_sink sink = {told, &bench};
    pass(&bench, 1);
    assert_true(health_next(&bench.health, false) == INT64_MAX);
    assert_int_equal(health_next(&bench.health, true), bench.facts.now + SECOND);
    bench.facts.unread = 1;
    bench.facts.now += SECOND / 2;
    assert_false(health_look(&bench.health, &bench.facts, &sink));
    assert_true(health_next(&bench.health, false) == INT64_MAX);
    bench.facts.now += SECOND / 2;
    health_look(&bench.health, &bench.facts, &sink);
    assert_int_equal(health_next(&bench.health, false), bench.facts.now + SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lag_is_raised_after_its_time_and_cleared_after_its_time),
        cmocka_unit_test(a_busy_feed_is_not_behind),
        cmocka_unit_test(a_backlog_that_shrinks_is_no_lag_until_the_first_end),
        cmocka_unit_test(a_standing_watermark_needs_events),
        cmocka_unit_test(few_events_do_not_make_a_standing_watermark),
        cmocka_unit_test(rejects_count_by_their_share_of_a_minute),
        cmocka_unit_test(looks_are_a_second_apart_and_end_when_all_is_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
