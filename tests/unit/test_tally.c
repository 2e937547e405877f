/*
 * Guards: counters agree with a plain recount, whatever the number of groups; the cap sends what is
 * beyond it to (other) and totals stay exact (S-15); averages round half-even (S-14); what is open
 * depends on the set of steps, not on their order (S-13), and forgetting closed tickets changes
 * nothing on a feed in order.
 */
#include "tests/unit/support.h"

#include "core/lifecycle.h"
#include "core/tally.h"

#include <stdlib.h>

static struct event event_of(symbol key, int64_t value)
{
    struct event event = {.key = {key}, .value = {value}, .present = 1};
    return event;
}

static void counts_sum_min_max(void **state)
{
    (void)state;
    struct definition *definition =
        make_definition("key", "count,sum:amount,min:amount,max:amount");
    struct tally *tally = tally_new(definition, 1000);
    int64_t sum[300] = {0}, least[300], most[300];
    uint64_t count[300] = {0}, seed = 1;
    for (int n = 0; n < 20000; n++) {
        uint32_t key = random_below(&seed, 300);
        int64_t value = (int64_t)random_below(&seed, 2000) - 1000;
        struct event event = event_of(key, value);
        tally_add(tally, &event);
        least[key] = count[key] == 0 || value < least[key] ? value : least[key];
        most[key] = count[key] == 0 || value > most[key] ? value : most[key];
        sum[key] += value;
        count[key]++;
    }
    assert_int_equal(tally_len(tally), 300);
    for (symbol key = 0; key < 300; key++) {
        const symbol wanted[EVENT_KEYS_MAX] = {key};
        const struct tally_row *row = tally_find(tally, wanted);
        wide_int out[4];
        for (int m = 0; m < 4; m++)
            assert_true(tally_measure(row, &definition->measures[m], &out[m]));
        assert_true(out[0] == (wide_int)count[key] && out[1] == sum[key]);
        assert_true(out[2] == least[key] && out[3] == most[key]);
    }
    tally_free(tally);
    definition_free(definition);
}

static void beyond_the_cap_is_other(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct tally *tally = tally_new(definition, 3);
    for (symbol key = SYMBOL_FIRST; key < SYMBOL_FIRST + 10; key++) {
        struct event event = event_of(key, 0);
        tally_add(tally, &event);
        tally_add(tally, &event);
    }
    const symbol other[EVENT_KEYS_MAX] = {SYMBOL_OTHER};
    assert_int_equal(tally_len(tally), 4);
    assert_int_equal(tally_overflowed(tally), 14);
    assert_int_equal(tally_find(tally, other)->count, 14);
    tally_free(tally);
    definition_free(definition);
}

static void merged_slices_equal_one_tally(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count,sum:amount,min:amount");
    struct tally *whole = tally_new(definition, 1000), *merged = tally_new(definition, 1000);
    struct tally *slice = tally_new(definition, 1000);
    uint64_t seed = 7;
    for (int n = 0; n < 5000; n++) {
        struct event event = event_of(random_below(&seed, 50), random_below(&seed, 999));
        event.present = random_below(&seed, 4) > 0;
        tally_add(whole, &event);
        tally_add(slice, &event);
        if (random_below(&seed, 100) == 0) {
            tally_merge(merged, slice, NULL);
            tally_clear(slice);
        }
    }
    tally_merge(merged, slice, NULL);
    assert_int_equal(tally_len(merged), tally_len(whole));
    for (size_t i = 0; i < tally_len(whole); i++)
        assert_memory_equal(tally_row(merged, i), tally_row(whole, i), sizeof(struct tally_row));
    tally_free(whole);
    tally_free(merged);
    tally_free(slice);
    definition_free(definition);
}

