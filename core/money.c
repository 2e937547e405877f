/*
 * Exact decimals. A number is read as a run of digits and a power of ten; digits are taken one by
 * one with checked arithmetic, so no length of text and no exponent can overflow or take long.
 */
#include "core/money.h"

#include <stdbool.h>
#include <string.h>

/* A decimal as its text says it: digits (with at most one point among them) times 10^exponent. */
struct decimal {
    const char *digits;
    size_t len;      /* of `digits`, the point included */
    size_t decimals; /* digits behind the point */
    int64_t exponent;
    bool negative;
};

enum { EXPONENT_CAP = 100000000 }; /* more means the same: overflow, or nothing but decimals */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits from `*at` on; returns how many. */
static size_t digit_run(const char **at, const char *end)
{
    const char *begin = *at;
    while (*at < end && is_digit(**at))
        ++*at;
    return (size_t)(*at - begin);
}

static bool read_exponent(const char **at, const char *end, int64_t *out)
{
    int64_t value = 0;
    bool negative = *at < end && **at == '-';
    if (*at < end && (**at == '-' || **at == '+'))
        ++*at;
    if (*at == end)
        return false;
    for (; *at < end; ++*at) {
        if (!is_digit(**at))
            return false;
        value = value * 10 + (**at - '0');
        if (value > EXPONENT_CAP)
            value = EXPONENT_CAP;
    }
    *out = negative ? -value : value;
    return true;
}

static bool read_decimal(const char *text, size_t len, struct decimal *out)
{
    const char *at = text;
    const char *end = text + len;
    *out = (struct decimal){.negative = len > 0 && *text == '-'};
    at += out->negative;
    out->digits = at;
    if (digit_run(&at, end) == 0)
        return false;
    if (at < end && *at == '.') {
        at++;
        out->decimals = digit_run(&at, end);
        if (out->decimals == 0)
            return false;
    }
    out->len = (size_t)(at - out->digits);
    if (at == end)
        return true;
    if (*at != 'e' && *at != 'E')
        return false;
    at++;
    return read_exponent(&at, end, &out->exponent);
}

static bool times_ten_plus(uint64_t *value, unsigned digit)
{
    return !__builtin_mul_overflow(*value, 10u, value) &&
           !__builtin_add_overflow(*value, digit, value);
}

enum money_result money_parse(const char *text, size_t len, int places, minor_units *out)
{
    struct decimal decimal;
    uint64_t value = 0;
    bool precise = true;
    if (!read_decimal(text, len, &decimal))
        return MONEY_BAD;
    size_t digits_left = decimal.len - (decimal.decimals > 0);
    int64_t scale = places + decimal.exponent - (int64_t)decimal.decimals;
    for (size_t i = 0; i < decimal.len; i++) {
        if (decimal.digits[i] == '.')
            continue;
        unsigned digit = (unsigned)(decimal.digits[i] - '0');
        digits_left--;
        if ((int64_t)digits_left + scale < 0)
            precise = precise && digit == 0;
        else if (!times_ten_plus(&value, digit))
            return MONEY_BAD;
    }
    for (; scale > 0 && value != 0; scale--)
        if (!times_ten_plus(&value, 0))
            return MONEY_BAD;
    if (value > (uint64_t)INT64_MAX + decimal.negative)
        return MONEY_BAD;
    if (!precise)
        return MONEY_PRECISION;
    *out = decimal.negative ? (int64_t)(0 - value) : (int64_t)value;
    return MONEY_OK;
}

__extension__ typedef unsigned __int128 wide_unsigned;

static wide_unsigned magnitude(wide_int value)
{
    return value < 0 ? 0 - (wide_unsigned)value : (wide_unsigned)value;
}

static char *format_magnitude(wide_unsigned value, bool negative, int places, char out[MONEY_TEXT])
{
    char reversed[MONEY_TEXT];
    int len = 0;
    negative = negative && value != 0;
    do {
        if (len == places && places > 0)
            reversed[len++] = '.';
        reversed[len++] = (char)('0' + (int)(value % 10));
        value /= 10;
        /* a point needs its decimals and one digit before it */
    } while (value != 0 || len < places || (places > 0 && len == places));
    char *at = out;
    if (negative)
        *at++ = '-';
    while (len > 0)
        *at++ = reversed[--len];
    *at = '\0';
    return out;
}

char *money_format(wide_int amount, int places, char out[MONEY_TEXT])
{
    return format_magnitude(magnitude(amount), amount < 0, places, out);
}

static wide_unsigned power_of_ten(int exponent)
{
    wide_unsigned power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

char *money_format_average(wide_int sum, uint64_t count, int places, int decimals,
                           char out[MONEY_TEXT])
{
    wide_unsigned total = magnitude(sum);
    wide_unsigned divisor = count;
    wide_unsigned quotient, rest;
    if (decimals < places) {
        divisor *= power_of_ten(places - decimals);
        quotient = total / divisor;
        rest = total % divisor;
    } else {
        /* whole part and rest apart: their products fit where sum * 10^n may not */
        wide_unsigned up = power_of_ten(decimals - places);
        rest = total % divisor * up;
        quotient = total / divisor * up + rest / divisor;
        rest %= divisor;
    }
    if (rest * 2 > divisor || (rest * 2 == divisor && quotient % 2 == 1))
        quotient++;
    return format_magnitude(quotient, sum < 0, decimals, out);
}
