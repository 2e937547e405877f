/*
 * Guards: sessions against a brute-force reference on thousands of seeds (S-12): the events taken
 * so far, grouped from nothing each time by the words of the rule; gap and lateness at each
 * boundary (S-30); order does not matter while nothing is late; corrections and retractions fold to
 * the table (S-32); presets agree (S-25); slices merged = sequential; final sessions stay as they
 * are (S-31); caps (D-07).
 */
#include "tests/unit/window_bench.h"

enum { GAP = 10, A = 20 };

/* A session as the reference sees it. */
struct group {
    epoch_ms first, last;
    int key;
    uint64_t count;
    int64_t sum;
    bool final;
};

struct reference {
    struct group groups[EVENTS_MAX]; /* final ones are never forgotten */
    int len;
    epoch_ms known_from[KEYS]; /* what was too late when the key became known */
    int64_t gap, lateness;
};

/* What no later event may change any more. */
static void freeze(struct reference *reference, epoch_ms watermark)
{
    for (int g = 0; g < reference->len; g++)
        reference->groups[g].final |=
            watermark >= reference->groups[g].last + reference->gap + reference->lateness;
}

static bool near(const struct reference *reference, const struct group *a, const struct group *b)
{
    return a->key == b->key && a->first - b->last <= reference->gap &&
           b->first - a->last <= reference->gap;
}

/* Joins open sessions until none is near another. Returns the one that has the event. */
static struct group *settle_groups(struct reference *reference, int with)
{
    for (int g = 0; g < reference->len; g++) {
        struct group *into = &reference->groups[with], *from = &reference->groups[g];
        if (g == with || from->final || !near(reference, into, from))
            continue;
        into->first = from->first < into->first ? from->first : into->first;
        into->last = from->last > into->last ? from->last : into->last;
        into->count += from->count;
        into->sum += from->sum;
        *from = reference->groups[--reference->len];
        if (with == reference->len)
            with = g;
        g = -1; /* from the start: it has grown */
    }
    return &reference->groups[with];
}

/* An open session, or a final one that ended less than gap + A before W. */
static bool is_known(const struct reference *reference, int key, epoch_ms watermark)
{
    for (int g = 0; g < reference->len; g++) {
        const struct group *group = &reference->groups[g];
        epoch_ms gone = group->last + 2 * reference->gap + reference->lateness;
        if (group->key == key && (!group->final || watermark < gone))
            return true;
    }
    return false;
}

static enum window_fate reference_add(struct reference *reference, const struct stream *stream,
                                      int i, epoch_ms watermark)
{
    freeze(reference, watermark);
    struct reference before = *reference;
    epoch_ms time = stream->at[i].time;
    epoch_ms *known_from = &reference->known_from[stream->at[i].key];
    if (!is_known(reference, stream->at[i].key, watermark))
        *known_from =
            watermark == INT64_MIN ? INT64_MIN : watermark - reference->gap - reference->lateness;
    struct group *single = &reference->groups[reference->len++];
    *single = (struct group){time, time, stream->at[i].key, 1, stream->at[i].value, false};
    bool meets_final = false;
    for (int g = 0; g < reference->len - 1; g++)
        meets_final |= reference->groups[g].final && near(reference, single, &reference->groups[g]);
    struct group *session = settle_groups(reference, reference->len - 1);
    epoch_ms end = session->last + reference->gap;
    if (meets_final || time <= *known_from || watermark >= end + reference->lateness) {
        *reference = before;
        return WINDOW_TOO_LATE;
    }
    return watermark >= end ? WINDOW_ALLOWED : WINDOW_ON_TIME;
}

static void check_reference(const struct bench *bench, const struct reference *reference)
{
    static struct plain rows[ROWS_MAX];
    int len = bench_rows(bench, rows);
    assert_int_equal(len, reference->len);
    for (int r = 0; r < len; r++) {
        int found = 0;
        for (int g = 0; g < reference->len; g++) {
            const struct group *group = &reference->groups[g];
            found += bench->key[group->key] == rows[r].key && group->first == rows[r].start &&
                     group->last + reference->gap == rows[r].end && group->count == rows[r].count &&
                     group->sum == rows[r].sum && group->final == (rows[r].state == WINDOW_FINAL);
        }
        if (found != 1)
            fail_msg("session [%lld,%lld) key %u count %llu is not in the reference",
                     (long long)rows[r].start, (long long)rows[r].end, rows[r].key,
                     (unsigned long long)rows[r].count);
    }
}

