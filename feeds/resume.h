#ifndef TAILRACE_FEEDS_RESUME_H
#define TAILRACE_FEEDS_RESUME_H
/*
 * Reading that goes on where an earlier run left it (S-92, T-R3). For each generation of each
 * source the state keeps a mark: device and inode, and the fingerprint of what was counted. At the
 * start the content of each source's newest mark is looked for:
 *
 *     under its name, the inode the same            it goes on there
 *     under another name, the inode the same        renamed: drained, with its grace time (T-R4)
 *     under its name, the inode another             saved anew by an editor: it goes on there
 *     beside it, in a copy, or a compressed one     drained; it is complete (T-R5, T-R10)
 *     nowhere                                       a gap: said, with where reading had been
 *
 * After what was found come the files that the rotated names put between it and the name, oldest
 * first, then the file under the name, from 0. While the name is nothing, or cannot be opened or
 * read, the mark waits (T-R11): a folder that is not mounted yet is no reason to give a place up.
 *
 * Threads: whoever opens the feed, then the reader.
 */
#include "feeds/source.h"

struct resume_mark {
    const char *name; /* of the source; the caller's */
    bool known;       /* else nobody has seen a file of it: only the source's number is meant */
    struct generation_mark at;
    struct fingerprint seen; /* nothing of it was counted: what stood in it all the same, when that
                                was noted; it is looked for as if it had been read, and read */
};

/* Beside the name: the file of the mark's inode, if it holds the mark's content. */
bool resume_find_renamed(struct source_context *context, const char *name,
                         const struct generation_mark *mark, struct opened_file *out);
/* Beside the name: another file that holds the mark's content. A compressed one is unpacked. */
bool resume_find_copy(struct source_context *context, const char *name,
                      const struct generation_mark *mark, struct opened_file *out);

/*
 * The generations of the source that were read to their end, oldest first: known again by content,
 * so that no copy of them is read. With `history` they are looked for, at most GENERATIONS_HELD of
 * them, so that a batch lane reads what was counted.
 */
void resume_done(struct source_context *context, const struct source *source,
                 const struct generation_mark *done, size_t len, bool history);

#endif
