/*
 * Protects: every accepted form of a time and no other (X8, S-62), the edges of the range, days in
 * zones, durations. The calendar is compared with the C library's over 130 years.
 */
#include "core/instant.h"
#include "core/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { HOUR_EAST = MS_PER_HOUR };
static const struct zone east = {.offset_ms = HOUR_EAST}, west = {.offset_ms = -HOUR_EAST};

struct reading {
    const char *text;
    const struct zone *zone;
    enum instant_result result;
    epoch_ms time;
};

static const struct reading readings[] = {
    {"2026-01-05T08:42:17Z", NULL, INSTANT_OK, 1767602537000},
    {"2026-01-05 08:42:17.250+01:00", NULL, INSTANT_OK, 1767598937250},
    {"2026-01-05T08:42:17-0330", NULL, INSTANT_OK, 1767615137000},
    {"2026-01-05T08:42:17+01", NULL, INSTANT_OK, 1767598937000},
    {"2026-01-05T08:42", NULL, INSTANT_OK, 1767602520000},
    {"2026-01-05", NULL, INSTANT_OK, 1767571200000},
    /* a text without an offset is in the zone; one with an offset is not */
    {"2026-01-05", &east, INSTANT_OK, 1767567600000},
    {"2026-01-05T08:42:17", &east, INSTANT_OK, 1767598937000},
    {"2026-01-05T08:42:17Z", &east, INSTANT_OK, 1767602537000},
    /* the fraction may be absent and of any length; it is cut, not rounded (X8) */
    {"2026-01-05T08:42:17.2Z", NULL, INSTANT_OK, 1767602537200},
    {"2026-01-05T08:42:17.000001Z", NULL, INSTANT_OK, 1767602537000},
    {"2026-01-05T08:42:17.999999999Z", NULL, INSTANT_OK, 1767602537999},
    {"1767602537", &east, INSTANT_OK, 1767602537000},
    {"1767602537250", NULL, INSTANT_OK, 1767602537250},
    {"0", NULL, INSTANT_OK, 0},
    {"2024-02-29T00:00:00Z", NULL, INSTANT_OK, 1709164800000},
    {"2026-02-29T00:00:00Z", NULL, INSTANT_BAD, 0},
    {"2000-02-29", NULL, INSTANT_OK, 951782400000},
    /* S-62, both edges, to the millisecond */
    {"1969-12-31T23:59:59.999Z", NULL, INSTANT_RANGE, 0},
    {"1970-01-01T00:00:00Z", NULL, INSTANT_OK, 0},
    {"1970-01-01T00:00:00+00:01", NULL, INSTANT_RANGE, 0},
    {"2099-12-31T23:59:59.999Z", NULL, INSTANT_OK, 4102444799999},
    {"2100-01-01T00:00:00Z", NULL, INSTANT_RANGE, 0},
    {"2100-01-01", NULL, INSTANT_RANGE, 0},
    {"2100-01-01", &east, INSTANT_OK, 4102441200000},
    {"4102444799", NULL, INSTANT_OK, 4102444799000},
    {"4102444800", NULL, INSTANT_RANGE, 0},
    {"4102444799999", NULL, INSTANT_OK, 4102444799999},
    {"4102444800000", NULL, INSTANT_RANGE, 0},
    {"9999999999999", NULL, INSTANT_RANGE, 0},
    {"0001-01-01T00:00:00Z", NULL, INSTANT_RANGE, 0},
    {"9999-12-31T23:59:59Z", NULL, INSTANT_RANGE, 0},
    {"", NULL, INSTANT_BAD, 0},
    {"17676025372", NULL, INSTANT_BAD, 0},
    {"17676025372501", NULL, INSTANT_BAD, 0},
    {"-1", NULL, INSTANT_BAD, 0},
    {"1767602537.5", NULL, INSTANT_BAD, 0},
    {"yesterday", NULL, INSTANT_BAD, 0},
    {"2026-1-5", NULL, INSTANT_BAD, 0},
    {"2026-13-05", NULL, INSTANT_BAD, 0},
    {"2026-00-05", NULL, INSTANT_BAD, 0},
    {"2026-01-00", NULL, INSTANT_BAD, 0},
    {"2026-04-31", NULL, INSTANT_BAD, 0},
    {"2026-01-05T", NULL, INSTANT_BAD, 0},
    {"2026-01-05Z", NULL, INSTANT_BAD, 0},
    {"2026-01-05T24:00:00Z", NULL, INSTANT_BAD, 0},
    {"2026-01-05T08:60:00Z", NULL, INSTANT_BAD, 0},
    {"2026-12-31T23:59:60Z", NULL, INSTANT_BAD, 0},
    {"2026-01-05T08:42:17.Z", NULL, INSTANT_BAD, 0},
    {"2026-01-05T08:42:17Zz", NULL, INSTANT_BAD, 0},
    {"2026-01-05T08:42:17+24:00", NULL, INSTANT_BAD, 0},
    {"2026-01-05T08:42:17+01:60", NULL, INSTANT_BAD, 0},
    {"2026-01-05T08:42:17+01:", NULL, INSTANT_BAD, 0},
    {"2026/01/05", NULL, INSTANT_BAD, 0},
    {" 2026-01-05", NULL, INSTANT_BAD, 0},
    {"2026-01-05 ", NULL, INSTANT_BAD, 0},
};

