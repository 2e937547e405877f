/* Alerts of both lanes side by side: the same id is the same alert (S-71). */
#include "core/compare_parts.h"

#include <stdlib.h>

void compare_alerts_add(struct compare_alerts *alerts, const struct alert *alert, epoch_ms raised,
                        bool at_end)
{
    if (alerts->len == COMPARE_ALERTS) {
        alerts->refused++;
        return;
    }
    if (alerts->len == alerts->room) {
        alerts->room = alerts->room ? alerts->room * 2 : 256;
        alerts->all = mem_resize(alerts->all, alerts->room * sizeof *alerts->all);
    }
    alerts->all[alerts->len] = (struct compare_alert){.id = alert->id,
                                                      .order = alerts->len,
                                                      .time = alert->time,
                                                      .raised = raised,
                                                      .start = alert->position.start,
                                                      .source = alert->position.source,
                                                      .generation = alert->position.generation,
                                                      .rule = alert->rule,
                                                      .retracted = alert->retracted,
                                                      .late = alert->late,
                                                      .at_end = at_end};
    alerts->len++;
}

static int by_id(const void *left, const void *right)
{
    const struct compare_alert *a = left, *b = right;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* One entry an id: what was said of it last, with the moment it was said first; those taken back
 * are counted and left out. */
static void settle(struct compare_alerts *alerts, struct compare *out, bool live)
{
    size_t kept = 0;
    if (alerts->len > 1)
        qsort(alerts->all, alerts->len, sizeof *alerts->all, by_id);
    for (size_t i = 0; i < alerts->len;) {
        struct compare_alert alert = alerts->all[i];
        for (i++; i < alerts->len && alerts->all[i].id == alert.id; i++)
            alert.retracted = alerts->all[i].retracted;
        if (!alert.retracted)
            alerts->all[kept++] = alert;
        else if (live)
            out->rules[alert.rule].retracted++;
    }
    alerts->len = kept;
}

struct delays {
    int64_t *live, *batch;
    size_t len;
};

static size_t place_of(const struct compare_config *config, uint32_t source)
{
    size_t s = 0;
    while (s + 1 < config->inputs_len && config->inputs[s].source != source)
        s++;
    return s;
}

/* What batch can know of an alert it can know when live can, at the earliest: rules about time see
 * the clock pass, others need the records. */
static void take_both(const struct compare_config *config, const struct compare_alert *live,
                      const struct run_plan *plan, struct delays *delays, struct compare_rule *rule)
{
    const struct rule *kind = &config->definition->rules[live->rule];
    bool waits = kind->kind == RULE_SLA || kind->kind == RULE_PAIR;
    rule->both++;
    rule->late += live->late;
    if (live->at_end) {
        rule->pending++;
        return;
    }
    epoch_ms known = waits && !live->late ? live->time : live->raised;
    epoch_ms mark =
        compare_runs_first(plan, config, known, instant_day(live->time, config->definition->zone),
                           place_of(config, live->source), live->start);
    if (mark == INT64_MIN) {
        rule->unscheduled++;
        return;
    }
    delays->live[delays->len] = live->raised - live->time;
    delays->batch[delays->len++] = mark - live->time;
}

static int by_size(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static struct compare_delay summary(int64_t *delays, size_t len)
{
    if (len == 0)
        return (struct compare_delay){0};
    qsort(delays, len, sizeof *delays, by_size);
    return (struct compare_delay){.p50 = delays[(len - 1) / 2], .worst = delays[len - 1]};
}

static void match_rule(const struct compare_config *config, int r,
                       const struct compare_alerts *live, const struct compare_alerts *batch,
                       const struct run_plan *plan, struct compare *out)
{
    struct compare_rule *rule = &out->rules[r];
    struct delays delays = {mem_alloc((live->len + 1) * sizeof *delays.live),
                            mem_alloc((live->len + 1) * sizeof *delays.batch), 0};
    size_t b = 0;
    for (size_t l = 0; l < live->len || b < batch->len;) {
        bool has_live = l < live->len, has_batch = b < batch->len;
        uint64_t id = has_live ? live->all[l].id : UINT64_MAX;
        bool same = has_live && has_batch && batch->all[b].id == id;
        if (same) {
            if (live->all[l].rule == r)
                take_both(config, &live->all[l], plan, &delays, rule);
            l++;
            b++;
        } else if (has_batch && (!has_live || batch->all[b].id < id)) {
            rule->batch_only += batch->all[b++].rule == r;
        } else {
            rule->live_only += live->all[l++].rule == r;
        }
    }
    rule->measured = delays.len;
    rule->live = summary(delays.live, delays.len);
    rule->batch = summary(delays.batch, delays.len);
    rule->missed = rules_missed(out->live.rules, r);
    free(delays.live);
    free(delays.batch);
}

void compare_alerts_match(const struct compare_config *config, struct compare_alerts *live,
                          struct compare_alerts *batch, const struct run_plan *plan,
                          struct compare *out)
{
    out->alerts_unmatched = live->refused + batch->refused;
    settle(live, out, true);
    settle(batch, out, false);
    for (int r = 0; r < config->definition->rules_len; r++)
        match_rule(config, r, live, batch, plan, out);
}
