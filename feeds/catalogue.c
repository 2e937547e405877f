/*
 * Sources as stable heap entries behind one lock; each with its generations oldest first. What
 * falls off the front is closed, but what it was known by is remembered, so that a log that is
 * rotated on and on under a glob is not taken for a new file when its descriptor was given back.
 */
#include "feeds/catalogue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *name;
    uint32_t next_number;
    uint32_t lost;
    uint64_t consumed; /* all generations */
    uint64_t scanned;  /* by the last scan */
    bool expecting;
    struct generation_mark expected; /* not found again yet */
    struct generation **generations;
    size_t generations_len;
    size_t generations_cap;
};

/* A ring of marks: the newest ones, up to its room. */
struct marks {
    struct generation_mark *ring;
    size_t room;
    size_t len; /* ever put in */
};

struct catalogue {
    pthread_mutex_t lock; /* guards the rest, and what generations say is the catalogue's */
    struct entry **entries;
    uint32_t len;
    uint32_t cap;
    struct marks remembered; /* of generations that were given back */
    struct marks trail;      /* of those that are here, before they were read on */
};

/* ---- marks ---- */

static void marks_add(struct marks *marks, size_t room_max, const struct generation_mark *mark)
{
    if (marks->len == marks->room && marks->room < room_max) {
        marks->room = marks->room ? marks->room * 2 : 16;
        marks->ring = mem_resize(marks->ring, marks->room * sizeof *marks->ring);
    }
    marks->ring[marks->len++ % marks->room] = *mark;
}

static size_t marks_len(const struct marks *marks)
{
    return marks->len < marks->room ? marks->len : marks->room;
}

/* The n-th newest. */
static const struct generation_mark *marks_at(const struct marks *marks, size_t n)
{
    return &marks->ring[(marks->len - 1 - n) % marks->room];
}

/* The newest of this generation and offset; NULL: there is none. */
static const struct generation_mark *
marks_find(const struct marks *marks, const struct generation_mark *wanted, uint64_t offset)
{
    for (size_t n = 0; n < marks_len(marks); n++) {
        const struct generation_mark *mark = marks_at(marks, n);
        if (mark->source == wanted->source && mark->generation == wanted->generation &&
            mark->print.offset == offset)
            return mark;
    }
    return NULL;
}

static struct generation_mark mark_of(uint32_t source, const struct generation *generation)
{
    return (struct generation_mark){.source = source,
                                    .generation = generation->number,
                                    .begin = generation->begin,
                                    .id = generation->id,
                                    .print = generation->print};
}

/* ---- sources ---- */

struct catalogue *catalogue_new(void)
{
    struct catalogue *catalogue = mem_zero(1, sizeof *catalogue);
    pthread_mutex_init(&catalogue->lock, NULL);
    return catalogue;
}

void catalogue_free(struct catalogue *catalogue)
{
    if (!catalogue)
        return;
    for (uint32_t i = 0; i < catalogue->len; i++) {
        struct entry *entry = catalogue->entries[i];
        for (size_t g = 0; g < entry->generations_len; g++)
            generation_release(entry->generations[g]);
        free(entry->generations);
        free(entry->name);
        free(entry);
    }
    free(catalogue->entries);
    free(catalogue->remembered.ring);
    free(catalogue->trail.ring);
    pthread_mutex_destroy(&catalogue->lock);
    free(catalogue);
}

uint32_t catalogue_add(struct catalogue *catalogue, const char *name)
{
    struct entry *entry = mem_zero(1, sizeof *entry);
    entry->name = mem_copy_text(name);
    pthread_mutex_lock(&catalogue->lock);
    if (catalogue->len == catalogue->cap) {
        catalogue->cap = catalogue->cap ? catalogue->cap * 2 : 8;
        catalogue->entries =
            mem_resize(catalogue->entries, catalogue->cap * sizeof *catalogue->entries);
    }
    uint32_t index = catalogue->len++;
    catalogue->entries[index] = entry;
    pthread_mutex_unlock(&catalogue->lock);
    return index;
}

