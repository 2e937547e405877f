/* The lane stands still, and goes on with a pipeline that another thread counted (S-116). */
#include "core/live_lane_parts.h"

size_t live_lane_handover_positions(struct live_lane *lane, struct lane_position **out)
{
    return handover_positions(lane->handover, out);
}

void live_lane_handover_begin(struct live_lane *lane)
{
    handover_begin(lane->handover, &lane->lane_bell);
}

void live_lane_handover_swap(struct live_lane *lane, struct pipeline *pipeline)
{
    struct pipeline old = lane->pipeline;
    lane->pipeline = *pipeline;
    *pipeline = old;
    /* what happens from now on is told as before */
    lane->pipeline.config.alerts = old.config.alerts;
    lane->pipeline.config.rejects = old.config.rejects;
    pipeline->config.alerts.take = NULL;
    pipeline->config.rejects.take = NULL;
    /* they remember an order of rows that are gone */
    table_maker_fini(&lane->tables);
    kept_days_free(lane->days);
    lane->days = NULL;
    /* what was counted up to a run's mark was the old one's: the next run begins anew (S-113) */
    at_mark_free(lane->at_mark);
    lane->at_mark = NULL;
    if (lane->config.screen)
        lane->at_mark = at_mark_new(lane->config.definition, lane->pipeline.config.groups_cap, 0);
    lane->pipeline.at_mark = NULL;
    pipeline->at_mark = NULL;
    live_epoch_anew(lane);
    atomic_store(&lane->day, lane->pipeline.newest_day);
    lane->changed = true;
}

void live_lane_handover_end(struct live_lane *lane)
{
    handover_end(lane->handover);
}
