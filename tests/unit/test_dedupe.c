/*
 * Protects: what is remembered of ids (S-40 … S-43), against a plain list, with tiny caps, horizons
 * and chunks; the horizon's boundary; eviction oldest first, counted (D-07); the parts of a
 * range, found slice by slice, give what one reading gives (S-110).
 */
#include "core/id_parts.h"
#include "core/trail.h"

#include "tests/unit/support.h"

#include <stdlib.h>

struct id {
    uint64_t word[2];
};

/* Ids as a keyed hash makes them. */
static struct id id_of(uint64_t n)
{
    struct id id;
    uint64_t x = n + 1;
    for (int i = 0; i < 2; i++) {
        x += 0x9E3779B97F4A7C15u;
        uint64_t z = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        id.word[i] = z ^ z >> 31;
    }
    return id;
}

static const struct event_position nowhere;

static struct dedupe *make(int64_t horizon_ms, size_t cap)
{
    struct dedupe_config config = {.horizon_ms = horizon_ms, .cap = cap, .chunk = 4};
    return dedupe_new(&config);
}

static enum dedupe_verdict check_at(struct dedupe *d, uint64_t n, uint32_t content, epoch_ms time,
                                    epoch_ms watermark, struct event_position position)
{
    return dedupe_check(d, id_of(n).word, content, time, watermark, &position);
}

static enum dedupe_verdict check(struct dedupe *d, uint64_t n, uint32_t content, epoch_ms time,
                                 epoch_ms watermark)
{
    return check_at(d, n, content, time, watermark, (struct event_position){.start = 0});
}

static void test_first_wins(void **state)
{
    (void)state;
    struct dedupe *d = make(1000, 100);
    assert_int_equal(check(d, 1, 7, 5000, INT64_MIN), DEDUPE_NEW);
    assert_int_equal(check(d, 1, 7, 5000, 4000), DEDUPE_DUPLICATE);
    assert_int_equal(check(d, 1, 8, 5000, 4000), DEDUPE_CONFLICT);
    assert_int_equal(check(d, 1, 8, 5000, 4000), DEDUPE_CONFLICT); /* the first stays the first */
    assert_int_equal(check(d, 1, 7, 9000, 4000), DEDUPE_DUPLICATE);
    assert_int_equal(check(d, 2, 7, 5000, 4000), DEDUPE_NEW);
    struct dedupe_counters counters = dedupe_counters(d);
    assert_int_equal(counters.duplicates, 2);
    assert_int_equal(counters.conflicts, 2);
    assert_int_equal(counters.evicted + counters.behind, 0);
    assert_int_equal(dedupe_len(d), 2);
    dedupe_free(d);
    dedupe_free(NULL);
}

static void test_no_id(void **state)
{
    (void)state;
    static const uint64_t none[2];
    struct dedupe *d = make(1000, 100);
    for (int i = 0; i < 3; i++)
        assert_int_equal(dedupe_check(d, none, 7, 5000, 4000, &nowhere), DEDUPE_NEW);
    assert_int_equal(dedupe_len(d), 0);
    dedupe_free(d);
}

/* Ids that share a part, a tag, a home; that differ in one bit of those that count. */
static void test_ids_that_meet(void **state)
{
    (void)state;
    struct dedupe *d = make(DEDUPE_NO_HORIZON, 1000);
    uint64_t ids[200][2] = {{1, 0}};
    size_t len = 0;
    for (int bit = 0; bit < 64; bit++)
        ids[len++][0] = UINT64_C(1) << bit;
    for (int bit = 42; bit < 64; bit++)
        ids[len++][1] = UINT64_C(1) << bit;
    for (size_t i = 0; i < len; i++)
        assert_int_equal(dedupe_check(d, ids[i], 7, 5000, 0, &nowhere), DEDUPE_NEW);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(dedupe_check(d, ids[i], 7, 5000, 0, &nowhere), DEDUPE_DUPLICATE);
    assert_int_equal(dedupe_len(d), len);
    dedupe_free(d);
}

