/*
 * When an epoch could not be kept (S-95): what was counted since the newest that was is forgotten,
 * the state and the feed are opened again, and new lanes go on from there. All of it takes as long
 * as it takes, so it has a thread of its own, and the screen goes on.
 */
#include "core/engine_parts.h"
#include "core/thread.h"

#include <stdlib.h>

void engine_again_init(struct engine *engine)
{
    engine->again.held = mem_zero(1, sizeof *engine->again.held);
    atomic_init(&engine->again.day, INT32_MIN);
}

void engine_again_fini(struct engine *engine)
{
    free(engine->again.held);
}

bool engine_again_going_on(const struct engine *engine)
{
    return engine->again.going_on;
}

bool engine_again_held(const struct engine *engine)
{
    return engine->again.going_on || engine->again.behind;
}

void engine_again_settle(struct engine *engine)
{
    if (!engine->live)
        return;
    live_lane_want_days(engine->live, engine->arrangement == ARRANGEMENT_LAMBDA);
    live_lane_set_trigger(engine->live, engine->again.trigger_ms);
}

/* --- the thread ------------------------------------------------------------------------------ */

static void end_lanes(struct engine *engine)
{
    replay_lane_stop(engine->replay);
    batch_lane_stop(engine->batch);
    live_lane_free(engine->live);
    engine->live = NULL;
}

static enum status begin_lanes(struct engine *engine, bool found, struct error *error)
{
    struct mark_post *before = engine->post;
    engine->post = mark_post_new(); /* letters of runs that were given up are not for this lane */
    engine->live = engine_live_lane(engine);
    replay_lane_renew(engine->replay, engine->config.feed, engine->live);
    batch_lane_renew(engine->batch, engine->config.feed, engine->post);
    mark_post_free(before);
    live_lane_show_day(engine->live, atomic_load(&engine->again.day));
    enum status status = found ? live_lane_restore(engine->live, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = live_lane_start(engine->live, error);
    if (status == STATUS_OK)
        status = batch_lane_start(engine->batch, error);
    return status;
}

static void *again_main(void *argument)
{
    struct engine *engine = argument;
    const struct engine_again *again = &engine->config.again;
    bool begun = false;
    end_lanes(engine);
    while (!begun) {
        struct error error = {.text = ""};
        bool found = false;
        if (!again->open(again->context, &engine->config.feed, &engine->config.keeping, &found))
            break;
        begun = begin_lanes(engine, found, &error) == STATUS_OK;
        if (!begun) {
            end_lanes(engine);
            again->refused(again->context, &error);
        }
    }
    atomic_store(&engine->again.done, true);
    wake_ring(engine->config.screen);
    return NULL;
}

/* --- the main thread ------------------------------------------------------------------------- */

/* What is held already is newer than what a lane shows that had not come as far. */
static void begin(struct engine *engine)
{
    struct engine_beginning *again = &engine->again;
    const struct snapshot_live *newest = live_lane_newest(engine->live);
    if (newest && !again->behind) {
        *again->held = *newest;
        again->held->held = clock_mono(engine->config.clock);
        again->held->rate = 0;
        again->any = true;
    }
    again->run_due = true;
    atomic_store(&again->done, false);
    again->going_on = thread_start(&again->thread, again_main, engine) == 0;
}

static void end(struct engine *engine)
{
    struct engine_beginning *again = &engine->again;
    pthread_join(again->thread, NULL);
    again->going_on = false;
    again->behind = true;
    if (!engine->live)
        return;
    live_lane_show_day(engine->live, atomic_load(&again->day));
    engine_again_settle(engine);
    if (again->label_next)
        engine->config.feed->ops->label_next(engine->config.feed);
    again->label_next = false;
}

void engine_again_stop(struct engine *engine)
{
    const struct engine_again *config = &engine->config.again;
    if (!engine->again.going_on)
        return;
    config->give_up(config->context);
    end(engine);
}

/* Everything that was shown is counted again, or it was something else and is kept. */
static bool has_come_as_far(const struct engine *engine, const struct snapshot_live *live)
{
    return live && (live->outcomes.read >= engine->again.held->outcomes.read ||
                    live->durable.durable || !engine->again.any);
}

const struct snapshot_live *engine_again_live(struct engine *engine)
{
    struct engine_beginning *again = &engine->again;
    if (again->going_on && atomic_load(&again->done))
        end(engine);
    if (!again->going_on && engine->config.again.open && engine->live &&
        live_lane_not_kept(engine->live))
        begin(engine);
    const struct snapshot_live *live =
        again->going_on || !engine->live ? NULL : live_lane_newest(engine->live);
    if (again->behind && !again->going_on && has_come_as_far(engine, live))
        again->behind = false;
    if (again->run_due && !again->going_on && live && live->durable.durable) {
        again->run_due = false;
        batch_lane_run_now(engine->batch); /* what differs is found out anew (S-113) */
    }
    if (!engine_again_held(engine))
        return live;
    durable_get(engine->config.keeping.durable, &again->held->durable);
    return again->any ? again->held : NULL;
}
