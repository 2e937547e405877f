#ifndef TAILRACE_CORE_LOOKUP_H
#define TAILRACE_CORE_LOOKUP_H
/*
 * The rows of a dimension in memory, found by their key: what a left join looks in (S-16). Filled
 * once (feeds/lookup.h), then read-only and shared by every thread. Keys are unique: a second row
 * of the same key would make a join ambiguous, so it is an error of the file, not a choice of ours.
 *
 * Bounded by LOOKUP_BYTES_MAX of text.
 */
#include "core/words.h"

#include <stdint.h>

enum { LOOKUP_TAKES_MAX = 8, LOOKUP_BYTES_MAX = 256 * 1024 * 1024 };

struct lookup;

/* `takes` texts a row. */
struct lookup *lookup_new(int takes);
void lookup_free(struct lookup *lookup); /* accepts NULL */

/* Copies the row with its `takes` texts. 0, or the line of the row that has this key already. */
uint64_t lookup_add(struct lookup *lookup, uint64_t line, struct word key,
                    const struct word *takes);

/* The texts of the row with this key, NULL: none. They live as long as the lookup. */
const struct word *lookup_find(const struct lookup *lookup, const char *key, size_t len);

size_t lookup_len(const struct lookup *lookup);

#endif
