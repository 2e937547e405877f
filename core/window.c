/*
 * The life of a row. An event is classified against W before it (S-30) and added; then the heap
 * gives the rows whose end, or end + A, the watermark has reached, one transition each.
 *
 * A tumbling window is a hopping one whose slide is its size. Sessions differ in which rows an
 * event goes to (window_session.c), not in what becomes of a row.
 */
#include "core/window_parts.h"

#include "core/sometimes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum status windows_check(const struct window_config *config, struct error *error)
{
    if (config->lateness_ms < 0)
        return error_set(error, STATUS_USAGE, "the allowed lateness must not be negative");
    if (config->kind == WINDOW_SESSION)
        return config->gap_ms > 0
                   ? STATUS_OK
                   : error_set(error, STATUS_USAGE, "a session needs a gap of at least 1 ms");
    if (config->size_ms <= 0)
        return error_set(error, STATUS_USAGE, "a window needs a size of at least 1 ms");
    if (config->kind == WINDOW_TUMBLING)
        return STATUS_OK;
    if (config->slide_ms <= 0 || config->slide_ms > config->size_ms)
        return error_set(error, STATUS_USAGE,
                         "the slide must be at least 1 ms and at most the size of the window, or "
                         "events would fall between windows");
    if ((config->size_ms - 1) / config->slide_ms >= WINDOW_HOPS_MAX)
        return error_set(error, STATUS_USAGE,
                         "each event would be in %" PRId64 " windows, at most %d are allowed; take "
                         "a longer slide",
                         (config->size_ms - 1) / config->slide_ms + 1, WINDOW_HOPS_MAX);
    return STATUS_OK;
}

const char *window_state_text(enum window_state state)
{
    static const char *const texts[] = {"provisional", "settling", "final"};
    return texts[state];
}

struct windows *windows_new(const struct window_config *config)
{
    struct windows *windows = mem_zero(1, sizeof *windows);
    windows->config = *config;
    if (config->open_cap == 0)
        windows->config.open_cap = WINDOW_OPEN_CAP;
    if (config->final_cap == 0)
        windows->config.final_cap = WINDOW_FINAL_CAP;
    if (config->late_cap == 0)
        windows->config.late_cap = WINDOW_LATE_CAP;
    windows->keys_len = config->definition->window_keys_len;
    windows->values_len = config->definition->value_fields_len;
    windows->slide_ms = config->kind == WINDOW_HOPPING ? config->slide_ms : config->size_ms;
    windows->watermark = INT64_MIN;
    window_pool_init(&windows->pool, windows->values_len);
    window_index_init(&windows->open, windows->keys_len);
    window_index_init(&windows->late_index, windows->keys_len);
    windows->before = mem_alloc(windows->pool.stride_bytes);
    return windows;
}

void windows_free(struct windows *windows)
{
    if (!windows)
        return;
    window_session_clear(windows);
    window_index_fini(&windows->open);
    window_index_fini(&windows->late_index);
    window_pool_fini(&windows->pool);
    free(windows->heap.rows);
    free(windows->before);
    free(windows);
}

void windows_clear(struct windows *windows)
{
    window_session_clear(windows);
    while (windows->heap.len > 0)
        window_pool_give(&windows->pool, windows->heap.rows[--windows->heap.len]);
    while (windows->finals.len > 0)
        window_pool_give(&windows->pool, window_list_take(&windows->finals));
    while (windows->late.len > 0)
        window_pool_give(&windows->pool, window_list_take(&windows->late));
    window_index_clear(&windows->open);
    window_index_clear(&windows->late_index);
    memset(windows->near, 0, sizeof windows->near);
    memset(&windows->counters, 0, sizeof windows->counters);
    windows->settling = 0;
    windows->watermark = INT64_MIN;
}

void window_tell(struct windows *windows, enum window_change_kind kind,
                 const struct window_row *before, const struct window_row *after)
{
    if (!windows->config.sink)
        return;
    struct window_change change = {kind, before, after};
    windows->config.sink(windows->config.context, &change);
}

void window_add_event(const struct windows *windows, struct window_row *row,
                      const struct event *event)
{
    row->count++;
    for (int v = 0; v < windows->values_len; v++)
        if (event->present & 1u << v)
            accumulator_add(&row->value[v], event->value[v]);
}

