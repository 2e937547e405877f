#ifndef TAILRACE_CORE_WINDOW_WATCH_PARTS_H
#define TAILRACE_CORE_WINDOW_WATCH_PARTS_H
/* Private to core/window_watch*.c. */
#include "core/window_watch.h"

struct window_correction {
    struct window_id id;
    epoch_ms end, watermark, at;
    uint64_t before, after;
    uint32_t revision;
    bool retracted;
};

struct window_watch {
    struct window_config config;
    int64_t slide_ms;
    epoch_ms watermark, at; /* of the last event */

    struct watched {
        struct window_id id; /* the key of a session; 0 of others */
        epoch_ms end;
        uint64_t count, late, corrections;
    } windows[SNAPSHOT_WINDOWS]; /* oldest first */
    int windows_len, last;

    struct window_correction corrections[SNAPSHOT_CORRECTIONS]; /* a ring */
    uint64_t corrected;

    struct window_id late[SNAPSHOT_LATE]; /* newest first */
    int late_len;
};

#endif
