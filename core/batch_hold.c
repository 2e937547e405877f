/* Blocks are copied whole but for what is empty in them, and kept for the next slice. */
#include "core/batch_hold.h"

#include "core/sometimes.h"

#include <stdlib.h>
#include <string.h>

enum { INSIDE, OUTSIDE, KINDS };

void batch_hold_init(struct batch_hold *hold, const struct definition *definition,
                     const struct batch_range *ranges, size_t ranges_len)
{
    *hold =
        (struct batch_hold){.definition = definition, .ranges = ranges, .ranges_len = ranges_len};
}

void batch_hold_fini(struct batch_hold *hold)
{
    for (size_t b = 0; b < hold->room; b++)
        free(hold->blocks[b]);
    free(hold->blocks);
    free(hold->seen);
    free(hold->sorted);
    free(hold->verdicts);
    free(hold->meetings.at);
}

void batch_hold_clear(struct batch_hold *hold)
{
    hold->len = 0;
    hold->seen_len = 0;
    hold->meetings.len = 0;
}

/* --- taking --- */

static struct event_block *next_block(struct batch_hold *hold)
{
    if (hold->len == hold->room) {
        size_t room = hold->room ? hold->room * 2 : 16;
        hold->blocks = mem_resize(hold->blocks, room * sizeof *hold->blocks);
        for (; hold->room < room; hold->room++)
            hold->blocks[hold->room] = mem_alloc(sizeof **hold->blocks);
    }
    return hold->blocks[hold->len++];
}

static void copy_block(const struct batch_hold *hold, struct event_block *into,
                       const struct event_block *from)
{
    memcpy(into, from, offsetof(struct event_block, events) + from->len * sizeof *from->events);
    if (hold->definition->rules_len > 0)
        memcpy(into->texts, from->texts, from->len * sizeof *from->texts);
}

static void sight(struct batch_hold *hold, const uint64_t id[2], const struct event *event,
                  uint32_t offset, size_t slot)
{
    if (hold->seen_len == hold->seen_room) {
        hold->seen_room = hold->seen_room ? hold->seen_room * 2 : 2 * EVENT_BLOCK_MAX;
        hold->seen = mem_resize(hold->seen, hold->seen_room * sizeof *hold->seen);
        hold->sorted = mem_resize(hold->sorted, hold->seen_room * sizeof *hold->sorted);
    }
    hold->seen[hold->seen_len++] = (struct id_sighting){.id0 = id[0],
                                                        .id1 = (uint32_t)(id[1] >> 32),
                                                        .content = event->content,
                                                        .offset = offset,
                                                        .slot = (uint32_t)slot};
}

static bool holds(const struct batch_range *range, epoch_ms time)
{
    return time >= range->from && time < range->to;
}

/* The range that this time is in; ranges_len: none. */
static size_t range_of(struct batch_hold *hold, epoch_ms time)
{
    if (holds(&hold->ranges[hold->range_last], time))
        return hold->range_last;
    size_t low = 0, high = hold->ranges_len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hold->ranges[middle].to <= time)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == hold->ranges_len || !holds(&hold->ranges[low], time))
        return hold->ranges_len;
    return hold->range_last = low;
}

/* An id of a report: with its range made part of it, and for those outside with its content. */
static void sight_by_range(struct batch_hold *hold, const struct event *event, uint32_t offset,
                           size_t slot)
{
    size_t range = range_of(hold, event->time);
    bool inside = range < hold->ranges_len;
    uint64_t id[2] = {event->id[0], event->id[1]};
    if (!inside || hold->ranges_len > 1) {
        pipeline_id_outside(event, id);
        sight(hold, id, event, offset, slot + OUTSIDE);
    }
    if (inside) {
        id[0] = event->id[0] ^ range * UINT64_C(0xD1B54A32D192ED03);
        sight(hold, id, event, offset, slot + INSIDE);
    }
}

