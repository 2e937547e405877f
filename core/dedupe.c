/*
 * DESIGN: entries stand in order of arrival in a log of chunks; an index points into it.
 *
 *     index, 256 parts by the first bits of an id       log: a ring of chunks
 *     ┌ part ─ slots: tag | low half of the place ─►    … ├ entries ┤ ├ entries ┤ ├ entries → next
 *     └ …      (open addressing, linear)
 *
 * An entry's place is the number of its arrival. That alone, with its time, says whether it is
 * still remembered: forgetting needs no work at the moment it happens. Chunks are given back later,
 * when nothing in them is remembered, a few at a time; their slots go with them. So a jump of the
 * watermark by a day, which forgets everything at once, stalls nobody, and an outlier that no
 * watermark will reach holds one chunk, not those behind it.
 *
 * The tag has 31 bits of the id, of which the first are the slot's home: a part can be grown, and
 * slots be moved up over a hole, without looking at entries. Parts grow at different loads, so that
 * not all do so at once.
 *
 * One id stands for the content that it has at its latest time, or without a horizon its first;
 * the other contents that counted stand under ids of their own (dedupe_own_id). So when the id is
 * forgotten, they are all.
 */
#include "core/dedupe_parts.h"

#include "core/sometimes.h"
#include "core/status.h"
#include "core/trail.h"

#include <stdlib.h>
#include <string.h>

/* --- ids, entries, slots --- */

static bool same_id(const struct entry *a, const struct entry *b)
{
    return a->id0 == b->id0 && (a->id1 ^ b->id1) <= TIME_HIGH;
}

static struct entry entry_of(const uint64_t id[2], uint32_t content, epoch_ms time)
{
    return (struct entry){.id0 = id[0],
                          .id1 = ((uint32_t)(id[1] >> 32) & ~TIME_HIGH) |
                                 ((uint32_t)((uint64_t)time >> 32) & TIME_HIGH),
                          .time_low = (uint32_t)time,
                          .content = content};
}

static struct part *part_of(const struct dedupe *dedupe, uint64_t id0)
{
    return &dedupe->parts[id0 >> 56];
}

/* The upper half of the slot that an id would have. */
static uint64_t tag_of(uint64_t id0)
{
    return SLOT_USED | id0 << 8 >> 33 << 32;
}

static size_t home_of(const struct part *part, uint64_t slot)
{
    return (size_t)(slot << 1 >> (64 - part->bits));
}

static size_t mask_of(const struct part *part)
{
    return ((size_t)1 << part->bits) - 1;
}

/* The slot of this id, or the empty one where it would stand. */
static uint64_t *find(const struct dedupe *dedupe, const struct part *part,
                      const struct entry *entry)
{
    uint64_t tag = tag_of(entry->id0);
    size_t mask = mask_of(part);
    for (size_t at = home_of(part, tag);; at = (at + 1) & mask) {
        uint64_t *slot = &part->slots[at];
        if (*slot == 0 ||
            ((*slot ^ tag) >> 32 == 0 && same_id(dedupe_entry_at(dedupe, (uint32_t)*slot), entry)))
            return slot;
    }
}

/* --- the index --- */

static void grow(struct part *part)
{
    uint64_t *old = part->slots;
    size_t old_size = part->len > 0 ? (size_t)1 << part->bits : 0;
    part->bits++;
    part->slots = mem_zero((size_t)1 << part->bits, sizeof *old);
    size_t mask = mask_of(part);
    for (size_t i = 0; i < old_size; i++) {
        if (old[i] == 0)
            continue;
        size_t at = home_of(part, old[i]);
        while (part->slots[at])
            at = (at + 1) & mask;
        part->slots[at] = old[i];
    }
    free(old);
}

/* Parts grow when filled to 5/8 … 6/8, each at a load of its own. */
static size_t fullest(const struct dedupe *dedupe, const struct part *part)
{
    size_t size = (size_t)1 << part->bits;
    size_t own = (size_t)(part - dedupe->parts);
    return size / 8 * 5 + size / 8 * own / PARTS;
}

/* Room for one more. */
static void make_room(const struct dedupe *dedupe, struct part *part)
{
    if (part->len >= fullest(dedupe, part))
        grow(part);
}

/* Takes the entry's slot out, unless the id came again and it points elsewhere; slots behind it
 * that had been pushed on move up. */
