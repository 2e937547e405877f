#ifndef TAILRACE_CORE_KNOWN_KEYS_H
#define TAILRACE_CORE_KNOWN_KEYS_H
/*
 * Keys seen, each with the earliest event time it was seen at: the payments that refunds may name,
 * however long after. Bounded: beyond `keys_max` the key first seen longest ago is forgotten, and
 * counted, so that nobody takes "not here" for "never seen" (D-07).
 *
 * Threads: none; one owner.
 */
#include "core/instant.h"

struct known_keys;

struct known_keys *known_keys_new(size_t keys_max);
void known_keys_free(struct known_keys *known); /* accepts NULL */
void known_keys_clear(struct known_keys *known);

void known_keys_add(struct known_keys *known, uint64_t key, epoch_ms time);
/* The earliest time; INT64_MAX: not here. */
epoch_ms known_keys_time(const struct known_keys *known, uint64_t key);
/* Where the key is looked for first, for __builtin_prefetch. */
const void *known_keys_home(const struct known_keys *known, uint64_t key);

size_t known_keys_len(const struct known_keys *known);
uint64_t known_keys_forgotten(const struct known_keys *known);

#endif
