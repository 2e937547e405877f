/*
 * Protects: the advice of compare is a function of its figures: each of the four outcomes, and the
 * borders between them; a feed that nobody waits for is never told to stream (A4-01).
 */
#include "tests/unit/support.h"

#include "core/recommend.h"

enum { MS = 1000000 };

static const struct recommend_facts quiet = {.every_ms = MS_PER_HOUR,
                                             .run_ns = 20 * MS,
                                             .span_ms = MS_PER_DAY,
                                             .live_cpu_ns = 50 * MS,
                                             .run_cpu_ns = 20 * MS};

static void test_nobody_waits(void **state)
{
    (void)state;
    struct recommend_facts facts = quiet;
    facts.late = 500; /* however late: batch sees it all */
    struct recommend out = recommend_for(&facts);
    assert_int_equal(out.verdict, RECOMMEND_BATCH);
    assert_int_equal(out.every_ms, MS_PER_HOUR);
    assert_true(out.assumed);
    assert_int_equal(out.needs_ms, 0);
}

static void test_the_schedule_is_fresh_enough(void **state)
{
    (void)state;
    struct recommend_facts facts = quiet;
    facts.alerts = 10;
    facts.needs_ms = 2 * MS_PER_HOUR;
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_BATCH);
    facts.needs_ms = MS_PER_HOUR; /* the run itself does not matter, when it is short */
    assert_int_equal(recommend_for(&facts).every_ms, MS_PER_HOUR);
    assert_int_equal(recommend_for(&facts).shortest_ms, 0);
    facts.run_ns = INT64_C(36001) * MS; /* over 1 % */
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_BATCH);
    assert_int_equal(recommend_for(&facts).every_ms, 30 * MS_PER_MINUTE);
}

static void test_frequent_batch_and_micro_batch(void **state)
{
    (void)state;
    struct recommend_facts facts = quiet;
    facts.needs_ms = 16 * MS_PER_MINUTE;
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_BATCH);
    assert_int_equal(recommend_for(&facts).every_ms, RECOMMEND_BATCH_MS);
    facts.needs_ms = RECOMMEND_BATCH_MS;
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_BATCH);
    facts.needs_ms = 14 * MS_PER_MINUTE;
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_MICRO_BATCH);
    assert_int_equal(recommend_for(&facts).every_ms, 5 * MS_PER_MINUTE);
    facts.needs_ms = 0;
    facts.alerts = 1; /* assumed: within a minute */
    struct recommend out = recommend_for(&facts);
    assert_true(out.assumed);
    assert_int_equal(out.verdict, RECOMMEND_MICRO_BATCH);
    assert_int_equal(out.every_ms, MS_PER_MINUTE);
    assert_true(out.short_cpu_ns == 1440.0 * 20 * MS);
}

static void test_stream_and_both(void **state)
{
    (void)state;
    struct recommend_facts facts = quiet;
    facts.needs_ms = 500; /* below any schedule */
    struct recommend out = recommend_for(&facts);
    assert_int_equal(out.verdict, RECOMMEND_STREAM);
    assert_int_equal(out.obstacle, RECOMMEND_TOO_FRESH);
    assert_int_equal(out.every_ms, 0);
    facts.needs_ms = 3200; /* every 2 s, of runs of 1.2 s */
    facts.run_ns = 1200 * MS;
    assert_int_equal(recommend_for(&facts).obstacle, RECOMMEND_TOO_SLOW);
    /* dear: over live's cost and over one part in a hundred of a core */
    facts = quiet;
    facts.alerts = 1;
    facts.run_cpu_ns = 601.0 * MS;
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_STREAM);
    assert_int_equal(recommend_for(&facts).obstacle, RECOMMEND_DEAR);
    facts.run_cpu_ns = 599.0 * MS;
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_MICRO_BATCH);
    facts.run_cpu_ns = 601.0 * MS;
    facts.late = 1;
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_BOTH);
    facts.late = 0;
    facts.batch_only = 1;
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_BOTH);
    facts.live_cpu_ns = INT64_C(1000000) * MS; /* dear, but live is dearer */
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_MICRO_BATCH);
}

static void test_a_short_feed(void **state)
{
    (void)state;
    struct recommend_facts facts = quiet;
    facts.alerts = 1;
    facts.span_ms = 5; /* one run in a minute, not of five milliseconds */
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_MICRO_BATCH);
    facts.span_ms = 0;
    assert_int_equal(recommend_for(&facts).verdict, RECOMMEND_MICRO_BATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_waits),
        cmocka_unit_test(test_the_schedule_is_fresh_enough),
        cmocka_unit_test(test_frequent_batch_and_micro_batch),
        cmocka_unit_test(test_stream_and_both),
        cmocka_unit_test(test_a_short_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
