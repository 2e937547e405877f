#ifndef TAILRACE_CORE_SYMBOLS_H
#define TAILRACE_CORE_SYMBOLS_H
/*
 * Interned text of group keys: each distinct text once, named by a small integer.
 *
 * One table serves a whole run; both lanes and the screen speak in its symbols. It only grows, up
 * to `cap` texts; beyond it every new text is SYMBOL_OTHER, counted (S-15, D-07). The hash is keyed
 * with a random key per table (D-08), so no chosen keys can flood it.
 *
 * Threads: symbols_intern takes a private lock (a decoder keeps its own small cache before it).
 * symbols_text and symbols_len take none and may run in any thread that got the symbol from
 * another through a synchronising hand-over (the ring, a snapshot).
 */
#include <stddef.h>
#include <stdint.h>

typedef uint32_t symbol;

/* Fixed symbols, present in every table. */
enum {
    SYMBOL_MISSING, /* "(missing)": absent, null or empty (S-16) */
    SYMBOL_OTHER,   /* "(other)": beyond the cap (S-15) */
    SYMBOL_UNKNOWN, /* "(unknown)": no match in a lookup (S-16) */
    SYMBOL_FIRST    /* the first symbol of the feed's own text */
};

enum { SYMBOLS_CAP_DEFAULT = 1 << 20, SYMBOL_TEXT_MAX = 256 };

struct symbols;

struct symbols *symbols_new(size_t cap);
void symbols_free(struct symbols *symbols);

/* The symbol of these bytes; a longer text is cut at a character, an ellipsis marks it, and what
 * begins like it is the same key: SYMBOL_TEXT_MAX bytes in all. */
symbol symbols_intern(struct symbols *symbols, const char *text, size_t len);

/* NUL-terminated; lives as long as the table. Bytes of a feed: filter before output. */
const char *symbols_text(const struct symbols *symbols, symbol s);
/* Texts so far, the fixed ones among them; takes the lock. */
size_t symbols_len(struct symbols *symbols);
size_t symbols_text_len(const struct symbols *symbols, symbol s);

/* How many interns met a full table. */
uint64_t symbols_overflowed(const struct symbols *symbols);
/* How many of the texts are cut ones. */
uint64_t symbols_cut(const struct symbols *symbols);

#endif
