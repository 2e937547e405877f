/*
 * Protects: the id and content that duplicates are told by (S-40, S-41): of what the fields mean,
 * not of how they are written; the same for twins in CSV and JSONL, in any order of members; none
 * without id fields or with dedupe off; keyed (D-08).
 */
#include "tests/unit/decode_run.h"

static const char shop[] = "{\"name\": \"shop\", \"fields\": {"
                           "  \"id\":     {\"type\": \"text\"},"
                           "  \"step\":   {\"type\": \"text\", \"values\": [\"open\", \"closed\"]},"
                           "  \"number\": {\"type\": \"int\"},"
                           "  \"amount\": {\"type\": \"money\", \"places\": 2},"
                           "  \"note\":   {\"type\": \"text\"},"
                           "  \"at\":     {\"type\": \"time\"}},"
                           " \"time\": \"at\", \"id\": [\"id\", \"step\", \"number\"]}";

#define HEAD "id,step,number,amount,note,at\n"
#define AT   "2026-01-05T08:42:17Z"

static struct event event_of(const struct definition *d, enum feed_format format, const char *text)
{
    static struct run run;
    char feed[1024];
    snprintf(feed, sizeof feed, "%s%s\n", format == FORMAT_CSV ? HEAD : "", text);
    run_text(d, format, feed, &run);
    if (run.len != 1 || run.events[0].reason != REJECT_NONE)
        fail_msg("%s: %s", text, run_reasons(d, &run));
    return run.events[0];
}

static bool same_id(const struct event *a, const struct event *b)
{
    return a->id[0] == b->id[0] && a->id[1] == b->id[1];
}

/* Each group of rows is one event, written in different ways; different groups differ in content,
 * and in the id where the group says so. */
static const struct {
    int group;
    char id; /* the same letter, the same id */
    const char *csv, *json;
} rows[] = {
    {1, 'a', "7,open,5,1.50,n," AT,
     "{\"id\":\"7\",\"step\":\"open\",\"number\":5,\"amount\":1.50,\"note\":\"n\",\"at\":\"" AT
     "\"}"},
    {1, 'a', "\"7\",open,5,1.5,n,2026-01-05T09:42:17+01:00",
     "{\"at\":\"2026-01-05 08:42:17.000Z\",\"note\":\"n\",\"amount\":\"1.5\",\"number\":5e0,"
     "\"step\":\"open\",\"id\":7,\"other\":1}"},
    {1, 'a', " 7 ,open, 5 ,15e-1, n ,1767602537000", NULL},
    {2, 'a', "7,open,5,1.51,n," AT,
     "{\"id\":\"7\",\"step\":\"open\",\"number\":5,\"amount\":1.51,\"note\":\"n\",\"at\":\"" AT
     "\"}"},
    {3, 'a', "7,open,5,,n," AT,
     "{\"id\":\"7\",\"step\":\"open\",\"number\":5,\"note\":\"n\",\"at\":\"" AT "\"}"},
    {4, 'a', "7,open,5,0,n," AT,
     "{\"id\":\"7\",\"step\":\"open\",\"number\":5,\"amount\":0,\"note\":\"n\",\"at\":\"" AT "\"}"},
    {5, 'a', "7,open,5,1.50,m," AT,
     "{\"id\":\"7\",\"step\":\"open\",\"number\":5,\"amount\":1.50,\"note\":\"m\",\"at\":\"" AT
     "\"}"},
    {6, 'a', "7,open,5,1.50,n,2026-01-05T08:42:17.001Z", NULL},
    {7, 'b', "7,closed,5,1.50,n," AT,
     "{\"id\":\"7\",\"step\":\"closed\",\"number\":5,\"amount\":1.50,\"note\":\"n\",\"at\":\"" AT
     "\"}"},
    {8, 'c', "7,,5,1.50,n," AT,
     "{\"id\":\"7\",\"step\":null,\"number\":5,\"amount\":1.50,\"note\":\"n\",\"at\":\"" AT "\"}"},
    {9, 'd', "7,open,6,1.50,n," AT, NULL},
    {10, 'e', "7,open,,1.50,n," AT, NULL},
    {11, 'f', ",open,5,1.50,n," AT, NULL},
    {12, 'g', "open,,5,1.50,n," AT, NULL}, /* the text of another place */
    {13, 'h', "8,open,5,1.50,n," AT, NULL},
    {14, 'i', "7,open,7,1.50,n," AT, NULL},
    {15, 'a', "7,open,5,1.50,a text that is longer than sixteen bytes and goes on," AT, NULL},
    {16, 'a', "7,open,5,1.50,a text that is longer than sixteen bytes and goes up," AT, NULL},
    {17, 'a', "7,open,5,1.50,b text that is longer than sixteen bytes and goes on," AT, NULL},
    {18, 'j', "0007,open,5,1.50,n," AT, NULL}, /* a text, not a number */
    {19, 'k', "1,open,5,0.08,n," AT, NULL},    /* 5 and 8 ... */
    {20, 'l', "1,open,8,0.05,n," AT, NULL},    /* ... in each other's place */
};
enum { ROWS = sizeof rows / sizeof *rows };