struct met {
    int fate[3], retracted, corrected, first;
};

static void run_seed(struct bench *bench, uint64_t seed, bool busy, struct met *met)
{
    static struct stream stream;
    static struct reference reference;
    reference.len = 0;
    reference.gap = 1 + random_below(&seed, 12);
    reference.lateness = random_below(&seed, 30);
    int64_t delay = random_below(&seed, 15);
    stream_make(&stream, seed, 60);
    bench_open(bench, bench_config(WINDOW_SESSION, reference.gap, 0, reference.lateness));
    for (int i = 0; i < stream.len; i++) {
        epoch_ms watermark = stream_watermark(&stream, i, delay);
        enum window_fate wanted = reference_add(&reference, &stream, i, watermark);
        for (int64_t step = busy && i > 0 ? 5 : -1; step >= 0; step--)
            windows_advance(bench->windows, watermark - step);
        assert_int_equal(bench_add_of(bench, &stream, i, watermark), wanted);
        met->fate[wanted]++;
        if (i % 25 != 0)
            continue;
        check_reference(bench, &reference);
        bench_check_log(bench);
    }
    windows_advance(bench->windows, INT64_MAX);
    freeze(&reference, INT64_MAX);
    check_reference(bench, &reference);
    bench_check_log(bench);
    assert_int_equal(bench->append_len, windows_len(bench->windows));
    for (int i = 0; i < bench->log_len; i++) {
        met->retracted += bench->log[i].kind == WINDOW_RETRACTED;
        met->corrected += bench->log[i].kind == WINDOW_CORRECTION;
        met->first += bench->log[i].kind == WINDOW_FIRST;
    }
}

static void random_sessions_equal_the_reference(void **state)
{
    (void)state;
    static struct bench lazy, busy;
    struct met met = {.first = 0};
    for (uint64_t seed = 0; seed < 2000; seed++) {
        run_seed(&lazy, seed, false, &met);
        run_seed(&busy, seed, true, &met);
        bench_check_same_log(&lazy, &busy);
        bench_close(&lazy);
        bench_close(&busy);
    }
    assert_true(met.fate[WINDOW_ON_TIME] > 10000 && met.fate[WINDOW_ALLOWED] > 10000);
    assert_true(met.fate[WINDOW_TOO_LATE] > 1000 && met.first > 10000);
    assert_true(met.retracted > 1000 && met.corrected > 1000);
}

/* next - prev > gap starts a new session; equality stays in (S-12). */
static void the_gap_itself_stays_in(void **state)
{
    (void)state;
    static const struct {
        epoch_ms times[3];
        int sessions;
    } table[] = {
        {{100, 110, 120}, 1}, {{100, 111, 121}, 2}, {{100, 111, 122}, 3},
        {{100, 120, 110}, 1}, {{100, 121, 110}, 2}, {{100, 121, 111}, 2},
        {{100, 90, 80}, 1},   {{100, 89, 79}, 2},   {{100, 100, 100}, 1},
    };
    static struct plain rows[ROWS_MAX];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        static struct bench bench;
        bench_open(&bench, bench_config(WINDOW_SESSION, GAP, 0, A));
        for (int n = 0; n < 3; n++)
            bench_add(&bench, table[i].times[n], 0, 1, INT64_MIN);
        bench_add(&bench, 105, 1, 1, INT64_MIN); /* another key is another session */
        assert_int_equal(bench_rows(&bench, rows), table[i].sessions + 1);
        bench_close(&bench);
    }
}

