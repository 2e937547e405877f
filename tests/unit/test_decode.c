/*
 * Protects the framing of records: the same bytes give the same events in whatever sizes they come
 * and from whichever record start (T-R1), a stray quote swallows no neighbour (T-R9), lines over
 * the cap are passed without being kept (T-R8), every byte is a record's or counted as skipped
 * (S-03); headers and heads of files.
 */
#include "tests/unit/decode_run.h"

#define HEADER "ticket_id,customer_id,priority,submitted_at,status\n"
#define AT     "2026-01-05T08:42:17Z"

static const char mixed_csv[] =
    "\xEF\xBB\xBF" HEADER "1,c1,High," AT ",open\n"
    "\n"
    "2,c2,Low,2026-01-05T08:42:18Z,closed\r\n"
    "3,c3,Medium," AT "\n" /* field_count */
    "4,\"two\nlines \"\"here\"\"\",High," AT ",\n"
    "5,c5,High,\"" AT "\",open\n"
    "6,stray \"quote,High," AT ",open\n"  /* parse */
    "7,\"never closed,High," AT ",open\n" /* parse: the next quote is no end */
    "8,c8,Low," AT ",open\n"
    "9,\"x\",Low," AT ",open\n"
    "10,\xC3\xA9\xE2\x82\xAC,Low," AT ",open\n"
    "11,\xC3(,Low," AT ",open\n" /* utf8 */
    "   \t \r\n"
    "12,a\rb,c,d,e\n" /* parse: two rows */
    "13,c13,Low," AT ",open\n"
    "14,c14,Lo"; /* torn */

static const char mixed_json[] =
    "\xEF\xBB\xBF\n"
    "{\"ticket_id\": \"1\", \"priority\": \"High\", \"submitted_at\": \"" AT "\"}\r\n"
    "\n  \n"
    "{\"ticket_id\": \"2\", \"priority\": \"Low\"}\n"
    "{\"ticket_id\": \"3\"\n"
    "\xFF\n"
    "[]\n"
    "{\"priority\":\"Low\",\"ticket_id\":4,\"submitted_at\":\"" AT "\",\"status\":\"closed\"}\n"
    "{\"ticket_id\":5";

struct sample {
    const char *bytes;
    enum feed_format format;
    const char *reasons;
};

