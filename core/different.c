/*
 * Sets of buckets, each of one line of the cache, one word an entry: of its hash what the part does
 * not say already, and whose it is; the few owners whose number is too large for that have the rest
 * of it in an array beside. A bucket fills from its front; what finds it full stands in the next
 * that is not. The home of an entry is a fraction of the buckets, so a set can have any number of
 * them, and grows where it stands: from its end on, each entry moves back, to where all is free.
 *
 * DESIGN: memory that nobody has written to costs nothing, so a set asks at once for all that it is
 * foreseen to need, and then grows into it. Whether an entry is new is not known before: nothing
 * branches on it.
 */
#include "core/different.h"

#include "core/event.h"
#include "core/status.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKET = 8, /* words */
    LINE = BUCKET * sizeof(uint64_t),
    BUCKETS_START = 2,
    GROWS_AT_MOST = 4,
    AHEAD = 32,
    WAIT_FROM = 16 * 1024, /* entries: a smaller set stays near */
    WAIT_SHARE = 8,        /* of the set's */
    RECENT = 1024,
    LOG_START = 1024,
    PART_BITS = 8,
    OWNERS = (1 << PART_BITS) - 1 /* that have a number in the word: none is 0 */
};
_Static_assert(DIFFERENT_PARTS == 1 << PART_BITS, "the part's bits make room for the owner");

struct set {
    pthread_mutex_t lock;
    uint64_t *words; /* 0: a free place; aligned to a line */
    uint32_t *rest;  /* of the owner; NULL: 0 for all */
    size_t buckets;
    size_t room; /* buckets that there is memory for */
    size_t len;
    size_t full;       /* it grows when it has so many */
    uint64_t *waiting; /* entries to be put in, without a rest */
    size_t waiting_len, waiting_room;
};

struct different {
    size_t logs;      /* that will be put in; 0: not known */
    atomic_size_t in; /* of them */
    struct set sets[DIFFERENT_PARTS];
};

struct entry {
    uint64_t word;
    uint32_t rest;
};

static struct entry entry_of(uint64_t hash, uint32_t owner)
{
    return (struct entry){hash << PART_BITS | (owner % OWNERS + 1), owner / OWNERS};
}

static uint32_t owner_of_entry(struct entry entry)
{
    return entry.rest * OWNERS + (uint32_t)(entry.word & OWNERS) - 1;
}

/* Nothing is written to it. */
static uint64_t *make_lines(size_t buckets)
{
    uint64_t *words = aligned_alloc(LINE, buckets * LINE);
    if (!words)
        fatal_shortage("out of memory: %zu bytes could not be had", buckets * LINE);
    return words;
}

/* Buckets from `old` on become free ones. */
static void size_set(struct set *set, size_t old, size_t buckets)
{
    memset(set->words + old * BUCKET, 0, (buckets - old) * LINE);
    set->buckets = buckets;
    set->full = buckets * BUCKET / 8 * 7;
}

static void begin_set(struct set *set, size_t buckets)
{
    set->words = make_lines(buckets);
    set->room = buckets;
    size_set(set, 0, buckets);
}

static void end_set(struct set *set)
{
    free(set->words);
    free(set->rest);
    free(set->waiting);
}

struct different *different_new(void)
{
    struct different *different = mem_zero(1, sizeof *different);
    for (int p = 0; p < DIFFERENT_PARTS; p++) {
        pthread_mutex_init(&different->sets[p].lock, NULL);
        begin_set(&different->sets[p], BUCKETS_START);
    }
    return different;
}

void different_expect(struct different *different, size_t logs)
{
    different->logs = logs;
}

void different_free(struct different *different)
{
    if (!different)
        return;
    for (int p = 0; p < DIFFERENT_PARTS; p++) {
        pthread_mutex_destroy(&different->sets[p].lock);
        end_set(&different->sets[p]);
    }
    free(different);
}

/* --- a set --- */

/* The bucket where it should stand. */
static size_t home_of(const struct set *set, struct entry entry)
{
    uint64_t factor = (2 * (entry.word & OWNERS) + 1) + ((uint64_t)entry.rest << (PART_BITS + 2));
    uint64_t mixed = (entry.word & ~(uint64_t)OWNERS) * factor;
    return (size_t)((mixed >> 32) * set->buckets >> 32);
}

static struct entry entry_at(const struct set *set, size_t at)
{
    return (struct entry){set->words[at], set->rest ? set->rest[at] : 0};
}

static void put(struct set *set, size_t at, struct entry entry)
{
    set->words[at] = entry.word;
    if (set->rest)
        set->rest[at] = entry.rest;
}

