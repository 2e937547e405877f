/*
 * Protects: --decoder changes no event. Records made at random, usual and unusual ones, and spoilt
 * byte by byte, give the same events with the same reasons at the same places, the same texts for
 * alerts and the same labels, whether jansson judges all of them or only those that are not plain,
 * by vector code or plain C, whatever the sizes the bytes come in.
 *
 * RECORDS=20000000 looks at so many of them; SEED=n at others.
 */
#include "tests/unit/decode_run.h"
#include "tests/unit/support.h"

#include "feeds/bytes_masks.h"

#include <stdlib.h>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
enum { RECORDS = 20000 };
#else
enum { RECORDS = 200000 };
#endif
enum { FEED_RECORDS = 64, FEED_BYTES = 256 * 1024 };

#define LONG_NAME                                                                                  \
    "a name as long as no other is, and longer than what is remembered of those nobody asks for"

/* Every type of field, names that share a field, two fields of one name, and names that reach into
 * objects. */
static const char everything[] =
    "{\"name\": \"all\", \"fields\": {"
    "\"id\": {\"type\": \"text\", \"required\": true, \"column\": [\"id\", \"event_id\", "
    "\"a.id\"]},"
    "\"n\": {\"type\": \"int\"},"
    "\"amount\": {\"type\": \"money\", \"places\": 2, \"positive\": true},"
    "\"at\": {\"type\": \"time\", \"required\": true, \"column\": [\"at\", \"timestamp\"]},"
    "\"kind\": {\"type\": \"text\", \"values\": [\"r\", \"p\", \"longer than a packed one\"]},"
    "\"who\": {\"type\": \"text\", \"column\": [\"who\", \"user.name\", \"user\", \"n\"]},"
    "\"of\": {\"type\": \"text\", \"column\": [\"a\", \"\xC3\xA9\", \"" LONG_NAME "\"]},"
    "\"step\": {\"type\": \"text\", \"column\": [\"step\", \"kind\"]}},"
    "\"time\": \"at\", \"id\": [\"id\", \"kind\"], \"where\": [\"n>=-5\", \"who!=root\"],"
    "\"group_by\": [\"who\", \"n\", \"date\", \"hour\", \"kind\"],"
    "\"measures\": [\"count\", \"sum:amount\", \"avg:n\", \"distinct:who\", \"open\"],"
    "\"lifecycle\": {\"key\": \"id\", \"field\": \"step\", \"opened\": \"o\", \"closed\": \"c\"},"
    "\"rules\": [{\"name\": \"velocity\", \"more_than\": 2, \"per\": \"who\", \"within\": \"90s\"},"
    "{\"name\": \"pair\", \"within\": \"15s\", \"pair\": {\"field\": \"kind\", \"opens\": \"r\","
    " \"ref\": \"of\", \"needs\": \"p\"}},"
    "{\"name\": \"each\", \"when\": [\"amount>1\", \"who in a,b,c\"]}]}";

/* --- making records --- */

struct text {
    char *at;
    size_t len, room;
};

static void add(struct text *text, const char *bytes, size_t len)
{
    if (len > text->room - text->len)
        return;
    memcpy(text->at + text->len, bytes, len);
    text->len += len;
}

static void add_text(struct text *text, const char *bytes)
{
    add(text, bytes, strlen(bytes));
}

#define ONE_OF(seed, list) (list)[random_below(seed, sizeof(list) / sizeof *(list))]

static void add_blanks(struct text *text, uint64_t *seed, uint32_t seldom)
{
    static const char *const blanks[] = {" ",  " ",       " ",        "  ", "\t",
                                         "\r", "   \t  ", "\xC2\xA0", "\f"};
    if (random_below(seed, seldom) == 0)
        add_text(text, ONE_OF(seed, blanks));
}

