/*
 * Guards: distinct counts customers, not rows (trap X5), per group and over all; slices merged give
 * the same as one reading, whatever order their groups came in; the cap is told and never passed;
 * what many threads find of a whole range is what one finds.
 */
#include "tests/unit/support.h"

#include "core/different.h"
#include "core/pipeline.h"
#include "core/sha256.h"

#include <pthread.h>
#include <stdlib.h>

static void set_grows_and_refuses(void **state)
{
    (void)state;
    enum { CAP = 300 };
    struct distinct *set = distinct_new(CAP);
    for (uint64_t hash = 1; hash <= CAP; hash++)
        assert_true(distinct_add(set, (uint32_t)(hash % 7), (uint32_t)(hash % 2), hash));
    for (uint64_t hash = 1; hash <= CAP; hash++)
        assert_false(distinct_add(set, (uint32_t)(hash % 7), (uint32_t)(hash % 2), hash));
    assert_int_equal(distinct_refused(set), 0);
    assert_false(distinct_add(set, 0, 0, CAP + 1));
    assert_false(distinct_add(set, 0, 0, CAP + 2));
    assert_int_equal(distinct_refused(set), 2);
    assert_int_equal(distinct_len(set), CAP);
    struct distinct_entry entry;
    uint64_t sum = 0;
    for (size_t at = 0; distinct_next(set, &at, &entry);)
        sum += entry.hash;
    assert_int_equal(sum, CAP * (CAP + 1) / 2);
    assert_int_equal(distinct_union(set, 0), CAP / 2);
    distinct_clear(set);
    assert_int_equal(distinct_len(set), 0);
    assert_int_equal(distinct_refused(set), 0);
    assert_true(distinct_add(set, 0, 0, 1));
    assert_true(distinct_add(set, 1, 0, 1));
    assert_true(distinct_add(set, 0, 1, 1));
    assert_int_equal(distinct_union(set, 0), 1);
    distinct_free(set);
}

/* --- of a whole range --- */

enum { LOGS = 4, SEEN = 60000, NUMBERS = 3 };

struct adder {
    struct different *different;
    struct different_counts counts;
    uint64_t seed;
    size_t map[NUMBERS];
    size_t number;
    uint64_t bits; /* that hashes may have */
};

/* Mixed, as keyed hashes are; half of them come again, also in other logs. */
static uint64_t hash_below(uint64_t *seed, uint32_t bound)
{
    uint64_t x = (uint64_t)random_below(seed, bound) + 1;
    x = (x ^ x << 32) * UINT64_C(0x9E3779B97F4A7C15);
    return (x ^ x >> 31) * UINT64_C(0xBF58476D1CE4E5B9) | 1;
}

static void *add_many(void *argument)
{
    struct adder *adder = argument;
    struct different_log log = {.len = 0};
    for (int n = 0; n < SEEN; n++) {
        uint32_t group = random_below(&adder->seed, NUMBERS);
        uint32_t operand = random_below(&adder->seed, 2);
        different_note(&log, group, operand, hash_below(&adder->seed, SEEN) & adder->bits);
        if (log.len == 5000 || n == SEEN - 1)
            different_add(adder->different, &log, adder->map, adder->number * 60, &adder->counts);
    }
    different_finish(adder->different, adder->number * 60, &adder->counts);
    different_log_fini(&log);
    return NULL;
}

/* The same, one after the other, in a set. */
static struct distinct *add_again(struct adder adders[LOGS])
{
    struct distinct *set = distinct_new(DISTINCT_CAP_NONE);
    for (int a = 0; a < LOGS; a++) {
        uint64_t seed = adders[a].seed;
        for (int n = 0; n < SEEN; n++) {
            size_t group = adders[a].map[random_below(&seed, NUMBERS)];
            uint32_t operand = random_below(&seed, 2);
            distinct_add(set, (uint32_t)group, operand, hash_below(&seed, SEEN) & adders[a].bits);
        }
    }
    return set;
}

/* How it is added: logs that are said to come, the last group's number, the bits of hashes; and
 * what bytes each different one may cost. */
struct adding {
    size_t logs, last;
    uint64_t bits;
    size_t bytes_least, bytes_most;
};

/* Each worker numbers groups as it likes; all at once; new ones are counted by who found them. */
static void find_at_once(struct adding how)
{
    const size_t last = how.last;
    const size_t maps[LOGS][NUMBERS] = {{0, 1, 2}, {2, 0, last}, {last, 2, 1}, {1, last, 0}};
    struct adder adders[LOGS];
    struct different *different = different_new();
    pthread_t threads[LOGS];
    uint64_t counted = 0;
    different_expect(different, how.logs);
    for (size_t a = 0; a < LOGS; a++) {
        adders[a] =
            (struct adder){.different = different, .seed = a + 1, .number = a, .bits = how.bits};
        memcpy(adders[a].map, maps[a], sizeof maps[a]);
    }
    struct distinct *set = add_again(adders);
    for (size_t a = 0; a < LOGS; a++)
        assert_int_equal(pthread_create(&threads[a], NULL, add_many, &adders[a]), 0);
    for (size_t a = 0; a < LOGS; a++)
        pthread_join(threads[a], NULL);
    different_finish(different, 0, &adders[0].counts);
    for (size_t a = 0; a < LOGS; a++) {
        for (size_t g = 0; g < adders[a].counts.groups * EVENT_DISTINCTS_MAX; g++)
            counted += adders[a].counts.of[g];
        different_counts_fini(&adders[a].counts);
    }
    assert_int_equal(different_len(different), distinct_len(set));
    assert_int_equal(counted, distinct_len(set));
    assert_int_equal(different_union(different, 0), distinct_union(set, 0));
    assert_int_equal(different_union(different, 1), distinct_union(set, 1));
    assert_in_range(different_bytes(different), how.bytes_least * different_len(different),
                    how.bytes_most * different_len(different));
    distinct_free(set);
    different_free(different);
}