/* S-42: kept while ts >= W - H, to the millisecond. */
static void test_horizon_boundary(void **state)
{
    (void)state;
    struct dedupe *d = make(1000, 100);
    check(d, 1, 7, 5000, 0);
    assert_int_equal(check(d, 1, 7, 5000, 6000), DEDUPE_DUPLICATE);
    assert_int_equal(check(d, 1, 7, 5001, 6001), DEDUPE_NEW);
    assert_int_equal(check(d, 1, 7, 5001, 6001), DEDUPE_DUPLICATE); /* remembered anew */
    /* older than the horizon when it comes: never remembered */
    assert_int_equal(check(d, 2, 7, 5000, 6001), DEDUPE_UNKNOWN);
    assert_int_equal(check(d, 2, 7, 5000, 6001), DEDUPE_UNKNOWN);
    assert_int_equal(check(d, 3, 7, 5001, 6001), DEDUPE_NEW);
    assert_int_equal(check(d, 3, 7, 5001, 6001), DEDUPE_DUPLICATE);
    assert_int_equal(dedupe_counters(d).behind, 2);
    assert_int_equal(dedupe_counters(d).evicted, 0);
    dedupe_free(d);
    /* the ends of time */
    d = make(DEDUPE_HORIZON_DEFAULT, 100);
    assert_int_equal(check(d, 1, 7, INSTANT_END - 1, INT64_MIN), DEDUPE_NEW);
    assert_int_equal(check(d, 2, 7, 0, INT64_MIN), DEDUPE_NEW);
    assert_int_equal(check(d, 1, 7, INSTANT_END - 1, INSTANT_END), DEDUPE_DUPLICATE);
    assert_int_equal(check(d, 1, 7, INSTANT_END - 1, INT64_MAX), DEDUPE_UNKNOWN);
    dedupe_free(d);
}

/* At the cap the oldest by arrival goes, whatever its time; what the horizon gave up is no loss. */
static void test_eviction_order(void **state)
{
    (void)state;
    struct dedupe *d = make(DEDUPE_NO_HORIZON, 5);
    for (uint64_t n = 0; n < 5; n++)
        check(d, n, 7, 9000 - (epoch_ms)n, 0);
    assert_int_equal(dedupe_counters(d).evicted, 0);
    for (uint64_t n = 5; n < 40; n++) {
        assert_int_equal(check(d, n - 5, 7, 9000, 0), DEDUPE_DUPLICATE);
        /* once one was given up, nothing that is not newer can be known to be new */
        assert_int_equal(check(d, n, 7, 9000, 0), n == 5 ? DEDUPE_NEW : DEDUPE_UNKNOWN);
        assert_int_equal(dedupe_counters(d).evicted, n - 4);
        assert_int_equal(check(d, n - 4, 7, 9000, 0), DEDUPE_DUPLICATE);
        assert_true(dedupe_len(d) <= 5 + 2 * 4);
    }
    assert_int_equal(check(d, 34, 7, 9000, 0), DEDUPE_UNKNOWN);
    assert_int_equal(check(d, 99, 7, 9001, 0), DEDUPE_NEW);
    dedupe_free(d);
    d = make(1000, 5);
    for (uint64_t n = 0; n < 200; n++) /* a time unit of 500: two are within the horizon */
        assert_int_equal(check(d, n, 7, (epoch_ms)n * 500, (epoch_ms)n * 500), DEDUPE_NEW);
    assert_int_equal(dedupe_counters(d).evicted, 0);
    dedupe_free(d);
}

/* An outlier that no watermark reaches holds its own chunk, not the memory behind it. */
static void test_an_outlier_holds_no_memory(void **state)
{
    (void)state;
    struct dedupe *d = make(1000, 100000);
    check(d, 0, 7, INSTANT_END - 1, 0);
    for (uint64_t n = 1; n < 50000; n++) {
        check(d, n, 7, (epoch_ms)n, (epoch_ms)n);
        assert_true(dedupe_len(d) <= 1001 + 16);
    }
    assert_int_equal(check(d, 0, 7, INSTANT_END - 1, 50000), DEDUPE_DUPLICATE);
    /* all is forgotten at once: it goes a few chunks at a time, faster than new ones come */
    for (uint64_t n = 50000; n < 53000; n++)
        check(d, n, 7, (epoch_ms)n + 1000000, (epoch_ms)n + 1000000);
    assert_true(dedupe_len(d) <= 1001 + 16);
    dedupe_free(d);
}

/* --- the model: a list of what came --- */

enum { MODEL_MAX = 3000 };

struct model_entry {
    uint64_t n;
    uint32_t content;
    epoch_ms time;
};

