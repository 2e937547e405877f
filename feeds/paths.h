#ifndef TAILRACE_FEEDS_PATHS_H
#define TAILRACE_FEEDS_PATHS_H
/*
 * The FEED arguments of a tail: files named outright, and globs that may match more as time goes.
 * Threads: one owner.
 */
#include "core/status.h"

#include <stdbool.h>

struct paths { /* zeroed: none */
    char **texts;
    size_t len;
};

void paths_fini(struct paths *paths);
void paths_add(struct paths *paths, const char *text); /* copies */

/* Whether `path` is a pattern: it has a glob's characters and is not itself the name of a file. */
bool paths_is_glob(const char *path);

/* The regular files that a glob matches now, in bytewise order; none is no error. STATUS_IO when a
 * folder or a file could not be looked at: there may be more than what is then in `out`. What is
 * not permitted to be seen is not there, as for a shell. */
enum status paths_expand(const char *glob, struct paths *out, struct error *error);

/* The folder that a path or glob lies in, when it has no glob's characters itself; free. NULL
 * otherwise. */
char *paths_folder(const char *path);

#endif
