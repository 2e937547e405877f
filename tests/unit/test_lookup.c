/*
 * Guards: tiers at their boundaries (A1-12); lookups: a match, a row without a value, no match, no
 * key (S-16), whatever the order of columns and in both formats; files that would make a join
 * ambiguous or half are refused with their line; what is not asked for is not read.
 */
#include "tests/unit/decode_run.h"

#include "feeds/lookup.h"

#include <unistd.h>

static char folder[64];

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/lookup-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/customers.csv", folder);
    unlink(path);
    return rmdir(folder);
}

static const char shop[] =
    "{\"name\": \"shop\", \"fields\": {\"at\": {\"type\": \"time\"},"
    " \"who\": {\"type\": \"text\"}, \"paid\": {\"type\": \"money\", \"places\": 2}},"
    " \"time\": \"at\","
    " \"tiers\": {\"tier\": {\"of\": \"paid\","
    "   \"steps\": [[\"high\", \"500\"], [\"mid\", \"100\"]], \"else\": \"low\"}},"
    " \"lookups\": [{\"file\": \"customers.csv\", \"key\": \"who\","
    "   \"take\": [\"segment\", \"city\"]}],";

/* The shop, compiled, with these members added; its lookups are in the folder. */
static struct definition *make_shop(const char *members)
{
    char text[1024];
    struct error error;
    snprintf(text, sizeof text, "%s %s}", shop, members);
    struct definition *definition = definition_from_json(text, strlen(text), "shop", &error);
    if (!definition)
        fail_msg("%s", error.text);
    definition->folder = mem_copy_text(folder);
    if (definition_compile(definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return definition;
}

static struct definition *load_shop(const char *members)
{
    struct error error;
    struct definition *definition = make_shop(members);
    if (lookups_load(definition, NULL, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return definition;
}

static const char *key_text(const struct event *event, int key)
{
    return symbols_text(run_symbols, event->key[key]);
}

static void tier_boundaries(void **state)
{
    (void)state;
    static const char *const wanted[] = {"mid", "high", "low", "mid", "low", "high", "(missing)"};
    static struct run run;
    struct definition *definition = load_shop("\"group_by\": [\"tier\"]");
    run_text(definition, FORMAT_CSV,
             "at,paid\n"
             "2026-01-05,499.99\n2026-01-05,500\n2026-01-05,99.99\n2026-01-05,100\n"
             "2026-01-05,-500\n2026-01-05,500.01\n2026-01-05,\n",
             &run);
    assert_int_equal(run.len, 7);
    for (size_t i = 0; i < run.len; i++)
        assert_string_equal(key_text(&run.events[i], 0), wanted[i]);
    definition_free(definition);
}

static void tier_filters_and_counts(void **state)
{
    (void)state;
    static struct run run;
    struct definition *definition =
        load_shop("\"where\": [\"tier in high,mid\"], \"measures\": [\"distinct:tier\"]");
    run_text(definition, FORMAT_JSONL,
             "{\"at\":\"2026-01-05\",\"paid\":100}\n{\"at\":\"2026-01-05\",\"paid\":99.99}\n"
             "{\"at\":\"2026-01-05\",\"paid\":1e2}\n{\"at\":\"2026-01-05\"}\n",
             &run);
    assert_int_equal(run.events[0].filtered, 0);
    assert_int_equal(run.events[1].filtered, 1);
    assert_int_equal(run.events[3].filtered, 1);
    assert_int_equal(run.events[0].distinct[0], run.events[2].distinct[0]);
    assert_int_not_equal(run.events[0].distinct[0], run.events[1].distinct[0]);
    assert_int_equal(run.events[3].distinct[0], 0);
    definition_free(definition);
}

static void left_join(void **state)
{
    (void)state;
    static struct run csv, json;
    static const char *const wanted[][2] = {{"trade", "York, North"},
                                            {"(missing)", "Hull"},
                                            {"(unknown)", "(unknown)"},
                                            {"(unknown)", "(unknown)"}};
    write_file("customers.csv", "\xEF\xBB\xBF"
                                "city;name;who;segment\r\n"
                                "York, North;\"a;b\";c1;trade\r\n"
                                "\r\n"
                                "Hull;\"two\nlines\";c2;");
    struct definition *definition = load_shop("\"group_by\": [\"segment\", \"city\"]");
    assert_int_equal(lookup_len(definition->lookups[0].table), 2);
    run_text(definition, FORMAT_CSV,
             "who,at\nc1,2026-01-05\nc2,2026-01-05\nc3,2026-01-05\n,2026-01-05\n", &csv);
    run_text(definition, FORMAT_JSONL,
             "{\"at\":\"2026-01-05\",\"who\":\"c1\"}\n{\"who\":\"c2\",\"at\":\"2026-01-05\"}\n"
             "{\"at\":\"2026-01-05\",\"who\":\"c3\"}\n{\"at\":\"2026-01-05\",\"who\":null}\n",
             &json);
    assert_int_equal(csv.len, 4);
    for (size_t i = 0; i < csv.len; i++) {
        assert_int_equal(csv.events[i].reason, REJECT_NONE);
        assert_string_equal(key_text(&csv.events[i], 0), wanted[i][0]);
        assert_string_equal(key_text(&csv.events[i], 1), wanted[i][1]);
        assert_true(run_same_content(&csv.events[i], &json.events[i]));
    }
    definition_free(definition);
}

/* What is not found is missing to a filter, and none of the different ones. */
static void unknown_in_filters(void **state)
{
    (void)state;
    static struct run run;
    write_file("customers.csv", "who,segment,city\nc1,trade,York\n");
    struct definition *definition =
        load_shop("\"where\": [\"segment!=trade\"], \"measures\": [\"distinct:city\"]");
    run_text(definition, FORMAT_CSV, "who,at\nc1,2026-01-05\nc3,2026-01-05\n", &run);
    assert_int_equal(run.events[0].filtered, 1);
    assert_int_equal(run.events[1].filtered, 0);
    assert_int_not_equal(run.events[0].distinct[0], 0);
    assert_int_equal(run.events[1].distinct[0], 0);
    definition_free(definition);
}

static void bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"who,segment,city\nc1,a,b\n\nc2,a,b\nc1,c,d\n",
         "line 5: the key 'c1' stands already in line 2"},
        {"who,segment,city\nc1,a,b\nc2,a\n", "line 3: 2 columns, the header has 3"},
        {"who,segment,city\n,a,b\n", "line 2: the key is empty"},
        {"who,segment\nc1,a\n", "the header lacks the column 'city'"},
        {"segment,city\na,b\n", "the header lacks the key 'who'"},
        {"who,segment,city\nc1,\"a,b\n", "line 2: a quote is never closed"},
        {"who,segment,city\nc1,a\"x\",b\n", "line 2: a quote stands where CSV allows none"},
        {"who,segment,city\nc1,\xff,b\n", "line 2: these bytes are no UTF-8 text"},
        {"", "line 1: this is no CSV header"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct error error = {.text = ""};
        write_file("customers.csv", cases[c].text);
        struct definition *definition = make_shop("\"group_by\": [\"segment\"]");
        assert_int_equal(lookups_load(definition, NULL, &error), STATUS_BAD_FORMAT);
        if (!strstr(error.text, cases[c].wanted))
            fail_msg("said: %s\nwanted: %s", error.text, cases[c].wanted);
        definition_free(definition);
    }
}

static void only_what_is_needed(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    char path[128];
    snprintf(path, sizeof path, "%s/customers.csv", folder);
    unlink(path);
    struct definition *definition = make_shop("\"group_by\": [\"who\"]");
    assert_int_equal(lookups_load(definition, NULL, &error), STATUS_OK);
    assert_null(definition->lookups[0].table);
    definition_free(definition);
    definition = make_shop("\"group_by\": [\"city\"]");
    assert_int_equal(lookups_load(definition, NULL, &error), STATUS_NOT_FOUND);
    assert_non_null(strstr(error.text, "customers.csv"));
    definition_free(definition);
}

static void many_keys(void **state)
{
    (void)state;
    enum { KEYS = 5000 };
    struct lookup *lookup = lookup_new(1);
    char text[32];
    for (uint64_t k = 0; k < KEYS; k++) {
        size_t len = (size_t)snprintf(text, sizeof text, "key %d", (int)k);
        struct word word = {.at = text, .len = len};
        assert_int_equal(lookup_add(lookup, k + 2, word, &word), 0);
    }
    for (uint64_t k = 0; k < KEYS; k++) {
        size_t len = (size_t)snprintf(text, sizeof text, "key %d", (int)k);
        const struct word *found = lookup_find(lookup, text, len);
        assert_non_null(found);
        assert_true(word_is(*found, text));
        assert_int_equal(lookup_add(lookup, 9, (struct word){.at = text, .len = len}, found),
                         k + 2);
    }
    assert_null(lookup_find(lookup, "key", 3));
    lookup_free(lookup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tier_boundaries), cmocka_unit_test(tier_filters_and_counts),
        cmocka_unit_test(left_join),       cmocka_unit_test(unknown_in_filters),
        cmocka_unit_test(bad_files),       cmocka_unit_test(only_what_is_needed),
        cmocka_unit_test(many_keys),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
