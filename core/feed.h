#ifndef TAILRACE_CORE_FEED_H
#define TAILRACE_CORE_FEED_H
/*
 * What a feed must offer to the two lanes: a log with positions.
 *
 * A feed is one or more sources (files) read under one definition. The live lane's reader takes
 * blocks in order of position and waits for more; the batch lane freezes a range ("scan": what is
 * there now, from 0 to an end mark) and reads it again, in slices, from several threads. Both
 * decode with the same decoder, so both see the same records.
 *
 * Threads: read, wait and seek belong to the reader thread. scan_open may be called from another
 * thread at any time; a scan belongs to the thread that opened it, and its slices may be read from
 * many threads at once.
 */
#include "core/event.h"
#include "core/status.h"
#include "core/wake.h"

struct feed;
struct scan;

enum feed_result {
    FEED_BLOCK,  /* the block holds events, or at least bytes passed */
    FEED_IDLE,   /* nothing more can be read now */
    FEED_END,    /* bounded reading: the end of every source was reached */
    FEED_FAILED, /* see the error; the position is kept, the next read tries again */
};

enum feed_state { FEED_WAITING_FILE, FEED_READING, FEED_ENDED, FEED_ERROR };

/* What stands on the screen about the feed; plain data. */
struct feed_status {
    enum feed_state state;
    uint64_t bytes_read;   /* consumed by the reader, all generations */
    uint64_t unread;       /* bytes behind the reader, the unfinished end included */
    uint64_t unfinished;   /* bytes of an unfinished last line (T-R1) */
    uint32_t sources;      /* files known */
    uint32_t missing;      /* of them, not there yet */
    uint32_t rotations;    /* T-R4 */
    uint32_t truncations;  /* T-R5: cut off, or written anew in place */
    uint32_t copies;       /* of them, those whose last lines were read from a copy */
    uint32_t gaps;         /* and those without one: lines in between may be unknown */
    mono_ns gap_at;        /* the last of them */
    char gap[160];         /* in words; "" none; filter before output */
    uint32_t passed_over;  /* compressed files that are not read (T-R10) */
    bool polling;          /* inotify is not in use (T-R7) */
    int errno_value;       /* FEED_ERROR: of the system call at fault; 0: the content is refused */
    mono_ns failing_since; /* FEED_ERROR */
    mono_ns retry_at;      /* FEED_ERROR: when it is tried again */
    mono_ns gone_since;    /* files that were read are not there any more; 0: they are */
    char message[160];     /* what is wrong or waited for; "" when nothing; filter before output */
};

/* One slice of a scan, read: where its records really began and ended. */
struct slice_result {
    uint64_t begin; /* start of the first record that belongs to the slice */
    uint64_t end;   /* end of the last one, skipped bytes included */
    uint32_t
        lines; /* physical lines in [begin, end); of a generation's first slice, before `end` */
};

/* What of a generation a reading covers; `end` stands behind a record. */
struct batch_mark {
    uint32_t source;
    uint32_t generation;
    uint64_t begin; /* told by a run; of scan_ops.until not used */
    uint64_t end;
};

/* Called for each block of a slice, in order. The block is valid during the call. False stops. */
typedef bool (*block_sink)(void *context, const struct event_block *block);

struct feed_ops {
    /* Fills `block` with what comes next. Never waits. */
    enum feed_result (*read)(struct feed *feed, struct event_block *block, struct error *error);
    /* Sleeps until more may be readable, `wake` rings, or `deadline` passes. */
    void (*wait)(struct feed *feed, struct wake *wake, mono_ns deadline);
    /* Reader thread or not: a copy of the present status. */
    void (*status)(struct feed *feed, struct feed_status *out);
    /* The next event decoded gets the block's label (any thread). */
    void (*label_next)(struct feed *feed);
    /* Name and bytes of a source, for messages and for "inputs"; false past the last one. `name`
     * lives as long as the feed. */
    bool (*source)(struct feed *feed, uint32_t index, const char **name, uint64_t *bytes);
    /* The bytes of a generation from `start` on, for records kept as they stood (S-05): how many
     * were copied, at most `len`; 0: they cannot be read any more. Any thread. NULL: never. */
    size_t (*bytes)(struct feed *feed, uint32_t source, uint32_t generation, uint64_t start,
                    void *out, size_t len);
    /* Freezes what is there now. NULL and error when nothing can be opened. */
    struct scan *(*scan_open)(struct feed *feed, struct error *error);
    void (*free)(struct feed *feed);
};

struct scan_ops {
    /* Before anything is read: ends the range earlier, each generation at its mark, as if no more
     * had been there when it was frozen. A generation without a mark is left out. */
    void (*until)(struct scan *scan, const struct batch_mark *marks, size_t len);
    /* Slices are numbered 0 … len-1 in order of position; a slice lies in one generation. */
    size_t (*len)(const struct scan *scan);
    /* Source, generation and first byte of a slice, and whether it is the first of its
     * generation. */
    void (*slice)(const struct scan *scan, size_t index, uint32_t *source, uint32_t *generation,
                  uint64_t *begin, bool *first);
    /*
     * Reads a slice: the records that start in it. `from` SCAN_GUESS: begin at the first line end
     * after the slice's first byte, which is a record's start unless a quoted field holds that line
     * end; an exact offset otherwise. Whoever merges slices checks that each begins where the
     * previous one ended, and reads again from there when not. Any thread.
     */
    enum status (*read)(const struct scan *scan, size_t index, uint64_t from, block_sink sink,
                        void *context, struct slice_result *result, struct error *error);
    uint64_t (*bytes)(const struct scan *scan); /* all together */
    /* The frozen range of the n-th generation, in order of source and generation; false past the
     * last. The end may stand behind an unfinished record, which is not read. */
    bool (*mark)(const struct scan *scan, size_t n, uint32_t *source, uint32_t *generation,
                 uint64_t *begin, uint64_t *end);
    /* Generations that were there once and cannot be read again (truncated, rotated long ago). */
    uint32_t (*lost)(const struct scan *scan);
    void (*free)(struct scan *scan);
};

#define SCAN_GUESS UINT64_MAX

/* Implementations embed these as their first member. */
struct feed {
    const struct feed_ops *ops;
};
struct scan {
    const struct scan_ops *ops;
};

#endif
