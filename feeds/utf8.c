/*
 * One sweep, eight bytes at a time where they are ASCII, else character by character.
 */
#include "feeds/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EACH_BYTE(b) (0x0101010101010101u * (uint64_t)(b))

static bool is_between(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

/* Whether all of `len` bytes go on with a character. */
static bool go_on(const unsigned char *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((at[i] & 0xC0) != 0x80)
            return false;
    return true;
}

size_t utf8_character(const char *bytes, size_t left)
{
    const unsigned char *at = (const unsigned char *)bytes;
    unsigned char first = at[0];
    if (first < 0x80)
        return 1;
    if (is_between(first, 0xC2, 0xDF))
        return left >= 2 && go_on(at + 1, 1) ? 2 : 0;
    if (is_between(first, 0xE0, 0xEF))
        return left >= 3 &&
                       is_between(at[1], first == 0xE0 ? 0xA0 : 0x80,
                                  first == 0xED ? 0x9F : 0xBF) &&
                       go_on(at + 2, 1)
                   ? 3
                   : 0;
    if (is_between(first, 0xF0, 0xF4))
        return left >= 4 &&
                       is_between(at[1], first == 0xF0 ? 0x90 : 0x80,
                                  first == 0xF4 ? 0x8F : 0xBF) &&
                       go_on(at + 2, 2)
                   ? 4
                   : 0;
    return 0;
}

/* Neither NUL nor the high bit in any of eight bytes. */
static bool plain(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    /* exact for bytes below 0x80, and those above are refused anyway */
    return (((word - EACH_BYTE(1)) | word) & EACH_BYTE(0x80)) == 0;
}

static unsigned slow_faults(const char *bytes, size_t len)
{
    unsigned faults = 0;
    for (size_t i = 0; i < len;) {
        if (i + 8 <= len && plain(bytes + i)) {
            i += 8;
            continue;
        }
        size_t step = utf8_character(bytes + i, len - i);
        if (bytes[i] == 0)
            faults |= BYTES_NUL;
        if (step == 0)
            faults |= BYTES_NOT_UTF8;
        i += step ? step : 1;
    }
    return faults;
}

unsigned utf8_faults(const char *bytes, size_t len)
{
    size_t i = 0;
    while (i + 8 <= len && plain(bytes + i))
        i += 8;
    /* the end, read again with bytes before it that were plain */
    if (len >= 8 && i + 8 > len && plain(bytes + len - 8))
        return 0;
    return slow_faults(bytes + i, len - i);
}
