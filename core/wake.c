/* The doorbell: an eventfd with at most one ringing outstanding. */
#include "core/wake.h"

#include "core/status.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

void wake_init(struct wake *wake)
{
    wake->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake->fd < 0)
        fatal_shortage("no descriptor for a doorbell: %s", strerror(errno));
    atomic_init(&wake->rung, false);
}

void wake_fini(struct wake *wake)
{
    close(wake->fd);
    wake->fd = -1;
}

void wake_ring(struct wake *wake)
{
    if (atomic_exchange(&wake->rung, true))
        return;
    const uint64_t one = 1;
    int saved = errno;
    ssize_t written = write(wake->fd, &one, sizeof one);
    (void)written; /* EAGAIN: it is ringing already */
    errno = saved;
}

void wake_clear(struct wake *wake)
{
    uint64_t count;
    /* Drained before the flag falls: a ring in between finds the flag up, and is covered by the
     * look for work that follows this call. */
    ssize_t got = read(wake->fd, &count, sizeof count);
    (void)got;
    atomic_exchange(&wake->rung, false);
}

bool wake_wait_fd(struct wake *wake, int fd, mono_ns deadline)
{
    struct pollfd set[2] = {{.fd = wake->fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    struct timespec left, *timeout = NULL;
    if (deadline != WAKE_NEVER) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        int64_t ns = deadline - ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
        if (ns < 0)
            ns = 0;
        left = (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
        timeout = &left;
    }
    int ready = ppoll(set, fd < 0 ? 1 : 2, timeout, NULL);
    return ready > 0 && fd >= 0 && (set[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
}

void wake_wait(struct wake *wake, mono_ns deadline)
{
    wake_wait_fd(wake, -1, deadline);
}
