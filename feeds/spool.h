#ifndef TAILRACE_FEEDS_SPOOL_H
#define TAILRACE_FEEDS_SPOOL_H
/*
 * Standard input as a feed file: copied as it comes into an unlinked temporary file, private to
 * this process, so that both lanes can read it like any other. No positions survive the process
 * (T-R12). A full disk is an error that says so; nothing is dropped.
 *
 * Threads: spool_copy and the producer operations belong to the producer thread.
 */
#include "core/engine.h"

/* A private unlinked temporary file under $TMPDIR; -1 and error when it cannot be made. */
int spool_file(struct error *error);

struct spool;

struct spool *spool_new(int input_fd, struct error *error);
void spool_free(struct spool *spool);
int spool_fd(const struct spool *spool);
void spool_attach(struct spool *spool, struct feed *feed);

/* Waits up to `timeout_ms` (-1: no limit) for input and appends it; `*end` at end of input. For the
 * first bytes, before a definition can be guessed. */
enum status spool_copy(struct spool *spool, int timeout_ms, bool *end, struct error *error);

/* What is in the file before `before` will not be read again: its room on the disk is given back,
 * in steps, and NUL is read there from then on. The first bytes stay, which tell what the feed is.
 * Only where nobody reads again: a batch lane does. A file system that cannot do that keeps all. */
void spool_forget(struct spool *spool, uint64_t before);
/* Whether that is worth a look: bytes in the file that were not given back. */
bool spool_is_long(const struct spool *spool);

/* The last try failed for want of room: what was read waits, and is to be tried again. Other
 * failures are of the input. */
bool spool_is_full(const struct spool *spool);

extern const struct producer_ops spool_ops; /* producer: struct spool * */

#endif
