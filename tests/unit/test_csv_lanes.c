/*
 * Protects: the fast lane of CSV gives what libcsv gives, for every record: each field of its
 * event, its reason and position. Feeds of good and of spoiled rows, in any columns and with any
 * delimiter, are decoded by the fast lane, by its portable twin and by libcsv, side by side, cut
 * anywhere. EVERY=1 tries some ten million records, else some hundred thousand.
 */
#include "tests/fuzz/csv_lanes.h"
#include "tests/unit/support.h"

#include "core/clock.h"
#include "feeds/bytes_masks.h"

enum { ROWS = 200, FEED_MAX = 1 << 18, SHORT_S = 2, LONG_S = 240 };

struct text {
    char *at;
    size_t len;
};

static uint32_t below(uint64_t *seed, uint32_t bound)
{
    return random_below(seed, bound);
}

static void put(struct text *out, const char *bytes, size_t len)
{
    if (len > FEED_MAX - out->len)
        len = FEED_MAX - out->len;
    memcpy(out->at + out->len, bytes, len);
    out->len += len;
}

static void put_text(struct text *out, const char *text)
{
    put(out, text, strlen(text));
}

#define PICK(seed, texts) ((texts)[below(seed, sizeof(texts) / sizeof *(texts))])

static void put_time(struct text *out, uint64_t *seed)
{
    static const char *const forms[] = {"Z", ".482Z", ".4Z", "", "+01:00", ".999999Z", ".48xZ"};
    static const char *const odd[] = {"1767602537",           "2026-02-30T00:00:00Z",
                                      "2026-01-05",           "2101-01-01T00:00:00Z",
                                      "2026-01-05T24:00:00Z", "2026-01-05T08:42:60Z",
                                      "2026-01-05t08:42:17Z", "2026-01-05 08:42:17",
                                      "1969-12-31T23:59:59Z", "2026-01-05T08:42"};
    char text[64];
    if (below(seed, 12) == 0) {
        put_text(out, PICK(seed, odd));
        return;
    }
    snprintf(text, sizeof text, "2026-01-%02uT%02u:%02u:%02u%s", 5 + (below(seed, 8) == 0),
             below(seed, 24), below(seed, 60), below(seed, 60),
             below(seed, 4) ? forms[below(seed, 2)] : PICK(seed, forms));
    put_text(out, text);
}

static void put_number(struct text *out, uint64_t *seed, int places)
{
    static const char *const odd[] = {"-1",
                                      "-0",
                                      "0",
                                      "0.00",
                                      "1e2",
                                      "12.345",
                                      "007",
                                      "1.",
                                      ".5",
                                      "99999999",
                                      "999999999.99",
                                      "9223372036854775807",
                                      "9223372036854775808",
                                      "1,5",
                                      "+1",
                                      "12 3",
                                      "0x1f",
                                      "NaN"};
    char text[64];
    if (below(seed, 8) == 0) {
        put_text(out, PICK(seed, odd));
        return;
    }
    uint32_t bound = 1;
    for (uint32_t digits = 1 + below(seed, 8); digits > 0; digits--)
        bound *= 10;
    int len = snprintf(text, sizeof text, "%u", below(seed, bound));
    if (places > 0 && below(seed, 10)) {
        text[len++] = '.';
        for (; places > 0; places--)
            text[len++] = (char)('0' + below(seed, 10));
    }
    put(out, text, (size_t)len);
}

static void put_words(struct text *out, uint64_t *seed)
{
    static const char *const texts[] = {"a",
                                        "b",
                                        "c",
                                        "root",
                                        "o",
                                        "open",
                                        "closed",
                                        "completed",
                                        "High",
                                        "North",
                                        "x",
                                        "12345",
                                        "abcdefgh",
                                        "abcdefg",
                                        "abcdefghi",
                                        "sixteen bytes 16",
                                        "seventeen bytes17",
                                        "fifteen byte 15",
                                        "Zürich",
                                        "日本",
                                        "\xF0\x9F\x8E\xAB",
                                        "two words",
                                        "l'apostrophe",
                                        "tab\tin",
                                        "NGN",
                                        "RU"};
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789 -_.";
    char text[64];
    if (below(seed, 2)) {
        put_text(out, PICK(seed, texts));
        return;
    }
    size_t len = 1 + below(seed, below(seed, 4) ? 12 : 60);
    for (size_t i = 0; i < len; i++)
        text[i] = letters[below(seed, sizeof letters - 1)];
    put(out, text, len);
}

