/*
 * Guards: the three tiers and the states at each boundary (S-30, S-31); the worked example; hopping
 * events late for some of their windows, days at local midnight (S-11); the order in which results
 * are told; caps (D-06, D-07). Random streams: test_window_random.c.
 */
#include "tests/unit/window_bench.h"

static const epoch_ms MINUTE = MS_PER_MINUTE;

static void boundaries(void **state)
{
    (void)state;
    enum { START = 3000, SIZE = 100, END = START + SIZE, A = 50 };
    static const struct {
        epoch_ms watermark, time;
        enum window_fate fate;
    } table[] = {
        {INT64_MIN, START, WINDOW_ON_TIME},
        {END - 1, START, WINDOW_ON_TIME},
        {END, START, WINDOW_ALLOWED},
        {END + A - 1, START, WINDOW_ALLOWED},
        {END + A, START, WINDOW_TOO_LATE},
        {INT64_MAX, START, WINDOW_TOO_LATE},
        {INT64_MIN, END - 1, WINDOW_ON_TIME},
        {END - 1, END - 1, WINDOW_ON_TIME},
        {END, END - 1, WINDOW_ALLOWED},
        {END + A - 1, END - 1, WINDOW_ALLOWED},
        {END + A, END - 1, WINDOW_TOO_LATE},
        {END, START - 1, WINDOW_TOO_LATE},
        {START + A - 1, START - 1, WINDOW_ALLOWED},
        {START + A, START - 1, WINDOW_TOO_LATE},
        {END, END, WINDOW_ON_TIME},
        {END + SIZE - 1, END, WINDOW_ON_TIME},
        {END + SIZE, END, WINDOW_ALLOWED},
        {END + SIZE + A, END, WINDOW_TOO_LATE},
        {INT64_MAX, END, WINDOW_TOO_LATE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        static struct bench bench;
        bench_open(&bench, bench_config(WINDOW_TUMBLING, SIZE, 0, A));
        enum window_fate fate = bench_add(&bench, table[i].time, 0, 1, table[i].watermark);
        if (fate != table[i].fate)
            fail_msg("W %lld, time %lld: fate %d, wanted %d", (long long)table[i].watermark,
                     (long long)table[i].time, (int)fate, (int)table[i].fate);
        bool late = fate == WINDOW_TOO_LATE;
        assert_int_equal(windows_len(bench.windows), late ? 0 : 1);
        assert_int_equal(windows_counters(bench.windows).late, late ? 1 : 0);
        assert_int_equal(windows_counters(bench.windows).revisions, fate == WINDOW_ALLOWED);
        bench_close(&bench);
    }
}

static enum window_state only_state(const struct bench *bench)
{
    static struct plain rows[ROWS_MAX];
    assert_int_equal(bench_rows(bench, rows), 1);
    return rows[0].state;
}

static void states(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, bench_config(WINDOW_TUMBLING, 100, 0, 50));
    bench_add(&bench, 3000, 0, 1, INT64_MIN);
    windows_advance(bench.windows, 3099);
    assert_int_equal(only_state(&bench), WINDOW_PROVISIONAL);
    assert_int_equal(bench.log_len, 0);
    windows_advance(bench.windows, 3100);
    assert_int_equal(only_state(&bench), WINDOW_SETTLING);
    assert_int_equal(bench.log_len, 1);
    windows_advance(bench.windows, 3149);
    assert_int_equal(only_state(&bench), WINDOW_SETTLING);
    windows_advance(bench.windows, 10); /* it never goes back (S-21) */
    assert_int_equal(bench_add(&bench, 3001, 0, 1, 3099), WINDOW_ALLOWED);
    windows_advance(bench.windows, 3150);
    assert_int_equal(only_state(&bench), WINDOW_FINAL);
    struct window_counters counters = windows_counters(bench.windows);
    assert_true(counters.provisional == 0 && counters.settling == 0 && counters.final == 1);
    assert_int_equal(bench.log_len, 3);
    bench_check_log(&bench);
    bench_close(&bench);
}

