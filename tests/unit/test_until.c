/*
 * Protects: a batch run that stops at a mark answers as it would have, had the file ended there
 * (compare replays runs of the past), whatever the slices and workers; a source without a mark is
 * not read; parts of a block applied in order are the block.
 */
#include "tests/unit/feed_bench.h"

#include "core/batch_run.h"

#define ROW(id, note) "2026-01-05T08:00:00Z," id "," note "\n"

static const char text[] = HEADER ROW("1", "x") ROW("2", "\"a\n\nb\n\"") "\n" ROW(
    "3", "\"2026-01-05T08:00:00Z,77,not a row\n2026-01-05T08:00:00Z,78,nor this\n\"")
    ROW("4", "x") "no,fields\n" ROW("5", "\"\n\n\"") ROW("6", "x") "2026-01-05T08:00:0";

/* The answer over the first `end` bytes: by a mark, or of a file that ends there. */
static void run(struct bench *bench, const char *path, uint64_t slice, int workers, uint64_t end,
                struct batch_result *out)
{
    struct tail_config config = bench_config(bench, &path, 1);
    const struct batch_mark mark = {.end = end};
    config.bounded = true;
    config.no_inotify = true;
    config.scan_slice_bytes = slice;
    struct feed *feed = tail_open(&config, NULL);
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    const struct batch_run_config batch = {.definition = bench->definition,
                                           .scan = scan,
                                           .workers = workers,
                                           .until = end ? &mark : NULL,
                                           .until_len = 1};
    assert_int_equal(batch_run(&batch, out, NULL), STATUS_OK);
    scan->ops->free(scan);
    feed->ops->free(feed);
}

static void assert_same(const struct batch_result *a, const struct batch_result *b)
{
    const struct pipeline *p = &a->pipeline, *q = &b->pipeline;
    assert_memory_equal(&p->outcomes, &q->outcomes, sizeof p->outcomes);
    assert_int_equal(tally_len(p->tally), tally_len(q->tally));
    for (size_t i = 0; i < tally_len(p->tally); i++)
        assert_memory_equal(tally_row(p->tally, i), tally_row(q->tally, i),
                            sizeof(struct tally_row));
    assert_int_equal(a->marks_len, b->marks_len);
    assert_int_equal(a->marks[0].end, b->marks[0].end);
    assert_int_equal(a->bytes, b->bytes);
}

static void test_a_run_until_a_mark(void **state)
{
    struct bench *bench = *state;
    const char *whole = bench_path(bench, "whole"), *prefix = bench_path(bench, "prefix");
    bench_write(whole, O_TRUNC, text, strlen(text));
    struct tail_config config = bench_config(bench, &whole, 1);
    config.bounded = true;
    struct feed *feed = tail_open(&config, NULL);
    bench_read(bench, feed, 0, NULL);
    feed->ops->free(feed);
    assert_int_equal(bench->ledger.len, 8); /* two of them are no rows */
    for (size_t e = 0; e < bench->ledger.len; e++) {
        const struct seen_event *event = &bench->ledger.events[e];
        uint64_t end = event->start + event->length;
        struct batch_result expected, actual;
        bench_write(prefix, O_TRUNC, text, end);
        run(bench, prefix, 1000, 1, 0, &expected);
        assert_int_equal(expected.pipeline.outcomes.read, e + 1);
        for (uint64_t slice = 1; slice < strlen(text) + 20; slice += 1 + slice / 3) {
            for (int workers = 1; workers <= 3; workers += 2) {
                run(bench, whole, slice, workers, end, &actual);
                assert_same(&actual, &expected);
                batch_result_fini(&actual);
            }
        }
        batch_result_fini(&expected);
    }
}

static void test_a_source_without_a_mark(void **state)
{
    struct bench *bench = *state;
    const char *paths[2] = {bench_path(bench, "a"), bench_path(bench, "b")};
    bench_write(paths[0], O_TRUNC, HEADER, strlen(HEADER));
    bench_write(paths[1], O_TRUNC, HEADER, strlen(HEADER));
    bench_rows(paths[0], 1, 3);
    bench_rows(paths[1], 10, 12);
    struct tail_config config = bench_config(bench, paths, 2);
    config.bounded = true;
    struct feed *feed = tail_open(&config, NULL);
    for (uint32_t source = 0; source < 2; source++) {
        struct scan *scan = feed->ops->scan_open(feed, NULL);
        const struct batch_mark mark = {
            .source = source, .end = strlen(HEADER "2026-01-05T08:00:00Z,1,x\n") + source};
        const struct batch_run_config batch = {
            .definition = bench->definition, .scan = scan, .until = &mark, .until_len = 1};
        struct batch_result result;
        assert_int_equal(batch_run(&batch, &result, NULL), STATUS_OK);
        assert_int_equal(result.pipeline.outcomes.read, 1);
        assert_int_equal((int64_t)tally_row(result.pipeline.tally, 0)->value[0].sum,
                         source ? 10 : 1);
        assert_int_equal(result.marks_len, 1);
        assert_int_equal(result.marks[0].source, source);
        batch_result_fini(&result);
        scan->ops->free(scan);
    }
    feed->ops->free(feed);
}

static void test_parts_of_a_block(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "whole");
    bench_write(path, O_TRUNC, text, strlen(text));
    struct tail_config config = bench_config(bench, &path, 1);
    config.bounded = true;
    struct feed *feed = tail_open(&config, NULL);
    assert_int_equal(feed->ops->read(feed, &bench->block, NULL), FEED_BLOCK);
    const struct pipeline_config of = {
        .definition = bench->definition, .symbols = bench->symbols, .live = true};
    struct pipeline whole, parts;
    bench->block.read_at = WATERMARK_NO_WALL;
    pipeline_init(&whole, &of);
    pipeline_apply(&whole, &bench->block);
    for (uint32_t cut = 1; cut <= bench->block.len; cut++) {
        pipeline_init(&parts, &of);
        pipeline_apply_part(&parts, &bench->block, 0, cut);
        assert_int_equal(parts.outcomes.read, cut);
        pipeline_apply_part(&parts, &bench->block, cut, bench->block.len);
        assert_memory_equal(&parts.outcomes, &whole.outcomes, sizeof whole.outcomes);
        pipeline_fini(&parts);
    }
    pipeline_fini(&whole);
    feed->ops->free(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_run_until_a_mark, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_a_source_without_a_mark, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_parts_of_a_block, bench_setup, bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