static const struct sample samples[] = {
    {mixed_csv, FORMAT_CSV,
     "none none field_count none none parse parse none none none utf8 parse none torn"},
    {mixed_json, FORMAT_JSONL, "none missing_field:submitted_at parse utf8 parse none torn"},
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static void test_whole(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run run;
    for (size_t s = 0; s < SAMPLES; s++) {
        run_text(d, samples[s].format, samples[s].bytes, &run);
        assert_string_equal(run_reasons(d, &run), samples[s].reasons);
    }
    definition_free(d);
}

static void test_lines_and_offsets(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run run;
    static const uint32_t lines[] = {2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18};
    run_text(d, FORMAT_CSV, mixed_csv, &run);
    for (size_t i = 0; i < run.len; i++) {
        const struct event *event = &run.events[i];
        char number[32];
        snprintf(number, sizeof number, "%zu,", i + 1);
        assert_int_equal(event->line, lines[i]);
        assert_memory_equal(mixed_csv + event->start, number, strlen(number));
    }
    assert_int_equal(run.lines, 18);
    definition_free(d);
}

static void test_every_split(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run whole, split;
    for (size_t s = 0; s < SAMPLES; s++) {
        size_t len = strlen(samples[s].bytes);
        run_text(d, samples[s].format, samples[s].bytes, &whole);
        for (size_t step = 1; step <= len; step++) {
            for (size_t cap = 1; cap <= 16; cap += 5) {
                char what[64];
                snprintf(what, sizeof what, "sample %zu, %zu bytes, %zu events", s, step, cap);
                run_feed(d, samples[s].format, samples[s].bytes, len, step, cap, &split);
                run_expect_equal(&whole, &split, what);
            }
        }
    }
    definition_free(d);
}

/* Random texts of the bytes that matter: whole, split, and from each of their records. */
static void test_random_texts(void **state)
{
    (void)state;
    static const char *const words[] = {
        "\"",    "\"",   ",", ",", "\n", "\n", "\r", " ",    "x", "\xC3",
        "\xA9",  "\"\"", "{", "}", "[",  ":",  "\\", "High", AT,  "1,c,High," AT ",open\n",
        "\"id\""};
    enum { WORDS = sizeof words / sizeof *words };
    struct definition *d = run_builtin("tickets");
    static struct run whole, part;
    uint64_t seed = 42;
    for (int round = 0; round < 1500; round++) {
        char text[1024] = HEADER;
        for (int i = 0; i < 24; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            strcat(text, words[(seed >> 33) % WORDS]);
        }
        const char *bytes = round % 3 ? text : text + strlen(HEADER);
        enum feed_format format = round % 3 ? FORMAT_CSV : FORMAT_JSONL;
        size_t len = strlen(bytes);
        run_text(d, format, bytes, &whole);
        run_feed(d, format, bytes, len, 1 + (size_t)round % 9, 2, &part);
        run_expect_equal(&whole, &part, text);
        for (size_t i = 1; i < whole.len && format == FORMAT_CSV; i++) {
            struct decoder_config config = run_config(d, format);
            struct error error;
            size_t header_bytes;
            struct csv_header *header = csv_header_read(d, bytes, len, &header_bytes, &error);
            config.header = header;
            config.offset = whole.events[i].start;
            struct decoder *decoder = decoder_new(&config);
            run_decoder(decoder, bytes + config.offset, len - config.offset, 50, 8, true, &part);
            decoder_free(decoder);
            csv_header_free(header);
            assert_int_equal(part.len, whole.len - i);
            for (size_t e = 0; e < part.len; e++)
                assert_true(part.events[e].start == whole.events[i + e].start &&
                            run_same_content(&part.events[e], &whole.events[i + e]));
        }
    }
    definition_free(d);
}

/* A decoder that is given the header and an offset sees what the sequential one saw from there. */
static void test_from_every_record(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run whole, part;
    for (size_t s = 0; s < SAMPLES; s++) {
        size_t len = strlen(samples[s].bytes), header_bytes = 0;
        struct error error;
        struct csv_header *header = NULL;
        run_text(d, samples[s].format, samples[s].bytes, &whole);
        if (samples[s].format == FORMAT_CSV) {
            header = csv_header_read(d, samples[s].bytes, len, &header_bytes, &error);
            assert_non_null(header);
            assert_int_equal(header_bytes, whole.events[0].start);
        }
        for (size_t i = 1; i < whole.len; i++) {
            struct decoder_config config = run_config(d, samples[s].format);
            config.header = header;
            config.offset = whole.events[i].start;
            struct decoder *decoder = decoder_new(&config);
            run_decoder(decoder, samples[s].bytes + config.offset, len - config.offset, 7, 3, true,
                        &part);
            decoder_free(decoder);
            assert_int_equal(part.len, whole.len - i);
            for (size_t e = 0; e < part.len; e++) {
                struct event wanted = whole.events[i + e];
                wanted.line -= whole.events[i].line - 1;
                assert_memory_equal(&part.events[e], &wanted, sizeof wanted);
            }
        }
        csv_header_free(header);
    }
    definition_free(d);
}

/* Records that start at or after the limit belong to the next slice; together they are all. */
static void test_limit(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run whole;
    run_text(d, FORMAT_CSV, mixed_csv, &whole);
    size_t len = strlen(mixed_csv);
    for (uint64_t limit = 0; limit <= len; limit++) {
        struct decoder_config config = run_config(d, FORMAT_CSV);
        struct decoder *decoder = decoder_new(&config);
        static struct event events[64];
        struct decoded out;
        struct error error;
        size_t wanted = 0;
        assert_int_equal(
            decoder_feed(decoder, mixed_csv, len, true, limit, events, 64, &out, &error),
            STATUS_OK);
        while (wanted < whole.len && whole.events[wanted].start < limit)
            wanted++;
        assert_int_equal(out.events, wanted);
        assert_memory_equal(events, whole.events, wanted * sizeof *events);
        decoder_free(decoder);
    }
    definition_free(d);
}

static void test_unfinished_end_waits(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run run;
    static const char *const ends[] = {"2,c", "2,\"open\nquote\n3,c,", "2,\"open\n", "\"", "  "};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char text[256];
        struct decoder_config config = run_config(d, FORMAT_CSV);
        struct decoder *decoder = decoder_new(&config);
        int len = snprintf(text, sizeof text, HEADER "1,c,High," AT ",open\n%s", ends[i]);
        run_decoder(decoder, text, (size_t)len, 5, 4, false, &run);
        assert_int_equal(run.len, 1);
        assert_int_equal(run.events[0].start + run.events[0].length, (size_t)len - strlen(ends[i]));
        decoder_free(decoder);
    }
    definition_free(d);
}