const char *catalogue_name(struct catalogue *catalogue, uint32_t source)
{
    pthread_mutex_lock(&catalogue->lock);
    const char *name = source < catalogue->len ? catalogue->entries[source]->name : NULL;
    pthread_mutex_unlock(&catalogue->lock);
    return name;
}

uint64_t catalogue_bytes(struct catalogue *catalogue, uint32_t source)
{
    pthread_mutex_lock(&catalogue->lock);
    const struct entry *entry = catalogue->entries[source];
    uint64_t bytes = entry->consumed > entry->scanned ? entry->consumed : entry->scanned;
    pthread_mutex_unlock(&catalogue->lock);
    return bytes;
}

/* Takes a generation out of its entry; the catalogue's reference goes to the caller. */
static struct generation *take_out(struct entry *entry, size_t at)
{
    struct generation *out = entry->generations[at];
    entry->generations_len--;
    memmove(&entry->generations[at], &entry->generations[at + 1],
            (entry->generations_len - at) * sizeof *entry->generations);
    return out;
}

static void remember(struct catalogue *catalogue, const struct generation_mark *mark)
{
    marks_add(&catalogue->remembered, GENERATIONS_REMEMBERED, mark);
}

/* The oldest generation when there are too many; those still to be read are never given back. */
static struct generation *overdue(struct catalogue *catalogue, uint32_t source)
{
    struct entry *entry = catalogue->entries[source];
    if (entry->generations_len <= GENERATIONS_HELD || !entry->generations[0]->closed)
        return NULL;
    const struct generation_mark mark = mark_of(source, entry->generations[0]);
    remember(catalogue, &mark);
    entry->lost++;
    return take_out(entry, 0);
}

void catalogue_number(struct catalogue *catalogue, uint32_t source, uint32_t generation,
                      uint64_t consumed)
{
    pthread_mutex_lock(&catalogue->lock);
    catalogue->entries[source]->next_number = generation;
    catalogue->entries[source]->consumed = consumed;
    pthread_mutex_unlock(&catalogue->lock);
}

static void expect_no_more(struct entry *entry, const struct generation_mark *found)
{
    entry->expecting &= entry->expected.generation != found->generation;
}

void catalogue_remember(struct catalogue *catalogue, const struct generation_mark *mark, bool lost)
{
    pthread_mutex_lock(&catalogue->lock);
    struct entry *entry = catalogue->entries[mark->source];
    remember(catalogue, mark);
    entry->lost += lost;
    expect_no_more(entry, mark);
    pthread_mutex_unlock(&catalogue->lock);
}

void catalogue_expect(struct catalogue *catalogue, const struct generation_mark *mark)
{
    pthread_mutex_lock(&catalogue->lock);
    catalogue->entries[mark->source]->expecting = true;
    catalogue->entries[mark->source]->expected = *mark;
    pthread_mutex_unlock(&catalogue->lock);
}

static struct generation *find_number(const struct entry *entry, uint32_t number)
{
    for (size_t g = 0; g < entry->generations_len; g++)
        if (entry->generations[g]->number == number)
            return entry->generations[g];
    return NULL;
}

static bool find_mark(const struct catalogue *catalogue, uint64_t offset,
                      struct generation_mark *mark)
{
    const struct generation *generation =
        find_number(catalogue->entries[mark->source], mark->generation);
    if (generation && offset == 0)
        offset = generation->begin;
    if (generation && (offset == 0 || generation->print.offset == offset)) {
        *mark = mark_of(mark->source, generation);
        if (offset == 0)
            mark->print = (struct fingerprint){0};
        return true;
    }
    const struct generation_mark *found = marks_find(&catalogue->trail, mark, offset);
    if (!found)
        found = marks_find(&catalogue->remembered, mark, offset);
    if (found)
        *mark = *found;
    return found;
}

