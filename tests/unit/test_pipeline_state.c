/*
 * A pipeline that was saved by what changed, dropped and restored goes on exactly as one that never
 * stopped (S-90, S-92); what it writes is as much as what changed (S-98); bytes that were never
 * saved are refused, or taken for what they say, and never more than that (D-12).
 */
#include "tests/unit/state_world.h"

enum { SEEDS = 1500 };

static void assert_same_alerts(const struct counter *a, const struct counter *b)
{
    assert_int_equal(a->alerts_len, b->alerts_len);
    assert_memory_equal(a->alerts, b->alerts, a->alerts_len * sizeof *a->alerts);
    for (int r = 0; r < a->world->definition->rules_len; r++) {
        assert_int_equal(rules_raised(a->pipeline.rules, r), rules_raised(b->pipeline.rules, r));
        assert_int_equal(rules_missed(a->pipeline.rules, r), rules_missed(b->pipeline.rules, r));
        assert_int_equal(rules_kept(a->pipeline.rules, r), rules_kept(b->pipeline.rules, r));
    }
    assert_memory_equal(a->pipeline.alerts->total, b->pipeline.alerts->total,
                        sizeof a->pipeline.alerts->total);
}

static void assert_same_tally(const struct tally *a, const struct tally *b)
{
    assert_int_equal(tally_len(a), tally_len(b));
    assert_int_equal(tally_overflowed(a), tally_overflowed(b));
    assert_int_equal(tally_distinct_refused(a), tally_distinct_refused(b));
    for (size_t i = 0; i < tally_len(a); i++)
        assert_memory_equal(tally_row(a, i), tally_row(b, i), sizeof(struct tally_row));
}

typedef void sorted_rows(const struct windows *windows, const struct window_row **out);

static void assert_same_rows(const struct windows *x, const struct windows *y, sorted_rows *sorted,
                             size_t len)
{
    const struct window_row **rows = mem_alloc((2 * len + 1) * sizeof(struct window_row *));
    sorted(x, rows);
    sorted(y, rows + len);
    for (size_t i = 0; i < len; i++) {
        const struct window_row *one = rows[i], *other = rows[len + i];
        assert_memory_equal(&one->id, &other->id, sizeof one->id);
        assert_int_equal(one->end, other->end);
        assert_int_equal(one->count, other->count);
        assert_int_equal(one->changed, other->changed);
        assert_int_equal(one->revision, other->revision);
        assert_int_equal(one->state, other->state);
        assert_memory_equal(one->value, other->value, sizeof *one->value);
    }
    free(rows);
}

static void assert_same_windows(const struct counter *a, const struct counter *b)
{
    const struct windows *x = a->pipeline.windows, *y = b->pipeline.windows;
    struct window_counters left = windows_counters(x), right = windows_counters(y);
    assert_memory_equal(&left, &right, sizeof left);
    assert_int_equal(a->windows_len, b->windows_len);
    assert_memory_equal(a->windows, b->windows, a->windows_len * sizeof *a->windows);
    size_t len = windows_len(x);
    assert_same_rows(x, y, windows_sorted, len);
    assert_same_rows(x, y, windows_late_sorted, left.late_rows);
}

/* What explains a difference, to the unit. */
static void assert_same_rare(const struct rare *a, const struct rare *b, int32_t newest)
{
    for (int32_t day = newest - RARE_DAYS; day < newest + RARE_DAYS; day++) {
        assert_int_equal(rare_complete(a, day), rare_complete(b, day));
        for (int k = 0; k < RARE_KINDS; k++) {
            const struct tally *x = rare_tally(a, day, (enum rare_kind)k);
            const struct tally *y = rare_tally(b, day, (enum rare_kind)k);
            size_t len = x ? tally_len(x) : 0;
            assert_int_equal(len, y ? tally_len(y) : 0);
            for (size_t i = 0; i < len; i++)
                assert_memory_equal(tally_row(x, i), tally_row(y, i), sizeof(struct tally_row));
        }
    }
}

