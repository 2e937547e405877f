/*
 * Interned texts in chunks that never move, so that a symbol's text can be read without a lock; an
 * open-addressed index over them under one private lock.
 */
#include "core/symbols.h"

#include "core/siphash.h"
#include "core/sometimes.h"
#include "core/status.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1024 };

struct entry {
    char *text;
    uint32_t len;
    uint32_t hash;
};

struct symbols {
    pthread_mutex_t lock; /* guards all but what is atomic; entries below len are read without it */
    struct hash_key key;
    size_t cap;
    size_t len;
    struct entry **chunks; /* cap / CHUNK pointers, filled as needed */
    symbol *index;         /* power of two, UINT32_MAX is empty */
    size_t index_size;
    atomic_uint_fast64_t overflowed, cut;
};

static struct entry *entry_at(const struct symbols *symbols, symbol s)
{
    return &symbols->chunks[s / CHUNK][s % CHUNK];
}

static const char ellipsis[] = "\u2026";
enum { ELLIPSIS_LEN = sizeof ellipsis - 1, KEPT_MAX = SYMBOL_TEXT_MAX - ELLIPSIS_LEN };

/* The longest prefix of at most KEPT_MAX bytes that does not cut a UTF-8 character, and the mark.
 */
static size_t cut(const char *text, char out[SYMBOL_TEXT_MAX])
{
    size_t len = KEPT_MAX;
    while (len > KEPT_MAX - 4 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    memcpy(out, text, len);
    memcpy(out + len, ellipsis, ELLIPSIS_LEN);
    return len + ELLIPSIS_LEN;
}

/* By its looks, so that a text that comes back from a state counts as it did. */
static bool is_cut(const char *text, size_t len)
{
    return len > KEPT_MAX - 4 + ELLIPSIS_LEN &&
           memcmp(text + len - ELLIPSIS_LEN, ellipsis, ELLIPSIS_LEN) == 0;
}

static void place(struct symbols *symbols, symbol s)
{
    size_t at = entry_at(symbols, s)->hash & (symbols->index_size - 1);
    while (symbols->index[at] != UINT32_MAX)
        at = (at + 1) & (symbols->index_size - 1);
    symbols->index[at] = s;
}

static void grow_index(struct symbols *symbols)
{
    symbols->index_size *= 2;
    symbols->index = mem_resize(symbols->index, symbols->index_size * sizeof *symbols->index);
    memset(symbols->index, 0xFF, symbols->index_size * sizeof *symbols->index);
    for (size_t s = 0; s < symbols->len; s++)
        place(symbols, (symbol)s);
}

static symbol append(struct symbols *symbols, const char *text, size_t len, uint32_t hash)
{
    symbol s = (symbol)symbols->len;
    if (!symbols->chunks[s / CHUNK])
        symbols->chunks[s / CHUNK] = mem_zero(CHUNK, sizeof(struct entry));
    struct entry *entry = entry_at(symbols, s);
    entry->text = mem_alloc(len + 1);
    memcpy(entry->text, text, len);
    entry->text[len] = '\0';
    entry->len = (uint32_t)len;
    entry->hash = hash;
    symbols->len++;
    atomic_fetch_add(&symbols->cut, is_cut(text, len));
    if (symbols->len * 2 > symbols->index_size)
        grow_index(symbols);
    else
        place(symbols, s);
    return s;
}

static symbol find_or_append(struct symbols *symbols, const char *text, size_t len, uint32_t hash)
{
    size_t at = hash & (symbols->index_size - 1);
    for (; symbols->index[at] != UINT32_MAX; at = (at + 1) & (symbols->index_size - 1)) {
        const struct entry *entry = entry_at(symbols, symbols->index[at]);
        if (entry->hash == hash && entry->len == len && memcmp(entry->text, text, len) == 0)
            return symbols->index[at];
    }
    if (symbols->len >= symbols->cap) {
        SOMETIMES(symbols_full);
        atomic_fetch_add(&symbols->overflowed, 1);
        return SYMBOL_OTHER;
    }
    return append(symbols, text, len, hash);
}

static uint32_t hash_of(const struct symbols *symbols, const char *text, size_t len)
{
    return (uint32_t)siphash64(symbols->key, text, len);
}

struct symbols *symbols_new(size_t cap)
{
    static const char *const fixed[] = {"(missing)", "(other)", "(unknown)"};
    struct symbols *symbols = mem_zero(1, sizeof *symbols);
    pthread_mutex_init(&symbols->lock, NULL);
    symbols->key = hash_key_random();
    symbols->cap = cap < SYMBOL_FIRST ? SYMBOL_FIRST : cap;
    symbols->chunks = mem_zero(symbols->cap / CHUNK + 1, sizeof *symbols->chunks);
    symbols->index_size = 64;
    symbols->index = mem_alloc(symbols->index_size * sizeof *symbols->index);
    memset(symbols->index, 0xFF, symbols->index_size * sizeof *symbols->index);
    for (size_t i = 0; i < SYMBOL_FIRST; i++) {
        size_t len = strlen(fixed[i]);
        append(symbols, fixed[i], len, hash_of(symbols, fixed[i], len));
    }
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    if (!symbols)
        return;
    for (size_t s = 0; s < symbols->len; s++)
        free(entry_at(symbols, (symbol)s)->text);
    for (size_t c = 0; c <= symbols->cap / CHUNK; c++)
        free(symbols->chunks[c]);
    free(symbols->chunks);
    free(symbols->index);
    pthread_mutex_destroy(&symbols->lock);
    free(symbols);
}

symbol symbols_intern(struct symbols *symbols, const char *text, size_t len)
{
    if (len == 0)
        return SYMBOL_MISSING;
    char shorter[SYMBOL_TEXT_MAX];
    if (len > SYMBOL_TEXT_MAX) {
        len = cut(text, shorter);
        text = shorter;
    }
    uint32_t hash = hash_of(symbols, text, len);
    pthread_mutex_lock(&symbols->lock);
    symbol s = find_or_append(symbols, text, len, hash);
    pthread_mutex_unlock(&symbols->lock);
    return s;
}

const char *symbols_text(const struct symbols *symbols, symbol s)
{
    return entry_at(symbols, s)->text;
}

size_t symbols_text_len(const struct symbols *symbols, symbol s)
{
    return entry_at(symbols, s)->len;
}

uint64_t symbols_overflowed(const struct symbols *symbols)
{
    return atomic_load(&((struct symbols *)symbols)->overflowed);
}

uint64_t symbols_cut(const struct symbols *symbols)
{
    return atomic_load(&((struct symbols *)symbols)->cut);
}

size_t symbols_len(struct symbols *symbols)
{
    pthread_mutex_lock(&symbols->lock);
    size_t len = symbols->len;
    pthread_mutex_unlock(&symbols->lock);
    return len;
}
