/*
 * Protects: the short ways of reading times, numbers and short texts say what the long ways say, of
 * every text that they take; and take the usual ones, or they would be of no use.
 */
#include "tests/unit/support.h"

#include "core/money.h"
#include "feeds/packed.h"
#include "feeds/time_texts.h"
#include "feeds/utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum { TRIES = 300000, ROOM = 40 };

/* Of `len` bytes some become others. */
static void spoil(char *text, size_t len, uint64_t *seed)
{
    static const char odd[] = "0123456789:-+.TZ eE x/\x80\xFA\xFF";
    for (uint32_t n = random_below(seed, 3); n > 0; n--)
        text[random_below(seed, (uint32_t)len)] = odd[random_below(seed, sizeof odd - 1)];
}

static void test_numbers(void **state)
{
    (void)state;
    uint64_t seed = 1;
    int taken = 0;
    for (int i = 0; i < TRIES; i++) {
        char text[ROOM];
        size_t len = 1 + random_below(&seed, 9);
        int places = (int)random_below(&seed, 5);
        for (size_t b = 0; b < sizeof text; b++)
            text[b] = (char)('0' + random_below(&seed, 10));
        if (len > (size_t)places && places > 0)
            text[len - 1 - (size_t)places] = '.';
        spoil(text, random_below(&seed, 2) ? len : sizeof text, &seed);
        int64_t usual = 0, value = 1;
        if (!usual_number(usual_load(text), len, places, &usual))
            continue;
        assert_int_equal(money_parse(text, len, places, &value), MONEY_OK);
        assert_true(usual == value);
        taken++;
    }
    assert_in_range(taken, TRIES / 4, TRIES);
}

static size_t time_text(uint64_t *seed, char text[ROOM])
{
    static const char *const rests[] = {"Z",        ".482Z",  "",      "+01:00",     "-0330",
                                        ".5",       ".5Z",    "+14",   ".482+01:00", ".123456",
                                        ".999999Z", "-23:59", "+00:00"};
    static const char *const days[] = {"2026-01-05", "2026-01-06", "1970-01-01", "1969-12-31",
                                       "2099-12-31", "2100-01-01", "2024-02-29", "2023-02-29"};
    size_t len = (size_t)snprintf(
        text, ROOM, "%s%c%02u:%02u:%02u%s", days[random_below(seed, 2) ? 0 : random_below(seed, 8)],
        random_below(seed, 3) ? 'T' : ' ', random_below(seed, 25), random_below(seed, 61),
        random_below(seed, 61), rests[random_below(seed, 13)]);
    if (random_below(seed, 8) == 0)
        spoil(text, len, seed);
    return random_below(seed, 20) ? len : random_below(seed, (uint32_t)len + 1);
}

/* The zones are those of fields of one definition: a text is one time in each. */
static void test_times(void **state)
{
    (void)state;
    struct zone *zones[3] = {NULL, NULL, NULL};
    struct error error;
    assert_int_equal(zone_open("+02:00", &zones[1], &error), STATUS_OK);
    assert_int_equal(zone_open("Europe/London", &zones[2], &error), STATUS_OK);
    struct time_texts texts;
    time_texts_init(&texts);
    uint64_t seed = 2;
    int good = 0, found = 0;
    for (int i = 0; i < TRIES; i++) {
        char all[ROOM], *text = mem_alloc(ROOM);
        size_t len = time_text(&seed, all);
        const struct zone *zone = zones[random_below(&seed, 4) ? 0 : random_below(&seed, 3)];
        epoch_ms time = 0, quick = 0;
        text = mem_resize(text, len ? len : 1); /* nothing behind it may be read */
        memcpy(text, all, len);
        enum instant_result result = instant_parse(text, len, zone, &time);
        found += time_texts_find(&texts, text, len, &quick);
        assert_int_equal(time_texts_parse(&texts, text, len, zone, &quick), result);
        assert_true(result != INSTANT_OK || quick == time);
        good += result == INSTANT_OK;
        free(text);
    }
    assert_in_range(good, TRIES / 2, TRIES);
    assert_in_range(found, TRIES / 40, TRIES);
    zone_free(zones[1]);
    zone_free(zones[2]);
}

static void test_words_of_texts(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < TRIES / 10; i++) {
        char text[SHORT_TEXT], padded[SHORT_TEXT] = {0};
        size_t len = 1 + random_below(&seed, SHORT_TEXT);
        for (size_t b = 0; b < sizeof text; b++)
            text[b] = (char)random_below(&seed, 256);
        memcpy(padded, text, len);
        struct text_words expected = {.word = {usual_load(padded), usual_load(padded + 8)}};
        char *alone = mem_alloc(len);
        memcpy(alone, text, len);
        assert_true(text_words_same(text_words(alone, len), expected));
        assert_true(text_words_same(text_words_readable(text, len), expected));
        free(alone);
    }
}

/* A twin by the table of RFC 3629: the least value of each length, no surrogates, U+10FFFF at most.
 */
static size_t twin(const unsigned char *at, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = at[0] < 0x80 ? 1 : at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : at[0] >= 0xC0 ? 2 : 0;
    if (len <= 1)
        return len;
    uint32_t value = at[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (i >= left || (at[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3Fu);
    }
    bool good = at[0] < 0xF8 && value >= least[len] && value <= 0x10FFFF &&
                (value < 0xD800 || value > 0xDFFF);
    return good ? len : 0;
}

static void test_characters(void **state)
{
    (void)state;
    static const unsigned char seconds[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90,
                                            0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    for (unsigned first = 0; first < 256; first++)
        for (size_t i = 0; i < sizeof seconds * sizeof seconds * sizeof seconds; i++)
            for (size_t left = 1; left <= 4; left++) {
                const unsigned char text[] = {(unsigned char)first, seconds[i % sizeof seconds],
                                              seconds[i / sizeof seconds % sizeof seconds],
                                              seconds[i / sizeof seconds / sizeof seconds]};
                assert_int_equal(utf8_character((const char *)text, left), twin(text, left));
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_words_of_texts),
        cmocka_unit_test(test_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
