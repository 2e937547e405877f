/* Each look makes a lane, restores it, takes its picture and forgets it. */
#include "core/live_view.h"

#include "core/live_lane_parts.h"
#include "core/thread.h"

#include <stdio.h>
#include <stdlib.h>

#define AGAIN_NS ((mono_ns)1000 * NS_PER_MS)

struct live_view {
    struct live_view_config config;
    struct exchange *exchange;
    pthread_t thread;
    bool started;
    struct wake bell;

    /* the thread's */
    struct snapshot_live *last;
    bool any;
    int32_t shown;
    mono_ns next;
    bool stale; /* to be opened anew */

    /* shared */
    atomic_bool stop;
    atomic_int day;
};

struct live_view *live_view_new(const struct live_view_config *config)
{
    struct live_view *view = mem_zero(1, sizeof *view);
    view->config = *config;
    view->exchange = exchange_new(sizeof *view->last);
    view->last = mem_zero(1, sizeof *view->last);
    wake_init(&view->bell);
    atomic_init(&view->day, INT32_MIN);
    return view;
}

void live_view_free(struct live_view *view)
{
    if (!view)
        return;
    live_view_stop(view);
    exchange_free(view->exchange);
    free(view->last);
    wake_fini(&view->bell);
    free(view);
}

enum status live_view_lane(const struct live_view_config *config, bool screen,
                           struct live_lane **out, struct error *error)
{
    const struct live_lane_config lane = {.definition = config->definition,
                                          .symbols = config->symbols,
                                          .clock = config->clock,
                                          .feed = config->feed,
                                          .screen = screen,
                                          .keeping = {.store = config->store}};
    *out = live_lane_new(&lane);
    enum status status = live_lane_restore(*out, error);
    if (status == STATUS_OK)
        return status;
    live_lane_free(*out);
    *out = NULL;
    return status;
}

/* As of when it is: the files' time, by the clock of the machine. */
static void tell_age(const struct live_view *view, struct snapshot_live *half)
{
    const struct live_view_config *config = &view->config;
    epoch_ms age = clock_now(config->clock) - store_written(config->store);
    half->looked = true;
    half->has_writer = store_has_writer(config->store);
    half->durable = (struct durable_figures){
        .kept = true, .durable = true, .epoch = store_epoch(config->store)};
    half->durable.committed = clock_mono(config->clock) - (age > 0 ? age : 0) * NS_PER_MS;
}

static void publish(struct live_view *view)
{
    struct snapshot_live *half = exchange_back(view->exchange);
    *half = *view->last;
    exchange_publish(view->exchange);
    if (view->config.changed)
        wake_ring(view->config.changed);
}

static enum status take_picture(struct live_view *view, struct error *error)
{
    struct live_lane *lane;
    enum status status = live_view_lane(&view->config, true, &lane, error);
    if (status != STATUS_OK)
        return status;
    live_lane_show_day(lane, view->shown);
    live_publish(lane);
    *view->last = *live_lane_newest(lane);
    tell_age(view, view->last);
    live_lane_free(lane);
    view->any = true;
    return status;
}

/* What was shown stays, and says why it goes on no more. */
static void show_trouble(struct live_view *view, const struct error *error)
{
    struct snapshot_live *half = view->last;
    half->looked = true;
    half->feed.state = FEED_ERROR;
    snprintf(half->feed.message, sizeof half->feed.message, "%.*s",
             (int)sizeof half->feed.message - 1, error->text);
}

/* A store that was just opened has begun to be looked at. */
static enum status open_again(struct live_view *view, struct error *error)
{
    struct live_view_config *config = &view->config;
    config->store = NULL;
    enum status status = config->again.open(config->again.context, &config->store, &config->symbols,
                                            &config->feed, error);
    if (status == STATUS_OK)
        store_look_end(config->store);
    return status;
}

static enum status look_once(struct live_view *view, struct error *error)
{
    enum status status = STATUS_OK;
    if (view->stale && view->config.again.open)
        status = open_again(view, error);
    if (status == STATUS_OK)
        status = store_look_begin(view->config.store, error);
    if (status == STATUS_OK)
        status = take_picture(view, error);
    if (view->config.store)
        store_look_end(view->config.store);
    return status;
}

static void look(struct live_view *view)
{
    struct error error = {.text = ""};
    mono_ns began = clock_mono(view->config.clock);
    bool was_stale = view->stale;
    view->stale = look_once(view, &error) != STATUS_OK;
    if (view->stale)
        show_trouble(view, &error);
    mono_ns now = clock_mono(view->config.clock);
    view->next = now + 4 * (now - began);
    if (was_stale && view->stale)
        view->next += AGAIN_NS;
    publish(view);
}

/* Who writes may end without a last word. */
static void look_for_writer(struct live_view *view)
{
    if (!view->any || !view->config.store)
        return;
    bool has = store_has_writer(view->config.store);
    if (has == view->last->has_writer)
        return;
    view->last->has_writer = has;
    publish(view);
}

static void *view_main(void *argument)
{
    struct live_view *view = argument;
    store_look_end(view->config.store); /* begun when it was opened */
    while (!atomic_load(&view->stop)) {
        wake_clear(&view->bell);
        int32_t day = atomic_load(&view->day);
        mono_ns now = clock_mono(view->config.clock);
        bool other = !view->any || day != view->shown;
        view->shown = day;
        view->stale |= view->config.store && store_look_replaced(view->config.store);
        if (now >= view->next || (other && view->config.store))
            if (other || view->stale || store_look_changed(view->config.store))
                look(view);
        look_for_writer(view);
        if (!atomic_load(&view->stop))
            wake_wait(&view->bell,
                      clock_mono(view->config.clock) + (mono_ns)LIVE_VIEW_MS * NS_PER_MS);
    }
    return NULL;
}

enum status live_view_start(struct live_view *view, struct error *error)
{
    int failed = thread_start(&view->thread, view_main, view);
    if (failed)
        return error_set_errno(error, STATUS_LIMIT, failed, "the viewer's thread");
    view->started = true;
    return STATUS_OK;
}

void live_view_stop(struct live_view *view)
{
    if (!view->started)
        return;
    atomic_store(&view->stop, true);
    wake_ring(&view->bell);
    pthread_join(view->thread, NULL);
    view->started = false;
}

const struct snapshot_live *live_view_newest(struct live_view *view)
{
    return exchange_newest(view->exchange);
}

void live_view_show_day(struct live_view *view, int32_t day)
{
    atomic_store(&view->day, day);
    wake_ring(&view->bell);
}