static void add_name(struct text *text, uint64_t *seed)
{
    static const char *const names[] = {
        "id",
        "event_id",
        "a.id",
        "n",
        "amount",
        "at",
        "timestamp",
        "kind",
        "who",
        "user.name",
        "user",
        "a",
        "\xC3\xA9",
        "step",
        "of",
        "",
        "i",
        "idd",
        "Id",
        "amounts",
        "amoun",
        "ki\\u006ed",
        "w\\\"ho",
        "ticket_id",
        "customer_id",
        "priority",
        "submitted_at",
        "status",
        "user_id",
        "merchant_id",
        "country_code",
        "type",
        "refund_of",
        "transaction_id",
        "x",
        "yy",
        "zzz",
        "1234567890123456",
        "12345678901234567",
        "12345678901x34567",
        LONG_NAME,
        "a name of sixty-four bytes, which is the longest to be remembered",
        "a name of sixty-four bytes, which is the longest to be remembere"};
    add_text(text, "\"");
    add_text(text, ONE_OF(seed, names));
    if (random_below(seed, 60) == 0) { /* more of them than are remembered */
        char number[16];
        snprintf(number, sizeof number, "%u", (unsigned)random_below(seed, 600));
        add_text(text, number);
    }
    add_text(text, "\"");
}

static void add_string(struct text *text, uint64_t *seed)
{
    static const char *const inside[] = {
        "",
        "1",
        "a",
        "b",
        "root",
        "r",
        "p",
        "o",
        "c",
        "open",
        "closed",
        "High",
        "payment",
        "refund",
        "longer than a packed one",
        "2026-01-05T08:42:17Z",
        "2026-01-05T08:42:17.250Z",
        "2026-01-06 08:42:17+01:00",
        "2026-13-05T08:42:17Z",
        "2126-01-05T08:42:17Z",
        "1767602537",
        "12.50",
        "-3",
        "0",
        "\xC3\xA9t\xC3\xA9",
        "\xE2\x82\xAC \xF0\x9F\x98\x80",
        "\xC3",
        "\xED\xA0\x80",
        "\\n",
        "\\u00e9",
        "\\u0000",
        "\\ud83d\\ude00",
        "\\ud83d",
        "\\x",
        "\\\\",
        "\\\"",
        "\t",
        "\x7F",
        "{",
        "}",
        "[,]",
        ":",
        ",\"",
        "null",
        "sixty-four bytes and a few more, so that a string stands in two masks"};
    static char many[20000];
    if (!*many)
        memset(many, 'm', sizeof many - 1);
    add_text(text, "\"");
    add_text(text, ONE_OF(seed, inside));
    if (random_below(seed, 12) == 0)
        add(text, many, random_below(seed, random_below(seed, 100) ? 300 : sizeof many));
    add_text(text, "\"");
}

static void add_number(struct text *text, uint64_t *seed)
{
    static const char *const odd[] = {
        "0",
        "-0",
        "-1",
        "1.5",
        "1.50",
        "12.345",
        "100",
        "0.01",
        "0.001",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999999999",
        "00",
        "01",
        "-",
        "-01",
        "1.",
        ".5",
        "+1",
        "1e2",
        "1E+2",
        "1.5e-1",
        "1e",
        "1e400",
        "-1e400",
        "0x10",
        "1_0",
        "1.2.3",
        "1-2",
        "NaN",
        "Infinity",
        "-Infinity",
        "1767602537",
        "1767602537250",
        "12 3",
        "1,2",
        "0.0000000000000000000000000000000000000000000000000000000000000000000000000001",
        "1234567890123456789012345678901234567890123456789012345678901234",
        "12345678901234567890123456789012345678901234567890123456789012345"};
    char number[400];
    if (random_below(seed, 3) == 0) {
        add_text(text, ONE_OF(seed, odd));
        return;
    }
    if (random_below(seed, 100) == 0) { /* a double has no room for some */
        memset(number, '1', sizeof number - 1);
        number[40 + random_below(seed, 350)] = '\0';
        add_text(text, number);
    }
    snprintf(number, sizeof number, "%d.%02u", (int)random_below(seed, 2000) - 20,
             (unsigned)random_below(seed, 100));
    add_text(text, number);
}

static void add_value(struct text *text, uint64_t *seed, uint32_t odds)
{
    static const char *const words[] = {"true", "false", "null", "null", "null"};
    static const char *const odd[] = {"True",
                                      "nul",
                                      "nulll",
                                      "true1",
                                      "tru",
                                      "t",
                                      "f",
                                      "n",
                                      "{}",
                                      "[]",
                                      "{\"id\":1}",
                                      "[1,2]",
                                      "{\"name\":\"a\"}",
                                      "{\"name\":\"a\",\"name\":\"b\"}",
                                      "{\"id\":{\"id\":[{}]}}",
                                      "'a'",
                                      "",
                                      "a",
                                      "\"",
                                      "\"a\"b",
                                      "\"a\" \"b\"",
                                      "[",
                                      "}",
                                      "\xC3\xA9",
                                      "{\"name\":null,\"x\":1e999}"};
    uint32_t kind = random_below(seed, odds);
    if (kind == 0)
        add_text(text, ONE_OF(seed, odd));
    else if (kind % 4 == 1)
        add_number(text, seed);
    else if (kind % 8 == 2)
        add_text(text, ONE_OF(seed, words));
    else
        add_string(text, seed);
}

