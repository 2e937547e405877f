#ifndef TAILRACE_TUI_ALERT_FILE_H
#define TAILRACE_TUI_ALERT_FILE_H
/*
 * The end of a file that lines are appended to. What cannot be written waits and is tried again
 * every ALERT_FILE_RETRY_MS, up to a maximum of bytes; lines beyond it are lost and counted (S-05).
 * An unfinished last line, of a run that was killed, gets its line end first. A file that was
 * renamed or removed meanwhile is made anew.
 *
 * Threads: none; one owner. Writing a regular file may wait for the disk; anything else never
 * waits.
 */
#include "core/instant.h"
#include "core/status.h"
#include "tui/line_buffer.h"

#include <sys/stat.h>

enum { ALERT_FILE_RETRY_MS = 1000, ALERT_FILE_CAP = 16 * 1024 * 1024 };

struct alert_file {
    const char *path; /* NULL: no file is wanted; adding does nothing */
    int fd;           /* -1: closed */
    dev_t device;
    ino_t inode;
    bool regular;
    bool found_torn; /* its last line, not ours, is unfinished */
    bool mid_line;   /* a line of ours is written in part */
    struct line_buffer waiting;
    uint64_t written, lost; /* lines */
    int errno_value;        /* why the last try failed; 0: it did not */
    mono_ns retry_at;
};

/* `path` NULL: none. Made with mode 0600 when it is not there; existing lines stay. */
enum status alert_file_open(struct alert_file *file, const char *path, size_t cap,
                            struct error *error);
void alert_file_close(struct alert_file *file);

void alert_file_add(struct alert_file *file, const char *line, size_t len);
/* Writes what waits, unless it is too early for another try; `last`: try now in any case. */
void alert_file_flush(struct alert_file *file, mono_ns now, bool last);
/* When to flush again; INT64_MAX: nothing waits. */
mono_ns alert_file_next(const struct alert_file *file);

#endif
