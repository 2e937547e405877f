/* A look at a state, without a screen: the answer as of its newest epoch. */
#include "core/live_view.h"
#include "tui/command.h"
#include "tui/command_feed.h"
#include "tui/command_state.h"
#include "tui/output.h"

static enum status print(const struct options *options, struct command_state *state,
                         struct command_feed *feed, struct error *error)
{
    struct clock *clock = clock_new_real();
    const struct live_view_config config = {.definition = feed->definition,
                                            .symbols = feed->symbols,
                                            .clock = clock,
                                            .feed = feed->feed,
                                            .store = state->store};
    struct live_lane *lane;
    enum status status = live_view_lane(&config, false, &lane, error);
    if (status == STATUS_OK) {
        const struct summary summary = {.lane = "stream",
                                        .definition = feed->definition,
                                        .symbols = feed->symbols,
                                        .pipeline = live_lane_pipeline(lane),
                                        .feed = feed->feed,
                                        .windows = feed->definition->window.asked,
                                        .last = true};
        output_summary(stdout, &summary, options->format);
        live_lane_free(lane);
    }
    clock_free(clock);
    return status;
}

int command_look(const struct options *options)
{
    struct error error = {.text = ""};
    struct command_state state = {.store = NULL};
    struct command_feed feed;
    enum status status = command_state_look(&state, options, NULL, &feed, &error);
    if (status == STATUS_OK) {
        status = print(options, &state, &feed, &error);
        command_feed_close(&feed);
    }
    command_state_close(&state);
    return status == STATUS_OK ? 0 : command_failed(&error);
}
