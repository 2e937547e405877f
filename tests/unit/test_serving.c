/*
 * Guards: from which layer a day is served (S-115). Live before sealing, batch after, and never the
 * sum of both; the watermark or an operator seals; an event that is late after that changes what
 * live knows and `since`, not what is served, until the day is run again. And when micro-batches
 * are told (S-33): at multiples of the trigger on the clock in use.
 */
#include "tests/unit/support.h"

#include "core/kept_days.h"
#include "core/pipeline.h"
#include "core/serving.h"
#include "core/trigger.h"

#include <stdio.h>
#include <stdlib.h>

enum { DAY = 20458 }; /* 2026-01-05 */

struct bench {
    struct definition *definition;
    struct snapshot_live *live;
    struct snapshot_batch *batch;
    struct served served;
};

static void bench_open(struct bench *bench)
{
    memset(bench, 0, sizeof *bench);
    bench->definition = make_definition("key", "count,sum:amount");
    bench->live = mem_zero(1, sizeof *bench->live);
    bench->batch = mem_zero(1, sizeof *bench->batch);
}

static void bench_close(struct bench *bench)
{
    free(bench->live);
    free(bench->batch);
    definition_free(bench->definition);
}

static void serve(struct bench *bench)
{
    serving_make(bench->definition, bench->live, bench->batch, &bench->served);
}

/* A day of `rows` groups, keys 1 …, each counting `count`. */
static struct snapshot_day make_day(int32_t day, int rows, uint64_t count)
{
    struct snapshot_day made = {.day = day, .rows_len = rows};
    for (int r = 0; r < rows; r++) {
        made.rows[r] = (struct snapshot_day_row){
            .key = {(symbol)(r + 1)}, .count = count, .sum = (wide_int)count * 100};
        snprintf(made.rows[r].label, sizeof made.rows[r].label, "g%d", r + 1);
        made.total.count += count;
        made.total.sum += (wide_int)count * 100;
    }
    return made;
}

static void add_live(struct bench *bench, int32_t day, int rows, uint64_t count)
{
    bench->live->days[bench->live->days_len++] = make_day(day, rows, count);
}

static void add_seal(struct bench *bench, int32_t day, int rows, uint64_t count, bool by_operator)
{
    struct snapshot_seal seal = {.answer = make_day(day, rows, count),
                                 .sealed = instant_day_start(day + 1, 0) + 605000,
                                 .by_operator = by_operator};
    serving_seal(bench->batch, &seal);
}

static void one_layer(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    add_live(&bench, DAY, 2, 10);
    add_live(&bench, DAY + 1, 2, 5);
    serve(&bench);
    assert_int_equal(bench.served.days_len, 2);
    assert_int_equal(bench.served.days[0].day, DAY + 1); /* newest first */
    assert_int_equal(bench.served.days[1].layer, SERVING_LIVE);
    assert_int_equal(bench.served.days[1].total.count, 20);

    add_seal(&bench, DAY, 2, 11, false);
    serve(&bench);
    const struct serving_day *sealed = serving_day(&bench.served, DAY);
    assert_int_equal(sealed->layer, SERVING_BATCH);
    assert_int_equal(sealed->total.layer, SERVING_BATCH);
    assert_int_equal(sealed->total.count, 22); /* not 20, and never 42 */
    assert_true(sealed->total.sum == 2200);
    for (int g = 0; g < 2; g++) {
        assert_int_equal(sealed->groups[g].layer, SERVING_BATCH);
        assert_int_equal(sealed->groups[g].count, 11);
        assert_int_equal(bench.served.days[0].groups[g].layer, SERVING_LIVE);
        assert_int_equal(bench.served.days[0].groups[g].count, 5);
    }
    bench_close(&bench);
}

static void the_watermark_seals(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    epoch_ms at = instant_day_start(DAY + 1, 0) + bench.definition->watermark.lateness_ms;
    add_live(&bench, DAY, 1, 3);
    add_live(&bench, DAY + 1, 1, 1);
    serve(&bench);
    assert_true(serving_seals_at(bench.definition, DAY) == at);
    assert_int_equal(serving_due(&bench.served, INT64_MIN), INT32_MIN);
    assert_int_equal(serving_due(&bench.served, at - 1), INT32_MIN);
    assert_int_equal(serving_due(&bench.served, at), DAY);
    add_seal(&bench, DAY, 1, 3, false);
    serve(&bench);
    assert_int_equal(serving_due(&bench.served, at), INT32_MIN);
    assert_int_equal(serving_due(&bench.served, at + MS_PER_DAY), DAY + 1);
    bench.definition->watermark.lateness_ms = WINDOW_LATENESS_FOREVER;
    assert_true(serving_seals_at(bench.definition, DAY) == INT64_MAX);
    bench_close(&bench);
}

static void late_since(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    add_live(&bench, DAY, 1, 3);
    add_live(&bench, DAY + 1, 1, 1);
    assert_int_equal(serving_next(&bench.served), INT32_MIN);
    add_seal(&bench, DAY, 1, 3, false);
    serve(&bench);
    assert_int_equal(serving_day(&bench.served, DAY)->since, 0);
    assert_int_equal(serving_next(&bench.served), DAY + 1);
    bench.live->days[0] = make_day(DAY, 1, 4); /* one came late */
    serve(&bench);
    const struct serving_day *day = serving_day(&bench.served, DAY);
    assert_int_equal(day->total.count, 3);
    assert_true(day->compared);
    assert_int_equal(day->since, 1);
    assert_int_equal(day->runs, 1);
    assert_int_equal(serving_next(&bench.served), DAY);
    add_seal(&bench, DAY, 1, 4, true);
    serve(&bench);
    day = serving_day(&bench.served, DAY);
    assert_int_equal(day->total.count, 4);
    assert_int_equal(day->since, 0);
    assert_int_equal(day->runs, 2);
    assert_true(day->by_operator);
    bench_close(&bench);
}

