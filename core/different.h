#ifndef TAILRACE_CORE_DIFFERENT_H
#define TAILRACE_CORE_DIFFERENT_H
/*
 * How many different ones, of a whole range, found by several workers: the measure `distinct:F` of
 * the batch lane, which is exact at any number. core/distinct.h is that of a tally that goes on.
 *
 * A worker notes what it sees in a log of its own, which leaves out some of what comes again soon;
 * a full log is put into DIFFERENT_PARTS sets, by the first bits of the hash, each under a lock.
 * The sets do not depend on the order, so nobody waits for a turn. Whoever finds a new one counts
 * it in its own counts, which are added up at the end.
 *
 * Cost: 8 bytes for each different one in its group, 10 to 16 with the places left free and what
 * waits; from the 128th group on 12, and 15 to 24.
 *
 * Threads: a log and counts have one owner; different_add may be called by many at once;
 * different_union when nobody adds.
 */
#include "core/distinct.h"

enum { DIFFERENT_PARTS = 256, DIFFERENT_LOG_FULL = 128 * 1024 };

struct different_seen {
    uint64_t hash;
    uint32_t owner; /* group and operand in one */
};

struct different_log { /* zeroed: empty */
    uint64_t *hashes;
    uint32_t *owners;
    size_t len, room;
    struct different_seen *recent; /* by their hashes; made with the first */
    /* for the while of different_add */
    uint64_t *words;
    uint32_t *rest;
    size_t sorted_room;
};

struct different_counts { /* zeroed: none */
    uint64_t *of;         /* by group, and in it by operand */
    size_t groups;
};

struct different;

struct different *different_new(void);
void different_free(struct different *different); /* accepts NULL */
/* Before anything is added: how many logs will be put in, each of about as much as the others. */
void different_expect(struct different *different, size_t logs);

/* `group`: the owner's number for it, below 2^31; `operand` below EVENT_DISTINCTS_MAX; `hash` not
 * 0. */
void different_note(struct different_log *log, uint32_t group, uint32_t operand, uint64_t hash);
void different_log_clear(struct different_log *log); /* keeps its memory */
void different_log_fini(struct different_log *log);

/* Puts in what the log has, and clears it. `map` says by which number all know a group of the log;
 * NULL: by the same. `start`: the part to begin with; workers begin apart. */
void different_add(struct different *different, struct different_log *log, const size_t *map,
                   size_t start, struct different_counts *counts);
/* At the end: puts in what still waits, for the others too who do the same. */
void different_finish(struct different *different, size_t start, struct different_counts *counts);
void different_counts_fini(struct different_counts *counts);

size_t different_len(const struct different *different);
size_t different_bytes(const struct different *different);
/* The different hashes of an operand over all groups: not the sum of theirs. */
uint64_t different_union(const struct different *different, uint32_t operand);

#endif
