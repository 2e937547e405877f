/* Decisions only on descriptors that are open already (D-21). */
#include "core/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the directory --- */

/* Makes what is missing of the path, each part for the owner alone. */
static enum status make_path(const char *path, struct error *error)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return error_set(error, STATUS_USAGE, "the state directory's path is %s",
                         len ? "too long" : "empty");
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return error_set_errno(error, STATUS_IO, errno,
                                   "state directory '%.200s' cannot be made", part);
    }
    return STATUS_OK;
}

/* Others who can write where it stands could put another in its place. */
static enum status check_parent(const struct state_dir *dir, struct error *error)
{
    struct stat facts;
    if (fstatat(dir->fd, "..", &facts, 0) != 0)
        return error_set_errno(error, STATUS_IO, errno, "the parent of '%.200s'", dir->path);
    if (facts.st_uid != geteuid() && facts.st_uid != 0)
        return error_set(error, STATUS_DAMAGED,
                         "the parent of state directory '%.200s' belongs to another user; say "
                         "another with --state",
                         dir->path);
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (facts.st_mode & S_ISVTX) == 0)
        return error_set(error, STATUS_DAMAGED,
                         "others may write to the parent of state directory '%.200s'; say another "
                         "with --state, or take that right away",
                         dir->path);
    return STATUS_OK;
}

static enum status check_directory(const struct state_dir *dir, struct error *error)
{
    struct stat facts;
    if (fstat(dir->fd, &facts) != 0)
        return error_set_errno(error, STATUS_IO, errno, "state directory '%.200s'", dir->path);
    if (facts.st_uid != geteuid())
        return error_set(error, STATUS_DAMAGED, "state directory '%.200s' belongs to another user",
                         dir->path);
    if ((facts.st_mode & 0077) != 0)
        return error_set(error, STATUS_DAMAGED,
                         "state directory '%.200s' is open to others (%03o); chmod 700 it when its "
                         "content is yours",
                         dir->path, (unsigned)facts.st_mode & 0777);
    return check_parent(dir, error);
}

static enum status open_directory(struct state_dir *dir, bool write, struct error *error)
{
    enum status status = write ? make_path(dir->path, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    dir->fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir->fd < 0 && (errno == ELOOP || errno == ENOTDIR))
        return error_set(error, STATUS_DAMAGED,
                         "state directory '%.200s' is a link or no directory; say another with "
                         "--state",
                         dir->path);
    if (dir->fd < 0)
        return error_set_errno(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, errno,
                               "state directory '%.200s'", dir->path);
    return check_directory(dir, error);
}

/* --- the lock --- */