static void averages_round_half_even(void **state)
{
    (void)state;
    static const struct {
        int64_t sum;
        uint64_t count;
        int places;
        int64_t hundredths;
    } cases[] = {
        {5, 2, 2, 2},    {15, 2, 2, 8},       {-5, 2, 2, -2},      {-15, 2, 2, -8},
        {25, 10, 2, 2},  {35, 10, 2, 4},      {1, 3, 0, 33},       {2, 3, 0, 67},
        {-2, 3, 0, -67}, {12345, 1, 3, 1234}, {12355, 1, 3, 1236}, {12346, 1, 3, 1235},
        {0, 9, 2, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct measure measure = {.kind = MEASURE_AVG, .slot = 0, .places = cases[c].places};
        struct tally_row row = {.value = {{.sum = cases[c].sum, .count = cases[c].count}}};
        wide_int out;
        assert_true(tally_measure(&row, &measure, &out));
        assert_int_equal((int64_t)out, cases[c].hundredths);
    }
}

enum { TICKETS = 40, STEPS = 400 };

/* The rule said once more, plainly: the last step by (time, position) decides. */
static void recount(const struct lifecycle_step_record *steps, int len, int64_t open[3])
{
    memset(open, 0, 3 * sizeof *open);
    for (uint64_t ticket = 1; ticket <= TICKETS; ticket++) {
        const struct lifecycle_step_record *last = NULL;
        for (int s = 0; s < len; s++)
            if (steps[s].ticket[0] == ticket &&
                (!last || steps[s].time > last->time ||
                 (steps[s].time == last->time && steps[s].start > last->start)))
                last = &steps[s];
        if (last && last->step == LIFECYCLE_OPENED)
            open[last->row]++;
    }
}

static void open_follows_time_and_position_in_any_order(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    for (uint64_t seed = 1; seed <= 50; seed++) {
        uint64_t random = seed;
        struct lifecycle_step_record steps[STEPS];
        for (int s = 0; s < STEPS; s++)
            steps[s] = (struct lifecycle_step_record){
                .ticket = {1 + random_below(&random, TICKETS), 0},
                .time = random_below(&random, 50),
                .start = (uint64_t)s,
                .row = random_below(&random, 3),
                .step = random_below(&random, 2) ? LIFECYCLE_OPENED : LIFECYCLE_CLOSED};
        int64_t expected[3];
        recount(steps, STEPS, expected);
        for (int s = STEPS - 1; s > 0; s--) { /* a seeded shuffle */
            int other = (int)random_below(&random, (uint32_t)s + 1);
            struct lifecycle_step_record kept = steps[s];
            steps[s] = steps[other];
            steps[other] = kept;
        }
        struct tally *tally = tally_new(definition, 10);
        struct lifecycle *lifecycle = lifecycle_new(LIFECYCLE_ROOM_ALL);
        for (symbol key = 0; key < 3; key++)
            tally_row_of(tally, (const symbol[EVENT_KEYS_MAX]){key});
        for (int s = 0; s < STEPS; s++)
            lifecycle_apply(lifecycle, tally, &steps[s]);
        for (size_t row = 0; row < 3; row++)
            assert_int_equal(tally_row(tally, row)->open, expected[row]);
        lifecycle_free(lifecycle);
        tally_free(tally);
    }
    definition_free(definition);
}

static void forgetting_closed_tickets_keeps_open_exact(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct tally *tally = tally_new(definition, 10);
    struct lifecycle *lifecycle = lifecycle_new(100);
    tally_row_of(tally, (const symbol[EVENT_KEYS_MAX]){0});
    int64_t open = 0;
    for (uint64_t n = 1; n <= 20000; n++) {
        /* every seventh ticket stays open, the others close twenty steps later */
        struct lifecycle_step_record step = {.ticket = {n * 0x9E3779B97F4A7C15U, n},
                                             .time = (epoch_ms)n,
                                             .start = n,
                                             .step = LIFECYCLE_OPENED};
        lifecycle_apply(lifecycle, tally, &step);
        open++;
        uint64_t closing = n > 20 && (n - 20) % 7 != 0 ? n - 20 : 0;
        if (closing) {
            step.ticket[0] = closing * 0x9E3779B97F4A7C15U;
            step.ticket[1] = closing;
            step.step = LIFECYCLE_CLOSED;
            lifecycle_apply(lifecycle, tally, &step);
            open--;
        }
        assert_int_equal(tally_row(tally, 0)->open, open);
    }
    assert_int_equal(lifecycle_degraded(lifecycle), 0);
    /* open ones (a seventh), and closed ones no more than there is room for */
    assert_in_range(lifecycle_len(lifecycle), (uint64_t)open, (uint64_t)open + 200);
    lifecycle_free(lifecycle);
    tally_free(tally);
    definition_free(definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_sum_min_max),
        cmocka_unit_test(beyond_the_cap_is_other),
        cmocka_unit_test(merged_slices_equal_one_tally),
        cmocka_unit_test(averages_round_half_even),
        cmocka_unit_test(open_follows_time_and_position_in_any_order),
        cmocka_unit_test(forgetting_closed_tickets_keeps_open_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
