/*
 * Guards, on thousands of seeds: tumbling and hopping windows equal a plain recount with the rule
 * of S-30, late rows included, so that windows + late = totals (S-10), and nothing is lost at any
 * cap (D-07); presets agree (S-25); the change log folds to the table and does not depend on how
 * often the windows are advanced (S-32, S-33); slices merged = sequential, in any order of events.
 */
#include "tests/unit/window_bench.h"

/* What S-30 says of one window, directly. */
static enum window_fate tier(epoch_ms end, int64_t lateness, epoch_ms watermark)
{
    if (watermark < end)
        return WINDOW_ON_TIME;
    return watermark < end + lateness ? WINDOW_ALLOWED : WINDOW_TOO_LATE;
}

/* A recount: for every start and key, what was taken and what was too late. */
enum { CELLS = 2048 };
struct recount {
    struct plain taken[CELLS][KEYS], late[CELLS][KEYS];
};

static void recount_add(struct plain *cell, int64_t value, bool revised)
{
    cell->min = cell->count == 0 || value < cell->min ? value : cell->min;
    cell->max = cell->count == 0 || value > cell->max ? value : cell->max;
    cell->count++;
    cell->sum += value;
    cell->revision += revised;
}

/* Cells are numbered by start / slide. Returns what the primary window says. */
static enum window_fate recount_event(struct recount *recount, const struct window_config *config,
                                      const struct stream *stream, int i, epoch_ms watermark)
{
    enum window_fate fate = WINDOW_ON_TIME;
    epoch_ms time = stream->at[i].time;
    for (epoch_ms start = 0; start <= time; start += config->slide_ms) {
        if (start + config->size_ms <= time)
            continue; /* every multiple of the slide is tried: plainly right, not fast */
        fate = tier(start + config->size_ms, config->lateness_ms, watermark);
        struct plain(*cells)[KEYS] = fate == WINDOW_TOO_LATE ? recount->late : recount->taken;
        assert_true(start / config->slide_ms < CELLS);
        recount_add(&cells[start / config->slide_ms][stream->at[i].key], stream->at[i].value,
                    fate == WINDOW_ALLOWED);
    }
    return fate;
}

static void check_cell(struct plain got, const struct plain *cell)
{
    struct plain wanted = got; /* start, end, key: looked up by */
    wanted.count = cell->count;
    wanted.sum = cell->sum;
    wanted.min = cell->min;
    wanted.max = cell->max;
    wanted.revision = cell->revision;
    assert_plain(got, wanted);
}

/* Every row is its cell, and every cell with something in it is a row. */
static void check_cells(struct plain cells[CELLS][KEYS], const struct plain *rows, int len,
                        const struct bench *bench, const struct window_config *config)
{
    int full = 0;
    for (int c = 0; c < CELLS; c++)
        for (int k = 0; k < KEYS; k++)
            full += cells[c][k].count > 0;
    assert_int_equal(len, full);
    for (int i = 0; i < len; i++) {
        int key = 0;
        while (bench->key[key] != rows[i].key)
            key++;
        assert_int_equal(rows[i].end - rows[i].start, config->size_ms);
        check_cell(rows[i], &cells[rows[i].start / config->slide_ms][key]);
        if (i > 0) /* by text of the key, then start; symbols are numbered the other way round */
            assert_true(rows[i - 1].key > rows[i].key ||
                        (rows[i - 1].key == rows[i].key && rows[i - 1].start < rows[i].start));
    }
}

static void check_recount(struct recount *recount, const struct bench *bench,
                          const struct window_config *config)
{
    static struct plain rows[ROWS_MAX];
    check_cells(recount->taken, rows, bench_rows(bench, rows), bench, config);
    size_t late_len = windows_counters(bench->windows).late_rows;
    const struct window_row **late = mem_alloc((late_len + 1) * sizeof *late);
    windows_late_sorted(bench->windows, late);
    for (size_t i = 0; i < late_len; i++) {
        rows[i] = plain_of(late[i]);
        assert_ptr_equal(windows_late(bench->windows, &late[i]->id), late[i]);
    }
    check_cells(recount->late, rows, (int)late_len, bench, config);
    free(late);
}

static struct window_config random_config(uint64_t *seed)
{
    int64_t slide = 1 + random_below(seed, 12);
    int64_t size = random_below(seed, 2) ? slide : slide + random_below(seed, 30);
    struct window_config config = bench_config(size == slide ? WINDOW_TUMBLING : WINDOW_HOPPING,
                                               size, slide, random_below(seed, 40));
    return config;
}

