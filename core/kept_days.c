/* A table for each day; what is served is kept of it. */
#include "core/kept_days.h"

#include "core/serving.h"

#include <stdlib.h>

_Static_assert((int)SNAPSHOT_KNOWN == (int)PIPELINE_DAYS + (int)PAST_DAYS, "all of them");
_Static_assert((int)SNAPSHOT_DAYS == (int)PIPELINE_DAYS, "every day kept has its place");

struct kept_days {
    struct table_maker makers[PIPELINE_DAYS]; /* each remembers the order of one place */
    struct snapshot_table table;
};

struct kept_days *kept_days_new(void)
{
    return mem_zero(1, sizeof(struct kept_days));
}

void kept_days_free(struct kept_days *days)
{
    for (int d = 0; days && d < PIPELINE_DAYS; d++)
        table_maker_fini(&days->makers[d]);
    free(days);
}

void kept_days_fill(struct kept_days *days, const struct pipeline *pipeline,
                    const struct symbols *symbols, struct snapshot_live *half)
{
    int sum = serving_sum(pipeline->config.definition);
    half->days_len = 0;
    for (int d = 0; d < PIPELINE_DAYS; d++) {
        const struct pipeline_day *kept = &pipeline->days[d];
        if (!kept->tally)
            continue;
        table_make(&days->makers[d], pipeline, kept->tally, symbols, kept->day, &days->table);
        serving_keep(&days->table, sum, &half->days[half->days_len++]);
    }
}

/* Those of the pipeline are newer than what made room for them, but for few that came late: they
 * are put in their place one by one. */
void kept_days_known(const struct pipeline *pipeline, struct snapshot_live *half)
{
    size_t len = past_days_list(pipeline->past, half->known);
    for (int d = 0; d < PIPELINE_DAYS; d++) {
        const struct pipeline_day *kept = &pipeline->days[d];
        size_t at = len;
        if (!kept->tally)
            continue;
        for (; at > 0 && half->known[at - 1] > kept->day; at--)
            half->known[at] = half->known[at - 1];
        half->known[at] = kept->day;
        len++;
    }
    half->known_len = (int)len;
}
