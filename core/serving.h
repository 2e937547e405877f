#ifndef TAILRACE_CORE_SERVING_H
#define TAILRACE_CORE_SERVING_H
/*
 * From which layer a day is served (S-115): batch once the day is sealed, else live, the speed
 * layer. Never the sum of both: every cell is one layer's number, and says whose.
 *
 * A day D may be sealed when the watermark has passed end(D) + A: then no window of the day can
 * change any more, and what still comes for it is late. An operator may seal sooner. After sealing,
 * late events change what live knows of the day, not what is served; `since` tells how far they
 * part until the day is run again.
 *
 * Pure. Threads: none.
 */
#include "core/snapshot.h"

enum { SERVING_GROUPS = 6 }; /* columns beside the total */

enum serving_layer { SERVING_NONE, SERVING_LIVE, SERVING_BATCH };

struct serving_cell {
    enum serving_layer layer; /* SERVING_NONE: the group is not among those kept of the day */
    uint64_t count;
    wide_int sum;
};

struct serving_day {
    int32_t day;
    enum serving_layer layer;
    struct serving_cell total, groups[SERVING_GROUPS];
    epoch_ms seals_at; /* the watermark from which it may be sealed; INT64_MAX: never */
    epoch_ms sealed;   /* the rest: of sealed days */
    bool by_operator;
    uint32_t runs;
    bool compared; /* live still keeps the day: */
    int64_t since; /* events that live has of it beyond those served; below 0: fewer */
};

struct served {
    int days_len;
    struct serving_day days[SNAPSHOT_DAYS]; /* newest first */
    int groups_len;
    struct {
        symbol key[EVENT_KEYS_MAX];
        char label[SNAPSHOT_LABEL]; /* filter */
    } groups[SERVING_GROUPS];       /* display order of the newest day */
};

/* Index of the measure that days carry beside the count; -1: none. */
int serving_sum(const struct definition *definition);
/* What is kept of a table. */
void serving_keep(const struct snapshot_table *table, int sum, struct snapshot_day *out);

/* end(D) + A. */
epoch_ms serving_seals_at(const struct definition *definition, int32_t day);

/* `live` and `batch` may be NULL: none yet. */
void serving_make(const struct definition *definition, const struct snapshot_live *live,
                  const struct snapshot_batch *batch, struct served *out);

/* The oldest day that the watermark allows to be sealed and that is not; INT32_MIN: none. */
int32_t serving_due(const struct served *served, epoch_ms watermark);
/* The day that an operator would seal, or run again, next: one that live has counted more of since,
 * else the oldest not sealed; INT32_MIN: none. */
int32_t serving_next(const struct served *served);
const struct serving_day *serving_day(const struct served *served, int32_t day);

/* Puts a day's answer among the seals, in place of an older one of that day; when all places are
 * taken the oldest day goes. `lost`: as in snapshot_seal. */
void serving_seal(struct snapshot_batch *batch, const struct snapshot_seal *seal);

#endif