static void put_field(struct text *out, uint64_t *seed, const struct field *field)
{
    if (!field || below(seed, 40) == 0) {
        if (below(seed, 3))
            put_words(out, seed);
    } else if (field->type == FIELD_TIME) {
        put_time(out, seed);
    } else if (field->type != FIELD_TEXT) {
        put_number(out, seed, field->type == FIELD_MONEY ? field->places : 0);
    } else if (field->values_len > 0 && below(seed, 20)) {
        put_text(out, field->values[below(seed, (uint32_t)field->values_len)]);
    } else {
        put_words(out, seed);
    }
}

/* One to three bytes somewhere in the row become others, come in between, or go. */
static void spoil(struct text *out, size_t begin, uint64_t *seed)
{
    static const struct {
        const char *bytes;
        size_t len;
    } odd[] = {{"\"", 1},   {"\"\"", 2},     {"\r", 1},      {"\n", 1},       {" ", 1},  {"\t", 1},
               {"\0", 1},   {"\xC3", 1},     {"\xFF", 1},    {"\xC0\x80", 2}, {",", 1},  {";", 1},
               {"|", 1},    {"\xED\xA0", 2}, {"x", 1},       {"\r\n", 2},     {"  ", 2}, {"", 0},
               {"\x7F", 1}, {"\x1F", 1},     {"\xC2\xA0", 2}};
    for (uint32_t n = 1 + below(seed, 3); n > 0 && out->len + 4 < FEED_MAX; n--) {
        size_t which = below(seed, sizeof odd / sizeof *odd), left = out->len - begin;
        size_t at = begin + (left ? below(seed, (uint32_t)left + 1) : 0);
        size_t gone = at < out->len ? below(seed, 2) : 0;
        memmove(out->at + at + odd[which].len, out->at + at + gone, out->len - at - gone);
        memcpy(out->at + at, odd[which].bytes, odd[which].len);
        out->len += odd[which].len - gone;
    }
}

struct layout {
    const struct field *fields[FIELDS_MAX + 4]; /* NULL: a column that nobody reads */
    uint32_t len;
    char delimiter;
    const char *line_end;
    uint32_t spoilt; /* one row of so many; 0: none */
};

/* The columns of a header in some order. */
static struct layout choose_layout(const struct definition *d, uint64_t *seed)
{
    static const char delimiters[] = ",,,,;\t|";
    struct layout layout = {.delimiter = delimiters[below(seed, sizeof delimiters - 1)],
                            .line_end = below(seed, 4) ? "\n" : "\r\n",
                            .spoilt = below(seed, 4) * 7};
    for (int f = 0; f < d->fields_len; f++)
        if (!d->fields[f].derived && (d->fields[f].required || below(seed, 5)))
            layout.fields[layout.len++] = &d->fields[f];
    for (uint32_t extra = below(seed, 4); extra > 0; extra--)
        layout.fields[layout.len++] = NULL;
    for (uint32_t i = layout.len; i > 1; i--) {
        uint32_t other = below(seed, i);
        const struct field *field = layout.fields[i - 1];
        layout.fields[i - 1] = layout.fields[other];
        layout.fields[other] = field;
    }
    return layout;
}

static void put_header(struct text *out, const struct layout *layout)
{
    char name[32];
    for (uint32_t c = 0; c < layout->len; c++) {
        snprintf(name, sizeof name, "extra%u", c);
        put_text(out, layout->fields[c] ? layout->fields[c]->columns[0] : name);
        put(out, &layout->delimiter, c + 1 < layout->len);
    }
    put_text(out, layout->line_end);
}

/* Now and then a row is longer than a piece that is looked at in one go. */
static void put_row(struct text *out, const struct layout *layout, uint64_t *seed)
{
    size_t begin = out->len;
    uint32_t columns = layout->len;
    if (below(seed, 60) == 0)
        columns += below(seed, 3) - 1;
    for (uint32_t c = 0; c < columns; c++) {
        put_field(out, seed, c < layout->len ? layout->fields[c] : NULL);
        for (uint32_t n = below(seed, 3000) ? 0 : below(seed, 18000); n > 0; n--)
            put(out, "long, ", below(seed, 200) ? 4 : 6);
        put(out, &layout->delimiter, c + 1 < columns);
    }
    put_text(out, layout->line_end);
    if (layout->spoilt && below(seed, layout->spoilt) == 0)
        spoil(out, begin, seed);
    if (below(seed, 80) == 0)
        put_text(out, below(seed, 2) ? "\n" : " \t\r\n");
}

static struct feed_cuts choose_cuts(size_t len, uint64_t *seed)
{
    struct feed_cuts cuts = {.cap = below(seed, 3) ? LANE_CAP : 1 + below(seed, 5),
                             .limit = below(seed, 3) ? UINT64_MAX : below(seed, (uint32_t)len + 1),
                             .seed = *seed};
    if (below(seed, 3))
        cuts.step = len < 4096 ? 1 + below(seed, 100) : len / (1 + below(seed, 20));
    return cuts;
}