void window_add_row(const struct windows *windows, struct window_row *row,
                    const struct window_row *from)
{
    row->count += from->count;
    for (int v = 0; v < windows->values_len; v++)
        accumulator_merge(&row->value[v], &from->value[v]);
}

void window_copy(const struct windows *windows, struct window_row *into,
                 const struct window_row *from)
{
    memcpy(into, from, windows->pool.stride_bytes);
}

struct window_row *window_open(struct windows *windows, const struct window_id *id, epoch_ms end)
{
    if (windows->heap.len >= windows->config.open_cap)
        return NULL;
    struct window_row *row = window_pool_take(&windows->pool, id);
    row->end = end;
    row->due = end;
    row->born = windows->counters.serial + 1;
    window_heap_push(windows, row);
    window_settle(windows, row);
    return row;
}

void window_close(struct windows *windows, struct window_row *row)
{
    windows->settling -= row->state == WINDOW_SETTLING;
    window_heap_remove(windows, row);
    window_pool_give(&windows->pool, row);
}

/* Equality at W = end settles (S-30, S-31). */
void window_settle(struct windows *windows, struct window_row *row)
{
    windows->settling -= row->state == WINDOW_SETTLING;
    bool settling = windows->watermark >= row->end;
    row->state = settling ? WINDOW_SETTLING : WINDOW_PROVISIONAL;
    row->due = settling ? window_final_at(windows, row->end) : row->end;
    windows->settling += settling;
    window_heap_moved(windows, row);
}

/* Too late for the window of this id: its row, if it has one, stays as it is (S-31). */
void window_add_late(struct windows *windows, const struct window_id *id, epoch_ms end,
                     const struct event *event)
{
    windows->counters.late++;
    struct window_row *row = (struct window_row *)window_index_find(&windows->late_index, id);
    if (!row) {
        if (windows->late.len >= windows->config.late_cap) {
            SOMETIMES(late_row_dropped);
            struct window_row *oldest = window_list_take(&windows->late);
            window_index_remove(&windows->late_index, &oldest->id);
            window_pool_give(&windows->pool, oldest);
            windows->counters.late_dropped++;
        }
        row = window_pool_take(&windows->pool, id);
        row->end = end;
        row->state = WINDOW_FINAL;
        window_index_put(&windows->late_index, &row->id);
        window_list_append(&windows->late, row);
    }
    window_add_event(windows, row, event);
    row->changed = windows->counters.late;
    if (windows->config.late)
        windows->config.late(windows->config.context, row);
}

/* The open row of this id, made when new; NULL when open_cap is met. */
static inline struct window_row *find_or_open(struct windows *windows, const struct window_id *id,
                                              epoch_ms end)
{
    struct window_row *row = (struct window_row *)window_index_find(&windows->open, id);
    if (row)
        return row;
    row = window_open(windows, id, end);
    if (row)
        window_index_put(&windows->open, &row->id);
    return row;
}

/* Where a row of this key is noted when it is found. */
static inline struct window_row **near_of(struct windows *windows, const symbol key[EVENT_KEYS_MAX])
{
    uint32_t place = 0;
    for (int k = 0; k < windows->keys_len; k++)
        place = place * 5 + key[k];
    return &windows->near[place % WINDOWS_NEAR];
}

/* Whether it is the open row of these. A row's memory is never given back, so one that is gone can
 * be looked at: it is final, or has another id. */
static inline bool is_row(const struct windows *windows, const struct window_row *row,
                          const symbol key[EVENT_KEYS_MAX], epoch_ms start)
{
    bool same = row && row->state != WINDOW_FINAL && row->id.start == start;
    for (int k = 0; same && k < windows->keys_len; k++)
        same = row->id.key[k] == key[k];
    return same;
}

/* Most events are of the same few rows: those are found without the index. */
static inline struct window_row *find_near(struct windows *windows, const struct window_id *id,
                                           epoch_ms end)
{
    struct window_row **near = near_of(windows, id->key);
    if (!is_row(windows, *near, id->key, id->start))
        *near = find_or_open(windows, id, end);
    return *near;
}

/* What nearly every event is: of the same tumbling window as the one before, on time, and of a row
 * found of late. Counts it; false: it is another. */