static void assert_same_past(const struct past_days *a, const struct past_days *b)
{
    int32_t days[2][PAST_DAYS];
    size_t len = past_days_list(a, days[0]);
    assert_int_equal(len, past_days_list(b, days[1]));
    assert_memory_equal(days[0], days[1], len * sizeof **days);
    assert_int_equal(past_days_from(a), past_days_from(b));
    assert_int_equal(past_days_dropped(a), past_days_dropped(b));
    assert_int_equal(past_days_missed(a), past_days_missed(b));
    for (size_t d = 0; d < len; d++)
        assert_same_tally(past_days_find(a, days[0][d]), past_days_find(b, days[0][d]));
}

/* What the screen shows of windows. */
static void assert_same_pictures(const struct pipeline *x, const struct pipeline *y)
{
    struct snapshot_windows *both = mem_zero(2, sizeof *both);
    window_watch_fill(x->watch, x->windows, pipeline_watermark(x), &both[0]);
    window_watch_fill(y->watch, y->windows, pipeline_watermark(y), &both[1]);
    assert_memory_equal(&both[0], &both[1], sizeof *both);
    free(both);
}

static void assert_same(const struct counter *a, const struct counter *b)
{
    const struct pipeline *x = &a->pipeline, *y = &b->pipeline;
    assert_memory_equal(&x->outcomes, &y->outcomes, sizeof x->outcomes);
    assert_int_equal(pipeline_watermark(x), pipeline_watermark(y));
    assert_int_equal(x->newest, y->newest);
    assert_int_equal(x->newest_day, y->newest_day);
    assert_same_tally(x->tally, y->tally);
    for (int d = 0; d < PIPELINE_DAYS; d++) {
        assert_int_equal(x->days[d].tally != NULL, y->days[d].tally != NULL);
        if (x->days[d].tally)
            assert_same_tally(x->days[d].tally, y->days[d].tally);
    }
    assert_int_equal(lifecycle_degraded(x->lifecycle), lifecycle_degraded(y->lifecycle));
    assert_same_tickets(x->lifecycle, y->lifecycle);
    struct dedupe_counters left = dedupe_counters(x->dedupe), right = dedupe_counters(y->dedupe);
    assert_memory_equal(&left, &right, sizeof left);
    assert_same_windows(a, b);
    assert_same_past(x->past, y->past);
    assert_same_rare(x->rare, y->rare, x->newest_day);
    assert_same_pictures(x, y);
    assert_same_alerts(a, b);
}

/* What may stand otherwise after a restart: notes in other places, tickets in other blobs, and,
 * where memory is given back early, ids that nobody can ask for. */
static bool may_differ(const struct counter *counter, const struct shelf_row *row)
{
    return row->part == STATE_NOTE || row->part == STATE_TICKET ||
           (counter->world->small && row->part == STATE_ID);
}

/* Both have saved at the same moments, so the same rows are there. */
static void assert_same_shelves(const struct counter *a, const struct counter *b)
{
    size_t i = 0, j = 0;
    for (;;) {
        while (i < a->shelf.len && may_differ(a, &a->shelf.rows[i]))
            i++;
        while (j < b->shelf.len && may_differ(b, &b->shelf.rows[j]))
            j++;
        if (i >= a->shelf.len || j >= b->shelf.len)
            break;
        const struct shelf_row *x = &a->shelf.rows[i++], *y = &b->shelf.rows[j++];
        assert_int_equal(x->part, y->part);
        assert_int_equal(x->key_len, y->key_len);
        assert_memory_equal(x->key, y->key, x->key_len);
        if (x->value_len != y->value_len || memcmp(x->value, y->value, x->value_len) != 0)
            fail_msg("part %d: another value", x->part);
    }
    assert_int_equal(a->shelf.len - i, b->shelf.len - j);
}

/* The end of the block that begins at `from`: of one source, up to what makes it idle. */
static uint32_t block_end(struct world *world, uint32_t from)
{
    uint32_t to = from + 1, len = 1 + random_below(&world->random, 12);
    while (to < world->len && to - from < len && !world->records[to - 1].idle &&
           world->records[to].source == world->records[from].source)
        to++;
    for (uint32_t n = from; n < to; n++)
        world->records[n].read_at = world->records[to - 1].read_at;
    return to;
}

static void restart(struct counter *counter, uint64_t seed)
{
    struct error error = {.text = ""};
    if (counter_restart(counter, &error) != STATUS_OK)
        fail_msg("seed %llu: %s", (unsigned long long)seed, error.text);
}