/* A name and a value that its field may have. */
static void add_good_member(struct text *text, uint64_t *seed, uint32_t m)
{
    static const char *const good[][4] = {
        {"\"id\":\"1\"", "\"id\":\"22\"", "\"event_id\":\"333\"", "\"id\":4"},
        {"\"at\":\"2026-01-05T08:42:17Z\"", "\"at\":\"2026-01-05T08:42:18.125Z\"",
         "\"timestamp\":1767602537", "\"at\":\"2026-01-06T00:00:00Z\""},
        {"\"amount\":12.50", "\"amount\":\"7\"", "\"amount\":500.01", "\"amount\":0.10"},
        {"\"who\":\"a\"", "\"who\":\"root\"", "\"user\":\"b\"", "\"who\": \"c\""},
        {"\"kind\":\"p\"", "\"kind\":\"r\"", "\"kind\":null", "\"kind\" : \"p\""},
        {"\"n\":3", "\"n\":-9", "\"n\":null", "\"n\":\"4\""},
        {"\"step\":\"o\"", "\"step\":\"c\"", "\"step\":true", "\"step\":7"},
        {"\"seen\":null", "\"seen\":\"x\"", "\"other\":1", "\"flag\":false"}};
    add_text(text, ONE_OF(seed, good[m % 8]));
}

/* Mostly as real feeds are: the same names in the same order. */
static void add_record(struct text *text, uint64_t *seed)
{
    uint32_t style = random_below(seed, 8), seldom = style < 4 ? 100000 : style < 6 ? 40 : 3;
    uint32_t members = random_below(seed, 40) ? 8 : random_below(seed, 300);
    bool any = false;
    add_blanks(text, seed, seldom);
    add_text(text, random_below(seed, 200) ? "{" : "[");
    for (uint32_t m = 0; m < members; m++) {
        if (style > 1 && random_below(seed, 8) == 0)
            continue;
        if (any)
            add_text(text, style == 3 ? ", " : ",");
        any = true;
        add_blanks(text, seed, seldom);
        if (style > 2 && random_below(seed, style < 6 ? 12 : 3) == 0) {
            add_name(text, seed);
            add_blanks(text, seed, seldom);
            add_text(text, random_below(seed, 300) ? ":" : "");
            add_blanks(text, seed, seldom);
            add_value(text, seed, style < 6 ? 400 : 20);
        } else {
            add_good_member(text, seed, style == 7 ? random_below(seed, 8) : m);
        }
        add_blanks(text, seed, seldom);
    }
    add_text(text, random_below(seed, 300) ? "}" : ",}");
    if (random_below(seed, 100) == 0)
        add_text(text, random_below(seed, 2) ? " x" : "{}");
    add_blanks(text, seed, seldom);
    add_text(text, random_below(seed, 12) ? "\n" : "\r\n");
}

static void spoil(struct text *text, size_t from, uint64_t *seed)
{
    static const char alphabet[] =
        "\"\"\\{}[]:,, \t\r0123456789.-+eEtfnul\x01\x1f\x7f\x80\xc3\xff/a";
    for (uint32_t times = 1 + random_below(seed, 3); times > 0; times--) {
        size_t left = text->len - from;
        if (left < 3)
            return;
        size_t at = from + random_below(seed, (uint32_t)left - 1);
        char byte = alphabet[random_below(seed, sizeof alphabet)]; /* its NUL too */
        switch (random_below(seed, 4)) {
        case 0:
            memmove(text->at + at, text->at + at + 1, text->len - at - 1);
            text->len--;
            break;
        case 1:
            if (text->room == text->len)
                return;
            memmove(text->at + at + 1, text->at + at, text->len - at);
            text->len++;
            text->at[at] = byte;
            break;
        case 2: { /* a piece of it stands twice, or elsewhere */
            char piece[24];
            size_t len = 1 + random_below(seed, sizeof piece - 1);
            size_t to = from + random_below(seed, (uint32_t)left - 1);
            if (len > text->len - 1 - at || len > text->len - 1 - to)
                return;
            memcpy(piece, text->at + at, len);
            memcpy(text->at + to, piece, len);
            break;
        }
        default:
            text->at[at] = byte;
        }
    }
}