#define ALL_BITS UINT64_MAX
#define ONE_PART (UINT64_MAX >> 8)

static void many_find_what_one_finds(void **state)
{
    (void)state;
    find_at_once((struct adding){0, 40, ALL_BITS, 8, 16});
}

/* Owners that have no number in a word, of which some differ in the rest alone. */
static void groups_may_be_many(void **state)
{
    (void)state;
    find_at_once((struct adding){0, 256, ALL_BITS, 12, 24});
    find_at_once((struct adding){0, 256, ONE_PART, 12, 24});
}

/* One so large that entries wait. */
static void sets_may_be_large(void **state)
{
    (void)state;
    find_at_once((struct adding){0, 40, ONE_PART, 8, 16});
    find_at_once((struct adding){30, 40, ONE_PART, 8, 16});
}

/* Fewer logs come than were said, or more, or as many. */
static void what_is_foreseen_need_not_come(void **state)
{
    (void)state;
    find_at_once((struct adding){1000, 40, ALL_BITS, 8, 60});
    find_at_once((struct adding){1000, 256, ALL_BITS, 12, 90});
    find_at_once((struct adding){3, 40, ALL_BITS, 8, 16});
    find_at_once((struct adding){LOGS * (SEEN / 5000), 40, ALL_BITS, 8, 16});
}

/* --- in a tally --- */

static struct event event_of(uint32_t group, uint64_t customer)
{
    return (struct event){.key = {group}, .distinct = {customer}};
}

static void repeated_customer_counts_once(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count,distinct:ticket");
    struct tally *tally = tally_new(definition, 10);
    const struct measure *measure = &definition->measures[1];
    const struct event events[] = {event_of(5, 9), event_of(5, 9), event_of(5, 8), event_of(6, 9),
                                   event_of(6, 0)};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        tally_add(tally, &events[i]);
    wide_int value;
    assert_true(tally_measure(tally_row(tally, 0), measure, &value));
    assert_int_equal(value, 2);
    assert_true(tally_measure(tally_row(tally, 1), measure, &value));
    assert_int_equal(value, 1); /* a missing one is none */
    assert_int_equal(tally_measure_places(measure), 0);
    assert_int_equal(tally_distinct_total(tally, measure), 2);
    tally_free(tally);
    definition_free(definition);
}

static void slices_merge(void **state)
{
    (void)state;
    enum { EVENTS = 4000, GROUPS = 9, CUSTOMERS = 150 };
    struct definition *definition = make_definition("key", "distinct:ticket,distinct:other_key");
    struct tally *whole = tally_new(definition, 100), *merged = tally_new(definition, 100);
    struct tally *slice = tally_new(definition, 100);
    uint64_t seed = 3;
    for (int i = 0; i < EVENTS; i++) {
        struct event event =
            event_of(3 + random_below(&seed, GROUPS), 1 + random_below(&seed, CUSTOMERS));
        event.distinct[1] = random_below(&seed, CUSTOMERS);
        tally_add(whole, &event);
        tally_add(slice, &event);
        if (random_below(&seed, 500) == 0) {
            tally_merge(merged, slice, NULL);
            tally_clear(slice);
        }
    }
    tally_merge(merged, slice, NULL);
    assert_int_equal(tally_len(merged), GROUPS);
    for (size_t r = 0; r < tally_len(merged); r++) {
        const struct tally_row *row = tally_row(merged, r);
        const struct tally_row *wanted = tally_find(whole, row->key);
        assert_int_equal(row->distinct[0], wanted->distinct[0]);
        assert_int_equal(row->distinct[1], wanted->distinct[1]);
        assert_true(row->distinct[0] > CUSTOMERS / 2);
    }
    assert_int_equal(tally_distinct_total(merged, &definition->measures[0]), CUSTOMERS);
    tally_free(whole);
    tally_free(merged);
    tally_free(slice);
    definition_free(definition);
}

static void cap_degrades_and_says_so(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count,distinct:ticket");
    struct pipeline pipeline;
    struct event_block *block = mem_zero(1, sizeof *block);
    pipeline_init(&pipeline,
                  &(struct pipeline_config){.definition = definition, .distinct_cap = 3});
    block->len = 5;
    for (uint32_t i = 0; i < block->len; i++)
        block->events[i] = event_of(5, i + 1);
    pipeline_apply(&pipeline, block);
    assert_int_equal(tally_row(pipeline.tally, 0)->count, 5);
    assert_int_equal(tally_row(pipeline.tally, 0)->distinct[0], 3);
    assert_int_equal(tally_distinct_refused(pipeline.tally), 2);
    pipeline_fini(&pipeline);
    definition_free(definition);
    free(block);
}

/* --- what manifests are made of --- */

static void sha256_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hash;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (size_t step = 1; step < 70; step++) {
            struct sha256 sha;
            char text[SHA256_TEXT];
            sha256_init(&sha);
            for (size_t at = 0, len = strlen(cases[c].text); at < len; at += step)
                sha256_add(&sha, cases[c].text + at, len - at < step ? len - at : step);
            assert_string_equal(sha256_text(&sha, text), cases[c].hash);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_grows_and_refuses),  cmocka_unit_test(repeated_customer_counts_once),
        cmocka_unit_test(slices_merge),           cmocka_unit_test(cap_degrades_and_says_so),
        cmocka_unit_test(sha256_of_the_standard), cmocka_unit_test(many_find_what_one_finds),
        cmocka_unit_test(groups_may_be_many),     cmocka_unit_test(what_is_foreseen_need_not_come),
        cmocka_unit_test(sets_may_be_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
