/*
 * Guards: the lanes at work together. On a simulated day and on a growing file, live and batch
 * agree when both have read the same bytes; every published half closes; your event is seen by both
 * lanes, also when it was counted before anyone could say that it was sent; a stop leaves nothing
 * running. Under ThreadSanitizer it guards the hand-overs between the threads.
 */
#include "tests/unit/desk.h"

static bool both_counted(struct desk *desk, const struct snapshot_live *live,
                         const struct snapshot_batch *batch)
{
    (void)desk;
    return live->table.total.count > 1000 && batch->runs_total > 1 &&
           batch->table.total.count > 1000;
}

static bool tracer_seen_by_both(struct desk *desk, const struct snapshot_live *live,
                                const struct snapshot_batch *batch)
{
    (void)desk;
    return live->tracer.state == TRACER_SEEN && live->tracer.number == 1 &&
           batch->tracer_seen == 1 && batch->tracer_published >= live->tracer.since;
}

static void a_simulated_desk(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, NULL, 5 * MS_PER_MINUTE);
    wait_until(&desk, "both lanes counted", both_counted);
    engine_send_tracer(desk.engine);
    wait_until(&desk, "your ticket seen by both lanes", tracer_seen_by_both);
    assert_true(engine_live(desk.engine)->tracer.own);
    assert_string_equal(engine_live(desk.engine)->tracer.label, "#900000001 High");
    engine_set_every(desk.engine, 100);
    clock_set_speed(desk.clock, 1);
    engine_clock_changed(desk.engine);
    wait_until(&desk, "both lanes counted at another pace", both_counted);
    char trouble[160];
    engine_producer_trouble(desk.engine, trouble);
    assert_string_equal(trouble, "");
    close_desk(&desk);
}

static void write_rows(FILE *file, int from, int to)
{
    for (int n = from; n < to; n++)
        fprintf(file, "%d,1,%s,2026-01-05T10:%02d:%02dZ,open\n", n, n % 2 ? "High" : "Low",
                n / 60 % 60, n % 60);
    fflush(file);
}

static bool both_at_200(struct desk *desk, const struct snapshot_live *live,
                        const struct snapshot_batch *batch)
{
    (void)desk;
    return live->table.total.count == 200 && batch->table.total.count == 200;
}

static bool caught_up_at_300(struct desk *desk, const struct snapshot_live *live,
                             const struct snapshot_batch *batch)
{
    (void)desk;
    return live->table.total.count == 300 && batch->table.total.count == 300;
}

static bool tracer_found_live(struct desk *desk, const struct snapshot_live *live,
                              const struct snapshot_batch *batch)
{
    (void)desk;
    (void)batch;
    return live->tracer.state == TRACER_SEEN;
}

static bool tracer_found(struct desk *desk, const struct snapshot_live *live,
                         const struct snapshot_batch *batch)
{
    (void)desk;
    return live->tracer.state == TRACER_SEEN && batch->tracer_seen == 1;
}

static void a_growing_file(void **state)
{
    (void)state;
    char path[] = "/tmp/tailrace-test-XXXXXX";
    FILE *file = fdopen(mkstemp(path), "a");
    struct desk desk;
    fputs("ticket_id,customer_id,priority,submitted_at,status\n", file);
    write_rows(file, 0, 200);
    open_desk(&desk, path, MS_PER_DAY); /* the first run is asked for by itself */
    wait_until(&desk, "the first 200", both_at_200);
    write_rows(file, 200, 300);
    engine_run_batch(desk.engine);
    wait_until(&desk, "live and batch agree at 300", caught_up_at_300);
    const struct snapshot_live *live = engine_live(desk.engine);
    const struct snapshot_batch *batch = engine_batch(desk.engine);
    assert_int_equal(live->table.rows_len, 2);
    for (int r = 0; r < 2; r++) {
        assert_string_equal(live->table.rows[r].label, r == 0 ? "High" : "Low");
        assert_memory_equal(live->table.rows[r].value, batch->table.rows[r].value,
                            sizeof live->table.rows[r].value);
    }
    engine_send_tracer(desk.engine);
    write_rows(file, 300, 301);
    wait_until(&desk, "the next event found", tracer_found_live);
    engine_run_batch(desk.engine);
    wait_until(&desk, "and in the batch answer", tracer_found);
    assert_string_equal(engine_live(desk.engine)->tracer.label, "#300 Low");
    close_desk(&desk);
    fclose(file);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_simulated_desk),
        cmocka_unit_test(a_growing_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