/* T-R9: within the caps a quoted field goes on over lines; beyond, its first line alone falls. */
static void test_quote_over_many_lines(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run run;
    for (int extra = 98; extra <= 100; extra++) {
        char text[4096] = HEADER "1,\"";
        for (int i = 0; i < extra; i++)
            strcat(text, "x\n");
        strcat(text, "\",High," AT ",open\n2,c,Low," AT ",open\n");
        run_feed(d, FORMAT_CSV, text, strlen(text), 11, 8, &run);
        if (extra < QUOTED_LINES_MAX) {
            assert_string_equal(run_reasons(d, &run), "none none");
            assert_int_equal(run.events[1].line, 3 + extra);
        } else {
            /* the first line, then each line behind it, then the end of the quoted field */
            assert_int_equal(run.len, (size_t)extra + 2);
            assert_int_equal(run.events[0].reason, REJECT_PARSE);
            assert_int_equal(run.events[0].length, strlen("1,\"x\n"));
            assert_int_equal(run.events[1].reason, REJECT_FIELD_COUNT);
            assert_int_equal(run.events[run.len - 1].reason, REJECT_NONE);
        }
    }
    definition_free(d);
}

static void test_quote_of_many_bytes(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run run;
    static char text[2 * QUOTED_BYTES_MAX];
    static const char end[] = "\",High," AT ",open\n";
    for (int over = 0; over <= 1; over++) {
        size_t header = strlen(HEADER);
        size_t fill = QUOTED_BYTES_MAX - strlen("1,\"\n") - strlen(end) + (size_t)over;
        char *at = text;
        at += sprintf(at, HEADER "1,\"\n");
        memset(at, 'x', fill);
        at += fill;
        at += sprintf(at, "%s2,c,Low," AT ",open\n", end);
        run_feed(d, FORMAT_CSV, text, (size_t)(at - text), 9999, 8, &run);
        if (over) {
            assert_string_equal(run_reasons(d, &run), "parse parse none");
            assert_int_equal(run.events[1].start, header + 4);
        } else {
            assert_string_equal(run_reasons(d, &run), "none none");
            assert_int_equal(run.events[0].length, QUOTED_BYTES_MAX);
        }
        /* one physical line may be longer than the cap of open quotes */
        text[header + 3] = 'x';
        run_feed(d, FORMAT_CSV, text, (size_t)(at - text), 9999, 8, &run);
        assert_string_equal(run_reasons(d, &run), "none none");
    }
    definition_free(d);
}

