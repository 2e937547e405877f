/*
 * Wiring of the threads: producer (our own feeds only), live lane, batch lane. What the main thread
 * asks of the producer waits in a counter and goes by its bell.
 */
#include "core/engine_parts.h"
#include "core/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRODUCE_GAP = 1 * NS_PER_MS, RETRY_GAP = 500 * NS_PER_MS, SEAL_GAP = 1000 * NS_PER_MS };

static int32_t shown_day(const void *context)
{
    const struct engine *engine = context;
    return live_lane_shown_day(engine->live);
}

struct live_lane *engine_live_lane(struct engine *engine)
{
    const struct engine_config *config = &engine->config;
    return live_lane_new(&(struct live_lane_config){.definition = config->definition,
                                                    .symbols = config->symbols,
                                                    .clock = config->clock,
                                                    .feed = config->feed,
                                                    .screen = true,
                                                    .changed = config->screen,
                                                    .tracer = &engine->tracer,
                                                    .alerts = config->alerts,
                                                    .health = config->health,
                                                    .keeping = config->keeping,
                                                    .post = engine->post});
}

static void make_lanes(struct engine *engine, const struct engine_config *config)
{
    engine->post = mark_post_new();
    engine->live = engine_live_lane(engine);
    struct batch_lane_config batch = {.definition = config->definition,
                                      .symbols = config->symbols,
                                      .clock = config->clock,
                                      .feed = config->feed,
                                      .workers = config->workers,
                                      .every_ms = config->every_ms,
                                      .day = shown_day,
                                      .day_context = engine,
                                      .tracer = &engine->tracer,
                                      .post = engine->post,
                                      .changed = config->screen};
    engine->batch = batch_lane_new(&batch);
    engine->replay = replay_lane_new(&(struct replay_lane_config){.clock = config->clock,
                                                                  .feed = config->feed,
                                                                  .live = engine->live,
                                                                  .changed = config->screen});
    engine_again_init(engine);
}

struct engine *engine_new(const struct engine_config *config)
{
    struct engine *engine = mem_zero(1, sizeof *engine);
    engine->config = *config;
    engine->seal_day = INT32_MIN;
    tracer_init(&engine->tracer);
    wake_init(&engine->bell);
    pthread_mutex_init(&engine->lock, NULL);
    if (config->look) {
        engine->view = live_view_new(&(struct live_view_config){.definition = config->definition,
                                                                .symbols = config->symbols,
                                                                .clock = config->clock,
                                                                .feed = config->feed,
                                                                .store = config->look,
                                                                .again = config->look_again,
                                                                .changed = config->screen});
        return engine;
    }
    make_lanes(engine, config);
    return engine;
}

/* --- the producer ---------------------------------------------------------------------------- */

static void set_trouble(struct engine *engine, const char *text)
{
    pthread_mutex_lock(&engine->lock);
    bool same = strcmp(engine->trouble, text) == 0;
    snprintf(engine->trouble, sizeof engine->trouble, "%.*s", (int)sizeof engine->trouble - 1,
             text);
    pthread_mutex_unlock(&engine->lock);
    if (!same)
        wake_ring(engine->config.screen);
}

static enum status send_marked(struct engine *engine, struct error *error)
{
    const struct engine_config *config = &engine->config;
    char label[EVENT_LABEL] = "";
    uint64_t start = 0;
    mono_ns since = clock_mono(config->clock);
    epoch_ms now = clock_now(config->clock);
    enum status status = config->producer_ops->send(config->producer, now, label, &start, error);
    if (status == STATUS_OK) {
        tracer_sent(&engine->tracer, label, start, since, now);
        live_lane_wake(engine->live);
    }
    return status;
}