/* After a session [100, 110) and W: what one more event is. */
static void boundaries(void **state)
{
    (void)state;
    static const struct {
        epoch_ms watermark, time;
        enum window_fate fate;
        const char *told; /* f first, c correction, r retraction, F final */
    } table[] = {
        {109, 100, WINDOW_ON_TIME, ""},
        {110, 100, WINDOW_ALLOWED, "fc"},
        {110, 90, WINDOW_ALLOWED, "frc"}, /* begins earlier: another session */
        {110, 89, WINDOW_ALLOWED, "fc"},  /* one of its own, [89, 99) */
        {110, 101, WINDOW_ON_TIME, "fr"}, /* lasts beyond W again */
        {119, 110, WINDOW_ON_TIME, "fr"}, /* at the gap */
        {120, 110, WINDOW_ALLOWED, "fc"},
        {120, 111, WINDOW_ON_TIME, "f"},
        {129, 100, WINDOW_ALLOWED, "fc"}, /* W = end + A - 1 */
        {129, 90, WINDOW_ALLOWED, "frc"}, /* too late alone, but joins one that is not final */
        {129, 89, WINDOW_TOO_LATE, "f"},
        {130, 100, WINDOW_TOO_LATE, "fF"}, /* W = end + A */
        {130, 101, WINDOW_TOO_LATE, "fF"}, /* not late alone, but the final one would grow */
        {130, 110, WINDOW_TOO_LATE, "fF"},
        {130, 111, WINDOW_ALLOWED, "fFc"}, /* beyond the gap: a session of its own */
        {140, 110, WINDOW_TOO_LATE, "fF"}, /* the key is let go: too late alone */
        {140, 111, WINDOW_ALLOWED, "fFc"},
        {141, 111, WINDOW_TOO_LATE, "fF"},
        {INT64_MAX, 5000, WINDOW_TOO_LATE, "fF"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        static struct bench bench;
        char told[16] = "";
        bench_open(&bench, bench_config(WINDOW_SESSION, GAP, 0, A));
        bench_add(&bench, 100, 0, 1, INT64_MIN);
        enum window_fate fate = bench_add(&bench, table[i].time, 0, 1, table[i].watermark);
        for (int n = 0; n < bench.log_len; n++)
            told[n] = "fcrF"[bench.log[n].kind];
        if (fate != table[i].fate || strcmp(told, table[i].told) != 0)
            fail_msg("W %lld, time %lld: fate %d, told %s", (long long)table[i].watermark,
                     (long long)table[i].time, (int)fate, told);
        bench_check_log(&bench);
        bench_close(&bench);
    }
}

/* A late event bridges two told sessions: both are taken back, the whole comes in their place, with
 * the revisions of its parts. */
static void a_bridge_takes_back_both(void **state)
{
    (void)state;
    static struct bench bench;
    static struct plain rows[ROWS_MAX];
    bench_open(&bench, bench_config(WINDOW_SESSION, GAP, 0, 50));
    bench_add(&bench, 100, 0, 1, INT64_MIN);
    bench_add(&bench, 120, 0, 2, INT64_MIN);
    windows_advance(bench.windows, 140);
    assert_int_equal(bench_add(&bench, 120, 0, 8, 140), WINDOW_ALLOWED);
    assert_int_equal(bench_add(&bench, 110, 0, 4, 140), WINDOW_ALLOWED);
    assert_int_equal(bench.log_len, 5);
    assert_int_equal(bench.log[3].kind, WINDOW_RETRACTED);
    assert_int_equal(bench.log[3].before.start, 120);
    assert_int_equal(bench.log[4].kind, WINDOW_CORRECTION);
    assert_int_equal(bench.log[4].before.end, 110);
    assert_plain(bench.log[4].after,
                 (struct plain){100, 130, bench.key[0], 4, 15, 1, 8, 2, WINDOW_SETTLING});
    assert_int_equal(bench_rows(&bench, rows), 1);
    bench_check_log(&bench);
    bench_close(&bench);
}

static void order_does_not_matter(void **state)
{
    (void)state;
    static struct bench forward, shuffled;
    static struct stream stream;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        uint64_t dice = seed;
        int order[EVENTS_MAX];
        stream_make(&stream, seed, 60);
        bench_open(&forward, bench_config(WINDOW_SESSION, 5, 0, A));
        bench_open(&shuffled, bench_config(WINDOW_SESSION, 5, 0, A));
        for (int i = 0; i < stream.len; i++) {
            int at = (int)random_below(&dice, (uint32_t)i + 1);
            order[i] = order[at];
            order[at] = i;
            bench_add_of(&forward, &stream, i, INT64_MIN);
        }
        for (int i = 0; i < stream.len; i++)
            bench_add_of(&shuffled, &stream, order[i], INT64_MIN);
        bench_check_same(&forward, &shuffled, true);
        bench_close(&forward);
        bench_close(&shuffled);
    }
}

