/* An open-addressed set that doubles when half full. The hashes in it are keyed ones, so their own
 * bits are the place; group and operand are mixed in. */
#include "core/distinct_parts.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE_START = 64 };

struct distinct *distinct_new(size_t cap)
{
    struct distinct *distinct = mem_zero(1, sizeof *distinct);
    distinct->cap = cap;
    distinct->size = SIZE_START;
    distinct->entries = mem_zero(distinct->size, sizeof *distinct->entries);
    return distinct;
}

void distinct_free(struct distinct *distinct)
{
    if (!distinct)
        return;
    free(distinct->entries);
    free(distinct->fresh);
    free(distinct);
}

void distinct_clear(struct distinct *distinct)
{
    if (distinct->len > 0)
        memset(distinct->entries, 0, distinct->size * sizeof *distinct->entries);
    distinct->len = 0;
    distinct->refused = 0;
    distinct->fresh_len = 0;
}

void distinct_keep_fresh(struct distinct *distinct)
{
    distinct->kept = true;
}

static void keep_fresh(struct distinct *distinct, const struct distinct_entry *entry)
{
    if (distinct->fresh_len == distinct->fresh_room) {
        distinct->fresh_room = distinct->fresh_room ? distinct->fresh_room * 2 : SIZE_START;
        distinct->fresh =
            mem_resize(distinct->fresh, distinct->fresh_room * sizeof *distinct->fresh);
    }
    distinct->fresh[distinct->fresh_len++] = *entry;
}

static bool same(const struct distinct_entry *a, const struct distinct_entry *b)
{
    return a->hash == b->hash && a->group == b->group && a->operand == b->operand;
}

/* Where the entry is, or where it would go. */
static struct distinct_entry *probe(const struct distinct *distinct,
                                    const struct distinct_entry *entry)
{
    uint64_t place =
        entry->hash ^ ((uint64_t)entry->group << 32 | entry->operand) * 0x9E3779B97F4A7C15U;
    size_t at = (size_t)(place ^ place >> 32) & (distinct->size - 1);
    while (distinct->entries[at].hash != 0 && !same(&distinct->entries[at], entry))
        at = (at + 1) & (distinct->size - 1);
    return &distinct->entries[at];
}

static void grow(struct distinct *distinct)
{
    struct distinct_entry *old = distinct->entries;
    size_t old_size = distinct->size;
    distinct->size *= 2;
    distinct->entries = mem_zero(distinct->size, sizeof *distinct->entries);
    for (size_t i = 0; i < old_size; i++)
        if (old[i].hash != 0)
            *probe(distinct, &old[i]) = old[i];
    free(old);
}

bool distinct_add(struct distinct *distinct, uint32_t group, uint32_t operand, uint64_t hash)
{
    const struct distinct_entry entry = {.hash = hash, .group = group, .operand = operand};
    struct distinct_entry *place = probe(distinct, &entry);
    if (place->hash != 0)
        return false;
    if (distinct->len >= distinct->cap) {
        distinct->refused++;
        return false;
    }
    *place = entry;
    if (distinct->kept)
        keep_fresh(distinct, &entry);
    if (++distinct->len * 2 > distinct->size)
        grow(distinct);
    return true;
}

size_t distinct_len(const struct distinct *distinct)
{
    return distinct->len;
}

uint64_t distinct_refused(const struct distinct *distinct)
{
    return distinct->refused;
}

bool distinct_next(const struct distinct *distinct, size_t *at, struct distinct_entry *out)
{
    while (*at < distinct->size && distinct->entries[*at].hash == 0)
        ++*at;
    if (*at == distinct->size)
        return false;
    *out = distinct->entries[(*at)++];
    return true;
}

uint64_t distinct_union(const struct distinct *distinct, uint32_t operand)
{
    struct distinct *all = distinct_new(DISTINCT_CAP_NONE);
    struct distinct_entry entry;
    for (size_t at = 0; distinct_next(distinct, &at, &entry);)
        if (entry.operand == operand)
            distinct_add(all, 0, operand, entry.hash);
    uint64_t len = distinct_len(all);
    distinct_free(all);
    return len;
}
