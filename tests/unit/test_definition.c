/*
 * Protects: what a definition may say and what it may not, each refusal with words that help; the
 * slots that compiling assigns; filters as written; rules; the built-in definitions.
 */
#include "core/definition_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char usual[] =
    "{\n"
    "  \"name\": \"shop\",\n"
    "  \"zone\": \"+01:00\",\n"
    "  \"fields\": {\n"
    "    \"id\":     {\"type\": \"text\", \"required\": true},\n"
    "    \"amount\": {\"type\": \"money\", \"places\": 2, \"positive\": true},\n"
    "    \"pieces\": {\"type\": \"int\", \"column\": [\"n\", \"basket.pieces\"]},\n"
    "    \"region\": {\"type\": \"text\", \"values\": [\"North\", \"South\"]},\n"
    "    \"at\":     {\"type\": \"time\"},\n"
    "    \"sent\":   {\"type\": \"time\", \"zone\": \"UTC\"}\n"
    "  },\n"
    "  \"time\": \"at\",\n"
    "  \"id\": [\"id\"],\n"
    "  \"where\": [\"amount >= 1.50\", \"region!=South\"],\n"
    "  \"group_by\": [\"region\", \"date\"],\n"
    "  \"measures\": [\"count\", \"sum:amount\", \"max:pieces\", \"avg:amount\"]\n"
    "}\n";

static struct definition *read_text(const char *text, struct error *error)
{
    return definition_from_json(text, strlen(text), "shop.json", error);
}

static struct definition *read_usual(void)
{
    struct error error;
    struct definition *definition = read_text(usual, &error);
    if (!definition)
        fail_msg("%s", error.text);
    return definition;
}

static void test_a_definition_is_read_and_compiled(void **state)
{
    (void)state;
    struct error error;
    struct definition *d = read_usual();
    assert_int_equal(definition_compile(d, &error), STATUS_OK);
    assert_string_equal(d->name, "shop");
    assert_int_equal(d->fields_len, 6);
    assert_int_equal(d->time_field, definition_field(d, "at"));
    assert_true(d->fields[d->time_field].required);
    assert_int_equal(zone_offset(d->fields[4].zone, 0), MS_PER_HOUR);
    assert_int_equal(zone_offset(d->fields[5].zone, 0), 0);
    assert_string_equal(d->fields[2].columns[1], "basket.pieces");
    assert_string_equal(d->fields[0].columns[0], "id");
    assert_int_equal(d->group_by_len, 2);
    assert_int_equal(d->group_by[0].kind, GROUP_FIELD);
    assert_int_equal(d->group_by[1].kind, GROUP_DATE);
    assert_int_equal(d->measures_len, 4);
    /* one slot for each operand, however often it is used */
    assert_int_equal(d->value_fields_len, 2);
    assert_int_equal(d->measures[0].slot, -1);
    assert_int_equal(d->measures[1].slot, 0);
    assert_int_equal(d->measures[2].slot, 1);
    assert_int_equal(d->measures[3].slot, 0);
    assert_int_equal(d->measures[3].places, 2);
    assert_string_equal(d->measures[3].name, "avg:amount");
    assert_int_equal(d->value_field[1], definition_field(d, "pieces"));
    assert_false(d->needs_lifecycle);
    definition_free(d);
}

/* `usual` with the first `from` replaced. */
static char *changed(const char *from, const char *to)
{
    const char *at = strstr(usual, from);
    size_t size = sizeof usual + strlen(to);
    char *text = malloc(size);
    assert_non_null(at);
    assert_non_null(text);
    snprintf(text, size, "%.*s%s%s", (int)(at - usual), usual, to, at + strlen(from));
    return text;
}