static inline bool add_on_time(struct windows *windows, const struct event *event,
                               const symbol key[EVENT_KEYS_MAX])
{
    if (windows->config.kind != WINDOW_TUMBLING || event->time < windows->primary ||
        event->time >= windows->primary_until || windows->watermark >= windows->primary_until)
        return false;
    struct window_row *row = *near_of(windows, key);
    if (!is_row(windows, row, key, windows->primary))
        return false;
    row->changed = ++windows->counters.serial;
    if (windows->values_len > 0)
        window_add_event(windows, row, event);
    else
        row->count++;
    return true;
}

/* An event behind the end of its window, which has told its result already. */
static void correct(struct windows *windows, struct window_row *row, const struct event *event)
{
    const struct window_row *before = NULL;
    SOMETIMES_IF(row->count == 0, window_new_behind_watermark);
    if (row->count > 0) {
        window_copy(windows, windows->before, row);
        before = windows->before;
    }
    window_add_event(windows, row, event);
    row->revision++;
    windows->counters.revisions++;
    window_tell(windows, WINDOW_CORRECTION, before, row);
}

/* The three tiers of S-30, for one window. */
static enum window_fate add_to(struct windows *windows, const struct window_id *id, epoch_ms end,
                               const struct event *event)
{
    epoch_ms watermark = windows->watermark;
    if (watermark >= window_final_at(windows, end)) {
        window_add_late(windows, id, end, event);
        return WINDOW_TOO_LATE;
    }
    enum window_fate fate = watermark >= end ? WINDOW_ALLOWED : WINDOW_ON_TIME;
    struct window_row *row = find_near(windows, id, end);
    if (!row) {
        SOMETIMES(window_without_room);
        windows->counters.overflowed++;
        return fate;
    }
    row->changed = ++windows->counters.serial;
    if (fate == WINDOW_ON_TIME)
        window_add_event(windows, row, event);
    else
        correct(windows, row, event);
    return fate;
}

void window_primary(const struct window_config *config, epoch_ms time, epoch_ms *start,
                    epoch_ms *until)
{
    bool tumbling = config->kind == WINDOW_TUMBLING;
    if (tumbling && config->size_ms % MS_PER_DAY == 0) {
        int32_t days = (int32_t)(config->size_ms / MS_PER_DAY);
        int32_t day = instant_day(time, config->zone), rest = day % days;
        int32_t first = day - rest - (rest < 0 ? days : 0);
        *start = instant_day_start(first, config->zone);
        *until = instant_day_start(first + days, config->zone);
        return;
    }
    int64_t slide = tumbling ? config->size_ms : config->slide_ms;
    int64_t rest = time % slide;
    *start = time - rest - (rest < 0 ? slide : 0);
    *until = *start + slide;
}

static epoch_ms primary_start(struct windows *windows, epoch_ms time)
{
    if (time < windows->primary || time >= windows->primary_until)
        window_primary(&windows->config, time, &windows->primary, &windows->primary_until);
    return windows->primary;
}

static __attribute__((noinline)) enum window_fate
add_any(struct windows *windows, const struct event *event, const symbol key[EVENT_KEYS_MAX])
{
    if (windows->config.kind == WINDOW_SESSION)
        return window_session_add(windows, event, key);
    epoch_ms primary = primary_start(windows, event->time);
    struct window_id id = {.start = primary};
    memcpy(id.key, key, sizeof id.key);
    if (windows->config.kind == WINDOW_TUMBLING)
        return add_to(windows, &id, windows->primary_until, event);
    int64_t slide = windows->slide_ms, size = windows->config.size_ms;
    id.start -= (size - 1 - (event->time - primary)) / slide * slide;
    for (; id.start < primary; id.start += slide)
        add_to(windows, &id, id.start + size, event);
    return add_to(windows, &id, id.start + size, event);
}

enum window_fate windows_add(struct windows *windows, const struct event *event,
                             const symbol key[EVENT_KEYS_MAX], epoch_ms watermark)
{
    if (watermark > windows->watermark)
        windows_advance(windows, watermark);
    return add_on_time(windows, event, key) ? WINDOW_ON_TIME : add_any(windows, event, key);
}

