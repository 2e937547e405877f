#ifndef TAILRACE_CORE_SIPHASH_H
#define TAILRACE_CORE_SIPHASH_H
/*
 * SipHash-1-3 with 128-bit output: the keyed hash of everything that a feed chooses (D-08). Fewer
 * rounds than the 2-4 of its authors, as hash tables elsewhere have them too: nobody sees the
 * hashes, so there is nothing to learn the key from.
 * Pure; any thread.
 */
#include <stddef.h>
#include <stdint.h>

struct hash_key {
    uint64_t word[2];
};

struct hash128 {
    uint64_t word[2];
};

/* A random key from the system. */
struct hash_key hash_key_random(void);

struct hash128 siphash128(struct hash_key key, const void *bytes, size_t len);
/* Its first word, for less. */
uint64_t siphash64(struct hash_key key, const void *bytes, size_t len);

#endif
