/*
 * Where rows are. A row moves from the heap (open) to the list of final rows, and its memory back
 * to the pool when it is dropped; nothing here knows why.
 */
#include "core/window_parts.h"

#include "core/siphash.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 256, INDEX_START = 64 };

void window_pool_init(struct window_pool *pool, int values_len)
{
    memset(pool, 0, sizeof *pool);
    pool->stride_bytes =
        sizeof(struct window_row) + (size_t)values_len * sizeof(struct accumulator);
    pool->used = CHUNK;
}

void window_pool_fini(struct window_pool *pool)
{
    for (size_t c = 0; c < pool->chunks_len; c++)
        free(pool->chunks[c]);
    free(pool->chunks);
}

static struct window_row *fresh(struct window_pool *pool)
{
    if (pool->used == CHUNK) {
        pool->chunks = mem_resize(pool->chunks, (pool->chunks_len + 1) * sizeof *pool->chunks);
        pool->chunks[pool->chunks_len++] = mem_alloc(CHUNK * pool->stride_bytes);
        pool->used = 0;
    }
    char *chunk = pool->chunks[pool->chunks_len - 1];
    return (struct window_row *)(void *)(chunk + pool->used++ * pool->stride_bytes);
}

struct window_row *window_pool_take(struct window_pool *pool, const struct window_id *id)
{
    struct window_row *row = pool->spare;
    if (row)
        pool->spare = row->next;
    else
        row = fresh(pool);
    memset(row, 0, pool->stride_bytes);
    row->id = *id;
    return row;
}

void window_pool_give(struct window_pool *pool, struct window_row *row)
{
    row->next = pool->spare;
    pool->spare = row;
}

void window_index_init(struct window_index *index, int keys_len)
{
    struct hash_key random = hash_key_random();
    *index = (struct window_index){.slots = mem_zero(INDEX_START, sizeof *index->slots),
                                   .size = INDEX_START,
                                   .keys_len = keys_len,
                                   .key = random.word[0],
                                   .factor = random.word[1] | 1};
}

void window_index_fini(struct window_index *index)
{
    free(index->slots);
}

void window_index_clear(struct window_index *index)
{
    memset(index->slots, 0, index->size * sizeof *index->slots);
    index->len = 0;
}

/* Multiplying by a secret odd number and taking the high bits: which ids share a slot cannot be
 * known outside. */
static inline size_t home(const struct window_index *index, const struct window_id *id)
{
    uint64_t hash = ((uint64_t)id->start ^ index->key) * index->factor;
    for (int k = 0; k < index->keys_len; k++)
        hash = (hash ^ (hash >> 32) ^ id->key[k]) * index->factor;
    return (size_t)(hash >> 32) & (index->size - 1);
}

static inline bool same(const struct window_index *index, const struct window_id *a,
                        const struct window_id *b)
{
    if (a->start != b->start)
        return false;
    for (int k = 0; k < index->keys_len; k++)
        if (a->key[k] != b->key[k])
            return false;
    return true;
}

/* The slot where the id is, or where it would go. */
static inline size_t probe(const struct window_index *index, const struct window_id *id)
{
    size_t at = home(index, id);
    while (index->slots[at] && !same(index, index->slots[at], id))
        at = (at + 1) & (index->size - 1);
    return at;
}

struct window_id *window_index_find(const struct window_index *index, const struct window_id *id)
{
    return index->slots[probe(index, id)];
}

static void grow(struct window_index *index)
{
    struct window_id **old = index->slots;
    size_t old_size = index->size;
    index->size *= 2;
    index->slots = mem_zero(index->size, sizeof *index->slots);
    for (size_t i = 0; i < old_size; i++)
        if (old[i])
            index->slots[probe(index, old[i])] = old[i];
    free(old);
}

void window_index_put(struct window_index *index, struct window_id *id)
{
    if (++index->len * 2 > index->size)
        grow(index);
    index->slots[probe(index, id)] = id;
}

