/*
 * Protects what is made of a record's fields: every reason of S-50 that a record alone can have, at
 * its boundary (X1, X2, X3, X22); twins in CSV and JSON give equal events (X10); missing values
 * (X4, S-16); keys, filters, lifecycle.
 */
#include "tests/unit/decode_run.h"

#include "core/money.h"

static const char shop[] =
    "{\"name\": \"shop\", \"zone\": \"+01:00\", \"fields\": {"
    "  \"id\":     {\"type\": \"text\", \"required\": true},"
    "  \"kind\":   {\"type\": \"text\", \"values\": [\"sale\", \"a rather long kind of a sale\"]},"
    "  \"amount\": {\"type\": \"money\", \"places\": 2, \"positive\": true},"
    "  \"pieces\": {\"type\": \"int\"},"
    "  \"note\":   {\"type\": \"text\"},"
    "  \"at\":     {\"type\": \"time\", \"required\": true}},"
    " \"time\": \"at\", \"id\": [\"id\"], \"group_by\": [\"kind\", \"note\"],"
    " \"measures\": [\"count\", \"sum:amount\", \"max:pieces\"]}";

#define COLUMNS "id,kind,amount,pieces,note,at\n"
#define AT      "2026-01-05T08:42:17Z"

/* One record in CSV and, where JSON can say the same, its twin; and what becomes of both. */
struct twin {
    const char *csv, *json, *reason;
};

