/*
 * Sets with open addressing, linear: hashes in one array, whose they are in another. The home of an
 * entry is a fraction of the size, so a set can have any size and grows by a quarter, and growing
 * walks both the old one and the new one forward.
 */
#include "core/different.h"

#include "core/event.h"
#include "core/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_START = 16, DOUBLES_BELOW = 1024, AHEAD = 12, RECENT = 1024, LOG_START = 1024 };

struct set {
    pthread_mutex_t lock;
    uint64_t *hashes; /* 0: a free place */
    uint32_t *owners;
    size_t size;
    size_t len;
};

struct different {
    struct set sets[DIFFERENT_PARTS];
};

/* What is left of an entry when its part is known. */
struct found {
    uint64_t hash;
    uint32_t owner; /* its group and operand in one */
};

static void begin_set(struct set *set, size_t size)
{
    set->size = size;
    set->hashes = mem_zero(size, sizeof *set->hashes);
    set->owners = mem_alloc(size * sizeof *set->owners);
}

struct different *different_new(void)
{
    struct different *different = mem_zero(1, sizeof *different);
    for (int p = 0; p < DIFFERENT_PARTS; p++) {
        pthread_mutex_init(&different->sets[p].lock, NULL);
        begin_set(&different->sets[p], SIZE_START);
    }
    return different;
}

void different_free(struct different *different)
{
    if (!different)
        return;
    for (int p = 0; p < DIFFERENT_PARTS; p++) {
        pthread_mutex_destroy(&different->sets[p].lock);
        free(different->sets[p].hashes);
        free(different->sets[p].owners);
    }
    free(different);
}

/* --- a set --- */

static uint32_t owner_of(uint32_t group, uint32_t operand)
{
    return group * EVENT_DISTINCTS_MAX + operand;
}

static size_t home_of(const struct set *set, uint64_t hash, uint32_t owner)
{
    uint64_t mixed = hash * DIFFERENT_PARTS * (2 * (uint64_t)owner + 1);
    return (size_t)((mixed >> 32) * set->size >> 32);
}

/* Where it is, or the free place where it would stand. */
static size_t find(const struct set *set, uint64_t hash, uint32_t owner)
{
    size_t at = home_of(set, hash, owner);
    while (set->hashes[at] != 0 && (set->hashes[at] != hash || set->owners[at] != owner))
        at = at + 1 == set->size ? 0 : at + 1;
    return at;
}

static void put(struct set *set, size_t at, uint64_t hash, uint32_t owner)
{
    set->hashes[at] = hash;
    set->owners[at] = owner;
}

static void grow(struct set *set)
{
    struct set old = *set;
    begin_set(set, old.size < DOUBLES_BELOW ? old.size * 2 : old.size / 4 * 5);
    for (size_t at = 0; at < old.size; at++)
        if (old.hashes[at] != 0)
            put(set, find(set, old.hashes[at], old.owners[at]), old.hashes[at], old.owners[at]);
    free(old.hashes);
    free(old.owners);
}

/* Sets grow when 12/16 to 14/16 full, each at a load of its own, so that not all do so at once. */
static bool is_full(const struct different *different, const struct set *set)
{
    size_t own = (size_t)(set - different->sets);
    return set->len * 16 * DIFFERENT_PARTS >= set->size * (12 * DIFFERENT_PARTS + 2 * own);
}

/* True: it is new. */
static bool insert(const struct different *different, struct set *set, uint64_t hash,
                   uint32_t owner)
{
    size_t at = find(set, hash, owner);
    if (set->hashes[at] != 0)
        return false;
    put(set, at, hash, owner);
    set->len++;
    if (is_full(different, set))
        grow(set);
    return true;
}

/* --- the log --- */

void different_note(struct different_log *log, uint32_t group, uint32_t operand, uint64_t hash)
{
    if (!log->recent)
        log->recent = mem_zero(RECENT, sizeof *log->recent);
    const struct distinct_entry entry = {.hash = hash, .group = group, .operand = operand};
    struct distinct_entry *recent = &log->recent[(hash ^ owner_of(group, operand)) % RECENT];
    if (recent->hash == hash && recent->group == group && recent->operand == operand)
        return;
    *recent = entry;
    if (log->len == log->room) {
        log->room = log->room ? log->room * 2 : LOG_START;
        log->entries = mem_resize(log->entries, log->room * sizeof *log->entries);
    }
    log->entries[log->len++] = entry;
}

void different_log_clear(struct different_log *log)
{
    log->len = 0;
    if (log->recent)
        memset(log->recent, 0, RECENT * sizeof *log->recent);
}

