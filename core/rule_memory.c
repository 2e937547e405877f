/*
 * Notes stand in one growing array and are named by their index. Three structures hold them: an
 * open-addressed table of chains by subject, the chains themselves (doubly linked, newest at the
 * end that most events join), and a binary heap of what is due, in which each note knows its place.
 */
#include "core/rule_memory.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_START = 64, NOTES_START = 64 };
#define NOBODY UINT32_MAX

struct chain {
    uint64_t subject;
    uint32_t oldest, newest;
    uint32_t len; /* 0: an empty place */
};

struct due {
    epoch_ms time;
    uint32_t note;
};

struct rule_memory {
    size_t notes_max;
    struct note *notes;
    size_t room; /* notes allocated; the heap has as many places */
    size_t used; /* notes ever used; those given back form a list by `older` */
    uint32_t unused;

    struct chain *table;
    size_t table_size; /* a power of two */
    size_t chains;

    struct due *heap;
    size_t len; /* of the heap: each note is in it once */
};

struct rule_memory *rule_memory_new(size_t notes_max)
{
    struct rule_memory *memory = mem_zero(1, sizeof *memory);
    memory->notes_max = notes_max < NOBODY ? notes_max : NOBODY - 1;
    memory->unused = NOBODY;
    memory->table_size = TABLE_START;
    memory->table = mem_zero(TABLE_START, sizeof *memory->table);
    return memory;
}

void rule_memory_free(struct rule_memory *memory)
{
    if (!memory)
        return;
    free(memory->notes);
    free(memory->table);
    free(memory->heap);
    free(memory);
}

size_t rule_memory_len(const struct rule_memory *memory)
{
    return memory->len;
}

bool rule_memory_full(const struct rule_memory *memory)
{
    return memory->len >= memory->notes_max;
}

/* --- order --- */

static int compare_positions(const struct event_position *a, const struct event_position *b)
{
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->generation != b->generation)
        return a->generation < b->generation ? -1 : 1;
    return (a->start > b->start) - (a->start < b->start);
}

bool note_before(const struct note *a, const struct note *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    return compare_positions(&a->position, &b->position) < 0;
}

/* --- chains by subject --- */

/* The chain, or the empty place where it would go. */
static struct chain *probe(const struct rule_memory *memory, uint64_t subject)
{
    size_t mask = memory->table_size - 1;
    for (size_t at = (size_t)subject & mask;; at = (at + 1) & mask) {
        struct chain *chain = &memory->table[at];
        if (chain->len == 0 || chain->subject == subject)
            return chain;
    }
}

static void grow_table(struct rule_memory *memory)
{
    struct chain *old = memory->table;
    size_t old_size = memory->table_size;
    memory->table_size *= 2;
    memory->table = mem_zero(memory->table_size, sizeof *old);
    for (size_t i = 0; i < old_size; i++)
        if (old[i].len > 0)
            *probe(memory, old[i].subject) = old[i];
    free(old);
}

/* Takes an empty chain's place out; those behind it that had been pushed on move up. */
static void close_gap(struct rule_memory *memory, struct chain *gone)
{
    size_t mask = memory->table_size - 1, hole = (size_t)(gone - memory->table);
    for (size_t at = (hole + 1) & mask; memory->table[at].len > 0; at = (at + 1) & mask) {
        size_t from_home = (at - (size_t)memory->table[at].subject) & mask;
        if (from_home >= ((at - hole) & mask)) {
            memory->table[hole] = memory->table[at];
            hole = at;
        }
    }
    memory->table[hole] = (struct chain){.len = 0};
    memory->chains--;
}

static struct note *note_at(const struct rule_memory *memory, uint32_t index)
{
    return index == NOBODY ? NULL : &memory->notes[index];
}

size_t rule_memory_subject(const struct rule_memory *memory, uint64_t subject)
{
    return probe(memory, subject)->len;
}

struct note *rule_memory_oldest(const struct rule_memory *memory, uint64_t subject)
{
    const struct chain *chain = probe(memory, subject);
    return chain->len > 0 ? &memory->notes[chain->oldest] : NULL;
}

struct note *rule_memory_newest(const struct rule_memory *memory, uint64_t subject)
{
    const struct chain *chain = probe(memory, subject);
    return chain->len > 0 ? &memory->notes[chain->newest] : NULL;
}

struct note *rule_memory_older(const struct rule_memory *memory, const struct note *note)
{
    return note_at(memory, note->older);
}

struct note *rule_memory_newer(const struct rule_memory *memory, const struct note *note)
{
    return note_at(memory, note->newer);
}