static const struct twin twins[] = {
    {"1,sale,10.50,3,n," AT,
     "{\"id\":\"1\",\"kind\":\"sale\",\"amount\":10.50,\"pieces\":3,\"note\":\"n\",\"at\":\"" AT
     "\"}",
     "none"},
    /* money as a string is money; an id as a number is its digits */
    {"1,sale,10.5,3,n," AT,
     "{\"id\":1,\"kind\":\"sale\",\"amount\":\"10.50\",\"pieces\":\"3\",\"note\":\"n\",\"at\":\"" AT
     "\"}",
     "none"},
    {"1,,,,," AT, "{\"id\":\"1\",\"at\":\"" AT "\"}", "none"},
    {"1,,,,," AT, "{\"id\":\"1\",\"kind\":null,\"amount\":null,\"note\":\"\",\"at\":\"" AT "\"}",
     "none"},
    {"1,a rather long kind of a sale,,,a text that is longer than sixteen bytes," AT,
     "{\"id\":\"1\",\"kind\":\"a rather long kind of a sale\","
     "\"note\":\"a text that is longer than sixteen bytes\",\"at\":\"" AT "\"}",
     "none"},
    {"1,,,,\"q\"\"uo\té€, \"," AT,
     "{\"id\":\"1\",\"note\":\"q\\\"uo\\t\\u00e9\\u20AC, \",\"at\":\"" AT "\"}", "none"},
    {"1,,,,\xF0\x9F\x98\x80," AT, "{\"id\":\"1\",\"note\":\"\\ud83d\\ude00\",\"at\":\"" AT "\"}",
     "none"},
    {"1,,1.5e3,1e2,true," AT,
     "{\"id\":\"1\",\"amount\":1.5e3,\"pieces\":1E+2,\"note\":true,\"at\":\"" AT "\"}", "none"},
    {"1,,,,,1767602537250", "{\"id\":\"1\",\"at\":1767602537250}", "none"},
    {"1,,,,,2026-01-05T08:42:17", "{\"id\":\"1\",\"at\":\"2026-01-05T08:42:17\"}", "none"},
    /* exact beyond what a double holds */
    {"1,,90071992547409.93,9007199254740993,," AT,
     "{\"id\":\"1\",\"amount\":90071992547409.93,\"pieces\":9007199254740993,\"at\":\"" AT "\"}",
     "none"},

    {",sale,1,1,n," AT, "{\"kind\":\"sale\",\"at\":\"" AT "\"}", "missing_field:id"},
    {"\"\",,,,," AT, "{\"id\":\"\",\"at\":\"" AT "\"}", "missing_field:id"},
    {"1,,,,,", "{\"id\":\"1\",\"at\":null}", "missing_field:at"},
    {"1,Sale,,,," AT, "{\"id\":\"1\",\"kind\":\"Sale\",\"at\":\"" AT "\"}", "unknown_enum:kind"},
    {"1,sales,,,," AT, "{\"id\":\"1\",\"kind\":\"sales\",\"at\":\"" AT "\"}", "unknown_enum:kind"},
    {"1,a rather long kind of a pale,,,," AT,
     "{\"id\":\"1\",\"kind\":\"a rather long kind of a pale\",\"at\":\"" AT "\"}",
     "unknown_enum:kind"},

    {"1,,0,,," AT, "{\"id\":\"1\",\"amount\":0,\"at\":\"" AT "\"}", "nonpositive_amount"},
    {"1,,-0.00,,," AT, "{\"id\":\"1\",\"amount\":-0.00,\"at\":\"" AT "\"}", "nonpositive_amount"},
    {"1,,-0.01,,," AT, "{\"id\":\"1\",\"amount\":-0.01,\"at\":\"" AT "\"}", "nonpositive_amount"},
    {"1,,0.01,,," AT, "{\"id\":\"1\",\"amount\":0.01,\"at\":\"" AT "\"}", "none"},
    {"1,,0.010,,," AT, "{\"id\":\"1\",\"amount\":0.010,\"at\":\"" AT "\"}", "none"},
    {"1,,0.011,,," AT, "{\"id\":\"1\",\"amount\":0.011,\"at\":\"" AT "\"}", "precision"},
    {"1,,,1.5,," AT, "{\"id\":\"1\",\"pieces\":1.5,\"at\":\"" AT "\"}", "precision"},
    {"1,,,-7,," AT, "{\"id\":\"1\",\"pieces\":-7,\"at\":\"" AT "\"}", "none"},

    {"1,,ten,,," AT, "{\"id\":\"1\",\"amount\":\"ten\",\"at\":\"" AT "\"}", "bad_number"},
    {"1,,NaN,,," AT, "{\"id\":\"1\",\"amount\":NaN,\"at\":\"" AT "\"}", "bad_number"},
    {"1,,Infinity,,," AT, "{\"id\":\"1\",\"amount\":Infinity,\"at\":\"" AT "\"}", "bad_number"},
    {"1,,-Infinity,,," AT, "{\"id\":\"1\",\"amount\":-Infinity,\"at\":\"" AT "\"}", "bad_number"},
    {"1,,NaN,,," AT, "{\"id\":\"1\",\"amount\":\"NaN\",\"at\":\"" AT "\"}", "bad_number"},
    {"1,,92233720368547758.07,,," AT,
     "{\"id\":\"1\",\"amount\":92233720368547758.07,\"at\":\"" AT "\"}", "none"},
    {"1,,92233720368547758.08,,," AT,
     "{\"id\":\"1\",\"amount\":92233720368547758.08,\"at\":\"" AT "\"}", "bad_number"},
    {"1,,,9223372036854775808,," AT,
     "{\"id\":\"1\",\"pieces\":9223372036854775808,\"at\":\"" AT "\"}", "bad_number"},
    {"1,,1e999,,," AT, "{\"id\":\"1\",\"amount\":1e999,\"at\":\"" AT "\"}", "bad_number"},

    {"1,,,,,yesterday", "{\"id\":\"1\",\"at\":\"yesterday\"}", "bad_timestamp"},
    {"1,,,,,2026-01-05T08:42:60Z", "{\"id\":\"1\",\"at\":\"2026-01-05T08:42:60Z\"}",
     "bad_timestamp"},
    {"1,,,,,2026-01-05T24:00:00Z", "{\"id\":\"1\",\"at\":\"2026-01-05T24:00:00Z\"}",
     "bad_timestamp"},
    {"1,,,,,2026-01-05T08-42:17Z", "{\"id\":\"1\",\"at\":\"2026-01-05T08-42:17Z\"}",
     "bad_timestamp"},
    {"1,,,,,1767602537.5", "{\"id\":\"1\",\"at\":1767602537.5}", "bad_timestamp"},
    {"1,,,,,1969-12-31T23:59:59.999Z", "{\"id\":\"1\",\"at\":\"1969-12-31T23:59:59.999Z\"}",
     "time_range"},
    {"1,,,,,1970-01-01T00:00:00Z", "{\"id\":\"1\",\"at\":\"1970-01-01T00:00:00Z\"}", "none"},
    {"1,,,,,2099-12-31T23:59:59.999Z", "{\"id\":\"1\",\"at\":\"2099-12-31T23:59:59.999Z\"}",
     "none"},
    {"1,,,,,2100-01-01T00:00:00Z", "{\"id\":\"1\",\"at\":\"2100-01-01T00:00:00Z\"}", "time_range"},

    /* the first fault in the order of the fields is the reason */
    {",nothing,x,y,,z", "{\"at\":\"z\",\"pieces\":\"y\",\"amount\":\"x\",\"kind\":\"nothing\"}",
     "missing_field:id"},
    {"1,,0,y,,z", "{\"at\":\"z\",\"pieces\":\"y\",\"amount\":\"0\",\"id\":\"1\"}",
     "nonpositive_amount"},
    {"1,,,y,,", "{\"pieces\":\"y\",\"id\":\"1\"}", "bad_number"},

    {"1,,,,a\\u0000," AT, NULL, "none"}, /* in CSV a backslash is only a backslash */
    {"1,,,," AT, NULL, "field_count"},
    {"1,,,,," AT ",", NULL, "field_count"},
    {"1", NULL, "field_count"},
    {"1,a\"b,,,," AT, NULL, "parse"},
    {"1,\"a\"b,,,," AT, NULL, "parse"},
    {"1,\xC3\xA9,\xC3,,," AT, NULL, "utf8"},
    {"1,\xC0\xAF,,,," AT, NULL, "utf8"},         /* overlong */
    {"1,\xED\xA0\x80,,,," AT, NULL, "utf8"},     /* a surrogate */
    {"1,\xF4\x90\x80\x80,,,," AT, NULL, "utf8"}, /* above U+10FFFF */

    {NULL, "{\"id\":1.5,\"at\":\"" AT "\"}", "bad_type:id"},
    {NULL, "{\"id\":[1],\"at\":\"" AT "\"}", "bad_type:id"},
    {NULL, "{\"id\":{\"a\":1},\"at\":\"" AT "\"}", "bad_type:id"},
    {NULL, "{\"id\":\"1\",\"amount\":true,\"at\":\"" AT "\"}", "bad_type:amount"},
    {NULL, "{\"id\":\"1\",\"amount\":{},\"at\":\"" AT "\"}", "bad_type:amount"},
    {NULL, "{\"id\":\"1\",\"at\":false}", "bad_type:at"},
    {NULL, "{\"id\":\"1\",\"id\":\"2\",\"at\":\"" AT "\"}", "duplicate_key"},
    {NULL, "{\"id\":\"1\",\"x\":{\"a\":1,\"\\u0061\":2},\"at\":\"" AT "\"}", "duplicate_key"},
    {NULL, "{\"id\":\"1\",\"at\":\"" AT "\"} x", "parse"},
    {NULL, "{\"id\":\"1\",\"at\":\"" AT "\"", "parse"},
    {NULL, "{'id':'1'}", "parse"},
    {NULL, "[1]", "parse"},
    {NULL, "7", "parse"},
    {NULL, "NaN", "parse"},
    {NULL, "{\"id\":\"NaN Infinity\" \"at\":NaN}", "parse"},
    {NULL, "{\"id\":\"a\\u0000b\",\"at\":\"" AT "\"}", "parse"},
    {NULL, "{\"id\":\"\\ud800\",\"at\":\"" AT "\"}", "parse"},
    {NULL, "{\"id\":\"\xC3(\",\"at\":\"" AT "\"}", "utf8"},
    /* members that no field names may hold anything, tokens of other fields too */
    {NULL, "{\"x\":\"\\\"id\\\":\",\"y\":[{\"id\":{}}],\"id\":\"1\",\"z\":\"}\",\"at\":\"" AT "\"}",
     "none"},
    {NULL, " { \"id\" : \"1\" ,\t\"at\" : \"" AT "\" } ", "none"},
};
enum { TWINS = sizeof twins / sizeof *twins };