static void make_feed(struct text *text, uint64_t *seed)
{
    text->len = 0;
    for (int r = 0; r < FEED_RECORDS; r++) {
        size_t from = text->len;
        add_record(text, seed);
        if (random_below(seed, 4) == 0)
            spoil(text, from, seed);
    }
}

/* --- reading them --- */

struct lane {
    struct event events[RUN_EVENTS_MAX];
    struct event_text texts[RUN_EVENTS_MAX];
    uint32_t label_at[RUN_EVENTS_MAX];
    char labels[RUN_EVENTS_MAX][EVENT_LABEL];
    size_t len, labels_len;
    uint64_t skipped;
    uint32_t lines;
};

/* Up to `step` new bytes and `cap` events a call; 0: all at once. */
static void read_lane(struct definition *definition, enum decoder_choice choice,
                      const struct text *text, size_t step, size_t cap, uint64_t seed,
                      struct lane *lane)
{
    definition->decoder = choice;
    struct decoder_config config = run_config(definition, FORMAT_JSONL);
    struct decoder *decoder = decoder_new(&config);
    size_t from = 0, to = step ? 0 : text->len;
    memset(lane, 0, sizeof *lane);
    decoder_want_label(decoder);
    for (;;) {
        struct decoded out;
        struct error error;
        bool last = to == text->len;
        char *piece = malloc(to - from + 1);
        memcpy(piece, text->at + from, to - from);
        piece = realloc(piece, to - from ? to - from : 1);
        assert_true(lane->len + cap <= RUN_EVENTS_MAX);
        decoder_texts(decoder, lane->texts + lane->len);
        assert_int_equal(decoder_feed(decoder, piece, to - from, last, UINT64_MAX,
                                      lane->events + lane->len, cap, &out, &error),
                         STATUS_OK);
        free(piece);
        uint32_t label = decoder_label(decoder, lane->labels[lane->labels_len]);
        if (label) {
            lane->label_at[lane->labels_len++] = (uint32_t)lane->len + label;
            if (lane->labels_len < 4)
                decoder_want_label(decoder);
        }
        lane->len += out.events;
        lane->skipped += out.skipped;
        lane->lines += out.lines;
        from += out.consumed;
        if (last && out.consumed == 0 && out.events == 0)
            break;
        if (out.events < cap && !last) {
            size_t more = 1 + random_below(&seed, (uint32_t)step);
            to = text->len - to < more ? text->len : to + more;
        }
    }
    assert_int_equal(from, text->len);
    decoder_free(decoder);
}

static void show(const struct text *text, const struct event *event)
{
    int len = event->length < 2000 ? (int)event->length : 2000;
    print_message("the record: %.*s\n", len, text->at + event->start);
}

static void expect_same(const struct definition *definition, const struct text *text,
                        const struct lane *wanted, const struct lane *got, const char *what)
{
    for (size_t i = 0; i < wanted->len && i < got->len; i++) {
        if (memcmp(&wanted->events[i], &got->events[i], sizeof got->events[i]) == 0 &&
            memcmp(&wanted->texts[i], &got->texts[i], sizeof got->texts[i]) == 0)
            continue;
        show(text, &wanted->events[i]);
        char jansson[128];
        snprintf(jansson, sizeof jansson, "%s", run_reason(definition, &wanted->events[i]));
        fail_msg("event %zu: jansson says %s, %s says %s", i, jansson, what,
                 run_reason(definition, &got->events[i]));
    }
    assert_int_equal(wanted->len, got->len);
    assert_int_equal(wanted->skipped, got->skipped);
    assert_int_equal(wanted->lines, got->lines);
}

/* Labels are wished for feed by feed, so they are compared where all was read at once. */
static void expect_same_labels(const struct lane *wanted, const struct lane *got)
{
    assert_int_equal(wanted->labels_len, got->labels_len);
    assert_memory_equal(wanted->label_at, got->label_at, sizeof got->label_at);
    for (size_t i = 0; i < got->labels_len; i++)
        assert_string_equal(wanted->labels[i], got->labels[i]);
}

