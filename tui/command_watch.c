/*
 * The dashboard: the simulated help desk without FEED, else the user's own feed. Opens the feed,
 * starts the two lanes, and leaves the rest to the loop.
 */
#include "core/definition_json.h"
#include "core/engine.h"
#include "feeds/simulator.h"
#include "tui/command.h"
#include "tui/command_alerts.h"
#include "tui/command_feed.h"
#include "tui/command_heal.h"
#include "tui/command_state.h"
#include "tui/command_stop.h"
#include "tui/loop.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPENING_HOUR = 8 }; /* the simulated day is shown from 08:00 on, its night already counted */

/* Everything the dashboard holds, in the order in which it is made. */
/* As on a real desk: some tickets reach it late, a few twice. */
#define FAULTS_USUAL "late=1%,duplicate=0.2%"

struct watch {
    const struct options *options;
    struct command_feed feed;
    struct command_state state;
    struct command_heal heal;
    struct command_alerts alerts;
    struct simulator *simulator;
    struct simulated_source *source;
    struct clock *clock;
    struct wake screen;
    struct engine *engine;
    char name[128];
};

static enum status open_simulated(struct watch *watch, struct error *error)
{
    struct simulator_config config = {.profile = "tickets",
                                      .seed = watch->options->seed,
                                      .day = simulator_default_day(),
                                      .format = SIMULATED_CSV};
    const char *faults = watch->options->faults ? watch->options->faults : FAULTS_USUAL;
    watch->feed.symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    watch->feed.definition = definition_builtin("tickets");
    enum status status = simulated_faults_parse(faults, &config.faults, error);
    if (status == STATUS_OK)
        status = command_feed_compile(watch->options, watch->feed.definition, error);
    if (status != STATUS_OK)
        return status;
    watch->simulator = simulator_new(&config, error);
    watch->source = watch->simulator ? simulated_source_new(watch->simulator, error) : NULL;
    if (!watch->source)
        return error->code;
    struct tail_config tail = {.definition = watch->feed.definition,
                               .symbols = watch->feed.symbols,
                               .hash_key = hash_key_random(),
                               .fd = simulated_source_fd(watch->source),
                               .name = "simulator"};
    watch->feed.feed = tail_open(&tail, error);
    if (!watch->feed.feed)
        return error->code;
    simulated_source_attach(watch->source, watch->feed.feed);
    epoch_ms start = instant_day_start(config.day, NULL) + OPENING_HOUR * MS_PER_HOUR;
    watch->clock = clock_new_compressed(start, watch->options->speed);
    snprintf(watch->name, sizeof watch->name, "%s", watch->feed.definition->name);
    return STATUS_OK;
}

static enum status open_own(struct watch *watch, struct error *error)
{
    const struct options *options = watch->options;
    const char *first = options->arguments[0];
    const char *slash = strrchr(first, '/');
    watch->state.history = watch->state.quiet = true;
    enum status status =
        options->read_only
            ? command_state_look(&watch->state, options, &watch->screen, &watch->feed, error)
            : command_state_feed(&watch->state, options, false, &watch->screen, &watch->feed,
                                 error);
    if (status != STATUS_OK)
        return status;
    watch->clock = clock_new_real();
    first = strcmp(first, "-") == 0 ? "standard input" : slash && slash[1] ? slash + 1 : first;
    if (options->arguments_len > 1)
        snprintf(watch->name, sizeof watch->name, "%s and %d more", first,
                 options->arguments_len - 1);
    else
        snprintf(watch->name, sizeof watch->name, "%s", first);
    return STATUS_OK;
}

static enum status keeping_of(struct watch *watch, struct live_lane_keeping *out,
                              struct error *error)
{
    *out = (struct live_lane_keeping){.store = NULL};
    if (watch->options->read_only || !watch->state.store)
        return STATUS_OK;
    return command_heal_keeping(&watch->heal, out, error);
}