static void test_reasons_and_twins(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    static struct run csv, json;
    for (size_t i = 0; i < TWINS; i++) {
        char text[1024];
        csv.len = json.len = 0;
        if (twins[i].csv) {
            snprintf(text, sizeof text, COLUMNS "%s\n", twins[i].csv);
            run_text(d, FORMAT_CSV, text, &csv);
            if (csv.len != 1 || strcmp(run_reason(d, &csv.events[0]), twins[i].reason) != 0)
                fail_msg("%s: %s, wanted %s", twins[i].csv, run_reasons(d, &csv), twins[i].reason);
        }
        if (twins[i].json) {
            snprintf(text, sizeof text, "%s\n", twins[i].json);
            run_text(d, FORMAT_JSONL, text, &json);
            if (json.len != 1 || strcmp(run_reason(d, &json.events[0]), twins[i].reason) != 0)
                fail_msg("%s: %s, wanted %s", twins[i].json, run_reasons(d, &json),
                         twins[i].reason);
        }
        if (csv.len && json.len && !run_same_content(&csv.events[0], &json.events[0]))
            fail_msg("%s: its twin gives another event", twins[i].csv);
    }
    definition_free(d);
}

static void test_nul(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    static struct run run;
    static const char csv[] = COLUMNS "1,,,,a\0b," AT "\n2,,,,\xFF\0," AT "\n3,,,,," AT "\n";
    static const char json[] = "{\"id\":\"a\0b\"}\n{\"id\":\"1\",\"at\":\"" AT "\"}\n";
    run_feed(d, FORMAT_CSV, csv, sizeof csv - 1, 9, 4, &run);
    assert_string_equal(run_reasons(d, &run), "nul nul none");
    run_feed(d, FORMAT_JSONL, json, sizeof json - 1, 9, 4, &run);
    assert_string_equal(run_reasons(d, &run), "nul none");
    definition_free(d);
}