struct model {
    int64_t horizon_ms;
    int cap;
    struct model_entry entries[MODEL_MAX]; /* remembered once, in order of arrival */
    int len;
    epoch_ms evicted_newest; /* once something was evicted */
    struct dedupe_counters counters;
};

static enum dedupe_verdict model_check(struct model *m, uint64_t n, uint32_t content, epoch_ms time,
                                       epoch_ms watermark)
{
    epoch_ms floor = m->horizon_ms == DEDUPE_NO_HORIZON ? INT64_MIN : watermark - m->horizon_ms;
    int oldest = m->len > m->cap ? m->len - m->cap : 0;
    for (int i = oldest; i < m->len; i++) {
        if (m->entries[i].n != n || m->entries[i].time < floor)
            continue;
        bool same = m->entries[i].content == content;
        m->counters.duplicates += same;
        m->counters.conflicts += !same;
        return same ? DEDUPE_DUPLICATE : DEDUPE_CONFLICT;
    }
    if (time < floor) {
        m->counters.behind++;
        return DEDUPE_UNKNOWN;
    }
    bool known = m->counters.evicted == 0 || time > m->evicted_newest;
    if (m->len >= m->cap && m->entries[m->len - m->cap].time >= floor) {
        epoch_ms evicted = m->entries[m->len - m->cap].time;
        if (m->counters.evicted++ == 0 || evicted > m->evicted_newest)
            m->evicted_newest = evicted;
    }
    m->entries[m->len++] = (struct model_entry){n, content, time};
    return known ? DEDUPE_NEW : DEDUPE_UNKNOWN;
}

static void assert_counters(struct dedupe_counters a, struct dedupe_counters b)
{
    assert_int_equal(a.duplicates, b.duplicates);
    assert_int_equal(a.conflicts, b.conflicts);
    assert_int_equal(a.evicted, b.evicted);
    assert_int_equal(a.behind, b.behind);
}

static void test_against_the_model(void **state)
{
    (void)state;
    static struct model model;
    struct dedupe_counters all = {0};
    for (uint64_t seed = 1; seed <= 300; seed++) {
        uint64_t random = seed;
        memset(&model, 0, sizeof model);
        model.cap = 1 + (int)random_below(&random, seed % 2 ? 8 : 200);
        model.horizon_ms =
            random_below(&random, 4) ? random_below(&random, 300) : DEDUPE_NO_HORIZON;
        struct dedupe_config config = {.horizon_ms = model.horizon_ms,
                                       .cap = (size_t)model.cap,
                                       .chunk = (size_t)1 << random_below(&random, 5)};
        struct dedupe *d = dedupe_new(&config);
        uint32_t ids = 1 + random_below(&random, 400);
        epoch_ms watermark = 1000;
        for (int i = 0; i < MODEL_MAX; i++) {
            watermark += random_below(&random, 100) ? random_below(&random, 3) : 500;
            uint64_t n = random_below(&random, ids);
            uint32_t content = random_below(&random, 10) == 0;
            epoch_ms time = watermark + random_below(&random, 100) - random_below(&random, 300);
            if (time < 0 || random_below(&random, 50) == 0)
                time = watermark + 5000;
            if (random_below(&random, 2))
                dedupe_prefetch(d, id_of(random_below(&random, ids)).word);
            enum dedupe_verdict wanted = model_check(&model, n, content, time, watermark);
            enum dedupe_verdict got = check(d, n, content, time, watermark);
            if (got != wanted)
                fail_msg("seed %d event %d: %d, wanted %d", (int)seed, i, (int)got, (int)wanted);
        }
        assert_counters(dedupe_counters(d), model.counters);
        all.duplicates += model.counters.duplicates;
        all.conflicts += model.counters.conflicts;
        all.evicted += model.counters.evicted;
        all.behind += model.counters.behind;
        dedupe_free(d);
    }
    assert_true(all.duplicates && all.conflicts && all.evicted && all.behind);
}

/* Where conflicts count, an event is new unless one of its id and content came within the horizon,
 * whatever the order of their times. */
