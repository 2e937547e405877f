/*
 * Finished days.
 *
 * Protects: a day keeps what it counted when it made room, and takes what still comes, to the unit;
 * groups beyond the room of a day are one row, and their events are not lost; beyond 400 days the
 * oldest goes and is counted, and an event that comes for it is counted as missed.
 */
#include "tests/unit/support.h"

#include "core/definition_json.h"
#include "core/past_days.h"

static struct definition *definition;

static int open_world(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    definition = definition_builtin("tickets");
    assert_int_equal(definition_compile(definition, &error), STATUS_OK);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    definition_free(definition);
    return 0;
}

static void add(struct past_days *past, int32_t day, symbol key)
{
    const struct event event = {.key = {key}};
    past_days_add(past, day, &event);
}

static uint64_t total(const struct tally *tally)
{
    uint64_t count = 0;
    for (size_t i = 0; i < tally_len(tally); i++)
        count += tally_row(tally, i)->count;
    return count;
}

static void what_made_room_takes_what_comes(void **state)
{
    (void)state;
    struct past_days *past = past_days_new(definition);
    struct tally *day = tally_new(definition, TALLY_CAP_DEFAULT);
    for (symbol key = SYMBOL_FIRST; key < SYMBOL_FIRST + 100; key++) {
        const struct event event = {.key = {key}};
        tally_add(day, &event);
        tally_add(day, &event);
    }
    past_days_take(past, 7, day);
    tally_free(day);
    add(past, 7, SYMBOL_FIRST);
    add(past, 7, SYMBOL_FIRST + 99);
    const struct tally *kept = past_days_find(past, 7);
    assert_int_equal(total(kept), 202);
    const symbol first[EVENT_KEYS_MAX] = {SYMBOL_FIRST};
    assert_int_equal(tally_find(kept, first)->count, 3);
    assert_in_range(tally_len(kept), PAST_GROUPS, PAST_GROUPS + 1);
    assert_in_range(tally_overflowed(kept), 1, 2 * 100);
    assert_null(past_days_find(past, 8));
    past_days_free(past);
}

static void the_oldest_makes_room(void **state)
{
    (void)state;
    struct past_days *past = past_days_new(definition);
    int32_t days[PAST_DAYS];
    for (int32_t day = 0; day < PAST_DAYS + 5; day++)
        for (int32_t n = 0; n <= day % 3; n++)
            add(past, 1000 + day, SYMBOL_FIRST);
    assert_int_equal(past_days_dropped(past), 5);
    assert_int_equal(past_days_from(past), 1005);
    assert_int_equal(past_days_list(past, days), PAST_DAYS);
    for (int32_t day = 0; day < PAST_DAYS; day++) {
        assert_int_equal(days[day], 1005 + day);
        assert_int_equal(total(past_days_find(past, days[day])), (day + 5) % 3 + 1);
    }
    add(past, 1004, SYMBOL_FIRST);
    assert_int_equal(past_days_missed(past), 1);
    assert_int_equal(past_days_dropped(past), 5);
    assert_null(past_days_find(past, 1004));
    past_days_free(past);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_made_room_takes_what_comes),
                                       cmocka_unit_test(the_oldest_makes_room)};
    return cmocka_run_group_tests(tests, open_world, close_world);
}