/* Appends what is due; returns when to look again, on the machine's clock. */
static mono_ns produce(struct engine *engine)
{
    const struct engine_config *config = &engine->config;
    struct error error = {.text = ""};
    epoch_ms next = INT64_MAX;
    enum status status = STATUS_OK;
    for (unsigned n = atomic_exchange(&engine->sends, 0); n > 0 && status == STATUS_OK; n--)
        status = send_marked(engine, &error);
    if (status == STATUS_OK)
        status = config->producer_ops->produce(config->producer, clock_now(config->clock), &next,
                                               &error);
    set_trouble(engine, status == STATUS_OK ? "" : error.text);
    mono_ns now = clock_mono(config->clock);
    if (status != STATUS_OK)
        return now + RETRY_GAP;
    mono_ns at = clock_mono_at(config->clock, next);
    return at > now + PRODUCE_GAP ? at : now + PRODUCE_GAP;
}

static void *producer_main(void *argument)
{
    struct engine *engine = argument;
    while (!atomic_load(&engine->stop)) {
        wake_clear(&engine->bell);
        mono_ns next = produce(engine);
        if (atomic_load(&engine->stop))
            break;
        wake_wait_fd(&engine->bell, engine->config.producer_ops->fd(engine->config.producer), next);
    }
    return NULL;
}

/* --- from outside ---------------------------------------------------------------------------- */

static enum status start_producer(struct engine *engine, struct error *error)
{
    if (!engine->config.producer_ops)
        return STATUS_OK;
    int failed = thread_start(&engine->producer, producer_main, engine);
    if (failed)
        return error_set_errno(error, STATUS_LIMIT, failed, "the producer's thread");
    engine->producer_started = true;
    return STATUS_OK;
}

enum status engine_restore(struct engine *engine, struct error *error)
{
    return live_lane_restore(engine->live, error);
}

enum status engine_start(struct engine *engine, struct error *error)
{
    if (engine->view)
        return live_view_start(engine->view, error);
    enum status status = start_producer(engine, error);
    if (status == STATUS_OK)
        status = live_lane_start(engine->live, error);
    if (status == STATUS_OK)
        status = batch_lane_start(engine->batch, error);
    if (status != STATUS_OK)
        engine_stop(engine);
    return status;
}

void engine_stop(struct engine *engine)
{
    if (engine->producer_started) {
        atomic_store(&engine->stop, true);
        wake_ring(&engine->bell);
        pthread_join(engine->producer, NULL);
        engine->producer_started = false;
    }
    if (engine->view) {
        live_view_stop(engine->view);
        return;
    }
    engine_again_stop(engine);
    replay_lane_stop(engine->replay);
    batch_lane_stop(engine->batch);
    if (engine->live)
        live_lane_stop(engine->live);
}

