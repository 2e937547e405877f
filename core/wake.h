#ifndef TAILRACE_CORE_WAKE_H
#define TAILRACE_CORE_WAKE_H
/*
 * The doorbell: wakes one thread, carries nothing. Publish first, ring after, outside any lock; at
 * most one ringing is outstanding, however often it is rung.
 *
 *     waiter:  for (;;) { wake_clear(w); look for work; wake_wait(w, deadline); }
 *
 * Threads: wake_ring from any thread and from signal handlers; clear and wait from the waiter.
 */
#include "core/instant.h"

#include <stdatomic.h>
#include <stdbool.h>

struct wake {
    int fd; /* an eventfd, for poll() beside other descriptors */
    atomic_bool rung;
};

#define WAKE_NEVER INT64_MAX

void wake_init(struct wake *wake); /* fatal() when no descriptor is left */
void wake_fini(struct wake *wake);
void wake_ring(struct wake *wake);
void wake_clear(struct wake *wake);

/* Sleeps until rung or until clock_machine reads `deadline` (WAKE_NEVER: no deadline); later by as
 * much as the machine itself slept meanwhile. */
void wake_wait(struct wake *wake, mono_ns deadline);

/* The same, also returning when `fd` is readable (poll POLLIN; fd -1: none). True when it is. */
bool wake_wait_fd(struct wake *wake, int fd, mono_ns deadline);

#endif
