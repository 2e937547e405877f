/*
 * Alerts of a lane whose memory is kept: each goes into the epoch's log, once by its id (S-71), and
 * leaves when the epoch is durable (S-91), from there: core/store.h.
 */
#include "core/live_lane_parts.h"

#include <stdlib.h>

static void take(void *context, const struct alert *alert)
{
    struct live_lane *lane = context;
    struct live_lane_keeping *keeping = &lane->config.keeping;
    struct pack *text = &lane->epoch.value;
    text->len = 0;
    if (keeping->alert_text)
        keeping->alert_text(keeping->alert_context, alert, text);
    else if (lane->config.alerts.take)
        lane->config.alerts.take(lane->config.alerts.context, alert);
    delta_alert(&lane->epoch.delta, alert->id, alert->retracted, text->bytes, text->len);
    lane->rejects.kept += text->len;
}

struct alert_sink live_alerts_sink(struct live_lane *lane)
{
    if (!lane->config.keeping.store)
        return lane->config.alerts;
    return (struct alert_sink){take, lane};
}