/* Which places of a bucket have that word, as bits; `*used`: how many have any. */
static inline unsigned look_for(const uint64_t *words, uint64_t word, unsigned *used)
{
    unsigned there = 0, taken = 0;
#pragma GCC unroll 8
    for (unsigned b = 0; b < BUCKET; b++) {
        there |= (unsigned)(words[b] == word) << b;
        taken += words[b] != 0;
    }
    *used = taken;
    return there;
}

/* Those of them that are of the same owner. */
static unsigned with_rest(const uint32_t *rest, unsigned there, uint32_t wanted)
{
    for (unsigned left = there; left; left &= left - 1)
        if (rest[__builtin_ctz(left)] != wanted)
            there &= ~(left & -left);
    return there;
}

/* Where it is, or the free place where it would stand. */
static inline size_t find(const struct set *set, struct entry entry, bool *is_there)
{
    for (size_t bucket = home_of(set, entry);;
         bucket = bucket + 1 == set->buckets ? 0 : bucket + 1) {
        unsigned used, there = look_for(&set->words[bucket * BUCKET], entry.word, &used);
        if (set->rest)
            there = with_rest(&set->rest[bucket * BUCKET], there, entry.rest);
        *is_there = there != 0;
        unsigned place = (unsigned)__builtin_ctz(there | 1u << used); /* what is there, is before */
        if (place < BUCKET)
            return bucket * BUCKET + place;
    }
}

static void put_new(struct set *set, struct entry entry)
{
    bool is_there;
    put(set, find(set, entry, &is_there), entry);
}

/* How many entries all logs will have brought, if those to come are like those that brought `len`.
 */
static size_t foreseen(const struct different *different, size_t len)
{
    size_t in = atomic_load_explicit(&different->in, memory_order_relaxed);
    if (different->logs <= in || in == 0)
        return len;
    return (size_t)((double)len * (double)different->logs / (double)in);
}

/* To be 8/10 full of so many. */
static size_t buckets_for(size_t len)
{
    return len / 32 * 5 + 1;
}

/* One that was taken out of bucket `from` goes behind, where all is clear of those still to be
 * moved. False: its home is not. */
static bool move_back(struct set *set, size_t from, struct entry entry)
{
    size_t bucket = home_of(set, entry);
    if (bucket < from)
        return false;
    for (; bucket < set->buckets; bucket++) {
        unsigned used;
        look_for(&set->words[bucket * BUCKET], 0, &used);
        if (used == BUCKET)
            continue;
        put(set, bucket * BUCKET + used, entry);
        return true;
    }
    return false;
}

/* Moves all that stands in the first `old` buckets to where it belongs. The few that cannot be
 * moved in order wait until all are. */
static void spread(struct set *set, size_t old)
{
    struct entry *later = NULL;
    size_t later_len = 0, later_room = 0;
    for (size_t bucket = old; bucket-- > 0;) {
        struct entry taken[BUCKET];
        for (size_t b = 0; b < BUCKET; b++)
            taken[b] = entry_at(set, bucket * BUCKET + b);
        memset(&set->words[bucket * BUCKET], 0, LINE);
        for (size_t b = 0; b < BUCKET && taken[b].word != 0; b++) {
            if (move_back(set, bucket, taken[b]))
                continue;
            if (later_len == later_room) {
                later_room = later_room ? later_room * 2 : BUCKET;
                later = mem_resize(later, later_room * sizeof *later);
            }
            later[later_len++] = taken[b];
        }
    }
    while (later_len-- > 0)
        put_new(set, later[later_len]);
    free(later);
}

static void make_rest(struct set *set)
{
    set->rest = mem_zero(set->room * BUCKET, sizeof *set->rest);
}

/* To where there is room for so many buckets. */
static void move(struct set *set, size_t room, size_t buckets)
{
    struct set old = *set;
    set->words = make_lines(room);
    set->room = room;
    size_set(set, 0, buckets);
    if (old.rest)
        make_rest(set);
    for (size_t at = 0; at < old.buckets * BUCKET; at++)
        if (old.words[at] != 0)
            put_new(set, entry_at(&old, at));
    free(old.words);
    free(old.rest);
}

/* By a half, or by what is foreseen: at least a quarter, and few at a time, as it may be wrong. */
static void grow(const struct different *different, struct set *set)
{
    size_t old = set->buckets, all = foreseen(different, set->len);
    size_t room = all > set->len ? buckets_for(all) : old / 2 * 3;
    size_t least = old + old / 4 + 1, most = old * GROWS_AT_MOST;
    size_t buckets = room > most ? most : room > least ? room : least;
    if (buckets > set->room) {
        move(set, room > buckets ? room : buckets, buckets);
    } else {
        size_set(set, old, buckets);
        spread(set, old);
    }
}

