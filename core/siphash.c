/* SipHash-1-3, 128-bit output, after the published description of the function. */
#include "core/siphash.h"

#include "core/status.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

struct sip {
    uint64_t a, b, c, d;
};

static inline uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void mix(struct sip *s)
{
    s->a += s->b;
    s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32);
    s->c += s->b;
    s->a += s->d;
    s->b = rotate(s->b, 17) ^ s->c;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c = rotate(s->c, 32);
}

/* The last rounds: written out, for a loop is not unrolled, and then costs more than they do. */
static inline void mix_last(struct sip *s)
{
    mix(s);
    mix(s);
    mix(s);
}

static inline void absorb(struct sip *s, uint64_t word)
{
    s->d ^= word;
    mix(s);
    s->a ^= word;
}

/* Little-endian, whatever the machine. */
static inline uint64_t load(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return le64toh(word);
}

static inline uint32_t load_half(const unsigned char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return le32toh(word);
}

/* The last `len` bytes, fewer than eight, as the low ones of a word: two loads that overlap, or
 * three bytes that do. */
static inline uint64_t load_rest(const unsigned char *bytes, size_t len)
{
    if (len >= 4)
        return load_half(bytes) | (uint64_t)load_half(bytes + len - 4) << (8 * (len - 4));
    if (len == 0)
        return 0;
    return bytes[0] | (uint64_t)bytes[len / 2] << (8 * (len / 2)) |
           (uint64_t)bytes[len - 1] << (8 * (len - 1));
}

/* Always inline: returned in memory, the state costs as much as a round. */
static inline __attribute__((always_inline)) struct sip absorbed(struct hash_key key,
                                                                 const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    struct sip s = {key.word[0] ^ 0x736f6d6570736575U, key.word[1] ^ 0x646f72616e646f6dU ^ 0xee,
                    key.word[0] ^ 0x6c7967656e657261U, key.word[1] ^ 0x7465646279746573U};
    size_t rest = len;
    for (; rest >= 8; rest -= 8, p += 8)
        absorb(&s, load(p));
    absorb(&s, load_rest(p, rest) | (uint64_t)len << 56);
    s.c ^= 0xee;
    mix_last(&s);
    return s;
}

uint64_t siphash64(struct hash_key key, const void *bytes, size_t len)
{
    struct sip s = absorbed(key, bytes, len);
    return s.a ^ s.b ^ s.c ^ s.d;
}

struct hash128 siphash128(struct hash_key key, const void *bytes, size_t len)
{
    struct sip s = absorbed(key, bytes, len);
    struct hash128 hash;
    hash.word[0] = s.a ^ s.b ^ s.c ^ s.d;
    s.b ^= 0xdd;
    mix_last(&s);
    hash.word[1] = s.a ^ s.b ^ s.c ^ s.d;
    return hash;
}

struct hash_key hash_key_random(void)
{
    struct hash_key key;
    while (getrandom(&key, sizeof key, 0) != (ssize_t)sizeof key)
        if (errno != EINTR)
            fatal_shortage("the system gives no random bytes: %s", strerror(errno));
    return key;
}