static void test_conflicts_that_count(void **state)
{
    (void)state;
    enum { EVENTS = 2000, IDS = 40, CONTENTS = 4, HORIZON = 200 };
    uint64_t seen[DEDUPE_CONFLICT + 1] = {0};
    for (uint64_t seed = 1; seed <= 100; seed++) {
        uint64_t random = seed;
        epoch_ms last[IDS][CONTENTS], watermark = 1000;
        memset(last, 0, sizeof last);
        struct dedupe *d = dedupe_new(&(struct dedupe_config){
            .horizon_ms = HORIZON, .cap = 100000, .conflicts_count = true, .chunk = 4});
        for (int i = 0; i < EVENTS; i++) {
            watermark += random_below(&random, 4);
            uint64_t n = random_below(&random, IDS);
            uint32_t content = random_below(&random, CONTENTS);
            epoch_ms time = watermark + random_below(&random, 100) - random_below(&random, 250);
            epoch_ms floor = watermark - HORIZON;
            enum dedupe_verdict wanted = time < floor ? DEDUPE_UNKNOWN : DEDUPE_NEW;
            for (int c = 0; c < CONTENTS; c++)
                if (last[n][c] >= floor)
                    wanted = DEDUPE_CONFLICT;
            if (last[n][content] >= floor)
                wanted = DEDUPE_DUPLICATE;
            else if (time >= floor)
                last[n][content] = time;
            enum dedupe_verdict got = check(d, n, content, time, watermark);
            if (got != wanted)
                fail_msg("seed %d event %d: %d, wanted %d", (int)seed, i, (int)got, (int)wanted);
            seen[got]++;
        }
        dedupe_free(d);
    }
    for (int verdict = DEDUPE_NEW; verdict <= DEDUPE_CONFLICT; verdict++)
        assert_true(seen[verdict] > 100);
}

static void test_growth(void **state)
{
    (void)state;
    enum { MANY = 300000 };
    struct dedupe_config config = {.horizon_ms = DEDUPE_NO_HORIZON};
    struct dedupe *d = dedupe_new(&config);
    for (int round = 0; round < 2; round++) {
        for (uint64_t n = 0; n < MANY; n++)
            assert_int_equal(check(d, n, 7, 0, 0), DEDUPE_NEW);
        for (uint64_t n = 0; n < MANY; n++)
            assert_int_equal(check(d, n, 7, 0, 0), DEDUPE_DUPLICATE);
        assert_int_equal(dedupe_len(d), MANY);
        assert_true(dedupe_bytes(d) < MANY * 48); /* 24, and an index at half load or more */
        dedupe_clear(d);
        assert_int_equal(dedupe_len(d), 0);
        assert_int_equal(dedupe_counters(d).duplicates, 0);
    }
    dedupe_free(d);
}

/* The parts of a range, slice after slice, each part when it likes: what one reader finds, and
 * where the first of a conflict stood (S-41, S-110). */
static void test_parts(void **state)
{
    (void)state;
    enum { SLICES = 12, SEEN = 3000 };
    static struct id_sighting seen[SEEN];
    static uint8_t verdicts[SEEN];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t random = seed, met = 0;
        struct dedupe *whole = dedupe_new(&(struct dedupe_config){
            .horizon_ms = DEDUPE_NO_HORIZON, .cap = 100000, .conflicts_count = seed % 2});
        struct id_parts *parts = id_parts_new(SLICES, seed % 2);
        struct id_meetings meetings = {.len = 0};
        uint32_t ids = random_below(&random, 2) ? 100000 : 300;
        for (uint32_t slice = 0; slice < SLICES; slice++) {
            enum dedupe_verdict wanted[SEEN];
            uint32_t len = random_below(&random, SEEN), part_len;
            struct id_sighting part[SEEN];
            memset(verdicts, DEDUPE_NEW, sizeof verdicts);
            for (uint32_t i = 0; i < len; i++) {
                uint64_t n = random_below(&random, ids);
                struct id id = id_of(n);
                seen[i] = (struct id_sighting){.id0 = id.word[0],
                                               .id1 = (uint32_t)(id.word[1] >> 32),
                                               .content = random_below(&random, 9) / 6,
                                               .offset = i,
                                               .slot = i};
                wanted[i] = check_at(whole, n, seen[i].content, 9000, 0,
                                     (struct event_position){0, slice, i});
            }
            for (size_t p = 0; p < ID_PARTS; p++) {
                part_len = 0;
                for (uint32_t i = 0; i < len; i++)
                    if (id_parts_of(&seen[i]) == p)
                        part[part_len++] = seen[i];
                meetings.len = 0;
                id_parts_resolve(parts, p, slice, part, part_len, verdicts, &meetings);
                met += meetings.len;
            }
            for (uint32_t i = 0; i < len; i++)
                assert_int_equal(verdicts[i], wanted[i]);
        }
        assert_int_equal(id_parts_len(parts), dedupe_len(whole));
        assert_int_equal(met, dedupe_counters(whole).conflicts);
        assert_true(id_parts_bytes(parts) < 60 * id_parts_len(parts) + 400 * 1024);
        free(meetings.at);
        id_parts_free(parts);
        dedupe_free(whole);
    }
}

