/* Once more, and once more. */
#include "tui/command_heal.h"

#include "tui/command_stop.h"

#include <inttypes.h>

void command_heal_init(struct command_heal *heal, const struct options *options,
                       struct command_state *state, struct command_feed *feed,
                       const struct command_alerts *alerts)
{
    *heal =
        (struct command_heal){.options = options, .state = state, .feed = feed, .alerts = alerts};
    wake_init(&heal->bell);
}

void command_heal_fini(struct command_heal *heal)
{
    if (heal->first)
        heal->first->ops->free(heal->first);
    wake_fini(&heal->bell);
}

/* The other modes let alerts go as they are raised (S-80). */
enum status command_heal_keeping(struct command_heal *heal, struct live_lane_keeping *keeping,
                                 struct error *error)
{
    *keeping = command_state_keeping(heal->state, heal->feed->feed, NULL, NULL);
    if (heal->options->delivery != DELIVERY_EFFECTIVELY_ONCE)
        return STATUS_OK;
    return command_outbox_open(&heal->outbox, heal->state->store, heal->alerts,
                               heal->feed->definition, heal->feed->feed, heal->clock, keeping,
                               error);
}

enum status command_heal_left(struct command_heal *heal, struct error *error)
{
    if (!heal->state->store) /* it was closed, and could not be opened again */
        heal->outbox.store = NULL;
    return command_outbox_close(&heal->outbox, &heal->alerts->marks, error);
}

static void close_feed(struct command_heal *heal)
{
    struct command_feed *feed = heal->feed;
    if (!feed->feed)
        return;
    if (heal->first)
        feed->feed->ops->free(feed->feed);
    else
        heal->first = feed->feed;
    feed->feed = NULL;
}

static void refused(void *context, const struct error *error)
{
    struct command_heal *heal = context;
    durable_failed(heal->state->durable, error->text, clock_mono(heal->clock),
                   clock_now(heal->clock));
}

static bool open_again(void *context, struct feed **feed, struct live_lane_keeping *keeping,
                       bool *found)
{
    struct command_heal *heal = context;
    struct command_state *state = heal->state;
    close_feed(heal);
    while (!command_stopped()) {
        struct error error = {.text = ""};
        if (command_state_again(state, heal->feed->definition, heal->feed->symbols, heal->clock,
                                &heal->bell, WAKE_NEVER, &error) != STATUS_OK)
            continue;
        enum status status = command_feed_again(heal->options, false, heal->feed, &error);
        if (status == STATUS_OK)
            status = command_heal_keeping(heal, keeping, &error);
        *feed = heal->feed->feed;
        *found = state->found;
        if (status == STATUS_OK)
            return true;
        refused(heal, &error);
        close_feed(heal);
    }
    return false;
}

static void give_up(void *context)
{
    struct command_heal *heal = context;
    command_stop();
    wake_ring(&heal->bell);
}

struct engine_again command_heal_again(struct command_heal *heal)
{
    return (struct engine_again){
        .open = open_again, .refused = refused, .give_up = give_up, .context = heal};
}

/* The picture that is shown has its texts in itself. */
static enum status look_again(void *context, struct store **store, struct symbols **symbols,
                              struct feed **feed, struct error *error)
{
    struct command_heal *heal = context;
    close_feed(heal);
    symbols_free(heal->feed->symbols);
    heal->feed->symbols = NULL;
    enum status status = command_state_look_again(heal->state, heal->options, heal->feed, error);
    *store = heal->state->store;
    *symbols = heal->feed->symbols;
    *feed = heal->feed->feed;
    return status;
}

struct live_view_again command_heal_look_again(struct command_heal *heal)
{
    return (struct live_view_again){.open = look_again, .context = heal};
}

enum status command_heal_kept(const struct command_heal *heal, struct error *error)
{
    struct durable_figures figures;
    durable_get(heal->state->durable, &figures);
    if (!figures.kept)
        return STATUS_OK;
    if (figures.durable)
        return heal->state->store ? store_check_place(heal->state->store, error) : STATUS_OK;
    return error_set(error, STATUS_IO,
                     "NOT DURABLE: what was counted after epoch %" PRIu64
                     " is not kept, and is counted again by the next run; %s",
                     figures.epoch, figures.cause);
}