struct generation *catalogue_hold(struct catalogue *catalogue, uint32_t source, uint32_t generation)
{
    pthread_mutex_lock(&catalogue->lock);
    struct generation *held =
        source < catalogue->len ? find_number(catalogue->entries[source], generation) : NULL;
    if (held)
        generation_retain(held);
    pthread_mutex_unlock(&catalogue->lock);
    return held;
}

bool catalogue_mark(struct catalogue *catalogue, uint64_t offset, struct generation_mark *mark)
{
    pthread_mutex_lock(&catalogue->lock);
    bool found = mark->source < catalogue->len && find_mark(catalogue, offset, mark);
    pthread_mutex_unlock(&catalogue->lock);
    return found;
}

static void add_generation(struct entry *entry, struct generation *generation)
{
    if (entry->generations_len == entry->generations_cap) {
        entry->generations_cap = entry->generations_cap ? entry->generations_cap * 2 : 1;
        entry->generations =
            mem_resize(entry->generations, entry->generations_cap * sizeof *entry->generations);
    }
    entry->generations[entry->generations_len++] = generation;
}

struct generation *catalogue_resume(struct catalogue *catalogue, const struct generation_mark *mark,
                                    int fd, struct generation_id id, bool closed)
{
    struct generation *generation = generation_new(mark->generation, fd, id, mark->begin);
    generation->consumed = mark->print.offset;
    generation->print = mark->print;
    generation->closed = closed;
    if (!closed)
        generation_retain(generation);
    pthread_mutex_lock(&catalogue->lock);
    struct entry *entry = catalogue->entries[mark->source];
    add_generation(entry, generation);
    expect_no_more(entry, mark);
    if (entry->next_number <= mark->generation)
        entry->next_number = mark->generation + 1;
    pthread_mutex_unlock(&catalogue->lock);
    return closed ? NULL : generation;
}

/* The last one added, into the place of another. */
static void move_before(struct entry *entry, struct generation *last,
                        const struct generation *before)
{
    for (size_t at = entry->generations_len - 1; at > 0 && last != before; at--) {
        struct generation *other = entry->generations[at - 1];
        uint32_t number = last->number;
        last->number = other->number;
        other->number = number;
        entry->generations[at] = other;
        entry->generations[at - 1] = last;
        if (other == before)
            break;
    }
}

struct generation *catalogue_begin(struct catalogue *catalogue, uint32_t source, int fd,
                                   struct generation_id id, uint64_t begin, bool held,
                                   const struct generation *before)
{
    struct generation *generation = generation_new(0, fd, id, begin);
    generation->held = held;
    generation_retain(generation);
    pthread_mutex_lock(&catalogue->lock);
    struct entry *entry = catalogue->entries[source];
    generation->number = entry->next_number++;
    add_generation(entry, generation);
    if (before)
        move_before(entry, generation, before);
    struct generation *given_back = overdue(catalogue, source);
    pthread_mutex_unlock(&catalogue->lock);
    generation_release(given_back);
    return generation;
}

void catalogue_decide(struct catalogue *catalogue, struct generation *generation, uint64_t begin)
{
    pthread_mutex_lock(&catalogue->lock);
    generation->begin = generation->consumed = begin;
    generation->held = false;
    pthread_mutex_unlock(&catalogue->lock);
}

void catalogue_advance(struct catalogue *catalogue, uint32_t source, struct generation *generation,
                       const struct fingerprint *print)
{
    pthread_mutex_lock(&catalogue->lock);
    if (print->offset != generation->print.offset) {
        const struct generation_mark mark = mark_of(source, generation);
        marks_add(&catalogue->trail, PRINTS_KEPT, &mark);
    }
    catalogue->entries[source]->consumed += print->offset - generation->consumed;
    generation->consumed = print->offset;
    generation->print = *print;
    pthread_mutex_unlock(&catalogue->lock);
}

