#ifndef TAILRACE_FEEDS_RESUME_H
#define TAILRACE_FEEDS_RESUME_H
/*
 * Where reading goes on after a restart, and what makes sure that it is the same file (T-R2):
 * device and inode, a hash of the file's first bytes, and one of the bytes just before the offset,
 * the anchor. Only bytes before the offset are hashed: they were whole records, and do not change.
 *
 * Threads: pure but for reading the descriptor.
 */
#include "core/siphash.h"
#include "feeds/generation.h"

enum { RESUME_BYTES = 4096 }; /* of the head, and of the anchor, at most */

struct resume_content {
    struct generation_id id;
    uint64_t head, anchor; /* hashes, of min(RESUME_BYTES, offset) bytes each */
};

struct resume_mark {
    const char *name; /* of the source; the caller's */
    uint32_t generation;
    uint64_t begin;  /* where reading of this generation began */
    uint64_t offset; /* where it goes on */
    uint32_t lines;  /* physical ones before */
    struct resume_content content;
};

/* What the file is, as of an offset within it. STATUS_IO: the bytes cannot be read, or are not
 * there. */
enum status resume_look(int fd, struct generation_id id, uint64_t offset,
                        struct resume_content *out);
/* Whether this file goes on where the mark left it (T-R3). */
bool resume_matches(const struct opened_file *file, const struct resume_mark *mark);

#endif
