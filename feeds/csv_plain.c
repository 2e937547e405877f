/* Eight bytes at a time, all delimiters of them at once; every test is exact for every byte. */
#include "feeds/csv_plain.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (unsigned char)(b))

static inline uint64_t load(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/* The high bit of each byte that is the one repeated in `wanted`. */
static inline uint64_t matches(uint64_t word, uint64_t wanted)
{
    uint64_t other = word ^ wanted, low = EACH_BYTE(0x7F);
    return ~(((other & low) + low) | other | low);
}

static bool edges_are_plain(const char *line, const uint32_t *ends, int len)
{
    uint32_t begin = 0;
    for (int f = 0; f < len; begin = ends[f++] + 1)
        if (ends[f] > begin &&
            ((unsigned char)line[begin] <= ' ' || (unsigned char)line[ends[f] - 1] <= ' '))
            return false;
    return true;
}

int csv_plain_split(const char *line, size_t len, char delimiter, uint32_t ends[CSV_PLAIN_COLUMNS])
{
    const uint64_t delimiters = EACH_BYTE(delimiter), quotes = EACH_BYTE('"');
    const uint64_t returns = EACH_BYTE('\r');
    int fields = 0;
    for (size_t at = 0; at < len; at += 8) {
        /* the last few bytes are read with those before them, and these are shifted out */
        uint64_t word =
            at + 8 <= len ? load(line + at) : load(line + len - 8) >> (8 * (at + 8 - len));
        if (matches(word, quotes) | matches(word, returns))
            return 0;
        for (uint64_t found = matches(word, delimiters); found; found &= found - 1) {
            if (fields == CSV_PLAIN_COLUMNS - 1)
                return 0;
            ends[fields++] = (uint32_t)(at + (size_t)__builtin_ctzll(found) / 8);
        }
    }
    ends[fields++] = (uint32_t)len;
    return edges_are_plain(line, ends, fields) ? fields : 0;
}