static size_t place_of(const struct entry *entry, const struct generation *generation)
{
    size_t at = 0;
    while (at < entry->generations_len && entry->generations[at] != generation)
        at++;
    return at;
}

struct generation *catalogue_replace(struct catalogue *catalogue, uint32_t source,
                                     struct generation *old, int fd, struct generation_id id)
{
    struct generation *generation = generation_new(old->number, fd, id, 0);
    bool there = false;
    pthread_mutex_lock(&catalogue->lock);
    generation->begin = old->begin;
    generation->consumed = old->consumed;
    generation->print = old->print;
    generation->held = old->held;
    struct entry *entry = catalogue->entries[source];
    size_t at = place_of(entry, old);
    if (at < entry->generations_len) {
        there = true;
        entry->generations[at] = generation_retain(generation);
    }
    pthread_mutex_unlock(&catalogue->lock);
    if (there)
        generation_release(old);
    generation_release(old);
    return generation;
}

void catalogue_close(struct catalogue *catalogue, uint32_t source, struct generation *generation)
{
    pthread_mutex_lock(&catalogue->lock);
    generation->closed = true;
    struct generation *given_back = overdue(catalogue, source);
    pthread_mutex_unlock(&catalogue->lock);
    generation_release(given_back);
}

/* NULL: it was given back before. */
static struct generation *remove_generation(struct entry *entry,
                                            const struct generation *generation)
{
    size_t at = place_of(entry, generation);
    return at < entry->generations_len ? take_out(entry, at) : NULL;
}

void catalogue_lose(struct catalogue *catalogue, uint32_t source, struct generation *generation)
{
    pthread_mutex_lock(&catalogue->lock);
    struct entry *entry = catalogue->entries[source];
    struct generation *lost = remove_generation(entry, generation);
    if (lost) {
        const struct generation_mark mark = mark_of(source, lost);
        remember(catalogue, &mark);
        entry->lost++;
    }
    pthread_mutex_unlock(&catalogue->lock);
    generation_release(lost);
}

void catalogue_drop(struct catalogue *catalogue, uint32_t source, struct generation *generation)
{
    pthread_mutex_lock(&catalogue->lock);
    struct generation *dropped = remove_generation(catalogue->entries[source], generation);
    if (dropped) {
        const struct generation_mark mark = mark_of(source, dropped);
        marks_add(&catalogue->trail, PRINTS_KEPT, &mark);
    }
    pthread_mutex_unlock(&catalogue->lock);
    generation_release(dropped);
}

static const struct generation *find(const struct entry *entry, struct generation_id id)
{
    for (size_t g = entry->generations_len; g > 0; g--)
        if (generation_id_same(entry->generations[g - 1]->id, id))
            return entry->generations[g - 1];
    return NULL;
}

/* An inode given back may name a new file by now, even one as long: its content tells. */
static bool remembers(struct catalogue *catalogue, struct hash_key key,
                      const struct opened_file *file)
{
    struct fingerprint print = {0};
    pthread_mutex_lock(&catalogue->lock);
    for (size_t n = 0; n < marks_len(&catalogue->remembered) && print.offset == 0; n++) {
        const struct generation_mark *mark = marks_at(&catalogue->remembered, n);
        if (generation_id_same(mark->id, file->id) && mark->print.offset == file->size)
            print = mark->print;
    }
    pthread_mutex_unlock(&catalogue->lock);
    return print.offset > 0 && fingerprint_check(&print, key, file->fd) == FINGERPRINT_SAME;
}