static void test_readings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        const struct reading *r = &readings[i];
        epoch_ms time = -7;
        enum instant_result result = instant_parse(r->text, strlen(r->text), r->zone, &time);
        epoch_ms wanted = r->result == INSTANT_OK ? r->time : -7;
        if (result != r->result || time != wanted)
            fail_msg("'%s': %d %lld, wanted %d %lld", r->text, (int)result, (long long)time,
                     (int)r->result, (long long)wanted);
    }
}

static void test_only_len_bytes_are_read(void **state)
{
    (void)state;
    epoch_ms time;
    assert_int_equal(instant_parse("2026-01-05T08:42:17Z,x", 20, NULL, &time), INSTANT_OK);
    assert_int_equal(instant_parse("2026-01-05T08:42:17Z", 18, NULL, &time), INSTANT_BAD);
}

static void test_calendar_agrees_with_libc(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 47482; day++) {
        time_t seconds = (time_t)(day * 86400 + (day * 7919) % 86400);
        struct tm tm;
        char libc[40], ours[INSTANT_TEXT];
        epoch_ms back;
        gmtime_r(&seconds, &tm);
        strftime(libc, sizeof libc, "%Y-%m-%dT%H:%M:%SZ", &tm);
        assert_string_equal(instant_format((int64_t)seconds * 1000, ours), libc);
        assert_int_equal(instant_parse(libc, strlen(libc), NULL, &back), INSTANT_OK);
        assert_int_equal(back, (int64_t)seconds * 1000);
    }
}

static void test_formats(void **state)
{
    (void)state;
    char out[INSTANT_TEXT];
    assert_string_equal(instant_format(1767602537250, out), "2026-01-05T08:42:17.250Z");
    assert_string_equal(instant_format(-1, out), "1969-12-31T23:59:59.999Z");
    assert_string_equal(instant_format_date(1767653999999, &east, out), "2026-01-05");
    assert_string_equal(instant_format_date(1767654000000, &east, out), "2026-01-06");
    assert_string_equal(instant_format_clock(1767602537250, &east, out), "09:42:17");
    /* the ends of int64 stay in the buffer and do not overflow */
    assert_true(strlen(instant_format(INT64_MAX, out)) < INSTANT_TEXT);
    assert_true(strlen(instant_format_date(INT64_MIN, &west, out)) < INSTANT_TEXT);
}

static void test_days(void **state)
{
    (void)state;
    assert_int_equal(instant_day(0, NULL), 0);
    assert_int_equal(instant_day(-1, NULL), -1);
    assert_int_equal(instant_day(MS_PER_DAY - 1, NULL), 0);
    assert_int_equal(instant_day(MS_PER_DAY, NULL), 1);
    assert_int_equal(instant_day(MS_PER_DAY - HOUR_EAST, &east), 1);
    assert_int_equal(instant_day_start(1, &east), MS_PER_DAY - HOUR_EAST);
    assert_int_equal(instant_day(instant_day_start(20458, &west), &west), 20458);
    assert_int_equal(instant_day(instant_day_start(20458, &west) - 1, &west), 20457);
}

static void test_zones(void **state)
{
    (void)state;
    int64_t zone = 7;
    assert_true(instant_parse_zone("UTC", &zone) && zone == 0);
    assert_true(instant_parse_zone("Z", &zone) && zone == 0);
    assert_true(instant_parse_zone("+01:00", &zone) && zone == MS_PER_HOUR);
    assert_true(instant_parse_zone("-0330", &zone) && zone == -(3 * MS_PER_HOUR + 1800000));
    static const char *const wrong[] = {"", "utc", "Europe/Berlin", "01:00", "+1", "+01:00x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        zone = 7;
        assert_false(instant_parse_zone(wrong[i], &zone));
        assert_int_equal(zone, 7);
    }
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
        const char *shown;
    } good[] = {
        {"1ms", 1, "1 ms"},         {"100ms", 100, "100 ms"},
        {"10s", 10000, "10 s"},     {"5m", 300000, "5 min"},
        {"90m", 5400000, "90 min"}, {"1h", 3600000, "1 h"},
        {"24h", 86400000, "1 d"},   {"1500ms", 1500, "1500 ms"},
        {"60s", 60000, "1 min"},    {"3660d", 316224000000, "3660 d"},
    };
    static const char *const wrong[] = {"",
                                        "5",
                                        "m",
                                        "0s",
                                        "-1s",
                                        "1.5h",
                                        "1w",
                                        "1 h",
                                        "3661d",
                                        "1hh",
                                        "10min",
                                        "316224000001ms",
                                        "99999999999999999999d"};
    char out[INSTANT_TEXT];
    int64_t ms = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(duration_parse(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
        assert_string_equal(duration_format(ms, out), good[i].shown);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (duration_parse(wrong[i], &ms))
            fail_msg("'%s' was taken as a duration", wrong[i]);
    assert_string_equal(duration_format(0, out), "0 ms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_only_len_bytes_are_read),
        cmocka_unit_test(test_calendar_agrees_with_libc),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