static void test_what_is_wrong_is_said_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *wanted;
    } table[] = {
        {"\"measures\"", "\"mesures\"",
         "line 16: mesures: unknown member; did you mean 'measures'"},
        {"\"zone\": \"+01:00\"", "\"colour\": 1", "line 3: colour: unknown member"},
        {"+01:00", "../../etc/passwd", "line 3: zone '../../etc/passwd' cannot be a name"},
        {"+01:00", "Nowhere/Town", "line 3: zone 'Nowhere/Town'"},
        {"\"+01:00\"", "1", "line 3: zone: must be a text"},
        {"\"places\"", "\"palces\"",
         "line 6: fields.amount.palces: unknown member; did you mean 'pl"},
        {"\"places\": 2", "\"places\": 10", "line 6: fields.amount.places: must be a whole number"},
        {"\"places\": 2", "\"places\": 2.0", "must be a whole number"},
        {"\"places\": 2, ", "", "line 6: fields.amount: money needs places"},
        {"\"int\"", "\"float\"", "line 7: fields.pieces.type: must be \"text\""},
        {"\"type\": \"int\", ", "", "line 7: fields.pieces: needs a type"},
        {"\"type\": \"int\"", "\"type\": \"int\", \"places\": 1",
         "places and currency are for money"},
        {"\"type\": \"int\"", "\"type\": \"text\", \"positive\": true",
         "positive is for money and int"},
        {"\"type\": \"int\"", "\"type\": \"int\", \"values\": [\"1\"]", "values are for text"},
        {"\"type\": \"int\"", "\"type\": \"int\", \"zone\": \"UTC\"", "zone is for times"},
        {"true}", "1}", "line 5: fields.id.required: must be true or false"},
        {"\"South\"]", "\"North\"]", "line 8: fields.region.values: a text stands twice"},
        {"\"South\"]", "\"\"]", "line 8: fields.region.values: must be a text or a list"},
        {"\"pieces\":", "\"pie ces\":", "line 7: 'pie ces' cannot name a field"},
        {"\"time\": \"at\"", "\"time\": \"att\"",
         "line 12: time: no field 'att'; did you mean 'at'?"},
        {"\"time\": \"at\"", "\"time\": \"id\"", "line 12: time: the type of 'id' is not time"},
        {"  \"time\": \"at\",\n", "", "'time' is missing"},
        {"[\"id\"]", "[\"idx\"]", "id: no field 'idx'; did you mean 'id'?"},
        {"amount >= 1.50", "amount >= 1.505", "line 14: where: '1.505' has more decimals"},
        {"\"date\"]", "\"regoin\"]",
         "line 15: group_by: no field 'regoin'; did you mean 'region'?"},
        {"\"date\"]", "\"region\"]", "line 15: group_by: a text stands twice"},
        {"sum:amount", "sum:region", "measure 'sum:region': 'region' is no number"},
        {"sum:amount", "sum", "measure 'sum' needs a field"},
        {"sum:amount", "summ:amount", "no measure 'summ'; did you mean 'sum'?"},
        {"sum:amount", "distinct:idd", "no field 'idd'"},
        {"sum:amount", "open", "'open' needs a lifecycle"},
        {"\"name\": \"shop\"", "\"name\": \"my shop\"", "name: 'my shop' must be letters"},
        {"\"name\": \"shop\",", "\"name\": \"shop\"", "line 3"},
        {"\"time\": \"at\"", "\"name\": \"x\", \"time\": \"at\"", "duplicate"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error error = {.text = "no error"};
        char *text = changed(table[i].from, table[i].to);
        struct definition *d = read_text(text, &error);
        if (d && definition_compile(d, &error) == STATUS_OK)
            fail_msg("'%s' was accepted", table[i].to);
        if (!strstr(error.text, table[i].wanted))
            fail_msg("'%s': says '%s', wanted '%s'", table[i].to, error.text, table[i].wanted);
        definition_free(d);
        free(text);
    }
}

static void test_not_an_object(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[]", "7", "{", "{}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct error error;
        assert_null(read_text(texts[i], &error));
        assert_int_equal(error.code, STATUS_BAD_DEFINITION);
        assert_non_null(strstr(error.text, "shop.json"));
    }
}

