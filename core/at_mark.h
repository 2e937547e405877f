#ifndef TAILRACE_CORE_AT_MARK_H
#define TAILRACE_CORE_AT_MARK_H
/*
 * The live answer as it stood at a batch run's end mark, counted while the lane passes it and never
 * made by subtraction (S-113).
 *
 *     arm      a run is about to look at the feed: the day's totals as they are now are the base;
 *              from here on the lane tells each event of that day, and they wait
 *     mark     where the run's bytes end, in each generation: of those that waited, the events
 *              before the mark are added to the base, the others are not; later ones at once
 *     reached  the lane has read every marked generation up to there: what was added stays
 *
 * The arming must come before the run looks (core/mark_post.h sees to that); then the base holds
 * nothing from behind the mark, wherever the lane is when it hears of it: before, behind, or far
 * away. A last line that was not finished is in neither answer: live counts it when its end comes,
 * behind the mark, and where the run's last record really ended is told when it is over.
 *
 * Two answers are kept, so that the one which the batch half shows stays while the next run is
 * under way.
 *
 * Bounded: AT_MARK_PENDING events wait at most; beyond them the answer `differs`, with the reason,
 * and is no number at all. Not armed it costs nothing; armed, a copy of the day's rows.
 *
 * Threads: none; the live lane owns it.
 */
#include "core/positions.h"
#include "core/rare.h"
#include "core/snapshot.h"

enum { AT_MARK_PENDING = 256 * 1024 };

/* What is told of an event, and kept by group: what is counted at all, and the rare kinds. */
enum at_mark_term {
    AT_MARK_COUNTED = RARE_KINDS, /* the late among them */
    AT_MARK_OVERTAKEN,            /* dropped between arming and the mark, of several sources */
    AT_MARK_TERMS
};

struct at_mark;

/* `pending`: how many events may wait; 0: AT_MARK_PENDING. */
struct at_mark *at_mark_new(const struct definition *definition, size_t groups_cap, size_t pending);
void at_mark_free(struct at_mark *at_mark); /* accepts NULL */

/* Of the pipeline: the day's totals; NULL: it has none. `kept`: a day that is not there had no
 * events yet, rather than being given up. */
struct at_mark_base {
    const struct tally *counts;
    bool kept;
    const struct rare *rare;
};

/* `read`: how far the lane has come. An answer before that was not reached is given up. */
void at_mark_arm(struct at_mark *at_mark, uint64_t run, int32_t day,
                 const struct at_mark_base *base, const struct positions *read);
/* Each end is where the run will stop reading; `lost`: generations that it cannot read any more. */
void at_mark_set(struct at_mark *at_mark, uint64_t run, const struct positions *marks,
                 uint32_t lost, const struct positions *read);
/* The run is over: where its records ended. */
void at_mark_ends(struct at_mark *at_mark, uint64_t run, const struct positions *ends,
                  const struct positions *read);
/* The run failed: its answer is given up. */
void at_mark_drop(struct at_mark *at_mark, uint64_t run);

/* Whether events are to be told. */
bool at_mark_listens(const struct at_mark *at_mark);
/* An event of that kind, before its block is passed. A late event is told as counted and as late.
 */
void at_mark_tell(struct at_mark *at_mark, int term, const struct event_block *block,
                  const struct event *event);
/* The lane has applied everything of this generation before `end`. */
void at_mark_pass(struct at_mark *at_mark, uint32_t source, uint32_t generation, uint64_t end);

/* The newest answer whose mark is known, and the one before it (run 0: none), with the rows of
 * `table`. */
void at_mark_fill(struct at_mark *at_mark, const struct snapshot_table *table,
                  struct snapshot_at_mark *newest, struct snapshot_at_mark *before);

/* Adds a tally to the terms of the rows that `table` shows, of the others, and of the total. */
void at_mark_add_term(struct snapshot_terms *rows, struct snapshot_terms *others,
                      struct snapshot_terms *total, const struct snapshot_table *table, int term,
                      const struct tally *tally, int values_len);

/* The groups of the newest answer, one for each term; NULL before the first. For tests. */
struct tally *at_mark_tally(struct at_mark *at_mark, int term);
/* Events that wait now. */
size_t at_mark_waiting(const struct at_mark *at_mark);

#endif
