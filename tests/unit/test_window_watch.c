/*
 * Guards: the picture of the windows agrees with the windows themselves on random streams,
 * tumbling, hopping and sessions: the newest windows with all groups together, what was corrected
 * and when, what came too late. It stays bounded, and the newest are what it keeps. Rare events are
 * kept by day, and what is given up is known.
 */
#include "tests/unit/reconcile_world.h"

enum { WORLDS = 300 };

struct watched_world {
    struct world *world;
    struct pipeline pipeline;
    struct snapshot_windows shown;
};

static void open_world(struct watched_world *w, uint64_t seed, bool sessions)
{
    w->world = world_new(seed);
    struct definition *definition = w->world->definition;
    definition->window.session_ms = sessions ? 15000 : 0;
    if (seed % 2)
        definition->window.size_ms = definition->window.slide_ms = 60000;
    pipeline_init(&w->pipeline, &(struct pipeline_config){.definition = definition,
                                                          .symbols = w->world->symbols,
                                                          .live = true,
                                                          .by_day = true,
                                                          .explain = true,
                                                          .watch_windows = true});
    for (uint32_t from = 0, to; from < w->world->len; from = to) {
        to = world_block(w->world, from, WORLD_BLOCK);
        world_apply(w->world, &w->pipeline, from, to);
    }
    window_watch_fill(w->pipeline.watch, w->pipeline.windows, pipeline_watermark(&w->pipeline),
                      &w->shown);
}

static void close_world(struct watched_world *w)
{
    pipeline_fini(&w->pipeline);
    world_free(w->world);
}

/* The rows of one window, of all groups. */
static void add_up(const struct windows *windows, bool late, epoch_ms start, uint64_t *count,
                   uint64_t *revisions, enum window_state *state)
{
    size_t len = late ? windows_counters(windows).late_rows : windows_len(windows);
    const struct window_row **rows = mem_alloc(len * sizeof(struct window_row *));
    if (late)
        windows_late_sorted(windows, rows);
    else
        windows_sorted(windows, rows);
    for (size_t i = 0; i < len; i++) {
        if (rows[i]->id.start != start)
            continue;
        *count += rows[i]->count;
        *revisions += rows[i]->revision;
        *state = rows[i]->state;
    }
    free(rows);
}

static void pictures_agree_with_the_windows(void **state)
{
    (void)state;
    static struct watched_world w;
    uint64_t windows = 0, corrections = 0, late_windows = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        open_world(&w, seed, false);
        for (int i = 0; i < w.shown.windows_len; i++) {
            const struct snapshot_window *window = &w.shown.windows[i];
            uint64_t count = 0, late = 0, revisions = 0, none = 0;
            enum window_state kept = window->state, unused;
            add_up(w.pipeline.windows, false, window->start, &count, &revisions, &kept);
            add_up(w.pipeline.windows, true, window->start, &late, &none, &unused);
            if (window->count != count || window->late != late || window->corrections != revisions)
                fail_msg("seed %d: window %d has %d, %d late, %d corrections; wanted %d, %d, %d",
                         (int)seed, i, (int)window->count, (int)window->late,
                         (int)window->corrections, (int)count, (int)late, (int)revisions);
            assert_int_equal(window->state, kept);
            assert_true(i == 0 || window[-1].start < window->start);
            corrections += revisions;
            late_windows += late > 0;
        }
        windows += (uint64_t)w.shown.windows_len;
        struct window_counters counters = windows_counters(w.pipeline.windows);
        assert_memory_equal(&w.shown.counters, &counters, sizeof counters);
        close_world(&w);
    }
    assert_true(windows > 3000 && corrections > 1000 && late_windows > 1000);
}

/* --- the ledger, and what was too late --- */