/* Whether it is new, as a number. */
static inline unsigned insert(const struct different *different, struct set *set,
                              struct entry entry)
{
    bool is_there;
    put(set, find(set, entry, &is_there), entry);
    set->len += !is_there;
    if (set->len >= set->full)
        grow(different, set);
    return !is_there;
}

/* --- the log --- */

static uint32_t owner_of(uint32_t group, uint32_t operand)
{
    return group * EVENT_DISTINCTS_MAX + operand;
}

void different_note(struct different_log *log, uint32_t group, uint32_t operand, uint64_t hash)
{
    if (!log->recent)
        log->recent = mem_zero(RECENT, sizeof *log->recent);
    const struct different_seen seen = {.hash = hash, .owner = owner_of(group, operand)};
    struct different_seen *recent = &log->recent[(hash ^ seen.owner) % RECENT];
    if (recent->hash == hash && recent->owner == seen.owner)
        return;
    *recent = seen;
    if (log->len == log->room) {
        log->room = log->room ? log->room * 2 : LOG_START;
        log->hashes = mem_resize(log->hashes, log->room * sizeof *log->hashes);
        log->owners = mem_resize(log->owners, log->room * sizeof *log->owners);
    }
    log->hashes[log->len] = hash;
    log->owners[log->len++] = seen.owner;
}

void different_log_clear(struct different_log *log)
{
    log->len = 0;
    if (log->recent)
        memset(log->recent, 0, RECENT * sizeof *log->recent);
}

void different_log_fini(struct different_log *log)
{
    free(log->hashes);
    free(log->owners);
    free(log->recent);
    free(log->words);
    free(log->rest);
    *log = (struct different_log){.len = 0};
}

/* --- putting in --- */

static size_t part_of(uint64_t hash)
{
    return (size_t)(hash >> (64 - PART_BITS));
}

static void make_sorted(struct different_log *log)
{
    if (log->sorted_room >= log->len)
        return;
    free(log->words);
    free(log->rest);
    log->sorted_room = log->len + log->len / 8;
    log->words = mem_alloc(log->sorted_room * sizeof *log->words);
    log->rest = NULL;
}

/* From now on, of entries that are in `words` already too. */
static void note_rest(struct different_log *log, size_t at, uint32_t rest)
{
    if (!log->rest)
        log->rest = mem_zero(log->sorted_room, sizeof *log->rest);
    log->rest[at] = rest;
}

/* The log's entries by part; begin[p] to begin[p + 1]. */
static void sort(struct different_log *log, const size_t *map, size_t begin[DIFFERENT_PARTS + 1])
{
    size_t at[DIFFERENT_PARTS] = {0};
    make_sorted(log);
    for (size_t i = 0; i < log->len; i++)
        at[part_of(log->hashes[i])]++;
    begin[0] = 0;
    for (int p = 0; p < DIFFERENT_PARTS; p++) {
        begin[p + 1] = begin[p] + at[p];
        at[p] = begin[p];
    }
    for (size_t i = 0; i < log->len; i++) {
        uint32_t owner = log->owners[i], group = owner / EVENT_DISTINCTS_MAX;
        group = map ? (uint32_t)map[group] : group;
        struct entry entry = entry_of(log->hashes[i], owner_of(group, owner % EVENT_DISTINCTS_MAX));
        size_t place = at[part_of(log->hashes[i])]++;
        log->words[place] = entry.word;
        if (log->rest || entry.rest != 0)
            note_rest(log, place, entry.rest);
    }
}

static void count(struct different_counts *counts, uint32_t owner, unsigned new_ones)
{
    size_t group = owner / EVENT_DISTINCTS_MAX;
    if (group >= counts->groups) {
        size_t groups = group * 2 + 16, old = counts->groups * EVENT_DISTINCTS_MAX;
        counts->of = mem_resize(counts->of, groups * EVENT_DISTINCTS_MAX * sizeof *counts->of);
        memset(counts->of + old, 0, (groups * EVENT_DISTINCTS_MAX - old) * sizeof *counts->of);
        counts->groups = groups;
    }
    counts->of[owner] += new_ones;
}

void different_counts_fini(struct different_counts *counts)
{
    free(counts->of);
    *counts = (struct different_counts){.groups = 0};
}

/* The first place of its home. */
static inline size_t home_place(const struct set *set, struct entry entry)
{
    return home_of(set, entry) * BUCKET;
}

static inline struct entry waiting_at(const struct set *set, size_t i)
{
    return (struct entry){.word = set->waiting[i]};
}

