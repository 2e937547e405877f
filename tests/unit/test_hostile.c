/*
 * Guards: chosen keys do not flood a table (D-08): pairs of groups that all fell into one place by
 * the fixed factor the index once had cost no more than others; far events and full symbols are
 * told (D-05, D-07); what a redacted field says is a token, by its key alone (D-17).
 */
#include "tests/unit/support.h"

#include "core/clock.h"
#include "core/definition_redact.h"
#include "core/limits.h"
#include "core/pipeline.h"
#include "core/tally.h"
#include "tui/limits_text.h"

#include <stdlib.h>

enum { PAIRS = 3000, ROUNDS = 30, PLACES = 1 << 15 };

/* The pairs that a hash with a known factor puts into one place of a table of PLACES. */
static size_t chosen_pairs(symbol pairs[PAIRS][EVENT_KEYS_MAX])
{
    const uint64_t factor = 0x9E3779B97F4A7C15U;
    size_t len = 0;
    for (symbol a = SYMBOL_FIRST; len < PAIRS && a < 1 << 15; a++)
        for (symbol b = SYMBOL_FIRST; len < PAIRS && b < 1 << 14; b++)
            if ((((a * factor) ^ b) * factor >> 32 & (PLACES - 1)) == 77) {
                pairs[len][0] = a;
                pairs[len++][1] = b;
            }
    return len;
}

static mono_ns time_to_count(const struct definition *definition,
                             symbol pairs[PAIRS][EVENT_KEYS_MAX])
{
    struct tally *tally = tally_new(definition, SIZE_MAX);
    mono_ns began = clock_thread_cpu_ns();
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < PAIRS; i++) {
            struct event event = {.key = {pairs[i][0], pairs[i][1]}};
            tally_add(tally, &event);
        }
    mono_ns took = clock_thread_cpu_ns() - began;
    assert_int_equal(tally_len(tally), PAIRS);
    tally_free(tally);
    return took;
}

static void chosen_groups_cost_no_more(void **state)
{
    (void)state;
    static symbol chosen[PAIRS][EVENT_KEYS_MAX], plain[PAIRS][EVENT_KEYS_MAX];
    struct definition *definition = make_definition("key,other_key", "count");
    assert_int_equal(chosen_pairs(chosen), PAIRS);
    for (symbol i = 0; i < PAIRS; i++) {
        plain[i][0] = SYMBOL_FIRST + i;
        plain[i][1] = SYMBOL_FIRST + i % 7;
    }
    mono_ns usual = time_to_count(definition, plain), flood = time_to_count(definition, chosen);
    if (flood > 15 * usual)
        fail_msg("plain keys took %lld us, chosen ones %lld us", (long long)usual / 1000,
                 (long long)flood / 1000);
    definition_free(definition);
}

static void limits_are_told(void **state)
{
    (void)state;
    struct limits limits = {.met = {0}};
    char text[LIMITS_SENTENCE];
    int at = 0;
    assert_false(limits_degraded(&limits));
    assert_null(limits_sentence(&limits, &at, text));
    assert_null(limits_brief(&limits, text));
    for (int b = 0; b < LIMIT_COUNT; b++) {
        limits = (struct limits){.met = {0}};
        limits.met[b] = 12345;
        at = 0;
        assert_true(limits_degraded(&limits));
        assert_non_null(limits_sentence(&limits, &at, text));
        assert_non_null(strstr(text, "12345"));
        assert_null(limits_sentence(&limits, &at, text));
        assert_non_null(limits_brief(&limits, text));
        assert_non_null(strstr(text, "12 345"));
    }
    limits = (struct limits){.held = {.events = 2, .greatest = 4102444799000}};
    at = 0;
    assert_false(limits_degraded(&limits));
    assert_non_null(limits_sentence(&limits, &at, text));
    assert_non_null(strstr(text, "2 far ahead of the others, up to 2099-12-31T23:59:59"));
}

static void full_symbols_are_told(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct symbols *symbols = symbols_new(SYMBOL_FIRST + 2);
    struct pipeline pipeline;
    const struct pipeline_config config = {.definition = definition, .symbols = symbols};
    pipeline_init(&pipeline, &config);
    for (int i = 0; i < 5; i++) {
        const char name = (char)('a' + i);
        symbols_intern(symbols, &name, 1);
    }
    struct limits limits = limits_of(&pipeline, symbols, false);
    assert_int_equal(limits.met[LIMIT_TEXTS], 3);
    assert_true(limits_degraded(&limits));
    pipeline_fini(&pipeline);
    symbols_free(symbols);
    definition_free(definition);
}

static void tokens(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    const struct hash_key one = {{1, 2}}, other = {{1, 3}};
    char first[REDACT_TOKEN], second[REDACT_TOKEN];
    definition_redact_key(definition, one);
    assert_int_equal(definition_token(definition, "secret", 6, first), 13);
    assert_int_equal(first[0], '~');
    definition_token(definition, "secret", 6, second);
    assert_string_equal(first, second);
    definition_token(definition, "secreT", 6, second);
    assert_string_not_equal(first, second);
    definition_redact_key(definition, other);
    definition_token(definition, "secret", 6, second);
    assert_string_not_equal(first, second);
    definition_free(definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_groups_cost_no_more),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(full_symbols_are_told),
        cmocka_unit_test(tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
