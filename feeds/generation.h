#ifndef TAILRACE_FEEDS_GENERATION_H
#define TAILRACE_FEEDS_GENERATION_H
/*
 * One life of one file (S-01), and what makes a file the same file (T-R2).
 *
 * Device and inode are exact while a descriptor is held, because a held inode is never given to
 * another file. They do not tell of a rewrite in place or of a copy: the fingerprint does
 * (feeds/fingerprint.h).
 *
 * A generation is shared by the reader, the catalogue and open scans: counted references, the last
 * one closes the descriptor. Reading is by pread only, so the descriptor has no position to share.
 *
 * Threads: retain, release and the fields above the rule from any thread; those below it belong to
 * the catalogue (feeds/catalogue.c) and its lock.
 */
#include "feeds/fingerprint.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct generation_id {
    dev_t device;
    ino_t inode;
};

/* A regular file, just opened. */
struct opened_file {
    int fd;
    struct generation_id id;
    uint64_t size;
    bool unpacked; /* a temporary file with what came out of it (T-R10); the id is its own */
};

/* Of feeds/descriptor.c, and its lock. */
struct parking {
    const char *path; /* where it can be opened again; NULL: it stays open */
    unsigned holders;
    struct generation *newer, *older;
};

struct generation {
    atomic_uint references;
    uint32_t number; /* 0, 1, ... within its source */
    int fd;          /* -1: parked (feeds/descriptor.h) */
    struct generation_id id;
    struct parking parking;
    /* ---- the catalogue's ---- */
    uint64_t begin;    /* where its reading begins: 0, where the feed was told to start, or where
                          what was read before under another inode ends (T-R5) */
    uint64_t consumed; /* the reader is done with the bytes before this offset */
    struct fingerprint print; /* of what was consumed */
    bool held;   /* it may be a copy of what was read: nobody reads it before that is known */
    bool closed; /* read to its end for good; it ended at `consumed` */
};

/*
 * Opens without waiting (a FIFO without a writer) and judges the descriptor, not the path (D-14,
 * D-21). STATUS_NOT_FOUND: nothing there. STATUS_USAGE: there, but never to be read: a directory, a
 * pipe, a socket, a device (T-R12). STATUS_IO: the system refused. The text names the path.
 */
enum status generation_open_file(const char *path, struct opened_file *out, struct error *error);

/* Of the descriptors that the system allows, so many are left to the rest of the program; beyond,
 * generation_open_file parks others (feeds/descriptor.h), or says STATUS_LIMIT, which passes when
 * others are closed. */
enum { GENERATION_SPARE = 64 };
/* As many files as the system allows may be open: raises the soft limit of descriptors to the hard
 * one. */
void generation_raise_limit(void);
/* The opening alone, with further flags; -1 and errno: EMFILE where that says STATUS_LIMIT. */
int generation_open_at(int folder, const char *path, int flags);

/* The same judgement of a descriptor that is open already; `name` is for the text. */
enum status generation_check_file(const char *name, int fd, struct opened_file *out,
                                  struct error *error);

/* What a path leads to now: only a reason to open it (D-21). False and errno. */
bool generation_look(const char *path, struct stat *facts);

struct generation_id generation_id_of(const struct stat *facts);
bool generation_id_same(struct generation_id a, struct generation_id b);

/* Takes over `fd`; one reference, the caller's. */
struct generation *generation_new(uint32_t number, int fd, struct generation_id id, uint64_t begin);
struct generation *generation_retain(struct generation *generation);
void generation_release(struct generation *generation); /* accepts NULL */

/* pread that goes on after EINTR and short reads: bytes read, fewer than `len` only at the end or
 * before a fault; -1 and errno (T-R11). */
int64_t generation_pread(int fd, char *buffer, size_t len, uint64_t offset);

/* Line ends before `end`; those in front of what cannot be read. */
uint32_t generation_count_lines(int fd, uint64_t end);

/* The offset behind the last line end among the first `size` bytes; 0 when there is none. A read
 * error ends the search: STATUS_IO. */
enum status generation_last_line_end(int fd, uint64_t size, uint64_t *out, struct error *error);

#endif