enum known_file catalogue_find(struct catalogue *catalogue, struct hash_key key, uint32_t source,
                               const struct opened_file *file, uint64_t *end)
{
    enum known_file known = FILE_UNKNOWN;
    pthread_mutex_lock(&catalogue->lock);
    for (uint32_t i = 0; i < catalogue->len && known == FILE_UNKNOWN; i++) {
        const struct generation *generation = find(catalogue->entries[i], file->id);
        if (!generation)
            continue;
        known = i == source ? FILE_IN_SOURCE : FILE_IN_OTHER_SOURCE;
        *end = generation->consumed;
    }
    pthread_mutex_unlock(&catalogue->lock);
    return known == FILE_UNKNOWN && remembers(catalogue, key, file) ? FILE_IN_OTHER_SOURCE : known;
}

bool catalogue_is_read(struct catalogue *catalogue, struct generation_id id,
                       const struct generation *self)
{
    bool read = false;
    pthread_mutex_lock(&catalogue->lock);
    for (uint32_t i = 0; i < catalogue->len && !read; i++) {
        const struct generation *generation = find(catalogue->entries[i], id);
        read = generation && generation != self && !generation->held;
    }
    pthread_mutex_unlock(&catalogue->lock);
    return read;
}

/* Hashing is all that happens under the lock. */
size_t catalogue_known(struct catalogue *catalogue, struct hash_key key,
                       const struct fingerprint_head *head, const struct generation *self,
                       struct known_generation *known, size_t cap)
{
    size_t len = 0;
    pthread_mutex_lock(&catalogue->lock);
    for (uint32_t i = 0; i < catalogue->len; i++) {
        const struct entry *entry = catalogue->entries[i];
        if (len < cap && entry->expecting &&
            fingerprint_same_start(&entry->expected.print, key, head))
            known[len++] = (struct known_generation){.print = entry->expected.print};
        for (size_t g = entry->generations_len; g > 0 && len < cap; g--) {
            struct generation *generation = entry->generations[g - 1];
            if (generation != self && !generation->held &&
                fingerprint_same_start(&generation->print, key, head))
                known[len++] =
                    (struct known_generation){.print = generation->print,
                                              .generation = generation_retain(generation),
                                              .closed = generation->closed};
        }
    }
    for (size_t n = 0; n < marks_len(&catalogue->remembered) && len < cap; n++) {
        const struct generation_mark *old = marks_at(&catalogue->remembered, n);
        if (fingerprint_same_start(&old->print, key, head))
            known[len++] = (struct known_generation){.print = old->print, .closed = true};
    }
    pthread_mutex_unlock(&catalogue->lock);
    return len;
}

struct frozen_generation *catalogue_freeze(struct catalogue *catalogue, size_t *len, uint32_t *lost)
{
    size_t total = 0;
    *len = 0;
    *lost = 0;
    pthread_mutex_lock(&catalogue->lock);
    for (uint32_t i = 0; i < catalogue->len; i++) {
        total += catalogue->entries[i]->generations_len;
        *lost += catalogue->entries[i]->lost;
    }
    struct frozen_generation *frozen = mem_alloc(total * sizeof *frozen);
    for (uint32_t i = 0; i < catalogue->len; i++) {
        struct entry *entry = catalogue->entries[i];
        for (size_t g = 0; g < entry->generations_len; g++) {
            struct generation *generation = entry->generations[g];
            if (generation->held)
                continue;
            frozen[(*len)++] =
                (struct frozen_generation){.source = i,
                                           .name = entry->name,
                                           .generation = generation_retain(generation),
                                           .begin = generation->begin,
                                           .consumed = generation->consumed,
                                           .closed = generation->closed};
        }
    }
    pthread_mutex_unlock(&catalogue->lock);
    return frozen;
}

void catalogue_thaw(struct frozen_generation *frozen, size_t len)
{
    for (size_t i = 0; i < len; i++)
        generation_release(frozen[i].generation);
    free(frozen);
}

void catalogue_scanned(struct catalogue *catalogue, uint32_t source, uint64_t bytes)
{
    pthread_mutex_lock(&catalogue->lock);
    catalogue->entries[source]->scanned = bytes;
    pthread_mutex_unlock(&catalogue->lock);
}
