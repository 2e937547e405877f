#ifndef TAILRACE_CORE_WATERMARK_PARTS_H
#define TAILRACE_CORE_WATERMARK_PARTS_H
/* What watermark.c and watermark_state.c share; nobody else includes it. */
#include "core/watermark.h"

struct source {
    epoch_ms greatest; /* WATERMARK_NONE before the first event */
    epoch_ms
        near_until; /* as it is, an event up to this moves W at most to itself; INT64_MIN: none */
    bool expected;
    bool idle;
    uint8_t far_len;
    epoch_ms *far; /* times of far events in order of arrival; NULL until there was one */
};

struct watermark {
    struct watermark_config config;
    epoch_ms now;
    struct source *sources;
    size_t room;     /* of sources: a power of two */
    epoch_ms *least; /* 2 * room: [1] of all, [n] of [2n] and [2n + 1], [room + s] of source s */
};

/* Makes the source's place; takes over `far`. W stays as it is. */
void watermark_restore_source(struct watermark *watermark, uint32_t source,
                              const struct source *saved);

#endif
