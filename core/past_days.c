/* Places in no order: there are few, and nearly every question is about the one asked for last. */
#include "core/past_days_parts.h"

#include "core/distinct_parts.h"
#include "core/sometimes.h"
#include "core/tally_parts.h"

#include <stdlib.h>
#include <string.h>

struct past_days *past_days_new(const struct definition *definition)
{
    struct past_days *past = mem_zero(1, sizeof *past);
    past->definition = definition;
    past->from = INT32_MIN;
    return past;
}

void past_days_free(struct past_days *past)
{
    if (!past)
        return;
    for (size_t p = 0; p < PAST_DAYS; p++)
        tally_free(past->places[p].tally);
    free(past);
}

static bool is_of(const struct past_day *place, int32_t day)
{
    return place->tally && place->day == day;
}

static struct past_day *find(const struct past_days *past, int32_t day)
{
    if (is_of(&past->places[past->last], day))
        return (struct past_day *)&past->places[past->last];
    for (size_t p = 0; p < PAST_DAYS; p++)
        if (is_of(&past->places[p], day))
            return (struct past_day *)&past->places[p];
    return NULL;
}

struct tally *past_days_make(struct past_days *past, size_t place, int32_t day)
{
    struct past_day *made = &past->places[place];
    if (made->tally)
        tally_clear(made->tally);
    else
        made->tally = tally_new(past->definition, PAST_GROUPS);
    tally_cap_distinct(made->tally, 0);
    made->day = day;
    made->changed = true;
    return made->tally;
}

/* A free place, or that of the oldest day; PAST_DAYS: the day that asks is older still. */
static size_t place_for(struct past_days *past, int32_t day)
{
    size_t oldest = 0;
    for (size_t p = 0; p < PAST_DAYS; p++) {
        if (!past->places[p].tally)
            return p;
        if (past->places[p].day < past->places[oldest].day)
            oldest = p;
    }
    int32_t gone = past->places[oldest].day < day ? past->places[oldest].day : day;
    if (gone >= past->from)
        past->from = gone + 1;
    if (gone == day)
        return PAST_DAYS;
    SOMETIMES(past_day_given_up);
    past->dropped++;
    return oldest;
}

static struct past_day *find_or_make(struct past_days *past, int32_t day)
{
    struct past_day *place = find(past, day);
    if (!place) {
        size_t p = place_for(past, day);
        if (p == PAST_DAYS)
            return NULL;
        past_days_make(past, p, day);
        place = &past->places[p];
    }
    past->last = (size_t)(place - past->places);
    place->changed = true;
    return place;
}

/* Numbers that do not add up are those of the one that has them. */
static void take_distinct(struct tally *into, const struct tally *from, const size_t *rows)
{
    for (size_t i = 0; i < from->len; i++)
        if (into->rows[rows[i]].key[0] != SYMBOL_OTHER)
            memcpy(into->rows[rows[i]].distinct, from->rows[i].distinct,
                   sizeof from->rows[i].distinct);
    if (into->distinct)
        into->distinct->refused = 0;
}

void past_days_take(struct past_days *past, int32_t day, const struct tally *tally)
{
    if (tally_len(tally) == 0)
        return;
    struct past_day *place = find_or_make(past, day);
    if (!place) {
        past->dropped++;
        return;
    }
    bool fresh = tally_len(place->tally) == 0;
    size_t *rows = mem_alloc(tally_len(tally) * sizeof *rows);
    tally_merge(place->tally, tally, rows);
    if (fresh)
        take_distinct(place->tally, tally, rows);
    free(rows);
}

void past_days_add(struct past_days *past, int32_t day, const struct event *event)
{
    struct past_day *place = find_or_make(past, day);
    if (place)
        tally_add(place->tally, event);
    else
        past->missed++;
}

const struct tally *past_days_find(const struct past_days *past, int32_t day)
{
    const struct past_day *place = find(past, day);
    return place ? place->tally : NULL;
}

static int compare(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

size_t past_days_list(const struct past_days *past, int32_t out[PAST_DAYS])
{
    size_t len = 0;
    for (size_t p = 0; p < PAST_DAYS; p++)
        if (past->places[p].tally)
            out[len++] = past->places[p].day;
    qsort(out, len, sizeof *out, compare);
    return len;
}

uint64_t past_days_dropped(const struct past_days *past)
{
    return past->dropped;
}

uint64_t past_days_missed(const struct past_days *past)
{
    return past->missed;
}

int32_t past_days_from(const struct past_days *past)
{
    return past->from;
}
