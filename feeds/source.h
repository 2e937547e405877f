#ifndef TAILRACE_FEEDS_SOURCE_H
#define TAILRACE_FEEDS_SOURCE_H
/*
 * One source of a tail as its reader follows it: which generation is being read, how far, what has
 * taken its name since, and what is wrong with it.
 *
 *     left by an earlier run ─► found, or a gap
 *     not there ─► current ─► (renamed away: current drained, next ones wait) ─► current …
 *                     └─ shrank or rewritten: its copy, if there is one, to the end; then the
 *                        same file again from 0, as the next generation
 *
 * Threads: all belong to the reader thread; the atomics of the context to anyone.
 */
#include "core/clock.h"
#include "core/feed.h"
#include "feeds/catalogue.h"
#include "feeds/decode.h"
#include "feeds/watch.h"

enum {
    SUCCESSORS_MAX = 128, /* files that took the name while the old one was still drained */
    READ_CHUNK = 64 * 1024,
    READ_CHUNK_BACKLOG = 256 * 1024,
    READ_BUFFER_MAX = RECORD_BYTES_MAX + READ_CHUNK_BACKLOG,
};

struct source;

/* Lines that nobody can know of: a file was truncated, and no copy of it was found (T-R5), what an
 * earlier run read of is nowhere (T-R3), or a file that was renamed away cannot be read any more
 * (T-R11). */
struct gap {
    const char *name;
    uint64_t offset; /* what was read of it before */
    const char *why; /* a fixed text */
    mono_ns at;
};

/* Bytes read and not decoded yet, of one source at a time: when the reader turns to another, the
 * unfinished end is given up and read again later, so that many sources cost one buffer. */
struct read_buffer {
    char *bytes;
    size_t cap;
    size_t start; /* bytes[start] is at the owner's position */
    size_t len;
    const struct source *owner;
};

/* What the sources of one feed share. */
struct source_context {
    /* fixed */
    const struct definition *definition;
    struct symbols *symbols;
    struct hash_key hash_key;
    struct clock *clock; /* the real one: latencies are the machine's */
    struct catalogue *catalogue;
    bool bounded;
    bool keeps_prints; /* what was read is known again by content: always but in one bounded run */
    bool resumed;      /* an earlier run read of this feed */
    bool (*stopped)(void); /* NULL, or: whoever opens the feed wants to end */
    int64_t grace_ns;
    bool backfill; /* the feed is being opened: compressed files are unpacked (T-R10) */
    /* the reader's */
    struct generation *pinned; /* whose descriptor is in use */
    struct watch *watch;       /* NULL: polling */
    struct error watch_error;  /* set when a file could not be watched */
    struct read_buffer buffer;
    mono_ns woken_by_watch; /* when the last wait was ended by a change told; 0: it was not */
    uint32_t rotations;
    bool rotated_too_fast; /* more files took a name than can wait; some may have been missed */
    uint32_t truncations;
    uint32_t copies;      /* of them, those whose rest was read from a copy */
    uint32_t gaps;        /* and those without one */
    struct gap gap;       /* the last */
    uint32_t passed_over; /* compressed files that are not read (T-R10) */
    struct error passed;  /* why the last of them is not */
    /* anyone's */
    atomic_bool label_wanted;
    atomic_int_fast64_t appended; /* fd feeds: the oldest append not looked at; 0: none */
    atomic_bool closed;           /* fd feeds: no more will come */
};

struct successor {
    struct generation *generation;
    mono_ns since; /* when it was found under the name */
    uint64_t size;
    bool complete;           /* unpacked, or the copy of what was truncated: its end is final */
    struct fingerprint seen; /* of its whole lines, none of which was read yet */
    struct timespec changed; /* its change time then */
    bool settled;            /* that was old enough to tell of any further change */
};

struct source {
    uint32_t index;
    const char *name; /* the catalogue's */
    bool is_fd;       /* an open file handed over: no path to look at */
    bool finite;      /* unpacked (T-R10): it does not grow, its name is not looked at */
    bool dirty;       /* worth a look */
    bool twin;        /* its name is of a file, or of a copy of one, that another source reads */
    struct stat twin_facts;       /* that file when this was found */
    struct generation_mark *mark; /* where an earlier run left it, until that is found */
    struct fingerprint unread;    /* that run saw it there, and counted nothing of it */
    bool searched;                /* in vain, beside its name */

    struct generation *current; /* NULL: not there yet */
    struct decoder *decoder;
    struct csv_header *header; /* the decoder's, when it did not begin at 0 */
    uint64_t committed;        /* whole records before this offset were handed over (T-R1) */
    uint32_t lines;            /* physical ones before `committed` */
    uint64_t position;         /* where the decoder is; behind `committed` in an endless line */
    uint64_t seen;             /* its size at the last look */
    mono_ns readable;          /* when its newest growth became readable */
    mono_ns queued;            /* a successor's bytes waited since then; 0: look at the file */
    mono_ns looked;            /* when it was last looked at */
    mono_ns grown;             /* when it last grew */
    struct fingerprint print;  /* of what was read (T-R2) */
    struct fingerprint ahead;  /* of what was seen of it while it waited for its turn */
    struct timespec changed;   /* its change time at the last look */
    bool settled;              /* that time was old enough to tell of any further change */
    bool deciding;             /* it may hold what was read before: nothing is decoded yet */
    int verdict;               /* so far: enum content */
    bool is_copy;              /* the rest of a truncated file: complete as it is (T-R5) */
    bool at_end;               /* all that was seen was given to the decoder */
    bool only_blanks;          /* its end came before its format could be told */
    bool input_closed;         /* fd feeds: known before the last look */
    bool finishing;            /* its end is final; the unfinished end goes out as torn */
    bool ended;

    struct successor *successors; /* SUCCESSORS_MAX, made at the first rotation */
    size_t successors_len;

    mono_ns gone_since; /* its name means no file since then; 0: it does */
    int gone_errno;

    bool failed;
    mono_ns failed_since;
    uint64_t failed_size; /* what is there and cannot be read; 0: not known */
    struct error error;
    mono_ns retry_at;
    int64_t backoff_ns;
    struct stat failed_facts; /* the file when its content was refused: looked at again on change */
};

void source_init(struct source *source, uint32_t index, const char *name, mono_ns now);
void source_fini(struct source *source);

/* Begins reading a file just opened as the source's next generation; takes over the descriptor.
 * `held`: not before it is known that its content was not read under another inode (T-R5). */
void source_adopt(struct source_context *context, struct source *source,
                  const struct opened_file *file, uint64_t begin, bool held);

/*
 * The next block, as feed_ops.read for this one source: FEED_BLOCK, FEED_IDLE (at its end, or not
 * there), FEED_END (ended for good), FEED_FAILED (error kept in the source until a retry succeeds).
 * The block's `unread` is left to the caller.
 */
enum feed_result source_read(struct source_context *context, struct source *source,
                             struct event_block *block);

/* Bytes known to wait behind the position, those of successors included; and of them the
 * unfinished end. */
uint64_t source_unread(const struct source *source);
uint64_t source_unfinished(const struct source *source);

/* When the source wants to be looked at even if nothing is told: retry, end of grace. */
mono_ns source_deadline(const struct source_context *context, const struct source *source);

/* When the grace time of the old file is over (T-R4); only with successors. */
mono_ns source_grace_end(const struct source_context *context, const struct source *source);

#endif
