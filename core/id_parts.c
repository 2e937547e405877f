/*
 * Open addressing, linear, the home of an id being its leading bits times the size: so a table can
 * have any size and grow by a quarter, and growing walks both the old one and the new one forward.
 */
#include "core/id_parts.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_START = 64, GROWS_AT_MOST = 4, AHEAD = 12 };

struct known {
    uint64_t id0;
    uint32_t id1;
    uint32_t content;
    uint32_t slice_and_1; /* 0: a free place */
    uint32_t offset;
};
_Static_assert(sizeof(struct known) == 24, "an id costs 24 bytes");

struct part {
    struct known *places;
    size_t size;
    size_t len;
};

struct id_parts {
    size_t slices;
    bool conflicts_count;
    struct part parts[ID_PARTS];
};

static void begin_part(struct part *part, size_t size)
{
    part->size = size;
    part->places = mem_zero(size, sizeof *part->places);
}

struct id_parts *id_parts_new(size_t slices, bool conflicts_count)
{
    struct id_parts *parts = mem_zero(1, sizeof *parts);
    parts->slices = slices;
    parts->conflicts_count = conflicts_count;
    for (int p = 0; p < ID_PARTS; p++)
        begin_part(&parts->parts[p], SIZE_START);
    return parts;
}

void id_parts_free(struct id_parts *parts)
{
    if (!parts)
        return;
    for (int p = 0; p < ID_PARTS; p++)
        free(parts->parts[p].places);
    free(parts);
}

static size_t home_of(const struct part *part, uint64_t id0)
{
    return (size_t)((id0 >> 32) * part->size >> 32);
}

/* The place of this id, or the free one where it would stand. */
static struct known *find(const struct part *part, uint64_t id0, uint32_t id1)
{
    for (size_t at = home_of(part, id0);; at = at + 1 == part->size ? 0 : at + 1) {
        struct known *known = &part->places[at];
        if (known->slice_and_1 == 0 || (known->id0 == id0 && known->id1 == id1))
            return known;
    }
}

/* By a quarter at least, and by as much as the slices to come are like those before: so that few
 * are written again, and no more memory is taken than will be needed. */
static size_t larger(const struct id_parts *parts, const struct part *part, uint32_t slice,
                     size_t len)
{
    size_t least = part->size / 4 * 5, most = part->size * GROWS_AT_MOST;
    size_t all = len / ((size_t)slice + 1) * parts->slices;
    size_t foreseen = all / 3 * 4 + all / 16;
    if (foreseen > most)
        return most;
    return foreseen > least ? foreseen : least;
}

static void grow(struct part *part, size_t size)
{
    struct part old = *part;
    begin_part(part, size);
    for (size_t at = 0; at < old.size; at++)
        if (old.places[at].slice_and_1 != 0)
            *find(part, old.places[at].id0, old.places[at].id1) = old.places[at];
    free(old.places);
}

static void note_meeting(struct id_meetings *meetings, const struct known *first, uint32_t slot)
{
    if (meetings->len == meetings->room) {
        meetings->room = meetings->room ? meetings->room * 2 : 16;
        meetings->at = mem_resize(meetings->at, meetings->room * sizeof *meetings->at);
    }
    meetings->at[meetings->len++] = (struct id_meeting){
        .first_slice = first->slice_and_1 - 1, .first_offset = first->offset, .slot = slot};
}

static void keep(struct part *part, struct known *place, const struct id_sighting *seen,
                 uint64_t id0, uint32_t slice)
{
    *place = (struct known){.id0 = id0,
                            .id1 = seen->id1,
                            .content = seen->content,
                            .slice_and_1 = slice + 1,
                            .offset = seen->offset};
    part->len++;
}

/* Another content of an id: a conflict, or the like of one that counted. */
static enum dedupe_verdict resolve_other(const struct id_parts *parts, struct part *part,
                                         const struct id_sighting *seen, uint32_t slice)
{
    if (!parts->conflicts_count)
        return DEDUPE_CONFLICT;
    uint64_t own = dedupe_own_id(seen->id0, seen->content);
    struct known *known = find(part, own, seen->id1);
    if (known->slice_and_1 != 0)
        return DEDUPE_DUPLICATE;
    keep(part, known, seen, own, slice);
    return DEDUPE_CONFLICT;
}

void id_parts_resolve(struct id_parts *parts, size_t number, uint32_t slice,
                      const struct id_sighting *sightings, size_t len, uint8_t *verdicts,
                      struct id_meetings *meetings)
{
    struct part *part = &parts->parts[number];
    while ((part->len + len) * 4 > part->size * 3)
        grow(part, larger(parts, part, slice, part->len + len));
    for (size_t i = 0; i < len; i++) {
        const struct id_sighting *seen = &sightings[i];
        if (i + AHEAD < len)
            __builtin_prefetch(&part->places[home_of(part, sightings[i + AHEAD].id0)], 1);
        struct known *known = find(part, seen->id0, seen->id1);
        if (known->slice_and_1 == 0) {
            keep(part, known, seen, seen->id0, slice);
            continue;
        }
        enum dedupe_verdict verdict = known->content == seen->content
                                          ? DEDUPE_DUPLICATE
                                          : resolve_other(parts, part, seen, slice);
        verdicts[seen->slot] = (uint8_t)verdict;
        if (verdict == DEDUPE_CONFLICT)
            note_meeting(meetings, known, seen->slot);
    }
}

size_t id_parts_len(const struct id_parts *parts)
{
    size_t len = 0;
    for (int p = 0; p < ID_PARTS; p++)
        len += parts->parts[p].len;
    return len;
}

size_t id_parts_bytes(const struct id_parts *parts)
{
    size_t bytes = sizeof *parts;
    for (int p = 0; p < ID_PARTS; p++)
        bytes += parts->parts[p].size * sizeof(struct known);
    return bytes;
}