/* Bounded input ends everything, also what was never to be final (S-24, S-116). */
static void the_end_is_final(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, bench_config(WINDOW_TUMBLING, 100, 0, WINDOW_LATENESS_FOREVER));
    bench_add(&bench, INSTANT_END - 1, 0, 1, INT64_MIN);
    assert_int_equal(bench_add(&bench, 0, 0, 1, INSTANT_END - 1), WINDOW_ALLOWED);
    assert_int_equal(bench_add(&bench, 0, 0, 1, INT64_MAX - 1), WINDOW_ALLOWED);
    assert_int_equal(bench.append_len, 0);
    windows_advance(bench.windows, INT64_MAX);
    assert_int_equal(bench.append_len, 2);
    assert_int_equal(bench_add(&bench, 0, 0, 1, INT64_MAX), WINDOW_TOO_LATE);
    bench_check_log(&bench);
    bench_close(&bench);
}

/* The worked example: B = 60 s, W computed by hand. */
static void worked_example(void **state)
{
    (void)state;
    static struct bench bench;
    const epoch_ms noon = 1794916800000; /* a noon UTC */
    assert_int_equal(noon % MS_PER_DAY, MS_PER_DAY / 2);
    bench_open(&bench, bench_config(WINDOW_TUMBLING, 5 * MINUTE, 0, 9 * MINUTE));
    struct windows *windows = bench.windows;
    assert_int_equal(bench_add(&bench, noon + 10000, 0, 1, INT64_MIN), WINDOW_ON_TIME); /* a */
    assert_int_equal(bench_add(&bench, noon + 299999, 0, 1, noon - 50000), WINDOW_ON_TIME);
    assert_int_equal(bench_add(&bench, noon + 300000, 0, 1, noon + 239999), WINDOW_ON_TIME);
    assert_int_equal(bench_add(&bench, noon + 360000, 0, 1, noon + 240000), WINDOW_ON_TIME);
    assert_int_equal(bench.log_len, 0);

    windows_advance(windows, noon + 5 * MINUTE); /* after d */
    assert_int_equal(bench.log_len, 1);
    assert_int_equal(bench.log[0].kind, WINDOW_FIRST);
    assert_plain(bench.log[0].after, (struct plain){noon, noon + 5 * MINUTE, bench.key[0], 2, 2, 1,
                                                    1, 0, WINDOW_SETTLING});

    assert_int_equal(bench_add(&bench, noon + 4 * MINUTE, 0, 1, noon + 5 * MINUTE),
                     WINDOW_ALLOWED); /* e */
    assert_int_equal(bench.log[1].kind, WINDOW_CORRECTION);
    assert_int_equal(bench.log[1].before.count, 2);
    assert_int_equal(bench.log[1].after.count, 3);
    assert_int_equal(bench.log[1].after.revision, 1);

    assert_int_equal(bench_add(&bench, noon + 15 * MINUTE, 0, 1, noon + 5 * MINUTE),
                     WINDOW_ON_TIME); /* f */
    windows_advance(windows, noon + 14 * MINUTE);
    assert_int_equal(bench.log_len, 4);
    assert_int_equal(bench.log[2].kind, WINDOW_FIRST); /* [12:05,12:10), due at 12:10 */
    assert_int_equal(bench.log[2].after.count, 2);
    assert_int_equal(bench.log[3].kind, WINDOW_FINALISED);
    assert_int_equal(bench.log[3].after.start, noon);
    assert_int_equal(bench.log[3].after.count, 3);

    assert_int_equal(bench_add(&bench, noon + 270000, 0, 1, noon + 14 * MINUTE),
                     WINDOW_TOO_LATE); /* g */
    assert_int_equal(bench_add(&bench, noon + 330000, 0, 1, noon + 14 * MINUTE),
                     WINDOW_ALLOWED); /* h */
    assert_int_equal(bench.log[4].after.count, 3);
    assert_int_equal(bench.log[4].after.revision, 1);
    assert_int_equal(bench_add(&bench, noon + 901000, 0, 1, noon + 14 * MINUTE),
                     WINDOW_ON_TIME); /* i */
    windows_advance(windows, INT64_MAX);

    static struct plain rows[ROWS_MAX];
    assert_int_equal(bench_rows(&bench, rows), 3);
    assert_int_equal(rows[0].count + rows[1].count + rows[2].count, 8);
    assert_int_equal(windows_counters(windows).late, 1);
    struct window_id first = {.start = noon, .key = {bench.key[0]}};
    assert_int_equal(windows_late(windows, &first)->count, 1);
    bench_check_log(&bench);
    bench_close(&bench);
}