static void test_all_lanes_say_the_same(void **state)
{
    (void)state;
    static char bytes[FEED_MAX];
    uint64_t seed = 2026;
    size_t rows = 0, accepted = 0;
    const int64_t length_s = getenv("EVERY") ? LONG_S : SHORT_S;
    const mono_ns until = clock_machine() + length_s * 1000000000;
    for (unsigned feed = 0; feed < 200 || clock_machine() < until; feed++) {
        unsigned which = feed % FEED_DEFINITIONS, variant = feed / FEED_DEFINITIONS;
        struct text text = {.at = bytes};
        struct layout layout = choose_layout(lane_definition(which, variant, 0), &seed);
        if (below(&seed, 20) == 0)
            put(&text, "\xEF\xBB\xBF", 3);
        put_header(&text, &layout);
        uint32_t more = 1 + below(&seed, ROWS);
        for (uint32_t r = 0; r < more; r++)
            put_row(&text, &layout, &seed);
        if (below(&seed, 4) == 0)
            text.len -= below(&seed, (uint32_t)text.len);
        accepted += lanes_check(which, variant, bytes, text.len, choose_cuts(text.len, &seed));
        rows += more;
    }
    if (getenv("EVERY"))
        print_message("%zu records, %zu accepted\n", rows, accepted);
    assert_in_range(accepted, rows / 8, rows);
}

/* --- the tools below --- */

/* Every byte is told to be what it is, wherever it stands, by all of them; nothing behind the end
 * is. */
static void test_masks(void **state)
{
    (void)state;
    const struct bytes_wanted wanted = {.byte = {'\n', ';', '"', '\0', '\xC3'}};
    uint64_t seed = 3;
    for (int i = 0; i < 4000; i++) {
        size_t len = below(&seed, 400);
        char *bytes = exact_copy("", 0);
        bytes = mem_resize(bytes, len ? len : 1);
        for (size_t b = 0; b < len; b++)
            bytes[b] = below(&seed, 3) ? wanted.byte[below(&seed, 5)] : (char)below(&seed, 256);
        const struct bytes_tools *tools;
        for (int n = 0; (tools = bytes_tools_each(n)) != NULL; n++) {
            struct bytes_masks masks[8];
            tools->scan(&wanted, bytes, len, masks);
            for (size_t b = 0; b < bytes_masks_len(len) * BYTES_MASK; b++) {
                const struct bytes_masks *mask = &masks[b / BYTES_MASK];
                unsigned char byte = b < len ? (unsigned char)bytes[b] : 'x';
                for (int w = 0; w < BYTES_WANTED; w++)
                    assert_int_equal(mask->of[w] >> b % BYTES_MASK & 1,
                                     byte == (unsigned char)wanted.byte[w]);
                assert_int_equal(mask->control >> b % BYTES_MASK & 1, byte < ' ');
                assert_int_equal(mask->high >> b % BYTES_MASK & 1, byte >= 0x80);
            }
        }
        free(bytes);
    }
}

static void check_places(const uint64_t *words, size_t len)
{
    uint16_t expected[8 * BYTES_MASK], places[8 * BYTES_MASK + BYTES_PLACES_SPARE];
    size_t count = 0;
    for (size_t bit = 0; bit < len * BYTES_MASK; bit++)
        if (words[bit / BYTES_MASK] >> bit % BYTES_MASK & 1)
            expected[count++] = (uint16_t)bit;
    const struct bytes_tools *tools;
    for (int n = 0; (tools = bytes_tools_each(n)) != NULL; n++) {
        assert_int_equal(tools->places(words, len, places), count);
        assert_memory_equal(places, expected, count * sizeof *places);
        assert_int_equal(tools->few_places(words, len, places), count);
        assert_memory_equal(places, expected, count * sizeof *places);
        assert_int_equal(tools->many_places(words, len, places), count);
        assert_memory_equal(places, expected, count * sizeof *places);
    }
}

static void test_places(void **state)
{
    (void)state;
    uint64_t seed = 4, words[8];
    for (int i = 0; i < 4000; i++) {
        size_t len = below(&seed, 9);
        for (size_t w = 0; w < len; w++) {
            words[w] = 0;
            for (uint32_t n = below(&seed, 2) ? below(&seed, 12) : below(&seed, 200); n > 0; n--)
                words[w] |= UINT64_C(1) << below(&seed, 64);
        }
        check_places(words, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_lanes_say_the_same),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
