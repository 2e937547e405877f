/*
 * Open rows by the serial at which they were made, final and late ones by their number in the order
 * of their lists, which are forgotten from the oldest on.
 */
#include "core/state_parts.h"
#include "core/window_parts.h"

#include <stdlib.h>

void window_saved_fini(struct window_saved *saved)
{
    free(saved->open);
    free(saved->owners);
}

static void save_row(const struct windows *windows, enum state_part part, uint64_t number,
                     const struct window_row *row, struct saver *saver)
{
    struct pack *value = &saver->value;
    pack_i64(value, row->id.start);
    pack_symbols(value, row->id.key, windows->keys_len);
    pack_i64(value, row->end);
    pack_u64(value, row->count);
    pack_u64(value, row->changed);
    pack_u32(value, row->revision);
    pack_values(value, row->value, windows->values_len);
    key_u64(&saver->key, number);
    saver_put(saver, part);
}

static void remove_row(enum state_part part, uint64_t number, struct saver *saver)
{
    key_u64(&saver->key, number);
    saver_remove(saver, part);
}

/* --- open rows --- */

/* Whether it is still the row that was saved: its place in memory may be another's by now. */
static bool is_open(const struct windows *windows, const struct window_open_mark *mark)
{
    size_t at = mark->row->heap_at;
    return at < windows->heap.len && windows->heap.rows[at] == mark->row &&
           mark->row->born == mark->born;
}

static void mark_open(struct window_saved *saved, const struct window_row *row)
{
    if (saved->open_len == saved->open_room) {
        saved->open_room = saved->open_room ? saved->open_room * 2 : 64;
        saved->open = mem_resize(saved->open, saved->open_room * sizeof *saved->open);
    }
    saved->open[saved->open_len++] = (struct window_open_mark){row, row->born};
}

static void save_open(struct window_saved *saved, const struct windows *windows,
                      struct saver *saver)
{
    size_t kept = 0;
    for (size_t i = 0; i < saved->open_len; i++) {
        if (is_open(windows, &saved->open[i]))
            saved->open[kept++] = saved->open[i];
        else
            remove_row(STATE_WINDOW, saved->open[i].born, saver);
    }
    saved->open_len = kept;
    for (size_t i = 0; i < windows->heap.len; i++) {
        const struct window_row *row = windows->heap.rows[i];
        if (row->changed <= saved->serial)
            continue;
        if (row->born > saved->serial)
            mark_open(saved, row);
        save_row(windows, STATE_WINDOW, row->born, row, saver);
    }
}

/* --- lists --- */

/* [dropped, made) are in the list; [saved dropped, saved made) were written. A row is written when
 * it is new, or has changed since. */
static void save_list(const struct windows *windows, enum state_part part,
                      const struct window_list *list, const uint64_t was[2], const uint64_t now[2],
                      uint64_t changed, struct saver *saver)
{
    for (uint64_t number = was[0]; number < now[0] && number < was[1]; number++)
        remove_row(part, number, saver);
    uint64_t number = now[0];
    for (const struct window_row *row = list->head; row; row = row->next, number++)
        if (number >= was[1] || row->changed > changed)
            save_row(windows, part, number, row, saver);
}

static void save_finals(struct window_saved *saved, const struct windows *windows,
                        struct saver *saver)
{
    const struct window_counters *counters = &windows->counters;
    const uint64_t was[2] = {saved->dropped, saved->finalised};
    const uint64_t now[2] = {counters->dropped, counters->finalised};
    if (was[1] != now[1])
        save_list(windows, STATE_FINAL_WINDOW, &windows->finals, was, now, UINT64_MAX, saver);
    saved->dropped = now[0];
    saved->finalised = now[1];
}

static void save_lates(struct window_saved *saved, const struct windows *windows,
                       struct saver *saver)
{
    const struct window_counters *counters = &windows->counters;
    const uint64_t was[2] = {saved->late_dropped, saved->late_made};
    const uint64_t now[2] = {counters->late_dropped, counters->late_dropped + windows->late.len};
    if (saved->late != counters->late)
        save_list(windows, STATE_LATE_WINDOW, &windows->late, was, now, saved->late, saver);
    saved->late_dropped = now[0];
    saved->late_made = now[1];
    saved->late = counters->late;
}

/* --- all --- */

static void save_counters(struct window_saved *saved, const struct windows *windows,
                          struct saver *saver)
{
    const struct window_counters *counters = &windows->counters;
    const uint64_t numbers[] = {
        counters->serial,     counters->late,      counters->revisions,      counters->finalised,
        counters->overflowed, counters->dropped,   counters->dropped_events, counters->late_dropped,
        counters->forgotten,  windows->guards_made};
    pack_i64(&saver->value, windows->watermark);
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        pack_u64(&saver->value, numbers[n]);
    saver_put(saver, STATE_WINDOW);
    saved->overflowed = counters->overflowed;
    saved->watermark = windows->watermark;
    saved->any = true;
}

void window_state_save(struct window_saved *saved, const struct windows *windows,
                       struct saver *saver)
{
    const struct window_counters *counters = &windows->counters;
    if (saved->any && saved->serial == counters->serial && saved->late == counters->late &&
        saved->overflowed == counters->overflowed && saved->watermark == windows->watermark)
        return;
    save_open(saved, windows, saver);
    save_finals(saved, windows, saver);
    save_lates(saved, windows, saver);
    if (windows->config.kind == WINDOW_SESSION)
        window_state_save_owners(saved, windows, saver);
    save_counters(saved, windows, saver);
    saved->serial = counters->serial;
}

/* --- back --- */

struct taking {
    struct window_saved *saved;
    struct windows *windows;
    const struct restoring *restoring;
    struct window_row *row; /* room for one */
};

