#ifndef TAILRACE_FEEDS_DESCRIPTOR_H
#define TAILRACE_FEEDS_DESCRIPTOR_H
/*
 * Thousands of files with a few hundred descriptors: that of a generation which nobody uses just
 * now is closed when another file needs it, the one unused for longest first ("parked"), and opened
 * again by its path when it is wanted.
 *
 * Only a generation that still has its name may be parked. What has its name by then may be another
 * file: then holding fails with ESTALE, and whoever follows it looks for it as after a restart
 * (feeds/resume.h). The same inode may have been written anew meanwhile: fingerprints tell, as
 * ever.
 *
 *     fd = descriptor_hold(generation) → pread … → descriptor_let_go(generation)
 *
 * Threads: any; one lock of the process, as descriptors are the process's. The field `fd` of a
 * generation may be read by whoever holds it.
 */
#include "feeds/generation.h"

/* -1 and errno: it is parked and cannot be opened; ESTALE, ENOENT: its name is not its own. */
int descriptor_hold(struct generation *generation);
void descriptor_let_go(struct generation *generation);

/* `path` is where it can be opened again, and outlives it; NULL: it must stay open. */
void descriptor_may_park(struct generation *generation, const char *path);

/* What the file is now; of a parked one, what its name is, without opening it. Errors as hold. */
bool descriptor_look(struct generation *generation, struct stat *facts, bool *parked);

/* Parks one. False: there is none to be parked. */
bool descriptor_park_one(void);

/* Closes it for good: the last reference is gone. */
void descriptor_close(struct generation *generation);

#endif
