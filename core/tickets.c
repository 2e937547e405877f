/* Steps are sorted by part, then taken with a look ahead. */
#include "core/tickets.h"

#include "core/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { AHEAD = 8 };

struct tickets {
    struct {
        pthread_mutex_t lock;
        struct lifecycle *lifecycle;
    } parts[TICKET_PARTS];
};

struct tickets *tickets_new(void)
{
    struct tickets *tickets = mem_zero(1, sizeof *tickets);
    for (int p = 0; p < TICKET_PARTS; p++) {
        pthread_mutex_init(&tickets->parts[p].lock, NULL);
        tickets->parts[p].lifecycle = lifecycle_new(LIFECYCLE_ROOM_ALL);
    }
    return tickets;
}

void tickets_free(struct tickets *tickets)
{
    for (int p = 0; tickets && p < TICKET_PARTS; p++) {
        pthread_mutex_destroy(&tickets->parts[p].lock);
        lifecycle_free(tickets->parts[p].lifecycle);
    }
    free(tickets);
}

static size_t part_of(const struct lifecycle_step_record *step)
{
    return (size_t)(step->ticket[1] % TICKET_PARTS); /* a ticket's home is told by the other half */
}

/* Numbers of the steps by part; begin[p] to begin[p + 1]. To be freed. */
static uint32_t *sort(const struct lifecycle_step_record *steps, size_t len,
                      size_t begin[TICKET_PARTS + 1])
{
    uint32_t *sorted = mem_alloc(len * sizeof *sorted);
    size_t at[TICKET_PARTS] = {0};
    for (size_t i = 0; i < len; i++)
        at[part_of(&steps[i])]++;
    begin[0] = 0;
    for (int p = 0; p < TICKET_PARTS; p++) {
        begin[p + 1] = begin[p] + at[p];
        at[p] = begin[p];
    }
    for (size_t i = 0; i < len; i++)
        sorted[at[part_of(&steps[i])]++] = (uint32_t)i;
    return sorted;
}

static void count(struct open_counts *counts, uint32_t row, int64_t change)
{
    if (row == LIFECYCLE_NO_ROW)
        return;
    if (row >= counts->rows) {
        size_t rows = (size_t)row * 2 + 16;
        counts->of = mem_resize(counts->of, rows * sizeof *counts->of);
        memset(counts->of + counts->rows, 0, (rows - counts->rows) * sizeof *counts->of);
        counts->rows = rows;
    }
    counts->of[row] += change;
}

void tickets_settle(struct tickets *tickets, const struct lifecycle_step_record *steps, size_t len,
                    const size_t *map, size_t start, struct open_counts *counts)
{
    size_t begin[TICKET_PARTS + 1];
    if (len == 0)
        return;
    uint32_t *sorted = sort(steps, len, begin);
    for (size_t p = 0; p < TICKET_PARTS; p++) {
        size_t part = (start + p) % TICKET_PARTS;
        struct lifecycle *lifecycle = tickets->parts[part].lifecycle;
        pthread_mutex_lock(&tickets->parts[part].lock);
        for (size_t i = begin[part]; i < begin[part + 1]; i++) {
            struct lifecycle_step_record step = steps[sorted[i]];
            if (i + AHEAD < begin[part + 1])
                lifecycle_prefetch(lifecycle, steps[sorted[i + AHEAD]].ticket);
            step.row = (uint32_t)map[step.row];
            struct lifecycle_change change = lifecycle_take(lifecycle, &step);
            count(counts, change.opened, 1);
            count(counts, change.closed, -1);
        }
        pthread_mutex_unlock(&tickets->parts[part].lock);
    }
    free(sorted);
}

void tickets_sum(struct open_counts *counts, struct tally *tally)
{
    for (size_t row = 0; row < counts->rows && row < tally_len(tally); row++)
        tally_at(tally, row)->open += counts->of[row];
    free(counts->of);
    *counts = (struct open_counts){.rows = 0};
}

size_t tickets_len(const struct tickets *tickets)
{
    size_t len = 0;
    for (int p = 0; p < TICKET_PARTS; p++)
        len += lifecycle_len(tickets->parts[p].lifecycle);
    return len;
}
