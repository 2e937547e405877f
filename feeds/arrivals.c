/*
 * Arrival times on a daily curve.
 *
 * DESIGN. Independent arrivals have exponential gaps on a stretched day, in which every stretch of
 * equal length is equally busy; the curve then gives each its time. For exactly n arrivals in a
 * day, the gaps are divided by the sum of n + 1 of them: so spaced are n independent times, sorted.
 * That sum is known after a first round of the same dice; nothing is kept but a position, however
 * many arrivals are asked for. All of it in integers.
 */
#include "feeds/arrivals.h"

enum {
    POSITION_BITS = 63, /* a day of positions; finer than `edges` so that gaps add up */
    SHARE_BITS = 38,    /* a day of shares: times a minute's ms they fit 64 bits */
    MINUTES_PER_MARK = ARRIVALS_MINUTES / PROFILE_MARKS,
    ARRIVALS_STREAM = 1
};

static const uint64_t day_position = (uint64_t)1 << POSITION_BITS;

/* The rate of each minute lies on the straight line between two marks. */
static void set_edges(uint64_t edges[ARRIVALS_MINUTES + 1], const uint16_t *rates)
{
    uint64_t sum = 0;
    for (int minute = 0; minute < ARRIVALS_MINUTES; minute++) {
        int mark = minute / MINUTES_PER_MARK, part = minute % MINUTES_PER_MARK;
        int after = (mark + 1) % PROFILE_MARKS;
        edges[minute] = sum;
        sum += (uint64_t)(rates[mark] * (MINUTES_PER_MARK - part) + rates[after] * part);
    }
    edges[ARRIVALS_MINUTES] = sum;
    for (int minute = 0; minute <= ARRIVALS_MINUTES; minute++)
        edges[minute] = (edges[minute] << SHARE_BITS) / sum;
}

void arrivals_init(struct arrivals *arrivals, const struct profile *profile, uint64_t seed,
                   epoch_ms day_start, uint64_t count)
{
    *arrivals = (struct arrivals){.day_start = day_start, .left = count > 0 ? count : UINT64_MAX};
    set_edges(arrivals->edges, profile->rates);
    dice_seed(&arrivals->dice, seed, ARRIVALS_STREAM);
    uint64_t sum = (uint64_t)profile->natural_per_day * DICE_MEAN;
    if (count > 0) {
        struct dice rehearsal = arrivals->dice;
        sum = 0;
        for (uint64_t i = 0; i <= count; i++)
            sum += dice_gap(&rehearsal);
    }
    arrivals->scale = day_position / sum;
}

epoch_ms arrivals_next(struct arrivals *arrivals)
{
    if (arrivals->left == 0)
        return INT64_MAX;
    if (arrivals->left != UINT64_MAX)
        arrivals->left--;
    arrivals->position += dice_gap(&arrivals->dice) * arrivals->scale;
    if (arrivals->position >= day_position) {
        arrivals->position -= day_position;
        arrivals->day_start += MS_PER_DAY;
        arrivals->minute = 0;
    }
    const uint64_t *edges = arrivals->edges;
    uint64_t share = arrivals->position >> (POSITION_BITS - SHARE_BITS);
    while (share >= edges[arrivals->minute + 1])
        arrivals->minute++;
    uint64_t begin = edges[arrivals->minute], end = edges[arrivals->minute + 1];
    return arrivals->day_start + (epoch_ms)arrivals->minute * MS_PER_MINUTE +
           (epoch_ms)((share - begin) * MS_PER_MINUTE / (end - begin));
}
