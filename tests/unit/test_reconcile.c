/*
 * Guards: S-113 over whole answers. On random streams every unit of the difference of two answers
 * has its name, by total, group and window, in count and sum; and a defect of one unit, planted in
 * a row, a sum, a window, a key, or a duplicate let pass, is found as exactly that unit. Positions
 * come first (S-114). Alerts that one lane alone has get their reason.
 */
#include "tests/unit/reconcile_world.h"

enum { WORLDS = 1500, PLANTED = 200 };

struct pair {
    struct world *world;
    struct pipeline live, batch;
    struct reconcile_summary summary;
    /* unexplained, as the sink saw it */
    int found;
    wide_int total[2], group[WORLD_KEYS][2], window[2];
    int windows_found;
};

static void open_pair(struct pair *pair, uint64_t seed)
{
    memset(pair, 0, sizeof *pair);
    struct world *world = pair->world = world_new(seed);
    struct pipeline_config config = {
        .definition = world->definition, .symbols = world->symbols, .live = true, .explain = true};
    pipeline_init(&pair->live, &config);
    for (uint32_t from = 0, to; from < world->len; from = to) {
        to = world_block(world, from, WORLD_BLOCK);
        world_apply(world, &pair->live, from, to);
    }
    pipeline_end(&pair->live);
    world_batch(world, &pair->batch, 0, 0, world->ends);
}

static void close_pair(struct pair *pair)
{
    pipeline_fini(&pair->live);
    pipeline_fini(&pair->batch);
    world_free(pair->world);
}

static int key_number(const struct pair *pair, const symbol *key)
{
    for (int k = 0; k < WORLD_KEYS; k++)
        if (pair->world->keys[k][0] == key[0])
            return k;
    fail_msg("a key that no event has");
    return -1;
}

static void note(void *context, const struct reconcile_row *row)
{
    struct pair *pair = context;
    wide_int sum = row->live + row->late + row->future - row->escaped + row->unexplained;
    assert_true(sum == row->batch);
    if (row->unexplained == 0)
        return;
    pair->found++;
    if (row->scope == RECONCILE_TOTAL)
        pair->total[row->measure] += row->unexplained;
    else if (row->scope == RECONCILE_GROUP)
        pair->group[key_number(pair, row->key)][row->measure] += row->unexplained;
    else
        pair->window[row->measure] += row->unexplained;
    pair->windows_found += row->scope == RECONCILE_WINDOW;
}

static void reconcile(struct pair *pair)
{
    pair->found = pair->windows_found = 0;
    memset(pair->total, 0, sizeof pair->total);
    memset(pair->group, 0, sizeof pair->group);
    memset(pair->window, 0, sizeof pair->window);
    reconcile_pipelines(&pair->live, &pair->batch, pair->world->symbols, note, pair,
                        &pair->summary);
}

static uint64_t rare_count(const struct pipeline *pipeline, enum rare_kind kind)
{
    const struct tally *tally = rare_tally(pipeline->rare, 0, kind);
    uint64_t count = 0;
    for (size_t i = 0; tally && i < tally_len(tally); i++)
        count += tally_row(tally, i)->count;
    return count;
}

static void every_unit_has_a_name(void **state)
{
    (void)state;
    static struct pair pair;
    uint64_t windows = 0, differing = 0, escaped = 0, kinds[RARE_KINDS] = {0};
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        open_pair(&pair, seed);
        reconcile(&pair);
        if (pair.summary.state != RECONCILE_EXACT || pair.found != 0)
            fail_msg("seed %d: %s", (int)seed, pair.summary.why);
        assert_string_equal(pair.summary.why, "");
        windows += pair.summary.windows;
        differing += pair.summary.differing;
        for (int k = 0; k < RARE_KINDS; k++)
            kinds[k] += rare_count(&pair.live, (enum rare_kind)k);
        escaped += rare_count(&pair.batch, RARE_DROPPED) - rare_count(&pair.live, RARE_DROPPED);
        close_pair(&pair);
    }
    assert_true(windows > 50000 && differing > 5000 && escaped > 1000);
    for (int k = 0; k < RARE_KINDS; k++)
        assert_true(kinds[k] > 300);
}

/* --- planted --- */

/* A pair without conflicts, of one source; in it a row of live's totals. */
static bool plain(const struct pair *pair)
{
    return !pair->world->conflicts && tally_len(pair->live.tally) == WORLD_KEYS;
}

static void one_unit_in_a_row(struct pair *pair, int key)
{
    struct tally_row *row =
        tally_at(pair->live.tally, tally_index(pair->live.tally, pair->world->keys[key]));
    row->count++;
    reconcile(pair);
    row->count--;
    assert_int_equal(pair->found, 2);
    assert_true(pair->total[0] == -1 && pair->group[key][0] == -1);
}

