/*
 * The least over the sources is kept in a tree of minima, so that an event costs O(log sources)
 * and, when its source is not the one that holds W back, next to nothing.
 */
#include "core/watermark_parts.h"

#include "core/sometimes.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

/* What a source that does not count has in the tree. */
#define NOBODY INT64_MAX

/* Saturating: no time may overflow (S-62). */
static epoch_ms plus(epoch_ms time, int64_t ms)
{
    epoch_ms sum;
    if (__builtin_add_overflow(time, ms, &sum))
        return ms > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

struct watermark *watermark_new(const struct watermark_config *config)
{
    struct watermark *watermark = mem_zero(1, sizeof *watermark);
    watermark->config = *config;
    if (watermark->config.jump_events < 1)
        watermark->config.jump_events = 1;
    if (watermark->config.jump_events > WATERMARK_FAR_MAX)
        watermark->config.jump_events = WATERMARK_FAR_MAX;
    watermark->now = WATERMARK_NONE;
    return watermark;
}

void watermark_free(struct watermark *watermark)
{
    if (!watermark)
        return;
    for (size_t s = 0; s < watermark->room; s++)
        free(watermark->sources[s].far);
    free(watermark->sources);
    free(watermark->least);
    free(watermark);
}

static epoch_ms lesser(epoch_ms a, epoch_ms b)
{
    return a < b ? a : b;
}

static void make_room(struct watermark *watermark, uint32_t source)
{
    size_t room = watermark->room ? watermark->room : 1;
    while (room <= source)
        room *= 2;
    if (room == watermark->room)
        return;
    epoch_ms *least = mem_alloc(2 * room * sizeof *least);
    watermark->sources = mem_resize(watermark->sources, room * sizeof *watermark->sources);
    for (size_t s = 0; s < room; s++) {
        if (s >= watermark->room)
            watermark->sources[s] =
                (struct source){.greatest = WATERMARK_NONE, .near_until = INT64_MIN};
        least[room + s] = s < watermark->room ? watermark->least[watermark->room + s] : NOBODY;
    }
    for (size_t at = room - 1; at > 0; at--)
        least[at] = lesser(least[2 * at], least[2 * at + 1]);
    free(watermark->least);
    watermark->least = least;
    watermark->room = room;
}

/* Puts a source's own watermark into the tree; W rises to the least, if that is more (S-21). */
static void settle(struct watermark *watermark, uint32_t source, epoch_ms own)
{
    epoch_ms *least = watermark->least;
    size_t at = watermark->room + source;
    least[at] = own;
    for (at /= 2; at > 0; at /= 2) {
        epoch_ms both = lesser(least[2 * at], least[2 * at + 1]);
        if (least[at] == both)
            break;
        least[at] = both;
    }
    if (least[1] != NOBODY && least[1] > watermark->now)
        watermark->now = least[1];
}

void watermark_expect(struct watermark *watermark, uint32_t source)
{
    make_room(watermark, source);
    struct source *expected = &watermark->sources[source];
    if (expected->expected)
        return;
    expected->expected = true;
    settle(watermark, source, WATERMARK_NONE);
}

bool watermark_is_future(const struct watermark *watermark, epoch_ms time, epoch_ms wall)
{
    return time > plus(wall, watermark->config.future_ms);
}

static bool is_near(epoch_ms a, epoch_ms b, int64_t jump_ms)
{
    return a <= plus(b, jump_ms) && b <= plus(a, jump_ms);
}

static int count_near(const struct source *source, epoch_ms time, int64_t jump_ms)
{
    int near = 0;
    for (int i = 0; i < source->far_len; i++)
        near += is_near(source->far[i], time, jump_ms);
    return near;
}

/* A far event waits; returns the greatest time that it confirms, or `greatest` as it was. Only
 * those near it can have got the company they needed. */
static epoch_ms take_far(const struct watermark_config *config, struct source *source,
                         epoch_ms time)
{
    epoch_ms greatest = source->greatest;
    if (!source->far)
        source->far = mem_alloc(WATERMARK_FAR_MAX * sizeof *source->far);
    SOMETIMES_IF(source->far_len == WATERMARK_FAR_MAX, far_event_forgotten);
    if (source->far_len == WATERMARK_FAR_MAX)
        memmove(source->far, source->far + 1, --source->far_len * sizeof *source->far);
    source->far[source->far_len++] = time;
    for (int i = 0; i < source->far_len; i++) {
        epoch_ms waiting = source->far[i];
        if (waiting > greatest && is_near(waiting, time, config->jump_ms) &&
            count_near(source, waiting, config->jump_ms) >= config->jump_events)
            greatest = waiting;
    }
    SOMETIMES_IF(greatest > source->greatest, jump_confirmed);
    return greatest;
}

static void forget_passed(struct source *source)
{
    uint8_t kept = 0;
    for (int i = 0; i < source->far_len; i++)
        if (source->far[i] > source->greatest)
            source->far[kept++] = source->far[i];
    source->far_len = kept;
}

/* Of a source that counts, with nothing waiting: the next event is as a rule one near the newest.
 */
static void note_near(const struct watermark *watermark, struct source *source)
{
    bool plain = source->greatest != WATERMARK_NONE && !source->idle && source->far_len == 0;
    source->near_until = plain ? plus(source->greatest, watermark->config.jump_ms) : INT64_MIN;
}

/* Takes an event that is near. */
static void advance_near(struct watermark *watermark, uint32_t source, epoch_ms time)
{
    struct source *from = &watermark->sources[source];
    if (time <= from->greatest)
        return;
    from->greatest = time;
    note_near(watermark, from);
    settle(watermark, source, plus(time, -watermark->config.delay_ms));
}

/* Takes any event. Apart from the other, which must not pay for what is seldom. */
static __attribute__((noinline)) void advance_any(struct watermark *watermark, uint32_t source,
                                                  epoch_ms time)
{
    if (source >= watermark->room || !watermark->sources[source].expected)
        watermark_expect(watermark, source);
    struct source *from = &watermark->sources[source];
    epoch_ms greatest = from->greatest;
    if (time > greatest) {
        bool far = greatest != WATERMARK_NONE && time > plus(greatest, watermark->config.jump_ms);
        greatest = far ? take_far(&watermark->config, from, time) : time;
    }
    SOMETIMES_IF(from->idle, idle_source_returns);
    if (greatest > from->greatest || from->idle) {
        from->greatest = greatest;
        from->idle = false;
        if (from->far_len > 0)
            forget_passed(from);
        settle(watermark, source, plus(greatest, -watermark->config.delay_ms));
    }
    note_near(watermark, from);
}

epoch_ms watermark_advance(struct watermark *watermark, uint32_t source, epoch_ms time)
{
    epoch_ms before = watermark->now;
    if (source < watermark->room && time <= watermark->sources[source].near_until)
        advance_near(watermark, source, time);
    else
        advance_any(watermark, source, time);
    return before;
}

void watermark_idle(struct watermark *watermark, uint32_t source)
{
    watermark_expect(watermark, source);
    watermark->sources[source].idle = true;
    note_near(watermark, &watermark->sources[source]);
    settle(watermark, source, NOBODY);
}

void watermark_end(struct watermark *watermark)
{
    watermark->now = WATERMARK_END;
}

epoch_ms watermark_now(const struct watermark *watermark)
{
    return watermark->now;
}

struct watermark_held watermark_held(const struct watermark *watermark)
{
    struct watermark_held held = {.events = 0};
    for (size_t s = 0; s < watermark->room; s++) {
        const struct source *source = &watermark->sources[s];
        for (int i = 0; i < source->far_len; i++) {
            if (held.events == 0 || source->far[i] > held.greatest) {
                held.greatest = source->far[i];
                held.source = (uint32_t)s;
            }
            held.events++;
        }
    }
    return held;
}

void watermark_restore_source(struct watermark *watermark, uint32_t source,
                              const struct source *saved)
{
    make_room(watermark, source);
    struct source *own = &watermark->sources[source];
    epoch_ms now = watermark->now;
    free(own->far);
    *own = *saved;
    note_near(watermark, own);
    if (saved->idle)
        settle(watermark, source, NOBODY);
    else if (saved->expected)
        settle(watermark, source,
               saved->greatest == WATERMARK_NONE
                   ? WATERMARK_NONE
                   : plus(saved->greatest, -watermark->config.delay_ms));
    watermark->now = now;
}
