/*
 * Which sessions an event joins. Each key has an owner: its open sessions in ascending order, more
 * than a gap apart, and a barrier, the last time that is out of reach for them.
 *
 * The barrier is a gap behind the last event of the latest final session; a final row never changes
 * (S-31), and the earlier ones end before it begins. An owner without open sessions is let go when
 * all at or below its barrier is too late by itself, end + A <= W. A new owner begins with that
 * line as its barrier, so it keeps clear of every final session of its key, remembered or not.
 */
#include "core/window_parts.h"

#include "core/sometimes.h"

#include <stdlib.h>
#include <string.h>

static struct session_owner *owner_of(const struct windows *windows,
                                      const symbol key[EVENT_KEYS_MAX])
{
    struct window_id id = {.start = 0};
    memcpy(id.key, key, sizeof id.key);
    return (struct session_owner *)window_index_find(&windows->open, &id);
}

/* The newest time whose event is too late when it joins nothing: time + gap + A <= W. */
static epoch_ms too_late_alone(const struct windows *windows)
{
    wide_int time =
        (wide_int)windows->watermark - windows->config.gap_ms - windows->config.lateness_ms;
    return time < INT64_MIN ? INT64_MIN : (epoch_ms)time;
}

static struct session_owner *owner_new(struct windows *windows, const symbol key[EVENT_KEYS_MAX])
{
    struct session_owner *owner = mem_zero(1, sizeof *owner);
    memcpy(owner->id.key, key, sizeof owner->id.key);
    owner->barrier = too_late_alone(windows);
    owner->changed = windows->counters.serial + 1;
    window_index_put(&windows->open, &owner->id);
    return owner;
}

static void owner_free(struct session_owner *owner)
{
    free(owner->rows);
    free(owner);
}

/* The first open session that is not over before `start`: where the joined ones begin, or where a
 * new one would stand. */
static size_t first_not_before(const struct session_owner *owner, epoch_ms start)
{
    size_t low = 0, high = owner->len;
    if (high == 0)
        return 0;
    struct window_row *const *rows = owner->rows + owner->begin;
    if (rows[high - 1]->end < start)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle]->end < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many sessions from `at` on [start, end) joins. Both ends are last event + gap, so equality
 * joins (S-12). */
static size_t joined(const struct session_owner *owner, size_t at, epoch_ms end)
{
    size_t len = 0;
    while (at + len < owner->len && owner->rows[owner->begin + at + len]->id.start <= end)
        len++;
    return len;
}

static void insert(struct session_owner *owner, size_t at, struct window_row *row)
{
    if (owner->begin + owner->len == owner->room && owner->begin > 0) {
        memmove(owner->rows, owner->rows + owner->begin, owner->len * sizeof(struct window_row *));
        owner->begin = 0;
    }
    if (owner->len == owner->room) {
        owner->room = owner->room ? owner->room * 2 : 2;
        owner->rows = mem_resize(owner->rows, owner->room * sizeof(struct window_row *));
    }
    struct window_row **place = owner->rows + owner->begin + at;
    memmove(place + 1, place, (owner->len - at) * sizeof(struct window_row *));
    *place = row;
    owner->len++;
}

static void erase(struct session_owner *owner, size_t at, size_t len)
{
    struct window_row **place = owner->rows + owner->begin + at;
    memmove(place, place + len, (owner->len - at - len) * sizeof(struct window_row *));
    owner->len -= len;
}

/* Counts a correction of the row and tells it, when its result is out. */
static void revise(struct windows *windows, struct window_row *row, const struct window_row *before)
{
    row->revision++;
    windows->counters.revisions++;
    if (row->state == WINDOW_SETTLING)
        window_tell(windows, WINDOW_CORRECTION, before, row);
}

static void start_session(struct windows *windows, struct session_owner *owner, size_t at,
                          const struct window_row *from)
{
    struct window_row *row = window_open(windows, &from->id, from->end);
    if (!row) {
        windows->counters.overflowed += from->count;
        return;
    }
    if (!owner)
        owner = owner_new(windows, from->id.key);
    insert(owner, at, row);
    row->changed = ++windows->counters.serial;
    window_add_row(windows, row, from);
    if (row->state == WINDOW_SETTLING)
        revise(windows, row, NULL);
}