static void test_too_long(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run run;
    static const char good_csv[] = "2,c,Low," AT ",open\n";
    static const char good_json[] =
        "{\"ticket_id\":\"2\",\"priority\":\"Low\",\"submitted_at\":\"" AT "\"}\n";
    static const size_t steps[] = {SIZE_MAX, 1 << 16, 77777};
    const size_t lengths[] = {RECORD_BYTES_MAX, RECORD_BYTES_MAX + 1, 3 * RECORD_BYTES_MAX + 5};
    char *text = malloc(4 * (size_t)RECORD_BYTES_MAX);
    for (size_t i = 0; i < 18; i++) {
        bool csv = i % 2;
        size_t len = lengths[i / 2 % 3];
        size_t head = csv ? strlen(HEADER) : 0;
        memcpy(text, HEADER, head);
        memset(text + head, 'x', len - 1);
        text[head + len - 1] = '\n';
        strcpy(text + head + len, csv ? good_csv : good_json);
        run_feed(d, csv ? FORMAT_CSV : FORMAT_JSONL, text, strlen(text), steps[i / 6], 4, &run);
        assert_int_equal(run.len, 2);
        assert_int_equal(run.events[0].reason, len > RECORD_BYTES_MAX ? REJECT_TOO_LONG
                                               : csv                  ? REJECT_FIELD_COUNT
                                                                      : REJECT_PARSE);
        assert_int_equal(run.events[0].length, len);
        assert_int_equal(run.events[1].reason, REJECT_NONE);
        assert_int_equal(run.events[1].line, csv ? 3 : 2);
        /* the same without a line end: torn below the cap, too long from it on */
        run_feed(d, csv ? FORMAT_CSV : FORMAT_JSONL, text, head + len - 1, steps[i / 6], 4, &run);
        assert_int_equal(run.len, 1);
        assert_int_equal(run.events[0].reason,
                         len > RECORD_BYTES_MAX ? REJECT_TOO_LONG : REJECT_TORN);
        assert_int_equal(run.events[0].length, len - 1);
    }
    free(text);
    definition_free(d);
}

/* What a caller holds in memory: a line over the cap is consumed as it comes. */
static void test_too_long_is_not_kept(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    struct decoder_config config = run_config(d, FORMAT_JSONL);
    struct decoder *decoder = decoder_new(&config);
    static char block[RECORD_BYTES_MAX];
    struct event event;
    struct decoded out;
    struct error error;
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 5; i++) {
        decoder_feed(decoder, block, sizeof block, false, 1, &event, 1, &out, &error);
        assert_int_equal(out.consumed, sizeof block);
        assert_int_equal(out.events, 0);
    }
    decoder_feed(decoder, "\n{}\n", 4, false, 1, &event, 1, &out, &error);
    assert_int_equal(out.consumed, 1);
    assert_int_equal(event.length, 5 * sizeof block + 1);
    decoder_free(decoder);
    definition_free(d);
}

