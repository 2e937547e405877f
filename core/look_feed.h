#ifndef TAILRACE_CORE_LOOK_FEED_H
#define TAILRACE_CORE_LOOK_FEED_H
/*
 * The feed of somebody who only looks at what another process counts: it has the names of the
 * sources, and never anything to read.
 *
 * Threads: filled by one before others know it; then read only.
 */
#include "core/feed.h"

struct feed *look_feed_new(void);
/* The next source, or more bytes of the newest one when it has the same name. */
void look_feed_add(struct feed *feed, const char *name, uint64_t bytes);

#endif
