#ifndef TAILRACE_FEEDS_SIBLINGS_H
#define TAILRACE_FEEDS_SIBLINGS_H
/*
 * Rotations that went by between two looks: by its present name, the file that was followed stands
 * several places back in the series of rotated names, and those in between were never seen.
 *
 *     a.log.3 (followed until now), a.log.2, a.log.1, a.log
 *     a-20260103.log (followed until now), a-20260104.log, a.log
 *     a-7.log (followed until now), a-8.log, a-9.log, a.log
 *
 * A series is numbered, the smallest newest, or dated, the greatest newest, unless the times of its
 * files say otherwise; the separator is a '.', a '-' or a '_' behind the name or before its last
 * ending. Compressed names (".gz" behind that)
 * belong to the series; where the file is there both ways, only the plain one is meant.
 *
 * Threads: any.
 */
#include "feeds/generation.h"
#include "feeds/paths.h"

/*
 * The paths between `old` and `name`, oldest first, at most SIBLINGS_MAX. Free with paths_fini.
 *
 * `fd` is a descriptor of `old`, -1: there is none. By it the place of `old` is known when it has
 * no name of a series any more, because it was compressed or removed since: where a compressed file
 * was written last when `old` was; else before all that were made after it and before the file
 * under the name (numbered or dated behind the whole name, on file systems that keep when a file
 * was made).
 */
enum { SIBLINGS_MAX = 64 };
void siblings_between(const char *name, struct generation_id old, int fd, struct paths *out);

#endif