static void drop_slot(struct dedupe *dedupe, const struct entry *entry, uint64_t place)
{
    struct part *part = part_of(dedupe, entry->id0);
    uint64_t wanted = tag_of(entry->id0) | (uint32_t)place;
    size_t mask = mask_of(part), hole = home_of(part, wanted);
    while (part->slots[hole] != wanted) {
        if (part->slots[hole] == 0)
            return;
        hole = (hole + 1) & mask;
    }
    for (size_t at = (hole + 1) & mask; part->slots[at]; at = (at + 1) & mask) {
        size_t from_home = (at - home_of(part, part->slots[at])) & mask;
        if (from_home >= ((at - hole) & mask)) {
            part->slots[hole] = part->slots[at];
            hole = at;
        }
    }
    part->slots[hole] = 0;
    part->len--;
    dedupe->len--;
}

/* Where to begin to look, for __builtin_prefetch: which a function of its own that only prefetches
 * would lose, because to the optimiser it does nothing. */
static const uint64_t *home_slot(const struct dedupe *dedupe, uint64_t id0)
{
    const struct part *part = part_of(dedupe, id0);
    return &part->slots[home_of(part, tag_of(id0))];
}

/* --- the log --- */

static void put_away(struct dedupe *dedupe, struct berth *berth)
{
    struct chunk *chunk = berth->chunk;
    berth->chunk = NULL;
    dedupe->chunks--;
    if (dedupe->spare_len == SPARE_MAX) {
        free(chunk);
        return;
    }
    chunk->next = dedupe->spare;
    dedupe->spare = chunk;
    dedupe->spare_len++;
}

static void give_back(struct dedupe *dedupe, uint64_t number)
{
    struct berth *berth = &dedupe->ring[number & (dedupe->ring_size - 1)];
    const struct entry *entries = berth->chunk->entries;
    size_t size = (size_t)1 << dedupe->chunk_bits;
    for (size_t i = 0; i < size; i++) {
        if (i + AHEAD < size)
            __builtin_prefetch(home_slot(dedupe, entries[i + AHEAD].id0));
        drop_slot(dedupe, &entries[i], (number << dedupe->chunk_bits) + i);
    }
    put_away(dedupe, berth);
}

/* Gives back what the cap has passed, and a little of what the horizon has. Only whole chunks
 * before the one to begin. */
static void reclaim(struct dedupe *dedupe, epoch_ms floor)
{
    uint64_t end = dedupe->next >> dedupe->chunk_bits;
    int budget = GIVE_BACK_MAX;
    for (uint64_t number = dedupe->oldest; number < end; number++) {
        const struct berth *berth = &dedupe->ring[number & (dedupe->ring_size - 1)];
        bool beyond_cap = ((number + 1) << dedupe->chunk_bits) + dedupe->cap <= dedupe->next;
        bool beyond_horizon = berth->newest < floor && budget > 0;
        if (berth->chunk && (beyond_cap || beyond_horizon)) {
            budget -= !beyond_cap;
            give_back(dedupe, number);
        }
        if (!berth->chunk && number == dedupe->oldest)
            dedupe->oldest++;
    }
}

/* A place for the next entry. */
static void make_berth(struct dedupe *dedupe, epoch_ms floor)
{
    struct berth *berth = dedupe_berth(dedupe, dedupe->next);
    if (berth->chunk)
        return;
    reclaim(dedupe, floor);
    struct chunk *chunk = dedupe->spare;
    if (chunk) {
        dedupe->spare = chunk->next;
        dedupe->spare_len--;
    } else {
        chunk = mem_alloc(sizeof *chunk + (sizeof *chunk->entries << dedupe->chunk_bits));
    }
    *berth = (struct berth){.chunk = chunk, .newest = INT64_MIN};
    dedupe->chunks++;
}

/* Counts the id that the next one pushes beyond the cap, when the horizon had not given it up. */
static void evict(struct dedupe *dedupe, epoch_ms floor)
{
    uint64_t leaving = dedupe->next - dedupe->cap;
    if (dedupe->next < dedupe->cap || !dedupe_berth(dedupe, leaving)->chunk)
        return;
    epoch_ms time = dedupe_entry_time(dedupe_entry_at(dedupe, leaving));
    if (time < floor)
        return;
    SOMETIMES(id_given_up_early);
    dedupe->counters.evicted++;
    if (time > dedupe->evicted_newest)
        dedupe->evicted_newest = time;
}

