/*
 * D-01, D-02: no byte of a feed reaches a terminal unless it is a character that only shows itself.
 */
#include "tui/safe_text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void expect_bytes(const char *text, size_t len, bool ascii, const char *expected)
{
    char out[256];
    size_t written = safe_text(text, len, ascii, out, sizeof out);
    assert_string_equal(out, expected);
    assert_int_equal(written, strlen(expected));
}

static void expect(const char *text, const char *expected)
{
    expect_bytes(text, strlen(text), false, expected);
}

static void test_plain_text_passes(void **state)
{
    (void)state;
    expect("High / 12 \\ ~", "High / 12 \\ ~");
    expect("caf\xc3\xa9 \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x8e\xab",
           "caf\xc3\xa9 \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x8e\xab");
}

/* Every C0 byte and DEL, alone. */
static void test_controls(void **state)
{
    (void)state;
    for (int byte = 0; byte < 0x20; byte++) {
        char text = (char)byte, expected[8];
        snprintf(expected, sizeof expected, "\\x%02x", byte);
        expect_bytes(&text, 1, false, expected);
    }
    expect("\x7f", "\\x7f");
}

/* C1 as raw bytes and as characters: both are escapes to some terminal. */
static void test_c1(void **state)
{
    (void)state;
    for (int byte = 0x80; byte < 0xA0; byte++) {
        char raw[] = {(char)byte, 0}, coded[] = {(char)0xC2, (char)byte, 0}, expected[8];
        snprintf(expected, sizeof expected, "\\x%02x", byte);
        expect(raw, expected);
        snprintf(expected, sizeof expected, "\\u%04x", byte);
        expect(coded, expected);
    }
}

static void test_sequences_lose_their_head(void **state)
{
    (void)state;
    expect("\x1b[2J", "\\x1b[2J");
    expect("\x1b]52;c;QQ==\x07", "\\x1b]52;c;QQ==\\x07");
    expect("\x1b]8;;http://x", "\\x1b]8;;http://x"); /* never ended */
    expect("\xc2\x9b"
           "31m",
           "\\u009b31m");
}

static void test_invalid_utf8(void **state)
{
    (void)state;
    expect("\xff\xfe", "\\xff\\xfe");
    expect("\xc0\xaf", "\\xc0\\xaf");                   /* overlong */
    expect("\xe0\x80\xaf", "\\xe0\\x80\\xaf");          /* overlong */
    expect("\xed\xa0\x80", "\\xed\\xa0\\x80");          /* surrogate */
    expect("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above the last */
    expect("\xe6\xbc", "\\xe6\\xbc");                   /* ends early */
    expect("\xe6\x1b", "\\xe6\\x1b");                   /* what follows is judged on its own */
}

static void test_deceptive(void **state)
{
    (void)state;
    expect("a\xe2\x80\xae"
           "b",
           "a\\u202eb");               /* right to left */
    expect("\xe2\x81\xa6", "\\u2066"); /* isolate */
    expect("a\xe2\x80\x8b"
           "b",
           "a\\u200bb");                       /* zero width */
    expect("\xef\xbb\xbf", "\\ufeff");         /* byte order mark */
    expect("\xc2\xad", "\\u00ad");             /* soft hyphen */
    expect("\xee\x80\x80", "\\ue000");         /* private */
    expect("\xf3\xa0\x81\x81", "\\U000e0041"); /* tag */
    expect("\xe2\x80\xa8", "\\u2028");         /* line separator */
}

static void test_combining_marks_are_capped(void **state)
{
    (void)state;
    expect("e\xcc\x81\xcc\x82", "e\xcc\x81\xcc\x82");
    expect("e\xcc\x81\xcc\x82\xcc\x83\xcc\x84", "e\xcc\x81\xcc\x82\\u0303\\u0304");
    expect("\xcc\x81x", "\\u0301x"); /* no base */
}

static void test_ascii(void **state)
{
    (void)state;
    expect_bytes("caf\xc3\xa9", 5, true, "caf\\u00e9");
    expect_bytes("\xf0\x9f\x8e\xab", 4, true, "\\U0001f3ab");
}

static void test_cut_between_characters(void **state)
{
    (void)state;
    char out[6];
    assert_int_equal(safe_text("ab\x1b", 3, false, out, sizeof out), 2);
    assert_string_equal(out, "ab");
    assert_int_equal(safe_text("abcd\xc3\xa9", 6, false, out, sizeof out), 4);
    assert_string_equal(out, "abcd");
    assert_int_equal(safe_text("x", 1, false, out, 1), 0);
    assert_string_equal(out, "");
}

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(safe_width("abc", 3, false), 3);
    assert_int_equal(safe_width("\xe6\xbc\xa2\xe5\xad\x97", 6, false), 4);
    assert_int_equal(safe_width("e\xcc\x81", 3, false), 1);
    assert_int_equal(safe_width("\x1b", 1, false), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_text_passes),
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_c1),
        cmocka_unit_test(test_sequences_lose_their_head),
        cmocka_unit_test(test_invalid_utf8),
        cmocka_unit_test(test_deceptive),
        cmocka_unit_test(test_combining_marks_are_capped),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_cut_between_characters),
        cmocka_unit_test(test_width),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
