/*
 * Guards: what is wrong in tiers, lookups and reports is said when the definition is read, with its
 * line; a report replaces groups and measures and keeps the definition's filters; columns are
 * named, ordered and rounded as it says; cells that a spreadsheet would run are seen in every
 * disguise (D-04); the digest changes with every change of meaning (S-111); the progress line adds
 * up.
 */
#include "tests/unit/support.h"

#include "core/definition_digest.h"
#include "core/definition_json.h"
#include "tui/output_columns.h"
#include "tui/progress.h"

#include <stdio.h>
#include <stdlib.h>

static const char shop[] = "{\"name\": \"shop\",\n"
                           "\"fields\": {\"at\": {\"type\": \"time\"},\n"
                           "  \"id\": {\"type\": \"text\"}, \"who\": {\"type\": \"text\"},\n"
                           "  \"paid\": {\"type\": \"money\", \"places\": 3}},\n"
                           "\"time\": \"at\", \"where\": [\"who present\"],\n";

static struct definition *read_shop(const char *members, struct error *error)
{
    char text[4096];
    snprintf(text, sizeof text, "%s%s}", shop, members);
    return definition_from_json(text, strlen(text), "shop.json", error);
}

#define PARTS                                                                                      \
    "\"tiers\": {\"tier\": {\"of\": \"paid\",\n"                                                   \
    "  \"steps\": [[\"high\", \"5\"], [\"mid\", \"1\"]],\n"                                        \
    "  \"else\": \"low\"}},\n"                                                                     \
    "\"lookups\": [{\"file\": \"c.csv\",\n"                                                        \
    "  \"key\": \"who\", \"take\": \"town\"}],\n"                                                  \
    "\"reports\": {\"daily\": {\n"                                                                 \
    "  \"group_by\": [\"town\", \"tier\"], \"measures\": [\"avg:paid\", \"count\"],\n"             \
    "  \"where\": [\"tier!=low\"], \"dedupe\": \"id\",\n"                                          \
    "  \"columns\": [{\"name\": \"n\", \"of\": \"count\"}, {\"name\": \"town\", \"of\": "          \
    "\"town\"},\n"                                                                                 \
    "    {\"name\": \"t\", \"of\": \"tier\"}, {\"name\": \"a\", \"of\": \"avg:paid\", "            \
    "\"decimals\": 1}]}}"

static void a_report_is_used(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    struct output_columns columns;
    struct definition *definition = read_shop(PARTS, &error);
    if (!definition)
        fail_msg("%s", error.text);
    assert_int_equal(definition_use_report(definition, "daily", &error), STATUS_OK);
    assert_int_equal(definition_compile(definition, &error), STATUS_OK);
    assert_int_equal(definition->filters_len, 2);
    assert_string_equal(definition->group_by[0].name, "town");
    assert_true(definition->lookups[0].needed);
    assert_true(definition->report_dedupes && definition->needs_dedupe);
    assert_int_equal(definition->dedupe_fields_len, 1);
    assert_int_equal(definition->dedupe_fields[0], definition_field(definition, "id"));
    output_columns(definition, &columns);
    assert_int_equal(columns.len, 4);
    assert_string_equal(columns.at[0].name, "n");
    assert_string_equal(columns.at[2].name, "t");
    assert_int_equal(columns.at[1].key, 0);
    assert_true(columns.at[1].is_text);
    /* 0.749 with one decimal; from 0.75 it would be 0.8 */
    struct tally_row row = {.count = 3, .value = {{.sum = 2247, .count = 3}}};
    char text[MONEY_TEXT];
    assert_string_equal(output_measure(&row, &columns.at[3], text), "0.7");
    row.value[0] = (struct accumulator){.sum = 250, .count = 1};
    assert_string_equal(output_measure(&row, &columns.at[3], text), "0.2");
    row.value[0].count = 0;
    assert_string_equal(output_measure(&row, &columns.at[3], text), "");
    assert_string_equal(output_measure(&row, &columns.at[0], text), "3");
    definition_free(definition);
}