/* The primary says whether the record is late; the others count their own late (S-11). */
static void a_hopping_event_late_for_some(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, bench_config(WINDOW_HOPPING, 300, 100, 50));
    /* 1000 is in [800,1100) [900,1200) [1000,1300): final at 1150, 1250, 1350 */
    assert_int_equal(bench_add(&bench, 1000, 0, 1, 1249), WINDOW_ON_TIME);
    assert_int_equal(windows_counters(bench.windows).late, 1);
    assert_int_equal(bench_add(&bench, 1099, 0, 1, 1250), WINDOW_ON_TIME);
    assert_int_equal(windows_counters(bench.windows).late, 3);
    assert_int_equal(bench_add(&bench, 1099, 0, 1, 1300), WINDOW_ALLOWED);
    assert_int_equal(bench_add(&bench, 1099, 0, 1, 1350), WINDOW_TOO_LATE);
    assert_int_equal(windows_counters(bench.windows).late, 8);
    static const struct {
        epoch_ms start;
        uint64_t late;
    } wanted[] = {{800, 4}, {900, 3}, {1000, 1}};
    for (int i = 0; i < 3; i++) {
        struct window_id id = {.start = wanted[i].start, .key = {bench.key[0]}};
        assert_int_equal(windows_late(bench.windows, &id)->count, wanted[i].late);
    }
    static struct plain rows[ROWS_MAX];
    assert_int_equal(bench_rows(&bench, rows), 2);
    assert_true(rows[0].start == 900 && rows[0].count == 1 && rows[0].revision == 1);
    assert_true(rows[1].start == 1000 && rows[1].count == 3 && rows[1].revision == 1);
    bench_close(&bench);
}

static epoch_ms start_of(struct window_config config, epoch_ms time)
{
    static struct bench bench;
    static struct plain rows[ROWS_MAX];
    bench_open(&bench, config);
    bench_add(&bench, time, 0, 1, INT64_MIN);
    assert_int_equal(bench_rows(&bench, rows), 1);
    epoch_ms start = rows[0].start;
    bench_close(&bench);
    return start;
}

/* Whole days begin at local midnight, anything else at the epoch's multiples (S-11). */
static void days_begin_at_local_midnight(void **state)
{
    (void)state;
    const epoch_ms day = MS_PER_DAY, hour = MS_PER_HOUR;
    struct window_config config = bench_config(WINDOW_TUMBLING, day, 0, 0);
    struct zone zone = {.offset_ms = 5 * hour + 30 * MINUTE};
    config.zone = &zone;
    assert_int_equal(start_of(config, 10 * day), 10 * day - zone.offset_ms);
    assert_int_equal(start_of(config, 11 * day - zone.offset_ms - 1), 10 * day - zone.offset_ms);
    assert_int_equal(start_of(config, 11 * day - zone.offset_ms), 11 * day - zone.offset_ms);
    assert_int_equal(start_of(config, 0), -zone.offset_ms);
    zone.offset_ms = -3 * hour;
    assert_int_equal(start_of(config, 0), 3 * hour - day);
    assert_int_equal(start_of(config, 3 * hour), 3 * hour);
    config.size_ms = 7 * day;
    assert_int_equal(start_of(config, 10 * day), 7 * day + 3 * hour);
    config.size_ms = 5 * hour;
    assert_int_equal(start_of(config, 12 * hour), 10 * hour);
    config = bench_config(WINDOW_HOPPING, day, day, 0);
    config.zone = &zone;
    assert_int_equal(start_of(config, 10 * day + 1), 10 * day);
}

/* Days of 25 and 23 h are one window each; groups of days are counted from 1970 (S-11). */
static void days_where_the_clock_changes(void **state)
{
    (void)state;
    const epoch_ms hour = MS_PER_HOUR, autumn = 1792879200000; /* 2026-10-25T00:00 in Berlin */
    struct window_config config = bench_config(WINDOW_TUMBLING, MS_PER_DAY, 0, 0);
    struct zone *zone = NULL;
    assert_int_equal(zone_open("Europe/Berlin", &zone, NULL), STATUS_OK);
    config.zone = zone;
    const struct {
        epoch_ms at, start, end;
    } cases[] = {
        {autumn - 1, autumn - 24 * hour, autumn},
        {autumn, autumn, autumn + 25 * hour},
        {autumn + 25 * hour - 1, autumn, autumn + 25 * hour},
        {autumn + 25 * hour, autumn + 25 * hour, autumn + 49 * hour},
        {1774738800000 + 23 * hour - 1, 1774738800000, 1774738800000 + 23 * hour}, /* 29 March */
        {1774738800000 + 23 * hour, 1774738800000 + 23 * hour, 1774738800000 + 47 * hour},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        static struct bench bench;
        static struct plain rows[ROWS_MAX];
        bench_open(&bench, config);
        bench_add(&bench, cases[c].at, 0, 1, INT64_MIN);
        assert_int_equal(bench_rows(&bench, rows), 1);
        assert_int_equal(rows[0].start, cases[c].start);
        assert_int_equal(rows[0].end, cases[c].end);
        bench_close(&bench);
    }
    zone_free(zone);
}