static void free_lanes(struct engine *engine)
{
    replay_lane_free(engine->replay);
    live_lane_free(engine->live);
    batch_lane_free(engine->batch);
    mark_post_free(engine->post);
    engine_again_fini(engine);
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    engine_stop(engine);
    if (engine->view)
        live_view_free(engine->view);
    else
        free_lanes(engine);
    tracer_fini(&engine->tracer);
    wake_fini(&engine->bell);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

/* In Lambda, one day after the other is sealed as the watermark allows it; what could not be read
 * is tried again a second later. */
static void seal_due(struct engine *engine, const struct snapshot_live *live)
{
    const struct snapshot_batch *batch = batch_lane_newest(engine->batch);
    mono_ns now = clock_mono(engine->config.clock);
    if (engine->arrangement != ARRANGEMENT_LAMBDA || !batch || batch->sealing != INT32_MIN)
        return;
    serving_make(engine->config.definition, live, batch, &engine->served);
    int32_t day = serving_due(&engine->served, live->watermark);
    if (day == INT32_MIN || (day == engine->seal_day && now - engine->seal_asked < SEAL_GAP))
        return;
    if (batch_lane_seal(engine->batch, day, false)) {
        engine->seal_day = day;
        engine->seal_asked = now;
    }
}

const struct snapshot_live *engine_live(struct engine *engine)
{
    if (engine->view)
        return live_view_newest(engine->view);
    const struct snapshot_live *live = engine_again_live(engine);
    /* The halves are the reader's until the next call: what is known here is filled in. */
    if (live)
        snapshot_live_set((struct snapshot_live *)live,
                          clock_look(engine->config.clock).set_total_ms);
    if (engine_again_held(engine))
        return live;
    if (live && !engine->first_run_asked && live->outcomes.read > 0 &&
        live->feed.unread <= live->feed.unfinished) {
        engine->first_run_asked = true;
        batch_lane_run_now(engine->batch);
    }
    if (live)
        seal_due(engine, live);
    if (engine->switches != replay_lane_switches(engine->replay)) {
        engine->switches = replay_lane_switches(engine->replay);
        batch_lane_run_now(engine->batch); /* what differs is found out anew (S-113) */
    }
    return live;
}

const struct snapshot_batch *engine_batch(struct engine *engine)
{
    if (engine->view)
        return NULL;
    const struct snapshot_batch *batch = batch_lane_newest(engine->batch);
    if (batch)
        snapshot_batch_set((struct snapshot_batch *)batch,
                           clock_look(engine->config.clock).set_total_ms);
    if (batch && batch->state == BATCH_RUNNING)
        ((struct snapshot_batch *)batch)->running_bytes = batch_lane_progress(engine->batch);
    return batch;
}

void engine_producer_trouble(struct engine *engine, char out[160])
{
    pthread_mutex_lock(&engine->lock);
    memcpy(out, engine->trouble, sizeof engine->trouble);
    pthread_mutex_unlock(&engine->lock);
}

void engine_run_batch(struct engine *engine)
{
    engine->first_run_asked = true;
    batch_lane_run_now(engine->batch);
}

void engine_show_day(struct engine *engine, int32_t day)
{
    if (engine->view) {
        live_view_show_day(engine->view, day);
        return;
    }
    atomic_store(&engine->again.day, day);
    if (!engine_again_going_on(engine))
        live_lane_show_day(engine->live, day);
    engine_run_batch(engine);
}

void engine_set_every(struct engine *engine, int64_t every_ms)
{
    batch_lane_set_every(engine->batch, every_ms);
}

int64_t engine_every(const struct engine *engine)
{
    return engine->view ? engine->config.every_ms : batch_lane_every(engine->batch);
}

void engine_clock_changed(struct engine *engine)
{
    wake_ring(&engine->bell);
    if (!engine_again_going_on(engine) && engine->live)
        live_lane_wake(engine->live);
    batch_lane_wake(engine->batch);
}

void engine_arrange(struct engine *engine, enum arrangement arrangement, int64_t trigger_ms)
{
    engine->arrangement = arrangement;
    engine->again.trigger_ms = arrangement == ARRANGEMENT_MICRO_BATCH ? trigger_ms : 0;
    if (!engine->view && !engine_again_going_on(engine))
        engine_again_settle(engine);
}

bool engine_seal(struct engine *engine, int32_t day)
{
    return batch_lane_seal(engine->batch, day, true);
}

enum status engine_replay(struct engine *engine, struct error *error)
{
    if (engine_again_held(engine))
        return error_set(error, STATUS_IO, "no replay while what is counted cannot be kept");
    return replay_lane_run(engine->replay, error);
}

void engine_replay_state(struct engine *engine, struct snapshot_replay *out)
{
    memset(out, 0, sizeof *out);
    if (!engine->view)
        replay_lane_state(engine->replay, out);
}

void engine_send_tracer(struct engine *engine)
{
    const struct engine_config *config = &engine->config;
    if (config->producer_ops && config->producer_ops->send) {
        atomic_fetch_add(&engine->sends, 1);
        wake_ring(&engine->bell);
    } else {
        tracer_arm(&engine->tracer);
        if (engine_again_going_on(engine)) {
            engine->again.label_next = true;
            return;
        }
        config->feed->ops->label_next(config->feed);
        live_lane_wake(engine->live);
    }
}
