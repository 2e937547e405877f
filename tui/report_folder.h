#ifndef TAILRACE_TUI_REPORT_FOLDER_H
#define TAILRACE_TUI_REPORT_FOLDER_H
/*
 * The folder of dated reports: who may write there now, and how a report is replaced.
 *
 * Lock (S-112): one file per report, one byte of it per day, so that any two runs whose ranges meet
 * exclude each other, and the system knows who holds it, frees it when that process dies, and can
 * be asked. Replacing (S-111): new files beside the old ones, complete and on disk, then renamed;
 * the report first, its manifest last, so that a manifest never speaks of a report that is not
 * there.
 *
 * Threads: main only.
 */
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPORT_FILE_MAX = 128 };

struct report_folder {
    int fd;
    int lock_fd; /* -1: nothing is locked */
    const char *path;
};

/* Makes the folder when only its last part is missing. */
enum status report_folder_open(struct report_folder *folder, const char *path, struct error *error);
void report_folder_close(struct report_folder *folder);

/* STATUS_LIMIT: another run holds a day of the range; the error says which process. */
enum status report_folder_lock(struct report_folder *folder, const char *report, int32_t from_day,
                               int32_t to_day, struct error *error);

/* One file to be put in place. */
struct report_file {
    char name[REPORT_FILE_MAX];
    const char *bytes;
    size_t len;
};

/* All of them, in their order, or none as far as can be. With the lock. */
enum status report_folder_replace(const struct report_folder *folder,
                                  const struct report_file *files, size_t files_len,
                                  struct error *error);

/* The bytes of a file, at most `max`, with a NUL behind them; NULL when there is none. */
char *report_folder_read(const struct report_folder *folder, const char *name, size_t max,
                         size_t *len);

#endif
