/*
 * Protects the batch lane's reading: slices of any size, each guessed and verified as core/feed.h
 * says, give exactly the records of sequential reading, in order, whatever stands in quotes; a scan
 * sees complete records up to its mark and nothing behind it, also while the file grows and rotates
 * under a reader thread (T-R1, T-R4).
 */
#include "tests/unit/feed_bench.h"

#include <pthread.h>

static bool keep(void *context, const struct event_block *block)
{
    ledger_add(context, block);
    return true;
}

/* Reads a scan as whoever merges it: every slice by a guess first; one that does not begin where
 * the previous one ended is read again from there. Lines are made those of the generation. Returns
 * how many slices were read again. */
static size_t merge(const struct scan *scan, struct ledger *out)
{
    struct ledger *slice = mem_alloc(sizeof *slice);
    uint64_t end = 0;
    uint32_t lines = 0;
    size_t again = 0;
    for (size_t i = 0; i < scan->ops->len(scan); i++) {
        struct slice_result result;
        struct error error = {0};
        uint32_t source, generation;
        uint64_t begin;
        bool first;
        memset(slice, 0, sizeof *slice);
        scan->ops->slice(scan, i, &source, &generation, &begin, &first);
        enum status status = scan->ops->read(scan, i, SCAN_GUESS, keep, slice, &result, &error);
        if (first)
            lines = 0;
        if (status == STATUS_OK && !first && result.begin != end) {
            again++;
            memset(slice, 0, sizeof *slice);
            status = scan->ops->read(scan, i, end, keep, slice, &result, &error);
            assert_int_equal(result.begin, end);
        }
        if (status != STATUS_OK)
            fail_msg("slice %zu: %s", i, error.text);
        assert_int_equal(slice->lengths + slice->skipped, result.end - result.begin);
        for (size_t e = 0; e < slice->len; e++) {
            assert_int_equal(slice->events[e].source, source);
            assert_int_equal(slice->events[e].generation, generation);
            slice->events[e].line += lines;
            out->events[out->len++] = slice->events[e];
        }
        out->lengths += slice->lengths;
        out->skipped += slice->skipped;
        end = result.end;
        lines += result.lines;
    }
    free(slice);
    return again;
}

static void expect_same(const struct ledger *a, const struct ledger *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->events, b->events, a->len * sizeof *a->events);
    assert_int_equal(a->lengths, b->lengths);
    assert_int_equal(a->skipped, b->skipped);
}

/* All slice sizes from one byte to the whole file against sequential reading. */
static void expect_slices_do_not_matter(struct bench *bench, const char *text, bool bounded)
{
    const char *path = bench_path(bench, "scanned");
    bench_write(path, O_TRUNC, text, strlen(text));
    struct tail_config config = bench_config(bench, &path, 1);
    config.bounded = bounded;
    config.no_inotify = true;
    struct feed *feed = tail_open(&config, NULL);
    assert_non_null(feed);
    memset(&bench->ledger, 0, sizeof bench->ledger);
    bench_read(bench, feed, 0, NULL);
    feed->ops->free(feed);
    assert_true(bench->ledger.len > 3);
    struct ledger *merged = mem_alloc(sizeof *merged);
    /* every size for a short text, ever wider steps for a long one */
    size_t step = strlen(text) < 1000 ? SIZE_MAX : 16;
    for (size_t size = 1; size <= strlen(text) + 1; size += 1 + size / step) {
        config.scan_slice_bytes = size;
        feed = tail_open(&config, NULL);
        struct scan *scan = feed->ops->scan_open(feed, NULL);
        assert_non_null(scan);
        assert_int_equal(scan->ops->bytes(scan), strlen(text));
        assert_int_equal(scan->ops->len(scan), (strlen(text) - 1) / size + 1);
        assert_int_equal(scan->ops->lost(scan), 0);
        memset(merged, 0, sizeof *merged);
        merge(scan, merged);
        expect_same(merged, &bench->ledger);
        const char *name;
        uint64_t bytes;
        assert_true(feed->ops->source(feed, 0, &name, &bytes));
        assert_int_equal(bytes, strlen(text));
        scan->ops->free(scan);
        feed->ops->free(feed);
    }
    free(merged);
}

#define ROW(id, note) "2026-01-05T08:00:00Z," id "," note "\n"

