/* What batch slices counted apart becomes one: in the order of their bytes. */
#include "core/pipeline.h"

#include <stdlib.h>

void pipeline_merge(struct pipeline *into, const struct pipeline *from, uint32_t line_base,
                    size_t *map)
{
    size_t *own = map ? NULL : mem_alloc(tally_len(from->tally) * sizeof *map);
    map = map ? map : own;
    outcomes_merge(&into->outcomes, &from->outcomes, line_base);
    tally_merge(into->tally, from->tally, map);
    if (into->windows)
        windows_merge(into->windows, from->windows);
    for (size_t i = 0; into->lifecycle && i < from->log_len; i++) {
        struct lifecycle_step_record step = from->log[i];
        step.row = (uint32_t)map[step.row];
        lifecycle_apply(into->lifecycle, into->tally, &step);
    }
    rules_merge(into->rules, from->rules);
    if (into->rare)
        rare_merge(into->rare, from->rare);
    id_conflicts_merge(&into->conflicts, &from->conflicts);
    if (from->newest > into->newest)
        into->newest = from->newest;
    free(own);
}

void pipeline_put(struct pipeline *into, struct pipeline *from, const size_t *map, size_t start)
{
    tally_put_distinct(into->tally, from->tally, map, start);
    if (into->tickets)
        tickets_settle(into->tickets, from->log, from->log_len, map, start, &from->opened);
}

void pipeline_sum(struct pipeline *into, struct pipeline *from)
{
    tally_sum_distinct(into->tally, from->tally);
    tickets_sum(&from->opened, into->tally);
}
