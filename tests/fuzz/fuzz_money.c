/*
 * Decimals (trap X10): a number that is read, written and read again is the same one, whatever
 * zeros or exponent its text gains; one place more is ten times as many units; a sign turns it
 * round; an average is the nearest there is (S-14).
 */
#include "tests/fuzz/fuzz.h"

#include "core/money.h"

enum { TEXT_MAX = 512 };

static void same(const char *text, size_t len, int places, enum money_result result,
                 minor_units value)
{
    minor_units again = 0;
    char *exact = exact_copy(text, len);
    must(money_parse(exact, len, places, &again) == result, "'%.*s' is another kind of text",
         (int)len, text);
    must(result != MONEY_OK || again == value, "'%.*s' is another number", (int)len, text);
    free(exact);
}

/* Zeros in front, zeros behind the point, and an exponent of nothing change nothing. */
static void same_written_longer(const char *text, size_t len, int places, enum money_result result,
                                minor_units value)
{
    char longer[TEXT_MAX + 8];
    bool negative = text[0] == '-', exponent = memchr(text, 'e', len) || memchr(text, 'E', len);
    int put = snprintf(longer, sizeof longer, "%s0%.*s", negative ? "-" : "", (int)(len - negative),
                       text + negative);
    same(longer, (size_t)put, places, result, value);
    if (exponent)
        return;
    put = snprintf(longer, sizeof longer, "%.*s%s", (int)len, text,
                   memchr(text, '.', len) ? "0" : ".0");
    same(longer, (size_t)put, places, result, value);
    put = snprintf(longer, sizeof longer, "%.*se0", (int)len, text);
    same(longer, (size_t)put, places, result, value);
    put = snprintf(longer, sizeof longer, "%.*sE+1", (int)len, text);
    if (places > 0 && result == MONEY_OK)
        same(longer, (size_t)put, places - 1, result, value);
}

static void turned_round(const char *text, size_t len, int places, minor_units value)
{
    char other[TEXT_MAX + 8];
    bool negative = text[0] == '-';
    int put = snprintf(other, sizeof other, "%s%.*s", negative ? "" : "-", (int)(len - negative),
                       text + negative);
    if (value != INT64_MIN)
        same(other, (size_t)put, places, MONEY_OK, -value);
}

static void written(minor_units value, int places)
{
    char text[MONEY_TEXT];
    money_format(value, places, text);
    same(text, strlen(text), places, MONEY_OK, value);
    const char *point = strchr(text, '.');
    must(places == 0 ? !point : point && strlen(point + 1) == (size_t)places, "places of %s", text);
}

static wide_int power_of_ten(int exponent)
{
    wide_int power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* |average - sum / count| is at most half a unit, and where it is half the unit is even. */
static void averaged(minor_units sum, uint64_t count, int places, int decimals)
{
    char text[MONEY_TEXT];
    minor_units average;
    money_format_average(sum, count, places, decimals, text);
    if (money_parse(text, strlen(text), decimals, &average) != MONEY_OK)
        return; /* more units than 64 bits hold: as text it is right, and cannot be checked here */
    wide_int scaled_sum = sum, scaled = average;
    if (decimals > places)
        scaled_sum *= power_of_ten(decimals - places);
    else
        scaled *= power_of_ten(places - decimals);
    wide_int unit = decimals > places ? 1 : power_of_ten(places - decimals);
    wide_int error = scaled_sum - scaled * (wide_int)count, step = unit * (wide_int)count;
    error = error < 0 ? -error : error;
    must(error * 2 <= step, "%s is not the nearest average", text);
    must(error * 2 < step || average % 2 == 0, "%s is not rounded to even", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct taker taker = {data, size};
    int places = (int)(take(&taker, 1) % (MONEY_PLACES_MAX + 1));
    size_t len = taker.left < TEXT_MAX ? taker.left : TEXT_MAX;
    char *text = exact_copy((const char *)taker.at, len);
    minor_units value = 0, more;
    enum money_result result = money_parse(text, len, places, &value);
    struct taker number = taker;
    written((minor_units)take(&number, 8), places);
    if (result != MONEY_BAD)
        same_written_longer(text, len, places, result, value);
    if (result == MONEY_OK) {
        written(value, places);
        turned_round(text, len, places, value);
        enum money_result finer =
            places < MONEY_PLACES_MAX ? money_parse(text, len, places + 1, &more) : MONEY_BAD;
        must(finer == MONEY_BAD || (finer == MONEY_OK && more / 10 == value && more % 10 == 0),
             "one place more is not ten times as much");
        const uint64_t counts[] = {1, 2, 8, 1 + fuzz_seed(data, size) % 1000};
        for (int i = 0; i < 4 * 5; i++)
            averaged(value, counts[i / 5], places, i % 5);
    }
    free(text);
    return 0;
}
