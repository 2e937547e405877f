/*
 * Protects: money is exact (X10): what is a number, what has too many decimals, the ends of 64
 * bits, writing back, and averages rounded half-even (S-14).
 */
#include "core/money.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct reading {
    const char *text;
    int places;
    enum money_result result;
    minor_units amount;
};

static const struct reading readings[] = {
    {"0", 2, MONEY_OK, 0},
    {"-0", 2, MONEY_OK, 0},
    {"-0.01", 2, MONEY_OK, -1},
    {"0.01", 2, MONEY_OK, 1},
    {"499.99", 2, MONEY_OK, 49999},
    {"500", 2, MONEY_OK, 50000},
    {"500.0", 2, MONEY_OK, 50000},
    {"500.01", 2, MONEY_OK, 50001},
    {"12.345", 2, MONEY_PRECISION, 0},
    {"12.345", 3, MONEY_OK, 12345},
    {"12.340", 2, MONEY_OK, 1234},
    {"12.3400000000000000000000000000000000", 2, MONEY_OK, 1234},
    {"1.5", 0, MONEY_PRECISION, 0},
    {"1.0", 0, MONEY_OK, 1},
    {"007", 0, MONEY_OK, 7},
    {"000000000000000000000000000000000001", 0, MONEY_OK, 1},
    {"1.5e3", 2, MONEY_OK, 150000},
    {"1E+2", 0, MONEY_OK, 100},
    {"125e-2", 2, MONEY_OK, 125},
    {"125e-3", 2, MONEY_PRECISION, 0},
    {"1250e-3", 2, MONEY_OK, 125},
    {"0e999999999999", 2, MONEY_OK, 0},
    {"0.000e-999999999999", 2, MONEY_OK, 0},
    {"1e-999999999999", 2, MONEY_PRECISION, 0},
    {"1e999999999999", 2, MONEY_BAD, 0},
    {"9223372036854775807", 0, MONEY_OK, INT64_MAX},
    {"9223372036854775808", 0, MONEY_BAD, 0},
    {"-9223372036854775808", 0, MONEY_OK, INT64_MIN},
    {"-9223372036854775809", 0, MONEY_BAD, 0},
    {"92233720368547758.07", 2, MONEY_OK, INT64_MAX},
    {"92233720368547758.08", 2, MONEY_BAD, 0},
    {"922337203685477580.7", 2, MONEY_BAD, 0},
    {"18446744073709551616", 0, MONEY_BAD, 0},
    {"", 2, MONEY_BAD, 0},
    {"-", 2, MONEY_BAD, 0},
    {"+1", 2, MONEY_BAD, 0},
    {".5", 2, MONEY_BAD, 0},
    {"5.", 2, MONEY_BAD, 0},
    {"1,000.00", 2, MONEY_BAD, 0},
    {"$1", 2, MONEY_BAD, 0},
    {" 1", 2, MONEY_BAD, 0},
    {"1 ", 2, MONEY_BAD, 0},
    {"1.2.3", 2, MONEY_BAD, 0},
    {"1e", 2, MONEY_BAD, 0},
    {"1e+", 2, MONEY_BAD, 0},
    {"1e2x", 2, MONEY_BAD, 0},
    {"--1", 2, MONEY_BAD, 0},
    {"0x10", 2, MONEY_BAD, 0},
    {"NaN", 2, MONEY_BAD, 0},
    {"Infinity", 2, MONEY_BAD, 0},
};

static void test_readings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        const struct reading *r = &readings[i];
        minor_units amount = -77;
        enum money_result result = money_parse(r->text, strlen(r->text), r->places, &amount);
        minor_units wanted = r->result == MONEY_OK ? r->amount : -77;
        if (result != r->result || amount != wanted)
            fail_msg("'%s' to %d places: %d %lld, wanted %d %lld", r->text, r->places, (int)result,
                     (long long)amount, (int)r->result, (long long)wanted);
    }
}

static void test_a_long_number_takes_no_longer_than_its_text(void **state)
{
    (void)state;
    static char text[1 << 20];
    minor_units amount;
    memset(text, '0', sizeof text);
    text[0] = '1';
    assert_int_equal(money_parse(text, sizeof text, 2, &amount), MONEY_BAD);
    text[1] = '.';
    assert_int_equal(money_parse(text, sizeof text, 2, &amount), MONEY_OK);
    assert_int_equal(amount, 100);
}

static void test_formats(void **state)
{
    (void)state;
    char out[MONEY_TEXT];
    assert_string_equal(money_format(0, 2, out), "0.00");
    assert_string_equal(money_format(5, 2, out), "0.05");
    assert_string_equal(money_format(-5, 2, out), "-0.05");
    assert_string_equal(money_format(-12345, 2, out), "-123.45");
    assert_string_equal(money_format(1200, 0, out), "1200");
    assert_string_equal(money_format(0, 0, out), "0");
    assert_string_equal(money_format(INT64_MIN, 9, out), "-9223372036.854775808");
    /* the widest sum there is */
    wide_int widest = (wide_int)1 << 126;
    widest += widest - 1;
    assert_string_equal(money_format(-widest - 1, 9, out),
                        "-170141183460469231731687303715.884105728");
}

static void test_written_and_read_back(void **state)
{
    (void)state;
    for (int places = 0; places <= MONEY_PLACES_MAX; places++) {
        for (int64_t amount = -1050; amount <= 1050; amount++) {
            char out[MONEY_TEXT];
            minor_units back;
            money_format(amount, places, out);
            assert_int_equal(money_parse(out, strlen(out), places, &back), MONEY_OK);
            assert_int_equal(back, amount);
        }
    }
}

static void test_averages_round_half_even(void **state)
{
    (void)state;
    static const struct {
        int64_t sum;
        uint64_t count;
        int places, decimals;
        const char *wanted;
    } table[] = {
        {12345, 80, 2, 2, "1.54"}, /* 1.543125 */
        {1, 2, 2, 2, "0.00"},      /* 0.005 */
        {3, 2, 2, 2, "0.02"},      /* 0.015 */
        {5, 2, 2, 2, "0.02"},      /* 0.025 */
        {-1, 2, 2, 2, "0.00"},
        {-3, 2, 2, 2, "-0.02"},
        {1, 3, 0, 2, "0.33"},
        {2, 3, 0, 2, "0.67"},
        {7, 1, 0, 2, "7.00"},
        {1235, 1, 3, 2, "1.24"},
        {1245, 1, 3, 2, "1.24"},
        {1246, 1, 3, 2, "1.25"},
        {10, 4, 0, 0, "2"},
        {14, 4, 0, 0, "4"},
        {1, 200, 0, 2, "0.00"},
        {3, 200, 0, 2, "0.02"},
        {INT64_MAX, 1, 0, 2, "9223372036854775807.00"},
    };
    char out[MONEY_TEXT];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_string_equal(money_format_average(table[i].sum, table[i].count, table[i].places,
                                                 table[i].decimals, out),
                            table[i].wanted);
}

static void test_average_of_more_than_64_bits(void **state)
{
    (void)state;
    char out[MONEY_TEXT];
    wide_int sum = (wide_int)INT64_MAX * INT64_MAX;
    assert_string_equal(money_format_average(sum, INT64_MAX, 0, 2, out), "9223372036854775807.00");
    assert_string_equal(money_format_average(sum, INT64_MAX, 9, 9, out), "9223372036.854775807");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_a_long_number_takes_no_longer_than_its_text),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_written_and_read_back),
        cmocka_unit_test(test_averages_round_half_even),
        cmocka_unit_test(test_average_of_more_than_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
