/*
 * TZif (RFC 9636): a header with counts, then tables. From version 2 on the first part repeats the
 * second in 32 bits, and is skipped. Every count is checked against the bytes that are there before
 * anything is read behind it: the file may be cut, or made to harm.
 */
#include "core/zone_parts.h"

#include <string.h>

enum { HEADER_LEN = 44, TYPE_LEN = 6, TYPES_MAX = 256 };

struct bytes {
    const unsigned char *at;
    size_t left;
};

struct header {
    unsigned char version; /* 0, '2', '3' … */
    uint64_t isut, isstd, leaps, changes, types, letters;
};

static const unsigned char *take(struct bytes *bytes, uint64_t len)
{
    const unsigned char *at = bytes->at;
    if (len > bytes->left)
        return NULL;
    bytes->at += len;
    bytes->left -= (size_t)len;
    return at;
}

/* Big-endian, signed, 4 or 8 bytes. */
static int64_t number_at(const unsigned char *at, size_t width)
{
    uint64_t value = at[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < width; i++)
        value = value << 8 | at[i];
    return (int64_t)value;
}

static bool read_header(struct bytes *bytes, struct header *header)
{
    const unsigned char *at = take(bytes, HEADER_LEN);
    uint64_t *const counts[] = {&header->isut,    &header->isstd, &header->leaps,
                                &header->changes, &header->types, &header->letters};
    if (!at || memcmp(at, "TZif", 4) != 0 || (at[4] != 0 && at[4] < '2'))
        return false;
    header->version = at[4];
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        *counts[c] = (uint64_t)number_at(at + 20 + 4 * c, 4) & UINT32_MAX;
    return true;
}

static uint64_t body_len(const struct header *header, uint64_t width)
{
    return header->changes * (width + 1) + header->types * TYPE_LEN + header->letters +
           header->leaps * (width + 4) + header->isstd + header->isut;
}

static const char *check_counts(const struct header *header)
{
    if (header->types == 0 || header->types > TYPES_MAX ||
        (header->isut != 0 && header->isut != header->types) ||
        (header->isstd != 0 && header->isstd != header->types))
        return "is damaged: its counts do not fit together";
    if (header->leaps > 0)
        return "counts leap seconds, which times of feeds do not";
    return NULL;
}

/* `times`, `indexes`, `types`: the tables, all there. `*last_s`: the time of the last change. */
static const char *read_changes(const struct header *header, size_t width,
                                const unsigned char *times, struct zone_changes *changes,
                                int64_t *last_s)
{
    const unsigned char *indexes = times + header->changes * width;
    const unsigned char *types = indexes + header->changes;
    for (uint64_t t = 0; t < header->types; t++)
        if (!zone_offset_possible(number_at(types + t * TYPE_LEN, 4)))
            return "is damaged: an offset is beyond 25 hours";
    changes->first_offset_s = (int32_t)number_at(types, 4);
    *last_s = INT64_MIN;
    for (uint64_t c = 0; c < header->changes; c++) {
        int64_t time_s = number_at(times + c * width, width);
        if (c > 0 && time_s <= *last_s)
            return "is damaged: its times do not ascend";
        if (indexes[c] >= header->types)
            return "is damaged: a change leads to no offset";
        if (changes->len == ZONE_FILE_CHANGES_MAX)
            return "has too many changes";
        zone_changes_add(changes, time_s,
                         (int32_t)number_at(types + indexes[c] * (size_t)TYPE_LEN, 4));
        *last_s = time_s;
    }
    return NULL;
}

/* The rule between two line feeds; an empty one: the last offset stays. */
static const char *read_rule(struct bytes bytes, int64_t after_s, struct zone_changes *changes)
{
    const unsigned char *begin = take(&bytes, 1);
    const unsigned char *end = begin && *begin == '\n' ? memchr(bytes.at, '\n', bytes.left) : NULL;
    if (!end)
        return "is cut short: the rule at its end is missing";
    size_t len = (size_t)(end - bytes.at);
    if (len > 0 && !zone_rule_apply((const char *)bytes.at, len, after_s, changes))
        return "ends with a rule that is not understood";
    return NULL;
}

const char *zone_file_read(const unsigned char *data, size_t len, struct zone_changes *changes)
{
    static const char *const cut = "is cut short";
    struct bytes bytes = {.at = data, .left = len};
    struct header header;
    size_t width = 4;
    int64_t last_s;
    if (len < 4 || memcmp(data, "TZif", 4) != 0)
        return "is no time zone (TZif)";
    if (!read_header(&bytes, &header))
        return "is cut short, or of an unknown version";
    if (header.version != 0) {
        width = 8;
        if (!take(&bytes, body_len(&header, 4)) || !read_header(&bytes, &header))
            return cut;
    }
    const char *fault = check_counts(&header);
    if (fault)
        return fault;
    const unsigned char *body = take(&bytes, body_len(&header, width));
    if (!body)
        return cut;
    fault = read_changes(&header, width, body, changes, &last_s);
    if (fault || width == 4)
        return fault;
    return read_rule(bytes, last_s, changes);
}