/* Into its place, looked for from the newest on: most events come in order. */
static void link_note(struct rule_memory *memory, uint32_t index)
{
    struct note *note = &memory->notes[index];
    if ((memory->chains + 1) * 4 > memory->table_size * 3)
        grow_table(memory);
    struct chain *chain = probe(memory, note->subject);
    if (chain->len == 0) {
        *chain = (struct chain){.subject = note->subject, .oldest = index, .newest = NOBODY};
        memory->chains++;
    }
    uint32_t older = chain->len > 0 ? chain->newest : NOBODY, newer = NOBODY;
    while (older != NOBODY && note_before(note, &memory->notes[older])) {
        newer = older;
        older = memory->notes[older].older;
    }
    note->older = older;
    note->newer = newer;
    *(older == NOBODY ? &chain->oldest : &memory->notes[older].newer) = index;
    *(newer == NOBODY ? &chain->newest : &memory->notes[newer].older) = index;
    chain->len++;
}

static void unlink_note(struct rule_memory *memory, const struct note *note)
{
    struct chain *chain = probe(memory, note->subject);
    *(note->older == NOBODY ? &chain->oldest : &memory->notes[note->older].newer) = note->newer;
    *(note->newer == NOBODY ? &chain->newest : &memory->notes[note->newer].older) = note->older;
    if (--chain->len == 0)
        close_gap(memory, chain);
}

/* --- what is due --- */

static bool due_before(const struct rule_memory *memory, const struct due *a, const struct due *b)
{
    if (a->time != b->time)
        return a->time < b->time;
    return note_before(&memory->notes[a->note], &memory->notes[b->note]);
}

static void place(struct rule_memory *memory, size_t at, struct due due)
{
    memory->heap[at] = due;
    memory->notes[due.note].queued = (uint32_t)at;
}

static void sift_up(struct rule_memory *memory, size_t at, struct due due)
{
    while (at > 0 && due_before(memory, &due, &memory->heap[(at - 1) / 2])) {
        place(memory, at, memory->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(memory, at, due);
}

static void sift_down(struct rule_memory *memory, size_t at, struct due due)
{
    for (size_t child; (child = 2 * at + 1) < memory->len; at = child) {
        if (child + 1 < memory->len &&
            due_before(memory, &memory->heap[child + 1], &memory->heap[child]))
            child++;
        if (!due_before(memory, &memory->heap[child], &due))
            break;
        place(memory, at, memory->heap[child]);
    }
    place(memory, at, due);
}

static void sift(struct rule_memory *memory, size_t at, struct due due)
{
    if (at > 0 && due_before(memory, &due, &memory->heap[(at - 1) / 2]))
        sift_up(memory, at, due);
    else
        sift_down(memory, at, due);
}

/* --- notes --- */

static uint32_t take_place(struct rule_memory *memory)
{
    uint32_t index = memory->unused;
    if (index != NOBODY) {
        memory->unused = memory->notes[index].older;
        return index;
    }
    if (memory->used == memory->room) {
        memory->room = memory->room ? memory->room * 2 : NOTES_START;
        if (memory->room > memory->notes_max)
            memory->room = memory->notes_max;
        memory->notes = mem_resize(memory->notes, memory->room * sizeof *memory->notes);
        memory->heap = mem_resize(memory->heap, memory->room * sizeof *memory->heap);
    }
    return (uint32_t)memory->used++;
}

struct note *rule_memory_insert(struct rule_memory *memory, const struct note *note, epoch_ms due)
{
    if (rule_memory_full(memory))
        fatal("a note for a full rule memory");
    uint32_t index = take_place(memory);
    memory->notes[index] = *note;
    link_note(memory, index);
    sift_up(memory, memory->len++, (struct due){.time = due, .note = index});
    return &memory->notes[index];
}

void rule_memory_remove(struct rule_memory *memory, struct note *note)
{
    uint32_t index = (uint32_t)(note - memory->notes);
    size_t hole = note->queued;
    unlink_note(memory, note);
    struct due last = memory->heap[--memory->len];
    if (hole < memory->len)
        sift(memory, hole, last);
    note->older = memory->unused;
    memory->unused = index;
}

void rule_memory_reschedule(struct rule_memory *memory, struct note *note, epoch_ms due)
{
    sift(memory, note->queued, (struct due){.time = due, .note = (uint32_t)(note - memory->notes)});
}

struct note *rule_memory_first_due(const struct rule_memory *memory, epoch_ms *due)
{
    if (memory->len == 0)
        return NULL;
    *due = memory->heap[0].time;
    return &memory->notes[memory->heap[0].note];
}