static void finalise(struct windows *windows, struct window_row *row)
{
    windows->settling--;
    window_heap_remove(windows, row);
    if (windows->config.kind == WINDOW_SESSION)
        window_session_finalised(windows, row);
    else
        window_index_remove(&windows->open, &row->id);
    row->state = WINDOW_FINAL;
    windows->counters.finalised++;
    window_tell(windows, WINDOW_FINALISED, NULL, row);
    if (windows->finals.len >= windows->config.final_cap) {
        SOMETIMES(final_row_dropped);
        struct window_row *oldest = window_list_take(&windows->finals);
        windows->counters.dropped++;
        windows->counters.dropped_events += oldest->count;
        window_pool_give(&windows->pool, oldest);
    }
    window_list_append(&windows->finals, row);
}

static void tell_due(struct windows *windows, epoch_ms watermark)
{
    while (windows->heap.len > 0 && windows->heap.rows[0]->due <= watermark) {
        struct window_row *row = windows->heap.rows[0];
        row->changed = ++windows->counters.serial;
        if (row->state == WINDOW_SETTLING) {
            finalise(windows, row);
        } else {
            window_settle(windows, row);
            window_tell(windows, WINDOW_FIRST, NULL, row);
        }
    }
    window_session_forget(windows, watermark);
}

void windows_advance(struct windows *windows, epoch_ms watermark)
{
    if (watermark <= windows->watermark)
        return;
    windows->watermark = watermark;
    if (windows->guard_old || (windows->heap.len > 0 && windows->heap.rows[0]->due <= watermark))
        tell_due(windows, watermark);
}

void windows_merge(struct windows *into, const struct windows *from)
{
    into->counters.overflowed += from->counters.overflowed;
    for (size_t i = 0; i < from->heap.len; i++) {
        const struct window_row *source = from->heap.rows[i];
        if (into->config.kind == WINDOW_SESSION) {
            window_session_merge(into, source);
            continue;
        }
        struct window_row *row = find_or_open(into, &source->id, source->end);
        if (!row) {
            into->counters.overflowed += source->count;
            continue;
        }
        row->changed = ++into->counters.serial;
        window_add_row(into, row, source);
    }
}

struct window_counters windows_counters(const struct windows *windows)
{
    struct window_counters counters = windows->counters;
    counters.provisional = windows->heap.len - windows->settling;
    counters.settling = windows->settling;
    counters.final = windows->finals.len;
    counters.late_rows = windows->late.len;
    return counters;
}

size_t windows_len(const struct windows *windows)
{
    return windows->heap.len + windows->finals.len;
}

static int compare_rows(const void *left, const void *right, void *context)
{
    const struct window_row *a = *(const struct window_row *const *)left;
    const struct window_row *b = *(const struct window_row *const *)right;
    int keys = window_compare_keys(context, a->id.key, b->id.key);
    return keys != 0 ? keys : (a->id.start > b->id.start) - (a->id.start < b->id.start);
}

static size_t collect(const struct window_list *list, const struct window_row **out)
{
    size_t len = 0;
    for (const struct window_row *row = list->head; row; row = row->next)
        out[len++] = row;
    return len;
}

void windows_sorted(const struct windows *windows, const struct window_row **out)
{
    size_t len = collect(&windows->finals, out);
    for (size_t i = 0; i < windows->heap.len; i++)
        out[len++] = windows->heap.rows[i];
    qsort_r(out, len, sizeof *out, compare_rows, (void *)(uintptr_t)windows);
}

const struct window_row *windows_open_at(const struct windows *windows, size_t index)
{
    return windows->heap.rows[index];
}

const struct window_row *windows_late(const struct windows *windows, const struct window_id *id)
{
    return (struct window_row *)window_index_find(&windows->late_index, id);
}

void windows_late_sorted(const struct windows *windows, const struct window_row **out)
{
    size_t len = collect(&windows->late, out);
    qsort_r(out, len, sizeof *out, compare_rows, (void *)(uintptr_t)windows);
}

void windows_tally_row(const struct windows *windows, const struct window_row *row,
                       struct tally_row *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->key, row->id.key, sizeof out->key);
    out->count = row->count;
    memcpy(out->value, row->value, (size_t)windows->values_len * sizeof *out->value);
}
