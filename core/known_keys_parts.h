#ifndef TAILRACE_CORE_KNOWN_KEYS_PARTS_H
#define TAILRACE_CORE_KNOWN_KEYS_PARTS_H
/* What known_keys.c and known_keys_state.c share; nobody else includes it. */
#include "core/known_keys.h"

struct known_key {
    uint64_t key;
    epoch_ms time; /* KNOWN_EMPTY: an empty place */
};

#define KNOWN_EMPTY INT64_MAX

/* What happened to a key: it was added, or its time became earlier. */
struct known_change {
    uint64_t key;
    epoch_ms time;
    bool added;
};

struct known_keys {
    size_t keys_max;
    struct known_key *table;
    size_t size; /* a power of two */
    size_t len;
    uint64_t *added; /* a ring of `room` keys, the oldest at `head` */
    size_t room, head;
    uint64_t forgotten;
    bool kept;                  /* what changes is noted until it is saved */
    struct known_change *fresh; /* in order */
    size_t fresh_len, fresh_room;
};

#endif
