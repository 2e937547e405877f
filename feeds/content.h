#ifndef TAILRACE_FEEDS_CONTENT_H
#define TAILRACE_FEEDS_CONTENT_H
/*
 * Whether the content of a file was read before, under another inode (T-R5): a copy that a rotation
 * made, an editor that saved through a new inode or wrote the whole file again in place. It is then
 * read only from where the known content ends, never from 0.
 *
 * Threads: any.
 */
#include "feeds/catalogue.h"

enum content {
    CONTENT_NEW,    /* read it from 0 */
    CONTENT_EMPTY,  /* no record yet: nothing to judge and nothing to read */
    CONTENT_KNOWN,  /* read before, up to `offset` */
    CONTENT_COPY,   /* all of it stands in a file that is followed: not read at all */
    CONTENT_PREFIX, /* the begin of what was read before: a copy being made, or a part of it */
    CONTENT_WAIT,   /* its original was truncated, and whoever follows that looks for a copy */
    CONTENT_FAILED  /* could not be read; see errno */
};

/* Whether a record can be complete in what begins so: one line of JSON, or a line behind a header.
 */
bool content_has_record(const struct fingerprint_head *head);

/* `self`: the generation that the file is, or NULL. `*offset`: of CONTENT_KNOWN, where its reading
 * begins; of CONTENT_PREFIX, up to where it is certain to be the known one's, or 0. */
enum content content_judge(struct catalogue *catalogue, struct hash_key key, int fd,
                           const struct generation *self, uint64_t *offset);

/*
 * Looks beside `name` (feeds/folder.h) for a file that holds what `print` is of. Files that the
 * catalogue says are read are no copies, nor are those unchanged since before `since`, the last
 * change of what was read. False: none. A descriptor in `out` is the caller's.
 */
bool content_find_copy(struct catalogue *catalogue, struct hash_key key, const char *name,
                       const struct fingerprint *print, struct timespec since,
                       struct opened_file *out);

#endif
