#ifndef TAILRACE_FEEDS_PACKED_H
#define TAILRACE_FEEDS_PACKED_H
/* Short texts as two words, compared without a loop. Pure; any thread. */
#include "feeds/usual.h"

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

/* The same texts as they stand, zero behind their end: with its length, a short one is its words.
 */
struct text_words {
    uint64_t word[2];
};

static inline uint64_t text_rest(const char *text, size_t len)
{
    if (len >= 4)
        return le32toh(packed_load4(text)) | (uint64_t)le32toh(packed_load4(text + len - 4))
                                                 << (8 * (len - 4));
    return len == 0 ? 0
                    : (unsigned char)text[0] |
                          (uint64_t)(unsigned char)text[len / 2] << (8 * (len / 2)) |
                          (uint64_t)(unsigned char)text[len - 1] << (8 * (len - 1));
}

static inline struct text_words text_words(const char *text, size_t len)
{
    if (len < 8)
        return (struct text_words){.word = {text_rest(text, len), 0}};
    return (struct text_words){
        .word = {usual_load(text),
                 len == 8 ? 0 : usual_load(text + len - 8) >> (8 * (SHORT_TEXT - len))}};
}

/* Without a branch, where SHORT_TEXT bytes may be read. */
static inline struct text_words text_words_readable(const char *text, size_t len)
{
#define LOW_BYTES(n) ((UINT64_C(1) << 8 * (n)) - 1)
    static const uint64_t there[8 + SHORT_TEXT + 1] = {0,
                                                       0,
                                                       0,
                                                       0,
                                                       0,
                                                       0,
                                                       0,
                                                       0,
                                                       0,
                                                       LOW_BYTES(1),
                                                       LOW_BYTES(2),
                                                       LOW_BYTES(3),
                                                       LOW_BYTES(4),
                                                       LOW_BYTES(5),
                                                       LOW_BYTES(6),
                                                       LOW_BYTES(7),
                                                       UINT64_MAX,
                                                       UINT64_MAX,
                                                       UINT64_MAX,
                                                       UINT64_MAX,
                                                       UINT64_MAX,
                                                       UINT64_MAX,
                                                       UINT64_MAX,
                                                       UINT64_MAX,
                                                       UINT64_MAX};
#undef LOW_BYTES
    uint64_t low = usual_load(text) & there[8 + len];
    /* as a pair, both would pass through a vector register, and wait there */
    __asm__("" : "+r"(low));
    return (struct text_words){.word = {low, usual_load(text + 8) & there[len]}};
}

static inline bool text_words_same(struct text_words a, struct text_words b)
{
    return ((a.word[0] ^ b.word[0]) | (a.word[1] ^ b.word[1])) == 0;
}

/* One of 2^bits places; those of equal words are equal. */
static inline size_t text_slot(struct text_words words, uint64_t turn, unsigned bits)
{
    return (size_t)((words.word[0] ^ (words.word[1] << 29 | words.word[1] >> 35)) * turn >>
                    (64 - bits));
}

#endif