static void one_minor_unit_in_a_sum(struct pair *pair, int key)
{
    struct tally_row *row =
        tally_at(pair->live.tally, tally_index(pair->live.tally, pair->world->keys[key]));
    row->value[0].sum--;
    reconcile(pair);
    row->value[0].sum++;
    assert_int_equal(pair->found, 2);
    assert_true(pair->total[1] == 1 && pair->group[key][1] == 1);
}

static void one_event_under_another_key(struct pair *pair, int key)
{
    int other = (key + 1) % WORLD_KEYS;
    struct tally *tally = pair->live.tally;
    struct tally_row *from = tally_at(tally, tally_index(tally, pair->world->keys[key]));
    struct tally_row *to = tally_at(tally, tally_index(tally, pair->world->keys[other]));
    from->count--;
    to->count++;
    reconcile(pair);
    from->count++;
    to->count--;
    assert_int_equal(pair->found, 2);
    assert_true(pair->group[key][0] == 1 && pair->group[other][0] == -1);
}

/* Counted although it was known: the equation closes, but live had no reason to let it pass. */
static bool one_lost_duplicate(struct pair *pair, int key)
{
    const symbol *symbols = pair->world->keys[key];
    struct tally *dropped = rare_tally_mutable(pair->live.rare, 0, RARE_DROPPED);
    const struct tally *unknown = rare_tally(pair->live.rare, 0, RARE_UNKNOWN);
    const struct tally *future = rare_tally(pair->live.rare, 0, RARE_FUTURE);
    size_t index = dropped ? tally_index(dropped, symbols) : SIZE_MAX;
    if (index == SIZE_MAX || tally_row(dropped, index)->count == 0 ||
        (unknown && tally_find(unknown, symbols)) || (future && tally_find(future, symbols)))
        return false;
    struct tally_row *row = tally_at(pair->live.tally, tally_index(pair->live.tally, symbols));
    row->count++;
    tally_at(dropped, index)->count--;
    reconcile(pair);
    row->count--;
    tally_at(dropped, index)->count++;
    assert_true(pair->found >= 1);
    assert_true(pair->group[key][0] == -1);
    return true;
}

static bool one_unit_in_a_window(struct pair *pair)
{
    size_t len = windows_len(pair->live.windows);
    const struct window_row **rows = mem_alloc(len * sizeof(struct window_row *));
    windows_sorted(pair->live.windows, rows);
    struct window_row *row = len > 0 ? (struct window_row *)(uintptr_t)rows[len / 2] : NULL;
    free(rows);
    if (!row)
        return false;
    row->count++;
    reconcile(pair);
    row->count--;
    assert_int_equal(pair->found, 1);
    assert_int_equal(pair->windows_found, 1);
    assert_true(pair->window[0] == -1);
    return true;
}

static void a_defect_of_one_unit_is_found(void **state)
{
    (void)state;
    static struct pair pair;
    int planted = 0, duplicates = 0, windows = 0;
    for (uint64_t seed = 1; seed <= PLANTED; seed++) {
        open_pair(&pair, seed);
        int key = (int)(seed % WORLD_KEYS);
        if (plain(&pair)) {
            one_unit_in_a_row(&pair, key);
            one_minor_unit_in_a_sum(&pair, key);
            one_event_under_another_key(&pair, key);
            for (int k = 0; k < WORLD_KEYS; k++)
                duplicates += one_lost_duplicate(&pair, k);
            windows += one_unit_in_a_window(&pair);
            planted++;
            reconcile(&pair);
            assert_int_equal(pair.found, 0);
        }
        close_pair(&pair);
    }
    if (planted < 100 || windows < 100 || duplicates < 10)
        fail_msg("%d planted, %d windows, %d duplicates", planted, windows, duplicates);
}

/* Beyond the cap of groups only the total can be compared, and it is. */
static void groups_beyond_the_cap(void **state)
{
    (void)state;
    struct world *world = world_new(7);
    struct pipeline_config config = {.definition = world->definition,
                                     .symbols = world->symbols,
                                     .live = true,
                                     .groups_cap = 2,
                                     .explain = true};
    struct pipeline live, batch;
    struct reconcile_summary summary;
    pipeline_init(&live, &config);
    for (uint32_t n = 0; n < world->len; n++)
        world_apply(world, &live, n, n + 1);
    pipeline_end(&live);
    world_batch(world, &batch, 0, 0, world->ends);
    reconcile_pipelines(&live, &batch, world->symbols, NULL, NULL, &summary);
    assert_true(summary.total_only);
    assert_int_equal(summary.groups + summary.windows, 0);
    assert_int_equal(summary.compared, 2);
    assert_int_equal(summary.state, RECONCILE_EXACT);
    assert_non_null(strstr(summary.why, "cap"));
    pipeline_fini(&live);
    pipeline_fini(&batch);
    world_free(world);
}

