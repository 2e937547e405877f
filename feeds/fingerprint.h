#ifndef TAILRACE_FEEDS_FINGERPRINT_H
#define TAILRACE_FEEDS_FINGERPRINT_H
/*
 * What a file's content is known by (T-R2), because device and inode alone are not enough: an inode
 * is rewritten in place, copied, or given to another file.
 *
 * A fingerprint belongs to one offset, before which all bytes were consumed. It holds three keyed
 * hashes: of the start (what stands before the first record, and that record), of the head (the
 * first bytes, at most 4 KiB) and of the anchor (the bytes just before the offset: at least 256 and
 * at least the whole last record, at most 4 KiB). Each is of consumed bytes only, with its own
 * length, so it can be compared whatever was appended later.
 *
 * It is plain data: with device and inode, and the key it was made with, it can be stored, and
 * reading resumed at `offset` where fingerprint_check says FINGERPRINT_SAME.
 *
 *     {.offset = begin} → fingerprint_advance (after each block) → fingerprint_check
 *
 * Pure but for pread; any thread.
 */
#include "core/siphash.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    FINGERPRINT_HEAD = 4096,       /* bytes of the head, at most */
    FINGERPRINT_ANCHOR_MIN = 256,  /* of the anchor, where there are so many */
    FINGERPRINT_ANCHOR_MAX = 4096, /* and at most */
};

struct fingerprint {
    uint64_t offset;     /* the bytes before it were consumed */
    uint32_t start_len;  /* 0: no record was consumed, or it begins beyond the head */
    uint32_t head_len;   /* P */
    uint32_t anchor_len; /* bytes before `offset` */
    struct hash128 start;
    struct hash128 head;
    struct hash128 anchor;
};

/* What was consumed since the fingerprint's offset. */
struct fingerprint_step {
    uint64_t offset;      /* the new one */
    uint64_t first_begin; /* the first record among it */
    uint64_t first_end;   /* its end; 0: there is none */
    uint64_t last_begin;  /* the begin of the last record among it, or `offset` */
    const char *consumed; /* the bytes just before `offset`, as they were consumed */
    size_t consumed_len;  /* how many of them are at hand */
};

/*
 * Moves on. What is not at hand is read from `fd`; a file that is rewritten meanwhile then gives a
 * fingerprint of neither content, and fingerprint_check will tell.
 */
void fingerprint_advance(struct fingerprint *print, struct hash_key key, int fd,
                         const struct fingerprint_step *step);

/* That of a file whose reading begins at `offset`. */
struct fingerprint fingerprint_at(struct hash_key key, int fd, uint64_t offset);

/* Whether a match says something: a CSV header alone does not, all files of a feed share it. */
bool fingerprint_decides(const struct fingerprint *print);

enum fingerprint_result {
    FINGERPRINT_SAME,
    FINGERPRINT_SHORT, /* the file ends before the offset */
    FINGERPRINT_HEAD_DIFFERS,
    FINGERPRINT_ANCHOR_DIFFERS,
    FINGERPRINT_UNREAD, /* reading failed; see errno */
};

enum fingerprint_result fingerprint_check(const struct fingerprint *print, struct hash_key key,
                                          int fd);

/* The first bytes of a file, to compare with many fingerprints. */
struct fingerprint_head {
    char bytes[FINGERPRINT_HEAD];
    uint32_t len;
};

/* False and errno: it could not be read. */
bool fingerprint_head_read(struct fingerprint_head *head, int fd);

/* Whether the file begins with the same first record, behind the same header. */
bool fingerprint_same_start(const struct fingerprint *print, struct hash_key key,
                            const struct fingerprint_head *head);

/* Whether two files hold the same bytes just before `end`, 4 KiB at most. */
bool fingerprint_same_before(int fd, int other_fd, uint64_t end);

#endif
