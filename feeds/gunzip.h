#ifndef TAILRACE_FEEDS_GUNZIP_H
#define TAILRACE_FEEDS_GUNZIP_H
/*
 * Compressed files as feed files (T-R10): unpacked once, streamed, into an unlinked temporary file
 * that is then read like any other, by both lanes and from any position. What is compressed is told
 * by content, never by name.
 *
 * A compressed file is hostile (D-10): how much comes out is limited, altogether and as a multiple
 * of what went in. Checksum and length of every member are verified before anything is counted.
 * Members may follow one another, as `cat a.gz b.gz` makes them; zero bytes behind the last are
 * padding. Anything else behind it, or an end in the middle, is an error: nothing is passed over
 * silently.
 *
 * Threads: any; no state of its own.
 */
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

struct gunzip_limits {
    uint64_t bytes; /* that come out of one file */
    uint64_t ratio; /* that come out for each that went in, behind the first 16 MiB */
};

extern const struct gunzip_limits gunzip_limits_default; /* 16 GiB, 250 times */

/* Whether the file begins as gzip files do. */
bool gunzip_is(int fd);

/* A new temporary file with all that comes out, and its length; -1 and error: STATUS_BAD_FORMAT
 * (damaged, or still being written), STATUS_LIMIT, STATUS_IO, STATUS_CLOSED (`stopped`, which may
 * be NULL, said so). `name` is for the text. */
int gunzip_spool(int fd, const char *name, const struct gunzip_limits *limits,
                 bool (*stopped)(void), uint64_t *bytes, struct error *error);

/* The first bytes that come out, at most `cap`; 0 when none do. */
size_t gunzip_peek(int fd, char *buffer, size_t cap);

#endif