static enum status take_lock(struct state_dir *dir, struct error *error)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    enum status status = state_dir_check(dir, STATE_DIR_LOCK, error);
    if (status != STATUS_OK)
        return status;
    dir->lock_fd = openat(dir->fd, STATE_DIR_LOCK,
                          O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (dir->lock_fd < 0)
        return error_set_errno(error, STATUS_IO, errno, "%.200s/" STATE_DIR_LOCK, dir->path);
    bool taken = fcntl(dir->lock_fd, F_SETLK, &whole) == 0;
    if (taken && (flock(dir->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK))
        return STATUS_OK;
    if (errno != EACCES && errno != EAGAIN)
        return error_set_errno(error, STATUS_IO, errno,
                               "%.200s/" STATE_DIR_LOCK " cannot be locked", dir->path);
    bool known = fcntl(dir->lock_fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    char who[48] = "";
    if (known)
        snprintf(who, sizeof who, ", process %ld", (long)whole.l_pid);
    return error_set(error, STATUS_LOCKED,
                     "state directory '%.200s' is in use by another tailrace%s; stop that one, "
                     "look at it with --read-only, or say another with --state",
                     dir->path, who);
}

/* --- from outside --- */

enum status state_dir_open(struct state_dir *dir, const char *path, bool write, struct error *error)
{
    *dir = (struct state_dir){.fd = -1, .lock_fd = -1, .path = mem_copy_text(path)};
    enum status status = open_directory(dir, write, error);
    if (status == STATUS_OK && write)
        status = take_lock(dir, error);
    if (status != STATUS_OK)
        state_dir_close(dir);
    return status;
}

bool state_dir_in_use(const struct state_dir *dir)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = state_dir_open_file(dir, STATE_DIR_LOCK);
    bool in_use = fd >= 0 && fcntl(fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return in_use;
}

bool state_dir_is(const char *path)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

void state_dir_close(struct state_dir *dir)
{
    if (dir->lock_fd >= 0)
        close(dir->lock_fd);
    if (dir->fd >= 0)
        close(dir->fd);
    free(dir->path);
    *dir = (struct state_dir){.fd = -1, .lock_fd = -1};
}

enum status state_dir_check(const struct state_dir *dir, const char *name, struct error *error)
{
    struct stat facts;
    if (fstatat(dir->fd, name, &facts, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return STATUS_OK;
        return error_set_errno(error, STATUS_IO, errno, "%.200s/%s", dir->path, name);
    }
    const char *wrong = !S_ISREG(facts.st_mode)       ? "is no regular file"
                        : facts.st_uid != geteuid()   ? "belongs to another user"
                        : facts.st_nlink != 1         ? "has a second name elsewhere"
                        : (facts.st_mode & 0077) != 0 ? "is open to others"
                                                      : NULL;
    if (!wrong)
        return STATUS_OK;
    return error_set(error, STATUS_DAMAGED, "%.200s/%s %s; it was not made by tailrace", dir->path,
                     name, wrong);
}

enum status state_dir_make(const struct state_dir *dir, const char *name, struct error *error)
{
    int fd = openat(dir->fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(error, STATUS_IO, errno, "%.200s/%s cannot be made", dir->path,
                               name);
    close(fd);
    return STATUS_OK;
}

enum status state_dir_remove(const struct state_dir *dir, const char *name, struct error *error)
{
    if (unlinkat(dir->fd, name, 0) == 0 || errno == ENOENT)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, errno, "%.200s/%s cannot be removed", dir->path, name);
}

int state_dir_create_file(const struct state_dir *dir, const char *name)
{
    return openat(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int state_dir_open_file(const struct state_dir *dir, const char *name)
{
    struct stat facts;
    int fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || (fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode)))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

enum status state_dir_readable(const struct state_dir *dir, const char *name, struct error *error)
{
    char bytes[16 * 1024];
    ssize_t got = -1;
    int fd = state_dir_open_file(dir, name);
    off_t at = 0;
    while (fd >= 0 &&
           ((got = pread(fd, bytes, sizeof bytes, at)) > 0 || (got < 0 && errno == EINTR)))
        at += got > 0 ? got : 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return got == 0 ? STATUS_OK
                    : error_set_errno(error, STATUS_IO, why, "%.200s/%s cannot be read", dir->path,
                                      name);
}

enum status state_dir_rename(const struct state_dir *dir, const char *from, const char *to,
                             struct error *error)
{
    int fd = state_dir_open_file(dir, from);
    bool done = fd >= 0 && fsync(fd) == 0 && renameat(dir->fd, from, dir->fd, to) == 0 &&
                fsync(dir->fd) == 0;
    int failed = errno;
    if (fd >= 0)
        close(fd);
    if (done)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, failed, "%.200s/%s cannot be written", dir->path, to);
}

char *state_dir_path(const struct state_dir *dir, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "/proc/self/fd/%d/%s", dir->fd, name) < 0)
        fatal_shortage("out of memory for the name of a folder");
    return path;
}

char *state_dir_default(const char *name)
{
    const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *path = NULL;
    int made = -1;
    if (base && base[0] == '/')
        made = asprintf(&path, "%s/tailrace/%s", base, name);
    else if (home && home[0] == '/')
        made = asprintf(&path, "%s/.local/state/tailrace/%s", home, name);
    else
        return NULL;
    if (made < 0)
        fatal_shortage("out of memory for the name of a folder");
    return path;
}
