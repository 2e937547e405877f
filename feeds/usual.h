#ifndef TAILRACE_FEEDS_USUAL_H
#define TAILRACE_FEEDS_USUAL_H
/*
 * The usual forms of times and numbers, eight bytes at a time. What is not of them is left to
 * instant_parse and money_parse, which say the same of those that are.
 *
 * Pure; any thread.
 */
#include "core/instant.h"

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define USUAL_EACH(b) (UINT64_C(0x0101010101010101) * (b))

/* The first byte is the lowest, whatever the machine. */
static inline uint64_t usual_load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/* Whether the bytes that `digits` marks with 0x06 are 0 to 9, and all others 0. A carry out of a
 * byte comes from one that is refused itself. */
static inline bool usual_digits(uint64_t word, uint64_t digits)
{
    return ((word | (word + digits)) & (USUAL_EACH(0xFF) ^ digits / 6 * 0x0F)) == 0;
}

/* "08:42:17", eight bytes. */
static inline bool usual_clock(const char *text, int64_t *ms)
{
    uint64_t word = usual_load(text) ^ UINT64_C(0x30303A30303A3030);
    uint64_t pairs = word * 10 + (word >> 8);
    unsigned hour = (unsigned)pairs & 0xFF, minute = (unsigned)(pairs >> 24) & 0xFF;
    unsigned second = (unsigned)(pairs >> 48) & 0xFF;
    *ms = (int64_t)(hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND);
    return usual_digits(word, UINT64_C(0x0606000606000606)) &
           (hour < 24 && minute < 60 && second < 60);
}

/* ":17.482Z", eight bytes of which the seconds are not looked at. */
static inline bool usual_ms(const char *text, int64_t *ms)
{
    uint64_t word = (usual_load(text) ^ UINT64_C(0x5A3030302E30303A)) >> 24;
    *ms = (int64_t)((word >> 8 & 0xFF) * 100 + (word >> 16 & 0xFF) * 10 + (word >> 24 & 0xFF));
    return usual_digits(word, UINT64_C(0x0000000006060600));
}

/* The value of up to eight digits, one a byte, the last in the highest. */
static inline uint64_t usual_value(uint64_t digits)
{
    uint64_t pairs = (digits * 10 + (digits >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    uint64_t fours = (pairs * 100 + (pairs >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (fours * 10000 + (fours >> 32)) & UINT64_C(0xFFFFFFFF);
}

enum { USUAL_NUMBER = 8 };

/*
 * Digits alone for places 0, else digits, a point and `places` digits; the first eight bytes of the
 * text in `word`, whatever stands behind `len`.
 */
static inline bool usual_number(uint64_t word, size_t len, int places, int64_t *out)
{
    if (len > USUAL_NUMBER || len < (size_t)places + (places > 0 ? 2 : 1))
        return false;
    uint64_t digits = (word ^ USUAL_EACH('0')) << (8 * (USUAL_NUMBER - len));
    if (places > 0) {
        unsigned point = 8 * (unsigned)(USUAL_NUMBER - 1 - places);
        uint64_t before = digits & ((UINT64_C(1) << point) - 1);
        if ((digits >> point & 0xFF) != ('.' ^ '0'))
            return false;
        digits = (digits >> point >> 8 << point << 8) | before << 8;
    }
    *out = (int64_t)usual_value(digits);
    return usual_digits(digits, USUAL_EACH(6));
}

/* Whether the text is a number as JSON has it, of few digits and without a sign; others may be one,
 * too. USUAL_NUMBER bytes may be read. `*whole`: it has no point. */
static inline bool usual_json_number(const char *at, size_t len, bool *whole)
{
    const uint64_t sevens = USUAL_EACH(0x7F), points = USUAL_EACH('.' ^ '0');
    if (len - 1 >= USUAL_NUMBER)
        return false;
    const unsigned unused = 8 * (unsigned)(USUAL_NUMBER - len);
    uint64_t digits = (usual_load(at) ^ USUAL_EACH('0')) << unused;
    uint64_t other = digits ^ points;
    uint64_t point = ~(((other & sevens) + sevens) | other | sevens); /* 0x80 where one stands */
    *whole = point == 0;
    if (point) {
        if (point & (point - 1) || point >> 63 || point >> unused == 0x80)
            return false;
        digits &= ~((point >> 7) * 0xFF);
    }
    bool is_zero = at[0] == '0' && len > 1 && at[1] != '.';
    return usual_digits(digits, USUAL_EACH(6)) & !is_zero;
}

#endif
