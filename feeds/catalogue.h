#ifndef TAILRACE_FEEDS_CATALOGUE_H
#define TAILRACE_FEEDS_CATALOGUE_H
/*
 * The sources of a feed and the generations of each that can still be read: what the reader has
 * opened, so that the batch lane reads the same files under the same numbers, from any thread.
 *
 * Generations that were rotated away stay open here, up to GENERATIONS_HELD per source; older ones,
 * and those truncated away without a copy, are lost to the batch lane and counted; what they were
 * known by is remembered, for GENERATIONS_REMEMBERED of them. So the catalogue answers whether a
 * file is read already under another name (T-R6), and whose content a file begins with (T-R5).
 *
 * The reader is ahead of whoever counts, by PRINTS_KEPT blocks at most; so what a generation was
 * known by at the offsets between is kept as well, for the state to say where a later run goes on.
 *
 * Threads: any; one private lock, never held across a system call that may wait.
 */
#include "feeds/generation.h"

enum {
    GENERATIONS_HELD = 16,
    GENERATIONS_REMEMBERED = 4096,
    PRINTS_KEPT = 256, /* more than there are blocks under way */
};

struct catalogue;

struct catalogue *catalogue_new(void);
void catalogue_free(struct catalogue *catalogue);

/* A further source; returns its index. */
uint32_t catalogue_add(struct catalogue *catalogue, const char *name);
/* NULL beyond the last; lives as long as the catalogue. */
const char *catalogue_name(struct catalogue *catalogue, uint32_t source);
/* What the reader consumed of a source, or what the last scan covered when that is more. */
uint64_t catalogue_bytes(struct catalogue *catalogue, uint32_t source);

/* A source's next generation. Takes over `fd`; the reference returned is the caller's. `held`: it
 * waits for catalogue_decide. `before`: one that nothing was read of yet, and that this one comes
 * before, or NULL; its number, and those behind it, move on. */
struct generation *catalogue_begin(struct catalogue *catalogue, uint32_t source, int fd,
                                   struct generation_id id, uint64_t begin, bool held,
                                   const struct generation *before);
/* It is read from `begin` on, because what stands before was read under another inode. */
void catalogue_decide(struct catalogue *catalogue, struct generation *generation, uint64_t begin);
/* The reader has consumed up to the offset of `print`. */
void catalogue_advance(struct catalogue *catalogue, uint32_t source, struct generation *generation,
                       const struct fingerprint *print);
/* The same content lives in another file by now (T-R5): a generation of the same number in its
 * place. Takes over `fd` and the caller's reference of `old`; the one returned is the caller's. */
struct generation *catalogue_replace(struct catalogue *catalogue, uint32_t source,
                                     struct generation *old, int fd, struct generation_id id);
/* No more will be read of it: it ended at what is consumed. */
void catalogue_close(struct catalogue *catalogue, uint32_t source, struct generation *generation);
/* Its bytes are no longer there (truncated). */
void catalogue_lose(struct catalogue *catalogue, uint32_t source, struct generation *generation);
/* It is none, or none any more: nothing of it was read, or it is looked for as if after a restart.
 */
void catalogue_drop(struct catalogue *catalogue, uint32_t source, struct generation *generation);

/* What an earlier run knew of a generation, or this one did. */
struct generation_mark {
    uint32_t source;
    uint32_t generation;
    uint64_t begin; /* where its reading began */
    uint32_t lines; /* physical ones before where it goes on */
    struct generation_id id;
    struct fingerprint print; /* of what was counted: reading goes on at its offset */
};

/* The source's next generation gets this number; `consumed` bytes were read by an earlier run. */
void catalogue_number(struct catalogue *catalogue, uint32_t source, uint32_t generation,
                      uint64_t consumed);
/* A reference to a generation that can still be read; NULL: it is not there. */
struct generation *catalogue_hold(struct catalogue *catalogue, uint32_t source,
                                  uint32_t generation);
/* As catalogue_begin, of a generation that an earlier run began, under its number. `closed`: and
 * ended; then no reference is returned, but NULL. */
struct generation *catalogue_resume(struct catalogue *catalogue, const struct generation_mark *mark,
                                    int fd, struct generation_id id, bool closed);
/* A generation of an earlier run that cannot be read again, `lost`, or that nobody asks for: only
 * what it was known by. */
void catalogue_remember(struct catalogue *catalogue, const struct generation_mark *mark, bool lost);
/* A generation of an earlier run that is still looked for: whatever is judged before it is found is
 * compared with what was counted of it. Until catalogue_resume or catalogue_remember has its mark.
 */
void catalogue_expect(struct catalogue *catalogue, const struct generation_mark *mark);
/* What `mark->source` and `generation` were known by when they had been read up to `offset`; 0:
 * before anything was. False: that was too long ago, or never. */
bool catalogue_mark(struct catalogue *catalogue, uint64_t offset, struct generation_mark *mark);

enum known_file {
    FILE_UNKNOWN,
    FILE_IN_SOURCE,       /* an older generation of `source`: `*end` is where it was left */
    FILE_IN_OTHER_SOURCE, /* read under another name */
};

/* Whether this file is, or was, read: by its identity, and where its inode may have been given to
 * another file since, by its content. */
enum known_file catalogue_find(struct catalogue *catalogue, struct hash_key key, uint32_t source,
                               const struct opened_file *file, uint64_t *end);

/* Whether a file of this identity is a generation, other than `self`, that is not held. */
bool catalogue_is_read(struct catalogue *catalogue, struct generation_id id,
                       const struct generation *self);

/* A generation that begins with the same header and first record as some file. */
struct known_generation {
    struct fingerprint print;
    struct generation *generation; /* a reference, for the caller to release; NULL: given back, or
                                      looked for */
    bool closed;
};

/* Those whose start is that of `head`, newest first, at most `cap`; `self` is not looked at. */
size_t catalogue_known(struct catalogue *catalogue, struct hash_key key,
                       const struct fingerprint_head *head, const struct generation *self,
                       struct known_generation *known, size_t cap);

/* One generation as it is now. */
struct frozen_generation {
    uint32_t source;
    const char *name;
    struct generation *generation; /* a reference of its own */
    uint64_t begin;
    uint64_t consumed;
    bool closed;
};

/* All generations still open and not held, in order of source and number; free the array with
 * catalogue_thaw. `*lost`: those that were there once. */
struct frozen_generation *catalogue_freeze(struct catalogue *catalogue, size_t *len,
                                           uint32_t *lost);
void catalogue_thaw(struct frozen_generation *frozen, size_t len);
/* A scan covered that many bytes of a source. */
void catalogue_scanned(struct catalogue *catalogue, uint32_t source, uint64_t bytes);

#endif