static void stand(struct dedupe *dedupe, const struct entry *entry, uint64_t *slot)
{
    struct berth *berth = dedupe_berth(dedupe, dedupe->next);
    epoch_ms time = dedupe_entry_time(entry);
    *dedupe_entry_at(dedupe, dedupe->next) = *entry;
    if (time > berth->newest)
        berth->newest = time;
    if (*slot == 0) {
        part_of(dedupe, entry->id0)->len++;
        dedupe->len++;
    }
    *slot = tag_of(entry->id0) | (uint32_t)dedupe->next;
    dedupe->next++;
}

static void append(struct dedupe *dedupe, const struct entry *entry, uint64_t *slot,
                   const struct event_position *position)
{
    struct entry own = *entry;
    own.stood = trail_note(&dedupe->trail, dedupe->next, position);
    stand(dedupe, &own, slot);
}

/* --- life --- */

struct dedupe *dedupe_new(const struct dedupe_config *config)
{
    struct dedupe *dedupe = mem_zero(1, sizeof *dedupe);
    dedupe->evicted_newest = INT64_MIN;
    dedupe->horizon_ms = config->horizon_ms;
    dedupe->conflicts_count = config->conflicts_count;
    dedupe->cap = config->cap ? config->cap : DEDUPE_CAP_DEFAULT;
    if (dedupe->cap > DEDUPE_CAP_MAX)
        dedupe->cap = DEDUPE_CAP_MAX;
    size_t chunk = config->chunk ? config->chunk : CHUNK_DEFAULT;
    while ((size_t)1 << dedupe->chunk_bits < chunk)
        dedupe->chunk_bits++;
    /* what is remembered, a chunk partly passed by the cap, the one being filled, a new one */
    dedupe->ring_size = 4;
    while (dedupe->ring_size < (dedupe->cap >> dedupe->chunk_bits) + 3)
        dedupe->ring_size *= 2;
    dedupe->ring = mem_zero(dedupe->ring_size, sizeof *dedupe->ring);
    dedupe->parts = mem_zero(PARTS, sizeof *dedupe->parts);
    for (int p = 0; p < PARTS; p++) {
        dedupe->parts[p].bits = PART_BITS_START;
        dedupe->parts[p].slots = mem_zero(1 << PART_BITS_START, sizeof *dedupe->parts[p].slots);
    }
    return dedupe;
}

