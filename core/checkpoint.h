#ifndef TAILRACE_CORE_CHECKPOINT_H
#define TAILRACE_CORE_CHECKPOINT_H
/*
 * The store's own thread: makes one epoch durable while the next is counted (S-98).
 *
 *     checkpoint_new → checkpoint_start → { checkpoint_submit … } → checkpoint_wait →
 * checkpoint_free
 *
 * One epoch at a time: whoever seals the next one while this one is being written waits, or counts
 * on and seals a larger one later. After a failure nothing more is written (S-95): the caller ends,
 * and goes on from the last epoch when it is started again.
 *
 * Threads: checkpoint_submit, busy and wait belong to the lane; `bell` is rung when an epoch ended.
 */
#include "core/clock.h"
#include "core/delta.h"
#include "core/durable.h"
#include "core/store.h"
#include "core/wake.h"

struct checkpoint;

/* The store stays the caller's, and belongs to the thread until checkpoint_free; what becomes of
 * its epochs is told to `durable`, unless that is NULL. */
struct checkpoint *checkpoint_new(struct store *store, struct durable *durable,
                                  const struct clock *clock);
enum status checkpoint_start(struct checkpoint *checkpoint, struct wake *bell, struct error *error);
void checkpoint_free(struct checkpoint *checkpoint); /* waits; accepts NULL */

bool checkpoint_busy(struct checkpoint *checkpoint);
/* Takes over the delta's contents; it is empty afterwards. Waits for the one before. */
void checkpoint_submit(struct checkpoint *checkpoint, struct delta *delta);
/* Until everything submitted is durable; what failed otherwise, again and again. */
enum status checkpoint_wait(struct checkpoint *checkpoint, struct error *error);
/* As store_rejects_cut, after the newest epoch. */
uint64_t checkpoint_rejects_cut(struct checkpoint *checkpoint);
/* What failed so far, without waiting. */
enum status checkpoint_status(struct checkpoint *checkpoint);

#endif