static void test_csv_with_quoted_lines(void **state)
{
    static const char text[] = HEADER ROW("1", "x") ROW("2", "\"a\n\nb,\"\"c\"\"\n\"") "\n" ROW(
        "3", "\"2026-01-05T08:00:00Z,77,not a row\n2026-01-05T08:00:00Z,78,nor this\n\"")
        ROW("4", "x") "no,fields\n" ROW("5", "\"\n\n\n\"") ROW("6", "x");
    expect_slices_do_not_matter(*state, text, false);
    expect_slices_do_not_matter(*state, text, true);
}

/* Lines are those of the file, also where its reading begins behind others. */
static void test_lines_behind_the_end(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "behind");
    bench_write(path, O_TRUNC, HEADER, strlen(HEADER));
    bench_rows(path, 1, 5);
    struct tail_config config = bench_config(bench, &path, 1);
    config.from_end = true;
    config.scan_slice_bytes = 40;
    struct feed *feed = tail_open(&config, NULL);
    assert_non_null(feed);
    bench_rows(path, 6, 10);
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    struct ledger *merged = mem_zero(1, sizeof *merged);
    assert_non_null(scan);
    merge(scan, merged);
    assert_int_equal(merged->len, 5);
    for (size_t e = 0; e < merged->len; e++)
        assert_int_equal(merged->events[e].line, merged->events[e].id + 1);
    free(merged);
    scan->ops->free(scan);
    feed->ops->free(feed);
}

static void test_csv_head(void **state)
{
    static const char text[] = "\xEF\xBB\xBF\r\n\n" HEADER "\n" ROW("1", "x") ROW("2", "\"\n\"")
        ROW("3", "x") ROW("4", "x");
    expect_slices_do_not_matter(*state, text, false);
    expect_slices_do_not_matter(*state, text, true);
}

/* Lines longer than the decoder's cap, and than many slices. */
static void test_endless_lines(void **state)
{
    enum { LONG = 3 << 20 };
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    char *line = mem_alloc(LONG);
    memset(line, 'x', LONG);
    bench_append(path, HEADER ROW("1", "x"));
    bench_write(path, O_APPEND, line, LONG);
    bench_append(path, "\n" ROW("2", "x"));
    bench_write(path, O_APPEND, line, LONG);
    struct tail_config config = bench_config(bench, &path, 1);
    struct ledger *merged = mem_alloc(sizeof *merged);
    for (int bounded = 0; bounded < 2; bounded++) {
        config.bounded = bounded;
        config.scan_slice_bytes = 0;
        struct feed *feed = tail_open(&config, NULL);
        memset(&bench->ledger, 0, sizeof bench->ledger);
        bench_read(bench, feed, 0, NULL);
        feed->ops->free(feed);
        assert_string_equal(bench_ids(bench), bounded ? "1 ? 2 ?" : "1 ? 2");
        for (uint64_t size = 500000; size < 3 * LONG; size = size * 2 + 1) {
            config.scan_slice_bytes = size;
            feed = tail_open(&config, NULL);
            struct scan *scan = feed->ops->scan_open(feed, NULL);
            memset(merged, 0, sizeof *merged);
            merge(scan, merged);
            expect_same(merged, &bench->ledger);
            scan->ops->free(scan);
            feed->ops->free(feed);
        }
    }
    free(merged);
    free(line);
}

static void test_csv_with_an_unfinished_end(void **state)
{
    static const char text[] = HEADER ROW("1", "x") ROW("2", "\"\n\"") ROW("3", "x")
        ROW("4", "y") "2026-01-05T08:00:00Z,5";
    expect_slices_do_not_matter(*state, text, false);
    expect_slices_do_not_matter(*state, text, true);
}

/* A quote that opens and never closes: in the middle of a line, at the start of a field, at the
 * end. What the decoder makes of it is its own; slices must not change it. */
static void test_csv_with_stray_quotes(void **state)
{
    static const char text[] = HEADER ROW("1", "x") ROW("2", "6\" pipe") ROW("3", "x")
        ROW("4", "\"never closed") ROW("5", "x") ROW("6", "x") ROW("7", "\"closed\"") ROW("8", "x");
    expect_slices_do_not_matter(*state, text, false);
    expect_slices_do_not_matter(*state, text, true);
}

/* The same with so many lines behind it that the quote is given up (T-R9). */
static void test_csv_with_a_quote_given_up(void **state)
{
    char *text = mem_zero(1, 16384);
    strcpy(text, HEADER ROW("1", "x") ROW("2", "\"never closed"));
    for (int id = 3; id < 260; id++)
        sprintf(text + strlen(text), ROW("%d", "%s"), id, id == 150 ? "\"\n\"" : "x");
    expect_slices_do_not_matter(*state, text, false);
    expect_slices_do_not_matter(*state, text, true);
    free(text);
}

