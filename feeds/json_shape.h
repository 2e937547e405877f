#ifndef TAILRACE_FEEDS_JSON_SHAPE_H
#define TAILRACE_FEEDS_JSON_SHAPE_H
/*
 * The shape of a JSON line: what stands between its values. Lines of one feed mostly differ in
 * values alone; such a line is told by comparing a few words for each member. Part of json_plain.c.
 *
 * Pure; any thread.
 */
#include "feeds/packed.h"

enum {
    JSON_SHAPE_MEMBERS = 32,
    JSON_SHAPE_WORDS = 3 /* of the longest text between two values */
};

/* Lines that were not of the shape at hand: then another one is tried. */
#ifdef TAILRACE_SMALL_CAPS /* for fuzzing */
enum { JSON_SHAPE_AFTER = 0 };
#else
enum { JSON_SHAPE_AFTER = 4 };
#endif

struct json_member {
    /* the text up to the value, its opening quote included */
    uint64_t word[JSON_SHAPE_WORDS], mask[JSON_SHAPE_WORDS];
    uint32_t fields; /* one at most */
    uint16_t text_len;
    uint16_t quote_at; /* the name's first, in the text */
    uint8_t field;
    bool is_string, is_asked;
};

struct json_shape {
    struct json_member members[JSON_SHAPE_MEMBERS];
    int len;
    int quotes; /* of a line; 0: there is no shape */
    int missed; /* lines since the last one that was of it */
};

/* At most JSON_SHAPE_WORDS words. */
static inline void json_member_set_text(struct json_member *member, const char *text, size_t len)
{
    unsigned char there[sizeof member->mask] = {0};
    memset(there, 0xFF, len);
    memcpy(member->mask, there, sizeof member->mask);
    memcpy(member->word, text, len);
    for (int w = 0; w < JSON_SHAPE_WORDS; w++)
        member->word[w] &= member->mask[w];
    member->text_len = (uint16_t)len;
}

/* As many bytes can be read, however short the text is. */
static inline bool json_member_is_there(const struct json_member *member, const char *at)
{
    uint64_t other = (packed_load8(at) ^ member->word[0]) & member->mask[0];
    other |= (packed_load8(at + 8) ^ member->word[1]) & member->mask[1];
    other |= (packed_load8(at + 16) ^ member->word[2]) & member->mask[2];
    return other == 0;
}

#endif
