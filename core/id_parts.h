#ifndef TAILRACE_CORE_ID_PARTS_H
#define TAILRACE_CORE_ID_PARTS_H
/*
 * Which records of a whole range came before, found by several workers: the ids of the range, split
 * by their bits into ID_PARTS tables. The first by position wins (S-41), so each table must meet
 * the slices of the range in order; different tables may be at different slices, and that is where
 * the workers get out of each other's way.
 *
 * An id is never forgotten: this is for a range without a horizon (S-110). core/dedupe.h does the
 * same for one reader, with a horizon, and is what a sequential run uses: both give the same
 * verdicts.
 *
 * Cost: 24 bytes an id, and about half of that in places left free.
 *
 * Threads: id_parts_resolve of one part from one thread at a time, in order of slices; the rest
 * when nobody resolves.
 */
#include "core/dedupe.h"

enum { ID_PARTS = 64 };

/* What is to be looked up, and what is kept of it when it is new. */
struct id_sighting {
    uint64_t id0;
    uint32_t id1;
    uint32_t content;
    uint32_t offset; /* of the record in its slice */
    uint32_t slot;   /* where the verdict goes */
};

/* Two records of one id with different contents; `slot` is the second's. */
struct id_meeting {
    uint32_t first_slice;
    uint32_t first_offset;
    uint32_t slot;
};

struct id_meetings { /* zeroed: none */
    struct id_meeting *at;
    size_t len, room;
};

struct id_parts;

/* `slices`: of the range; `conflicts_count` as in struct dedupe_config. */
struct id_parts *id_parts_new(size_t slices, bool conflicts_count);
void id_parts_free(struct id_parts *parts); /* accepts NULL */

static inline size_t id_parts_of(const struct id_sighting *sighting)
{
    return sighting->id1 % ID_PARTS;
}

/* The sightings of one slice in one part, in order of position. Writes verdicts[slot] (enum
 * dedupe_verdict) where it is not DEDUPE_NEW, and adds the conflicts to `meetings`. */
void id_parts_resolve(struct id_parts *parts, size_t part, uint32_t slice,
                      const struct id_sighting *sightings, size_t len, uint8_t *verdicts,
                      struct id_meetings *meetings);

/* Ids held; bytes of memory. */
size_t id_parts_len(const struct id_parts *parts);
size_t id_parts_bytes(const struct id_parts *parts);

#endif