static void summary_is_the_definition(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    struct definition *definition = read_shop(PARTS, &error);
    assert_int_equal(definition_use_report(definition, "summary", &error), STATUS_OK);
    assert_int_equal(definition_compile(definition, &error), STATUS_OK);
    assert_null(definition->report);
    assert_false(definition->lookups[0].needed);
    assert_false(definition->report_dedupes || definition->needs_dedupe);
    definition_free(definition);
    definition = read_shop(PARTS, &error);
    assert_int_equal(definition_use_report(definition, "dayly", &error), STATUS_USAGE);
    assert_non_null(strstr(error.text, "did you mean daily?"));
    definition_free(definition);
}

/* A report's ids take the place of the definition's, a derived one too, and whatever --no-dedupe
 * says of those; the fields stand in a list or between commas. */
static void dedupe_names_fields(void **state)
{
    (void)state;
    static const struct {
        const char *dedupe, *report;
        bool no_dedupe;
        int len;
        const char *fields[2];
    } table[] = {
        {"\"who\"", "r", false, 1, {"who"}},
        {"\"who\"", "r", true, 1, {"who"}},
        {"[\"who\", \"town\"]", "r", false, 2, {"who", "town"}},
        {"\"tier,who\"", "r", false, 2, {"tier", "who"}},
        {"[]", "r", false, 1, {"id"}},
        {"\"who\"", "summary", false, 1, {"id"}},
        {"\"who\"", "summary", true, 0, {NULL}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char members[2048];
        struct error error = {.text = ""};
        snprintf(members, sizeof members,
                 "\"id\": [\"id\"], \"tiers\": {\"tier\": {\"of\": \"paid\", \"steps\": "
                 "[[\"high\", \"5\"]], \"else\": \"low\"}}, \"lookups\": [{\"file\": \"c.csv\", "
                 "\"key\": \"who\", \"take\": \"town\"}], \"reports\": {\"r\": {\"dedupe\": %s}}",
                 table[i].dedupe);
        struct definition *definition = read_shop(members, &error);
        if (!definition)
            fail_msg("%s: %s", table[i].dedupe, error.text);
        definition->no_dedupe = table[i].no_dedupe;
        assert_int_equal(definition_use_report(definition, table[i].report, &error), STATUS_OK);
        assert_int_equal(definition_compile(definition, &error), STATUS_OK);
        assert_int_equal(definition->dedupe_fields_len, table[i].len);
        assert_int_equal(definition->needs_dedupe, table[i].len > 0);
        bool town = false;
        for (int f = 0; f < table[i].len; f++) {
            assert_int_equal(definition->dedupe_fields[f],
                             definition_field(definition, table[i].fields[f]));
            town |= strcmp(table[i].fields[f], "town") == 0;
        }
        assert_int_equal(definition->lookups[0].needed, town);
        definition_free(definition);
    }
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *wanted;
    } table[] = {
        {"\"of\": \"paid\"", "\"of\": \"who\"", "of: 'who' is no number"},
        {"\"of\": \"paid\"", "\"of\": \"payd\"", "no field 'payd'; did you mean 'paid'?"},
        {"\"1\"", "\"5\"", "line 6: step 'mid': steps go from the highest amount down"},
        {"\"1\"", "\"1.0005\"", "step 'mid': '1.0005' is no amount of 'paid'"},
        {"\"1\"", "1", "line 7: tiers.tier.steps: a step is a pair of texts"},
        {"\"else\": \"low\"", "\"els\": \"low\"",
         "line 8: tiers.tier.els: unknown member; did you mean 'else'?"},
        {"\"else\": \"low\"", "\"else\": \"mid\"", "step 'mid' stands twice"},
        {"\"tier\": {", "\"who\": {", "field 'who' is defined twice"},
        {"\"key\": \"who\"", "\"key\": \"paid\"", "key: 'paid' is no text field of the feed"},
        {"\"take\": \"town\"", "\"take\": \"who\"", "field 'who' is defined twice"},
        {", \"take\": \"town\"", "", "each must be an object with file, key and take"},
        {"\"daily\": {", "\"../x\": {", "'../x' cannot name a report"},
        {"[\"town\", ", "[\"twon\", ", "no field 'twon'; did you mean 'town'?"},
        {"tier!=low", "tier!=lwo", "'lwo' is no value of 'tier'; did you mean 'low'?"},
        {"\"dedupe\": \"id\"", "\"dedupe\": \"idd\"", "dedupe: no field 'idd'"},
        {"\"dedupe\": \"id\"", "\"dedupe\": \"id,town,tier,who,at\"",
         "dedupe: 'at' is one too many: at most 4"},
        {"\"of\": \"count\"", "\"of\": \"sum:paid\"",
         "column 'n': 'sum:paid' is neither grouped by nor measured"},
        {"{\"name\": \"t\", \"of\": \"tier\"}, ", "",
         "columns: the grouping field 'tier' has none"},
        {"\"decimals\": 1", "\"decimals\": 10", "decimals: must be a whole number from 0 to 9"},
        {"\"dedupe\"", "\"dedup\"", "reports.daily.dedup: unknown member; did you mean 'dedupe'?"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[2048];
        struct error error = {.text = ""};
        const char *at = strstr(PARTS, table[i].from);
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - PARTS), PARTS, table[i].to,
                 at + strlen(table[i].from));
        struct definition *definition = read_shop(text, &error);
        if (definition || !strstr(error.text, table[i].wanted))
            fail_msg("%s\nsaid: %s\nwanted: %s", table[i].to, error.text, table[i].wanted);
    }
}

