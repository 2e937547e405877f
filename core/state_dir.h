#ifndef TAILRACE_CORE_STATE_DIR_H
#define TAILRACE_CORE_STATE_DIR_H
/*
 * The directory where progress is kept, and who may write it (design of the state: core/store.h).
 *
 * It belongs to one user and is nobody else's to enter (0700). Everything in it is reached from one
 * descriptor that was checked after it was opened, so a directory that is swapped for a link
 * meanwhile is still the one that was checked (D-11, D-21). Refused: another owner, other rights
 * than the owner's, a link in its place, a parent that anybody may write to and that does not keep
 * others' entries apart (sticky), and anything in it that is no regular file of ours.
 *
 * One writer: an advisory lock that the system gives up when the process ends, however it ends: of
 * a file, and of the directory itself, should somebody remove the file. A reader takes none
 * (`--read-only`).
 *
 * Threads: open and close by one; the rest is read only.
 */
#include "core/status.h"

#include <stdbool.h>

#define STATE_DIR_LOCK "lock"

struct state_dir {
    int fd;      /* of the directory; -1: closed */
    int lock_fd; /* -1: reading only */
    char *path;
};

/* Makes the directory, and missing parents below a home of ours, when writing. STATUS_LOCKED:
 * another process writes here (its number is in the words). STATUS_DAMAGED: something in its place
 * is not what it must be. STATUS_NOT_FOUND: nothing to read. */
enum status state_dir_open(struct state_dir *dir, const char *path, bool write,
                           struct error *error);
/* Whether another process writes here now. */
bool state_dir_in_use(const struct state_dir *dir);
/* Whether there is a directory now. */
bool state_dir_is(const char *path);
void state_dir_close(struct state_dir *dir); /* also one that failed to open; idempotent */

/* Checks that `name` in it is absent, or a regular file of ours with one link and no rights for
 * others. STATUS_DAMAGED says what it is. */
enum status state_dir_check(const struct state_dir *dir, const char *name, struct error *error);

/* Makes `name`, empty and for the owner alone, when it is not there. */
enum status state_dir_make(const struct state_dir *dir, const char *name, struct error *error);

/* A file that is not there yet, to be written, for the owner alone; -1: errno says why. */
int state_dir_create_file(const struct state_dir *dir, const char *name);

/* A regular file in it, to be read; -1: errno says why. */
int state_dir_open_file(const struct state_dir *dir, const char *name);

/* `from` takes the place of `to`, and both are on disk then (D-11). */
enum status state_dir_rename(const struct state_dir *dir, const char *from, const char *to,
                             struct error *error);

/* It may be absent. */
enum status state_dir_remove(const struct state_dir *dir, const char *name, struct error *error);

/* Whether the disk gives all bytes of `name`: STATUS_IO when not. */
enum status state_dir_readable(const struct state_dir *dir, const char *name, struct error *error);

/* A path that leads through the held descriptor to `name`, for libraries that want one; to be
 * freed.
 */
char *state_dir_path(const struct state_dir *dir, const char *name);

/* $XDG_STATE_HOME/tailrace/NAME, or ~/.local/state/tailrace/NAME; NULL when neither is set. To be
 * freed. */
char *state_dir_default(const char *name);

#endif