static void test_overrides_replace(void **state)
{
    (void)state;
    struct error error;
    struct definition *d = read_usual();
    assert_int_equal(definition_set_group_by(d, " hour , region", &error), STATUS_OK);
    assert_int_equal(d->group_by_len, 2);
    assert_int_equal(d->group_by[0].kind, GROUP_HOUR);
    assert_int_equal(definition_set_group_by(d, "id,nothing", &error), STATUS_BAD_DEFINITION);
    assert_int_equal(d->group_by_len, 2); /* a refused list leaves the old one */
    assert_int_equal(definition_set_group_by(d, "", &error), STATUS_OK);
    assert_int_equal(d->group_by_len, 0);
    assert_int_equal(definition_set_measures(d, "count, sum:pieces", &error), STATUS_OK);
    assert_int_equal(d->measures_len, 2);
    assert_string_equal(d->measures[1].name, "sum:pieces");
    assert_int_equal(definition_set_measures(d, "count,count", &error), STATUS_BAD_DEFINITION);
    assert_int_equal(definition_set_measures(d, "count:id", &error), STATUS_BAD_DEFINITION);
    assert_int_equal(definition_set_group_by(d, "id,amount,pieces,region,at,sent,date", &error),
                     STATUS_LIMIT);
    definition_free(d);
}

static void test_a_field_named_date_wins(void **state)
{
    (void)state;
    struct error error;
    struct definition *d = definition_new("x");
    assert_int_equal(definition_add_field(d, "at", FIELD_TIME, NULL, &error), STATUS_OK);
    assert_int_equal(definition_add_field(d, "date", FIELD_TEXT, NULL, &error), STATUS_OK);
    assert_int_equal(definition_set_group_by(d, "date,hour", &error), STATUS_OK);
    assert_int_equal(d->group_by[0].kind, GROUP_FIELD);
    assert_int_equal(d->group_by[1].kind, GROUP_HOUR);
    definition_free(d);
}

static void test_without_measures(void **state)
{
    (void)state;
    struct error error;
    struct definition *d = definition_new("x");
    assert_int_equal(definition_compile(d, &error), STATUS_BAD_DEFINITION);
    assert_non_null(strstr(error.text, "event time"));
    assert_int_equal(definition_add_field(d, "at", FIELD_TIME, NULL, &error), STATUS_OK);
    assert_int_equal(definition_add_field(d, "at", FIELD_TEXT, NULL, &error),
                     STATUS_BAD_DEFINITION);
    assert_int_equal(definition_set_time(d, "at", &error), STATUS_OK);
    assert_int_equal(definition_compile(d, &error), STATUS_OK);
    assert_int_equal(d->measures_len, 1);
    assert_string_equal(d->measures[0].name, "count");
    definition_free(d);
}

static void test_limits(void **state)
{
    (void)state;
    struct error error;
    struct definition *d = definition_new("x");
    for (int i = 0; i < FIELDS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(definition_add_field(d, name, FIELD_INT, NULL, &error), STATUS_OK);
    }
    assert_int_equal(definition_add_field(d, "more", FIELD_INT, NULL, &error), STATUS_LIMIT);
    assert_int_equal(
        definition_set_measures(d, "sum:n0,sum:n1,sum:n2,sum:n3,sum:n4,sum:n5", &error), STATUS_OK);
    d->fields[31].type = FIELD_TIME;
    assert_int_equal(definition_set_time(d, "n31", &error), STATUS_OK);
    assert_int_equal(definition_compile(d, &error), STATUS_LIMIT); /* EVENT_VALUES_MAX */
    for (int i = 0; i < FILTERS_MAX; i++)
        assert_int_equal(definition_add_filter(d, "n1 present", &error), STATUS_OK);
    assert_int_equal(definition_add_filter(d, "n1 present", &error), STATUS_LIMIT);
    definition_free(d);
}

