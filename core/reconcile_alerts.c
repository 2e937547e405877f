/* Two sets of ids, and why one has what the other has not. */
#include "core/pipeline.h"
#include "core/reconcile_parts.h"

#include <stdlib.h>
#include <string.h>

/* A retraction behind what it retracts. */
static int by_id(const void *left, const void *right)
{
    const struct reconcile_alert *a = left, *b = right;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return (int)a->retracted - (int)b->retracted;
}

size_t reconcile_sort_alerts(struct reconcile_alert *alerts, size_t len)
{
    size_t kept = 0;
    if (len > 0)
        qsort(alerts, len, sizeof *alerts, by_id);
    for (size_t from = 0, to; from < len; from = to) {
        for (to = from + 1; to < len && alerts[to].id == alerts[from].id;)
            to++;
        if (!alerts[to - 1].retracted)
            alerts[kept++] = alerts[from];
    }
    return kept;
}

/* Whether live kept anything from its rules, or let something pass, that could change an alert. */
static bool kept_out(const struct pipeline *live, bool batch_only)
{
    bool unchecked = rare_tally(live->rare, 0, RARE_UNKNOWN) ||
                     rare_tally(live->rare, 0, RARE_CONFLICT) ||
                     rare_places_overflowed(live->rare) > 0;
    return unchecked || live->outcomes.future > 0 || pipeline_alerts_missed(live) > 0 ||
           (batch_only && live->outcomes.late > 0);
}

/* Late and future events of live, by position. */
struct places {
    struct rare_place *entries;
    size_t len;
};

static int by_position(const void *left, const void *right)
{
    const struct event_position *a = &((const struct rare_place *)left)->position;
    const struct event_position *b = &((const struct rare_place *)right)->position;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->generation != b->generation)
        return a->generation < b->generation ? -1 : 1;
    return (a->start > b->start) - (a->start < b->start);
}

static struct places places_of(const struct pipeline *live)
{
    struct places places;
    const struct rare_place *from = rare_places(live->rare, &places.len);
    places.entries = mem_alloc((places.len + 1) * sizeof *places.entries);
    if (places.len > 0) {
        memcpy(places.entries, from, places.len * sizeof *from);
        qsort(places.entries, places.len, sizeof *places.entries, by_position);
    }
    return places;
}

static enum reconcile_alert_reason reason_of(const struct pipeline *live,
                                             const struct places *places,
                                             const struct reconcile_alert *alert, bool batch_only)
{
    struct rare_place wanted = {.position = alert->position};
    const struct rare_place *found = NULL;
    if (batch_only && places->len > 0)
        found = bsearch(&wanted, places->entries, places->len, sizeof wanted, by_position);
    if (found)
        return found->kind == RARE_FUTURE ? RECONCILE_ALERT_FUTURE : RECONCILE_ALERT_LATE;
    return kept_out(live, batch_only) ? RECONCILE_ALERT_NEIGHBOUR : RECONCILE_ALERT_UNEXPLAINED;
}

void reconcile_alerts(const struct pipeline *live, const struct reconcile_alert *live_alerts,
                      size_t live_len, const struct reconcile_alert *batch_alerts, size_t batch_len,
                      reconcile_alert_sink sink, void *context,
                      struct reconcile_alerts_summary *out)
{
    size_t l = 0, b = 0;
    struct places places = places_of(live);
    memset(out, 0, sizeof *out);
    while (l < live_len || b < batch_len) {
        if (l < live_len && b < batch_len && live_alerts[l].id == batch_alerts[b].id) {
            out->both++;
            l++;
            b++;
            continue;
        }
        bool batch_only =
            l == live_len || (b < batch_len && batch_alerts[b].id < live_alerts[l].id);
        const struct reconcile_alert *alert = batch_only ? &batch_alerts[b++] : &live_alerts[l++];
        enum reconcile_alert_reason reason = reason_of(live, &places, alert, batch_only);
        out->batch_only += batch_only;
        out->live_only += !batch_only;
        out->unexplained += reason == RECONCILE_ALERT_UNEXPLAINED;
        if (sink)
            sink(context, alert, batch_only, reason);
    }
    free(places.entries);
}