/* The lock is held. */
static void absorb(const struct different *different, struct set *set,
                   struct different_counts *counts)
{
    size_t len = set->waiting_len;
    if (set->len == 0 && buckets_for(len) > set->buckets)
        move(set, buckets_for(foreseen(different, len)), buckets_for(len));
    for (size_t i = 0; i < len && i < AHEAD; i++)
        __builtin_prefetch(&set->words[home_place(set, waiting_at(set, i))], 1);
    for (size_t i = 0; i < len; i++) {
        if (i + AHEAD < len)
            __builtin_prefetch(&set->words[home_place(set, waiting_at(set, i + AHEAD))], 1);
        const struct entry entry = waiting_at(set, i);
        count(counts, owner_of_entry(entry), insert(different, set, entry));
    }
    set->waiting_len = 0;
}

/* Those of a large set wait until they are many for its size: so it is near while they are put in.
 * The lock is held. */
static void put_part(const struct different *different, struct set *set,
                     const struct different_log *log, size_t begin, size_t end,
                     struct different_counts *counts)
{
    size_t len = end - begin;
    if (set->waiting_len + len > set->waiting_room) {
        size_t wanted = set->len < WAIT_FROM ? 0 : set->len / WAIT_SHARE + len;
        set->waiting_room = set->waiting_len + len > wanted ? set->waiting_len + len : wanted;
        set->waiting = mem_resize(set->waiting, set->waiting_room * sizeof *set->waiting);
    }
    memcpy(set->waiting + set->waiting_len, log->words + begin, len * sizeof *log->words);
    set->waiting_len += len;
    if (set->len < WAIT_FROM || set->waiting_len >= set->len / WAIT_SHARE)
        absorb(different, set, counts);
}

/* Owners that need a rest do not wait. The lock is held. */
static void put_part_rest(const struct different *different, struct set *set,
                          const struct different_log *log, size_t begin, size_t end,
                          struct different_counts *counts)
{
    if (!set->rest)
        make_rest(set);
    for (size_t i = begin; i < end; i++) {
        if (i + AHEAD < end) {
            const struct entry ahead = {log->words[i + AHEAD], log->rest[i + AHEAD]};
            size_t place = home_place(set, ahead);
            __builtin_prefetch(&set->words[place], 1);
            __builtin_prefetch(&set->rest[place], 1);
        }
        const struct entry entry = {log->words[i], log->rest[i]};
        count(counts, owner_of_entry(entry), insert(different, set, entry));
    }
}

void different_add(struct different *different, struct different_log *log, const size_t *map,
                   size_t start, struct different_counts *counts)
{
    size_t begin[DIFFERENT_PARTS + 1];
    atomic_fetch_add_explicit(&different->in, 1, memory_order_relaxed);
    if (log->len == 0)
        return;
    sort(log, map, begin);
    for (size_t p = 0; p < DIFFERENT_PARTS; p++) {
        size_t part = (start + p) % DIFFERENT_PARTS;
        if (begin[part] == begin[part + 1])
            continue;
        struct set *set = &different->sets[part];
        pthread_mutex_lock(&set->lock);
        (log->rest ? put_part_rest : put_part)(different, set, log, begin[part], begin[part + 1],
                                               counts);
        pthread_mutex_unlock(&set->lock);
    }
    log->len = 0;
}

void different_finish(struct different *different, size_t start, struct different_counts *counts)
{
    for (size_t p = 0; p < DIFFERENT_PARTS; p++) {
        struct set *set = &different->sets[(start + p) % DIFFERENT_PARTS];
        if (pthread_mutex_trylock(&set->lock) != 0)
            continue; /* somebody else is at it */
        absorb(different, set, counts);
        pthread_mutex_unlock(&set->lock);
    }
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
    for (int p = 0; p < DIFFERENT_PARTS; p++) {
        const struct set *set = &different->sets[p];
        bytes += set->buckets * BUCKET * (sizeof *set->words + (set->rest ? sizeof *set->rest : 0));
        bytes += set->waiting_room * sizeof *set->waiting;
    }
    return bytes;
}

/* Of one set, with a set of its own for the while: all groups' entries of a hash are in one. */
uint64_t different_union(const struct different *different, uint32_t operand)
{
    uint64_t len = 0;
    for (int p = 0; p < DIFFERENT_PARTS; p++) {
        const struct set *set = &different->sets[p];
        struct set all = {.len = 0};
        begin_set(&all, set->len / (BUCKET - 2) + 1);
        for (size_t at = 0; at < set->buckets * BUCKET; at++) {
            struct entry entry = entry_at(set, at);
            if (entry.word == 0 || owner_of_entry(entry) % EVENT_DISTINCTS_MAX != operand)
                continue;
            bool is_there;
            entry = (struct entry){entry.word | OWNERS, 0};
            put(&all, find(&all, entry, &is_there), entry);
            all.len += !is_there;
        }
        len += all.len;
        end_set(&all);
    }
    return len;
}
