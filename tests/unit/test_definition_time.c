/*
 * Protects: what a definition may say about windows, the watermark and ids (S-25, S-41, S-42), its
 * defaults, and each refusal with words that help.
 */
#include "core/definition_json.h"

#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>

/* A definition with these members besides. */
static struct definition *read_with(const char *members, struct error *error)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"name\": \"x\", \"time\": \"at\", \"fields\": {\n"
             " \"at\": {\"type\": \"time\"}, \"id\": {\"type\": \"text\"},\n"
             " \"who\": {\"type\": \"text\"}}%s%s}",
             *members ? ",\n" : "", members);
    return definition_from_json(text, strlen(text), "x.json", error);
}

static struct definition *compiled_with(const char *members)
{
    struct error error = {.text = ""};
    struct definition *d = read_with(members, &error);
    if (!d || definition_compile(d, &error) != STATUS_OK)
        fail_msg("%s: %s", members, error.text);
    return d;
}

static void test_defaults(void **state)
{
    (void)state;
    struct definition *d = compiled_with("");
    assert_int_equal(d->watermark.delay_ms, 60 * MS_PER_SECOND);
    assert_int_equal(d->watermark.lateness_ms, 9 * MS_PER_MINUTE);
    assert_int_equal(d->watermark.idle_ms, 60 * MS_PER_SECOND);
    assert_int_equal(d->watermark.future_ms, 5 * MS_PER_MINUTE);
    assert_int_equal(d->watermark.jump_ms, MS_PER_HOUR);
    assert_int_equal(d->watermark.jump_events, 3);
    assert_int_equal(d->window.size_ms, 5 * MS_PER_MINUTE);
    assert_int_equal(d->window.slide_ms, 5 * MS_PER_MINUTE);
    assert_int_equal(d->window.session_ms, 0);
    assert_int_equal(d->window.per, -1);
    assert_false(d->window.asked);
    assert_int_equal(d->on_conflict, CONFLICT_COUNT);
    assert_false(d->needs_dedupe);
    assert_int_equal(d->horizon_ms, MS_PER_DAY);
    definition_free(d);
}

static void test_watermark(void **state)
{
    (void)state;
    struct definition *d =
        compiled_with("\"watermark\": {\"delay\": \"10m\", \"lateness\": \"0s\", \"idle\": \"5s\","
                      " \"future\": \"0\", \"jump\": \"2h\"}");
    assert_int_equal(d->watermark.delay_ms, 10 * MS_PER_MINUTE);
    assert_int_equal(d->watermark.lateness_ms, 0);
    assert_int_equal(d->watermark.idle_ms, 5 * MS_PER_SECOND);
    assert_int_equal(d->watermark.future_ms, 0);
    assert_int_equal(d->watermark.jump_ms, 2 * MS_PER_HOUR);
    definition_free(d);
    d = compiled_with("\"watermark\": {\"delay\": \"0s\"}");
    assert_int_equal(d->watermark.delay_ms, 0);
    assert_int_equal(d->watermark.lateness_ms, 9 * MS_PER_MINUTE);
    definition_free(d);
    /* H is at least B + A, or a late duplicate would be forgotten before it can come */
    d = compiled_with("\"watermark\": {\"delay\": \"20h\", \"lateness\": \"5h\"}");
    assert_int_equal(d->horizon_ms, 25 * (int64_t)MS_PER_HOUR);
    definition_free(d);
}

static void test_window(void **state)
{
    (void)state;
    struct definition *d = compiled_with("\"window\": {\"size\": \"1h\", \"slide\": \"10m\"}");
    assert_int_equal(d->window.size_ms, MS_PER_HOUR);
    assert_int_equal(d->window.slide_ms, 10 * MS_PER_MINUTE);
    assert_true(d->window.asked);
    definition_free(d);
    d = compiled_with("\"window\": {\"slide\": \"5m\"}");
    assert_int_equal(d->window.slide_ms, d->window.size_ms);
    definition_free(d);
    d = compiled_with("\"window\": {\"per\": \"who\", \"session\": \"30m\"}");
    assert_int_equal(d->window.session_ms, 30 * MS_PER_MINUTE);
    assert_int_equal(d->window.per, definition_field(d, "who"));
    definition_free(d);
}

