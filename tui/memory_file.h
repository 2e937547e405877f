#ifndef TAILRACE_TUI_MEMORY_FILE_H
#define TAILRACE_TUI_MEMORY_FILE_H
/*
 * A stream whose bytes stay in memory. Not open_memstream(3): that one loses what found no room and
 * says nothing, so that a report could be written empty, or with a hole. Here no memory goes
 * through fatal_shortage().
 *
 *     memory_file_open → print to `stream` → memory_file_flush → use `bytes`, `len`
 *     → (memory_file_clear → print …) → memory_file_close → use `bytes`, `len`; free(bytes)
 *
 * Threads: one owner.
 */
#include <stddef.h>
#include <stdio.h>

struct memory_file {
    FILE *stream;
    char *bytes; /* a NUL stands behind; NULL before the first flush of something */
    size_t len, cap;
};

/* `file` must not move while it is open. */
void memory_file_open(struct memory_file *file);
void memory_file_flush(struct memory_file *file);
void memory_file_clear(struct memory_file *file); /* the bytes flushed so far */
void memory_file_close(struct memory_file *file); /* flushes; `bytes` is the caller's to free */

#endif
