#ifndef TAILRACE_FEEDS_WATCH_H
#define TAILRACE_FEEDS_WATCH_H
/*
 * Being told of changes (inotify), where the system can. It only shortens the wait: whoever uses it
 * still looks at every file now and then, and always when it fails (T-R7).
 *
 * A file is watched by its descriptor, so that the inode that is open is meant, not what its path
 * names by then; its folder is watched for names that appear.
 *
 * Threads: one owner.
 */
#include "core/status.h"
#include "feeds/generation.h"

#include <stdbool.h>
#include <stdint.h>

struct watch;

struct watch *watch_new(struct error *error); /* NULL: the system offers none */
void watch_free(struct watch *watch);         /* accepts NULL */
int watch_fd(const struct watch *watch);      /* to poll */

/* Adds a file of a source. Error: the system's watches are exhausted, or the file lies where
 * changes are not told (network file systems). */
enum status watch_file(struct watch *watch, uint32_t source, int fd, struct error *error);
/* No more of this file. */
void watch_forget(struct watch *watch, uint32_t source, struct generation_id id);
/* Adds a folder; STATUS_NOT_FOUND when it is not there. */
enum status watch_folder(struct watch *watch, const char *folder, struct error *error);

struct watch_news {
    bool any;      /* something was told */
    bool names;    /* a name appeared in a folder */
    bool overflow; /* changes were lost: look everywhere, and do not trust this again */
};

/* Takes what was told, without waiting; calls `changed` for each file's source. */
struct watch_news watch_take(struct watch *watch, void (*changed)(void *context, uint32_t source),
                             void *context);

#endif