static void test_filters(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
        enum filter_op op;
        int operands;
        const char *first;
        int64_t number;
    } table[] = {
        {"id=7", "id", FILTER_EQ, 1, "7", 0},
        {" id = a b ", "id", FILTER_EQ, 1, "a b", 0},
        {"id=a=b", "id", FILTER_EQ, 1, "a=b", 0},
        {"region!=South", "region", FILTER_NE, 1, "South", 0},
        {"amount>500.00", "amount", FILTER_GT, 1, "500.00", 50000},
        {"amount>=500", "amount", FILTER_GE, 1, "500", 50000},
        {"amount<-0.01", "amount", FILTER_LT, 1, "-0.01", -1},
        {"amount<=1", "amount", FILTER_LE, 1, "1", 100},
        {"pieces in 3, 4,5", "pieces", FILTER_IN, 3, "3", 3},
        {"id in in,missing", "id", FILTER_IN, 2, "in", 0},
        {"id missing", "id", FILTER_MISSING, 0, NULL, 0},
        {"amount  present", "amount", FILTER_PRESENT, 0, NULL, 0},
        {"at>=2026-01-05", "at", FILTER_GE, 1, "2026-01-05", 1767571200000 - MS_PER_HOUR},
        {"sent<2026-01-05", "sent", FILTER_LT, 1, "2026-01-05", 1767571200000},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error error;
        struct definition *d = read_usual();
        if (definition_add_filter(d, table[i].text, &error) != STATUS_OK)
            fail_msg("'%s': %s", table[i].text, error.text);
        const struct filter *filter = &d->filters[2];
        assert_int_equal(filter->field, definition_field(d, table[i].field));
        assert_int_equal(filter->op, table[i].op);
        assert_int_equal(filter->operands_len, table[i].operands);
        assert_int_equal(filter->number, table[i].number);
        if (table[i].first)
            assert_string_equal(filter->texts[0], table[i].first);
        assert_string_equal(filter->source, table[i].text);
        definition_free(d);
    }
}

static void test_filters_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } table[] = {
        {"", "not understood"},
        {"id", "not understood"},
        {"=7", "not understood"},
        {"id == 7", "not understood"},
        {"id= =7", NULL}, /* a text that begins with '=' */
        {"id ~ 7", "not understood"},
        {"id in", "not understood"},
        {"id in ,", "lacks a value"},
        {"id in a,,b", "lacks a value"},
        {"id=", "lacks a value; for absent ones write 'id missing'"},
        {"idd=7", "did you mean 'id'?"},
        {"id>7", "compares text"},
        {"region=Nort", "'Nort' is no value of 'region'; did you mean 'North'?"},
        {"amount=x", "'x' is no number for 'amount'"},
        {"pieces=1.5", "has more decimals than 'pieces', which has 0"},
        {"at>yesterday", "'yesterday' is no time"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error error = {.text = ""};
        struct definition *d = read_usual();
        enum status status = definition_add_filter(d, table[i].text, &error);
        if (!table[i].wanted) {
            assert_int_equal(status, STATUS_OK);
        } else {
            assert_int_equal(status, STATUS_BAD_DEFINITION);
            assert_int_equal(d->filters_len, 2);
            if (!strstr(error.text, table[i].wanted))
                fail_msg("'%s': says '%s'", table[i].text, error.text);
        }
        definition_free(d);
    }
}

static void test_suggestions(void **state)
{
    (void)state;
    static const char *const names[] = {"High", "Medium", "Low", "priority"};
    assert_string_equal(definition_suggest("high", names, 4), "High");
    assert_string_equal(definition_suggest("Lwo", names, 4), "Low");
    assert_string_equal(definition_suggest("priorty", names, 4), "priority");
    assert_null(definition_suggest("customer", names, 4));
    assert_null(definition_suggest("", names, 4));
}

/* `usual` with these rules at its end. */
static struct definition *with_rules(const char *rules, struct error *error)
{
    char text[4096];
    snprintf(text, sizeof text, "%.*s,\n  \"rules\": [\n%s]\n}\n",
             (int)(strrchr(usual, '}') - usual - 1), usual, rules);
    return read_text(text, error);
}