/* Those that stand behind the hole and would not be found across it move back into it. */
void window_index_remove(struct window_index *index, const struct window_id *id)
{
    size_t mask = index->size - 1;
    size_t hole = probe(index, id);
    for (size_t at = (hole + 1) & mask; index->slots[at]; at = (at + 1) & mask) {
        size_t distance = (at - home(index, index->slots[at])) & mask;
        if (distance < ((at - hole) & mask))
            continue;
        index->slots[hole] = index->slots[at];
        hole = at;
    }
    index->slots[hole] = NULL;
    index->len--;
}

void window_list_append(struct window_list *list, struct window_row *row)
{
    row->next = NULL;
    if (list->tail)
        list->tail->next = row;
    else
        list->head = row;
    list->tail = row;
    list->len++;
}

struct window_row *window_list_take(struct window_list *list)
{
    struct window_row *row = list->head;
    list->head = row->next;
    if (!list->head)
        list->tail = NULL;
    list->len--;
    return row;
}

int window_compare_keys(const struct windows *windows, const symbol a[EVENT_KEYS_MAX],
                        const symbol b[EVENT_KEYS_MAX])
{
    for (int k = 0; k < windows->keys_len; k++) {
        if (a[k] == b[k])
            continue;
        int difference = strcmp(symbols_text(windows->config.symbols, a[k]),
                                symbols_text(windows->config.symbols, b[k]));
        if (difference != 0)
            return difference;
    }
    return 0;
}

/* The order in which transitions are told. By due first, so that the log does not depend on how
 * often windows_advance is called; texts, so that it does not depend on how symbols are numbered.
 */
static bool sooner(const struct windows *windows, const struct window_row *a,
                   const struct window_row *b)
{
    if (a->due != b->due)
        return a->due < b->due;
    if (a->state != b->state)
        return a->state == WINDOW_SETTLING;
    if (a->end != b->end)
        return a->end < b->end;
    if (a->id.start != b->id.start)
        return a->id.start < b->id.start;
    return window_compare_keys(windows, a->id.key, b->id.key) < 0;
}

static void place(struct window_heap *heap, size_t at, struct window_row *row)
{
    heap->rows[at] = row;
    row->heap_at = at;
}

static void sift_up(struct windows *windows, struct window_row *row)
{
    struct window_heap *heap = &windows->heap;
    size_t at = row->heap_at;
    while (at > 0 && sooner(windows, row, heap->rows[(at - 1) / 2])) {
        place(heap, at, heap->rows[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(heap, at, row);
}

static void sift_down(struct windows *windows, struct window_row *row)
{
    struct window_heap *heap = &windows->heap;
    size_t at = row->heap_at;
    for (size_t child; (child = 2 * at + 1) < heap->len; at = child) {
        if (child + 1 < heap->len && sooner(windows, heap->rows[child + 1], heap->rows[child]))
            child++;
        if (!sooner(windows, heap->rows[child], row))
            break;
        place(heap, at, heap->rows[child]);
    }
    place(heap, at, row);
}

void window_heap_moved(struct windows *windows, struct window_row *row)
{
    sift_up(windows, row);
    sift_down(windows, row);
}

void window_heap_push(struct windows *windows, struct window_row *row)
{
    struct window_heap *heap = &windows->heap;
    if (heap->len == heap->room) {
        heap->room = heap->room ? heap->room * 2 : 64;
        heap->rows = mem_resize(heap->rows, heap->room * sizeof *heap->rows);
    }
    place(heap, heap->len++, row);
    sift_up(windows, row);
}

void window_heap_remove(struct windows *windows, struct window_row *row)
{
    struct window_heap *heap = &windows->heap;
    struct window_row *last = heap->rows[--heap->len];
    if (last == row)
        return;
    place(heap, row->heap_at, last);
    window_heap_moved(windows, last);
}
