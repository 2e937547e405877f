/*
 * Protects: which definition a feed without one gets; that the error names the columns; what is
 * made of --time, --group-by and --measure.
 */
#include "feeds/guess.h"
#include "tests/unit/decode_run.h"

static struct definition *match(const char *text, struct error *error)
{
    struct guess guess;
    assert_int_equal(guess_read(text, strlen(text), &guess, error), STATUS_OK);
    struct definition *definition = guess_builtin(&guess, error);
    guess_fini(&guess);
    return definition;
}

static void test_built_in(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
    } table[] = {
        {"ticket_id,customer_id,priority,submitted_at\n1,2,High,\n", "tickets"},
        {"\xEF\xBB\xBF\nsubmitted_at;priority;ticket_id;status;x\n", "tickets"},
        {"event_id,user_id,amount,merchant_id,timestamp,country_code\n", "payments"},
        {"transaction_id\tcustomer_id\tamount\ttimestamp\n", "payments"},
        {"{\"transaction_id\":1,\"amount\":5}\n{\"timestamp\":0}\n", "payments"},
        {"order_id,customer_id,order_value_gbp,region,order_timestamp\r\n", "orders"},
        {"{\"x\":1}\nnot json\n{\"ticket_id\":\"1\",\"priority\":1,\"submitted_at\":{}}\n", NULL},
        {"ticket_id,customer_id,priority\n", NULL},
        {"1,2,3\n", NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error error = {.text = ""};
        struct definition *definition = match(table[i].text, &error);
        if (!table[i].name != !definition ||
            (definition && strcmp(definition->name, table[i].name) != 0))
            fail_msg("%s: %s", table[i].text, definition ? definition->name : error.text);
        definition_free(definition);
    }
}

static void test_the_error_names_the_columns(void **state)
{
    (void)state;
    struct error error;
    assert_null(match("when, what ,\"how much\"\n1,2,3\n", &error));
    assert_string_equal(error.text, "no built-in definition fits its columns (when, what, how "
                                    "much); say --time and --group-by");
    assert_null(match("{\"a\":{\"b\":1,\"c\":[2]},\"d\":null}\n", &error));
    assert_non_null(strstr(error.text, "(a.b, a.c, d)"));
    assert_null(match("{\"a\n", &error));
    assert_non_null(strstr(error.text, "no columns can be seen"));
    /* many and long names: cut, not overrun */
    char text[4096] = "";
    for (int i = 0; i < 60; i++)
        sprintf(text + strlen(text), "%sa_very_long_name_of_a_column_%d", i ? "," : "", i);
    strcat(text, "\n");
    assert_null(match(text, &error));
    assert_non_null(strstr(error.text, "...); say --time and --group-by"));
}

static void test_no_line_yet(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n\n", "a,b", "\xEF\xBB\xBF", "{\"a\":1}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct guess guess;
        struct error error;
        assert_int_equal(guess_read(texts[i], strlen(texts[i]), &guess, &error), STATUS_CLOSED);
        guess_fini(&guess);
    }
}

static struct definition *make(const char *text, const char *time, const char *group_by,
                               const char *measures, struct error *error)
{
    struct guess guess;
    assert_int_equal(guess_read(text, strlen(text), &guess, error), STATUS_OK);
    struct definition *definition =
        guess_make(&guess, time, group_by, measures, text, strlen(text), error);
    guess_fini(&guess);
    return definition;
}

static void test_made_of_columns(void **state)
{
    (void)state;
    static const char csv[] = "when,what,\"how much\",n\n"
                              "2026-01-05,a,12.125,1\nnonsense,b,3,4\n2026-01-06,a,,3\n"
                              "2026-01-06,b,5,10\n2026-01-06,b,5,1";
    static const char json[] =
        "{\"when\":\"2026-01-05\",\"what\":\"a\",\"how much\":12.125,\"n\":1}\n";
    const char *const texts[] = {csv, json};
    for (size_t i = 0; i < 2; i++) {
        struct error error;
        static struct run run;
        struct definition *d =
            make(texts[i], "when", "what,date", "count,sum:how much,max:n", &error);
        if (!d || definition_compile(d, &error) != STATUS_OK)
            fail_msg("%s", error.text);
        assert_string_equal(d->fields[2].name, "how_much");
        assert_int_equal(d->fields[2].type, FIELD_MONEY);
        assert_int_equal(d->fields[2].places, 3);
        assert_int_equal(d->fields[3].places, 0);
        assert_int_equal(d->group_by_len, 2);
        run_text(d, i ? FORMAT_JSONL : FORMAT_CSV, texts[i], &run);
        assert_int_equal(run.events[0].value[0], 12125);
        assert_string_equal(symbols_text(run_symbols, run.events[0].key[0]), "a");
        definition_free(d);
    }
}

static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *rows;
        int places;
    } table[] = {
        {"", 2},      {"0,7\n", 0}, {"0,7.0\n", 0}, {"0,7.5\n", 2}, {"0,7.25\n0,7.125\n", 3},
        {"0,x\n", 2},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[64];
        struct error error;
        snprintf(text, sizeof text, "t,v\n%s", table[i].rows);
        struct definition *d = make(text, "t", NULL, "sum:v", &error);
        assert_non_null(d);
        assert_int_equal(d->fields[1].places, table[i].places);
        definition_free(d);
    }
}

static void test_what_cannot_be_made(void **state)
{
    (void)state;
    static const struct {
        const char *time, *group_by, *measures, *wanted;
    } table[] = {
        {"wen", "what", NULL, "time: no field 'wen'; did you mean 'when'?"},
        {"when", "wat", NULL, "group_by: no field 'wat'; did you mean 'what'?"},
        {"when", "what", "sum:x", "no field 'x'; there are when, what"},
        {"when", "what", "sum:when", "'when' is no number"},
        {NULL, "what", NULL, "event time"},
        {"when", "what", "open", "needs a lifecycle"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error error = {.text = ""};
        assert_null(
            make("when,what\n0,a\n", table[i].time, table[i].group_by, table[i].measures, &error));
        if (!strstr(error.text, table[i].wanted))
            fail_msg("says '%s', wanted '%s'", error.text, table[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in),    cmocka_unit_test(test_the_error_names_the_columns),
        cmocka_unit_test(test_no_line_yet), cmocka_unit_test(test_made_of_columns),
        cmocka_unit_test(test_places),      cmocka_unit_test(test_what_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
