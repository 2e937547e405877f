/* The last answers of both lanes: numbers and alerts, and the reasons of what differs. */
#include "core/compare_parts.h"
#include "core/reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_row(void *context, const struct reconcile_row *row)
{
    struct compare_difference *out = context;
    out->by_late += row->late != 0;
    out->by_future += row->future != 0;
    out->by_escaped += row->escaped != 0;
}

void compare_answers(const struct compare_config *config, struct compare *out)
{
    struct compare_difference *difference = &out->difference;
    struct reconcile_summary summary;
    reconcile_pipelines(&out->live, &out->last.pipeline, config->symbols, take_row, difference,
                        &summary);
    difference->compared = summary.compared;
    difference->differing = summary.differing;
    difference->unexplained = summary.unexplained;
    difference->groups = summary.groups;
    difference->windows = summary.windows;
    difference->windows_left_out = summary.windows_left_out;
    snprintf(difference->why, sizeof difference->why, "%s", summary.why);
}

static void take_alert(void *context, const struct reconcile_alert *alert, bool batch_only,
                       enum reconcile_alert_reason reason)
{
    struct compare *out = context;
    struct compare_rule *rule = &out->rules[alert->rule];
    (void)batch_only;
    rule->by_late += reason == RECONCILE_ALERT_LATE;
    rule->by_future += reason == RECONCILE_ALERT_FUTURE;
    rule->by_neighbour += reason == RECONCILE_ALERT_NEIGHBOUR;
    rule->unexplained += reason == RECONCILE_ALERT_UNEXPLAINED;
}

/* Sorted by id already. */
static struct reconcile_alert *to_reconcile(const struct compare_alerts *alerts)
{
    struct reconcile_alert *out = mem_zero(alerts->len + 1, sizeof *out);
    for (size_t i = 0; i < alerts->len; i++)
        out[i] = (struct reconcile_alert){.id = alerts->all[i].id,
                                          .position = {.source = alerts->all[i].source,
                                                       .generation = alerts->all[i].generation,
                                                       .start = alerts->all[i].start},
                                          .time = alerts->all[i].time,
                                          .rule = alerts->all[i].rule};
    return out;
}

/* Without all of them there is nothing to be said of the rest. */
void compare_alerts_explain(const struct compare_alerts *live, const struct compare_alerts *batch,
                            struct compare *out)
{
    struct reconcile_alerts_summary summary;
    if (out->alerts_unmatched > 0)
        return;
    struct reconcile_alert *a = to_reconcile(live), *b = to_reconcile(batch);
    reconcile_alerts(&out->live, a, live->len, b, batch->len, take_alert, out, &summary);
    free(a);
    free(b);
}
