/* An open-addressed table of (key, time), and a ring of the keys in the order they were added. */
#include "core/known_keys_parts.h"

#include "core/pages.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum {
    START = 64,
    LEAVING_AHEAD = 8 /* keys: by then the one that leaves has come from memory */
};

static void make_table(struct known_keys *known, size_t size)
{
    known->size = size;
    known->table = mem_alloc(size * sizeof *known->table);
    pages_wide(known->table, size * sizeof *known->table);
    for (size_t i = 0; i < size; i++)
        known->table[i] = (struct known_key){.time = KNOWN_EMPTY};
}

struct known_keys *known_keys_new(size_t keys_max)
{
    struct known_keys *known = mem_zero(1, sizeof *known);
    known->keys_max = keys_max;
    make_table(known, START);
    return known;
}

void known_keys_free(struct known_keys *known)
{
    if (!known)
        return;
    free(known->table);
    free(known->added);
    free(known->fresh);
    free(known);
}

void known_keys_clear(struct known_keys *known)
{
    for (size_t i = 0; known->len > 0 && i < known->size; i++)
        known->table[i] = (struct known_key){.time = KNOWN_EMPTY};
    known->len = known->head = 0;
    known->forgotten = 0;
}

static struct known_key *probe(const struct known_keys *known, uint64_t key)
{
    size_t mask = known->size - 1;
    for (size_t at = (size_t)key & mask;; at = (at + 1) & mask) {
        struct known_key *place = &known->table[at];
        if (place->time == KNOWN_EMPTY || place->key == key)
            return place;
    }
}

static void grow_table(struct known_keys *known)
{
    struct known_key *old = known->table;
    size_t old_size = known->size;
    make_table(known, old_size * 2);
    for (size_t i = 0; i < old_size; i++)
        if (old[i].time != KNOWN_EMPTY)
            *probe(known, old[i].key) = old[i];
    free(old);
}

/* The place in the ring so many keys behind the oldest; at most its size behind. */
static size_t place_behind(const struct known_keys *known, size_t places)
{
    size_t at = known->head + places;
    return at < known->room ? at : at - known->room;
}

/* The ring is full only while it still grows: afterwards the oldest leaves first. */
static void remember(struct known_keys *known, uint64_t key)
{
    if (known->len == known->room) {
        size_t room = known->room ? known->room * 2 : START;
        room = room < known->keys_max ? room : known->keys_max;
        known->added = mem_resize(known->added, room * sizeof *known->added);
        known->room = room;
    }
    known->added[place_behind(known, known->len)] = key;
}

static void forget_oldest(struct known_keys *known)
{
    size_t mask = known->size - 1;
    size_t hole = (size_t)(probe(known, known->added[known->head]) - known->table);
    for (size_t at = (hole + 1) & mask; known->table[at].time != KNOWN_EMPTY;
         at = (at + 1) & mask) {
        size_t from_home = (at - (size_t)known->table[at].key) & mask;
        if (from_home >= ((at - hole) & mask)) {
            known->table[hole] = known->table[at];
            hole = at;
        }
    }
    known->table[hole] = (struct known_key){.time = KNOWN_EMPTY};
    known->head = place_behind(known, 1);
    known->len--;
    known->forgotten++;
    if (known->len > LEAVING_AHEAD)
        __builtin_prefetch(
            known_keys_home(known, known->added[place_behind(known, LEAVING_AHEAD)]));
}

static void keep_fresh(struct known_keys *known, uint64_t key, epoch_ms time, bool added)
{
    if (!known->kept)
        return;
    if (known->fresh_len == known->fresh_room) {
        known->fresh_room = known->fresh_room ? known->fresh_room * 2 : START;
        known->fresh = mem_resize(known->fresh, known->fresh_room * sizeof *known->fresh);
    }
    known->fresh[known->fresh_len++] = (struct known_change){key, time, added};
}

void known_keys_add(struct known_keys *known, uint64_t key, epoch_ms time)
{
    struct known_key *place = probe(known, key);
    if (place->time != KNOWN_EMPTY) {
        if (time < place->time) {
            place->time = time;
            keep_fresh(known, key, time, false);
        }
        return;
    }
    if (known->len == known->keys_max)
        forget_oldest(known);
    if ((known->len + 1) * 4 > known->size * 3)
        grow_table(known);
    remember(known, key);
    keep_fresh(known, key, time, true);
    *probe(known, key) = (struct known_key){.key = key, .time = time};
    known->len++;
}

epoch_ms known_keys_time(const struct known_keys *known, uint64_t key)
{
    return probe(known, key)->time;
}

const void *known_keys_home(const struct known_keys *known, uint64_t key)
{
    return &known->table[key & (known->size - 1)];
}

size_t known_keys_len(const struct known_keys *known)
{
    return known->len;
}

uint64_t known_keys_forgotten(const struct known_keys *known)
{
    return known->forgotten;
}
