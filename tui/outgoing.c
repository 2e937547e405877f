/* A buffer, and a descriptor that does not block, or is treated as if it did not. */
#include "tui/outgoing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    TERMINAL_ROOM = 256, /* a terminal that polls as writable takes so much */
    LAST_WAIT_MS = 200
};

/* What can be written without blocking when poll() says that there is room. */
static size_t piece_of(int fd)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0 || S_ISCHR(facts.st_mode))
        return TERMINAL_ROOM;
    return S_ISREG(facts.st_mode) ? SSIZE_MAX : PIPE_BUF;
}

enum status outgoing_share(struct outgoing *outgoing, int fd, struct error *error)
{
    *outgoing = OUTGOING_NONE;
    outgoing->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (outgoing->fd < 0)
        return error_set_errno(error, STATUS_IO, errno, "standard output");
    outgoing->piece = piece_of(fd);
    return STATUS_OK;
}

enum status outgoing_open(struct outgoing *outgoing, int fd, struct error *error)
{
    char path[32];
    enum status status = outgoing_share(outgoing, fd, error);
    if (status != STATUS_OK)
        return status;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) {
        close(outgoing->fd);
        outgoing->fd = own;
        outgoing->piece = 0;
    }
    outgoing->sink = memfd_create("frame", MFD_CLOEXEC);
    if (outgoing->sink >= 0)
        return STATUS_OK;
    status = error_set_errno(error, STATUS_IO, errno, "a file in memory for the screen");
    outgoing_close(outgoing);
    return status;
}

void outgoing_close(struct outgoing *outgoing)
{
    if (outgoing->sink >= 0)
        close(outgoing->sink);
    if (outgoing->fd >= 0)
        close(outgoing->fd);
    free(outgoing->bytes);
    *outgoing = OUTGOING_NONE;
}

/* Room for `len` more behind what waits. */
static char *make_room(struct outgoing *outgoing, size_t len)
{
    size_t waiting = outgoing->len - outgoing->at;
    if (waiting > 0 && outgoing->at > 0)
        memmove(outgoing->bytes, outgoing->bytes + outgoing->at, waiting);
    outgoing->at = 0;
    outgoing->len = waiting;
    if (waiting + len > outgoing->cap) {
        outgoing->cap = waiting + len;
        outgoing->bytes = mem_resize(outgoing->bytes, outgoing->cap);
    }
    return outgoing->bytes + waiting;
}

void outgoing_add(struct outgoing *outgoing, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    memcpy(make_room(outgoing, len), bytes, len);
    outgoing->len += len;
}

void outgoing_collect(struct outgoing *outgoing)
{
    off_t size = lseek(outgoing->sink, 0, SEEK_END);
    if (size <= 0)
        return;
    ssize_t got = pread(outgoing->sink, make_room(outgoing, (size_t)size), (size_t)size, 0);
    if (got > 0)
        outgoing->len += (size_t)got;
    if (got != size || ftruncate(outgoing->sink, 0) != 0 || lseek(outgoing->sink, 0, SEEK_SET) != 0)
        outgoing->errno_value = errno ? errno : EIO;
}

bool outgoing_wait(const struct outgoing *outgoing, int wait_ms)
{
    struct pollfd set = {.fd = outgoing->fd, .events = POLLOUT};
    return poll(&set, 1, wait_ms) > 0;
}

/* write(), but for a descriptor that would block: -1 and EAGAIN when there is no room. */
static ssize_t offer(const struct outgoing *outgoing, const char *text, size_t len)
{
    if (outgoing->piece == 0)
        return write(outgoing->fd, text, len);
    if (outgoing_wait(outgoing, 0))
        return write(outgoing->fd, text, len < outgoing->piece ? len : outgoing->piece);
    errno = EAGAIN;
    return -1;
}

bool outgoing_send(struct outgoing *outgoing)
{
    while (outgoing->at < outgoing->len && outgoing->errno_value == 0) {
        ssize_t taken =
            offer(outgoing, outgoing->bytes + outgoing->at, outgoing->len - outgoing->at);
        if (taken > 0)
            outgoing->at += (size_t)taken;
        else if (taken == 0 || errno == EAGAIN)
            return false;
        else if (errno != EINTR)
            outgoing->errno_value = errno;
    }
    outgoing->at = outgoing->len = 0;
    return true;
}

bool outgoing_finish(struct outgoing *outgoing, int patience_ms)
{
    while (!outgoing_send(outgoing))
        if (!outgoing_wait(outgoing, patience_ms))
            return false;
    return true;
}

void outgoing_last(const struct outgoing *outgoing, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t taken = offer(outgoing, text, len);
        if (taken <= 0 && (errno != EAGAIN || !outgoing_wait(outgoing, LAST_WAIT_MS)))
            return; /* a terminal that takes nothing, or is gone, needs no restoring */
        if (taken <= 0)
            continue;
        text += taken;
        len -= (size_t)taken;
    }
}
