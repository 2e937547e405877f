#ifndef TAILRACE_CORE_DEDUPE_H
#define TAILRACE_CORE_DEDUPE_H
/*
 * Which events came before: ids as keyed hashes, with a hash of the content and the event's time
 * (S-40, S-41). The first by position wins; what becomes of a conflict is the caller's policy, and
 * where it counts, it is remembered too: its like is a duplicate from then on.
 *
 * Remembered are the newest `cap` ids in order of arrival, and of those the ones with
 * time >= W - horizon (S-42): an id is given up by the horizon, and only in a flood by the cap,
 * oldest first, which is counted: the guarantee is then degraded (D-07). An event older than the
 * horizon when it comes is UNKNOWN and not remembered. The answers depend on the calls alone, not
 * on when memory is given back.
 *
 * Where the record of an id stood is known as well, in the 32 bits that a shorter id leaves in its
 * entry (core/trail.h), so that a conflict is told with both positions.
 *
 * Cost: 24 bytes an id, and 13 to 21 of index (measured, 0.1 to 10 million ids: 37 to 45 in all).
 * No call stalls: the index grows in 256 parts, each on its own; memory goes in chunks. Ids come in
 * no order, so each costs a miss of the cache, unless dedupe_prefetch was called some events
 * earlier.
 *
 * Of a whole range, by several workers: core/id_parts.h.
 *
 * Ids must be keyed hashes (D-08): their bits are used as they are, 86 of the 128. Among 10 million
 * the odds that two are taken for one are 1 in 1.5 million million; the key is random, so no feed
 * can aim at it.
 *
 * Threads: none; one owner.
 */
#include "core/id_conflicts.h"
#include "core/instant.h"

enum { DEDUPE_CAP_DEFAULT = 10 * 1000 * 1000, DEDUPE_CAP_MAX = 1 << 28 };
#define DEDUPE_HORIZON_DEFAULT ((int64_t)MS_PER_DAY)
#define DEDUPE_NO_HORIZON      INT64_MAX

struct dedupe_config {
    int64_t horizon_ms;   /* H, at least B + A (S-42); DEDUPE_NO_HORIZON: the whole range (S-110) */
    size_t cap;           /* N; 0: DEDUPE_CAP_DEFAULT; at most DEDUPE_CAP_MAX */
    bool conflicts_count; /* the caller counts a conflict as an event of its own */
    size_t chunk;         /* ids given back in one go, a power of two; 0: 4096; tests take few */
};

enum dedupe_verdict {
    DEDUPE_NEW,
    DEDUPE_UNKNOWN,   /* new as far as is remembered: older than the horizon, or than an id that
                         was given up by the cap, so it may have come before (S-42) */
    DEDUPE_DUPLICATE, /* same id, same content */
    DEDUPE_CONFLICT   /* same id, other content: see on_conflict (S-41) */
};

struct dedupe_counters {
    uint64_t duplicates;
    uint64_t conflicts; /* the newest: dedupe_conflicts */
    uint64_t evicted;   /* ids within the horizon given up by the cap: not 0 is degraded */
    uint64_t behind;    /* events that came older than the horizon: not looked for later */
};

struct dedupe;

struct dedupe *dedupe_new(const struct dedupe_config *config);
void dedupe_free(struct dedupe *dedupe); /* accepts NULL */
/* Makes the index large enough for this many ids, at most the cap: none of them makes it grow. */
void dedupe_reserve(struct dedupe *dedupe, size_t ids);
/* Empties it, counters too, keeping its memory. */
void dedupe_clear(struct dedupe *dedupe);

/* Brings what dedupe_check will need of this id nearer. */
void dedupe_prefetch(const struct dedupe *dedupe, const uint64_t id[2]);

/* Looks the id up, and remembers it when it is new. `watermark` is W before the event (any value
 * without a horizon); it never goes back. `position` is where the record stands. The id 0, 0 is
 * none: always NEW. */
enum dedupe_verdict dedupe_check(struct dedupe *dedupe, const uint64_t id[2], uint32_t content,
                                 epoch_ms time, epoch_ms watermark,
                                 const struct event_position *position);

/* Conflicts that count are remembered under an id of their own, of the id and the content: the
 * first word of it. */
static inline uint64_t dedupe_own_id(uint64_t id0, uint32_t content)
{
    return id0 ^ UINT64_C(0xD6E8FEB86659FD93) * (2 * (uint64_t)content + 1);
}

struct dedupe_counters dedupe_counters(const struct dedupe *dedupe);
const struct id_conflicts *dedupe_conflicts(const struct dedupe *dedupe);
size_t dedupe_len(const struct dedupe *dedupe);   /* ids held now */
size_t dedupe_bytes(const struct dedupe *dedupe); /* of memory */

#endif
