/* Appending with write(2) alone: what is written is written. */
#include "tui/alert_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Whether the last byte is no line end. The file is opened once more, to be read: what stands there
 * by now is judged by its descriptor (D-21). */
static bool ends_torn(const char *path, const struct stat *facts)
{
    char last = '\n';
    struct stat now;
    if (!S_ISREG(facts->st_mode) || facts->st_size == 0)
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t got = 0;
    if (fstat(fd, &now) == 0 && now.st_dev == facts->st_dev && now.st_ino == facts->st_ino)
        got = pread(fd, &last, 1, facts->st_size - 1);
    close(fd);
    return got == 1 && last != '\n';
}

/* Not waiting for a reader of a pipe, nor for its room. */
static int open_end(struct alert_file *file)
{
    struct stat stat;
    int fd =
        open(file->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0)
        return errno;
    if (fstat(fd, &stat) != 0) {
        int failed = errno;
        close(fd);
        return failed;
    }
    file->fd = fd;
    file->device = stat.st_dev;
    file->inode = stat.st_ino;
    file->regular = S_ISREG(stat.st_mode);
    file->found_torn = ends_torn(file->path, &stat);
    return 0;
}

enum status alert_file_open(struct alert_file *file, const char *path, size_t cap,
                            struct error *error)
{
    *file = (struct alert_file){.path = path, .fd = -1};
    line_buffer_init(&file->waiting, cap ? cap : ALERT_FILE_CAP);
    if (!path)
        return STATUS_OK;
    int failed = open_end(file);
    if (failed)
        return error_set_errno(error, STATUS_IO, failed, "%s: alerts cannot be appended to it",
                               path);
    return STATUS_OK;
}

void alert_file_close(struct alert_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    line_buffer_fini(&file->waiting);
}

void alert_file_add(struct alert_file *file, const char *line, size_t len)
{
    if (file->path && !line_buffer_add(&file->waiting, line, len))
        file->lost++;
}

/* Somebody renamed or removed the file: what follows belongs into a new one. */
static int follow_name(struct alert_file *file)
{
    struct stat stat_now;
    if (file->fd >= 0) {
        bool same = stat(file->path, &stat_now) == 0 && stat_now.st_dev == file->device &&
                    stat_now.st_ino == file->inode;
        if (same || !file->regular || file->mid_line)
            return 0;
        close(file->fd);
        file->fd = -1;
    }
    return open_end(file);
}

static int write_all(struct alert_file *file)
{
    struct line_buffer *waiting = &file->waiting;
    if (file->found_torn && write(file->fd, "\n", 1) != 1)
        return errno ? errno : ENOSPC;
    file->found_torn = false;
    while (line_buffer_len(waiting) > 0) {
        ssize_t wrote = write(file->fd, waiting->bytes + waiting->begin, line_buffer_len(waiting));
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return wrote < 0 ? errno : ENOSPC;
        file->mid_line = waiting->bytes[waiting->begin + (size_t)wrote - 1] != '\n';
        file->written += line_buffer_drop(waiting, (size_t)wrote);
    }
    return 0;
}

void alert_file_flush(struct alert_file *file, mono_ns now, bool last)
{
    if (line_buffer_len(&file->waiting) == 0 || (now < file->retry_at && !last))
        return;
    file->errno_value = follow_name(file);
    if (file->errno_value == 0)
        file->errno_value = write_all(file);
    file->retry_at = file->errno_value ? now + ALERT_FILE_RETRY_MS * INT64_C(1000000) : 0;
}

mono_ns alert_file_next(const struct alert_file *file)
{
    return line_buffer_len(&file->waiting) > 0 ? file->retry_at : INT64_MAX;
}