void batch_hold_take(struct batch_hold *hold, const struct event_block *block, uint64_t slice_begin)
{
    size_t slot = KINDS * EVENT_BLOCK_MAX * hold->len;
    copy_block(hold, next_block(hold), block);
    for (uint32_t i = 0; i < block->len; i++, slot += KINDS) {
        const struct event *event = &block->events[i];
        uint32_t offset = (uint32_t)(event->start - slice_begin);
        if (event->reason != REJECT_NONE || !(event->id[0] | event->id[1]))
            continue;
        if (hold->definition->report_dedupes)
            sight_by_range(hold, event, offset, slot);
        else
            sight(hold, event->id, event, offset, slot);
    }
}

/* --- resolving --- */

static void make_verdicts(struct batch_hold *hold)
{
    size_t wanted = KINDS * EVENT_BLOCK_MAX * hold->len;
    _Static_assert(DEDUPE_NEW == 0, "verdicts begin as new");
    if (wanted > hold->verdicts_room) {
        hold->verdicts_room = wanted;
        hold->verdicts = mem_resize(hold->verdicts, wanted);
    }
    if (wanted > 0)
        memset(hold->verdicts, 0, wanted);
}

/* By part, and in each in order of position. */
void batch_hold_sort(struct batch_hold *hold)
{
    uint32_t at[ID_PARTS] = {0};
    make_verdicts(hold);
    for (size_t i = 0; i < hold->seen_len; i++)
        at[id_parts_of(&hold->seen[i])]++;
    hold->begin[0] = 0;
    for (int p = 0; p < ID_PARTS; p++) {
        hold->begin[p + 1] = hold->begin[p] + at[p];
        at[p] = hold->begin[p];
    }
    for (size_t i = 0; i < hold->seen_len; i++)
        hold->sorted[at[id_parts_of(&hold->seen[i])]++] = hold->seen[i];
}

void batch_hold_resolve(struct batch_hold *hold, struct id_parts *parts, size_t part, size_t slice)
{
    uint32_t begin = hold->begin[part], end = hold->begin[part + 1];
    if (begin < end)
        id_parts_resolve(parts, part, (uint32_t)slice, hold->sorted + begin, end - begin,
                         hold->verdicts, &hold->meetings);
}

/* --- counting --- */

static int compare_meetings(const void *left, const void *right)
{
    const struct id_meeting *a = left, *b = right;
    return a->slot < b->slot ? -1 : a->slot > b->slot;
}

/* In order of position, as one reader would have met them. */
static void note_conflicts(const struct batch_hold *hold, const struct scan *scan,
                           struct pipeline *pipeline)
{
    qsort(hold->meetings.at, hold->meetings.len, sizeof *hold->meetings.at, compare_meetings);
    for (size_t m = 0; m < hold->meetings.len; m++) {
        const struct id_meeting *meeting = &hold->meetings.at[m];
        size_t number = meeting->slot / KINDS;
        const struct event_block *block = hold->blocks[number / EVENT_BLOCK_MAX];
        const struct event *event = &block->events[number % EVENT_BLOCK_MAX];
        bool inside = meeting->slot % KINDS == INSIDE;
        if (pipeline_judges_inside(pipeline, event) != inside)
            continue;
        struct id_conflict conflict = {.second = {block->source, block->generation, event->start},
                                       .first_known = true};
        bool first_of_generation;
        scan->ops->slice(scan, meeting->first_slice, &conflict.first.source,
                         &conflict.first.generation, &conflict.first.start, &first_of_generation);
        conflict.first.start += meeting->first_offset;
        id_conflicts_add(&pipeline->conflicts, &conflict);
    }
}

void batch_hold_apply(const struct batch_hold *hold, const struct scan *scan,
                      struct pipeline *pipeline)
{
    SOMETIMES_IF(hold->meetings.len > 0, conflict_between_slices);
    if (hold->meetings.len > 0)
        note_conflicts(hold, scan, pipeline);
    for (size_t b = 0; b < hold->len; b++)
        pipeline_apply_judged(pipeline, hold->blocks[b],
                              hold->verdicts + KINDS * EVENT_BLOCK_MAX * b);
}