/* Sessions [at + 1, at + len) become part of the one at `at`. True when a result was told of any.
 */
static bool unite(struct windows *windows, struct session_owner *owner, size_t at, size_t len)
{
    struct window_row *kept = owner->rows[owner->begin + at];
    bool told = false;
    SOMETIMES_IF(len > 1, sessions_joined);
    for (size_t i = 1; i < len; i++) {
        struct window_row *part = owner->rows[owner->begin + at + i];
        if (part->state == WINDOW_SETTLING) {
            window_tell(windows, WINDOW_RETRACTED, part, NULL);
            told = true;
        }
        window_add_row(windows, kept, part);
        kept->revision += part->revision;
        window_close(windows, part);
    }
    erase(owner, at + 1, len - 1);
    return told;
}

/* `from` joins `len` sessions from `at` on, and they each other. A told result whose session begins
 * earlier now, or lasts beyond W again, is retracted: results are of [start, end) that W passed. */
static void extend(struct windows *windows, struct session_owner *owner, size_t at, size_t len,
                   const struct window_row *from)
{
    struct window_row *row = owner->rows[owner->begin + at];
    epoch_ms start = from->id.start < row->id.start ? from->id.start : row->id.start;
    epoch_ms end = owner->rows[owner->begin + at + len - 1]->end;
    if (from->end > end)
        end = from->end;
    bool told = row->state == WINDOW_SETTLING;
    bool stays = told && start == row->id.start && windows->watermark >= end;
    SOMETIMES_IF(told && !stays, session_taken_back);
    if (told && !stays)
        window_tell(windows, WINDOW_RETRACTED, row, NULL);
    window_copy(windows, windows->before, row);
    told |= unite(windows, owner, at, len);
    window_add_row(windows, row, from);
    row->id.start = start;
    row->end = end;
    row->changed = ++windows->counters.serial;
    window_settle(windows, row);
    if (told)
        revise(windows, row, stays ? windows->before : NULL);
}

static void join(struct windows *windows, struct session_owner *owner,
                 const struct window_row *from)
{
    size_t at = owner ? first_not_before(owner, from->id.start) : 0;
    size_t len = owner ? joined(owner, at, from->end) : 0;
    if (len == 0)
        start_session(windows, owner, at, from);
    else
        extend(windows, owner, at, len, from);
}

void window_session_merge(struct windows *windows, const struct window_row *from)
{
    join(windows, owner_of(windows, from->id.key), from);
}

static bool too_late(const struct windows *windows, const struct session_owner *owner,
                     epoch_ms start, epoch_ms end)
{
    if (owner && start <= owner->barrier)
        return true;
    if (windows->watermark < window_final_at(windows, end))
        return false;
    return !owner || joined(owner, first_not_before(owner, start), end) == 0;
}

/* Late within the gap of the latest final session is late of that session, otherwise of its own. */
static void add_late(struct windows *windows, const struct session_owner *owner,
                     const struct event *event, struct window_id *id, epoch_ms end)
{
    if (owner && owner->has_final && id->start <= owner->barrier && end >= owner->final_start) {
        id->start = owner->final_start;
        end = owner->barrier;
    }
    window_add_late(windows, id, end, event);
}

/* The tier is that of the session as it is with the event (S-30). */
static enum window_fate fate_of(const struct windows *windows, const struct session_owner *owner,
                                epoch_ms start, epoch_ms end)
{
    size_t at = owner ? first_not_before(owner, start) : 0;
    size_t len = owner ? joined(owner, at, end) : 0;
    if (len > 0 && owner->rows[owner->begin + at + len - 1]->end > end)
        end = owner->rows[owner->begin + at + len - 1]->end;
    return windows->watermark >= end ? WINDOW_ALLOWED : WINDOW_ON_TIME;
}