/* Rows due together come by start, then texts; final ones first. */
static void told_in_order_of_the_texts(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, bench_config(WINDOW_TUMBLING, 10, 0, 10));
    static const int keys[] = {2, 0, 3, 1};
    for (int k = 0; k < KEYS; k++) {
        bench_add(&bench, 110, keys[k], 1, INT64_MIN);
        bench_add(&bench, 100, keys[k], 1, INT64_MIN);
    }
    windows_advance(bench.windows, 120);
    assert_int_equal(bench.log_len, 12);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(bench.log[i].kind, i / 4 == 1 ? WINDOW_FINALISED : WINDOW_FIRST);
        assert_int_equal(bench.log[i].after.start, i / 4 == 2 ? 110 : 100);
        assert_int_equal(bench.log[i].after.key, bench.key[i % 4]);
    }
    bench_close(&bench);
}

static void caps_are_met_and_counted(void **state)
{
    (void)state;
    static struct bench bench;
    struct window_config config = bench_config(WINDOW_TUMBLING, 10, 0, 0);
    config.open_cap = 3;
    config.final_cap = 4;
    config.late_cap = 2;
    bench_open(&bench, config);
    for (int w = 0; w < 5; w++) /* five windows, two events each, room for three */
        for (int n = 0; n < 2; n++)
            assert_int_equal(bench_add(&bench, 100 + w * 10, 0, 1, INT64_MIN), WINDOW_ON_TIME);
    struct window_counters counters = windows_counters(bench.windows);
    assert_true(counters.overflowed == 4 && counters.provisional == 3);
    for (int w = 0; w < 3; w++) { /* one final, one new: always three open */
        windows_advance(bench.windows, 110 + w * 10);
        bench_add(&bench, 130 + w * 10, 0, 1, 110 + w * 10);
        assert_int_equal(windows_counters(bench.windows).provisional, 3);
    }
    windows_advance(bench.windows, 1000);
    counters = windows_counters(bench.windows);
    assert_true(counters.overflowed == 4 && counters.finalised == 6 && counters.final == 4);
    assert_true(counters.dropped == 2 && counters.dropped_events == 4);
    static struct plain rows[ROWS_MAX];
    assert_int_equal(bench_rows(&bench, rows), 4);
    assert_int_equal(rows[0].start, 120); /* 100 and 110 are dropped */
    assert_int_equal(bench.append_len, 6);

    for (int w = 0; w < 5; w++)
        assert_int_equal(bench_add(&bench, 500 + w * 10, 0, 1, 1000), WINDOW_TOO_LATE);
    counters = windows_counters(bench.windows);
    assert_true(counters.late == 5 && counters.late_rows == 2 && counters.late_dropped == 3);
    struct window_id id = {.start = 540, .key = {bench.key[0]}};
    assert_int_equal(windows_late(bench.windows, &id)->count, 1);
    id.start = 520;
    assert_null(windows_late(bench.windows, &id));
    bench_close(&bench);
}

/* What overflowed in a slice, and what overflows in merging, is counted: the caller can tell. */
static void overflow_survives_merging(void **state)
{
    (void)state;
    static struct bench into, from;
    struct window_config config = bench_config(WINDOW_TUMBLING, 10, 0, 0);
    config.open_cap = 2;
    bench_open(&into, config);
    bench_open(&from, config);
    bench_add(&into, 100, 0, 1, INT64_MIN);
    for (int w = 0; w < 3; w++)
        for (int n = 0; n < 5; n++)
            bench_add(&from, 110 + w * 10, 0, 1, INT64_MIN);
    windows_merge(into.windows, from.windows);
    assert_int_equal(windows_counters(into.windows).overflowed, 10);
    bench_close(&into);
    bench_close(&from);
}

