#ifndef TAILRACE_CORE_LIFECYCLE_H
#define TAILRACE_CORE_LIFECYCLE_H
/*
 * Which tickets are open: the measure `open` (S-13).
 *
 * A ticket stands where its last step by (event time, position) left it, whatever order the steps
 * came in: a close that comes before its open is held, and settles the open when that comes. An
 * open ticket counts in the group of its opening record. The rule is a maximum, so slices of a feed
 * can be read apart and their steps applied in any order.
 *
 * Bounded: closed tickets are kept only to settle steps that come out of order, the `closed_room`
 * that closed last; the one closed longest ago is forgotten first. Open tickets are kept up to
 * LIFECYCLE_OPEN_MAX; an opening beyond it is not taken. That, and an opening older than a ticket
 * already forgotten, which may be of that very ticket, is counted: the answer is degraded (D-07).
 *
 * Threads: none; one owner.
 */
#include "core/event.h"
#include "core/tally.h"

struct lifecycle_step_record {
    uint64_t ticket[2];
    epoch_ms time;
    uint64_t start;
    uint32_t source;
    uint32_t generation;
    uint32_t row; /* of the tally the step counts in */
    uint8_t step; /* enum lifecycle_step */
};

enum { LIFECYCLE_ROOM_LIVE = 64 * 1024, LIFECYCLE_OPEN_MAX = 16 * 1000 * 1000 };
#define LIFECYCLE_ROOM_ALL SIZE_MAX /* the batch lane forgets nothing */

struct lifecycle;

struct lifecycle *lifecycle_new(size_t closed_room);
void lifecycle_free(struct lifecycle *lifecycle); /* accepts NULL */

/* What a step changes: the rows in which one more is open, and one less. */
#define LIFECYCLE_NO_ROW UINT32_MAX
struct lifecycle_change {
    uint32_t opened, closed; /* LIFECYCLE_NO_ROW: none */
};

/* Takes the step. */
struct lifecycle_change lifecycle_take(struct lifecycle *lifecycle,
                                       const struct lifecycle_step_record *step);
/* Brings what lifecycle_take will need of this ticket nearer. */
void lifecycle_prefetch(const struct lifecycle *lifecycle, const uint64_t ticket[2]);
/* Takes the step and keeps `open` of the tally's rows. */
void lifecycle_apply(struct lifecycle *lifecycle, struct tally *tally,
                     const struct lifecycle_step_record *step);

/* Tickets kept, open and closed. */
size_t lifecycle_len(const struct lifecycle *lifecycle);
/* Openings not taken, or of doubt: `open` may be off by as many. */
uint64_t lifecycle_degraded(const struct lifecycle *lifecycle);

#endif
