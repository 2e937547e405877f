/* Everything below one held descriptor: a folder that is moved or replaced meanwhile is still the
 * one that was locked (D-11). */
#include "tui/report_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status report_folder_open(struct report_folder *folder, const char *path, struct error *error)
{
    *folder = (struct report_folder){.fd = -1, .lock_fd = -1, .path = path};
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return error_set_errno(error, STATUS_IO, errno, "folder '%.200s' cannot be made", path);
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0)
        return error_set_errno(error, STATUS_IO, errno, "folder '%.200s'", path);
    return STATUS_OK;
}

void report_folder_close(struct report_folder *folder)
{
    if (folder->lock_fd >= 0)
        close(folder->lock_fd);
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = folder->lock_fd = -1;
}

/* --- the lock --- */

static enum status open_lock(struct report_folder *folder, const char *name, struct error *error)
{
    struct stat facts;
    folder->lock_fd =
        openat(folder->fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (folder->lock_fd < 0)
        return error_set_errno(error, STATUS_IO, errno, "%.200s/%s", folder->path, name);
    if (fstat(folder->lock_fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        return error_set(error, STATUS_IO, "%.200s/%s is no regular file", folder->path, name);
    return STATUS_OK;
}

enum status report_folder_lock(struct report_folder *folder, const char *report, int32_t from_day,
                               int32_t to_day, struct error *error)
{
    char name[REPORT_FILE_MAX];
    snprintf(name, sizeof name, ".%s.lock", report);
    enum status status = open_lock(folder, name, error);
    if (status != STATUS_OK)
        return status;
    struct flock range = {.l_type = F_WRLCK,
                          .l_whence = SEEK_SET,
                          .l_start = from_day,
                          .l_len = (off_t)to_day - from_day + 1};
    if (fcntl(folder->lock_fd, F_SETLK, &range) == 0)
        return STATUS_OK;
    if (errno != EACCES && errno != EAGAIN)
        return error_set_errno(error, STATUS_IO, errno, "%.200s/%s cannot be locked", folder->path,
                               name);
    bool known = fcntl(folder->lock_fd, F_GETLK, &range) == 0 && range.l_type != F_UNLCK;
    if (known)
        return error_set(error, STATUS_LIMIT,
                         "report '%s' of these days is being written into '%.200s' by process %ld; "
                         "run it again when that is done",
                         report, folder->path, (long)range.l_pid);
    return error_set(error, STATUS_LIMIT,
                     "report '%s' of these days was being written into '%.200s' by another "
                     "process just now; run it again",
                     report, folder->path);
}

/* --- replacing --- */

static void temporary_name(const char *name, char out[REPORT_FILE_MAX + 8])
{
    snprintf(out, REPORT_FILE_MAX + 8, ".%s.new", name);
}

static enum status write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, bytes, len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return STATUS_IO;
        bytes += wrote;
        len -= (size_t)wrote;
    }
    return fsync(fd) == 0 ? STATUS_OK : STATUS_IO;
}

/* Complete and on disk under its temporary name. What stands under that name was left by a run that
 * died: the lock is ours. */
static enum status prepare(const struct report_folder *folder, const struct report_file *file,
                           struct error *error)
{
    char temporary[REPORT_FILE_MAX + 8];
    temporary_name(file->name, temporary);
    unlinkat(folder->fd, temporary, 0);
    int fd =
        openat(folder->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set_errno(error, STATUS_IO, errno, "%.200s/%s cannot be written", folder->path,
                               file->name);
    enum status status = write_all(fd, file->bytes, file->len);
    int why = errno;
    if (close(fd) != 0 && status == STATUS_OK) {
        status = STATUS_IO;
        why = errno;
    }
    if (status == STATUS_OK)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, why,
                           "%.200s/%s cannot be written; what was there is "
                           "left as it was",
                           folder->path, file->name);
}

static enum status put_in_place(const struct report_folder *folder, const struct report_file *file,
                                struct error *error)
{
    char temporary[REPORT_FILE_MAX + 8];
    temporary_name(file->name, temporary);
    if (renameat(folder->fd, temporary, folder->fd, file->name) == 0)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, errno, "%.200s/%s cannot be replaced", folder->path,
                           file->name);
}

enum status report_folder_replace(const struct report_folder *folder,
                                  const struct report_file *files, size_t files_len,
                                  struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < files_len && status == STATUS_OK; i++)
        status = prepare(folder, &files[i], error);
    for (size_t i = 0; i < files_len && status == STATUS_OK; i++)
        status = put_in_place(folder, &files[i], error);
    if (status == STATUS_OK && fsync(folder->fd) != 0)
        status = error_set_errno(error, STATUS_IO, errno, "folder '%.200s'", folder->path);
    for (size_t i = 0; i < files_len && status != STATUS_OK; i++) {
        char temporary[REPORT_FILE_MAX + 8];
        temporary_name(files[i].name, temporary);
        unlinkat(folder->fd, temporary, 0);
    }
    return status;
}

char *report_folder_read(const struct report_folder *folder, const char *name, size_t max,
                         size_t *len)
{
    int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    struct stat facts;
    bool fits = fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && (size_t)facts.st_size <= max;
    size_t size = fits ? (size_t)facts.st_size : 0;
    char *bytes = mem_zero(size + 1, 1);
    ssize_t got = 1;
    for (*len = 0; *len < size && got > 0; *len += got > 0 ? (size_t)got : 0)
        got = read(fd, bytes + *len, size - *len);
    close(fd);
    if (fits && *len == size)
        return bytes;
    free(bytes);
    return NULL;
}