static void test_what_is_the_same(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    static struct event events[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        events[i] = event_of(d, FORMAT_CSV, rows[i].csv);
        assert_true(events[i].id[0] != 0 && events[i].id[1] != 0);
        if (rows[i].json) {
            struct event twin = event_of(d, FORMAT_JSONL, rows[i].json);
            if (!same_id(&twin, &events[i]) || twin.content != events[i].content)
                fail_msg("%s: its twin is another", rows[i].csv);
        }
        for (size_t j = 0; j < i; j++) {
            if (same_id(&events[i], &events[j]) != (rows[i].id == rows[j].id))
                fail_msg("ids: %s and %s", rows[i].csv, rows[j].csv);
            if ((events[i].content == events[j].content) != (rows[i].group == rows[j].group))
                fail_msg("content: %s and %s", rows[i].csv, rows[j].csv);
        }
    }
    definition_free(d);
}

static void test_no_id(void **state)
{
    (void)state;
    struct definition *d = run_definition(shop);
    struct event event = event_of(d, FORMAT_CSV, ",,,1.50,n," AT);
    assert_true(event.id[0] == 0 && event.id[1] == 0);
    definition_free(d);
    /* switched off */
    struct error error;
    d = definition_from_json(shop, strlen(shop), "shop", &error);
    d->no_dedupe = true;
    assert_int_equal(definition_compile(d, &error), STATUS_OK);
    event = event_of(d, FORMAT_CSV, "7,open,5,1.50,n," AT);
    assert_true(event.id[0] == 0 && event.id[1] == 0);
    assert_int_equal(event.content, 0);
    definition_free(d);
}

/* Filtered ones are told apart too: the duplicate check comes before the filter (S-04). Rejected
 * ones are not. */
static void test_filtered_and_rejected(void **state)
{
    (void)state;
    struct error error;
    static struct run run;
    struct definition *d = definition_from_json(shop, strlen(shop), "shop", &error);
    assert_int_equal(definition_add_filter(d, "amount>100", &error), STATUS_OK);
    assert_int_equal(definition_compile(d, &error), STATUS_OK);
    run_text(d, FORMAT_CSV, HEAD "7,open,5,1.50,n," AT "\n7,open,5,x,n," AT "\n", &run);
    assert_int_equal(run.events[0].filtered, 1);
    assert_true(run.events[0].id[0] != 0);
    assert_int_equal(run.events[1].reason, REJECT_BAD_NUMBER);
    assert_true(run.events[1].id[0] == 0 && run.events[1].content == 0);
    definition_free(d);
}

/* Without a status, ticket_id alone identifies a ticket; opening and closing are two events. */
static void test_tickets(void **state)
{
    (void)state;
    static struct run run;
    struct definition *d = run_builtin("tickets");
    run_text(d, FORMAT_CSV,
             "ticket_id,priority,submitted_at,status\n"
             "7,High," AT ",open\n7,High," AT ",closed\n7,High," AT ",\n7,High," AT ",\n",
             &run);
    assert_false(same_id(&run.events[0], &run.events[1]));
    assert_false(same_id(&run.events[0], &run.events[2]));
    assert_true(same_id(&run.events[2], &run.events[3]));
    assert_int_equal(run.events[2].content, run.events[3].content);
    /* also where the life cycle is not asked for, and the id is hashed by another way */
    struct event with = run.events[0];
    struct error error;
    struct definition *count = definition_builtin("tickets");
    assert_int_equal(definition_set_measures(count, "count", &error), STATUS_OK);
    assert_int_equal(definition_compile(count, &error), STATUS_OK);
    run_text(count, FORMAT_CSV, "ticket_id,priority,submitted_at,status\n7,High," AT ",open\n",
             &run);
    assert_true(same_id(&run.events[0], &with));
    assert_int_equal(run.events[0].content, with.content);
    definition_free(count);
    definition_free(d);
}

static void test_keyed(void **state)
{
    (void)state;
    static struct run run[2];
    struct definition *d = run_definition(shop);
    static const char text[] = HEAD "7,open,5,1.50,n," AT "\n";
    for (uint64_t key = 0; key < 2; key++) {
        struct decoder_config config = run_config(d, FORMAT_CSV);
        config.hash_key.word[1] += key;
        struct decoder *decoder = decoder_new(&config);
        run_decoder(decoder, text, sizeof text - 1, SIZE_MAX, 4, true, &run[key]);
        decoder_free(decoder);
    }
    assert_false(same_id(&run[0].events[0], &run[1].events[0]));
    assert_int_not_equal(run[0].events[0].content, run[1].events[0].content);
    definition_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_the_same),
        cmocka_unit_test(test_no_id),
        cmocka_unit_test(test_filtered_and_rejected),
        cmocka_unit_test(test_tickets),
        cmocka_unit_test(test_keyed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
