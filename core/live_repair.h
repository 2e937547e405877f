#ifndef TAILRACE_CORE_LIVE_REPAIR_H
#define TAILRACE_CORE_LIVE_REPAIR_H
/*
 * Records that were rejected and have been repaired count in a lane's state after all (S-52).
 *
 *     live_lane_new (with a store) → live_lane_restore → live_repair … → live_repair_keep
 *
 * The lane is not started. A repaired record keeps its position: what was `rejected` there becomes
 * whatever the record is judged to be now, by what the lane remembers: counted, late, a duplicate,
 * filtered or in the future; `read` and the positions stay, so S-03 holds. Its entry among the
 * rejects becomes STATE_REPAIRED, so that a second repair of the same position finds nothing to do.
 *
 * Threads: the lane's owner.
 */
#include "core/live_lane.h"

enum repair {
    REPAIR_COUNTED,
    REPAIR_LATE,
    REPAIR_DUPLICATE,
    REPAIR_FILTERED,
    REPAIR_FUTURE,
    REPAIR_REFUSED, /* its id is another record's (S-41): it stays rejected */
    REPAIR_ENDS
};

/* The block holds one event that was understood, at the position of one that was rejected for
 * `reason`, the text of store_reject. `text` is what it is now, to be kept where it is late. */
enum repair live_repair(struct live_lane *lane, const struct event_block *block, const char *reason,
                        const char *text);
/* Makes all of them durable, or none. */
enum status live_repair_keep(struct live_lane *lane, struct error *error);

#endif
