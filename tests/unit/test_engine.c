/*
 * Guards: the lanes at work together. On a simulated day and on a growing file, live and batch
 * agree when both have read the same bytes; every published half closes; your event is seen by both
 * lanes, also when it was counted before anyone could say that it was sent; a stop leaves nothing
 * running. Under ThreadSanitizer it guards the hand-overs between the threads.
 */
#include "tests/unit/support.h"

#include "core/definition_json.h"
#include "core/engine.h"
#include "feeds/simulator.h"
#include "feeds/tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_S = 60 };

struct desk {
    struct definition *definition;
    struct symbols *symbols;
    struct clock *clock;
    struct simulator *simulator;
    struct simulated_source *source;
    struct feed *feed;
    struct wake screen;
    struct engine *engine;
};

static void open_desk(struct desk *desk, const char *path, int64_t every_ms)
{
    struct error error = {.text = ""};
    epoch_ms start = instant_day_start(simulator_default_day(), 0) + 8 * MS_PER_HOUR;
    memset(desk, 0, sizeof *desk);
    desk->definition = definition_builtin("tickets");
    if (definition_compile(desk->definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    desk->symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    desk->clock = path ? clock_new_real() : clock_new_compressed(start, 360);
    wake_init(&desk->screen);
    struct tail_config tail = {.definition = desk->definition,
                               .symbols = desk->symbols,
                               .hash_key = hash_key_random(),
                               .fd = -1,
                               .paths = &path,
                               .paths_len = 1};
    if (!path) {
        struct simulator_config config = {
            .profile = "tickets", .seed = 3, .day = simulator_default_day()};
        desk->simulator = simulator_new(&config, &error);
        desk->source = simulated_source_new(desk->simulator, &error);
        tail.fd = simulated_source_fd(desk->source);
        tail.name = "simulator";
        tail.paths_len = 0;
    }
    desk->feed = tail_open(&tail, &error);
    if (!desk->feed)
        fail_msg("%s", error.text);
    struct engine_config config = {.definition = desk->definition,
                                   .symbols = desk->symbols,
                                   .clock = desk->clock,
                                   .feed = desk->feed,
                                   .every_ms = every_ms,
                                   .workers = 2,
                                   .screen = &desk->screen};
    if (desk->source) {
        simulated_source_attach(desk->source, desk->feed);
        config.producer_ops = &simulated_source_ops;
        config.producer = desk->source;
    }
    desk->engine = engine_new(&config);
    if (engine_start(desk->engine, &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static void close_desk(struct desk *desk)
{
    engine_free(desk->engine);
    desk->feed->ops->free(desk->feed);
    simulated_source_free(desk->source);
    simulator_free(desk->simulator);
    clock_free(desk->clock);
    wake_fini(&desk->screen);
    symbols_free(desk->symbols);
    definition_free(desk->definition);
}

typedef bool (*condition)(struct desk *desk, const struct snapshot_live *live,
                          const struct snapshot_batch *batch);

/* Looks at each new pair of halves until the condition holds. */
static void wait_until(struct desk *desk, const char *what, condition holds)
{
    mono_ns end = clock_mono(desk->clock) + (mono_ns)PATIENCE_S * 1000000000;
    while (clock_mono(desk->clock) < end) {
        wake_clear(&desk->screen);
        const struct snapshot_live *live = engine_live(desk->engine);
        const struct snapshot_batch *batch = engine_batch(desk->engine);
        if (live)
            assert_true(outcomes_close(&live->outcomes));
        if (batch)
            assert_true(outcomes_close(&batch->outcomes));
        if (live && batch && holds(desk, live, batch))
            return;
        wake_wait(&desk->screen, clock_mono(desk->clock) + 50 * 1000000);
    }
    fail_msg("never came: %s", what);
}

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
