/*
 * Protects: what a record's texts mean to the rules, by the built-in definitions and at every
 * boundary (A1-20, A1-40, X22): which rules an event takes part in, whose it is, what it is to a
 * pair; the texts that alerts show; and that a definition without rules has none of it.
 */
#include "tests/unit/decode_run.h"

#define AT  "2026-01-05T08:42:17Z"
#define PAY "event_id,user_id,amount,timestamp,country_code,type,refund_of\n"

enum { GEO = 1, VELOCITY = 2, LARGE = 4, ORPHAN = 8 };

static void test_payments(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int rules, pair;
    } table[] = {
        {"1,7,500.00," AT ",NG,,", VELOCITY | ORPHAN, PAIR_NEEDED},
        {"1,7,500.01," AT ",NG,,", GEO | VELOCITY | ORPHAN, PAIR_NEEDED},
        {"1,7,500.01," AT ",RU,,", GEO | VELOCITY | ORPHAN, PAIR_NEEDED},
        {"1,7,500.01," AT ",CN,,", GEO | VELOCITY | ORPHAN, PAIR_NEEDED},
        {"1,7,500.01," AT ",US,,", VELOCITY | ORPHAN, PAIR_NEEDED},
        {"1,7,500.01," AT ",,,", VELOCITY | ORPHAN, PAIR_NEEDED},
        {"1,7,10000.00," AT ",US,,", VELOCITY | ORPHAN, PAIR_NEEDED},
        {"1,7,10000.01," AT ",US,,", VELOCITY | LARGE | ORPHAN, PAIR_NEEDED},
        {"1,7,10000.01," AT ",NG,,", GEO | VELOCITY | LARGE | ORPHAN, PAIR_NEEDED}, /* A1-41 */
        {"1,,1.00," AT ",US,,", ORPHAN, PAIR_NEEDED},                               /* nobody's */
        {"1,7,1.00," AT ",US,payment,", VELOCITY | ORPHAN, PAIR_NEEDED},
        {"1,7,1.00," AT ",US,refund,5", VELOCITY | ORPHAN, PAIR_OPENS},
        {"1,7,0.00," AT ",NG,,", 0, PAIR_NONE}, /* rejected */
        {"1,7,1.00," AT ",US,fee,", 0, PAIR_NONE},
    };
    struct definition *d = run_builtin("payments");
    static struct run run;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[256];
        snprintf(text, sizeof text, PAY "%s\n", table[i].line);
        run_text(d, FORMAT_CSV, text, &run);
        assert_int_equal(run.len, 1);
        if (run.events[0].rules != table[i].rules || run.events[0].pair != table[i].pair)
            fail_msg("%s: rules %d, pair %d", table[i].line, run.events[0].rules,
                     run.events[0].pair);
    }
    definition_free(d);
}

/* A refund and its payment share a key; so do twins in both formats. */
static void test_subjects(void **state)
{
    (void)state;
    struct definition *d = run_builtin("payments");
    static struct run csv, json;
    run_text(d, FORMAT_CSV,
             PAY "5,7,1.00," AT ",US,,\n6,7,1.00," AT ",US,refund,5\n7,8,1.00," AT ",US,,\n", &csv);
    run_text(d, FORMAT_JSONL,
             "{\"event_id\":5,\"user_id\":7,\"amount\":1,\"timestamp\":\"" AT
             "\",\"country_code\":\"US\"}\n",
             &json);
    const struct event *payment = &csv.events[0], *refund = &csv.events[1], *other = &csv.events[2];
    assert_true(payment->subject[1] == refund->subject[1]);
    assert_true(payment->subject[1] != other->subject[1]);
    assert_true(payment->subject[0] == refund->subject[0]);
    assert_true(payment->subject[0] != other->subject[0]);
    assert_memory_equal(json.events[0].subject, payment->subject, sizeof payment->subject);
    assert_int_equal(payment->value[d->alert_slot], 100);
    definition_free(d);
}

static void test_tickets(void **state)
{
    (void)state;
    enum { HIGH = 1, SLA = 2 };
    struct definition *d = run_builtin("tickets");
    static struct run run;
    run_text(d, FORMAT_CSV,
             "ticket_id,priority,submitted_at,status\n"
             "7,High," AT ",open\n7,High," AT ",closed\n8,High," AT ",\n"
             "9,Low," AT ",open\n9,Low," AT ",closed\n",
             &run);
    assert_int_equal(run.events[0].rules, HIGH | SLA);
    assert_int_equal(run.events[1].rules, SLA); /* one alert for each ticket */
    assert_int_equal(run.events[2].rules, HIGH | SLA);
    assert_int_equal(run.events[3].rules, 0);
    assert_int_equal(run.events[4].rules, SLA); /* its opening may have been High */
    /* rules that need steps get them without the measure */
    struct error error;
    struct definition *count = definition_builtin("tickets");
    assert_int_equal(definition_set_measures(count, "count", &error), STATUS_OK);
    assert_int_equal(definition_compile(count, &error), STATUS_OK);
    assert_true(count->needs_steps && !count->needs_lifecycle);
    run_text(count, FORMAT_CSV, "ticket_id,priority,submitted_at\n7,High," AT "\n", &run);
    assert_int_equal(run.events[0].lifecycle, LIFECYCLE_OPENED);
    assert_int_not_equal(run.events[0].ticket[0], 0);
    definition_free(count);
    definition_free(d);
}

