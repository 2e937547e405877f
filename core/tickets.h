#ifndef TAILRACE_CORE_TICKETS_H
#define TAILRACE_CORE_TICKETS_H
/*
 * Which tickets are open at the end of a whole range, found by several workers: core/lifecycle.h in
 * TICKET_PARTS parts by the bits of a ticket's id, each under a lock. Where a ticket ends does not
 * depend on the order of its steps, so nobody waits for a turn. What a step changes in `open` of a
 * row goes to the worker's own counts, which are added up at the end.
 *
 * Threads: tickets_settle may be called by many at once; counts have one owner.
 */
#include "core/lifecycle.h"

enum { TICKET_PARTS = 16 };

struct open_counts { /* zeroed: none */
    int64_t *of;     /* by row */
    size_t rows;
};

struct tickets;

struct tickets *tickets_new(void);
void tickets_free(struct tickets *tickets); /* accepts NULL */

/* Takes the steps; `map` says where their rows are in the whole. `start`: any number; those of
 * workers stand apart. */
void tickets_settle(struct tickets *tickets, const struct lifecycle_step_record *steps, size_t len,
                    const size_t *map, size_t start, struct open_counts *counts);
/* Adds the counts to `open` of the rows, and empties them. */
void tickets_sum(struct open_counts *counts, struct tally *tally);

/* Tickets kept, open and closed. */
size_t tickets_len(const struct tickets *tickets);

#endif
