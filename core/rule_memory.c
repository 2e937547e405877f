/*
 * Notes stand in one growing array and are named by their index. Three structures hold them: an
 * open-addressed table of chains by subject, the chains themselves (doubly linked, newest at the
 * end that most events join), and a binary heap of what is due. The heap is told apart from the
 * notes, which are many and cold: an entry whose note has gone or was rescheduled bears an old
 * stamp, and is thrown out when it comes up, or when such entries fill half of the heap.
 */
#include "core/rule_memory.h"

#include "core/sometimes.h"
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

/* What is read of a note without asking what it says, apart from it so that it stays in the cache.
 */
struct link {
    epoch_ms time;
    uint32_t older, newer;
    uint32_t stamp; /* of the entry that says when it is due */
};

struct due {
    epoch_ms time;
    uint32_t note;
    uint32_t stamp;
};

struct rule_memory {
    size_t notes_max;
    struct note *notes;
    struct link *links; /* of the note of the same index */
    size_t room;        /* notes allocated */
    size_t len;         /* in use */
    size_t used;        /* notes ever used; those given back form a list by `older` */
    uint32_t unused;

    struct chain *table;
    size_t table_size; /* a power of two */
    size_t chains;

    struct due *heap;
    size_t heap_len, heap_room;
    uint32_t stamps; /* given so far */
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
    free(memory->links);
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

static uint32_t index_of(const struct rule_memory *memory, const struct note *note)
{
    return (uint32_t)(note - memory->notes);
}

struct note *rule_memory_older(const struct rule_memory *memory, const struct note *note)
{
    return note_at(memory, memory->links[index_of(memory, note)].older);
}

struct note *rule_memory_newer(const struct rule_memory *memory, const struct note *note)
{
    return note_at(memory, memory->links[index_of(memory, note)].newer);
}

struct note *rule_memory_back(const struct rule_memory *memory, const struct note *note,
                              int64_t *places)
{
    uint32_t index = index_of(memory, note), older;
    int64_t walked = 0;
    for (; walked < *places && (older = memory->links[index].older) != NOBODY; walked++)
        index = older;
    *places = walked;
    return &memory->notes[index];
}

epoch_ms rule_memory_time(const struct rule_memory *memory, const struct note *note)
{
    return memory->links[index_of(memory, note)].time;
}

static bool index_before(const struct rule_memory *memory, uint32_t a, uint32_t b)
{
    epoch_ms left = memory->links[a].time, right = memory->links[b].time;
    return left != right ? left < right : note_before(&memory->notes[a], &memory->notes[b]);
}

/* Into its place, looked for from the newest on: most events come in order. */
static void link_note(struct rule_memory *memory, uint32_t index)
{
    const struct note *note = &memory->notes[index];
    struct link *links = memory->links;
    if ((memory->chains + 1) * 4 > memory->table_size * 3)
        grow_table(memory);
    struct chain *chain = probe(memory, note->subject);
    if (chain->len == 0) {
        *chain = (struct chain){.subject = note->subject, .oldest = index, .newest = NOBODY};
        memory->chains++;
    }
    uint32_t older = chain->len > 0 ? chain->newest : NOBODY, newer = NOBODY;
    links[index].time = note->time;
    while (older != NOBODY && index_before(memory, index, older)) {
        newer = older;
        older = links[older].older;
    }
    links[index].older = older;
    links[index].newer = newer;
    *(older == NOBODY ? &chain->oldest : &links[older].newer) = index;
    *(newer == NOBODY ? &chain->newest : &links[newer].older) = index;
    chain->len++;
}

static void unlink_note(struct rule_memory *memory, uint32_t index)
{
    struct chain *chain = probe(memory, memory->notes[index].subject);
    struct link *links = memory->links;
    uint32_t older = links[index].older, newer = links[index].newer;
    *(older == NOBODY ? &chain->oldest : &links[older].newer) = newer;
    *(newer == NOBODY ? &chain->newest : &links[newer].older) = older;
    if (--chain->len == 0)
        close_gap(memory, chain);
}

/* --- what is due --- */

static void sift_up(struct rule_memory *memory, size_t at, struct due due)
{
    for (; at > 0 && due.time < memory->heap[(at - 1) / 2].time; at = (at - 1) / 2)
        memory->heap[at] = memory->heap[(at - 1) / 2];
    memory->heap[at] = due;
}

static void sift_down(struct rule_memory *memory, size_t at, struct due due)
{
    for (size_t child; (child = 2 * at + 1) < memory->heap_len; at = child) {
        if (child + 1 < memory->heap_len && memory->heap[child + 1].time < memory->heap[child].time)
            child++;
        if (memory->heap[child].time >= due.time)
            break;
        memory->heap[at] = memory->heap[child];
    }
    memory->heap[at] = due;
}

/* Whether its note has not gone or been rescheduled since. */
static bool is_current(const struct rule_memory *memory, const struct due *due)
{
    return memory->links[due->note].stamp == due->stamp;
}

/* Throws out what is no more current, and makes a heap of the rest. */
static void sweep(struct rule_memory *memory)
{
    size_t kept = 0;
    SOMETIMES(due_list_swept);
    for (size_t i = 0; i < memory->heap_len; i++)
        if (is_current(memory, &memory->heap[i]))
            memory->heap[kept++] = memory->heap[i];
    memory->heap_len = kept;
    for (size_t i = kept / 2; i-- > 0;)
        sift_down(memory, i, memory->heap[i]);
}

/* Stamps are never 0, which a note given back bears. */
static void queue(struct rule_memory *memory, uint32_t index, epoch_ms time)
{
    if (memory->heap_len == memory->heap_room && memory->heap_len > 2 * memory->len)
        sweep(memory);
    if (memory->heap_len == memory->heap_room) {
        memory->heap_room = memory->heap_room ? memory->heap_room * 2 : NOTES_START;
        memory->heap = mem_resize(memory->heap, memory->heap_room * sizeof *memory->heap);
    }
    if (++memory->stamps == 0)
        memory->stamps = 1;
    memory->links[index].stamp = memory->stamps;
    sift_up(memory, memory->heap_len++,
            (struct due){.time = time, .note = index, .stamp = memory->stamps});
}

static void drop_first(struct rule_memory *memory)
{
    struct due last = memory->heap[--memory->heap_len];
    if (memory->heap_len > 0)
        sift_down(memory, 0, last);
}

/* --- notes --- */

static uint32_t take_place(struct rule_memory *memory)
{
    uint32_t index = memory->unused;
    if (index != NOBODY) {
        memory->unused = memory->links[index].older;
        return index;
    }
    if (memory->used == memory->room) {
        memory->room = memory->room ? memory->room * 2 : NOTES_START;
        if (memory->room > memory->notes_max)
            memory->room = memory->notes_max;
        memory->notes = mem_resize(memory->notes, memory->room * sizeof *memory->notes);
        memory->links = mem_resize(memory->links, memory->room * sizeof *memory->links);
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
    memory->len++;
    queue(memory, index, due);
    return &memory->notes[index];
}

void rule_memory_remove(struct rule_memory *memory, struct note *note)
{
    uint32_t index = index_of(memory, note);
    unlink_note(memory, index);
    memory->links[index].stamp = 0;
    memory->links[index].older = memory->unused;
    memory->unused = index;
    memory->len--;
}

void rule_memory_reschedule(struct rule_memory *memory, struct note *note, epoch_ms due)
{
    queue(memory, index_of(memory, note), due);
}

struct note *rule_memory_first_due(struct rule_memory *memory, epoch_ms *due)
{
    while (memory->heap_len > 0 && !is_current(memory, &memory->heap[0]))
        drop_first(memory);
    if (memory->heap_len == 0)
        return NULL;
    *due = memory->heap[0].time;
    return &memory->notes[memory->heap[0].note];
}
