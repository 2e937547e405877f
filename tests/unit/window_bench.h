#ifndef TAILRACE_TESTS_WINDOW_BENCH_H
#define TAILRACE_TESTS_WINDOW_BENCH_H
/*
 * What the tests of windows share: a sink that folds the change log and checks each change against
 * what was told before (S-32), streams of events with a watermark beside each, and tables of rows
 * that can be compared.
 *
 * Times are small numbers, so that seeds meet every boundary. Keys are interned against the order
 * of their texts, so that an order by symbol number would show.
 */
#include "tests/unit/support.h"

#include "core/window.h"

#include <stdlib.h>

enum { KEYS = 4, ROWS_MAX = 4096, EVENTS_MAX = 400 };

/* A row as a plain value. */
struct plain {
    epoch_ms start, end;
    symbol key;
    uint64_t count;
    int64_t sum, min, max;
    uint32_t revision;
    enum window_state state;
};

struct told {
    enum window_change_kind kind;
    struct plain before, after; /* all 0 where there is none */
};

struct bench {
    struct definition *definition;
    struct symbols *symbols;
    symbol key[KEYS]; /* in order of their texts */
    struct windows *windows;

    struct plain table[ROWS_MAX]; /* the log, folded */
    int table_len;
    struct plain append[ROWS_MAX]; /* the final rows as they were told */
    int append_len;
    struct told *log;
    int log_len, log_room;
};

static inline struct plain plain_of(const struct window_row *row)
{
    return (struct plain){.start = row->id.start,
                          .end = row->end,
                          .key = row->id.key[0],
                          .count = row->count,
                          .sum = (int64_t)row->value[0].sum,
                          .min = row->value[0].min,
                          .max = row->value[0].max,
                          .revision = row->revision,
                          .state = row->state};
}

static inline void assert_plain(struct plain got, struct plain wanted)
{
    if (got.start != wanted.start || got.end != wanted.end || got.key != wanted.key ||
        got.count != wanted.count || got.sum != wanted.sum || got.min != wanted.min ||
        got.max != wanted.max || got.revision != wanted.revision || got.state != wanted.state)
        fail_msg("row [%lld,%lld) key %u: count %llu sum %lld revision %u state %d, wanted "
                 "[%lld,%lld) key %u: count %llu sum %lld revision %u state %d",
                 (long long)got.start, (long long)got.end, got.key, (unsigned long long)got.count,
                 (long long)got.sum, got.revision, (int)got.state, (long long)wanted.start,
                 (long long)wanted.end, wanted.key, (unsigned long long)wanted.count,
                 (long long)wanted.sum, wanted.revision, (int)wanted.state);
}

static inline int bench_find(const struct bench *bench, symbol key, epoch_ms start)
{
    for (int i = 0; i < bench->table_len; i++)
        if (bench->table[i].key == key && bench->table[i].start == start)
            return i;
    return -1;
}

/* -before: what is taken back must be exactly what was told. */
static inline void bench_take_back(struct bench *bench, struct plain before)
{
    int at = bench_find(bench, before.key, before.start);
    assert_true(at >= 0);
    assert_plain(before, bench->table[at]);
    bench->table[at] = bench->table[--bench->table_len];
}

static inline void bench_put(struct bench *bench, struct plain after)
{
    assert_int_equal(bench_find(bench, after.key, after.start), -1);
    assert_true(bench->table_len < ROWS_MAX);
    bench->table[bench->table_len++] = after;
}

static inline void bench_told(void *context, const struct window_change *change)
{
    struct bench *bench = context;
    struct told told = {.kind = change->kind};
    if (change->before)
        told.before = plain_of(change->before);
    if (change->after)
        told.after = plain_of(change->after);
    if (bench->log_len == bench->log_room) {
        bench->log_room = bench->log_room * 2 + 64;
        bench->log = mem_resize(bench->log, (size_t)bench->log_room * sizeof *bench->log);
    }
    bench->log[bench->log_len++] = told;
    if (change->before)
        bench_take_back(bench, told.before);
    switch (change->kind) {
    case WINDOW_FIRST:
    case WINDOW_CORRECTION:
        assert_int_equal(told.after.state, WINDOW_SETTLING);
        bench_put(bench, told.after);
        break;
    case WINDOW_RETRACTED:
        assert_null(change->after);
        break;
    case WINDOW_FINALISED:;
        struct plain result = told.after;
        assert_int_equal(result.state, WINDOW_FINAL);
        result.state = WINDOW_SETTLING;
        bench_take_back(bench, result);
        bench_put(bench, told.after);
        bench->append[bench->append_len++] = told.after;
        break;
    }
}

static inline struct window_config bench_config(enum window_kind kind, int64_t size_ms,
                                                int64_t slide_ms, int64_t lateness_ms)
{
    return (struct window_config){.kind = kind,
                                  .size_ms = size_ms,
                                  .slide_ms = slide_ms,
                                  .gap_ms = size_ms,
                                  .lateness_ms = lateness_ms};
}

