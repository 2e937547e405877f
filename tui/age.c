/* The age of the batch answer: a saw-tooth, integrated tooth by tooth. */
#include "tui/age.h"

int64_t age_at(const struct snapshot_batch *batch, epoch_ms time)
{
    for (int i = batch->runs_len - 1; i >= 0; i--)
        if (batch->runs[i].published <= time)
            return time - batch->runs[i].mark;
    return -1;
}

struct age_summary age_over(const struct snapshot_batch *batch, epoch_ms from, epoch_ms to)
{
    struct age_summary summary = {0};
    double area = 0;
    int64_t covered = 0;
    for (int i = 0; i < batch->runs_len; i++) {
        const struct snapshot_run *run = &batch->runs[i];
        epoch_ms begin = run->published > from ? run->published : from;
        epoch_ms end = i + 1 < batch->runs_len && run[1].published < to ? run[1].published : to;
        if (begin >= end)
            continue;
        int64_t first = begin - run->mark, last = end - run->mark;
        area += (double)(end - begin) * ((double)first + (double)last) / 2;
        covered += end - begin;
        if (last > summary.greatest)
            summary.greatest = last;
    }
    summary.any = covered > 0;
    summary.mean = covered > 0 ? (int64_t)(area / (double)covered) : 0;
    return summary;
}