/* One seed; with `busy`, also advanced between events, in steps. Counts rare paths in `met`. */
static void run_seed(struct bench *bench, uint64_t seed, bool busy, int met[3])
{
    static struct stream stream;
    static struct recount recount;
    struct window_config config = random_config(&seed);
    int64_t delay = random_below(&seed, 20);
    stream_make(&stream, seed, 40);
    memset(&recount, 0, sizeof recount);
    bench_open(bench, config);
    for (int i = 0; i < stream.len; i++) {
        epoch_ms watermark = stream_watermark(&stream, i, delay);
        enum window_fate wanted = recount_event(&recount, &config, &stream, i, watermark);
        for (int64_t step = busy && i > 0 ? 5 : -1; step >= 0; step--)
            windows_advance(bench->windows, watermark - step);
        assert_int_equal(bench_add_of(bench, &stream, i, watermark), wanted);
        met[wanted]++;
        if (i % 40 == 0)
            bench_check_log(bench);
    }
    windows_advance(bench->windows, INT64_MAX);
    check_recount(&recount, bench, &config);
    bench_check_log(bench);
    assert_int_equal(bench->append_len, windows_len(bench->windows));
}

static void random_streams_equal_a_recount(void **state)
{
    (void)state;
    static struct bench lazy, busy;
    int met[3] = {0};
    for (uint64_t seed = 0; seed < (uint64_t)share_of(2000); seed++) {
        run_seed(&lazy, seed, false, met);
        run_seed(&busy, seed, true, met);
        bench_check_same_log(&lazy, &busy);
        bench_close(&lazy);
        bench_close(&busy);
    }
    assert_true(met[WINDOW_ON_TIME] > share_of(100000) && met[WINDOW_ALLOWED] > share_of(10000));
    assert_true(met[WINDOW_TOO_LATE] > share_of(1000));
}

/* S-10, per key, count and sum: windows + late = total. */
static void windows_and_late_make_the_total(void **state)
{
    (void)state;
    static struct bench bench;
    static struct stream stream;
    for (uint64_t seed = 0; seed < (uint64_t)share_of(500); seed++) {
        struct plain total[KEYS] = {{0}}, got[KEYS] = {{0}};
        bench_open(&bench, bench_config(WINDOW_TUMBLING, 7, 0, 5));
        stream_make(&stream, seed, 40);
        for (int i = 0; i < stream.len; i++) {
            bench_add_of(&bench, &stream, i, stream_watermark(&stream, i, 3));
            recount_add(&total[stream.at[i].key], stream.at[i].value, false);
        }
        size_t len = windows_len(bench.windows);
        size_t late = windows_counters(bench.windows).late_rows;
        const struct window_row **rows = mem_alloc((len + late + 1) * sizeof *rows);
        windows_sorted(bench.windows, rows);
        windows_late_sorted(bench.windows, rows + len);
        for (size_t i = 0; i < len + late; i++) {
            int key = 0;
            while (bench.key[key] != rows[i]->id.key[0])
                key++;
            got[key].count += rows[i]->count;
            got[key].sum += (int64_t)rows[i]->value[0].sum;
        }
        for (int k = 0; k < KEYS; k++) {
            assert_int_equal(got[k].count, total[k].count);
            assert_int_equal(got[k].sum, total[k].sum);
        }
        free(rows);
        bench_close(&bench);
    }
}

/* In how many windows of the config an event at `time` stands. */
static uint64_t windows_of(const struct window_config *config, epoch_ms time)
{
    uint64_t in = 0;
    if (config->kind == WINDOW_SESSION)
        return 1;
    int64_t step = config->kind == WINDOW_HOPPING ? config->slide_ms : config->size_ms;
    for (epoch_ms start = 0; start <= time; start += step)
        in += start + config->size_ms > time;
    return in;
}

/* S-10 and D-07 at every cap: what is in no row is in a counter. Late rows may be dropped: their
 * events are counted apart from them. */
