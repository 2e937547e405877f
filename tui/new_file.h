#ifndef TAILRACE_TUI_NEW_FILE_H
#define TAILRACE_TUI_NEW_FILE_H
/*
 * A file that is written beside its place and takes it when it is complete and on disk: whoever
 * reads it sees all of it, or what stood there before. For its owner alone (0600, D-17). Where the
 * file system can keep it nameless until then, nothing is left of one that was not finished.
 *
 *     new_file_open → write to `stream` → new_file_close, or new_file_drop
 *
 * Threads: none.
 */
#include "core/status.h"

#include <stdbool.h>
#include <stdio.h>

struct new_file {
    FILE *stream;
    char *path, *temporary;
    bool nameless; /* until it is complete */
};

enum status new_file_open(struct new_file *file, const char *path, struct error *error);
/* Puts it in place; on an error nothing is left behind. */
enum status new_file_close(struct new_file *file, struct error *error);
void new_file_drop(struct new_file *file);

#endif
