#ifndef TAILRACE_TESTS_DESK_H
#define TAILRACE_TESTS_DESK_H
/* An engine at work, for tests: on the simulated help desk, or on a file of the test's own. */
#include "tests/unit/support.h"

#include "core/definition_json.h"
#include "core/engine.h"
#include "feeds/simulator.h"
#include "feeds/tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_S = 60, DESK_SLICE = 64 * 1024 };

/* A file's desk runs by a clock that starts here, at x1; 0: the real one. */
static epoch_ms desk_clock_start;

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

static inline void open_desk(struct desk *desk, const char *path, int64_t every_ms)
{
    struct error error = {.text = ""};
    epoch_ms start = instant_day_start(simulator_default_day(), 0) + 8 * MS_PER_HOUR;
    memset(desk, 0, sizeof *desk);
    desk->definition = definition_builtin("tickets");
    if (definition_compile(desk->definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    desk->symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    desk->clock = !path              ? clock_new_compressed(start, 360)
                  : desk_clock_start ? clock_new_compressed(desk_clock_start, 1)
                                     : clock_new_real();
    wake_init(&desk->screen);
    struct tail_config tail = {.scan_slice_bytes = DESK_SLICE,
                               .definition = desk->definition,
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

static inline void close_desk(struct desk *desk)
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
static inline void wait_until(struct desk *desk, const char *what, condition holds)
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

#endif
