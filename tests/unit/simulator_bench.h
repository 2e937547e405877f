#ifndef TAILRACE_TESTS_UNIT_SIMULATOR_BENCH_H
#define TAILRACE_TESTS_UNIT_SIMULATOR_BENCH_H
/* A simulator of the default day, and when that begins. */
#include "tests/unit/support.h"

#include "feeds/simulator.h"

static inline struct simulator *simulate(const char *profile, uint64_t seed, uint64_t records,
                                         enum simulated_format format)
{
    struct simulator_config config = {.profile = profile,
                                      .seed = seed,
                                      .day = simulator_default_day(),
                                      .records = records,
                                      .format = format};
    struct error error = {.text = ""};
    struct simulator *simulator = simulator_new(&config, &error);
    if (!simulator)
        fail_msg("%s", error.text);
    return simulator;
}

static inline epoch_ms day_start(void)
{
    return instant_day_start(simulator_default_day(), 0);
}

#endif
