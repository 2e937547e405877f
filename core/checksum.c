/*
 * Four lanes that do not wait for each other, each a chain of steps that can be undone: so two
 * texts that differ in one word end in different lanes. The lanes are joined by SipHash.
 */
#include "core/checksum.h"

#include "core/siphash.h"

#include <endian.h>
#include <string.h>

enum { LANES = 4, STEP = LANES * (int)sizeof(uint64_t) };

static uint64_t step(uint64_t lane, uint64_t word)
{
    lane = (lane ^ word) * UINT64_C(0xD1B54A32D192ED03); /* odd */
    return lane << 29 | lane >> 35;
}

static void take(uint64_t lanes[LANES], const unsigned char *bytes)
{
    uint64_t words[LANES];
    memcpy(words, bytes, sizeof words);
    for (int l = 0; l < LANES; l++)
        lanes[l] = step(lanes[l], le64toh(words[l]));
}

uint64_t checksum(const void *bytes, size_t len)
{
    const struct hash_key fixed = {{UINT64_C(0x7461696C72616365), UINT64_C(0x73746174652E6462)}};
    const unsigned char *at = bytes;
    uint64_t lanes[LANES + 1] = {1, 2, 3, 4, len};
    size_t left = len;
    for (; left >= STEP; at += STEP, left -= STEP)
        take(lanes, at);
    if (left > 0) {
        unsigned char rest[STEP] = {0};
        memcpy(rest, at, left);
        take(lanes, rest);
    }
    return siphash64(fixed, lanes, sizeof lanes);
}