/* NUL and bad UTF-8 are found at every place of a line, in the sweep's fast and slow part. */
static void test_bad_bytes_anywhere(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    static struct run run;
    for (size_t len = 1; len < 40; len++) {
        for (size_t at = 0; at < len; at++) {
            char text[128] = COLUMNS "1,,,,";
            size_t begin = strlen(text);
            memset(text + begin, 'x', len);
            strcpy(text + begin + len, "," AT "\n");
            size_t all = strlen(text);
            run_feed(d, FORMAT_CSV, text, all, SIZE_MAX, 4, &run);
            assert_int_equal(run.events[0].reason, REJECT_NONE);
            text[begin + at] = '\0';
            run_feed(d, FORMAT_CSV, text, all, SIZE_MAX, 4, &run);
            assert_int_equal(run.events[0].reason, REJECT_NUL);
            text[begin + at] = (char)0x80;
            run_feed(d, FORMAT_CSV, text, all, SIZE_MAX, 4, &run);
            assert_int_equal(run.events[0].reason, REJECT_UTF8);
        }
    }
    definition_free(d);
}

static void test_depth(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    static struct run run;
    for (int depth = 64; depth <= 65; depth++) {
        char text[512] = "{\"id\":\"[[[\",\"at\":\"" AT "\",\"x\":";
        for (int i = 1; i < depth; i++)
            strcat(text, "[");
        for (int i = 1; i < depth; i++)
            strcat(text, "]");
        strcat(text, "}\n");
        run_text(d, FORMAT_JSONL, text, &run);
        assert_int_equal(run.events[0].reason, depth > 64 ? REJECT_PARSE : REJECT_NONE);
    }
    definition_free(d);
}