static void test_rules(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    struct definition *d =
        with_rules("{\"name\": \"many\", \"more_than\": 5, \"per\": \"id\", \"within\": \"5m\","
                   " \"when\": \"pieces>1\"},\n"
                   "{\"name\": \"large\", \"when\": [\"amount>10000.00\", \"region=North\"],"
                   " \"alert\": \"LARGE\"}\n",
                   &error);
    if (!d || definition_compile(d, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(d->rules_len, 2);
    const struct rule *many = &d->rules[0], *large = &d->rules[1];
    assert_int_equal(many->kind, RULE_VELOCITY);
    assert_int_equal(many->more_than, 5);
    assert_int_equal(many->within_ms, 300000);
    assert_int_equal(many->conditions, 1);
    assert_string_equal(many->alert, "many");
    assert_int_equal(large->kind, RULE_EVENT);
    assert_int_equal(large->conditions, 6);
    assert_string_equal(large->alert, "LARGE");
    assert_int_equal(large->per, -1);
    assert_int_equal(d->conditions[1].number, 1000000);
    assert_int_equal(d->per_field, definition_field(d, "id"));
    assert_int_equal(d->pair_rule, -1);
    assert_int_equal(d->value_field[d->alert_slot], definition_field(d, "amount"));
    assert_false(d->needs_steps);
    definition_free(d);
}

#define PAIR "{\"field\": \"region\", \"opens\": \"North\", \"needs\": \"South\", \"ref\": "

static void test_rules_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rules, *wanted;
    } table[] = {
        {"{}", "line 17: rules: each rule is an object with a name"},
        {"7", "each rule is an object with a name"},
        {"{\"name\": \"a b\"}", "'a b' cannot name a rule"},
        {"{\"name\": \"a\"}", "rule 'a': needs `when`"},
        {"{\"name\": \"a\", \"when\": \"id=1\"},\n{\"name\": \"a\"}", "rule 'a' is defined twice"},
        {"{\"name\": \"a\", \"when\": \"id=1\"},\n{\"name\": \"b\",\n \"when\": \"idd=1\"}",
         "line 20: where: no field 'idd'; did you mean 'id'?"},
        {"{\"name\": \"a\",\n \"wen\": \"id=1\"}",
         "line 19: rules.a.wen: unknown member; did you mean 'when'?"},
        {"{\"name\": \"a\", \"more_than\": 0}", "rules.a.more_than: must be a whole number from 1"},
        {"{\"name\": \"a\", \"more_than\": 501}", "must be a whole number from 1 to 500"},
        {"{\"name\": \"a\", \"more_than\": 5}", "rules.a: more_than needs within"},
        {"{\"name\": \"a\", \"more_than\": 5, \"within\": \"5m\"}", "more_than needs `per`"},
        {"{\"name\": \"a\", \"more_than\": 5, \"within\": \"5\", \"per\": \"id\"}",
         "rules.a.within: must be a duration"},
        {"{\"name\": \"a\", \"more_than\": 5, \"within\": \"5m\", \"per\": \"amount\"}",
         "the field of `per` must be text or int"},
        {"{\"name\": \"a\", \"when\": \"id=1\", \"per\": \"id\"},"
         "{\"name\": \"b\", \"when\": \"id=1\", \"per\": \"region\"}",
         "rule 'b': per 'region', but another rule has per 'id'"},
        {"{\"name\": \"a\", \"when\": \"id=1\", \"within\": \"5m\"}",
         "within belongs to more_than or pair"},
        {"{\"name\": \"a\", \"where\": \"id=1\"}", "where belongs to open_longer_than"},
        {"{\"name\": \"a\", \"open_longer_than\": \"4h\"}", "needs a lifecycle"},
        {"{\"name\": \"a\", \"open_longer_than\": \"4h\", \"when\": \"id=1\"}", "write where"},
        {"{\"name\": \"a\", \"open_longer_than\": \"4h\", \"more_than\": 5, \"within\": \"5m\"}",
         "is one of more_than, open_longer_than and pair"},
        {"{\"name\": \"a\", \"alert\": \"\"}", "rules.a.alert: must be a text"},
        {"{\"name\": \"a\", \"pair\": 7}", "must be an object with field, opens, ref and needs"},
        {"{\"name\": \"a\", \"pair\": " PAIR "\"idd\"}}", "did you mean 'id'?"},
        {"{\"name\": \"a\", \"pair\": " PAIR "\"amount\"}}", "'amount' must be text"},
        {"{\"name\": \"a\", \"pair\": " PAIR "\"id\"}}", "must be two fields"},
        {"{\"name\": \"a\", \"pair\": " PAIR "\"region\"}},"
         "{\"name\": \"b\", \"pair\": " PAIR "\"region\"}}",
         "only one rule can have a pair"},
        {"{\"name\": \"a\", \"pair\": {\"field\": \"region\", \"opens\": \"East\","
         " \"needs\": \"South\", \"ref\": \"region\"}}",
         "rules.a.pair: opens and needs must be values"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error error = {.text = ""};
        struct definition *d = with_rules(table[i].rules, &error);
        assert_true(!d || definition_compile(d, &error) != STATUS_OK);
        if (!strstr(error.text, table[i].wanted))
            fail_msg("'%s': says '%s'", table[i].rules, error.text);
        definition_free(d);
    }
}

static void test_too_many_rules(void **state)
{
    (void)state;
    struct error error;
    struct rule *rule;
    char name[16];
    struct definition *d = read_usual();
    for (int i = 0; i < RULES_MAX; i++) {
        snprintf(name, sizeof name, "r%d", i);
        assert_int_equal(definition_add_rule(d, name, &rule, &error), STATUS_OK);
    }
    for (int i = 0; i < CONDITIONS_MAX; i++)
        assert_int_equal(definition_add_condition(d, rule, "id=1", &error), STATUS_OK);
    assert_int_equal(rule->conditions, UINT32_MAX);
    assert_int_equal(definition_add_condition(d, rule, "id=1", &error), STATUS_LIMIT);
    assert_int_equal(definition_add_rule(d, "more", &rule, &error), STATUS_LIMIT);
    definition_free(d);
}

static void test_built_in(void **state)
{
    (void)state;
    struct error error;
    for (size_t i = 0; i < definition_builtin_count; i++) {
        struct definition *d = definition_builtin(definition_builtin_names[i]);
        assert_string_equal(d->name, definition_builtin_names[i]);
        assert_int_equal(definition_compile(d, &error), STATUS_OK);
        definition_free(d);
    }
    assert_null(definition_builtin("nothing"));
    struct definition *d = definition_builtin("tickets");
    assert_int_equal(definition_compile(d, &error), STATUS_OK);
    assert_true(d->has_lifecycle && d->needs_lifecycle);
    const struct field *priority = &d->fields[definition_field(d, "priority")];
    assert_string_equal(priority->values[0], "High");
    assert_string_equal(priority->values[2], "Low");
    assert_string_equal(d->measures[0].name, "open");
    assert_int_equal(d->rules_len, 2);
    assert_int_equal(d->rules[1].kind, RULE_SLA);
    assert_int_equal(d->rules[1].limit_ms, 4 * MS_PER_HOUR);
    definition_free(d);
    d = definition_builtin("payments");
    assert_int_equal(definition_compile(d, &error), STATUS_OK);
    assert_int_equal(d->rules_len, 4);
    assert_string_equal(d->rules[0].alert, "POTENTIAL_FRAUD");
    assert_int_equal(d->rules[1].more_than, 5);
    assert_int_equal(d->rules[1].within_ms, 300000);
    assert_int_equal(d->pair_rule, 3);
    assert_int_equal(d->rules[3].within_ms, 120000);
    assert_string_equal(d->fields[d->rules[3].pair.id].name, "event_id");
    definition_free(d);
}

static void test_files(void **state)
{
    (void)state;
    struct error error;
    char path[] = "/tmp/test_definition_XXXXXX";
    assert_null(definition_from_file("/nowhere/shop.json", &error));
    assert_int_equal(error.code, STATUS_NOT_FOUND);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, usual, sizeof usual - 1), sizeof usual - 1);
    struct definition *d = definition_from_file(path, &error);
    assert_non_null(d);
    definition_free(d);
    assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
    assert_null(definition_from_file(path, &error));
    assert_int_equal(error.code, STATUS_LIMIT);
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_definition_is_read_and_compiled),
        cmocka_unit_test(test_what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(test_not_an_object),
        cmocka_unit_test(test_overrides_replace),
        cmocka_unit_test(test_a_field_named_date_wins),
        cmocka_unit_test(test_without_measures),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_filters_refused),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_rules_refused),
        cmocka_unit_test(test_too_many_rules),
        cmocka_unit_test(test_built_in),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
