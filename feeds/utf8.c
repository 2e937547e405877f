/*
 * One sweep, eight bytes at a time while they are ASCII; from the first other byte on, character by
 * character.
 */
#include "feeds/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE(b) (0x0101010101010101u * (uint64_t)(b))

/* Length of the well-formed character at `at`, 0 when there is none. */
static size_t character(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high, len;
    } forms[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    if (at[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (at[0] < forms[i].first_low || at[0] > forms[i].first_high)
            continue;
        if (left < forms[i].len || at[1] < forms[i].second_low || at[1] > forms[i].second_high)
            return 0;
        for (size_t b = 2; b < forms[i].len; b++)
            if ((at[b] & 0xC0) != 0x80)
                return 0;
        return forms[i].len;
    }
    return 0;
}

static unsigned slow_faults(const unsigned char *bytes, size_t len)
{
    unsigned faults = 0;
    for (size_t i = 0; i < len;) {
        size_t step = character(bytes + i, len - i);
        if (bytes[i] == 0)
            faults |= BYTES_NUL;
        if (step == 0)
            faults |= BYTES_NOT_UTF8;
        i += step ? step : 1;
    }
    return faults;
}

/* Neither NUL nor the high bit in any of eight bytes. */
static bool plain(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    /* exact for bytes below 0x80, and those above are refused anyway */
    return (((word - EACH_BYTE(1)) | word) & EACH_BYTE(0x80)) == 0;
}

unsigned utf8_faults(const char *bytes, size_t len)
{
    size_t i = 0;
    while (i + 8 <= len && plain(bytes + i))
        i += 8;
    /* the end, read again with bytes before it that were plain */
    if (len >= 8 && i + 8 > len && plain(bytes + len - 8))
        return 0;
    return slow_faults((const unsigned char *)bytes + i, len - i);
}