void dedupe_free(struct dedupe *dedupe)
{
    if (!dedupe)
        return;
    for (size_t r = 0; r < dedupe->ring_size; r++)
        free(dedupe->ring[r].chunk);
    for (struct chunk *chunk = dedupe->spare, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    for (int p = 0; p < PARTS; p++)
        free(dedupe->parts[p].slots);
    trail_fini(&dedupe->trail);
    free(dedupe->parts);
    free(dedupe->ring);
    free(dedupe);
}

/* Hashes fall into the parts about evenly: a sixteenth more is room for how unevenly. */
void dedupe_reserve(struct dedupe *dedupe, size_t ids)
{
    if (ids > dedupe->cap)
        ids = dedupe->cap;
    size_t each = ids / PARTS + ids / PARTS / 16;
    for (int p = 0; p < PARTS; p++)
        while (fullest(dedupe, &dedupe->parts[p]) < each)
            grow(&dedupe->parts[p]);
}

void dedupe_clear(struct dedupe *dedupe)
{
    for (size_t r = 0; r < dedupe->ring_size && dedupe->chunks > 0; r++)
        if (dedupe->ring[r].chunk)
            put_away(dedupe, &dedupe->ring[r]);
    for (int p = 0; p < PARTS; p++) {
        struct part *part = &dedupe->parts[p];
        memset(part->slots, 0, sizeof *part->slots << part->bits);
        part->len = 0;
    }
    dedupe->next = dedupe->oldest = 0;
    dedupe->len = 0;
    dedupe->evicted_newest = INT64_MIN;
    trail_clear(&dedupe->trail);
    dedupe->conflicts.total = 0;
    dedupe->counters = (struct dedupe_counters){0};
}

/* --- use --- */

void dedupe_prefetch(const struct dedupe *dedupe, const uint64_t id[2])
{
    __builtin_prefetch(home_slot(dedupe, id[0]));
}

/* The least time remembered. */
static epoch_ms floor_of(const struct dedupe *dedupe, epoch_ms watermark)
{
    epoch_ms floor;
    if (dedupe->horizon_ms == DEDUPE_NO_HORIZON ||
        __builtin_sub_overflow(watermark, dedupe->horizon_ms, &floor))
        return INT64_MIN;
    return floor;
}

/* `low`: the low half of the first one's place. */
static enum dedupe_verdict note_conflict(struct dedupe *dedupe, uint32_t low,
                                         const struct entry *first,
                                         const struct event_position *position)
{
    struct id_conflict conflict = {.second = *position};
    uint64_t place = dedupe->next - ((uint32_t)dedupe->next - low);
    conflict.first_known = trail_find(&dedupe->trail, place, first->stood, &conflict.first);
    id_conflicts_add(&dedupe->conflicts, &conflict);
    return DEDUPE_CONFLICT;
}

/* Whether an entry is still remembered; `low`: the low half of its place. */
static bool is_remembered(const struct dedupe *dedupe, uint32_t low, epoch_ms floor)
{
    return (uint32_t)dedupe->next - low <= dedupe->cap &&
           dedupe_entry_time(dedupe_entry_at(dedupe, low)) >= floor;
}

/* Makes room for it, and finds its slot. */
static uint64_t *slot_for(struct dedupe *dedupe, const struct entry *entry, epoch_ms floor)
{
    struct part *part = part_of(dedupe, entry->id0);
    make_berth(dedupe, floor);
    make_room(dedupe, part);
    return find(dedupe, part, entry);
}

static void remember(struct dedupe *dedupe, const struct entry *entry, epoch_ms floor,
                     const struct event_position *position)
{
    uint64_t *slot = slot_for(dedupe, entry, floor);
    evict(dedupe, floor);
    append(dedupe, entry, slot, position);
}

/* The id stands for `first`, and came with another content. */
static enum dedupe_verdict check_conflict(struct dedupe *dedupe, const struct entry *entry,
                                          uint32_t low, epoch_ms floor,
                                          const struct event_position *position)
{
    struct entry first = *dedupe_entry_at(dedupe, low), own = *entry;
    own.id0 = dedupe_own_id(entry->id0, entry->content);
    const uint64_t *slot = slot_for(dedupe, &own, floor);
    if (dedupe->conflicts_count && *slot && is_remembered(dedupe, (uint32_t)*slot, floor)) {
        dedupe->counters.duplicates++;
        return DEDUPE_DUPLICATE;
    }
    note_conflict(dedupe, low, &first, position);
    if (!dedupe->conflicts_count || dedupe_entry_time(entry) < floor)
        return DEDUPE_CONFLICT;
    bool later = dedupe->horizon_ms != DEDUPE_NO_HORIZON &&
                 dedupe_entry_time(entry) > dedupe_entry_time(&first);
    if (later) {
        first.id0 = dedupe_own_id(first.id0, first.content);
        remember(dedupe, &first, floor, position);
    }
    remember(dedupe, later ? entry : &own, floor, position);
    return DEDUPE_CONFLICT;
}

enum dedupe_verdict dedupe_check(struct dedupe *dedupe, const uint64_t id[2], uint32_t content,
                                 epoch_ms time, epoch_ms watermark,
                                 const struct event_position *position)
{
    if ((id[0] | id[1]) == 0)
        return DEDUPE_NEW;
    struct entry entry = entry_of(id, content, time);
    epoch_ms floor = floor_of(dedupe, watermark);
    uint64_t *slot = slot_for(dedupe, &entry, floor);
    SOMETIMES_IF(*slot && (uint32_t)dedupe->next - (uint32_t)*slot <= dedupe->cap &&
                     dedupe_entry_time(dedupe_entry_at(dedupe, (uint32_t)*slot)) < floor,
                 id_again_behind_horizon);
    if (*slot && is_remembered(dedupe, (uint32_t)*slot, floor)) {
        if (dedupe_entry_at(dedupe, (uint32_t)*slot)->content != content)
            return check_conflict(dedupe, &entry, (uint32_t)*slot, floor, position);
        dedupe->counters.duplicates++;
        return DEDUPE_DUPLICATE;
    }
    if (time < floor) {
        SOMETIMES(id_older_than_horizon);
        dedupe->counters.behind++;
        return DEDUPE_UNKNOWN;
    }
    bool known = time > dedupe->evicted_newest; /* the same event has the same time */
    evict(dedupe, floor);
    append(dedupe, &entry, slot, position);
    return known ? DEDUPE_NEW : DEDUPE_UNKNOWN;
}

struct dedupe_counters dedupe_counters(const struct dedupe *dedupe)
{
    struct dedupe_counters counters = dedupe->counters;
    counters.conflicts = dedupe->conflicts.total;
    return counters;
}

const struct id_conflicts *dedupe_conflicts(const struct dedupe *dedupe)
{
    return &dedupe->conflicts;
}

size_t dedupe_len(const struct dedupe *dedupe)
{
    return dedupe->len;
}

size_t dedupe_bytes(const struct dedupe *dedupe)
{
    size_t chunk = sizeof(struct chunk) + (sizeof(struct entry) << dedupe->chunk_bits);
    size_t bytes = sizeof *dedupe + dedupe->trail.room * sizeof *dedupe->trail.runs +
                   PARTS * sizeof *dedupe->parts + dedupe->ring_size * sizeof *dedupe->ring +
                   (dedupe->chunks + dedupe->spare_len) * chunk;
    for (int p = 0; p < PARTS; p++)
        bytes += sizeof *dedupe->parts[p].slots << dedupe->parts[p].bits;
    return bytes;
}

/* --- the state --- */

epoch_ms dedupe_floor(const struct dedupe *dedupe, epoch_ms watermark)
{
    return floor_of(dedupe, watermark);
}

/* What stood before it in its chunk was forgotten: entries of no id, that lead nowhere. */
static void restore_berth(struct dedupe *dedupe)
{
    struct berth *berth = dedupe_berth(dedupe, dedupe->next);
    if (berth->chunk)
        return;
    make_berth(dedupe, INT64_MIN);
    memset(berth->chunk->entries, 0, sizeof(struct entry) << dedupe->chunk_bits);
}

/* Until all are there, a part's slots are a list of those that will stand in it. */
static void list_slot(struct part *part, uint64_t slot)
{
    if (part->len == (uint32_t)1 << part->bits)
        part->slots = mem_resize(part->slots, sizeof *part->slots << ++part->bits);
    part->slots[part->len++] = slot;
}

bool dedupe_restore_entry(struct dedupe *dedupe, uint64_t place, const struct entry *entry)
{
    if (place < dedupe->next)
        return false;
    if (dedupe->chunks == 0)
        dedupe->oldest = place >> dedupe->chunk_bits;
    dedupe->next = place;
    restore_berth(dedupe);
    struct berth *berth = dedupe_berth(dedupe, place);
    epoch_ms time = dedupe_entry_time(entry);
    if (time > berth->newest)
        berth->newest = time;
    *dedupe_entry_at(dedupe, place) = *entry;
    list_slot(part_of(dedupe, entry->id0), tag_of(entry->id0) | (uint32_t)place);
    dedupe->next++;
    return true;
}

/* An id that came again points to where it came last. Entries are looked at only where tags meet.
 */
static void index_slot(struct dedupe *dedupe, struct part *part, uint64_t slot)
{
    size_t mask = mask_of(part), at = home_of(part, slot);
    for (; part->slots[at]; at = (at + 1) & mask)
        if ((part->slots[at] ^ slot) >> 32 == 0 &&
            same_id(dedupe_entry_at(dedupe, (uint32_t)part->slots[at]),
                    dedupe_entry_at(dedupe, (uint32_t)slot)))
            break;
    part->len += part->slots[at] == 0;
    part->slots[at] = slot;
}

/* Part by part, so that what is written stays in the cache: several times as fast as in the order
 * in which the ids came. `list` is room for the part's slots. */
static void index_part(struct dedupe *dedupe, struct part *part, uint64_t *list)
{
    uint32_t len = part->len;
    memcpy(list, part->slots, len * sizeof *list);
    part->len = 0;
    if (len > fullest(dedupe, part)) {
        while (len > fullest(dedupe, part))
            part->bits++;
        part->slots = mem_resize(part->slots, sizeof *part->slots << part->bits);
    }
    memset(part->slots, 0, sizeof *part->slots << part->bits);
    for (uint32_t i = 0; i < len; i++)
        index_slot(dedupe, part, list[i]);
    dedupe->len += part->len;
}

static void build_index(struct dedupe *dedupe)
{
    size_t most = 1;
    for (int p = 0; p < PARTS; p++)
        if (dedupe->parts[p].len > most)
            most = dedupe->parts[p].len;
    uint64_t *list = mem_alloc(most * sizeof *list);
    for (int p = 0; p < PARTS; p++)
        index_part(dedupe, &dedupe->parts[p], list);
    free(list);
}

void dedupe_restored(struct dedupe *dedupe, uint64_t next)
{
    if (dedupe->chunks == 0)
        dedupe->oldest = next >> dedupe->chunk_bits;
    dedupe->next = next;
    restore_berth(dedupe);
    build_index(dedupe);
}
