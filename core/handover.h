#ifndef TAILRACE_CORE_HANDOVER_H
#define TAILRACE_CORE_HANDOVER_H
/*
 * How something counted apart takes the place of what the live lane counted, at the very same
 * positions: the lane says how far it is, and stands still between two blocks when asked.
 *
 *     lane:   for each block: apply; handover_note      between blocks: handover_pause
 *     other:  handover_begin → positions; what the lane owns is the caller's → handover_end
 *
 * Threads: note and pause belong to the lane; begin and end to one other thread at a time, while
 * the lane runs; positions to any. One private lock.
 */
#include "core/event.h"

#include <stddef.h>

struct wake;

/* How far one source was counted; later generations follow on earlier ones. */
struct lane_position {
    bool any;
    uint32_t generation;
    uint64_t end; /* offset behind the last byte counted */
};

struct handover;

struct handover *handover_new(void);
void handover_free(struct handover *handover); /* accepts NULL */

void handover_note(struct handover *handover, const struct event_block *block);
/* Before the lane runs: as if this much had been applied. */
void handover_restore(struct handover *handover, uint32_t source, uint32_t generation,
                      uint64_t end);
void handover_pause(struct handover *handover);

/* Returns when the lane stands still; `lane` is its bell. */
void handover_begin(struct handover *handover, struct wake *lane);
void handover_end(struct handover *handover);

/* One for each source, by index; the caller frees `*out`. Returns how many. */
size_t handover_positions(struct handover *handover, struct lane_position **out);

#endif