static void test_values_and_keys(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    static struct run run;
    run_text(d, FORMAT_CSV,
             COLUMNS "1,sale,10.50,-3,n," AT "\n2,,,,," AT "\n"
                     "3,,,,,2026-01-05T00:30:00\n4,,,,,2026-01-05T00:30:00Z\n",
             &run);
    const struct event *event = &run.events[0];
    assert_int_equal(event->value[0], 1050);
    assert_int_equal(event->value[1], -3);
    assert_int_equal(event->present, 3);
    assert_string_equal(symbols_text(run_symbols, event->key[0]), "sale");
    assert_string_equal(symbols_text(run_symbols, event->key[1]), "n");
    /* a missing key is its own group, never a lost row (S-16, X4) */
    event = &run.events[1];
    assert_int_equal(event->present, 0);
    assert_int_equal(event->key[0], SYMBOL_MISSING);
    assert_int_equal(event->key[1], SYMBOL_MISSING);
    /* a naive time is in the definition's zone, +01:00; one with an offset is not (X8) */
    assert_int_equal(run.events[3].time - run.events[2].time, MS_PER_HOUR);
    definition_free(d);
}

/* The short way through a usual time text says what core/instant says, whatever byte is odd. */
static void test_usual_times(void **state)
{
    (void)state;
    static const char *const usual[] = {AT, "2026-01-05T23:59:59.482Z"};
    struct definition *d = run_definition(shop);
    static struct run run;
    for (int u = 0; u < 2; u++) {
        for (size_t at = 0; at < strlen(usual[u]); at++) {
            for (const char *odd = "0123456789:.ZT-+xz/"; *odd; odd++) {
                char text[40], feed[160];
                epoch_ms time;
                strcpy(text, usual[u]);
                text[at] = *odd;
                enum instant_result result = instant_parse(
                    text, strlen(text), &(const struct zone){.offset_ms = MS_PER_HOUR}, &time);
                snprintf(feed, sizeof feed, COLUMNS "1,,,,," AT "\n2,,,,,%s\n3,,,,," AT "\n", text);
                run_text(d, FORMAT_CSV, feed, &run);
                const struct event *event = &run.events[1];
                assert_int_equal(event->reason, result == INSTANT_OK      ? REJECT_NONE
                                                : result == INSTANT_RANGE ? REJECT_TIME_RANGE
                                                                          : REJECT_BAD_TIMESTAMP);
                assert_true(result != INSTANT_OK || event->time == time);
                assert_int_equal(run.events[2].time, run.events[0].time);
            }
        }
    }
    definition_free(d);
}

static void test_derived_and_number_keys(void **state)
{
    (void)state;
    static const char json[] =
        "{\"name\": \"x\", \"zone\": \"+01:00\", \"fields\": {"
        " \"at\": {\"type\": \"time\"}, \"m\": {\"type\": \"money\", \"places\": 2}},"
        " \"time\": \"at\", \"group_by\": [\"date\", \"hour\", \"m\", \"at\"]}";
    struct definition *d = run_definition(json);
    static struct run run;
    static const char *const wanted[][4] = {
        {"2026-01-06", "00", "1.50", "2026-01-05T23:00:00Z"},
        {"2026-01-05", "23", "1.50", "2026-01-05T22:59:59.999Z"},
        {"2026-01-06", "08", "0.00", "2026-01-06T07:00:00Z"},
        {"1970-01-01", "01", "(missing)", "1970-01-01T00:00:00Z"},
    };
    run_text(d, FORMAT_CSV,
             "at,m\n2026-01-05T23:00:00Z,1.5\n2026-01-05T22:59:59.999Z,1.500\n"
             "2026-01-06T07:00:00Z,-0\n0,\n",
             &run);
    assert_int_equal(run.len, 4);
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++)
            assert_string_equal(symbols_text(run_symbols, run.events[i].key[k]), wanted[i][k]);
    definition_free(d);
}

