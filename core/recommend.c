/* The rules of recommend.h, in their order. */
#include "core/recommend.h"

static const int64_t schedules[] = {
    MS_PER_DAY,         12 * MS_PER_HOUR,      6 * MS_PER_HOUR,    MS_PER_HOUR,
    30 * MS_PER_MINUTE, 15 * MS_PER_MINUTE,    5 * MS_PER_MINUTE,  2 * MS_PER_MINUTE,
    MS_PER_MINUTE,      30 * MS_PER_SECOND,    10 * MS_PER_SECOND, 5 * MS_PER_SECOND,
    2 * MS_PER_SECOND,  RECOMMEND_SHORTEST_MS,
};
enum { SCHEDULES = sizeof schedules / sizeof *schedules };

const char *recommend_name(enum recommendation verdict)
{
    static const char *const names[] = {"batch", "micro-batch", "stream", "both"};
    return names[verdict];
}

/* An answer is at worst as old as the schedule and the run of the next one; who needs it within a
 * day is served by a daily run, although that takes a second. */
static bool is_fresh(const struct recommend_facts *facts, int64_t every_ms, int64_t needs_ms)
{
    return (double)every_ms * 1e6 + (double)facts->run_ns <=
           (double)needs_ms * 1e6 * (1 + RECOMMEND_GRACE);
}

static int64_t shortest(const struct recommend_facts *facts, int64_t needs_ms)
{
    for (int s = 0; s < SCHEDULES; s++)
        if (is_fresh(facts, schedules[s], needs_ms))
            return schedules[s];
    return 0;
}

static double cost_of(const struct recommend_facts *facts, int64_t every_ms)
{
    double runs = (double)facts->span_ms / (double)every_ms;
    return (runs < 1 ? 1 : runs) * facts->run_cpu_ns;
}

static enum recommend_obstacle obstacle(const struct recommend_facts *facts,
                                        const struct recommend *out)
{
    int64_t span_ms = facts->span_ms > out->shortest_ms ? facts->span_ms : out->shortest_ms;
    double share = span_ms > 0 ? out->short_cpu_ns / ((double)span_ms * 1e6) : 0;
    if (out->shortest_ms == 0)
        return RECOMMEND_TOO_FRESH;
    if ((double)facts->run_ns > (double)out->shortest_ms * 1e6 / 2)
        return RECOMMEND_TOO_SLOW;
    if (out->short_cpu_ns > (double)facts->live_cpu_ns && share > RECOMMEND_CHEAP)
        return RECOMMEND_DEAR;
    return RECOMMEND_FITS;
}

struct recommend recommend_for(const struct recommend_facts *facts)
{
    struct recommend out = {.assumed = facts->needs_ms == 0,
                            .needs_ms = facts->needs_ms,
                            .verdict = RECOMMEND_BATCH,
                            .every_ms = facts->every_ms};
    if (out.assumed && facts->alerts > 0)
        out.needs_ms = RECOMMEND_ALERT_MS;
    if (out.needs_ms == 0 || is_fresh(facts, facts->every_ms, out.needs_ms))
        return out;
    out.shortest_ms = shortest(facts, out.needs_ms);
    out.short_cpu_ns = out.shortest_ms ? cost_of(facts, out.shortest_ms) : 0;
    out.obstacle = obstacle(facts, &out);
    out.every_ms = out.shortest_ms;
    if (out.obstacle == RECOMMEND_FITS && out.shortest_ms >= RECOMMEND_BATCH_MS)
        return out;
    out.verdict = RECOMMEND_MICRO_BATCH;
    if (out.obstacle == RECOMMEND_FITS)
        return out;
    out.every_ms = 0;
    out.verdict = facts->late > 0 || facts->batch_only > 0 ? RECOMMEND_BOTH : RECOMMEND_STREAM;
    return out;
}