static inline void bench_open(struct bench *bench, struct window_config config)
{
    struct error error = {.text = ""};
    memset(bench, 0, sizeof *bench);
    bench->definition = make_definition("key", "count,sum:amount");
    bench->symbols = symbols_new(1000);
    for (int k = KEYS - 1; k >= 0; k--) {
        char text[] = {(char)('a' + k), '\0'};
        bench->key[k] = symbols_intern(bench->symbols, text, 1);
    }
    config.definition = bench->definition;
    config.symbols = bench->symbols;
    config.sink = bench_told;
    config.context = bench;
    if (windows_check(&config, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    bench->windows = windows_new(&config);
}

static inline void bench_close(struct bench *bench)
{
    windows_free(bench->windows);
    symbols_free(bench->symbols);
    definition_free(bench->definition);
    free(bench->log);
}

static inline enum window_fate bench_add(struct bench *bench, epoch_ms time, int key, int64_t value,
                                         epoch_ms watermark)
{
    struct event event = {.time = time, .key = {bench->key[key]}, .value = {value}, .present = 1};
    return windows_add(bench->windows, &event, event.key, watermark);
}

/* The table's rows, sorted, as plain values; how many. */
static inline int bench_rows(const struct bench *bench, struct plain out[ROWS_MAX])
{
    size_t len = windows_len(bench->windows);
    assert_true(len <= ROWS_MAX);
    const struct window_row **rows = mem_alloc((len + 1) * sizeof *rows);
    windows_sorted(bench->windows, rows);
    for (size_t i = 0; i < len; i++)
        out[i] = plain_of(rows[i]);
    free(rows);
    return (int)len;
}

/* The log so far, folded, is the table's settling and final rows (S-32). */
static inline void bench_check_log(const struct bench *bench)
{
    static struct plain rows[ROWS_MAX];
    int len = bench_rows(bench, rows), told = 0, final = 0;
    struct window_counters counters = windows_counters(bench->windows);
    for (int i = 0; i < len; i++) {
        if (rows[i].state == WINDOW_PROVISIONAL)
            continue;
        int at = bench_find(bench, rows[i].key, rows[i].start);
        assert_true(at >= 0);
        assert_plain(bench->table[at], rows[i]);
        told++;
        final += rows[i].state == WINDOW_FINAL;
    }
    assert_int_equal(told, bench->table_len);
    assert_int_equal(final, bench->append_len);
    assert_int_equal(final, counters.final);
    assert_int_equal(told - final, counters.settling);
    assert_int_equal(len - told, counters.provisional);
}

/* The same rows, whatever their revisions. */
static inline void bench_check_same(const struct bench *a, const struct bench *b,
                                    bool revisions_too)
{
    static struct plain rows_a[ROWS_MAX], rows_b[ROWS_MAX];
    int len = bench_rows(a, rows_a);
    assert_int_equal(len, bench_rows(b, rows_b));
    for (int i = 0; i < len; i++) {
        if (!revisions_too)
            rows_a[i].revision = rows_b[i].revision = 0;
        assert_plain(rows_a[i], rows_b[i]);
    }
}

static inline void bench_check_same_log(const struct bench *a, const struct bench *b)
{
    assert_int_equal(a->log_len, b->log_len);
    for (int i = 0; i < a->log_len; i++) {
        assert_int_equal(a->log[i].kind, b->log[i].kind);
        assert_plain(a->log[i].before, b->log[i].before);
        assert_plain(a->log[i].after, b->log[i].after);
    }
}

/* Events in the order of a feed, and what a source with delay 0 would have seen before each. */
struct stream {
    int len;
    struct {
        epoch_ms time;
        int key;
        int64_t value;
        epoch_ms newest_before; /* INT64_MIN before the first */
    } at[EVENTS_MAX];
};

/* Mostly onward, sometimes behind by up to `behind`, sometimes a leap. */
static inline void stream_make(struct stream *stream, uint64_t seed, uint32_t behind)
{
    epoch_ms now = 300, newest = INT64_MIN;
    stream->len = 20 + (int)random_below(&seed, EVENTS_MAX - 20);
    for (int i = 0; i < stream->len; i++) {
        now += random_below(&seed, 4) == 0 ? 0 : random_below(&seed, 4);
        if (random_below(&seed, 60) == 0)
            now += random_below(&seed, 60);
        epoch_ms time = now - (random_below(&seed, 3) == 0 ? random_below(&seed, behind) : 0);
        stream->at[i].time = time;
        stream->at[i].key = (int)random_below(&seed, KEYS);
        stream->at[i].value = (int64_t)random_below(&seed, 100) - 50;
        stream->at[i].newest_before = newest;
        newest = time > newest ? time : newest;
    }
}

/* W before event i of a single source: newest - delay (S-20). */
static inline epoch_ms stream_watermark(const struct stream *stream, int i, int64_t delay)
{
    epoch_ms newest = stream->at[i].newest_before;
    return newest == INT64_MIN ? INT64_MIN : newest - delay;
}

static inline enum window_fate bench_add_of(struct bench *bench, const struct stream *stream, int i,
                                            epoch_ms watermark)
{
    return bench_add(bench, stream->at[i].time, stream->at[i].key, stream->at[i].value, watermark);
}

/* Two splits of B + A, 1 + 9 and 10 + 0: the same final rows and the same late events (S-25). Adds
 * up what was met: late events and corrections. */
static inline void bench_presets(enum window_kind kind, uint64_t seed, uint32_t behind, int *late,
                                 int *corrections)
{
    static struct bench patient, spark;
    static struct stream stream;
    stream_make(&stream, seed, behind);
    bench_open(&patient, bench_config(kind, 5, 0, 9));
    bench_open(&spark, bench_config(kind, 5, 0, 0));
    for (int i = 0; i < stream.len; i++) {
        enum window_fate a = bench_add_of(&patient, &stream, i, stream_watermark(&stream, i, 1));
        enum window_fate b = bench_add_of(&spark, &stream, i, stream_watermark(&stream, i, 10));
        assert_int_equal(a == WINDOW_TOO_LATE, b == WINDOW_TOO_LATE);
        *late += a == WINDOW_TOO_LATE;
    }
    windows_advance(patient.windows, INT64_MAX);
    windows_advance(spark.windows, INT64_MAX);
    bench_check_same(&patient, &spark, false);
    *corrections += (int)windows_counters(patient.windows).revisions;
    assert_int_equal(windows_counters(spark.windows).revisions, 0);
    bench_close(&patient);
    bench_close(&spark);
}

#endif