static void test_a_day_of_times(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    static struct run run;
    static const char *const times[] = {
        "2026-01-05T00:00:00Z", "2026-01-05T23:59:59Z",      "2026-01-06T00:00:00Z",
        "2026-01-05T12:00:00Z", "2026-01-05T12:00:00.5Z",    "2026-01-05T12:00:01Z",
        "2026-01-05 12:00:01Z", "2026-01-05T12:00:02+01:00", "2026-01-05T12:00:02Z",
    };
    enum { TIMES = sizeof times / sizeof *times };
    char text[1024] = COLUMNS;
    for (size_t i = 0; i < TIMES; i++)
        sprintf(text + strlen(text), "1,,,,,%s\n", times[i]);
    run_text(d, FORMAT_CSV, text, &run);
    for (size_t i = 0; i < TIMES; i++) {
        epoch_ms wanted;
        assert_int_equal(instant_parse(times[i], strlen(times[i]), NULL, &wanted), INSTANT_OK);
        assert_int_equal(run.events[i].time, wanted);
    }
    definition_free(d);
}

/* A time is read the same behind another of its day as it is alone. */
static void test_times_behind_a_usual_one(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    static struct run run;
    for (size_t i = 0; i < strlen(AT); i++) {
        for (const char *c = "0123569:-TZ x"; *c; c++) {
            const struct zone east = {.offset_ms = MS_PER_HOUR};
            char time[] = AT, text[256];
            epoch_ms wanted;
            if (*c == ' ' && i + 1 == strlen(AT))
                continue; /* CSV has no blanks at the end of a field */
            time[i] = *c;
            enum instant_result result = instant_parse(time, strlen(time), &east, &wanted);
            snprintf(text, sizeof text, COLUMNS "1,,,,," AT "\n1,,,,,%s\n", time);
            run_text(d, FORMAT_CSV, text, &run);
            if (run.len != 2 || (result == INSTANT_OK) != (run.events[1].reason == REJECT_NONE) ||
                (result == INSTANT_OK && run.events[1].time != wanted))
                fail_msg("%s: %s", time, run_reasons(d, &run));
        }
    }
    definition_free(d);
}

/* A ticket's key may be of a closed list: it is the same ticket. */
static void test_a_closed_list_of_tickets(void **state)
{
    (void)state;
    static const char desk[] =
        "{\"name\": \"desk\", \"fields\": {\"id\": {\"type\": \"text\"%s},"
        " \"step\": {\"type\": \"text\"}, \"at\": {\"type\": \"time\"}}, \"time\": \"at\","
        " \"group_by\": [\"id\"], \"measures\": [\"open\"],"
        " \"lifecycle\": {\"key\": \"id\", \"field\": \"step\", \"opened\": \"o\","
        " \"closed\": \"c\"}}";
    static struct run runs[2];
    for (int list = 0; list < 2; list++) {
        char json[sizeof desk + 64];
        snprintf(json, sizeof json, desk, list ? ", \"values\": [\"one\", \"two\"]" : "");
        struct definition *d = run_definition(json);
        run_text(d, FORMAT_CSV, "id,step,at\none,o," AT "\ntwo,c," AT "\n", &runs[list]);
        assert_int_equal(runs[list].len, 2);
        definition_free(d);
    }
    assert_int_not_equal(runs[0].events[0].ticket[0], 0);
    assert_memory_equal(runs[0].events, runs[1].events, 2 * sizeof *runs[0].events);
}

