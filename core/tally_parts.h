#ifndef TAILRACE_CORE_TALLY_PARTS_H
#define TAILRACE_CORE_TALLY_PARTS_H
/* What tally.c and tally_state.c share; nobody else includes it. */
#include "core/different.h"
#include "core/tally.h"

enum { TALLY_NEAR = 64 };

struct tally {
    const struct definition *definition;
    int keys_len, values_len, distincts_len; /* the definition's */
    size_t cap;
    struct tally_row *rows;
    size_t len, room;
    uint32_t *index; /* row + 1, 0 is empty; a power of two */
    size_t index_size;
    uint32_t near[TALLY_NEAR];       /* row + 1 of keys seen of late; 0: none */
    uint64_t factor[EVENT_KEYS_MAX]; /* of the index's hash: odd, random */
    uint64_t overflowed;
    struct distinct *distinct; /* entries' groups are rows; NULL: not asked for, or deferred */
    /* deferred: */
    struct different_log log;
    struct different *different;    /* of the whole; NULL: this is a slice */
    struct different_counts counts; /* new ones found, by rows of the whole */
};

void tally_note_distinct(struct tally *tally, size_t row, int operand, uint64_t hash);
void tally_distinct_fini(struct tally *tally);

/* A row that was saved, behind the others; false: its key is there already, or not possible there.
 */
bool tally_restore_row(struct tally *tally, const struct tally_row *row);

#endif