static void test_heads(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run run;
    static const struct {
        const char *bytes;
        size_t len;
        enum feed_format format;
        uint64_t skipped;
        const char *reasons;
    } table[] = {
        {"", 0, FORMAT_CSV, 0, ""},
        {"", 0, FORMAT_JSONL, 0, ""},
        {"\xEF\xBB\xBF", 3, FORMAT_JSONL, 3, ""},
        {"\xEF\xBB", 2, FORMAT_JSONL, 0, "torn"},
        {"\n\n", 2, FORMAT_CSV, 2, ""},
        {"ticket_id", 9, FORMAT_CSV, 0, "torn"},
        {"\n ticket_id", 11, FORMAT_CSV, 1, "torn"},
        {"\0\0\0", 3, FORMAT_JSONL, 3, ""},
        {"\0\0{}\n", 5, FORMAT_JSONL, 2, "missing_field:ticket_id"},
        {"\0\0" HEADER "1,c,High," AT ",\n", 84, FORMAT_CSV, 53, "none"},
        {"\xEF\xBB\xBF\0" HEADER "1,c,High," AT ",\n", 86, FORMAT_CSV, 55, "none"},
        {HEADER "\0\0\n", 54, FORMAT_CSV, 51, "nul"}, /* not at the head: a record with NUL */
        {HEADER "\xEF\xBB\xBF"
                "1,c,High," AT ",\n",
         85, FORMAT_CSV, 51, "none"},
        {"\0\xEF\xBB\xBF{}\n", 7, FORMAT_JSONL, 1, "parse"}, /* a mark only at 0 */
        {"{}\n\0{}\n", 7, FORMAT_JSONL, 0, "missing_field:ticket_id nul"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (size_t step = 1; step < 8; step++) {
            run_feed(d, table[i].format, table[i].bytes, table[i].len, step, 4, &run);
            if (run.skipped != table[i].skipped ||
                strcmp(run_reasons(d, &run), table[i].reasons) != 0)
                fail_msg("head %zu: %d skipped, '%s'", i, (int)run.skipped, run_reasons(d, &run));
        }
    }
    definition_free(d);
}

static void test_headers(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run run;
    static const char *const good[] = {
        "ticket_id,priority,submitted_at\n1,High," AT "\n",
        "submitted_at,priority,ticket_id\n" AT ",High,1\n",
        "submitted_at;other;priority;ticket_id\n" AT ";a,b,c,d;High;1\n",
        "submitted_at\tpriority\tstatus\tticket_id\n" AT "\tHigh\t\t1\n",
        "note\tsubmitted_at\tpriority\tticket_id\n\t" AT "\tHigh\t1\n",
        "submitted_at|priority|ticket_id|\r\n" AT "|High|1|\r\n",
        "\"submitted_at\" , \" priority \",ticket_id\n" AT ",High,1\n",
        "\n  \nsubmitted_at,priority,ticket_id\n" AT ",High,1\n",
        "submitted_at,priority,ticket_id,,\n" AT ",High,1,,\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        run_feed(d, FORMAT_CSV, good[i], strlen(good[i]), 3, 4, &run);
        if (run.status != STATUS_OK || run.len != 1 || run.events[0].reason)
            fail_msg("header %zu: %s %s", i, run.error.text, run_reasons(d, &run));
        assert_int_equal(run.events[0].time, 1767602537000);
        assert_string_equal(symbols_text(run_symbols, run.events[0].key[0]), "High");
    }
    static const struct {
        const char *text, *wanted;
    } bad[] = {
        {"root:$6$aaaabbbbccccddddeeeeffff:19000:0\n",
         "the header has root:$6$aaaabbbbccccdddd..."},
        {"a,b,c\n", "needs the column 'ticket_id'; the header has a, b, c"},
        {"ticket_id,Priority,submitted_at\n", "needs the column 'priority'"},
        {"ticket_id,priority\n", "needs the column 'submitted_at'"},
        {"ticket_id,priority,submitted_at,ticket_id\n", "the column 'ticket_id' twice"},
        {"ticket_id,\"priority,submitted_at\n", "needs the column"},
        {"ticket_id,pri\"ority,submitted_at\n", "the first line is no CSV header"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        run_feed(d, FORMAT_CSV, bad[i].text, strlen(bad[i].text), 100, 4, &run);
        assert_int_equal(run.status, STATUS_BAD_FORMAT);
        if (!strstr(run.error.text, bad[i].wanted))
            fail_msg("header %zu says '%s'", i, run.error.text);
    }
    size_t header_bytes;
    struct error error;
    assert_null(csv_header_read(d, "ticket_id", 9, &header_bytes, &error));
    assert_int_equal(error.code, STATUS_CLOSED);
    definition_free(d);
}

/* Small cases of framing, one fault each between two sound records. */
static void test_neighbours(void **state)
{
    (void)state;
    static const struct {
        const char *middle, *reasons;
    } table[] = {
        {"1,c,Low," AT ",open\r\"x\n", "none parse none"}, /* a second row, left open */
        {"1,c,Low," AT ",open\r2,c,Low," AT ",open\r\n", "none parse none"},
        {"1,c,Low," AT ",open\r  \n", "none none none"},
        {"1,\"a\rb\",Low," AT ",open\r\n", "none none none"},
        {"1,\"a\r\nb\",Low," AT ",open\r\n", "none none none"},
        {"1,\"a\n\xFF\"b,Low," AT ",open\n", "none parse utf8 none"},
        {"1,\"\xFF\n\"b,Low," AT ",open\n", "none utf8 parse none"},
        {"1,\"a\n\xFF\",Low," AT ",open\n", "none utf8 none"},
        {"1,\"\xFF\n\",Low," AT ",open\n", "none utf8 none"},
        {"1,\"\n", "none parse none"},
        {"\"\n\"\"\n\"\"\"\n", "none field_count none"},
        {"1,\"a\" ,Low,  " AT "  ,open\n", "none none none"},
        {"1,\"a\"b\",Low," AT ",open\n", "none parse none"},
        {",,,,\n", "none missing_field:ticket_id none"},
        {"\"\"\n", "none field_count none"},
    };
    struct definition *d = run_builtin("tickets");
    static struct run run;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[512];
        int len = snprintf(text, sizeof text, HEADER "0,c,Low," AT ",open\n%s9,c,Low," AT ",\n",
                           table[i].middle);
        for (size_t step = 1; step < 120; step += 3) {
            run_feed(d, FORMAT_CSV, text, (size_t)len, step, 4, &run);
            if (strcmp(run_reasons(d, &run), table[i].reasons) != 0)
                fail_msg("%s: %s", table[i].middle, run_reasons(d, &run));
        }
        assert_int_equal(run.events[run.len - 1].start + run.events[run.len - 1].length, len);
    }
    definition_free(d);
}

static void test_formats_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(decode_guess_format("", 0), FORMAT_ANY);
    assert_int_equal(decode_guess_format(" \r\n\t", 4), FORMAT_ANY);
    assert_int_equal(decode_guess_format("\n {", 3), FORMAT_JSONL);
    assert_int_equal(decode_guess_format("\xEF\xBB\xBF{", 4), FORMAT_JSONL);
    assert_int_equal(decode_guess_format("a,b", 3), FORMAT_CSV);
    assert_int_equal(decode_guess_format("[1]", 3), FORMAT_CSV);
}

