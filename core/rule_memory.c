/*
 * Notes stand in one growing array and are named by their index. Three structures hold them: an
 * open-addressed table of chains by subject, the chains themselves (doubly linked, newest at the
 * end that most events join), and a queue of what is due. The queue is told apart from the notes,
 * which are many and cold: an entry whose note has gone or was rescheduled bears an old stamp, and
 * is thrown out when it comes up, or when such entries fill half of the queue.
 */
#include "core/rule_memory_parts.h"

#include "core/due_queue.h"
#include "core/pages.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { TABLE_START = 64, NOTES_START = 64 };
struct rule_memory *rule_memory_new(size_t notes_max)
{
    struct rule_memory *memory = mem_zero(1, sizeof *memory);
    memory->notes_max = notes_max < NOBODY ? notes_max : NOBODY - 1;
    memory->unused = NOBODY;
    memory->table_size = TABLE_START;
    memory->table = pages_zero(TABLE_START, sizeof *memory->table);
    due_queue_init(&memory->queue);
    return memory;
}

void rule_memory_free(struct rule_memory *memory)
{
    if (!memory)
        return;
    free(memory->notes);
    free(memory->links);
    free(memory->table);
    free(memory->touched);
    due_queue_fini(&memory->queue);
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

/* Where a subject is looked for first. */
static const struct chain *home_of(const struct rule_memory *memory, uint64_t subject)
{
    return &memory->table[subject & (memory->table_size - 1)];
}

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
    memory->table = pages_zero(memory->table_size, sizeof *old);
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

bool rule_memory_alone(const struct rule_memory *memory, const struct note *note)
{
    const struct link *link = &memory->links[index_of(memory, note)];
    return link->older == NOBODY && link->newer == NOBODY;
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
    if ((memory->chains + 1) * 2 > memory->table_size)
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

static __attribute__((noinline)) void touch_first(struct rule_memory *memory, uint32_t index)
{
    memory->links[index].touched = true;
    if (memory->touched_len == memory->touched_room) {
        memory->touched_room = memory->touched_room ? memory->touched_room * 2 : NOTES_START;
        memory->touched =
            mem_resize(memory->touched, memory->touched_room * sizeof *memory->touched);
    }
    memory->touched[memory->touched_len++] = index;
}

static inline void touch(struct rule_memory *memory, uint32_t index)
{
    if (memory->kept && !memory->links[index].touched)
        touch_first(memory, index);
}

/* Whether its note has not gone or been rescheduled since. */
static bool is_current(const void *context, const struct due *due)
{
    const struct rule_memory *memory = context;
    return memory->links[due->note].stamp == due->stamp;
}

/* Stamps are never 0, which a note given back bears. */
static void queue(struct rule_memory *memory, uint32_t index, epoch_ms time)
{
    if (memory->queue.len > 2 * memory->len + NOTES_START)
        due_queue_sweep(&memory->queue, is_current, memory);
    if (++memory->stamps == 0)
        memory->stamps = 1;
    memory->links[index].stamp = memory->stamps;
    memory->links[index].due = time;
    touch(memory, index);
    due_queue_add(&memory->queue,
                  (struct due){.time = time, .note = index, .stamp = memory->stamps});
}

/* --- notes --- */

void rule_memory_touch(struct rule_memory *memory, const struct note *note)
{
    touch(memory, index_of(memory, note));
}

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
        pages_wide(memory->notes, memory->room * sizeof *memory->notes);
        pages_wide(memory->links, memory->room * sizeof *memory->links);
    }
    memory->links[memory->used].touched = false;
    return (uint32_t)memory->used++;
}

/* Most notes say nothing: then nothing is copied but the ends of what they say. */
static void put(struct note *into, const struct note *note)
{
    if (note->text.label[0] != '\0' || note->text.subject[0] != '\0') {
        *into = *note;
        return;
    }
    memcpy(into, note, offsetof(struct note, text));
    into->text.label[0] = into->text.subject[0] = '\0';
}

struct note *rule_memory_insert(struct rule_memory *memory, const struct note *note, epoch_ms due)
{
    if (rule_memory_full(memory))
        fatal("a note for a full rule memory");
    uint32_t index = take_place(memory);
    put(&memory->notes[index], note);
    link_note(memory, index);
    memory->len++;
    queue(memory, index, due);
    return &memory->notes[index];
}

