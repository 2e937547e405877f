#ifndef TAILRACE_FEEDS_TAIL_H
#define TAILRACE_FEEDS_TAIL_H
/*
 * Growing files as a feed: several paths and globs, each a source with generations.
 *
 * Rules (design of following): only finished lines are taken (T-R1); a missing file is waited for
 * and a new match of a glob is read from its start (T-R6); after a rename the old descriptor is
 * drained, and kept for a grace time, before the new file begins (T-R4); a file that shrank starts
 * again at 0 as a new generation (T-R3); polling is always correct, inotify only shortens the wait
 * (T-R7). EINTR, short reads: handled; EIO, EACCES: the position is kept and reading is tried again
 * with backoff, shown, never skipped (T-R11). Directories, sockets, devices are refused (T-R12).
 *
 * One reader thread serves all sources, in turn, a block each.
 */
#include "core/clock.h"
#include "core/feed.h"
#include "feeds/decode.h"
#include "feeds/resume.h"

struct tail_config {
    const struct definition *definition;
    struct symbols *symbols;
    struct hash_key hash_key;
    const char *const *paths; /* files and globs; copied */
    size_t paths_len;
    int fd; /* instead of paths: an open regular file that only grows (-1: none); dup'ed */
    const char *name; /* what `fd` is called: "standard input", "simulator" */
    bool bounded;     /* read to the end once, then FEED_END; an unfinished end is rejected(torn) */
    bool from_end;    /* start at the end of the files that are there (T-R6) */
    const struct resume_mark *resume; /* go on there (feeds/resume.h): ascending by source and
                                         generation, no source left out; other sources follow.
                                         `from_end` is then of no effect */
    size_t resume_len;
    bool resumed;          /* an earlier run opened this feed, even if it saw no file */
    bool history;          /* a batch lane will ask for the generations that were done, too */
    bool keeping;          /* tail_mark will be asked: needs to be said of bounded reading only */
    int64_t poll_ms;       /* 0: 250 */
    int64_t grace_ms;      /* 0: 5000 */
    bool no_inotify;       /* look at the files, wait for nothing to be told (T-R7) */
    bool look_only;        /* only to see whether all can be opened: nothing is unpacked */
    bool (*stopped)(void); /* NULL, or: ends the unpacking of compressed files, STATUS_CLOSED */
    uint64_t scan_slice_bytes; /* 0: 1 MiB; tests */
};

/*
 * Opens the files that are there. STATUS_USAGE: a path that can never be read (directory, pipe,
 * device; T-R12). STATUS_NOT_FOUND: bounded, and a file or any match of a glob is missing; else
 * they are waited for. STATUS_IO: bounded, and a file cannot be opened; else that is shown and
 * tried again. Free with feed->ops->free, after its scans.
 *
 * ops->source tells the bytes consumed, or those that the last scan covered when that is more.
 */
struct feed *tail_open(const struct tail_config *config, struct error *error);

/* With `fd`: whoever appends to it calls this after each append, any thread: a bell, and the moment
 * that latency is measured from. */
void tail_appended(struct feed *feed);
/* With `fd` and not bounded: no more will come (end of standard input); the reader then ends. */
void tail_closed(struct feed *feed);

/* Where a later run goes on when the blocks of `mark->source` and `generation` were counted up to
 * `offset` (0: none of them), the end of a block. False: no file of it was seen. Any thread. */
bool tail_mark(struct feed *feed, uint64_t offset, struct generation_mark *mark);
/* What the whole lines of a source's first generation are known by, read or not. False: nothing to
 * tell it by, or it was not to be read from its beginning. Any thread. */
bool tail_seen(struct feed *feed, uint32_t source, struct fingerprint *out);

/* Sources whose content was nowhere when they were resumed: what was not read of it is lost. The
 * last of them is in the feed's status. */
uint32_t tail_gaps(struct feed *feed);

/* The first bytes of the first file that is there and not empty, for guessing: at most `cap`.
 * Returns how many; 0: none yet. */
size_t tail_peek(const char *const *paths, size_t paths_len, char *buffer, size_t cap);

#endif
