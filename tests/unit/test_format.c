/*
 * Numbers as people read them: signs, groups of three, the two largest units, at every border.
 */
#include "core/zone.h"
#include "tui/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static char out[FORMAT_TEXT];

static void test_counts(void **state)
{
    (void)state;
    assert_string_equal(format_count(0, out), "0");
    assert_string_equal(format_count(999, out), "999");
    assert_string_equal(format_count(1000, out), "1 000");
    assert_string_equal(format_count(12003, out), "12 003");
    assert_string_equal(format_count(UINT64_MAX, out), "18 446 744 073 709 551 615");
    assert_string_equal(format_difference(0, out), "0");
    assert_string_equal(format_difference(-1052, out), "-1 052");
    assert_string_equal(format_difference(3, out), "+3");
    assert_string_equal(format_difference(INT64_MIN, out), "-9 223 372 036 854 775 808");
}

static void test_short(void **state)
{
    (void)state;
    assert_string_equal(format_short(99999, out), "99999");
    assert_string_equal(format_short(100000, out), "100 k");
    assert_string_equal(format_short(3140000, out), "3.1 M");
    assert_string_equal(format_short(12000000000, out), "12 G");
    assert_string_equal(format_bytes(812, out), "812 B");
    assert_string_equal(format_bytes(48123456, out), "48.1 MB");
    assert_string_equal(format_bytes(UINT64_MAX, out), "18446.7 PB");
}

static void test_amounts(void **state)
{
    (void)state;
    assert_string_equal(format_amount(123456789, 2, out), "1 234 567.89");
    assert_string_equal(format_amount(-5, 2, out), "-0.05");
    assert_string_equal(format_amount(-123456, 0, out), "-123 456");
    assert_string_equal(format_amount((wide_int)INT64_MAX * INT64_MAX, 9, out),
                        "85 070 591 730 234 615 847 396 907 784.232501249");
}

static void test_durations(void **state)
{
    (void)state;
    assert_string_equal(format_duration(-1, out), "0 ms");
    assert_string_equal(format_duration(999, out), "999 ms");
    assert_string_equal(format_duration(7190, out), "7.1 s");
    assert_string_equal(format_duration(41999, out), "41 s");
    assert_string_equal(format_duration(60000, out), "1 min 00 s");
    assert_string_equal(format_duration(42 * MS_PER_MINUTE + 17000, out), "42 min 17 s");
    assert_string_equal(format_duration(4 * MS_PER_HOUR + 2 * MS_PER_MINUTE, out), "4 h 02 min");
    assert_string_equal(format_duration(MS_PER_DAY, out), "1 d 00 h");
    assert_string_equal(format_duration(INT64_MAX, out), "106751991167 d 07 h");
    assert_string_equal(format_ns(0, out), "0 ms");
    assert_string_equal(format_ns(1, out), "0.1 ms");
    assert_string_equal(format_ns(2040000, out), "2.1 ms");
    assert_string_equal(format_ns(10000000, out), "10 ms");
    assert_string_equal(format_cpu(420000000, out), "0.42 s");
    assert_string_equal(format_cpu(723000000000, out), "12 min 03 s");
}

static void test_countdowns(void **state)
{
    (void)state;
    assert_string_equal(format_countdown(-5, out), "0:00");
    assert_string_equal(format_countdown(1, out), "0:01");
    assert_string_equal(format_countdown(1063000, out), "17:43");
    assert_string_equal(format_countdown(MS_PER_HOUR, out), "1:00:00");
    assert_string_equal(format_countdown(2 * (int64_t)MS_PER_DAY + 1000, out), "2 d 00:00:01");
}

static void test_steps_and_clocks(void **state)
{
    (void)state;
    assert_string_equal(format_step(100, out), "100 ms");
    assert_string_equal(format_step(1500, out), "1500 ms");
    assert_string_equal(format_step(90000, out), "90 s");
    assert_string_equal(format_step(30 * MS_PER_MINUTE, out), "30 min");
    assert_string_equal(format_step(MS_PER_DAY, out), "1 d");
    assert_string_equal(format_step_half(MS_PER_DAY, out), "12 h");
    assert_string_equal(format_step_half(MS_PER_HOUR, out), "30 min");
    assert_string_equal(format_step_half(15 * MS_PER_MINUTE, out), "7.5 min");
    assert_string_equal(format_step_half(6 * MS_PER_SECOND, out), "3 s");
    assert_string_equal(format_step_half(MS_PER_SECOND, out), "500 ms");
    epoch_ms time = 1767602537000; /* 2026-01-05T08:42:17Z */
    const struct zone far_east = {.offset_ms = 16 * MS_PER_HOUR};
    assert_string_equal(format_clock(time, NULL, out), "08:42:17");
    assert_string_equal(format_clock(time, &far_east, out), "00:42:17");
    assert_string_equal(format_clock_short(time, NULL, out), "08:42");
    assert_string_equal(format_day(instant_day(time, NULL), out), "5 Jan");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),     cmocka_unit_test(test_short),
        cmocka_unit_test(test_amounts),    cmocka_unit_test(test_durations),
        cmocka_unit_test(test_countdowns), cmocka_unit_test(test_steps_and_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