/* --- the tests --- */

static uint64_t from_environment(const char *name, uint64_t usual)
{
    const char *value = getenv(name);
    return value ? strtoull(value, NULL, 10) : usual;
}

static void test_lanes_agree(void **state)
{
    (void)state;
    static struct lane library, other;
    struct definition *definitions[] = {run_definition(everything), run_builtin("payments"),
                                        run_builtin("tickets")};
    uint64_t seed = from_environment("SEED", 7), reasons[REJECT_COUNT] = {0};
    struct text text = {.at = malloc(FEED_BYTES), .room = FEED_BYTES};
    for (uint64_t left = from_environment("RECORDS", RECORDS) / FEED_RECORDS; left > 0; left--) {
        uint32_t which = random_below(&seed, 8);
        struct definition *definition = definitions[which < 6 ? 0 : which - 5];
        make_feed(&text, &seed);
        read_lane(definition, DECODER_LIBRARY, &text, 0, 200, seed, &library);
        read_lane(definition, DECODER_AUTO, &text, 0, 200, seed, &other);
        expect_same(definition, &text, &library, &other, "auto");
        expect_same_labels(&library, &other);
        read_lane(definition, DECODER_PORTABLE, &text, 0, 200, seed, &other);
        expect_same(definition, &text, &library, &other, "portable");
        expect_same_labels(&library, &other);
        size_t step = 1 + random_below(&seed, 3000);
        enum decoder_choice choice = random_below(&seed, 2) ? DECODER_AUTO : DECODER_PORTABLE;
        read_lane(definition, choice, &text, step, 1 + random_below(&seed, 9), seed, &other);
        expect_same(definition, &text, &library, &other, "one in pieces");
        for (size_t i = 0; i < library.len; i++)
            reasons[library.events[i].reason]++;
    }
    free(text.at);
    for (size_t d = 0; d < sizeof definitions / sizeof *definitions; d++)
        definition_free(definitions[d]);
    /* the mixture is one: each reason that a line of JSON can have, and many good ones */
    for (int reason = 0; reason < REJECT_COUNT && RECORDS > 100000; reason++)
        if (reason != REJECT_TOO_LONG && reason != REJECT_FIELD_COUNT &&
            reason != REJECT_ID_CONFLICT && reason != REJECT_TORN && reasons[reason] == 0)
            fail_msg("no record was %s", reject_text((enum reject_reason)reason));
    assert_true(reasons[REJECT_NONE] > reasons[REJECT_PARSE] / 2);
}

static void check_text(const struct bytes_tools *tools, const char *bytes, size_t len)
{
    uint64_t quotes[8], newlines[8], odd[8], high[8];
    tools->text(
        bytes, len,
        (struct bytes_text){.quotes = quotes, .newlines = newlines, .odd = odd, .high = high});
    for (size_t b = 0; b < bytes_masks_len(len) * BYTES_MASK; b++) {
        unsigned char byte = b < len ? (unsigned char)bytes[b] : 'x';
        size_t w = b / BYTES_MASK, bit = b % BYTES_MASK;
        assert_int_equal(quotes[w] >> bit & 1, byte == '"');
        assert_int_equal(newlines[w] >> bit & 1, byte == '\n');
        assert_int_equal(odd[w] >> bit & 1, (byte < ' ' && byte != '\n') || byte == '\\');
        assert_int_equal(high[w] >> bit & 1, byte >= 0x80);
    }
}

/* Every byte is told to be what it is by each of the tools; nothing behind the end is. */
static void test_text_masks(void **state)
{
    (void)state;
    static const char some[] = "\"\\\n\r\x1f \x7f\x80\xff";
    uint64_t seed = 3;
    for (int i = 0; i < 3000; i++) {
        size_t len = random_below(&seed, 400);
        char *bytes = malloc(len ? len : 1);
        for (size_t b = 0; b < len; b++)
            bytes[b] = random_below(&seed, 3) ? some[random_below(&seed, sizeof some)]
                                              : (char)random_below(&seed, 256);
        const struct bytes_tools *tools;
        for (int n = 0; (tools = bytes_tools_each(n)) != NULL; n++)
            check_text(tools, bytes, len);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lanes_agree),
                                       cmocka_unit_test(test_text_masks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
