/* One judgement for each kind; raising and resolving are the same for all. */
#include "core/health.h"

#include <string.h>

enum { NS_PER_MS = 1000000, MINUTE_MS = 60 * 1000, SAMPLE_MS = 5 * 1000 };

enum judgement { WELL, BETWEEN, BAD };

/* How long it has to be well. */
static const int64_t clear_ms[HEALTH_KINDS] = {
    [HEALTH_LAG] = HEALTH_LAG_CLEAR_MS,
    [HEALTH_MANY_REJECTS] = HEALTH_REJECTS_CLEAR_MS,
};

const char *health_name(enum health_kind kind)
{
    static const char *const names[] = {
        [HEALTH_LAG] = "HEALTH_LAG",
        [HEALTH_WATERMARK_STALLED] = "HEALTH_WATERMARK_STALLED",
        [HEALTH_MANY_REJECTS] = "HEALTH_REJECTS",
    };
    return names[kind];
}

void health_init(struct health *health, int64_t idle_ms, mono_ns now)
{
    *health = (struct health){.stall_ms = idle_ms + HEALTH_STALL_MS,
                              .looked = now - HEALTH_LOOK_MS * (mono_ns)NS_PER_MS,
                              .least_unread = UINT64_MAX,
                              .least_at = now,
                              .watermark = INT64_MIN,
                              .moved_at = now,
                              .event_at = now};
    for (int k = 0; k < HEALTH_KINDS; k++)
        health->alerts[k].kind = (enum health_kind)k;
    health->samples[0].at = now;
    health->samples_len = 1;
}

/* Once at the end of the feed, only being there again counts. */
static enum judgement judge_lag(struct health *health, const struct health_facts *facts)
{
    struct health_alert *alert = &health->alerts[HEALTH_LAG];
    if (facts->caught_up > health->caught_up) {
        health->caught_up = health->least_at = facts->caught_up;
        health->least_unread = 0;
    }
    if (facts->unread < health->least_unread || facts->unread == 0) {
        health->least_unread = facts->unread;
        health->least_at = facts->now;
    }
    alert->lasting_ms = (facts->now - health->least_at) / NS_PER_MS;
    alert->amount = facts->unread;
    if (alert->lasting_ms >= HEALTH_LAG_MS)
        return BAD;
    return alert->lasting_ms <= HEALTH_LOOK_MS ? WELL : BETWEEN;
}

static enum judgement judge_watermark(struct health *health, const struct health_facts *facts)
{
    struct health_alert *alert = &health->alerts[HEALTH_WATERMARK_STALLED];
    if (facts->watermark != health->watermark) {
        health->watermark = facts->watermark;
        health->moved_at = health->event_at = facts->now;
        health->moved_events = health->events = facts->events;
        return WELL;
    }
    if (facts->events > health->events) {
        /* before the very first event there was nothing to move it */
        if (health->events == 0)
            health->moved_at = facts->now;
        health->event_at = facts->now;
        health->events = facts->events;
    }
    alert->lasting_ms = (health->event_at - health->moved_at) / NS_PER_MS;
    alert->amount = health->events - health->moved_events;
    return alert->lasting_ms >= health->stall_ms && alert->amount >= HEALTH_STALL_EVENTS ? BAD
                                                                                         : BETWEEN;
}

/* The newest sample of a minute ago or earlier becomes the first; what was before it is let go. */
static void keep_minute(struct health *health, const struct health_facts *facts)
{
    int first = 0;
    while (first + 1 < health->samples_len &&
           facts->now - health->samples[first + 1].at >= MINUTE_MS * (mono_ns)NS_PER_MS)
        first++;
    health->samples_len -= first;
    memmove(health->samples, health->samples + first,
            (size_t)health->samples_len * sizeof *health->samples);
    mono_ns newest = health->samples[health->samples_len - 1].at;
    if (facts->now - newest < SAMPLE_MS * (mono_ns)NS_PER_MS ||
        health->samples_len == HEALTH_SAMPLES)
        return;
    health->samples[health->samples_len].at = facts->now;
    health->samples[health->samples_len].read = facts->read;
    health->samples[health->samples_len].rejected = facts->rejected;
    health->samples_len++;
}

static enum judgement judge_rejects(struct health *health, const struct health_facts *facts)
{
    struct health_alert *alert = &health->alerts[HEALTH_MANY_REJECTS];
    keep_minute(health, facts);
    alert->amount = facts->rejected - health->samples[0].rejected;
    alert->of = facts->read - health->samples[0].read;
    alert->lasting_ms = (facts->now - health->samples[0].at) / NS_PER_MS;
    if (alert->amount >= HEALTH_REJECTS &&
        alert->amount * 100 >= alert->of * HEALTH_REJECTS_PERCENT)
        return BAD;
    bool well =
        alert->amount == 0 || alert->amount * 100 < alert->of * HEALTH_REJECTS_CLEAR_PERCENT;
    return well ? WELL : BETWEEN;
}

static bool settle(struct health *health, enum health_kind kind, enum judgement judgement,
                   const struct health_facts *facts, const struct health_sink *sink)
{
    struct health_alert *alert = &health->alerts[kind];
    mono_ns *well_since = &health->well_since[kind];
    if (judgement != WELL)
        *well_since = 0;
    else if (*well_since == 0)
        *well_since = facts->now;
    bool raise = !alert->active && judgement == BAD;
    bool resolve = alert->active && judgement == WELL &&
                   facts->now - *well_since >= clear_ms[kind] * NS_PER_MS;
    if (raise) {
        alert->active = true;
        alert->number++;
        alert->since = facts->clock;
    } else if (resolve) {
        alert->active = false;
        alert->until = facts->clock;
        alert->resolved_at = facts->now;
    }
    if ((raise || resolve) && sink && sink->take)
        sink->take(sink->context, alert);
    return raise || resolve;
}

bool health_look(struct health *health, const struct health_facts *facts,
                 const struct health_sink *sink)
{
    if (facts->now - health->looked < HEALTH_LOOK_MS * (mono_ns)NS_PER_MS)
        return false;
    health->looked = facts->now;
    bool told = settle(health, HEALTH_LAG, judge_lag(health, facts), facts, sink);
    told |= settle(health, HEALTH_WATERMARK_STALLED, judge_watermark(health, facts), facts, sink);
    told |= settle(health, HEALTH_MANY_REJECTS, judge_rejects(health, facts), facts, sink);
    health->waiting = facts->unread > 0 || health->alerts[HEALTH_LAG].active ||
                      health->alerts[HEALTH_MANY_REJECTS].active;
    return told;
}

mono_ns health_next(const struct health *health, bool more)
{
    return more || health->waiting ? health->looked + HEALTH_LOOK_MS * (mono_ns)NS_PER_MS
                                   : INT64_MAX;
}
