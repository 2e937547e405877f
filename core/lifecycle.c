/*
 * One open-addressed table of 40-byte tickets under their 128-bit keyed hash. Forgetting is a sweep
 * over the whole table: the older half of the closed tickets leaves, so that a sweep is rare and a
 * step costs O(1) amortised.
 */
#include "core/lifecycle.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>

struct ticket {
    uint64_t id[2]; /* both 0: an empty place */
    epoch_ms time;
    uint64_t start;
    uint32_t place;        /* source and generation, for ties of time */
    uint32_t row_and_open; /* row * 2 + 1 when open */
};

struct lifecycle {
    struct ticket *table;
    size_t size; /* a power of two */
    size_t len;
    size_t closed_room;
    size_t sweep_at;
    uint64_t degraded;
};

enum { START = 1024 };

struct lifecycle *lifecycle_new(size_t closed_room)
{
    struct lifecycle *lifecycle = mem_zero(1, sizeof *lifecycle);
    lifecycle->closed_room = closed_room;
    lifecycle->sweep_at = closed_room;
    lifecycle->size = START;
    lifecycle->table = mem_zero(START, sizeof *lifecycle->table);
    return lifecycle;
}

void lifecycle_free(struct lifecycle *lifecycle)
{
    if (!lifecycle)
        return;
    free(lifecycle->table);
    free(lifecycle);
}

static struct ticket *probe(const struct lifecycle *lifecycle, const uint64_t id[2])
{
    size_t mask = lifecycle->size - 1;
    size_t at = (size_t)id[0] & mask;
    for (;; at = (at + 1) & mask) {
        struct ticket *ticket = &lifecycle->table[at];
        if ((ticket->id[0] == id[0] && ticket->id[1] == id[1]) || !(ticket->id[0] | ticket->id[1]))
            return ticket;
    }
}

/* Moves the tickets whose last step is not older than given into a table of `size` places. */
static void rebuild(struct lifecycle *lifecycle, size_t size, epoch_ms closed_since,
                    epoch_ms open_since)
{
    struct ticket *old = lifecycle->table;
    size_t old_size = lifecycle->size;
    lifecycle->table = mem_zero(size, sizeof *old);
    lifecycle->size = size;
    lifecycle->len = 0;
    for (size_t i = 0; i < old_size; i++) {
        if (!(old[i].id[0] | old[i].id[1]))
            continue;
        bool open = old[i].row_and_open & 1;
        if (old[i].time < (open ? open_since : closed_since)) {
            lifecycle->degraded += open;
            continue;
        }
        *probe(lifecycle, old[i].id) = old[i];
        lifecycle->len++;
    }
    free(old);
}

static int compare_times(const void *left, const void *right)
{
    epoch_ms a = *(const epoch_ms *)left, b = *(const epoch_ms *)right;
    return a < b ? -1 : a > b;
}

/* The time that halves the tickets of this kind, and how many there are. */
static epoch_ms median_time(const struct lifecycle *lifecycle, bool open, size_t *count)
{
    epoch_ms *times = mem_alloc(lifecycle->len * sizeof *times);
    size_t n = 0;
    for (size_t i = 0; i < lifecycle->size; i++) {
        const struct ticket *ticket = &lifecycle->table[i];
        if ((ticket->id[0] | ticket->id[1]) && (ticket->row_and_open & 1) == open)
            times[n++] = ticket->time;
    }
    *count = n;
    qsort(times, n, sizeof *times, compare_times);
    epoch_ms median = n > 0 ? times[n / 2] : INT64_MIN;
    free(times);
    return median;
}

/* Frees the older half of the closed tickets; only when open ones alone pass their limit, of those
 * too (counted as degraded). */
static void sweep(struct lifecycle *lifecycle)
{
    size_t closed, open;
    epoch_ms closed_since = median_time(lifecycle, false, &closed);
    epoch_ms open_since = INT64_MIN;
    epoch_ms open_median = median_time(lifecycle, true, &open);
    if (open > LIFECYCLE_OPEN_MAX)
        open_since = open_median;
    rebuild(lifecycle, lifecycle->size, closed_since, open_since);
    lifecycle->sweep_at = lifecycle->len + lifecycle->closed_room / 4 > lifecycle->closed_room
                              ? lifecycle->len + lifecycle->closed_room / 4
                              : lifecycle->closed_room;
}

static void make_room(struct lifecycle *lifecycle)
{
    if (lifecycle->len >= lifecycle->sweep_at)
        sweep(lifecycle);
    if ((lifecycle->len + 1) * 4 > lifecycle->size * 3)
        rebuild(lifecycle, lifecycle->size * 2, INT64_MIN, INT64_MIN);
}

/* Whether the step comes after where the ticket stands, by (time, position). */
static bool is_later(const struct ticket *ticket, const struct lifecycle_step_record *step,
                     uint32_t place)
{
    if (step->time != ticket->time)
        return step->time > ticket->time;
    if (place != ticket->place)
        return place > ticket->place;
    return step->start > ticket->start;
}

void lifecycle_apply(struct lifecycle *lifecycle, struct tally *tally,
                     const struct lifecycle_step_record *step)
{
    uint32_t place = step->source << 12 | (step->generation & 0xFFF);
    struct ticket *ticket = probe(lifecycle, step->ticket);
    if (!(ticket->id[0] | ticket->id[1])) {
        make_room(lifecycle);
        ticket = probe(lifecycle, step->ticket);
        memcpy(ticket->id, step->ticket, sizeof ticket->id);
        lifecycle->len++;
    } else if (!is_later(ticket, step, place)) {
        return;
    } else if (ticket->row_and_open & 1) {
        tally_at(tally, ticket->row_and_open >> 1)->open--;
    }
    bool open = step->step == LIFECYCLE_OPENED;
    ticket->time = step->time;
    ticket->start = step->start;
    ticket->place = place;
    ticket->row_and_open = step->row << 1 | open;
    if (open)
        tally_at(tally, step->row)->open++;
}

size_t lifecycle_len(const struct lifecycle *lifecycle)
{
    return lifecycle->len;
}

uint64_t lifecycle_degraded(const struct lifecycle *lifecycle)
{
    return lifecycle->degraded;
}