/* A group that a day has no row for is 0 there; where rows were joined to (others), nobody knows.
 */
static void groups_are_matched_by_key(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    add_live(&bench, DAY + 1, 3, 5);
    add_seal(&bench, DAY, 2, 7, false);
    serve(&bench);
    assert_int_equal(bench.served.groups_len, 3);
    assert_string_equal(bench.served.groups[2].label, "g3");
    const struct serving_day *day = serving_day(&bench.served, DAY);
    assert_false(day->compared); /* live does not keep it any more: served all the same */
    assert_int_equal(day->groups[1].count, 7);
    assert_int_equal(day->groups[2].layer, SERVING_BATCH);
    assert_int_equal(day->groups[2].count, 0);
    bench.batch->seals[0].answer.has_others = true;
    serve(&bench);
    assert_int_equal(serving_day(&bench.served, DAY)->groups[2].layer, SERVING_NONE);
    bench_close(&bench);
}

static void days_are_bounded(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    for (int d = 0; d < 20; d++)
        add_seal(&bench, DAY + (d * 7) % 20, 1, (uint64_t)d + 1, false);
    assert_int_equal(bench.batch->seals_len, SNAPSHOT_DAYS);
    for (int s = 0; s < SNAPSHOT_DAYS; s++)
        assert_int_equal(bench.batch->seals[s].answer.day, DAY + 20 - SNAPSHOT_DAYS + s);
    for (int d = 0; d < SNAPSHOT_DAYS; d++)
        add_live(&bench, DAY + 22 + d, 1, 1);
    serve(&bench);
    assert_int_equal(bench.served.days_len, SNAPSHOT_DAYS);
    assert_int_equal(bench.served.days[0].day, DAY + 29);
    assert_int_equal(bench.served.days[7].day, DAY + 22);
    bench_close(&bench);
}

/* Rows beyond those kept are added up, count and sum. */
static void a_table_is_kept(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    struct snapshot_table *table = mem_zero(1, sizeof *table);
    struct snapshot_day day;
    table->day = DAY;
    table->rows_len = SNAPSHOT_DAY_ROWS + 3;
    for (int r = 0; r < table->rows_len; r++)
        table->rows[r] = (struct snapshot_row){
            .key = {(symbol)r}, .count = 2, .value = {[1] = {.amount = 50, .present = true}}};
    table->others.count = 1;
    table->has_others = true;
    serving_keep(table, serving_sum(bench.definition), &day);
    assert_int_equal(day.rows_len, SNAPSHOT_DAY_ROWS);
    assert_int_equal(day.others.count, 7);
    assert_true(day.others.sum == 150);
    assert_true(day.rows[3].sum == 50);
    free(table);
    bench_close(&bench);
}

/* What a pipeline keeps by day is what is served of it. */
static void a_pipelines_days(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    struct symbols *symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    struct pipeline pipeline;
    struct event_block *block = mem_zero(1, sizeof *block);
    pipeline_init(&pipeline, &(struct pipeline_config){.definition = bench.definition,
                                                       .symbols = symbols,
                                                       .live = true,
                                                       .by_day = true});
    block->len = 12;
    block->read_at = WATERMARK_NO_WALL;
    for (uint32_t e = 0; e < block->len; e++)
        block->events[e] = (struct event){.time = instant_day_start(DAY + (int)e / 6, 0) + e,
                                          .key = {symbols_intern(symbols, e % 3 ? "x" : "y", 1)}};
    pipeline_apply(&pipeline, block);
    struct kept_days *days = kept_days_new();
    kept_days_fill(days, &pipeline, symbols, bench.live);
    serve(&bench);
    assert_int_equal(bench.served.days_len, 2);
    for (int d = 0; d < 2; d++) {
        assert_int_equal(bench.served.days[d].total.count, 6);
        assert_int_equal(bench.served.days[d].groups[0].count, 4);
        assert_string_equal(bench.served.groups[0].label, "x");
    }
    kept_days_free(days);
    pipeline_fini(&pipeline);
    symbols_free(symbols);
    free(block);
    bench_close(&bench);
}

static void triggers(void **state)
{
    (void)state;
    struct trigger trigger;
    trigger_init(&trigger, 0);
    assert_true(trigger_due(&trigger, 12345) == INT64_MIN);
    trigger_fired(&trigger, 12345);
    assert_true(trigger_due(&trigger, 12346) == INT64_MIN);
    trigger_set(&trigger, 10000);
    assert_true(trigger_due(&trigger, 12346) == INT64_MIN); /* its first: at once */
    trigger_fired(&trigger, 12350);
    assert_true(trigger_due(&trigger, 12351) == 20000);
    assert_true(trigger_due(&trigger, 25000) == 20000); /* due, until it was done */
    trigger_fired(&trigger, 25000);
    assert_true(trigger_due(&trigger, 25001) == 30000);
    trigger_set(&trigger, 1000);
    assert_true(trigger_due(&trigger, 25001) == 26000);
    trigger_fired(&trigger, 26000);
    assert_true(trigger_due(&trigger, 26000) == 27000);
    trigger_fired(&trigger, -1500);
    assert_true(trigger_due(&trigger, -1500) == -1000);
    trigger_set(&trigger, 0);
    assert_true(trigger_due(&trigger, 0) == INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_layer),        cmocka_unit_test(the_watermark_seals),
        cmocka_unit_test(late_since),       cmocka_unit_test(groups_are_matched_by_key),
        cmocka_unit_test(days_are_bounded), cmocka_unit_test(a_table_is_kept),
        cmocka_unit_test(a_pipelines_days), cmocka_unit_test(triggers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
