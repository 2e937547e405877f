#ifndef TAILRACE_FEEDS_CATALOGUE_H
#define TAILRACE_FEEDS_CATALOGUE_H
/*
 * The sources of a feed and the generations of each that can still be read: what the reader has
 * opened, so that the batch lane reads the same files under the same numbers, from any thread.
 *
 * Generations that were rotated away stay open here, up to GENERATIONS_HELD per source; older ones,
 * and those truncated away, are lost to the batch lane and counted. The catalogue also answers
 * whether a file is read already under another name (T-R6).
 *
 * Threads: any; one private lock, never held across a system call that may wait.
 */
#include "feeds/generation.h"

enum { GENERATIONS_HELD = 16 };

struct catalogue;

struct catalogue *catalogue_new(void);
void catalogue_free(struct catalogue *catalogue);

/* A further source; returns its index. */
uint32_t catalogue_add(struct catalogue *catalogue, const char *name);
/* NULL beyond the last; lives as long as the catalogue. */
const char *catalogue_name(struct catalogue *catalogue, uint32_t source);
/* What the reader consumed of a source, or what the last scan covered when that is more. */
uint64_t catalogue_bytes(struct catalogue *catalogue, uint32_t source);

/* A source's next generation. Takes over `fd`; the reference returned is the caller's. */
struct generation *catalogue_begin(struct catalogue *catalogue, uint32_t source, int fd,
                                   struct generation_id id, uint64_t begin);
/* The reader has consumed up to `position`. */
void catalogue_advance(struct catalogue *catalogue, uint32_t source, struct generation *generation,
                       uint64_t position);
/* No more will be read of it: it ended at what is consumed. */
void catalogue_close(struct catalogue *catalogue, uint32_t source, struct generation *generation);
/* Its bytes are no longer there (truncated). */
void catalogue_lose(struct catalogue *catalogue, uint32_t source, struct generation *generation);

/* The source's next generation gets this number; `consumed` bytes were read by an earlier run. */
void catalogue_number(struct catalogue *catalogue, uint32_t source, uint32_t generation,
                      uint64_t consumed);
/* A reference to a generation that is still held; NULL: it is not. */
struct generation *catalogue_hold(struct catalogue *catalogue, uint32_t source,
                                  uint32_t generation);

enum known_file {
    FILE_UNKNOWN,
    FILE_IN_SOURCE,       /* an older generation of `source`: `*end` is where it was left */
    FILE_IN_OTHER_SOURCE, /* read under another name */
};

/* Whether a file of this identity and size is, or was, read. */
enum known_file catalogue_find(struct catalogue *catalogue, uint32_t source,
                               struct generation_id id, uint64_t size, uint64_t *end);

/* One generation as it is now. */
struct frozen_generation {
    uint32_t source;
    const char *name;
    struct generation *generation; /* a reference of its own */
    uint64_t consumed;
    bool closed;
};

/* All generations still held, in order of source and number; free the array with
 * catalogue_thaw. `*lost`: those that were there once. */
struct frozen_generation *catalogue_freeze(struct catalogue *catalogue, size_t *len,
                                           uint32_t *lost);
void catalogue_thaw(struct frozen_generation *frozen, size_t len);
/* A scan covered that many bytes of a source. */
void catalogue_scanned(struct catalogue *catalogue, uint32_t source, uint64_t bytes);

#endif