/* Which of five records pass each filter. */
static void test_filters(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *passed;
    } table[] = {
        {"kind=sale", "1"},
        {"kind!=sale", "2345"},
        {"kind missing", "345"},
        {"kind present", "12"},
        {"note in n,m", "13"},
        {"note=m", "3"},
        {"note!=m", "1245"},
        {"amount>10.50", "2"},
        {"amount>=10.5", "12"},
        {"amount<10.50", "3"},
        {"amount<=10.50", "13"},
        {"amount=0.01", "3"},
        {"amount!=0.01", "1245"},
        {"amount in 0.01,10.51", "23"},
        {"amount missing", "45"},
        {"pieces<0", "2"},
        {"pieces in 3,4", "1"},
        {"pieces=-1", "2"},
        {"pieces>=3", "1"},
        {"pieces<=0", "25"},
        {"pieces>9223372036854775806", ""},
        {"pieces>9223372036854775807", ""},
        {"pieces<-9223372036854775808", ""},
        {"pieces>=-9223372036854775808", "125"},
        {"at>=2026-01-05T08:42:18Z", "45"},
        {"at<2026-01-05T08:42:18Z", "123"},
        {"at missing", ""},
    };
    static const char csv[] = COLUMNS "1,sale,10.50,3,n,2026-01-05T08:42:17Z\n"
                                      "2,a rather long kind of a sale,10.51,-1,o," AT "\n"
                                      "3,,0.01,,m,2026-01-05T08:42:17.999Z\n"
                                      "4,,,,,2026-01-05T08:42:18Z\n"
                                      "5,,,0,,2026-01-05T08:42:19Z\n";
    static struct run run;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error error;
        char passed[8] = "";
        struct definition *d = definition_from_json(shop, strlen(shop), "shop", &error);
        if (definition_add_filter(d, table[i].filter, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_int_equal(definition_compile(d, &error), STATUS_OK);
        run_text(d, FORMAT_CSV, csv, &run);
        assert_int_equal(run.len, 5);
        for (size_t e = 0; e < run.len; e++)
            if (!run.events[e].filtered)
                passed[strlen(passed)] = (char)('1' + (char)e);
        if (strcmp(passed, table[i].passed) != 0)
            fail_msg("%s: passed %s, wanted %s", table[i].filter, passed, table[i].passed);
        definition_free(d);
    }
}

static void test_the_first_filter_that_fails_is_named(void **state)
{
    (void)state;
    struct error error;
    static struct run run;
    struct definition *d = definition_from_json(shop, strlen(shop), "shop", &error);
    assert_int_equal(definition_add_filter(d, "id present", &error), STATUS_OK);
    assert_int_equal(definition_add_filter(d, "amount>1", &error), STATUS_OK);
    assert_int_equal(definition_add_filter(d, "kind=sale", &error), STATUS_OK);
    assert_int_equal(definition_compile(d, &error), STATUS_OK);
    run_text(d, FORMAT_CSV, COLUMNS "1,,,,," AT "\n1,,2,,," AT "\n1,sale,2,,," AT "\n", &run);
    assert_int_equal(run.events[0].filtered, 2);
    assert_int_equal(run.events[1].filtered, 3);
    assert_int_equal(run.events[2].filtered, 0);
    definition_free(d);
}

static void test_lifecycle(void **state)
{
    (void)state;
    struct definition *d = run_builtin("tickets");
    static struct run run, again;
    run_text(d, FORMAT_CSV,
             "ticket_id,priority,submitted_at,status\n"
             "7,High," AT ",open\n7,High," AT ",closed\n8,High," AT ",\n",
             &run);
    assert_int_equal(run.events[0].lifecycle, LIFECYCLE_OPENED);
    assert_int_equal(run.events[1].lifecycle, LIFECYCLE_CLOSED);
    assert_int_equal(run.events[2].lifecycle, LIFECYCLE_OPENED);
    assert_memory_equal(run.events[0].ticket, run.events[1].ticket, sizeof run.events[0].ticket);
    assert_memory_not_equal(run.events[0].ticket, run.events[2].ticket,
                            sizeof run.events[0].ticket);
    /* the source exercise knows no status: each record opens its ticket */
    run_text(d, FORMAT_CSV, "ticket_id,customer_id,priority,submitted_at\n7,1,High," AT "\n",
             &again);
    assert_int_equal(again.events[0].lifecycle, LIFECYCLE_OPENED);
    assert_memory_equal(run.events[0].ticket, again.events[0].ticket, sizeof run.events[0].ticket);
    /* not asked for, not paid for: no measure, no rule */
    struct error error;
    struct definition *count = definition_builtin("tickets");
    assert_int_equal(definition_set_measures(count, "count", &error), STATUS_OK);
    count->rules_len = 1;
    assert_int_equal(definition_compile(count, &error), STATUS_OK);
    run_text(count, FORMAT_CSV, "ticket_id,priority,submitted_at\n7,High," AT "\n", &again);
    assert_int_equal(again.events[0].lifecycle, LIFECYCLE_NONE);
    assert_int_equal(again.events[0].ticket[0], 0);
    definition_free(count);
    definition_free(d);
}

