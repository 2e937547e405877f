#ifndef TAILRACE_FEEDS_ARCHIVE_H
#define TAILRACE_FEEDS_ARCHIVE_H
/*
 * Rotated files that were compressed (T-R10): read in batch, and at the start of following, never
 * while it goes on (D-10). One whose unpacked content is that of a file that is read, or the begin
 * of one, is read already.
 *
 * Threads: as its context, the reader's or, before that, of whoever opens the feed.
 */
#include "feeds/source.h"

/* In place of a compressed `file`, its unpacked bytes under its own identity. `*known`: they are
 * read already, nothing is handed over. The descriptor of `file` is closed in any case. Errors as
 * gunzip_spool. */
enum status archive_unpack(struct source_context *context, const char *path,
                           struct opened_file *file, bool *known, struct error *error);

/* One that lies between two generations: unpacked at the start, else passed. False: it is not to be
 * read, and closed. */
bool archive_take(struct source_context *context, const char *path, struct opened_file *file);

/* One that appeared while following: not read. It is said once, unless there is no record in it, or
 * its first one is one of what was read: then it is what a rotation made of that. */
void archive_pass(struct source_context *context, const char *path, int fd);

/* One that could not be unpacked at the start of following: said, and passed. */
void archive_refuse(struct source_context *context, const struct error *why);

#endif
