/*
 * Quantiles in bounded memory: exact where buckets are single values, never below the value and at
 * most 1/32 above it elsewhere, over all of 64 bits.
 */
#include "core/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct histogram histogram;

static int clear(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof histogram);
    return 0;
}

static void test_empty(void **state)
{
    (void)state;
    assert_int_equal(histogram_quantile(&histogram, 500), 0);
}

static void test_small_values_are_exact(void **state)
{
    (void)state;
    for (int i = 1; i <= 30; i++)
        histogram_add(&histogram, i);
    assert_int_equal(histogram_quantile(&histogram, 500), 15);
    assert_int_equal(histogram_quantile(&histogram, 990), 30);
    assert_int_equal(histogram_quantile(&histogram, 1000), 30);
    assert_int_equal(histogram_quantile(&histogram, 1), 1);
}

static void test_error_is_bounded(void **state)
{
    (void)state;
    for (int64_t value = 1; value > 0 && value < INT64_MAX / 3; value = value * 3 / 2 + 1) {
        clear(NULL);
        histogram_add(&histogram, value);
        histogram_add(&histogram, INT64_MAX);
        int64_t found = histogram_quantile(&histogram, 500);
        assert_true(found >= value);
        assert_true(found - value <= value / HISTOGRAM_STEPS);
    }
}

static void test_never_above_the_greatest(void **state)
{
    (void)state;
    histogram_add(&histogram, 1000000);
    assert_int_equal(histogram_quantile(&histogram, 990), 1000000);
    histogram_add(&histogram, INT64_MAX);
    assert_true(histogram_quantile(&histogram, 1000) == INT64_MAX);
}

static void test_negative_counts_as_nothing(void **state)
{
    (void)state;
    histogram_add(&histogram, -5);
    assert_int_equal(histogram.count, 1);
    assert_int_equal(histogram_quantile(&histogram, 500), 0);
}

static void test_tail(void **state)
{
    (void)state;
    for (int i = 0; i < 985; i++)
        histogram_add(&histogram, 2);
    for (int i = 0; i < 15; i++)
        histogram_add(&histogram, 31);
    assert_int_equal(histogram_quantile(&histogram, 985), 2);
    assert_int_equal(histogram_quantile(&histogram, 990), 31);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_empty, clear),
        cmocka_unit_test_setup(test_small_values_are_exact, clear),
        cmocka_unit_test_setup(test_error_is_bounded, clear),
        cmocka_unit_test_setup(test_never_above_the_greatest, clear),
        cmocka_unit_test_setup(test_negative_counts_as_nothing, clear),
        cmocka_unit_test_setup(test_tail, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
