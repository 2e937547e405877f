/* A fixed number of bins over a span not known beforehand: when it grows past them, two become
 * one. */
#include "core/compare_parts.h"

#include <string.h>

void compare_series_init(struct compare_series *series, epoch_ms begin)
{
    memset(series, 0, sizeof *series);
    series->begin = begin - begin % MS_PER_MINUTE;
    series->width_ms = MS_PER_MINUTE;
}

static void join(struct compare_bin *into, const struct compare_bin *from)
{
    into->events += from->events;
    into->corrections += from->corrections;
    into->late += from->late;
    if (from->behind > into->behind)
        into->behind = from->behind;
    if (from->live_ns > into->live_ns)
        into->live_ns = from->live_ns;
}

static void fold(struct compare_series *series)
{
    for (size_t b = 0; b < COMPARE_BINS / 2; b++) {
        struct compare_bin bin = series->bins[2 * b];
        join(&bin, &series->bins[2 * b + 1]);
        series->bins[b] = bin;
    }
    memset(&series->bins[COMPARE_BINS / 2], 0, sizeof series->bins / 2);
    series->len = (series->len + 1) / 2;
    series->width_ms *= 2;
}

struct compare_bin *compare_series_at(struct compare_series *series, epoch_ms time)
{
    while ((time - series->begin) / series->width_ms >= COMPARE_BINS)
        fold(series);
    size_t at = (size_t)((time - series->begin) / series->width_ms);
    if (at >= series->len)
        series->len = at + 1;
    return &series->bins[at];
}
