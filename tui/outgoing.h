#ifndef TAILRACE_TUI_OUTGOING_H
#define TAILRACE_TUI_OUTGOING_H
/*
 * Bytes on their way to a reader that may not take them: a terminal where Ctrl-S was pressed or
 * whose line is slow, a pipe that nobody reads. Nobody waits for it unasked (S-120): what is not
 * taken now is kept, in order, and offered again when there is room.
 *
 *     outgoing_open or outgoing_share → outgoing_add or outgoing_collect, outgoing_send …
 *     → outgoing_finish → outgoing_close
 *
 * A terminal is opened a second time, so that only this program's writes do not block: the one it
 * was started on is shared with a shell. What cannot be opened so, or must not (the position in a
 * file is shared too), gets small pieces, each when poll() says that there is room.
 *
 * Threads: one owner; outgoing_last from signal handlers in any thread.
 */
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

struct outgoing {
    int fd;
    size_t piece;    /* the most at once on a descriptor that blocks; 0: it does not */
    int errno_value; /* why nothing more can be written: EIO after a hang-up; 0: it can */
    int sink;        /* a file in memory that others write to; -1: none */
    char *bytes;     /* not taken yet: [at, len) */
    size_t at, len, cap;
};

#define OUTGOING_NONE ((struct outgoing){.fd = -1, .sink = -1})

/* A terminal, with a sink. `fd` stays the caller's. */
enum status outgoing_open(struct outgoing *outgoing, int fd, struct error *error);
/* Whatever `fd` is; no sink. */
enum status outgoing_share(struct outgoing *outgoing, int fd, struct error *error);
void outgoing_close(struct outgoing *outgoing); /* accepts OUTGOING_NONE; drops what waits */

void outgoing_add(struct outgoing *outgoing, const char *bytes, size_t len);
/* Takes over what stands in the sink. */
void outgoing_collect(struct outgoing *outgoing);

/* Writes what is taken now. True when nothing is left, or nothing can be written any more. */
bool outgoing_send(struct outgoing *outgoing);
/* The same, going on as long as some is taken; false when nothing was for `patience_ms`. */
bool outgoing_finish(struct outgoing *outgoing, int patience_ms);
/* Whether there is room, or there is no sense in waiting for it; waits for that at most so long. */
bool outgoing_wait(const struct outgoing *outgoing, int wait_ms);
/* Past everything that waits; async-signal-safe, never waits, may write less. */
void outgoing_last(const struct outgoing *outgoing, const char *text, size_t len);

#endif