static void digest_of(const char *members, const char *report, char out[SHA256_TEXT])
{
    struct error error = {.text = ""};
    struct sha256 sha;
    struct definition *definition = read_shop(members, &error);
    if (!definition || definition_use_report(definition, report, &error) != STATUS_OK ||
        definition_compile(definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    sha256_init(&sha);
    definition_digest(definition, &sha);
    sha256_text(&sha, out);
    definition_free(definition);
}

static void digest_follows_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } table[] = {{"\"5\"", "\"6\""},
                 {"\"low\"", "\"poor\""},
                 {"c.csv", "d.csv"},
                 {"tier!=low", "tier!=mid"},
                 {"\"name\": \"n\"", "\"name\": \"m\""},
                 {"\"decimals\": 1", "\"decimals\": 2"},
                 {", \"dedupe\": \"id\"", ""},
                 {"\"dedupe\": \"id\"", "\"dedupe\": [\"id\", \"who\"]"}};
    char first[SHA256_TEXT], other[SHA256_TEXT];
    digest_of(PARTS, "daily", first);
    digest_of(PARTS, "daily", other);
    assert_string_equal(first, other);
    digest_of(PARTS, "summary", other);
    assert_string_not_equal(first, other);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[2048];
        const char *at = strstr(PARTS, table[i].from);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - PARTS), PARTS, table[i].to,
                 at + strlen(table[i].from));
        if (strcmp(table[i].to, "\"poor\"") == 0)
            memcpy(strstr(text, "tier!=low"), "tier!=mid", 9);
        digest_of(text, "daily", other);
        assert_string_not_equal(first, other);
    }
}

static void formulas(void **state)
{
    (void)state;
    static const char *const evil[] = {"=1",
                                       "+1",
                                       "-1",
                                       "@x",
                                       "\tx",
                                       "\rx",
                                       " =1",
                                       "\"=1",
                                       "' \"=1",
                                       "\xEF\xBC\x9Dx",
                                       "-",
                                       " \xEF\xBC\xA0",
                                       "=cmd|' /C calc'!A0"};
    static const char *const plain[] = {"", " ", "x=1", "1-2", "\xEF\xBC", "(other)", "\xC3\x8Ele"};
    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++)
        assert_true(output_is_formula(evil[i], strlen(evil[i])));
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        assert_false(output_is_formula(plain[i], strlen(plain[i])));
    assert_true(output_is_formula("\0=", 2));
}

static void progress_lines(void **state)
{
    (void)state;
    char line[PROGRESS_TEXT];
    assert_string_equal(progress_line("batch", 1000000000, 2000000000, 2000000000, line),
                        "[##########..........]  50 % of 2.0 GB  500 MB/s  2 s left  batch");
    assert_string_equal(progress_line("batch", 0, 999, 1000000000, line),
                        "[....................]   0 % of 999 B  0 B/s  0 s left  batch");
    assert_string_equal(progress_line("batch", 12000, 10000, 1000000000, line),
                        "[####################] 100 % of 10 kB  12 kB/s  0 s left  batch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_used),       cmocka_unit_test(summary_is_the_definition),
        cmocka_unit_test(dedupe_names_fields),    cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(digest_follows_meaning), cmocka_unit_test(formulas),
        cmocka_unit_test(progress_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