static void the_ledger_has_the_newest(void **state)
{
    (void)state;
    static struct watched_world w;
    size_t full = 0, late_full = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        open_world(&w, seed, false);
        const struct snapshot_windows *shown = &w.shown;
        uint64_t revisions = shown->counters.revisions;
        int wanted = revisions > SNAPSHOT_CORRECTIONS ? SNAPSHOT_CORRECTIONS : (int)revisions;
        assert_int_equal(shown->corrections_len, wanted);
        full += wanted == SNAPSHOT_CORRECTIONS;
        for (int c = 0; c < wanted; c++) {
            const struct snapshot_correction *entry = &shown->corrections[c];
            assert_true(entry->after == entry->before + 1); /* one event at a time */
            assert_true(entry->watermark >= entry->end);    /* its result had been told */
            assert_true(c == 0 || entry->watermark <= entry[-1].watermark);
            assert_true(c == 0 || entry->at <= entry[-1].at);
            assert_true(entry->revision > 0 && entry->label[0] >= 'a' && !entry->retracted);
        }
        size_t rows = shown->counters.late_rows;
        assert_int_equal(shown->late_len, rows > SNAPSHOT_LATE ? SNAPSHOT_LATE : rows);
        late_full += rows > SNAPSHOT_LATE;
        for (int l = 0; l < shown->late_len; l++) {
            assert_true(shown->late[l].count > 0);
            assert_true(l == 0 || shown->late[l].start <= shown->late[l - 1].start);
        }
        close_world(&w);
    }
    if (full < 20 || late_full < 20)
        fail_msg("the ledger was full %d times, the late rows %d", (int)full, (int)late_full);
}

static void sessions_that_were_told(void **state)
{
    (void)state;
    static struct watched_world w;
    uint64_t matched = 0, retracted = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        open_world(&w, seed, true);
        size_t len = windows_len(w.pipeline.windows);
        const struct window_row **rows = mem_alloc(len * sizeof(struct window_row *));
        windows_sorted(w.pipeline.windows, rows);
        for (int i = 0; i < w.shown.windows_len; i++) {
            const struct snapshot_window *session = &w.shown.windows[i];
            bool found = false;
            for (size_t r = 0; r < len && !found; r++)
                found = rows[r]->id.start == session->start && rows[r]->end == session->end &&
                        rows[r]->count == session->count && rows[r]->state == session->state;
            if (!found)
                fail_msg("seed %d: session %d is none of the windows'", (int)seed, i);
            matched++;
        }
        for (int c = 0; c < w.shown.corrections_len; c++)
            retracted += w.shown.corrections[c].retracted;
        free(rows);
        close_world(&w);
    }
    assert_true(matched > 3000 && retracted > 100);
}

/* --- rare events by day --- */

static void add_day(struct rare *rare, int32_t day, int32_t newest)
{
    struct event_block block = {.len = 0};
    struct event event = {.time = (epoch_ms)day * MS_PER_DAY, .key = {5}};
    rare_add(rare, RARE_FUTURE, &block, &event, newest);
}

static void rare_days_are_bounded(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct rare *rare =
        rare_new(&(struct rare_config){.definition = definition, .groups_cap = 10, .by_day = true});
    const int32_t today = 20000;
    for (int32_t d = 0; d < RARE_DAYS; d++)
        add_day(rare, today + d, today);
    assert_true(rare_complete(rare, today) && rare_complete(rare, today + RARE_DAYS - 1));
    /* a full house: the farthest day goes, and is known to have gone */
    add_day(rare, today + 1000, today);
    assert_null(rare_tally(rare, today + 1000, RARE_FUTURE));
    assert_false(rare_complete(rare, today + 1000));
    add_day(rare, today - 1, today);
    assert_non_null(rare_tally(rare, today - 1, RARE_FUTURE));
    assert_null(rare_tally(rare, today + RARE_DAYS - 1, RARE_FUTURE));
    assert_false(rare_complete(rare, today + RARE_DAYS - 1));
    assert_true(rare_complete(rare, today + RARE_DAYS - 2));
    /* time goes on: days that are no longer shown go first */
    add_day(rare, today + 500, today + 20);
    assert_null(rare_tally(rare, today - 1, RARE_FUTURE));
    assert_false(rare_complete(rare, today - 1));
    assert_true(rare_complete(rare, today + 20));
    assert_int_equal(tally_row(rare_tally(rare, today + 20, RARE_FUTURE), 0)->count, 1);
    rare_free(rare);
    definition_free(definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_agree_with_the_windows),
        cmocka_unit_test(the_ledger_has_the_newest),
        cmocka_unit_test(sessions_that_were_told),
        cmocka_unit_test(rare_days_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
