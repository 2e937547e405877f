/*
 * Protects the shape of JSON lines: once it is known, a line that differs from it in any one byte,
 * has one more or one less, gives the same event as jansson alone says, and so do the lines behind
 * it.
 */
#include "tests/unit/decode_run.h"

static const char feed[] =
    "{\"name\": \"f\", \"fields\": {"
    "\"id\": {\"type\": \"text\", \"required\": true, \"column\": [\"id\", \"x\"]},"
    "\"amount\": {\"type\": \"money\", \"places\": 2}, \"n\": {\"type\": \"int\"},"
    "\"who\": {\"type\": \"text\"}, \"at\": {\"type\": \"time\", \"column\": [\"at\", "
    "\"submitted_at\"]}},"
    "\"time\": \"at\", \"id\": [\"id\", \"who\"], \"group_by\": [\"who\"],"
    "\"measures\": [\"count\", \"sum:amount\", \"max:n\"]}";

#define AT "2026-01-05T08:42:17.482Z"

/* Each with texts that follow one another closely, with blanks, with what nobody asks for, and with
 * values of every kind in every place. */
static const char *const lines[] = {
    "{\"id\":\"1\",\"amount\":10.50,\"who\":\"a\",\"at\":\"" AT "\"}",
    "{\"id\":\"12\",\"submitted_at\":\"" AT "\",\"nobody_asks_me_for\":\"x\"}",
    " {\"at\": \"" AT "\" , \"id\": 7, \"n\": 12345678, \"y\": 0.5, \"amount\": 0.07 } ",
    "{\"y\":\"a text\",\"id\":\"\",\"x\":null,\"at\":\"" AT "\",\"n\":-3}",
    "{\"who\":0,\"n\":0,\"at\":1767602537250,\"id\":true,\"y\":\"\"}\r",
};

enum { BEFORE = 8, BEHIND = 2, LINE_MAX = 256 };

struct text {
    char bytes[(BEFORE + BEHIND + 1) * LINE_MAX];
    size_t len;
};

static void add(struct text *text, const char *bytes, size_t len)
{
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len++] = '\n';
}

/* A line among lines that it was made of. */
static void surround(struct text *text, const char *usual, const char *bytes, size_t len)
{
    text->len = 0;
    for (int n = 0; n < BEFORE; n++)
        add(text, usual, strlen(usual));
    add(text, bytes, len);
    for (int n = 0; n < BEHIND; n++)
        add(text, usual, strlen(usual));
}

static void expect_same(struct definition *definition, const char *usual, const char *bytes,
                        size_t len)
{
    static struct text text;
    static struct run wanted, got;
    surround(&text, usual, bytes, len);
    definition->decoder = DECODER_LIBRARY;
    run_feed(definition, FORMAT_JSONL, text.bytes, text.len, SIZE_MAX, 64, &wanted);
    definition->decoder = DECODER_AUTO;
    run_feed(definition, FORMAT_JSONL, text.bytes, text.len, SIZE_MAX, 64, &got);
    if (wanted.len != got.len ||
        memcmp(wanted.events, got.events, wanted.len * sizeof *wanted.events) != 0)
        fail_msg("%.*s: jansson says %s, the fast lane %s", (int)len, bytes,
                 run_reasons(definition, &wanted), run_reasons(definition, &got));
}

static void test_other_bytes(void **state)
{
    (void)state;
    static const char others[] = " \t\r\n\"\\,:{}[].-+0179aeEntfilx\x7F\x80\xC3\xA9";
    struct definition *d = run_definition(feed);
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++) {
        const size_t len = strlen(lines[l]);
        for (size_t at = 0; at < len; at++) {
            for (size_t o = 0; o < sizeof others; o++) { /* NUL too */
                char line[LINE_MAX];
                memcpy(line, lines[l], len);
                line[at] = others[o];
                expect_same(d, lines[l], line, len);
            }
        }
    }
    definition_free(d);
}

static void test_one_byte_more_or_less(void **state)
{
    (void)state;
    static const char more[] = " \",}0.";
    struct definition *d = run_definition(feed);
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++) {
        const size_t len = strlen(lines[l]);
        for (size_t at = 0; at <= len; at++) {
            char line[LINE_MAX];
            for (size_t m = 0; m + 1 < sizeof more; m++) {
                memcpy(line, lines[l], at);
                line[at] = more[m];
                memcpy(line + at + 1, lines[l] + at, len - at);
                expect_same(d, lines[l], line, len + 1);
            }
            if (at == len)
                continue;
            memcpy(line, lines[l], at);
            memcpy(line + at, lines[l] + at + 1, len - at - 1);
            expect_same(d, lines[l], line, len - 1);
        }
    }
    definition_free(d);
}

/* One number in the place of another. */
static void test_numbers(void **state)
{
    (void)state;
    static const char *const numbers[] = {
        "0",        "00",        "01",        "0.5",      "00.5",     ".5",       "5.",  "5.0",
        "1.2.3",    "12345678",  "123456789", "1234567.", ".1234567", "12345.67", "-0",  "-",
        "-1",       "1e2",       "1E+2",      "1.e2",     "+1",       "0x1",      "1 2", "1,2",
        "00000000", "0.000000",  "9999.999",  "0.",       "1.5 ",     " 1.5",     "",    "null",
        "true",     "\"10.50\"", "\"a\"",     "{}",       "[1]",      "1}",       "1:",  "1/2",
    };
    struct definition *d = run_definition(feed);
    static const char *const around[][2] = {
        {"{\"id\":\"1\",\"at\":\"" AT "\",\"amount\":", ",\"who\":\"a\"}"},
        {"{\"id\":\"1\",\"at\":\"" AT "\",\"n\":", "}"},
        {"{\"id\":\"1\",\"at\":\"" AT "\",\"who\":", ", \"y\": 1}"},
        {"{\"id\":\"1\",\"at\":\"" AT "\",\"y\":", "}"},
    };
    for (size_t a = 0; a < sizeof around / sizeof *around; a++)
        for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
            char usual[LINE_MAX], line[LINE_MAX];
            snprintf(usual, sizeof usual, "%s12.5%s", around[a][0], around[a][1]);
            int len = snprintf(line, sizeof line, "%s%s%s", around[a][0], numbers[n], around[a][1]);
            expect_same(d, usual, line, (size_t)len);
        }
    definition_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_bytes),
        cmocka_unit_test(test_one_byte_more_or_less),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