static void remove_at(struct rule_memory *memory, uint32_t index)
{
    unlink_note(memory, index);
    touch(memory, index);
    memory->links[index].stamp = 0;
    memory->links[index].older = memory->unused;
    memory->unused = index;
    memory->len--;
}

void rule_memory_remove(struct rule_memory *memory, struct note *note)
{
    remove_at(memory, index_of(memory, note));
}

void rule_memory_replace(struct rule_memory *memory, struct note *old, const struct note *note,
                         epoch_ms due)
{
    uint32_t index = index_of(memory, old);
    put(old, note);
    memory->links[index].time = note->time;
    queue(memory, index, due);
}

void rule_memory_reschedule(struct rule_memory *memory, struct note *note, epoch_ms due)
{
    queue(memory, index_of(memory, note), due);
}

/* What will be due soon was last touched long ago: its place in the queue first, then its note,
 * then the chain that it is in. */
static void prefetch_due(const struct rule_memory *memory)
{
    const struct due *far = due_queue_ahead(&memory->queue, 6);
    const struct due *near = due_queue_ahead(&memory->queue, 3);
    __builtin_prefetch(due_queue_ahead(&memory->queue, 12));
    if (far) {
        __builtin_prefetch(&memory->links[far->note]);
        __builtin_prefetch(&memory->notes[far->note]);
    }
    if (near)
        __builtin_prefetch(home_of(memory, memory->notes[near->note].subject));
}

struct note *rule_memory_first_due(struct rule_memory *memory, epoch_ms *due)
{
    const struct due *first;
    while ((first = due_queue_first(&memory->queue)) && !is_current(memory, first)) {
        due_queue_drop_first(&memory->queue);
        prefetch_due(memory);
    }
    if (!first)
        return NULL;
    *due = first->time;
    return &memory->notes[first->note];
}

void rule_memory_remove_due(struct rule_memory *memory)
{
    uint32_t index = due_queue_first(&memory->queue)->note;
    due_queue_drop_first(&memory->queue);
    prefetch_due(memory);
    remove_at(memory, index);
}

epoch_ms rule_memory_quiet_until(const struct rule_memory *memory)
{
    return memory->queue.least;
}

void rule_memory_prefetch(const struct rule_memory *memory, uint64_t subject, int step)
{
    if (step == 1) {
        __builtin_prefetch(home_of(memory, subject));
        return;
    }
    if (memory->len == 0)
        return;
    /* whoever stands there: to ask who it is, or whether it is anybody, costs more than it saves */
    uint32_t newest = home_of(memory, subject)->newest;
    __builtin_prefetch(&memory->links[newest]);
    __builtin_prefetch(&memory->notes[newest]);
}

/* --- the state --- */

bool rule_memory_restore(struct rule_memory *memory, uint32_t index, const struct note *note,
                         epoch_ms due, uint32_t stamp)
{
    if (index >= memory->notes_max)
        return false;
    while (memory->used <= index) {
        uint32_t place = (memory->unused = NOBODY, take_place(memory));
        memory->links[place] = (struct link){.stamp = 0};
    }
    memory->notes[index] = *note;
    memory->links[index] = (struct link){.stamp = stamp, .due = due};
    return true;
}

static int compare_stamps(const void *left, const void *right)
{
    const struct due *a = left, *b = right;
    return (a->stamp > b->stamp) - (a->stamp < b->stamp);
}

void rule_memory_restored(struct rule_memory *memory, uint32_t stamps)
{
    struct due *due = mem_alloc((memory->used + 1) * sizeof *due);
    size_t len = 0;
    memory->unused = NOBODY;
    for (uint32_t index = 0; index < memory->used; index++) {
        struct link *link = &memory->links[index];
        if (link->stamp != 0) {
            due[len++] = (struct due){.time = link->due, .note = index, .stamp = link->stamp};
            link_note(memory, index);
            memory->len++;
            continue;
        }
        link->older = memory->unused;
        memory->unused = index;
    }
    qsort(due, len, sizeof *due, compare_stamps);
    for (size_t i = 0; i < len; i++)
        due_queue_add(&memory->queue, due[i]);
    memory->stamps = stamps;
    free(due);
}
