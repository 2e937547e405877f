/*
 * What changes and goes, as blobs of what changed: many tickets, of which few change in an epoch.
 * What is written keeps to what changed, what is kept to what is remembered, and what comes back is
 * what was saved, at any moment of the writing once more (S-98).
 */
#include "tests/unit/state_world.h"

#include "core/state_parts.h"

enum { TICKETS = 5000, EPOCHS = 350, CHANGES = 400, SEEDS = 12 };

struct desk {
    uint64_t random;
    struct world *world;
    struct counter *counter; /* whose tally the tickets count in */
    struct lifecycle *lifecycle;
    struct lifecycle_saved saved;
    struct shelf shelf;
    uint64_t time;
};

static void set_up(struct desk *desk, uint64_t seed)
{
    memset(desk, 0, sizeof *desk);
    desk->random = seed * 7919 + 3;
    desk->world = world_new(1);
    desk->counter = counter_new(desk->world);
    for (uint32_t n = 0; tally_len(desk->counter->pipeline.tally) == 0; n++)
        counter_apply(desk->counter, n, n + 1);
    desk->lifecycle = lifecycle_new(200);
    lifecycle_state_keep(desk->lifecycle);
}

static void tear_down(struct desk *desk)
{
    lifecycle_saved_fini(&desk->saved);
    lifecycle_free(desk->lifecycle);
    shelf_fini(&desk->shelf);
    counter_free(desk->counter);
    world_free(desk->world);
}

static void step(struct desk *desk, uint32_t ticket, enum lifecycle_step what)
{
    struct lifecycle_step_record record = {
        .ticket = {(ticket + 1) * UINT64_C(0x9E3779B97F4A7C15), 1},
        .time = (epoch_ms)++desk->time,
        .start = desk->time,
        .step = (uint8_t)what};
    lifecycle_apply(desk->lifecycle, desk->counter->pipeline.tally, &record);
}

/* Bytes written. */
static size_t save(struct desk *desk)
{
    struct delta delta = {.len = 0};
    struct saver saver = {.delta = &delta};
    lifecycle_state_save(&desk->saved, desk->lifecycle, &saver);
    shelf_take(&desk->shelf, &delta);
    size_t len = delta.len;
    delta_fini(&delta);
    free(saver.key.bytes);
    free(saver.value.bytes);
    return len;
}

/* It goes on with what came back: `taken_up`. */
static void restore(struct desk *desk, bool taken_up)
{
    struct error error = {.text = ""};
    const struct state_rows rows = {.each = shelf_each, .rows = &desk->shelf};
    const struct restoring restoring = {.rows = &rows, .tally_len = 1, .error = &error};
    struct lifecycle *back = lifecycle_new(200);
    struct lifecycle_saved saved = {.closings = 0};
    if (lifecycle_state_restore(&saved, back, &restoring) != STATUS_OK)
        fail_msg("%s", error.text);
    assert_same_tickets(desk->lifecycle, back);
    if (!taken_up) {
        lifecycle_saved_fini(&saved);
        lifecycle_free(back);
        return;
    }
    lifecycle_state_keep(back);
    lifecycle_free(desk->lifecycle);
    lifecycle_saved_fini(&desk->saved);
    desk->lifecycle = back;
    desk->saved = saved;
}

static size_t kept(const struct shelf *shelf)
{
    size_t bytes = 0;
    for (size_t r = 0; r < shelf->len; r++)
        bytes += shelf->rows[r].part == STATE_TICKET ? shelf->rows[r].value_len : 0;
    return bytes;
}

static void change_a_few(struct desk *desk, uint32_t *tickets)
{
    uint32_t changes = 1 + random_below(&desk->random, CHANGES);
    for (uint32_t c = 0; c < changes; c++) {
        bool is_new = random_below(&desk->random, 3) == 0;
        uint32_t which = is_new ? (*tickets)++ : random_below(&desk->random, *tickets);
        step(desk, which,
             is_new || random_below(&desk->random, 2) ? LIFECYCLE_OPENED : LIFECYCLE_CLOSED);
    }
}

static void little_changes_of_much(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct desk desk;
        set_up(&desk, seed);
        uint32_t tickets = TICKETS + (uint32_t)seed * 70, sweeps = 0;
        for (uint32_t t = 0; t < tickets; t++)
            step(&desk, t, LIFECYCLE_OPENED);
        save(&desk);
        for (int e = 0; e < EPOCHS; e++) {
            bool swept = desk.saved.tickets.left > 0;
            change_a_few(&desk, &tickets);
            size_t touched = desk.lifecycle->touched_len;
            size_t written = save(&desk);
            sweeps += swept && desk.saved.tickets.left == 0;
            /* a few tickets stand where a sweep begins; each blob that goes is a line */
            if (swept == (desk.saved.tickets.left > 0))
                assert_in_range(written, 0, 4096 + touched * 6 * 32 + CHANGES * 24);
            assert_in_range(
                kept(&desk.shelf), 32 * lifecycle_len(desk.lifecycle),
                32 * (4 * lifecycle_len(desk.lifecycle) + desk.lifecycle->size + 3 * 4096));
            if (random_below(&desk.random, 20) == 0)
                restore(&desk, seed % 2 == 0 && random_below(&desk.random, 10) == 0);
        }
        restore(&desk, false);
        assert_true(sweeps > 0 || seed % 2 == 0);
        tear_down(&desk);
    }
}

/* More changes than are worth a list: all of it is written, and nothing else is kept. */
static void everything_changes(void **state)
{
    (void)state;
    struct desk desk;
    set_up(&desk, 9);
    for (int e = 0; e < 20; e++) {
        for (uint32_t t = 0; t < 5000; t++)
            step(&desk, (uint32_t)e * 1000 + t,
                 random_below(&desk.random, 2) ? LIFECYCLE_OPENED : LIFECYCLE_CLOSED);
        save(&desk);
        assert_int_equal(kept(&desk.shelf), 32 * lifecycle_len(desk.lifecycle));
        restore(&desk, e % 3 == 0);
    }
    tear_down(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(little_changes_of_much),
                                       cmocka_unit_test(everything_changes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
