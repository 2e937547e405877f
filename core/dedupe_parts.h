#ifndef TAILRACE_CORE_DEDUPE_PARTS_H
#define TAILRACE_CORE_DEDUPE_PARTS_H
/* What dedupe.c and dedupe_state.c share; nobody else includes it. */
#include "core/dedupe.h"
#include "core/trail.h"

enum {
    PARTS = 256,
    PART_BITS_START = 4,
    CHUNK_DEFAULT = 4096,
    GIVE_BACK_MAX = 2, /* chunks given back for each one begun */
    SPARE_MAX = 32,
    AHEAD = 8 /* entries that a walk over the log prefetches ahead */
};

#define SLOT_USED (UINT64_C(1) << 63)
#define TIME_HIGH UINT32_C(0x3FF)

struct entry {
    uint64_t id0;
    uint32_t id1; /* its upper half; the last ten bits give way to the time's upper ones */
    uint32_t time_low;
    uint32_t content;
    uint32_t stood; /* of core/trail.h */
};
_Static_assert(sizeof(struct entry) == 24, "an id costs 24 bytes");

struct chunk {
    struct chunk *next; /* among the spare ones */
    struct entry entries[];
};

/* A chunk's place in the ring, and what decides when it can go, beside each other for the search.
 */
struct berth {
    struct chunk *chunk; /* NULL: given back */
    epoch_ms newest;     /* greatest time in it */
};

struct part {
    uint64_t *slots; /* 0: empty */
    uint32_t len;
    uint32_t bits; /* of its size */
};

struct dedupe {
    int64_t horizon_ms;
    uint64_t cap;
    bool conflicts_count;
    int chunk_bits;
    struct part *parts; /* PARTS of them */

    struct berth *ring;
    size_t ring_size; /* a power of two, more than the cap needs */
    uint64_t next;    /* place of the next entry */
    uint64_t oldest;  /* number of the first chunk that may still be there */
    size_t chunks;
    struct chunk *spare;
    size_t spare_len;

    size_t len;
    epoch_ms evicted_newest; /* greatest time given up by the cap; INT64_MIN: none */
    struct trail trail;
    struct id_conflicts conflicts;
    struct dedupe_counters counters; /* but for the conflicts */
};

/* An entry as it was, in its place; places come ascending. False: it cannot have stood there. */
bool dedupe_restore_entry(struct dedupe *dedupe, uint64_t place, const struct entry *entry);
/* Behind the last: where the next one stands. */
void dedupe_restored(struct dedupe *dedupe, uint64_t next);
/* The entry at a place within the cap; NULL: given back. */
const struct entry *dedupe_entry(const struct dedupe *dedupe, uint64_t place);
/* When its event happened. */
epoch_ms dedupe_entry_time(const struct entry *entry);
/* What is older is forgotten at this watermark. */
epoch_ms dedupe_floor(const struct dedupe *dedupe, epoch_ms watermark);

#endif