static void test_columns(void **state)
{
    (void)state;
    static const char json[] =
        "{\"name\": \"x\", \"fields\": {"
        " \"at\": {\"type\": \"time\", \"column\": \"meta.at\"},"
        " \"who\": {\"type\": \"text\", \"column\": [\"user.name.last\", \"who\"]},"
        " \"day\": {\"type\": \"time\", \"column\": \"meta.at\"}},"
        " \"time\": \"at\", \"group_by\": [\"who\"], \"where\": [\"day present\"]}";
    static const struct {
        const char *text, *who;
    } table[] = {
        {"{\"meta\":{\"at\":0},\"user\":{\"name\":{\"last\":\"a\"}},\"who\":\"w\"}\n", "a"},
        {"{\"meta\":{\"at\":0},\"user\":{\"name\":{\"last\":null}},\"who\":\"w\"}\n", "w"},
        {"{\"meta\":{\"at\":0},\"user\":{\"name\":\"last\"},\"who\":\"w\"}\n", "w"},
        {"{\"meta\":{\"at\":0},\"user\":{\"name\":{\"last\":\"a\"}},\"user.name.last\":\"l\"}\n",
         "l"},
        {"{\"user.name.last\":\"l\",\"meta\":{\"at\":0},\"user\":{\"name\":{\"last\":\"a\"}}}\n",
         "l"},
        {"{\"meta\":{\"at\":0},\"user\":{\"x\":[{}],\"name.last\":\"n\"}}\n", "n"},
        {"{\"meta\":{\"\\u0061t\":0},\"us\\u0065r\":{\"name\":{\"last\":\"a\"}}}\n", "a"},
        {"{\"meta\":{\"at\":0}}\n", "(missing)"},
    };
    struct definition *d = run_definition(json);
    static struct run run;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        run_text(d, FORMAT_JSONL, table[i].text, &run);
        assert_int_equal(run.len, 1);
        assert_int_equal(run.events[0].reason, REJECT_NONE);
        assert_int_equal(run.events[0].filtered, 0); /* two fields of one column */
        assert_string_equal(symbols_text(run_symbols, run.events[0].key[0]), table[i].who);
    }
    run_text(d, FORMAT_CSV, "who,meta.at\nw,0\n", &run);
    assert_int_equal(run.events[0].filtered, 0);
    assert_string_equal(symbols_text(run_symbols, run.events[0].key[0]), "w");
    definition_free(d);
}

static void test_many_keys(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    static struct run run;
    static char text[RUN_EVENTS_MAX * 64] = COLUMNS;
    char note[32];
    for (int i = 0; i < 400; i++)
        sprintf(text + strlen(text), "1,,,,%.*s%d," AT "\n", i % 20, "abcdefghijklmnopqrst", i);
    run_text(d, FORMAT_CSV, text, &run);
    assert_int_equal(run.len, 400);
    for (int i = 0; i < 400; i++) {
        snprintf(note, sizeof note, "%.*s%d", i % 20, "abcdefghijklmnopqrst", i);
        assert_string_equal(symbols_text(run_symbols, run.events[i].key[1]), note);
    }
    definition_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reasons_and_twins),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_bad_bytes_anywhere),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_usual_times),
        cmocka_unit_test(test_values_and_keys),
        cmocka_unit_test(test_derived_and_number_keys),
        cmocka_unit_test(test_a_day_of_times),
        cmocka_unit_test(test_times_behind_a_usual_one),
        cmocka_unit_test(test_a_closed_list_of_tickets),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_the_first_filter_that_fails_is_named),
        cmocka_unit_test(test_lifecycle),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_many_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