static void merged_slices_equal_sequential(void **state)
{
    (void)state;
    static struct bench whole, merged, slice;
    static struct stream stream;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        uint64_t cuts = seed;
        struct window_config config =
            bench_config(WINDOW_SESSION, 1 + random_below(&cuts, 12), 0, A);
        bench_open(&whole, config);
        bench_open(&merged, config);
        bench_open(&slice, config);
        stream_make(&stream, seed, 60);
        for (int i = 0; i < stream.len; i++) {
            bench_add_of(&whole, &stream, i, INT64_MIN);
            bench_add_of(&slice, &stream, i, INT64_MIN);
            if (random_below(&cuts, 10) != 0 && i < stream.len - 1)
                continue;
            windows_merge(merged.windows, slice.windows);
            windows_clear(slice.windows);
        }
        windows_advance(whole.windows, INT64_MAX);
        windows_advance(merged.windows, INT64_MAX);
        bench_check_same(&whole, &merged, true);
        bench_check_same_log(&whole, &merged);
        bench_close(&whole);
        bench_close(&merged);
        bench_close(&slice);
    }
}

static void presets_agree(void **state)
{
    (void)state;
    int late = 0, corrections = 0;
    for (uint64_t seed = 0; seed < 3000; seed++)
        bench_presets(WINDOW_SESSION, seed, 60, &late, &corrections);
    assert_true(late > 1000 && corrections > 1000);
}

/* What came within the gap of a final session is its late row. */
static void late_of_a_session(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, bench_config(WINDOW_SESSION, GAP, 0, A));
    bench_add(&bench, 100, 0, 1, INT64_MIN);
    bench_add(&bench, 105, 0, 1, INT64_MIN);
    bench_add(&bench, 90, 0, 2, 135);
    bench_add(&bench, 115, 0, 3, 135);
    bench_add(&bench, 80, 0, 4, 135);  /* one of its own */
    bench_add(&bench, 100, 1, 5, 135); /* of a key that has none */
    struct window_id id = {.start = 100, .key = {bench.key[0]}};
    assert_int_equal(windows_late(bench.windows, &id)->count, 2);
    assert_int_equal(windows_late(bench.windows, &id)->value[0].sum, 5);
    assert_int_equal(windows_late(bench.windows, &id)->end, 115);
    id.start = 80;
    assert_int_equal(windows_late(bench.windows, &id)->end, 90);
    assert_int_equal(windows_counters(bench.windows).late_rows, 3);
    assert_int_equal(windows_counters(bench.windows).late, 4);
    bench_close(&bench);
}

static void caps_are_met_and_counted(void **state)
{
    (void)state;
    static struct bench bench;
    struct window_config config = bench_config(WINDOW_SESSION, GAP, 0, 0);
    config.open_cap = 2;
    bench_open(&bench, config);
    for (int k = 0; k < KEYS; k++) /* room for two */
        assert_int_equal(bench_add(&bench, 100, k, 1, INT64_MIN), WINDOW_ON_TIME);
    bench_add(&bench, 105, 0, 1, INT64_MIN); /* joining needs no room */
    assert_int_equal(windows_counters(bench.windows).overflowed, 2);
    windows_advance(bench.windows, 115);
    assert_int_equal(windows_counters(bench.windows).final, 2);
    bench_add(&bench, 118, 2, 1, 115); /* the keys 0 and 1 are let go at 120 */
    windows_advance(bench.windows, 119);
    assert_int_equal(windows_counters(bench.windows).forgotten, 0);
    bench_close(&bench);

    config.gap_ms = 100; /* keys stay for a whole gap: the oldest is let go early */
    bench_open(&bench, config);
    for (int k = 0; k < 3; k++) {
        bench_add(&bench, 1000 + k * 10, k, 1, INT64_MIN);
        windows_advance(bench.windows, 1100 + k * 10);
    }
    assert_int_equal(windows_counters(bench.windows).forgotten, 1);
    assert_int_equal(bench_add(&bench, 1110, 1, 1, 1120), WINDOW_TOO_LATE);
    assert_int_equal(bench_add(&bench, 1100, 0, 1, 1120), WINDOW_ON_TIME); /* the price */
    bench_close(&bench);
}

