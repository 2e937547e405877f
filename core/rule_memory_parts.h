#ifndef TAILRACE_CORE_RULE_MEMORY_PARTS_H
#define TAILRACE_CORE_RULE_MEMORY_PARTS_H
/* What rule_memory.c and rules_state.c share; nobody else includes it. */
#include "core/due_queue.h"
#include "core/rule_memory.h"

#define NOBODY UINT32_MAX

/* Never across two lines of the cache. */
struct chain {
    _Alignas(32) uint64_t subject;
    uint32_t oldest, newest;
    uint32_t len; /* 0: an empty place */
};

/* What is read of a note without asking what it says, apart from it so that it stays in the cache.
 */
struct link {
    epoch_ms time;
    uint32_t older, newer;
    uint32_t stamp; /* of the entry that says when it is due */
    bool touched;   /* noted among those to be saved */
    epoch_ms due;
};

struct rule_memory {
    size_t notes_max;
    struct note *notes;
    struct link *links; /* of the note of the same index */
    size_t room;        /* notes allocated */
    size_t len;         /* in use */
    size_t used;        /* notes ever used; those given back form a list by `older` */
    uint32_t unused;

    struct chain *table;
    size_t table_size; /* a power of two */
    size_t chains;

    struct due_queue queue;
    uint32_t stamps; /* given so far */

    bool kept;         /* what changes is noted until it is saved */
    uint32_t *touched; /* indexes of notes, each once */
    size_t touched_len, touched_room;
};

/* What stands in a place, instead of what was told of it before; `stamp` 0: nothing. False: the
 * place is beyond the memory. rule_memory_restored ends it, and fills the places of which nothing
 * was told. */
bool rule_memory_restore(struct rule_memory *memory, uint32_t index, const struct note *note,
                         epoch_ms due, uint32_t stamp);
void rule_memory_restored(struct rule_memory *memory, uint32_t stamps);

#endif