/* Many rows come and go: the index finds each, and memory is used again. */
static void many_rows_come_and_go(void **state)
{
    (void)state;
    static struct bench bench;
    struct window_config config = bench_config(WINDOW_TUMBLING, 10, 0, 30);
    config.final_cap = 100;
    bench_open(&bench, config);
    config.definition = bench.definition;
    config.symbols = bench.symbols;
    symbol key[300] = {0};
    for (int k = 0; k < 300; k++) {
        char text[] = {'k', (char)('0' + k / 100), (char)('0' + k / 10 % 10), (char)('0' + k % 10),
                       '\0'};
        key[k] = symbols_intern(bench.symbols, text, 4);
    }
    struct windows *windows = windows_new(&config);
    uint64_t seed = 3, events = 0, sum = 0;
    for (epoch_ms now = 1000; now < 20000; now++)
        for (int n = 0; n < 5; n++, events++) {
            struct event event = {.time = now - random_below(&seed, 30),
                                  .key = {key[random_below(&seed, 300)]}};
            assert_int_not_equal(windows_add(windows, &event, event.key, now - 15),
                                 WINDOW_TOO_LATE);
        }
    for (size_t i = 0;
         i < windows_counters(windows).provisional + windows_counters(windows).settling; i++)
        sum += windows_open_at(windows, i)->count;
    windows_advance(windows, INT64_MAX);
    struct window_counters counters = windows_counters(windows);
    assert_true(sum > 0 && counters.final == 100 && counters.dropped > 10000);
    const struct window_row *rows[100];
    windows_sorted(windows, rows);
    for (size_t i = 0; i < 100; i++)
        counters.dropped_events += rows[i]->count;
    assert_int_equal(counters.dropped_events, events);
    windows_free(windows);
    bench_close(&bench);
}

static void a_row_gives_its_measures(void **state)
{
    (void)state;
    static struct bench bench;
    bench_open(&bench, bench_config(WINDOW_TUMBLING, 10, 0, 0));
    bench_add(&bench, 100, 1, 250, INT64_MIN);
    bench_add(&bench, 101, 1, -50, INT64_MIN);
    struct tally_row row;
    windows_tally_row(bench.windows, windows_open_at(bench.windows, 0), &row);
    wide_int count, sum;
    assert_true(tally_measure(&row, &bench.definition->measures[0], &count));
    assert_true(tally_measure(&row, &bench.definition->measures[1], &sum));
    assert_true(count == 2 && sum == 200 && row.key[0] == bench.key[1]);
    bench_close(&bench);
}

static void what_cannot_be_a_window(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    static const struct {
        struct window_config config;
        const char *says;
    } table[] = {
        {{.kind = WINDOW_TUMBLING}, "size"},
        {{.kind = WINDOW_TUMBLING, .size_ms = 10, .lateness_ms = -1}, "lateness"},
        {{.kind = WINDOW_HOPPING, .size_ms = 10}, "slide"},
        {{.kind = WINDOW_HOPPING, .size_ms = 10, .slide_ms = 11}, "slide"},
        {{.kind = WINDOW_HOPPING, .size_ms = 1441, .slide_ms = 1}, "1441 windows"},
        {{.kind = WINDOW_SESSION, .size_ms = 10}, "gap"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(windows_check(&table[i].config, &error), STATUS_USAGE);
        assert_non_null(strstr(error.text, table[i].says));
    }
    struct window_config most = {.kind = WINDOW_HOPPING, .size_ms = 1440, .slide_ms = 1};
    assert_int_equal(windows_check(&most, &error), STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boundaries),
        cmocka_unit_test(states),
        cmocka_unit_test(the_end_is_final),
        cmocka_unit_test(worked_example),
        cmocka_unit_test(a_hopping_event_late_for_some),
        cmocka_unit_test(days_begin_at_local_midnight),
        cmocka_unit_test(days_where_the_clock_changes),
        cmocka_unit_test(told_in_order_of_the_texts),
        cmocka_unit_test(caps_are_met_and_counted),
        cmocka_unit_test(overflow_survives_merging),
        cmocka_unit_test(many_rows_come_and_go),
        cmocka_unit_test(a_row_gives_its_measures),
        cmocka_unit_test(what_cannot_be_a_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
