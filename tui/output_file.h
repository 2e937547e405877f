#ifndef TAILRACE_TUI_OUTPUT_FILE_H
#define TAILRACE_TUI_OUTPUT_FILE_H
/*
 * The file that an option -o names: there when it is complete, or what stood there before
 * (tui/new_file.h). It has the rights that the shell's `>` would give it, and what a link leads to
 * is replaced, not the link. What is no regular file, a pipe or a terminal, is written to as it is;
 * `growing` also a file, for those who follow it.
 *
 * Threads: main alone, as the mask of rights is the process's.
 */
#include "tui/new_file.h"

#include <stdbool.h>

struct output_file {
    FILE *stream;
    const char *path; /* the caller's */
    struct new_file file;
    bool straight;
};

enum status output_file_open(struct output_file *output, const char *path, bool growing,
                             struct error *error);
/* Puts it in place, if `status` is STATUS_OK; else it is given up, and `status` returned. */
enum status output_file_close(struct output_file *output, enum status status, struct error *error);

#endif
