/* A private feed file and the buffer before its end. */
#include "feeds/append_file.h"

#include "feeds/spool.h"
#include "feeds/tail.h"

#include <errno.h>
#include <unistd.h>

enum status append_file_open(struct append_file *file, struct error *error)
{
    file->written = file->begin = file->end = 0;
    file->feed = NULL;
    file->fd = spool_file(error);
    return file->fd >= 0 ? STATUS_OK : STATUS_IO;
}

void append_file_close(struct append_file *file)
{
    close(file->fd);
    file->fd = -1;
}

size_t append_file_room(const struct append_file *file)
{
    return sizeof file->bytes - file->end;
}

static enum status refused(const struct append_file *file, int errno_value, struct error *error)
{
    bool full = errno_value == ENOSPC || errno_value == EDQUOT || errno_value == EFBIG;
    return error_set_errno(
        error, STATUS_IO, errno_value, "%scannot write the temporary feed file after %llu bytes",
        full ? "free some space or set TMPDIR: " : "", (unsigned long long)file->written);
}

/* At a position of its own: readers that share the descriptor cannot move it. */
enum status append_file_flush(struct append_file *file, struct error *error)
{
    bool appended = false;
    int errno_value = 0;
    while (file->begin < file->end && errno_value == 0) {
        ssize_t wrote = pwrite(file->fd, file->bytes + file->begin, file->end - file->begin,
                               (off_t)file->written);
        if (wrote > 0) {
            file->begin += (size_t)wrote;
            file->written += (uint64_t)wrote;
            appended = true;
        } else if (wrote == 0 || errno != EINTR) {
            errno_value = wrote == 0 ? ENOSPC : errno;
        }
    }
    if (file->begin == file->end)
        file->begin = file->end = 0;
    if (appended && file->feed)
        tail_appended(file->feed);
    return errno_value == 0 ? STATUS_OK : refused(file, errno_value, error);
}