static void nothing_is_lost_at_the_caps(void **state)
{
    (void)state;
    static struct bench bench;
    static struct stream stream;
    static struct plain rows[ROWS_MAX];
    struct window_counters met = {.serial = 0};
    const uint64_t many = (uint64_t)share_of(1000);
    for (uint64_t seed = 0; seed < (uint64_t)share_of(1500); seed++) {
        uint64_t dice = seed, additions = 0, found = 0;
        struct window_config config = random_config(&dice);
        if (seed % 3 == 0)
            config = bench_config(WINDOW_SESSION, 1 + random_below(&dice, 12), 0, 5);
        config.open_cap = 1 + random_below(&dice, 30);
        config.final_cap = 1 + random_below(&dice, 30);
        config.late_cap = 1 + random_below(&dice, 3);
        bench_open(&bench, config);
        stream_make(&stream, seed, 60);
        for (int i = 0; i < stream.len; i++) {
            bench_add_of(&bench, &stream, i, stream_watermark(&stream, i, 3));
            additions += windows_of(&config, stream.at[i].time);
        }
        struct window_counters counters = windows_counters(bench.windows);
        int len = bench_rows(&bench, rows);
        for (int r = 0; r < len; r++)
            found += rows[r].count;
        assert_int_equal(found + counters.late + counters.overflowed + counters.dropped_events,
                         additions);
        assert_true((size_t)len <= config.open_cap + config.final_cap);
        assert_true(counters.late_rows <= config.late_cap);
        met.late += counters.late;
        met.overflowed += counters.overflowed;
        met.dropped += counters.dropped;
        met.late_dropped += counters.late_dropped;
        bench_close(&bench);
    }
    assert_true(met.late > many && met.overflowed > many);
    assert_true(met.dropped > many && met.late_dropped > many / 10);
}

/* S-25: only B + A decides what is final and what is late. */
static void presets_agree(void **state)
{
    (void)state;
    int late = 0, corrections = 0;
    for (uint64_t seed = 0; seed < (uint64_t)share_of(3000); seed++)
        bench_presets(WINDOW_TUMBLING, seed, 30, &late, &corrections);
    assert_true(late > share_of(1000) && corrections > share_of(1000));
}

/* Update output: the rows whose serial moved since the last trigger, put over what was known. */
static void changed_rows_fold_to_the_table(void **state)
{
    (void)state;
    static struct bench bench;
    static struct stream stream;
    static struct plain known[ROWS_MAX], rows[ROWS_MAX];
    for (uint64_t seed = 0; seed < (uint64_t)share_of(300); seed++) {
        uint64_t serial = 0, trigger = seed;
        int known_len = 0;
        bench_open(&bench, bench_config(WINDOW_HOPPING, 10, 4, 9));
        stream_make(&stream, seed, 30);
        for (int i = 0; i < stream.len; i++) {
            bench_add_of(&bench, &stream, i, stream_watermark(&stream, i, 2));
            if (random_below(&trigger, 10) != 0)
                continue;
            size_t len = windows_len(bench.windows);
            const struct window_row **sorted = mem_alloc((len + 1) * sizeof *sorted);
            windows_sorted(bench.windows, sorted);
            for (size_t r = 0; r < len; r++) {
                if (sorted[r]->changed <= serial)
                    continue;
                int at = 0;
                while (at < known_len && (known[at].start != sorted[r]->id.start ||
                                          known[at].key != sorted[r]->id.key[0]))
                    at++;
                known_len += at == known_len;
                known[at] = plain_of(sorted[r]);
            }
            free(sorted);
            serial = windows_counters(bench.windows).serial;
            assert_int_equal(known_len, bench_rows(&bench, rows));
            for (int k = 0; k < known_len; k++)
                for (int r = 0; r < known_len; r++)
                    if (rows[r].start == known[k].start && rows[r].key == known[k].key)
                        assert_plain(known[k], rows[r]);
        }
        bench_close(&bench);
    }
}

/* The batch lane: slices counted apart, in any cuts, and any order of events. */
static void merged_slices_equal_sequential(void **state)
{
    (void)state;
    static struct bench whole, merged, slice;
    static struct stream stream;
    for (uint64_t seed = 0; seed < (uint64_t)share_of(500); seed++) {
        uint64_t cuts = seed;
        struct window_config config = random_config(&cuts);
        bench_open(&whole, config);
        bench_open(&merged, config);
        bench_open(&slice, config);
        stream_make(&stream, seed, 200);
        for (int i = 0; i < stream.len; i++) {
            bench_add_of(&whole, &stream, i, INT64_MIN);
            bench_add_of(&slice, &stream, stream.len - 1 - i, INT64_MIN);
            if (random_below(&cuts, 30) != 0 && i < stream.len - 1)
                continue;
            windows_merge(merged.windows, slice.windows);
            windows_clear(slice.windows);
        }
        bench_check_same(&whole, &merged, true);
        windows_advance(whole.windows, INT64_MAX);
        windows_advance(merged.windows, INT64_MAX);
        bench_check_same(&whole, &merged, true);
        bench_check_same_log(&whole, &merged);
        bench_check_log(&merged);
        bench_close(&whole);
        bench_close(&merged);
        bench_close(&slice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_streams_equal_a_recount),
        cmocka_unit_test(windows_and_late_make_the_total),
        cmocka_unit_test(nothing_is_lost_at_the_caps),
        cmocka_unit_test(presets_agree),
        cmocka_unit_test(changed_rows_fold_to_the_table),
        cmocka_unit_test(merged_slices_equal_sequential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
