#ifndef TAILRACE_CORE_BATCH_HOLD_H
#define TAILRACE_CORE_BATCH_HOLD_H
/*
 * The records of one slice of a batch run, held until it is known which of their ids came before:
 *
 *     batch_hold_clear → batch_hold_take for each block → batch_hold_sort
 *     → batch_hold_resolve for each part, in turn → batch_hold_apply for each range
 *
 * A report's id is one of its range (core/report.h): with several ranges a record has one verdict
 * in its own, and one outside, which is the same for all the others.
 *
 * Holds as much as a slice has: about 170 bytes a record.
 *
 * Threads: none; one owner. batch_hold_resolve as core/id_parts.h says.
 */
#include "core/feed.h"
#include "core/id_parts.h"
#include "core/pipeline.h"

/* Of event time, half open. */
struct batch_range {
    epoch_ms from, to;
};

struct batch_hold {
    const struct definition *definition;
    const struct batch_range *ranges; /* ascending, without a common time */
    size_t ranges_len;
    size_t range_last; /* of the record seen last */

    struct event_block **blocks; /* room of them were made, len are in use */
    size_t len, room;

    struct id_sighting *seen, *sorted;
    size_t seen_len, seen_room;
    uint32_t begin[ID_PARTS + 1]; /* of each part in `sorted` */

    uint8_t *verdicts; /* enum dedupe_verdict: two for each event, in its range and outside */
    size_t verdicts_room;
    struct id_meetings meetings;
};

void batch_hold_init(struct batch_hold *hold, const struct definition *definition,
                     const struct batch_range *ranges, size_t ranges_len);
void batch_hold_fini(struct batch_hold *hold);
void batch_hold_clear(struct batch_hold *hold);

/* Copies the block. `slice_begin`: where its slice begins. */
void batch_hold_take(struct batch_hold *hold, const struct event_block *block,
                     uint64_t slice_begin);
void batch_hold_sort(struct batch_hold *hold);
void batch_hold_resolve(struct batch_hold *hold, struct id_parts *parts, size_t part, size_t slice);
/* Counts all of it. `pipeline` is that of a range, and takes verdicts. `scan` says where slices
 * stand. */
void batch_hold_apply(const struct batch_hold *hold, const struct scan *scan,
                      struct pipeline *pipeline);

#endif