static void test_labels(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    struct decoder_config config = run_config(d, FORMAT_CSV);
    struct decoder *decoder = decoder_new(&config);
    static const char text[] = HEADER "1,c,High," AT ",open\nx,c,Hi," AT ",\n"
                                      "3,c,High," AT ",open\n4,c,Low," AT ",open\n";
    struct event events[8];
    struct decoded out;
    struct error error;
    char label[EVENT_LABEL];
    size_t first = strlen(HEADER "1,c,High," AT ",open\n");
    assert_int_equal(decoder_label(decoder, label), 0);
    decoder_feed(decoder, text, first, false, UINT64_MAX, events, 8, &out, &error);
    decoder_want_label(decoder);
    assert_int_equal(decoder_label(decoder, label), 0);
    decoder_feed(decoder, text + first, sizeof text - 1 - first, false, UINT64_MAX, events, 8, &out,
                 &error);
    assert_int_equal(out.events, 3);
    assert_int_equal(decoder_label(decoder, label), 2); /* the rejected one is passed over */
    assert_string_equal(label, "3");
    decoder_feed(decoder, "5,c,Low," AT ",open\n", 33, false, UINT64_MAX, events, 8, &out, &error);
    assert_int_equal(decoder_label(decoder, label), 0); /* asked for once, given once */
    decoder_free(decoder);
    definition_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_lines_and_offsets),
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_random_texts),
        cmocka_unit_test(test_from_every_record),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_unfinished_end_waits),
        cmocka_unit_test(test_quote_over_many_lines),
        cmocka_unit_test(test_quote_of_many_bytes),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_too_long_is_not_kept),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_formats_are_told_apart),
        cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