/* The members that are saved; the row is otherwise empty. */
static bool unpack_row(const struct taking *taking, const void *value, size_t value_len)
{
    const struct windows *windows = taking->windows;
    struct window_row *row = taking->row;
    struct unpack unpack = unpack_of(value, value_len);
    memset(row, 0, windows->pool.stride_bytes);
    row->id.start = unpack_moment(&unpack);
    unpack_symbols(&unpack, row->id.key, windows->keys_len, taking->restoring->symbols_len);
    row->end = unpack_moment(&unpack);
    row->count = unpack_count(&unpack);
    row->changed = unpack_count(&unpack);
    row->revision = unpack_u32(&unpack);
    unpack_values(&unpack, row->value, windows->values_len);
    return unpack_done(&unpack);
}

static void fill(const struct windows *windows, struct window_row *row,
                 const struct window_row *from)
{
    row->end = from->end;
    row->count = from->count;
    row->changed = from->changed;
    row->revision = from->revision;
    memcpy(row->value, from->value, (size_t)windows->values_len * sizeof *row->value);
}

static bool take_counters(struct windows *windows, const void *value, size_t value_len)
{
    struct window_counters *counters = &windows->counters;
    uint64_t *numbers[] = {&counters->serial,         &counters->late,         &counters->revisions,
                           &counters->finalised,      &counters->overflowed,   &counters->dropped,
                           &counters->dropped_events, &counters->late_dropped, &counters->forgotten,
                           &windows->guards_made};
    struct unpack unpack = unpack_of(value, value_len);
    windows->watermark = unpack_time(&unpack);
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        *numbers[n] = unpack_count(&unpack);
    return unpack_done(&unpack) && counters->dropped <= counters->finalised;
}

static bool take_open(void *context, const void *key, size_t key_len, const void *value,
                      size_t value_len)
{
    const struct taking *taking = context;
    struct windows *windows = taking->windows;
    struct unpack number = unpack_of(key, key_len);
    if (key_len == 0)
        return take_counters(windows, value, value_len);
    uint64_t born = unkey_u64(&number);
    bool session = windows->config.kind == WINDOW_SESSION;
    if (!unpack_done(&number) || !unpack_row(taking, value, value_len) ||
        born > windows->counters.serial || taking->row->changed > windows->counters.serial ||
        (!session && window_index_find(&windows->open, &taking->row->id)))
        return false;
    struct window_row *row = window_open(windows, &taking->row->id, taking->row->end);
    if (!row)
        return false;
    fill(windows, row, taking->row);
    row->born = born;
    mark_open(taking->saved, row);
    if (session)
        return window_session_restore(windows, row);
    window_index_put(&windows->open, &row->id);
    return true;
}

/* The row behind the last of its list; NULL: not what was saved. */
static struct window_row *take_listed(const struct taking *taking, struct window_list *list,
                                      uint64_t next, size_t cap, const void *key, size_t key_len,
                                      const void *value, size_t value_len)
{
    struct unpack number = unpack_of(key, key_len);
    if (unkey_u64(&number) != next || !unpack_done(&number) || list->len >= cap ||
        !unpack_row(taking, value, value_len))
        return NULL;
    struct window_row *row = window_pool_take(&taking->windows->pool, &taking->row->id);
    fill(taking->windows, row, taking->row);
    row->state = WINDOW_FINAL;
    window_list_append(list, row);
    return row;
}

static bool take_final(void *context, const void *key, size_t key_len, const void *value,
                       size_t value_len)
{
    const struct taking *taking = context;
    struct windows *windows = taking->windows;
    return take_listed(taking, &windows->finals, windows->counters.dropped + windows->finals.len,
                       windows->config.final_cap, key, key_len, value, value_len) != NULL;
}

static bool take_late(void *context, const void *key, size_t key_len, const void *value,
                      size_t value_len)
{
    const struct taking *taking = context;
    struct windows *windows = taking->windows;
    struct window_row *row =
        take_listed(taking, &windows->late, windows->counters.late_dropped + windows->late.len,
                    windows->config.late_cap, key, key_len, value, value_len);
    if (!row || window_index_find(&windows->late_index, &row->id))
        return false;
    window_index_put(&windows->late_index, &row->id);
    return true;
}

static void mark_restored(struct window_saved *saved, const struct windows *windows)
{
    const struct window_counters *counters = &windows->counters;
    saved->serial = counters->serial;
    saved->finalised = counters->finalised;
    saved->dropped = counters->dropped;
    saved->late = counters->late;
    saved->overflowed = counters->overflowed;
    saved->late_dropped = counters->late_dropped;
    saved->late_made = counters->late_dropped + windows->late.len;
}

enum status window_state_restore(struct window_saved *saved, struct windows *windows,
                                 const struct restoring *restoring)
{
    struct taking taking = {saved, windows, restoring, mem_alloc(windows->pool.stride_bytes)};
    enum status status = STATUS_OK;
    if (windows->config.kind == WINDOW_SESSION)
        status = window_state_restore_owners(saved, windows, restoring);
    if (status == STATUS_OK)
        status = restoring_each(restoring, STATE_WINDOW, take_open, &taking);
    if (status == STATUS_OK)
        status = restoring_each(restoring, STATE_FINAL_WINDOW, take_final, &taking);
    if (status == STATUS_OK)
        status = restoring_each(restoring, STATE_LATE_WINDOW, take_late, &taking);
    if (status == STATUS_OK &&
        windows->counters.dropped + windows->finals.len != windows->counters.finalised)
        status = error_set(restoring->error, STATUS_DAMAGED, "final windows are missing");
    mark_restored(saved, windows);
    free(taking.row);
    return status;
}
