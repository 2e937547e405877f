/*
 * One open-addressed table of 32-byte tickets under their 128-bit keyed hash, and a queue of the
 * tickets closed, oldest first. Whoever leaves the queue leaves the table too, by moving the
 * tickets behind it up: a step costs O(1), without sweeps that a screen could feel.
 */
#include "core/lifecycle_parts.h"

#include "core/pages.h"
#include "core/sometimes.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLE_START = 1024,
    LEAVING_AHEAD = 8 /* closings: by then the ticket that leaves has come from memory */
};

struct lifecycle *lifecycle_new(size_t closed_room)
{
    struct lifecycle *lifecycle = mem_zero(1, sizeof *lifecycle);
    lifecycle->size = TABLE_START;
    lifecycle->forgotten = INT64_MIN;
    lifecycle->table = pages_zero(TABLE_START, sizeof *lifecycle->table);
    if (closed_room != LIFECYCLE_ROOM_ALL) {
        lifecycle->closed_room = closed_room;
        lifecycle->queue = mem_zero(closed_room, sizeof *lifecycle->queue);
    }
    return lifecycle;
}

void lifecycle_free(struct lifecycle *lifecycle)
{
    if (!lifecycle)
        return;
    free(lifecycle->table);
    free(lifecycle->queue);
    free(lifecycle->touched);
    free(lifecycle);
}

static bool is_empty(const struct ticket *ticket)
{
    return (ticket->id[0] | ticket->id[1]) == 0;
}

static size_t home(const struct lifecycle *lifecycle, const struct ticket *ticket)
{
    return (size_t)ticket->id[0] & (lifecycle->size - 1);
}

/* The ticket, or the empty place where it would go. */
static struct ticket *probe(const struct lifecycle *lifecycle, const uint64_t id[2])
{
    size_t mask = lifecycle->size - 1;
    for (size_t at = (size_t)id[0] & mask;; at = (at + 1) & mask) {
        struct ticket *ticket = &lifecycle->table[at];
        if ((ticket->id[0] == id[0] && ticket->id[1] == id[1]) || is_empty(ticket))
            return ticket;
    }
}

static void grow(struct lifecycle *lifecycle)
{
    struct ticket *old = lifecycle->table;
    size_t old_size = lifecycle->size;
    lifecycle->size *= 2;
    lifecycle->table = pages_zero(lifecycle->size, sizeof *old);
    for (size_t i = 0; i < old_size; i++)
        if (!is_empty(&old[i]))
            *probe(lifecycle, old[i].id) = old[i];
    free(old);
}

/* Takes a ticket out; those behind it that had been pushed on move up. */
static void drop(struct lifecycle *lifecycle, struct ticket *ticket)
{
    size_t mask = lifecycle->size - 1, hole = (size_t)(ticket - lifecycle->table);
    for (size_t at = (hole + 1) & mask; !is_empty(&lifecycle->table[at]); at = (at + 1) & mask) {
        size_t from_home = (at - home(lifecycle, &lifecycle->table[at])) & mask;
        if (from_home >= ((at - hole) & mask)) {
            lifecycle->table[hole] = lifecycle->table[at];
            hole = at;
        }
    }
    memset(&lifecycle->table[hole], 0, sizeof lifecycle->table[hole]);
    lifecycle->len--;
}

static void touch(struct lifecycle *lifecycle, const uint64_t id[2])
{
    if (!lifecycle->kept || lifecycle->touched_many)
        return;
    if (lifecycle->touched_len >= lifecycle->size / 2) {
        lifecycle->touched_many = true;
        return;
    }
    if (lifecycle->touched_len == lifecycle->touched_room) {
        lifecycle->touched_room = lifecycle->touched_room ? lifecycle->touched_room * 2 : 64;
        lifecycle->touched =
            mem_resize(lifecycle->touched, lifecycle->touched_room * sizeof *lifecycle->touched);
    }
    memcpy(lifecycle->touched[lifecycle->touched_len++], id, sizeof *lifecycle->touched);
}

/* The place in the ring so many closings behind the oldest; at most its size behind. */
static size_t place_behind(const struct lifecycle *lifecycle, size_t places)
{
    size_t at = lifecycle->queue_head + places;
    return at < lifecycle->closed_room ? at : at - lifecycle->closed_room;
}

/* The ticket closed longest ago, unless it opened again meanwhile. */
static void forget_oldest(struct lifecycle *lifecycle)
{
    const struct closing *oldest = &lifecycle->queue[lifecycle->queue_head];
    struct ticket *ticket = probe(lifecycle, oldest->id);
    if (!is_empty(ticket) && !ticket_open(ticket) && ticket_start(ticket) == oldest->start) {
        if (ticket_time(ticket) > lifecycle->forgotten)
            lifecycle->forgotten = ticket_time(ticket);
        touch(lifecycle, oldest->id);
        drop(lifecycle, ticket);
    }
    lifecycle->queue_head = place_behind(lifecycle, 1);
    lifecycle->queue_len--;
    if (lifecycle->queue_len <= 2 * LEAVING_AHEAD)
        return;
    __builtin_prefetch(&lifecycle->queue[place_behind(lifecycle, 2 * LEAVING_AHEAD)]);
    lifecycle_prefetch(lifecycle, lifecycle->queue[place_behind(lifecycle, LEAVING_AHEAD)].id);
}

