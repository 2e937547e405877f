/*
 * Whether a state is still where it was, and whether there was one. The lock says the second: it is
 * empty until the first state is made, and holds a word from then on. So what is missing is told
 * from what was never there, and who is killed while a state is made begins anew.
 */
#include "core/store_parts.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char made[] = "state made\n"; /* its first letter would do */

/* Of a name in the directory; 0: none, or empty; -1: a machine that fails does not tell. */
static off_t size_of(const struct store *store, const char *name)
{
    struct stat facts;
    if (fstatat(store->dir.fd, name, &facts, AT_SYMLINK_NOFOLLOW) == 0)
        return facts.st_size;
    return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

enum status store_check_made(const struct store *store, struct error *error)
{
    if (size_of(store, store_database(store)) != 0 ||
        (size_of(store, STATE_DIR_LOCK) <= 0 && size_of(store, STORE_DATABASE "-wal") <= 0))
        return STATUS_OK;
    return error_set(error, STATUS_DAMAGED,
                     "state '%.200s' is damaged: its " STORE_DATABASE " is gone or empty; put it "
                     "back, say another with --state, or --rebuild to begin anew from the data "
                     "that still exists",
                     store->dir.path);
}

enum status store_mark_made(const struct store *store, struct error *error)
{
    if (!store->config.write || size_of(store, STATE_DIR_LOCK) > 0)
        return STATUS_OK;
    ssize_t written;
    while ((written = pwrite(store->dir.lock_fd, made, sizeof made - 1, 0)) < 0 && errno == EINTR)
        continue;
    if (written > 0 && fsync(store->dir.lock_fd) == 0)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, errno, "%.200s/" STATE_DIR_LOCK " cannot be written",
                           store->dir.path);
}

enum status store_unmark_made(const struct store *store, struct error *error)
{
    if (ftruncate(store->dir.lock_fd, 0) == 0 && fsync(store->dir.lock_fd) == 0)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, errno, "%.200s/" STATE_DIR_LOCK " cannot be written",
                           store->dir.path);
}

/* --- while it is written --- */

/* What cannot be told is not gone: writing will show. */
static bool is_another(int looked, const struct stat *now, const struct stat *own)
{
    if (looked != 0)
        return errno == ENOENT || errno == ENOTDIR;
    return now->st_dev != own->st_dev || now->st_ino != own->st_ino;
}

static bool is_moved(const struct state_dir *dir)
{
    struct stat own, now;
    if (fstat(dir->fd, &own) != 0)
        return false;
    int looked = fstatat(AT_FDCWD, dir->path, &now, AT_SYMLINK_NOFOLLOW);
    return is_another(looked, &now, &own);
}

static bool is_unlocked(const struct state_dir *dir)
{
    struct stat own, now;
    if (fstat(dir->lock_fd, &own) != 0)
        return false;
    int looked = fstatat(dir->fd, STATE_DIR_LOCK, &now, AT_SYMLINK_NOFOLLOW);
    return is_another(looked, &now, &own);
}

enum status store_check_place(const struct store *store, struct error *error)
{
    struct stat now, own = {.st_ino = store->file};
    if (!store->config.write)
        return STATUS_OK;
    int looked = fstatat(store->dir.fd, STORE_DATABASE, &now, AT_SYMLINK_NOFOLLOW);
    own.st_dev = now.st_dev;
    if (!is_moved(&store->dir) && !is_unlocked(&store->dir) && !is_another(looked, &now, &own))
        return STATUS_OK;
    return error_set(
        error, STATUS_IO,
        "state '%.100s' cannot be kept: it is gone (removed, moved or replaced); put it "
        "back as it was",
        store->dir.path);
}