enum window_fate window_session_add(struct windows *windows, const struct event *event,
                                    const symbol key[EVENT_KEYS_MAX])
{
    struct session_owner *owner = owner_of(windows, key);
    struct window_id id = {.start = event->time};
    memcpy(id.key, key, sizeof id.key);
    epoch_ms end = event->time + windows->config.gap_ms;
    if (too_late(windows, owner, id.start, end)) {
        add_late(windows, owner, event, &id, end);
        return WINDOW_TOO_LATE;
    }
    enum window_fate fate = fate_of(windows, owner, id.start, end);
    struct window_row *single = window_pool_take(&windows->pool, &id);
    single->end = end;
    window_add_event(windows, single, event);
    join(windows, owner, single);
    window_pool_give(&windows->pool, single);
    return fate;
}

static void unqueue(struct windows *windows, struct session_owner *owner)
{
    if (!owner->queued)
        return;
    if (owner->older)
        owner->older->newer = owner->newer;
    else
        windows->guard_old = owner->newer;
    if (owner->newer)
        owner->newer->older = owner->older;
    else
        windows->guard_new = owner->older;
    owner->queued = false;
    windows->guards_len--;
}

static void queue(struct windows *windows, struct session_owner *owner)
{
    owner->older = windows->guard_new;
    owner->newer = NULL;
    if (owner->older)
        owner->older->newer = owner;
    else
        windows->guard_old = owner;
    windows->guard_new = owner;
    owner->queued = true;
    owner->guard = ++windows->guards_made;
    windows->guards_len++;
}

/* An owner with open sessions lives on, and its barrier with it. */
static bool let_go(struct windows *windows, struct session_owner *owner)
{
    unqueue(windows, owner);
    owner->changed = windows->counters.serial + 1;
    if (owner->len > 0)
        return false;
    window_index_remove(&windows->open, &owner->id);
    owner_free(owner);
    return true;
}

void window_session_forget(struct windows *windows, epoch_ms watermark)
{
    while (windows->guard_old && windows->guard_old->forget_at <= watermark)
        let_go(windows, windows->guard_old);
}

/* What was due before this row is let go first, so that the cap is met at the same row however
 * often windows_advance is called. */
void window_session_finalised(struct windows *windows, const struct window_row *row)
{
    window_session_forget(windows, row->due);
    struct session_owner *owner = owner_of(windows, row->id.key);
    owner->begin++; /* sessions of a key become final in order */
    owner->len--;
    owner->has_final = true;
    owner->changed = windows->counters.serial;
    owner->final_start = row->id.start;
    owner->barrier = row->end;
    owner->forget_at = window_final_at(windows, row->end + windows->config.gap_ms);
    unqueue(windows, owner);
    queue(windows, owner);
    SOMETIMES_IF(windows->guards_len > windows->config.open_cap, session_key_forgotten);
    if (windows->guards_len > windows->config.open_cap)
        windows->counters.forgotten += let_go(windows, windows->guard_old);
}

void window_session_clear(struct windows *windows)
{
    if (windows->config.kind != WINDOW_SESSION)
        return;
    for (size_t i = 0; i < windows->open.size; i++)
        if (windows->open.slots[i])
            owner_free((struct session_owner *)windows->open.slots[i]);
    window_index_clear(&windows->open);
    windows->guard_old = windows->guard_new = NULL;
    windows->guards_len = 0;
}

/* --- the state --- */

struct session_owner *window_session_restore_owner(struct windows *windows,
                                                   const struct session_owner *saved)
{
    if (owner_of(windows, saved->id.key))
        return NULL;
    struct session_owner *owner = owner_new(windows, saved->id.key);
    owner->barrier = saved->barrier;
    owner->final_start = saved->final_start;
    owner->has_final = saved->has_final;
    owner->forget_at = saved->forget_at;
    owner->changed = 0;
    owner->guard = saved->guard;
    return owner;
}

void window_session_restore_guard(struct windows *windows, struct session_owner *owner)
{
    uint64_t guard = owner->guard;
    queue(windows, owner);
    owner->guard = windows->guards_made = guard;
}

bool window_session_restore(struct windows *windows, struct window_row *row)
{
    struct session_owner *owner = owner_of(windows, row->id.key);
    if (!owner || row->end < row->id.start)
        return false;
    size_t at = first_not_before(owner, row->id.start);
    if (joined(owner, at, row->end) > 0)
        return false;
    insert(owner, at, row);
    return true;
}
