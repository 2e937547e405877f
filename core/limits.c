/* Gathers what the parts of a pipeline counted. */
#include "core/limits.h"

#include "core/pipeline.h"

const char *limit_text(enum limit limit)
{
#define LIMITS_TEXT(code, text) text,
    static const char *const texts[] = {LIMITS_LIST(LIMITS_TEXT)};
#undef LIMITS_TEXT
    return texts[limit];
}

/* Events that no window listed holds, for want of room. */
static uint64_t windows_short(const struct windows *windows)
{
    struct window_counters counters = windows_counters(windows);
    return counters.overflowed + counters.dropped_events;
}

struct limits limits_of(const struct pipeline *pipeline, const struct symbols *symbols,
                        bool windows)
{
    struct limits limits = {.met = {0}};
    limits.met[LIMIT_GROUPS] = tally_overflowed(pipeline->tally);
    limits.met[LIMIT_TEXTS] = symbols ? symbols_overflowed(symbols) : 0;
    limits.met[LIMIT_LONG] = symbols ? symbols_cut(symbols) : 0;
    limits.met[LIMIT_DISTINCT] = tally_distinct_refused(pipeline->tally);
    if (pipeline->lifecycle)
        limits.met[LIMIT_OPEN] = lifecycle_degraded(pipeline->lifecycle);
    if (pipeline->dedupe)
        limits.met[LIMIT_IDS] = dedupe_counters(pipeline->dedupe).evicted;
    if (windows && pipeline->windows)
        limits.met[LIMIT_WINDOWS] = windows_short(pipeline->windows);
    if (pipeline->rules)
        limits.met[LIMIT_ALERTS] = pipeline_alerts_missed(pipeline);
    if (pipeline->watermark)
        limits.held = watermark_held(pipeline->watermark);
    return limits;
}

bool limits_degraded(const struct limits *limits)
{
    for (int b = 0; b < LIMIT_COUNT; b++)
        if (limits->met[b] > 0)
            return true;
    return false;
}
