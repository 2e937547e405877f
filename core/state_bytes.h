#ifndef TAILRACE_CORE_STATE_BYTES_H
#define TAILRACE_CORE_STATE_BYTES_H
/*
 * Numbers as bytes of the state, and back (S-90). Values are little-endian; keys are big-endian, so
 * that their bytes stand in the order of the numbers.
 *
 * What comes back is hostile (D-12): reading past the end, or a number out of its range, sets `bad`
 * and gives 0 from then on; whoever reads asks unpack_done once, at the end.
 *
 * Threads: none; one owner.
 */
#include "core/money.h"
#include "core/status.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct pack {
    unsigned char *bytes;
    size_t len, room;
};

/* `len` bytes more, to be filled before anything else is packed. */
static inline void *pack_more(struct pack *pack, size_t len)
{
    while (len > pack->room - pack->len) {
        pack->room = pack->room ? pack->room * 2 : 256;
        pack->bytes = mem_resize(pack->bytes, pack->room);
    }
    pack->len += len;
    return pack->bytes + pack->len - len;
}

static inline void pack_bytes(struct pack *pack, const void *bytes, size_t len)
{
    void *more = pack_more(pack, len);
    if (len > 0)
        memcpy(more, bytes, len);
}

static inline void pack_u8(struct pack *pack, uint8_t value)
{
    pack_bytes(pack, &value, sizeof value);
}

static inline void pack_u32(struct pack *pack, uint32_t value)
{
    value = htole32(value);
    pack_bytes(pack, &value, sizeof value);
}

static inline void pack_u64(struct pack *pack, uint64_t value)
{
    value = htole64(value);
    pack_bytes(pack, &value, sizeof value);
}

static inline void pack_i64(struct pack *pack, int64_t value)
{
    pack_u64(pack, (uint64_t)value);
}

static inline void pack_wide(struct pack *pack, wide_int value)
{
    pack_u64(pack, (uint64_t)value);
    pack_u64(pack, (uint64_t)(value >> 64));
}

/* At most 255 bytes. */
static inline void pack_text(struct pack *pack, const char *text)
{
    size_t len = strlen(text);
    pack_u8(pack, (uint8_t)len);
    pack_bytes(pack, text, len);
}

struct unpack {
    const unsigned char *at;
    size_t left;
    bool bad;
};

static inline struct unpack unpack_of(const void *bytes, size_t len)
{
    return (struct unpack){.at = bytes, .left = len};
}

static inline bool unpack_done(const struct unpack *unpack)
{
    return !unpack->bad && unpack->left == 0;
}

static inline void unpack_bytes(struct unpack *unpack, void *out, size_t len)
{
    unpack->bad |= len > unpack->left;
    if (unpack->bad) {
        memset(out, 0, len);
        return;
    }
    if (len > 0)
        memcpy(out, unpack->at, len);
    unpack->at += len;
    unpack->left -= len;
}

static inline uint8_t unpack_u8(struct unpack *unpack)
{
    uint8_t value;
    unpack_bytes(unpack, &value, sizeof value);
    return value;
}

static inline uint32_t unpack_u32(struct unpack *unpack)
{
    uint32_t value;
    unpack_bytes(unpack, &value, sizeof value);
    return le32toh(value);
}

static inline uint64_t unpack_u64(struct unpack *unpack)
{
    uint64_t value;
    unpack_bytes(unpack, &value, sizeof value);
    return le64toh(value);
}

static inline int64_t unpack_i64(struct unpack *unpack)
{
    return (int64_t)unpack_u64(unpack);
}

/* A number below `end`. */
static inline uint64_t unpack_below(struct unpack *unpack, uint64_t end)
{
    uint64_t value = unpack_u64(unpack);
    unpack->bad |= value >= end;
    return unpack->bad ? 0 : value;
}

/* A count: room is left to add to it for ever. */
static inline uint64_t unpack_count(struct unpack *unpack)
{
    return unpack_below(unpack, UINT64_C(1) << 62);
}

static inline bool unpack_bool(struct unpack *unpack)
{
    uint8_t value = unpack_u8(unpack);
    unpack->bad |= value > 1;
    return value == 1 && !unpack->bad;
}

/* From -most to most. */
static inline int64_t unpack_within(struct unpack *unpack, int64_t most)
{
    int64_t value = unpack_i64(unpack);
    unpack->bad |= value < -most || value > most;
    return unpack->bad ? 0 : value;
}

/* A difference of counts. */
static inline int64_t unpack_signed(struct unpack *unpack)
{
    return unpack_within(unpack, INT64_C(1) << 62);
}

/* A day, counted from 1970-01-01, or what stands for none. */
static inline int32_t unpack_day(struct unpack *unpack)
{
    int64_t day = unpack_i64(unpack);
    unpack->bad |= day < INT32_MIN || day > INT32_MAX;
    return unpack->bad ? 0 : (int32_t)day;
}

/* A moment, or one of the two that mean none: no sum with a duration overflows. */
static inline int64_t unpack_time(struct unpack *unpack)
{
    const int64_t most = INT64_C(1) << 52;
    int64_t value = unpack_i64(unpack);
    unpack->bad |= value != INT64_MIN && value != INT64_MAX && (value < -most || value > most);
    return unpack->bad ? 0 : value;
}

/* A moment that something has, so none of those two: sums of it with durations are moments too. */
static inline int64_t unpack_moment(struct unpack *unpack)
{
    return unpack_within(unpack, INT64_C(1) << 51);
}

/* A sum, far enough from the ends to be added to. */
static inline wide_int unpack_wide(struct unpack *unpack)
{
    uint64_t low = unpack_u64(unpack);
    int64_t high = unpack_i64(unpack);
    unpack->bad |= high > INT64_C(1) << 60 || high < -(INT64_C(1) << 60);
    return unpack->bad ? 0 : (wide_int)high * ((wide_int)1 << 64) + (wide_int)low;
}

/* `out` has `room` bytes and is terminated. */
static inline void unpack_text(struct unpack *unpack, char *out, size_t room)
{
    size_t len = unpack_u8(unpack);
    unpack->bad |= len >= room;
    if (unpack->bad)
        len = 0;
    unpack_bytes(unpack, out, len);
    unpack->bad |= memchr(out, '\0', len) != NULL;
    out[unpack->bad ? 0 : len] = '\0';
}

/* Keys. */
static inline void key_u32(struct pack *pack, uint32_t value)
{
    value = htobe32(value);
    pack_bytes(pack, &value, sizeof value);
}

static inline void key_u64(struct pack *pack, uint64_t value)
{
    value = htobe64(value);
    pack_bytes(pack, &value, sizeof value);
}

static inline uint32_t unkey_u32(struct unpack *unpack)
{
    uint32_t value;
    unpack_bytes(unpack, &value, sizeof value);
    return be32toh(value);
}

static inline uint64_t unkey_u64(struct unpack *unpack)
{
    uint64_t value;
    unpack_bytes(unpack, &value, sizeof value);
    return be64toh(value);
}

#endif