void different_log_fini(struct different_log *log)
{
    free(log->entries);
    free(log->recent);
    *log = (struct different_log){.len = 0};
}

/* --- putting in --- */

static size_t part_of(uint64_t hash)
{
    return (size_t)(hash >> 56);
}
_Static_assert(DIFFERENT_PARTS == 1 << 8, "a part is named by the first eight bits");

/* The log's entries by part; begin[p] to begin[p + 1]. To be freed. */
static struct found *sort(const struct different_log *log, const size_t *map,
                          size_t begin[DIFFERENT_PARTS + 1])
{
    struct found *sorted = mem_alloc(log->len * sizeof *sorted);
    size_t at[DIFFERENT_PARTS] = {0};
    for (size_t i = 0; i < log->len; i++)
        at[part_of(log->entries[i].hash)]++;
    begin[0] = 0;
    for (int p = 0; p < DIFFERENT_PARTS; p++) {
        begin[p + 1] = begin[p] + at[p];
        at[p] = begin[p];
    }
    for (size_t i = 0; i < log->len; i++) {
        const struct distinct_entry *entry = &log->entries[i];
        uint32_t group = map ? (uint32_t)map[entry->group] : entry->group;
        sorted[at[part_of(entry->hash)]++] =
            (struct found){.hash = entry->hash, .owner = owner_of(group, entry->operand)};
    }
    return sorted;
}

static void count(struct different_counts *counts, uint32_t owner)
{
    size_t group = owner / EVENT_DISTINCTS_MAX;
    if (group >= counts->groups) {
        size_t groups = group * 2 + 16, old = counts->groups * EVENT_DISTINCTS_MAX;
        counts->of = mem_resize(counts->of, groups * EVENT_DISTINCTS_MAX * sizeof *counts->of);
        memset(counts->of + old, 0, (groups * EVENT_DISTINCTS_MAX - old) * sizeof *counts->of);
        counts->groups = groups;
    }
    counts->of[owner]++;
}

void different_counts_fini(struct different_counts *counts)
{
    free(counts->of);
    *counts = (struct different_counts){.groups = 0};
}

/* The lock is held. */
static void add_part(struct different *different, struct set *set, const struct found *found,
                     size_t len, struct different_counts *counts)
{
    for (size_t i = 0; i < len; i++) {
        if (i + AHEAD < len)
            __builtin_prefetch(
                &set->hashes[home_of(set, found[i + AHEAD].hash, found[i + AHEAD].owner)], 1);
        if (insert(different, set, found[i].hash, found[i].owner))
            count(counts, found[i].owner);
    }
}

void different_add(struct different *different, struct different_log *log, const size_t *map,
                   size_t start, struct different_counts *counts)
{
    size_t begin[DIFFERENT_PARTS + 1];
    if (log->len == 0)
        return;
    struct found *sorted = sort(log, map, begin);
    for (size_t p = 0; p < DIFFERENT_PARTS; p++) {
        size_t part = (start + p) % DIFFERENT_PARTS;
        if (begin[part] == begin[part + 1])
            continue;
        struct set *set = &different->sets[part];
        pthread_mutex_lock(&set->lock);
        add_part(different, set, sorted + begin[part], begin[part + 1] - begin[part], counts);
        pthread_mutex_unlock(&set->lock);
    }
    free(sorted);
    log->len = 0;
}

/* --- all of them --- */

size_t different_len(const struct different *different)
{
    size_t len = 0;
    for (int p = 0; p < DIFFERENT_PARTS; p++)
        len += different->sets[p].len;
    return len;
}

size_t different_bytes(const struct different *different)
{
    size_t bytes = sizeof *different;
    for (int p = 0; p < DIFFERENT_PARTS; p++)
        bytes += different->sets[p].size *
                 (sizeof *different->sets[p].hashes + sizeof *different->sets[p].owners);
    return bytes;
}

/* Of one set, with a set of its own for the while: all groups' entries of a hash are in one. */
uint64_t different_union(const struct different *different, uint32_t operand)
{
    uint64_t len = 0;
    for (int p = 0; p < DIFFERENT_PARTS; p++) {
        const struct set *set = &different->sets[p];
        struct set all = {.len = 0};
        begin_set(&all, set->len + set->len / 2 + 1);
        for (size_t at = 0; at < set->size; at++) {
            if (set->hashes[at] == 0 || set->owners[at] % EVENT_DISTINCTS_MAX != operand)
                continue;
            size_t place = find(&all, set->hashes[at], 0);
            all.len += all.hashes[place] == 0;
            put(&all, place, set->hashes[at], 0);
        }
        len += all.len;
        free(all.hashes);
        free(all.owners);
    }
    return len;
}