#define LINE(id) "{\"at\":\"2026-01-05T08:00:00Z\",\"id\":" id ",\"note\":\"\\n\"}\n"

static void test_jsonl(void **state)
{
    static const char text[] =
        "\n" LINE("1") LINE("2") "\n\nnot json\n" LINE("3") LINE("4") "{\"at";
    expect_slices_do_not_matter(*state, text, false);
    expect_slices_do_not_matter(*state, text, true);
}

/* Where no field holds a line end, every guess is right. */
static void test_guesses_of_plain_rows(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 20);
    struct tail_config config = bench_config(bench, &path, 1);
    for (uint64_t size = 25; size < 600; size++) {
        config.scan_slice_bytes = size;
        struct feed *feed = tail_open(&config, NULL);
        struct scan *scan = feed->ops->scan_open(feed, NULL);
        memset(&bench->ledger, 0, sizeof bench->ledger);
        assert_int_equal(merge(scan, &bench->ledger), 0);
        assert_int_equal(bench->ledger.len, 20);
        scan->ops->free(scan);
        feed->ops->free(feed);
    }
}

/* What is appended after the mark is not seen; a line unfinished at the mark neither, not even when
 * it is finished by the time it is read. */
static void test_the_mark_stays(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER ROW("1", "x") ROW("2", "x") "2026-01-05T08:00:00Z,3");
    struct tail_config config = bench_config(bench, &path, 1);
    config.scan_slice_bytes = 30;
    struct feed *feed = tail_open(&config, NULL);
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    bench_append(path, ",x\n");
    bench_rows(path, 4, 4);
    merge(scan, &bench->ledger);
    assert_string_equal(bench_ids(bench), "1 2");
    scan->ops->free(scan);
    feed->ops->free(feed);
}

/* Old generations are read again before the new one, with the torn end of those that are closed. */
static void test_rotated_generations(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER ROW("1", "x") "2026");
    struct tail_config config = bench_config(bench, &path, 1);
    config.scan_slice_bytes = 20;
    struct feed *feed = tail_open(&config, NULL);
    bench_read(bench, feed, 1, NULL);
    assert_int_equal(rename(path, bench_path(bench, "old.1")), 0);
    bench_append(path, HEADER ROW("2", "x"));
    bench_read(bench, feed, 3, NULL);
    assert_int_equal(unlink(bench_path(bench, "old.1")), 0);
    assert_string_equal(bench_ids(bench), "1 T | 2");
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    struct ledger *merged = mem_zero(1, sizeof *merged);
    merge(scan, merged);
    expect_same(merged, &bench->ledger);
    free(merged);
    scan->ops->free(scan);
    feed->ops->free(feed);
}

/* Sixteen generations are kept for scans; what was rotated away before is counted as lost. */
static void test_generations_kept(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    struct tail_config config = bench_config(bench, &path, 1);
    config.grace_ms = 1;
    struct feed *feed = tail_open(&config, NULL);
    for (int i = 1; i <= 20; i++) {
        bench_rows(path, i, i);
        bench_read(bench, feed, (size_t)i, NULL);
        if (i == 20)
            break;
        assert_int_equal(unlink(path), 0);
        bench_append(path, HEADER);
    }
    assert_int_equal(bench->ledger.len, 20);
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    assert_int_equal(scan->ops->lost(scan), 4);
    assert_int_equal(scan->ops->len(scan), 16);
    memset(&bench->ledger, 0, sizeof bench->ledger);
    merge(scan, &bench->ledger);
    assert_int_equal(bench->ledger.events[0].id, 5);
    assert_int_equal(bench->ledger.events[0].generation, 4);
    scan->ops->free(scan);
    feed->ops->free(feed);
}

static void test_nothing_there(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct tail_config config = bench_config(bench, &path, 1);
    struct error error = {0};
    struct feed *feed = tail_open(&config, NULL);
    assert_null(feed->ops->scan_open(feed, &error));
    assert_int_equal(error.code, STATUS_NOT_FOUND);
    feed->ops->free(feed);
    bench_append(path, "");
    feed = tail_open(&config, NULL);
    struct scan *scan = feed->ops->scan_open(feed, &error);
    assert_non_null(scan);
    assert_int_equal(scan->ops->len(scan), 0);
    assert_int_equal(scan->ops->bytes(scan), 0);
    scan->ops->free(scan);
    feed->ops->free(feed);
}