static void positions_come_first(void **state)
{
    (void)state;
    struct positions live = {0}, batch = {0};
    char why[160];
    positions_note(&live, 0, 0, 5, 20);
    positions_note(&live, 0, 0, 20, 40);
    positions_note(&live, 1, 2, 0, 9);
    positions_note(&batch, 1, 2, 0, 9);
    positions_note(&batch, 0, 0, 5, 40);
    assert_true(reconcile_positions(&live, &batch, why));
    assert_string_equal(why, "");
    positions_note(&batch, 1, 3, 0, 1);
    assert_false(reconcile_positions(&live, &batch, why));
    assert_string_equal(why, "only batch read file 2, generation 4");
    positions_note(&live, 1, 3, 0, 2);
    assert_false(reconcile_positions(&live, &batch, why));
    assert_string_equal(why, "live read file 2, generation 4 to byte 2, batch to 1");
    positions_note(&batch, 1, 3, 1, 2);
    positions_note(&live, 0, 1, 4, 8);
    positions_note(&batch, 0, 1, 0, 8);
    assert_false(reconcile_positions(&live, &batch, why));
    assert_string_equal(why, "live and batch begin at different places of file 1, generation 2");
    positions_fini(&live);
    positions_fini(&batch);
}

/* Bounded: the longest row of generations gives up its oldest, and says so. */
static void positions_have_a_cap(void **state)
{
    (void)state;
    struct positions positions = {0}, other = {0};
    char why[160];
    positions_note(&positions, 0, 0, 0, 1);
    for (uint32_t g = 0; g < POSITIONS_MAX; g++)
        positions_note(&positions, 1, g, 0, 1);
    assert_int_equal(positions.len, POSITIONS_MAX);
    assert_int_equal(positions.given_up, 1);
    assert_non_null(positions_find(&positions, 0, 0));
    assert_null(positions_find(&positions, 1, 0));
    assert_non_null(positions_find(&positions, 1, POSITIONS_MAX - 1));
    positions_copy(&other, &positions);
    assert_false(reconcile_positions(&positions, &other, why));
    positions_fini(&positions);
    positions_fini(&other);
}

/* --- alerts --- */

static struct reconcile_alert alert(uint64_t id, uint64_t start, bool retracted)
{
    return (struct reconcile_alert){.id = id, .position = {.start = start}, .retracted = retracted};
}

static int reasons[RECONCILE_ALERT_UNEXPLAINED + 1];

static void count_reason(void *context, const struct reconcile_alert *one, bool batch_only,
                         enum reconcile_alert_reason reason)
{
    (void)context;
    (void)one;
    (void)batch_only;
    reasons[reason]++;
}

static void alerts_get_their_reason(void **state)
{
    (void)state;
    struct world *world = world_new(3);
    struct pipeline live;
    pipeline_init(&live, &(struct pipeline_config){.definition = world->definition,
                                                   .symbols = world->symbols,
                                                   .live = true,
                                                   .explain = true});
    struct reconcile_alert ours[] = {alert(5, 50, false), alert(9, 90, false), alert(9, 90, true),
                                     alert(1, 10, false)};
    struct reconcile_alert batch[] = {alert(1, 10, false), alert(2, 20, false)};
    struct reconcile_alerts_summary summary;
    assert_int_equal(reconcile_sort_alerts(ours, 4), 2);
    assert_int_equal(ours[0].id, 1);
    reconcile_alerts(&live, ours, 2, batch, 2, count_reason, NULL, &summary);
    assert_int_equal(summary.both, 1);
    assert_int_equal(summary.batch_only, 1);
    assert_int_equal(summary.live_only, 1);
    assert_int_equal(summary.unexplained, 2);
    assert_int_equal(reasons[RECONCILE_ALERT_UNEXPLAINED], 2);
    /* the event at 20 was late: now one has its reason, the other is a defect still */
    struct event_block block = {.len = 1};
    struct event event = {.start = 20, .rules = 1, .time = WORLD_START};
    rare_add(live.rare, RARE_LATE, &block, &event, 0);
    live.outcomes.late = 1;
    memset(reasons, 0, sizeof reasons);
    reconcile_alerts(&live, ours, 2, batch, 2, count_reason, NULL, &summary);
    assert_int_equal(summary.unexplained, 1);
    assert_int_equal(reasons[RECONCILE_ALERT_LATE], 1);
    assert_int_equal(reasons[RECONCILE_ALERT_UNEXPLAINED], 1);
    /* with events in the future, live could not judge all pairs either */
    event.start = 30;
    rare_add(live.rare, RARE_FUTURE, &block, &event, 0);
    live.outcomes.future = 1;
    memset(reasons, 0, sizeof reasons);
    reconcile_alerts(&live, ours, 2, batch, 2, count_reason, NULL, &summary);
    assert_int_equal(summary.unexplained, 0);
    assert_int_equal(reasons[RECONCILE_ALERT_NEIGHBOUR], 1);
    pipeline_fini(&live);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_unit_has_a_name), cmocka_unit_test(a_defect_of_one_unit_is_found),
        cmocka_unit_test(groups_beyond_the_cap), cmocka_unit_test(positions_come_first),
        cmocka_unit_test(positions_have_a_cap),  cmocka_unit_test(alerts_get_their_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