/* Which additions meet a cap, and which keys are let go early, is the same however often the
 * windows are advanced. */
static void caps_do_not_depend_on_advancing(void **state)
{
    (void)state;
    static struct bench lazy, busy;
    static struct stream stream;
    uint64_t overflowed = 0, forgotten = 0;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        uint64_t dice = seed;
        struct window_config config =
            bench_config(WINDOW_SESSION, 4 + random_below(&dice, 20), 0, random_below(&dice, 5));
        config.open_cap = 1 + random_below(&dice, 2);
        bench_open(&lazy, config);
        bench_open(&busy, config);
        stream_make(&stream, seed, 40);
        for (int i = 0; i < stream.len; i++) {
            epoch_ms watermark = stream_watermark(&stream, i, 2);
            if (i % 5 == 0)
                for (epoch_ms step = 60; i > 0 && step >= 0; step--)
                    windows_advance(busy.windows, watermark - step);
            epoch_ms seen = i % 5 == 0 || i == 0 ? watermark : INT64_MIN; /* W leaps */
            assert_int_equal(bench_add_of(&lazy, &stream, i, seen),
                             bench_add_of(&busy, &stream, i, seen));
        }
        bench_check_same_log(&lazy, &busy);
        bench_check_same(&lazy, &busy, true);
        struct window_counters a = windows_counters(lazy.windows);
        struct window_counters b = windows_counters(busy.windows);
        assert_memory_equal(&a, &b, sizeof a);
        overflowed += a.overflowed;
        forgotten += a.forgotten;
        bench_close(&lazy);
        bench_close(&busy);
    }
    assert_true(overflowed > 10000 && forgotten > 50);
}

/* One key, very many sessions, in an order that is not kind. */
static void many_sessions_of_one_key(void **state)
{
    (void)state;
    static struct bench bench;
    struct window_config config = bench_config(WINDOW_SESSION, 5, 0, 0);
    bench_open(&bench, config);
    config.definition = bench.definition;
    config.symbols = bench.symbols;
    struct windows *windows = windows_new(&config);
    enum { SESSIONS = 50000 };
    for (int n = 0; n < SESSIONS; n++) {
        struct event event = {.time = (epoch_ms)(n * 7919L % SESSIONS) * 10};
        assert_int_equal(windows_add(windows, &event, event.key, INT64_MIN), WINDOW_ON_TIME);
    }
    assert_int_equal(windows_len(windows), SESSIONS);
    for (int n = 0; n < SESSIONS - 1; n++) { /* at 5 behind each: all become one */
        struct event event = {.time = (epoch_ms)(n * 7919L % (SESSIONS - 1)) * 10 + 5};
        windows_add(windows, &event, event.key, INT64_MIN);
    }
    assert_int_equal(windows_len(windows), 1);
    windows_advance(windows, INT64_MAX);
    const struct window_row *row;
    windows_sorted(windows, &row);
    assert_int_equal(row->count, 2 * SESSIONS - 1);
    windows_free(windows);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gap_itself_stays_in),
        cmocka_unit_test(boundaries),
        cmocka_unit_test(a_bridge_takes_back_both),
        cmocka_unit_test(random_sessions_equal_the_reference),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(merged_slices_equal_sequential),
        cmocka_unit_test(presets_agree),
        cmocka_unit_test(late_of_a_session),
        cmocka_unit_test(caps_are_met_and_counted),
        cmocka_unit_test(caps_do_not_depend_on_advancing),
        cmocka_unit_test(many_sessions_of_one_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