/* The ticket has closed: it waits in the queue. */
static void remember_closing(struct lifecycle *lifecycle, const struct lifecycle_step_record *step)
{
    if (!lifecycle->queue)
        return;
    if (lifecycle->queue_len == lifecycle->closed_room)
        forget_oldest(lifecycle);
    lifecycle->closings++;
    lifecycle->queue[place_behind(lifecycle, lifecycle->queue_len++)] =
        (struct closing){{step->ticket[0], step->ticket[1]}, step->start & ((1ULL << 44) - 1)};
}

/* Whether the step comes after where the ticket stands, by (time, position). */
static bool is_later(const struct ticket *ticket, const struct ticket *next)
{
    epoch_ms time = ticket_time(next), last = ticket_time(ticket);
    return time != last ? time > last : next->where > ticket->where;
}

static struct ticket ticket_of(const struct lifecycle_step_record *step)
{
    const uint64_t time_mask = (UINT64_C(1) << TICKET_TIME_BITS) - 1;
    const uint64_t start_mask = (UINT64_C(1) << TICKET_START_BITS) - 1;
    uint64_t open = step->step == LIFECYCLE_OPENED, row = step->row;
    uint64_t place = (uint64_t)step->source << 8 | (step->generation & 0xFF);
    return (struct ticket){.id = {step->ticket[0], step->ticket[1]},
                           .stand = ((uint64_t)step->time & time_mask) | open << TICKET_TIME_BITS |
                                    row << (TICKET_TIME_BITS + 1),
                           .where = (step->start & start_mask) | place << TICKET_START_BITS};
}

/* Word by word: put together in memory first, it would be waited for. */
static inline void put(struct ticket *ticket, const struct ticket *next)
{
    ticket->id[0] = next->id[0];
    ticket->id[1] = next->id[1];
    ticket->stand = next->stand;
    ticket->where = next->where;
}

void lifecycle_prefetch(const struct lifecycle *lifecycle, const uint64_t ticket[2])
{
    __builtin_prefetch(&lifecycle->table[(size_t)ticket[0] & (lifecycle->size - 1)], 1);
}

struct lifecycle_change lifecycle_take(struct lifecycle *lifecycle,
                                       const struct lifecycle_step_record *step)
{
    struct lifecycle_change change = {LIFECYCLE_NO_ROW, LIFECYCLE_NO_ROW};
    struct ticket next = ticket_of(step);
    struct ticket *ticket = probe(lifecycle, step->ticket);
    bool is_new = is_empty(ticket);
    bool opens = step->step == LIFECYCLE_OPENED;
    SOMETIMES_IF(is_new && !opens, close_before_open);
    SOMETIMES_IF(!is_new && !ticket_open(ticket) && opens && is_later(ticket, &next),
                 ticket_reopened);
    SOMETIMES_IF(!is_new && !is_later(ticket, &next), step_behind_the_last);
    if (!is_new && !is_later(ticket, &next))
        return change;
    bool was_open = !is_new && ticket_open(ticket);
    if (opens && !was_open && lifecycle->open >= LIFECYCLE_OPEN_MAX) {
        lifecycle->degraded++;
        return change;
    }
    SOMETIMES_IF(is_new && opens && step->time <= lifecycle->forgotten, opened_behind_forgotten);
    if (is_new && opens && step->time <= lifecycle->forgotten)
        lifecycle->degraded++;
    if (is_new && (lifecycle->len + 1) * 5 > lifecycle->size * 4) {
        grow(lifecycle);
        ticket = probe(lifecycle, step->ticket);
    }
    if (was_open)
        change.closed = ticket_row(ticket);
    put(ticket, &next);
    touch(lifecycle, next.id);
    lifecycle->len += is_new;
    lifecycle->open += (size_t)opens - (size_t)was_open;
    if (opens)
        change.opened = step->row;
    else
        remember_closing(lifecycle, step);
    return change;
}

void lifecycle_apply(struct lifecycle *lifecycle, struct tally *tally,
                     const struct lifecycle_step_record *step)
{
    struct lifecycle_change change = lifecycle_take(lifecycle, step);
    if (change.closed != LIFECYCLE_NO_ROW)
        tally_at(tally, change.closed)->open--;
    if (change.opened != LIFECYCLE_NO_ROW)
        tally_at(tally, change.opened)->open++;
}

size_t lifecycle_len(const struct lifecycle *lifecycle)
{
    return lifecycle->len;
}

uint64_t lifecycle_degraded(const struct lifecycle *lifecycle)
{
    return lifecycle->degraded;
}

const struct ticket *lifecycle_find(const struct lifecycle *lifecycle, const uint64_t id[2])
{
    const struct ticket *ticket = probe(lifecycle, id);
    return is_empty(ticket) ? NULL : ticket;
}

bool lifecycle_restore(struct lifecycle *lifecycle, const struct ticket *ticket)
{
    if (is_empty(ticket))
        return false;
    if ((lifecycle->len + 1) * 5 > lifecycle->size * 4)
        grow(lifecycle);
    struct ticket *place = probe(lifecycle, ticket->id);
    lifecycle->len += is_empty(place);
    lifecycle->open += (size_t)ticket_open(ticket) - (size_t)ticket_open(place);
    *place = *ticket;
    return true;
}

void lifecycle_restore_gone(struct lifecycle *lifecycle, const uint64_t id[2])
{
    struct ticket *ticket = probe(lifecycle, id);
    if (is_empty(ticket))
        return;
    lifecycle->open -= ticket_open(ticket);
    drop(lifecycle, ticket);
}