/* --- where conflicts stand --- */

static bool stands(const struct event_position *position, uint32_t source, uint32_t generation,
                   uint64_t start)
{
    return position->source == source && position->generation == generation &&
           position->start == start;
}

/* Both positions, over sources, generations and files larger than 4 GiB; the newest are kept, and
 * all are counted. */
static void test_conflicts_stand_somewhere(void **state)
{
    (void)state;
    static const struct event_position places[] = {
        {0, 0, 7},  {0, 0, 100}, {1, 0, 5},          {0, 0, UINT64_C(1) << 31},
        {0, 1, 0},  {0, 1, 40},  {0, 1, UINT32_MAX}, {0, 1, (UINT64_C(1) << 40) + 3},
        {1, 0, 50}, {1, 0, 40},
    };
    enum { PLACES = sizeof places / sizeof *places };
    struct dedupe *d = make(DEDUPE_NO_HORIZON, 1000);
    for (uint32_t i = 0; i < PLACES; i++)
        check_at(d, i, 7, 5000, 0, places[i]);
    for (uint32_t i = 0; i < 2 * PLACES; i++) {
        struct event_position again = {2, 0, i};
        assert_int_equal(check_at(d, i % PLACES, 8, 5000, 0, again), DEDUPE_CONFLICT);
    }
    const struct id_conflicts *conflicts = dedupe_conflicts(d);
    assert_int_equal(conflicts->total, 2 * PLACES);
    assert_int_equal(dedupe_counters(d).conflicts, 2 * PLACES);
    assert_int_equal(id_conflicts_len(conflicts), ID_CONFLICTS_KEPT);
    for (int n = 0; n < ID_CONFLICTS_KEPT; n++) {
        const struct id_conflict *conflict = id_conflicts_newest(conflicts, n);
        uint32_t i = (uint32_t)(2 * PLACES - 1 - n);
        assert_true(conflict->first_known);
        assert_memory_equal(&conflict->first, &places[i % PLACES], sizeof *places);
        assert_true(stands(&conflict->second, 2, 0, i));
    }
    dedupe_clear(d);
    assert_int_equal(id_conflicts_len(dedupe_conflicts(d)), 0);
    dedupe_free(d);
}

/* Beyond the runs that are kept the first one's place is not known, and not made up. */
static void test_places_long_gone(void **state)
{
    (void)state;
    struct dedupe *d = make(DEDUPE_NO_HORIZON, 10 * TRAIL_RUNS_MAX);
    for (uint32_t i = 0; i <= TRAIL_RUNS_MAX; i++)
        check_at(d, i, 7, 5000, 0, (struct event_position){i & 1, 0, i});
    check_at(d, 3, 8, 5000, 0, (struct event_position){0, 0, 1});
    check_at(d, TRAIL_RUNS_MAX - 1, 8, 5000, 0, (struct event_position){0, 0, 2});
    assert_true(id_conflicts_newest(dedupe_conflicts(d), 0)->first_known);
    assert_true(
        stands(&id_conflicts_newest(dedupe_conflicts(d), 0)->first, 1, 0, TRAIL_RUNS_MAX - 1));
    assert_false(id_conflicts_newest(dedupe_conflicts(d), 1)->first_known);
    dedupe_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_wins),
        cmocka_unit_test(test_no_id),
        cmocka_unit_test(test_ids_that_meet),
        cmocka_unit_test(test_horizon_boundary),
        cmocka_unit_test(test_eviction_order),
        cmocka_unit_test(test_an_outlier_holds_no_memory),
        cmocka_unit_test(test_against_the_model),
        cmocka_unit_test(test_conflicts_that_count),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_conflicts_stand_somewhere),
        cmocka_unit_test(test_places_long_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