static void run(uint64_t seed)
{
    struct world *world = world_new(seed);
    struct counter *whole = counter_new(world), *broken = counter_new(world);
    uint32_t saves = 1 + random_below(&world->random, 12);
    for (uint32_t from = 0, to; from < world->len; from = to) {
        to = block_end(world, from);
        counter_apply(whole, from, to);
        counter_apply(broken, from, to);
        if (random_below(&world->random, saves) > 0)
            continue;
        counter_save(whole);
        counter_save(broken);
        if (random_below(&world->random, 4) == 0)
            restart(broken, seed);
    }
    counter_save(whole);
    counter_save(broken);
    assert_same(whole, broken);
    assert_same_shelves(whole, broken);
    restart(broken, seed);
    assert_same(whole, broken);
    pipeline_end(&whole->pipeline);
    pipeline_end(&broken->pipeline);
    assert_same(whole, broken);
    counter_free(whole);
    counter_free(broken);
    world_free(world);
}

static void goes_on_as_if_it_had_not_stopped(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        run(seed);
}

/* Two saves without a record between them: the second says nothing. */
static void nothing_new_is_nothing_written(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct world *world = world_new(seed);
        struct counter *counter = counter_new(world);
        for (uint32_t from = 0, to; from < world->len; from = to)
            counter_apply(counter, from, to = block_end(world, from));
        counter_save(counter);
        uint64_t written = counter->shelf.written;
        counter_save(counter);
        if (counter->pipeline.windows->config.kind != WINDOW_SESSION)
            assert_int_equal(counter->shelf.written, written);
        counter_free(counter);
        world_free(world);
    }
}

/* --- hostile bytes --- */

/* What was made of the bytes is used to the end: memory is what could break. */
static void use(struct counter *counter, struct world *world)
{
    struct error error = {.text = ""};
    if (counter_restart(counter, &error) != STATUS_OK)
        return;
    for (uint32_t from = world->len / 2, to; from < world->len; from = to)
        counter_apply(counter, from, to = block_end(world, from));
    counter_save(counter);
    pipeline_end(&counter->pipeline);
    counter->alerts_len = counter->windows_len = 0;
}

static struct shelf copy_of(const struct shelf *shelf)
{
    struct shelf copy = {.len = shelf->len, .room = shelf->len};
    copy.rows = mem_alloc((shelf->len + 1) * sizeof *copy.rows);
    for (size_t r = 0; r < shelf->len; r++) {
        copy.rows[r] = shelf->rows[r];
        copy.rows[r].key = shelf_copy(shelf->rows[r].key, shelf->rows[r].key_len);
        copy.rows[r].value = shelf_copy(shelf->rows[r].value, shelf->rows[r].value_len);
    }
    return copy;
}

/* One byte of a key or a value is another, or the value is cut. */
static void damage(struct world *world, struct shelf *shelf)
{
    uint64_t *random = &world->random;
    struct shelf_row *row = &shelf->rows[random_below(random, (uint32_t)shelf->len)];
    uint32_t how = random_below(random, 8);
    if (how == 0 && row->value_len > 0)
        row->value_len = random_below(random, (uint32_t)row->value_len);
    else if (how == 1 && row->key_len > 0)
        row->key[random_below(random, (uint32_t)row->key_len)] ^=
            (unsigned char)(1u << random_below(random, 8));
    else if (row->value_len > 0)
        row->value[random_below(random, (uint32_t)row->value_len)] =
            (unsigned char)(random_below(random, 3) ? random_below(random, 256) : 0xFF);
}

static void hostile_bytes_break_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct world *world = world_new(seed);
        struct counter *counter = counter_new(world);
        for (uint32_t from = 0, to; from < world->len / 2; from = to)
            counter_apply(counter, from, to = block_end(world, from));
        counter_save(counter);
        struct shelf sound = counter->shelf;
        for (int n = 0; n < 40; n++) {
            counter->shelf = copy_of(&sound);
            damage(world, &counter->shelf);
            use(counter, world);
            shelf_fini(&counter->shelf);
        }
        counter->shelf = sound;
        counter_free(counter);
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(goes_on_as_if_it_had_not_stopped),
                                       cmocka_unit_test(nothing_new_is_nothing_written),
                                       cmocka_unit_test(hostile_bytes_break_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
