#ifndef TAILRACE_CORE_POSITIONS_H
#define TAILRACE_CORE_POSITIONS_H
/*
 * How far each generation of each source was read: the manifest by which two answers are matched
 * before their numbers are (S-114). Ascending by source and generation.
 *
 * Bounded: beyond POSITIONS_MAX generations the oldest of the source that has most is given up,
 * and counted; whoever needs it finds it missing.
 *
 * Threads: none; one owner.
 */
#include "core/event.h"

enum { POSITIONS_MAX = 65536 };

/* Of a source that are kept from run to run: so many rotations back a file is known again by what
 * was read of it (T-R2). Older ones batch cannot read any more either. */
enum { GENERATIONS_KEPT = 128 };

struct position {
    uint32_t source;
    uint32_t generation;
    uint64_t begin; /* where reading began */
    uint64_t end;   /* behind the last record, or skipped bytes, read */
    uint32_t lines; /* physical ones before `end`, where the caller keeps them */
};

struct positions {
    struct position *entries;
    size_t len, room;
    size_t newest; /* where the last one was found */
    uint64_t given_up;
};

void positions_fini(struct positions *positions);
void positions_clear(struct positions *positions);
/* Notes that [begin, end) of the generation was read; begin counts the first time only. Returns its
 * index, valid until the next new generation. */
size_t positions_note(struct positions *positions, uint32_t source, uint32_t generation,
                      uint64_t begin, uint64_t end);
/* NULL: not known. */
const struct position *positions_find(const struct positions *positions, uint32_t source,
                                      uint32_t generation);
/* Gives up a generation that is older than the newest `keep` of its source: true, and which it was;
 * false when there is none. */
bool positions_give_up(struct positions *positions, size_t keep, struct position *out);
/* `into` becomes a copy. */
void positions_copy(struct positions *into, const struct positions *from);

#endif
