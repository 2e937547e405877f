#ifndef TAILRACE_CORE_DISTINCT_PARTS_H
#define TAILRACE_CORE_DISTINCT_PARTS_H
/* What distinct.c and distinct_state.c share; nobody else includes it. */
#include "core/distinct.h"

struct distinct {
    struct distinct_entry *entries; /* hash 0: empty */
    size_t size;                    /* a power of two */
    size_t len;
    size_t cap;
    uint64_t refused;
    bool kept;                    /* the new ones are kept until they are saved */
    struct distinct_entry *fresh; /* in order of arrival */
    size_t fresh_len, fresh_room;
};

#endif
