/* One event at a time, through the same pipeline. */
#include "core/live_repair.h"

#include "core/live_lane_parts.h"

#include <string.h>

/* One less of those rejected for this reason. */
static void take_out(struct outcomes *outcomes, const struct definition *definition,
                     const char *reason)
{
    for (int r = 0; r < REJECT_COUNT; r++)
        for (int f = 0; f <= FIELDS_MAX; f++) {
            char name[128];
            if (outcomes->rejected_by[r][f] == 0)
                continue;
            outcomes_reason_name(definition, (enum reject_reason)r, f, name);
            if (strcmp(name, reason) != 0)
                continue;
            outcomes->rejected_by[r][f]--;
            outcomes->rejected--;
            outcomes->read--;
            return;
        }
}

static enum repair judge(const struct outcomes *before, const struct outcomes *after)
{
    return after->counted > before->counted       ? REPAIR_COUNTED
           : after->late > before->late           ? REPAIR_LATE
           : after->duplicate > before->duplicate ? REPAIR_DUPLICATE
           : after->filtered > before->filtered   ? REPAIR_FILTERED
           : after->future > before->future       ? REPAIR_FUTURE
                                                  : REPAIR_REFUSED;
}

enum repair live_repair(struct live_lane *lane, const struct event_block *block, const char *reason,
                        const char *text)
{
    struct outcomes *outcomes = &lane->pipeline.outcomes;
    const struct outcomes before = *outcomes;
    const struct event_position position = {block->source, block->generation,
                                            block->events[0].start};
    take_out(outcomes, lane->config.definition, reason);
    live_rejects_use(lane, &position, text);
    pipeline_apply(&lane->pipeline, block);
    enum repair repair = judge(&before, outcomes);
    if (repair == REPAIR_REFUSED) {
        *outcomes = before;
        return repair;
    }
    delta_repaired(&lane->epoch.delta, &position);
    return repair;
}

enum status live_repair_keep(struct live_lane *lane, struct error *error)
{
    struct live_epoch *epoch = &lane->epoch;
    pipeline_state_save(epoch->state, &epoch->delta);
    enum status status = store_commit(lane->config.keeping.store, &epoch->delta, error);
    delta_clear(&epoch->delta);
    return status;
}
