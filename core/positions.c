/* A sorted array: generations come in order, so the last one found is nearly always the next. */
#include "core/positions.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>

void positions_fini(struct positions *positions)
{
    free(positions->entries);
    memset(positions, 0, sizeof *positions);
}

void positions_clear(struct positions *positions)
{
    positions->len = 0;
    positions->newest = 0;
    positions->given_up = 0;
}

static bool is(const struct position *position, uint32_t source, uint32_t generation)
{
    return position->source == source && position->generation == generation;
}

/* The first entry that is not before it. */
static size_t place_of(const struct positions *positions, uint32_t source, uint32_t generation)
{
    size_t low = 0, high = positions->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct position *entry = &positions->entries[middle];
        bool before =
            entry->source < source || (entry->source == source && entry->generation < generation);
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void erase(struct positions *positions, size_t at)
{
    positions->len--;
    memmove(&positions->entries[at], &positions->entries[at + 1],
            (positions->len - at) * sizeof *positions->entries);
}

/* Gives up the oldest generation of the source that has most of them. */
static void make_room(struct positions *positions)
{
    size_t longest = 0, longest_len = 0, start = 0;
    for (size_t i = 1; i <= positions->len; i++) {
        if (i < positions->len && positions->entries[i].source == positions->entries[start].source)
            continue;
        if (i - start > longest_len) {
            longest = start;
            longest_len = i - start;
        }
        start = i;
    }
    erase(positions, longest);
    positions->given_up++;
}

bool positions_give_up(struct positions *positions, size_t keep, struct position *out)
{
    size_t start = 0;
    for (size_t i = 0; i < positions->len; i++) {
        if (positions->entries[i].source != positions->entries[start].source)
            start = i;
        if (i - start < keep)
            continue;
        *out = positions->entries[start];
        erase(positions, start);
        positions->newest = 0;
        positions->given_up++;
        return true;
    }
    return false;
}

static size_t insert(struct positions *positions, uint32_t source, uint32_t generation,
                     uint64_t begin)
{
    if (positions->len == POSITIONS_MAX)
        make_room(positions);
    if (positions->len == positions->room) {
        positions->room = positions->room ? positions->room * 2 : 8;
        positions->entries =
            mem_resize(positions->entries, positions->room * sizeof *positions->entries);
    }
    size_t at = place_of(positions, source, generation);
    memmove(&positions->entries[at + 1], &positions->entries[at],
            (positions->len - at) * sizeof *positions->entries);
    positions->len++;
    positions->entries[at] =
        (struct position){.source = source, .generation = generation, .begin = begin, .end = begin};
    return at;
}

size_t positions_note(struct positions *positions, uint32_t source, uint32_t generation,
                      uint64_t begin, uint64_t end)
{
    size_t at = positions->newest;
    if (at >= positions->len || !is(&positions->entries[at], source, generation)) {
        at = place_of(positions, source, generation);
        if (at == positions->len || !is(&positions->entries[at], source, generation))
            at = insert(positions, source, generation, begin);
    }
    if (end > positions->entries[at].end)
        positions->entries[at].end = end;
    positions->newest = at;
    return at;
}

const struct position *positions_find(const struct positions *positions, uint32_t source,
                                      uint32_t generation)
{
    size_t at = place_of(positions, source, generation);
    bool found = at < positions->len && is(&positions->entries[at], source, generation);
    return found ? &positions->entries[at] : NULL;
}

void positions_copy(struct positions *into, const struct positions *from)
{
    if (into->room < from->len) {
        into->room = from->len;
        into->entries = mem_resize(into->entries, into->room * sizeof *into->entries);
    }
    if (from->len > 0)
        memcpy(into->entries, from->entries, from->len * sizeof *into->entries);
    into->len = from->len;
    into->newest = 0;
    into->given_up = from->given_up;
}
