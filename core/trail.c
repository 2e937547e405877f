/* Runs stand in order of number: the one of a record is the last that begins at or before it. */
#include "core/trail.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>

void trail_fini(struct trail *trail)
{
    free(trail->runs);
    memset(trail, 0, sizeof *trail);
}

void trail_clear(struct trail *trail)
{
    trail->len = 0;
}

static void begin_run(struct trail *trail, uint64_t number, const struct event_position *position)
{
    if (trail->runs && trail->len == TRAIL_RUNS_MAX) {
        trail->len /= 2;
        memmove(trail->runs, trail->runs + trail->len, trail->len * sizeof *trail->runs);
    } else if (!trail->runs || trail->len == trail->room) {
        trail->room = trail->room ? trail->room * 2 : 16;
        trail->runs = mem_resize(trail->runs, trail->room * sizeof *trail->runs);
    }
    trail->runs[trail->len++] = (struct trail_run){.number = number, .first = *position};
}

void trail_restore(struct trail *trail, uint64_t number, const struct event_position *first)
{
    begin_run(trail, number, first);
}

uint32_t trail_note(struct trail *trail, uint64_t number, const struct event_position *position)
{
    const struct event_position *first = trail->len ? &trail->runs[trail->len - 1].first : NULL;
    if (!first || first->source != position->source || first->generation != position->generation ||
        position->start - first->start > UINT32_MAX) {
        begin_run(trail, number, position);
        return 0;
    }
    return (uint32_t)(position->start - first->start);
}

/* How many runs begin at or before the number. */
static size_t runs_until(const struct trail *trail, uint64_t number)
{
    size_t least = 0, most = trail->len;
    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (trail->runs[middle].number <= number)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

bool trail_find(const struct trail *trail, uint64_t number, uint32_t kept,
                struct event_position *out)
{
    size_t runs = runs_until(trail, number);
    if (runs == 0)
        return false;
    *out = trail->runs[runs - 1].first;
    out->start += kept;
    return true;
}