static void test_id(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum on_conflict policy;
    } table[] = {{"count", CONFLICT_COUNT}, {"first", CONFLICT_FIRST}, {"reject", CONFLICT_REJECT}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char members[128];
        snprintf(members, sizeof members, "\"id\": [\"id\", \"who\"], \"on_conflict\": \"%s\"",
                 table[i].word);
        struct definition *d = compiled_with(members);
        assert_int_equal(d->on_conflict, table[i].policy);
        assert_int_equal(d->id_fields_len, 2);
        assert_true(d->needs_dedupe);
        definition_free(d);
    }
    struct error error;
    struct definition *d = read_with("\"id\": \"id\"", &error);
    d->no_dedupe = true;
    assert_int_equal(definition_compile(d, &error), STATUS_OK);
    assert_false(d->needs_dedupe);
    definition_free(d);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *members, *wanted;
    } table[] = {
        {"\"watermark\": \"60s\"", "line 4: watermark: must be an object, as {\"delay\": \"60s\"}"},
        {"\"watermark\": {\"dely\": \"60s\"}",
         "line 4: watermark.dely: unknown member; did you mean 'delay'?"},
        {"\"watermark\": {\"delay\": 60}", "line 4: watermark.delay: must be a duration, as"},
        {"\"watermark\": {\"delay\": \"60\"}", "watermark.delay: must be a duration, as"},
        {"\"watermark\": {\"delay\": \"-1s\"}", "watermark.delay: must be a duration, as"},
        {"\"watermark\": {\"idle\": \"0s\"}", "watermark.idle: must be a duration, as"},
        {"\"watermark\": {\"jump\": \"0s\"}", "watermark.jump: must be a duration, as"},
        {"\"window\": {}", "line 4: window: must be an object, as {\"size\": \"5m\"}"},
        {"\"window\": \"5m\"", "window: must be an object, as"},
        {"\"window\": {\"size\": \"0s\"}", "window.size: must be a duration, as"},
        {"\"window\": {\"sise\": \"5m\"}", "window.sise: unknown member; did you mean 'size'?"},
        {"\"window\": {\"size\": \"1m\", \"slide\": \"2m\"}",
         "a slide of 2 min is longer than the size, 1 min"},
        {"\"window\": {\"session\": \"30m\", \"size\": \"5m\"}", "a session has no size"},
        {"\"window\": {\"session\": \"30m\", \"slide\": \"5m\"}", "a session has no size"},
        {"\"window\": {\"size\": \"5m\", \"per\": \"who\"}", "per goes with session"},
        {"\"window\": {\"session\": \"5m\", \"per\": \"whom\"}",
         "line 4: window.per: no field 'whom'; did you mean 'who'?"},
        {"\"window\": {\"session\": \"5m\", \"per\": 7}",
         "window.per: must be the name of a field"},
        {"\"on_conflict\": \"last\", \"id\": \"id\"",
         "line 4: on_conflict: must be \"count\", \"first\" or \"reject\""},
        {"\"on_conflict\": \"first\"", "on_conflict: definition 'x' has no id that could conflict"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error error = {.text = "no error"};
        struct definition *d = read_with(table[i].members, &error);
        if (d && definition_compile(d, &error) == STATUS_OK)
            fail_msg("'%s' was accepted", table[i].members);
        if (!strstr(error.text, table[i].wanted))
            fail_msg("'%s': says '%s', wanted '%s'", table[i].members, error.text, table[i].wanted);
        definition_free(d);
    }
}

static void test_built_in(void **state)
{
    (void)state;
    static const struct {
        const char *name, *first, *second;
    } table[] = {{"tickets", "ticket_id", "status"},
                 {"payments", "event_id", NULL},
                 {"orders", "order_id", NULL}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct error error;
        struct definition *d = definition_builtin(table[i].name);
        assert_int_equal(definition_compile(d, &error), STATUS_OK);
        assert_true(d->needs_dedupe);
        assert_int_equal(d->on_conflict, CONFLICT_COUNT);
        assert_int_equal(d->id_fields_len, table[i].second ? 2 : 1);
        assert_int_equal(d->id_fields[0], definition_field(d, table[i].first));
        if (table[i].second)
            assert_int_equal(d->id_fields[1], definition_field(d, table[i].second));
        definition_free(d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_watermark),
        cmocka_unit_test(test_window),   cmocka_unit_test(test_id),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_built_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
