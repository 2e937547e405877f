#ifndef TAILRACE_CORE_DISTINCT_H
#define TAILRACE_CORE_DISTINCT_H
/*
 * How many different ones: the measure `distinct:F` (trap X5: customers are not rows). Whether an
 * id came before is core/dedupe.h's.
 *
 * One set for all groups of a query. An entry is 128 bits: the 64-bit keyed hash of the operand's
 * canonical text (core/event.h) and the group and operand that it was seen in, so that a group
 * with three customers costs three entries and not a table of its own. Two different texts are
 * taken for one only when their hashes agree: among a million ids in one group the odds are 1 in 37
 * million, and the key is random, so no feed can aim at it (D-08).
 *
 * Bounded: beyond `cap` entries a new one is refused and counted; the numbers are then too low by
 * at most that many, and whoever shows them says so (D-07).
 *
 * Threads: none; one owner.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISTINCT_CAP_LIVE = 1000 * 1000 };
#define DISTINCT_CAP_NONE SIZE_MAX /* the batch lane is exact */

struct distinct_entry {
    uint64_t hash; /* never 0 */
    uint32_t group;
    uint32_t operand;
};

struct distinct;

struct distinct *distinct_new(size_t cap);
void distinct_free(struct distinct *distinct); /* accepts NULL */
/* Empties it, keeping its memory. */
void distinct_clear(struct distinct *distinct);

/* From now on the new ones are noted for the state. */
void distinct_keep_fresh(struct distinct *distinct);

/* True when the hash is new in this group for this operand. */
bool distinct_add(struct distinct *distinct, uint32_t group, uint32_t operand, uint64_t hash);

size_t distinct_len(const struct distinct *distinct);
/* New ones that were refused; one may be counted several times. */
uint64_t distinct_refused(const struct distinct *distinct);

/* Visits every entry, in no order. `*at` starts at 0; false past the last. */
bool distinct_next(const struct distinct *distinct, size_t *at, struct distinct_entry *out);

/* The different hashes of an operand over all groups: not the sum of theirs. */
uint64_t distinct_union(const struct distinct *distinct, uint32_t operand);

#endif
