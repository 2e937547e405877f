/* Small tallies, made when the first event of their kind comes. */
#include "core/rare_parts.h"

#include <stdlib.h>
#include <string.h>

/* Rows that are counted in and never told: nothing is late, nothing final. */
static struct windows *new_windows(const struct window_config *config)
{
    struct window_config own = *config;
    own.lateness_ms = WINDOW_LATENESS_FOREVER;
    own.open_cap = RARE_WINDOWS_MAX;
    own.sink = NULL;
    own.late = NULL;
    return windows_new(&own);
}

struct rare *rare_new(const struct rare_config *config)
{
    struct rare *rare = mem_zero(1, sizeof *rare);
    rare->config = *config;
    rare->lost_before = INT32_MIN;
    rare->lost_from = INT32_MAX;
    for (int k = 0; k < RARE_KINDS && config->windows; k++)
        if (k != RARE_LATE)
            rare->windows[k] = new_windows(config->windows);
    return rare;
}

void rare_free(struct rare *rare)
{
    if (!rare)
        return;
    for (int k = 0; k < RARE_KINDS; k++) {
        windows_free(rare->windows[k]);
        for (int d = 0; d < RARE_DAYS; d++)
            tally_free(rare->days[d].kinds[k]);
    }
    free(rare->places);
    free(rare);
}

static void clear_day(struct rare_day *day)
{
    day->used = false;
    for (int k = 0; k < RARE_KINDS; k++)
        if (day->kinds[k])
            tally_clear(day->kinds[k]);
}

void rare_clear(struct rare *rare)
{
    for (int d = 0; d < RARE_DAYS; d++)
        clear_day(&rare->days[d]);
    for (int k = 0; k < RARE_KINDS; k++)
        if (rare->windows[k])
            windows_clear(rare->windows[k]);
    rare->lost_before = INT32_MIN;
    rare->lost_from = INT32_MAX;
    rare->places_len = 0;
    rare->places_overflowed = 0;
}

static struct rare_day *find_day(const struct rare *rare, int32_t day)
{
    int32_t wanted = rare->config.by_day ? day : 0;
    for (int d = 0; d < RARE_DAYS; d++)
        if (rare->days[d].used && rare->days[d].day == wanted)
            return (struct rare_day *)&rare->days[d];
    return NULL;
}

static struct rare_day *take_day(struct rare_day *place, int32_t day)
{
    clear_day(place);
    place->used = true;
    place->day = day;
    return place;
}

/* A full house: who goes, or NULL when the one that comes does. */
static struct rare_day *make_room(struct rare *rare, int32_t day, int32_t newest_day)
{
    enum { SHOWN = 8 };
    struct rare_day *oldest = &rare->days[0], *farthest = &rare->days[0];
    for (int d = 1; d < RARE_DAYS; d++) {
        if (rare->days[d].day < oldest->day)
            oldest = &rare->days[d];
        if (rare->days[d].day > farthest->day)
            farthest = &rare->days[d];
    }
    bool from_old = newest_day != INT32_MIN && oldest->day < newest_day - SHOWN;
    int32_t gone = from_old ? (day < oldest->day ? day : oldest->day)
                            : (day > farthest->day ? day : farthest->day);
    if (from_old && gone >= rare->lost_before)
        rare->lost_before = gone + 1;
    if (!from_old && gone < rare->lost_from)
        rare->lost_from = gone;
    if (gone == day)
        return NULL;
    return from_old ? oldest : farthest;
}

static struct rare_day *day_for(struct rare *rare, int32_t day, int32_t newest_day)
{
    struct rare_day *kept = find_day(rare, day);
    if (kept)
        return kept;
    if (!rare->config.by_day)
        return take_day(&rare->days[0], 0);
    for (int d = 0; d < RARE_DAYS; d++)
        if (!rare->days[d].used)
            return take_day(&rare->days[d], day);
    kept = make_room(rare, day, newest_day);
    return kept ? take_day(kept, day) : NULL;
}

struct tally *rare_make(struct rare *rare, struct rare_day *day, enum rare_kind kind)
{
    if (!day->kinds[kind]) {
        day->kinds[kind] = tally_new(rare->config.definition, rare->config.groups_cap);
        tally_cap_distinct(day->kinds[kind], 0);
    }
    return day->kinds[kind];
}

static void add_place(struct rare *rare, const struct rare_place *place)
{
    if (rare->places_len == RARE_PLACES_MAX) {
        rare->places_overflowed++;
        return;
    }
    if (rare->places_len == rare->places_room) {
        rare->places_room = rare->places_room ? rare->places_room * 2 : 64;
        rare->places = mem_resize(rare->places, rare->places_room * sizeof *rare->places);
    }
    rare->places[rare->places_len++] = *place;
}

void rare_add(struct rare *rare, enum rare_kind kind, const struct event_block *block,
              const struct event *event, int32_t newest_day)
{
    int32_t day = 0;
    if (rare->config.by_day)
        day = instant_day(event->time, rare->config.definition->zone);
    struct rare_day *kept = day_for(rare, day, newest_day);
    if (kept)
        tally_add(rare_make(rare, kept, kind), event);
    if (rare->windows[kind])
        windows_add(rare->windows[kind], event, event->key, INT64_MIN);
    if (rare->config.places && event->rules != 0 && (kind == RARE_LATE || kind == RARE_FUTURE))
        add_place(rare,
                  &(struct rare_place){.position = {block->source, block->generation, event->start},
                                       .kind = kind});
}

void rare_merge(struct rare *into, const struct rare *from)
{
    const struct rare_day *source = find_day(from, 0);
    for (int k = 0; k < RARE_KINDS; k++) {
        if (source && source->kinds[k] && tally_len(source->kinds[k]) > 0)
            tally_merge(rare_make(into, day_for(into, 0, 0), (enum rare_kind)k), source->kinds[k],
                        NULL);
        if (into->windows[k])
            windows_merge(into->windows[k], from->windows[k]);
    }
    for (size_t p = 0; p < from->places_len; p++)
        add_place(into, &from->places[p]);
    into->places_overflowed += from->places_overflowed;
}

const struct tally *rare_tally(const struct rare *rare, int32_t day, enum rare_kind kind)
{
    const struct rare_day *kept = find_day(rare, day);
    return kept ? kept->kinds[kind] : NULL;
}

bool rare_complete(const struct rare *rare, int32_t day)
{
    return day >= rare->lost_before && day < rare->lost_from;
}

const struct windows *rare_windows(const struct rare *rare, enum rare_kind kind)
{
    return rare->windows[kind];
}

uint64_t rare_windows_overflowed(const struct rare *rare)
{
    uint64_t overflowed = 0;
    for (int k = 0; k < RARE_KINDS; k++)
        if (rare->windows[k])
            overflowed += windows_counters(rare->windows[k]).overflowed;
    return overflowed;
}

const struct rare_place *rare_places(const struct rare *rare, size_t *len)
{
    *len = rare->places_len;
    return rare->places;
}

uint64_t rare_places_overflowed(const struct rare *rare)
{
    return rare->places_overflowed;
}
