#ifndef TAILRACE_CORE_SIPHASH_H
#define TAILRACE_CORE_SIPHASH_H
/*
 * SipHash-2-4 with 128-bit output: the keyed hash of everything that a feed chooses (D-08).
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
