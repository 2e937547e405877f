#ifndef TAILRACE_CORE_TALLY_PARTS_H
#define TAILRACE_CORE_TALLY_PARTS_H
/* What tally.c and tally_state.c share; nobody else includes it. */
#include "core/distinct.h"
#include "core/tally.h"

struct tally {
    const struct definition *definition;
    size_t cap;
    struct tally_row *rows;
    size_t len, room;
    uint32_t *index; /* row + 1, 0 is empty; a power of two */
    size_t index_size;
    uint64_t overflowed;
    struct distinct *distinct; /* entries' groups are rows; NULL: not asked for */
};

/* A row that was saved, behind the others; false: its key is there already, or not possible there.
 */
bool tally_restore_row(struct tally *tally, const struct tally_row *row);

#endif