static enum status make_engine(struct watch *watch, struct error *error)
{
    struct engine_config config = {.definition = watch->feed.definition,
                                   .symbols = watch->feed.symbols,
                                   .clock = watch->clock,
                                   .feed = watch->feed.feed,
                                   .every_ms = watch->options->every_ms,
                                   .screen = &watch->screen,
                                   .alerts = alert_outlet_sink(watch->alerts.outlet),
                                   .health = alert_outlet_health_sink(watch->alerts.outlet)};
    watch->heal.clock = watch->clock;
    enum status status = keeping_of(watch, &config.keeping, error);
    if (status != STATUS_OK)
        return status;
    if (config.keeping.store)
        config.again = command_heal_again(&watch->heal);
    if (watch->options->read_only) {
        config.look = watch->state.store;
        config.look_again = command_heal_look_again(&watch->heal);
    } else if (watch->source) {
        config.producer_ops = &simulated_source_ops;
        config.producer = watch->source;
    } else if (watch->feed.spool && !watch->feed.spool_ended) {
        config.producer_ops = &spool_ops;
        config.producer = watch->feed.spool;
    }
    watch->engine = engine_new(&config);
    return STATUS_OK;
}

static struct loop_config loop_of(struct watch *watch)
{
    const struct options *options = watch->options;
    return (struct loop_config){.engine = watch->engine,
                                .clock = watch->clock,
                                .definition = watch->feed.definition,
                                .screen = &watch->screen,
                                .feed_name = watch->name,
                                .simulated = watch->source != NULL,
                                .looks = options->read_only,
                                .speed = options->speed,
                                .arrangement = options->arrangement,
                                .trigger_ms = options->trigger_ms,
                                .for_ms = options->for_ms,
                                .plain = options->plain,
                                .ascii = options->ascii,
                                .theme = options->theme,
                                .outlet = watch->alerts.outlet};
}

static void close_all(struct watch *watch)
{
    engine_free(watch->engine);
    command_heal_fini(&watch->heal);
    command_state_close(&watch->state);
    command_feed_close(&watch->feed);
    simulated_source_free(watch->source);
    simulator_free(watch->simulator);
    clock_free(watch->clock);
    wake_fini(&watch->screen);
}

int command_watch(const struct options *options)
{
    struct error error = {.text = ""};
    struct watch watch = {.options = options};
    wake_init(&watch.screen);
    command_heal_init(&watch.heal, options, &watch.state, &watch.feed, &watch.alerts);
    command_stop_on_signals(&watch.screen);
    bool screen = !options->plain && isatty(STDOUT_FILENO);
    enum status status = command_alerts_open(&watch.alerts, options, screen, &watch.screen, &error);
    if (status == STATUS_OK)
        status =
            options->arguments_len == 0 ? open_simulated(&watch, &error) : open_own(&watch, &error);
    if (status == STATUS_OK)
        status = command_alerts_start(&watch.alerts, watch.feed.definition, watch.feed.feed,
                                      watch.clock, &error);
    if (status == STATUS_OK)
        status = make_engine(&watch, &error);
    if (status == STATUS_OK && watch.state.found)
        status = engine_restore(watch.engine, &error);
    struct loop_config loop = loop_of(&watch);
    if (status == STATUS_OK)
        status = loop_prepare(&loop, &error);
    if (status == STATUS_OK)
        status = engine_start(watch.engine, &error);
    int result = status == STATUS_OK ? loop_run(&loop) : command_failed(&error);
    if (status == STATUS_CLOSED)
        result = 0; /* ended by the user before a first line came */
    if (watch.engine)
        engine_stop(watch.engine);
    if (result == 0 && command_heal_kept(&watch.heal, &error) != STATUS_OK)
        result = command_failed(&error);
    int missing = command_alerts_close(&watch.alerts);
    if (command_heal_left(&watch.heal, &error) != STATUS_OK)
        command_note("%s", error.text);
    close_all(&watch);
    return result ? result : missing;
}
