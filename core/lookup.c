/* Rows in an array behind an open-addressed index; texts in blocks that never move. The hash is
 * keyed: what is looked for comes from a feed (D-08). */
#include "core/lookup.h"

#include "core/siphash.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_BLOCK = 64 * 1024, INDEX_START = 64 };

struct text_block {
    struct text_block *next;
    size_t used, size;
    char bytes[];
};

struct row {
    uint64_t hash;
    uint64_t line;
    struct word key;
};

struct lookup {
    int takes;
    struct hash_key hash_key;
    struct row *rows;
    struct word *texts; /* `takes` of them a row */
    size_t len, room;
    uint32_t *index; /* row + 1, 0 is empty; a power of two */
    size_t index_size;
    struct text_block *blocks;
};

struct lookup *lookup_new(int takes)
{
    struct lookup *lookup = mem_zero(1, sizeof *lookup);
    lookup->takes = takes;
    lookup->hash_key = hash_key_random();
    lookup->index_size = INDEX_START;
    lookup->index = mem_zero(lookup->index_size, sizeof *lookup->index);
    return lookup;
}

void lookup_free(struct lookup *lookup)
{
    if (!lookup)
        return;
    for (struct text_block *block = lookup->blocks; block;) {
        struct text_block *next = block->next;
        free(block);
        block = next;
    }
    free(lookup->rows);
    free(lookup->texts);
    free(lookup->index);
    free(lookup);
}

static struct word keep(struct lookup *lookup, struct word text)
{
    struct text_block *block = lookup->blocks;
    if (!block || block->size - block->used < text.len) {
        size_t size = text.len > TEXT_BLOCK ? text.len : TEXT_BLOCK;
        block = mem_alloc(sizeof *block + size);
        *block = (struct text_block){.next = lookup->blocks, .size = size};
        lookup->blocks = block;
    }
    char *at = block->bytes + block->used;
    if (text.len > 0)
        memcpy(at, text.at, text.len);
    block->used += text.len;
    return (struct word){.at = at, .len = text.len};
}

/* The place in the index where the key is, or where it would go. */
static size_t probe(const struct lookup *lookup, uint64_t hash, struct word key)
{
    size_t at = (size_t)hash & (lookup->index_size - 1);
    while (lookup->index[at] != 0) {
        const struct row *row = &lookup->rows[lookup->index[at] - 1];
        if (row->hash == hash && row->key.len == key.len &&
            memcmp(row->key.at, key.at, key.len) == 0)
            break;
        at = (at + 1) & (lookup->index_size - 1);
    }
    return at;
}

static void grow_index(struct lookup *lookup)
{
    free(lookup->index);
    lookup->index_size *= 2;
    lookup->index = mem_zero(lookup->index_size, sizeof *lookup->index);
    for (size_t i = 0; i < lookup->len; i++)
        lookup->index[probe(lookup, lookup->rows[i].hash, lookup->rows[i].key)] = (uint32_t)i + 1;
}

uint64_t lookup_add(struct lookup *lookup, uint64_t line, struct word key, const struct word *takes)
{
    uint64_t hash = siphash64(lookup->hash_key, key.at, key.len);
    size_t at = probe(lookup, hash, key);
    if (lookup->index[at] != 0)
        return lookup->rows[lookup->index[at] - 1].line;
    if (lookup->len == lookup->room) {
        lookup->room = lookup->room ? lookup->room * 2 : 64;
        lookup->rows = mem_resize(lookup->rows, lookup->room * sizeof *lookup->rows);
        lookup->texts =
            mem_resize(lookup->texts, lookup->room * (size_t)lookup->takes * sizeof *lookup->texts);
    }
    struct word *texts = &lookup->texts[lookup->len * (size_t)lookup->takes];
    for (int t = 0; t < lookup->takes; t++)
        texts[t] = keep(lookup, takes[t]);
    lookup->rows[lookup->len] = (struct row){.hash = hash, .line = line, .key = keep(lookup, key)};
    lookup->index[at] = (uint32_t)++lookup->len;
    if (lookup->len * 2 > lookup->index_size)
        grow_index(lookup);
    return 0;
}

const struct word *lookup_find(const struct lookup *lookup, const char *key, size_t len)
{
    uint64_t hash = siphash64(lookup->hash_key, key, len);
    uint32_t found = lookup->index[probe(lookup, hash, (struct word){.at = key, .len = len})];
    return found ? &lookup->texts[(found - 1) * (size_t)lookup->takes] : NULL;
}

size_t lookup_len(const struct lookup *lookup)
{
    return lookup->len;
}
