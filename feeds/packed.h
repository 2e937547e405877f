#ifndef TAILRACE_FEEDS_PACKED_H
#define TAILRACE_FEEDS_PACKED_H
/* Short texts as two words, compared without a loop. Pure; any thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SHORT_TEXT = 16 /* longest text that packs into two words */ };

/* A text of 1 to SHORT_TEXT bytes; equal packs are equal texts. */
struct packed {
    uint64_t word[2];
    size_t len;
};

static inline uint64_t packed_load8(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint32_t packed_load4(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Overlapping loads from both ends cover every byte of a length class; len is at most SHORT_TEXT.
 */
static inline struct packed pack(const char *text, size_t len)
{
    struct packed packed = {.word = {0, 0}, .len = len};
    if (len >= 8) {
        packed.word[0] = packed_load8(text);
        packed.word[1] = packed_load8(text + len - 8);
    } else if (len >= 4) {
        packed.word[0] = packed_load4(text);
        packed.word[1] = packed_load4(text + len - 4);
    } else if (len > 0) {
        packed.word[0] = (unsigned char)text[0] | (uint64_t)(unsigned char)text[len / 2] << 8 |
                         (uint64_t)(unsigned char)text[len - 1] << 16;
    }
    return packed;
}

static inline bool packed_same(const struct packed *a, const struct packed *b)
{
    return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->len == b->len;
}

#endif
