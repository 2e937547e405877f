/* Two open tables, the young one of which grows; a full one becomes the old one. */
#include "core/id_set.h"

#include "core/siphash.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024 };

void id_set_init(struct id_set *set, size_t each)
{
    *set = (struct id_set){.each = each, .spread = hash_key_random().word[0] | 1};
}

void id_set_fini(struct id_set *set)
{
    free(set->young.slots);
    free(set->old.slots);
    set->young = set->old = (struct id_set_half){.slots = NULL};
    set->dropped = 0;
}

/* One to one; 0 marks an empty place. The upper bits depend on all below them, and are those that
 * say where it stands. */
static uint64_t value_of(const struct id_set *set, uint64_t id)
{
    return (id != 0 ? id : 1) * set->spread;
}

static size_t home_of(const struct id_set_half *half, uint64_t value)
{
    return (size_t)(value >> 32) & (half->room - 1);
}

/* Where it is, or would be. */
static size_t place_of(const struct id_set_half *half, uint64_t value)
{
    size_t at = home_of(half, value);
    while (half->slots[at] != 0 && half->slots[at] != value)
        at = (at + 1) & (half->room - 1);
    return at;
}

static bool has(const struct id_set_half *half, uint64_t value)
{
    return half->room > 0 && half->slots[place_of(half, value)] != 0;
}

static bool is_full(const struct id_set_half *half, size_t len)
{
    return len * 4 >= half->room * 3;
}

/* Its memory is written at once: where a page is read first, the system gives one that all share,
 * and at the first write another, for which all threads of the process are held up. */
static void grow(struct id_set_half *half, size_t room)
{
    struct id_set_half larger = {.room = room, .len = half->len};
    larger.slots = mem_alloc(larger.room * sizeof *larger.slots);
    memset(larger.slots, 0, larger.room * sizeof *larger.slots);
    for (size_t s = 0; s < half->room; s++)
        if (half->slots[s] != 0)
            larger.slots[place_of(&larger, half->slots[s])] = half->slots[s];
    free(half->slots);
    *half = larger;
}

void id_set_trim(struct id_set *set)
{
    if (set->young.len < set->each)
        return;
    set->dropped += set->old.len;
    free(set->old.slots);
    set->old = set->young;
    set->young = (struct id_set_half){.slots = NULL};
}

void id_set_reserve(struct id_set *set, size_t ids)
{
    size_t room = set->young.room ? set->young.room : FIRST_ROOM;
    while ((set->young.len + ids) * 4 >= room * 3)
        room *= 2;
    if (room > set->young.room)
        grow(&set->young, room);
}

void id_set_prefetch(const struct id_set *set, uint64_t id)
{
    uint64_t value = value_of(set, id);
    if (set->young.room > 0)
        __builtin_prefetch(&set->young.slots[home_of(&set->young, value)]);
    if (set->old.room > 0)
        __builtin_prefetch(&set->old.slots[home_of(&set->old, value)]);
}

static bool holds(const struct id_set *set, uint64_t value)
{
    return has(&set->young, value) || has(&set->old, value);
}

bool id_set_has(const struct id_set *set, uint64_t id)
{
    return holds(set, value_of(set, id));
}

bool id_set_add(struct id_set *set, uint64_t id)
{
    uint64_t value = value_of(set, id);
    if (holds(set, value))
        return false;
    if (is_full(&set->young, set->young.len))
        grow(&set->young, set->young.room ? set->young.room * 2 : FIRST_ROOM);
    set->young.slots[place_of(&set->young, value)] = value;
    set->young.len++;
    return true;
}