static void test_truncated_while_read(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct error error = {0};
    struct slice_result result;
    bench_append(path, HEADER ROW("1", "x"));
    struct tail_config config = bench_config(bench, &path, 1);
    struct feed *feed = tail_open(&config, NULL);
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    bench_write(path, O_TRUNC, "", 0);
    assert_int_equal(scan->ops->read(scan, 0, SCAN_GUESS, keep, &bench->ledger, &result, &error),
                     STATUS_IO);
    assert_non_null(strstr(error.text, "truncated"));
    scan->ops->free(scan);
    feed->ops->free(feed);
}

/* Truncated after the reader consumed it, before the reader looked again: not taken for what was
 * read, but lost. */
static void test_truncated_before_the_reader_looks(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER ROW("1", "x") ROW("2", "x"));
    struct tail_config config = bench_config(bench, &path, 1);
    struct feed *feed = tail_open(&config, NULL);
    bench_read(bench, feed, 2, NULL);
    bench_write(path, O_TRUNC, HEADER ROW("3", "x"), strlen(HEADER) + 25);
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    assert_int_equal(scan->ops->lost(scan), 1);
    assert_int_equal(scan->ops->len(scan), 0);
    scan->ops->free(scan);
    feed->ops->free(feed);
}

/* ---- a reader thread beside ---- */

struct reader {
    struct bench *bench;
    struct feed *feed;
    size_t want;
};

static void *read_all(void *context)
{
    struct reader *reader = context;
    bench_read(reader->bench, reader->feed, reader->want, NULL);
    return NULL;
}

static void until_rotated(struct feed *feed, uint32_t rotations)
{
    mono_ns deadline = bench_now() + DEADLINE_S * SECOND;
    struct feed_status status;
    do {
        assert_true(bench_now() < deadline);
        sched_yield();
        feed->ops->status(feed, &status);
    } while (status.rotations < rotations);
}

/* Every scan is a prefix of what the reader gets, and none is shorter than the one before. */
static void test_beside_a_reader(void **state)
{
    enum { ROWS = 600, ROTATE = 200 };
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    struct tail_config config = bench_config(bench, &path, 1);
    config.scan_slice_bytes = 1000;
    struct feed *feed = tail_open(&config, NULL);
    struct reader reader = {.bench = bench, .feed = feed, .want = ROWS};
    struct ledger *merged = mem_zero(1, sizeof *merged);
    size_t before = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    for (int id = 1; id <= ROWS; id++) {
        bench_append(path, "2026-01-05T08:00:00Z,");
        char rest[32];
        snprintf(rest, sizeof rest, "%d,x\n", id);
        if (id % 20 == 0) {
            struct feed_status status;
            struct scan *scan = feed->ops->scan_open(feed, NULL);
            assert_non_null(scan);
            memset(merged, 0, sizeof *merged);
            merge(scan, merged);
            scan->ops->free(scan);
            feed->ops->status(feed, &status);
            feed->ops->label_next(feed);
            assert_true(merged->len >= before && merged->len < (size_t)id);
            before = merged->len;
            for (size_t i = 0; i < merged->len; i++)
                assert_int_equal(merged->events[i].id, i + 1);
        }
        bench_append(path, rest);
        if (id % ROTATE == 0 && id < ROWS) {
            assert_int_equal(unlink(path), 0);
            bench_append(path, HEADER);
            until_rotated(feed, (uint32_t)(id / ROTATE));
        }
    }
    pthread_join(thread, NULL);
    assert_int_equal(bench->ledger.len, ROWS);
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    memset(merged, 0, sizeof *merged);
    merge(scan, merged);
    expect_same(merged, &bench->ledger);
    scan->ops->free(scan);
    free(merged);
    feed->ops->free(feed);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, bench_setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_csv_with_quoted_lines),
        TEST(test_lines_behind_the_end),
        TEST(test_csv_with_an_unfinished_end),
        TEST(test_csv_with_stray_quotes),
        TEST(test_jsonl),
        TEST(test_guesses_of_plain_rows),
        TEST(test_truncated_before_the_reader_looks),
        TEST(test_csv_with_a_quote_given_up),
        TEST(test_csv_head),
        TEST(test_endless_lines),
        TEST(test_the_mark_stays),
        TEST(test_rotated_generations),
        TEST(test_generations_kept),
        TEST(test_nothing_there),
        TEST(test_truncated_while_read),
        TEST(test_beside_a_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