/* What says that it is neither, is neither; what says nothing is what others need. */
static void test_neither_of_a_pair(void **state)
{
    (void)state;
    static const char json[] =
        "{\"name\": \"x\", \"fields\": {\"at\": {\"type\": \"time\"}, \"id\": {\"type\": \"text\"},"
        " \"kind\": {\"type\": \"text\"}, \"of\": {\"type\": \"text\"}}, \"time\": \"at\","
        " \"id\": [\"id\"], \"rules\": [{\"name\": \"pair\", \"pair\": {\"field\": \"kind\","
        " \"opens\": \"r\", \"needs\": \"p\", \"ref\": \"of\"}}]}";
    struct definition *d = run_definition(json);
    static struct run run;
    run_text(d, FORMAT_CSV, "at,id,kind,of\n" AT ",1,fee,\n" AT ",1,p,\n" AT ",1,,\n" AT ",2,r,1\n",
             &run);
    assert_int_equal(run.events[0].pair, PAIR_NONE);
    assert_int_equal(run.events[0].rules, 0);
    assert_int_equal(run.events[1].pair, PAIR_NEEDED);
    assert_int_equal(run.events[2].pair, PAIR_NEEDED);
    assert_int_equal(run.events[3].pair, PAIR_OPENS);
    assert_true(run.events[3].subject[1] == run.events[1].subject[1]);
    definition_free(d);
}

/* Filtered events take part in nothing; conditions do not filter. */
static void test_filters_come_first(void **state)
{
    (void)state;
    struct error error;
    struct definition *d = definition_builtin("payments");
    assert_int_equal(definition_add_filter(d, "country_code=NG", &error), STATUS_OK);
    assert_int_equal(definition_compile(d, &error), STATUS_OK);
    static struct run run;
    run_text(d, FORMAT_CSV,
             PAY "1,7,600.00," AT ",RU,,\n2,7,600.00," AT ",NG,,\n3,7,1.00," AT ",NG,,\n", &run);
    assert_int_equal(run.events[0].filtered, 1);
    assert_int_equal(run.events[0].rules, 0);
    assert_int_equal(run.events[1].filtered, 0);
    assert_int_equal(run.events[1].rules, GEO | VELOCITY | ORPHAN);
    assert_int_equal(run.events[2].filtered, 0);
    assert_int_equal(run.events[2].rules, VELOCITY | ORPHAN);
    definition_free(d);
}

static void test_texts(void **state)
{
    (void)state;
    static const char text[] = "ticket_id,customer_id,priority,submitted_at\n"
                               "7,221,Low," AT "\n"
                               "1234567890123456789012345678901234567\xC3\xA9\xC3\xA9,"
                               "123456789012345678901234567890\xC3\xA9,High," AT "\n"
                               "9,,High," AT "\n";
    struct definition *d = run_builtin("tickets");
    struct decoder_config config = run_config(d, FORMAT_CSV);
    struct decoder *decoder = decoder_new(&config);
    struct event events[4];
    struct event_text texts[4];
    struct decoded out;
    struct error error;
    memset(texts, 'x', sizeof texts);
    decoder_texts(decoder, texts);
    assert_int_equal(
        decoder_feed(decoder, text, sizeof text - 1, true, UINT64_MAX, events, 4, &out, &error),
        STATUS_OK);
    assert_int_equal(out.events, 3);
    assert_int_equal(texts[0].label[0], 'x'); /* nobody's alert: not written */
    /* cut, never inside a character */
    assert_string_equal(texts[1].label, "1234567890123456789012345678901234567\xC3\xA9");
    assert_string_equal(texts[1].subject, "123456789012345678901234567890");
    assert_string_equal(texts[2].label, "9");
    assert_string_equal(texts[2].subject, "");
    decoder_free(decoder);
    definition_free(d);
}

static void test_without_rules(void **state)
{
    (void)state;
    struct definition *d = run_builtin("orders");
    static struct run run;
    run_text(d, FORMAT_CSV,
             "order_id,customer_id,order_value_gbp,region,order_timestamp\n1,2,3,North," AT "\n",
             &run);
    assert_int_equal(run.events[0].reason, REJECT_NONE);
    assert_int_equal(run.events[0].rules, 0);
    assert_int_equal(run.events[0].subject[0], 0);
    definition_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_neither_of_a_pair),  cmocka_unit_test(test_payments),
        cmocka_unit_test(test_subjects),           cmocka_unit_test(test_tickets),
        cmocka_unit_test(test_filters_come_first), cmocka_unit_test(test_texts),
        cmocka_unit_test(test_without_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
