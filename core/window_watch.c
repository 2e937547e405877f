/* Three short sorted lists; nearly every event is of the window that the last one was of. */
#include "core/window_watch_parts.h"

#include "core/table.h"

#include <stdlib.h>
#include <string.h>

struct window_watch *window_watch_new(const struct window_config *config)
{
    struct window_watch *watch = mem_zero(1, sizeof *watch);
    watch->config = *config;
    watch->slide_ms = config->kind == WINDOW_HOPPING ? config->slide_ms : config->size_ms;
    watch->watermark = INT64_MIN;
    return watch;
}

void window_watch_free(struct window_watch *watch)
{
    free(watch);
}

static bool is_session(const struct window_watch *watch)
{
    return watch->config.kind == WINDOW_SESSION;
}

static bool same_id(const struct window_id *a, const struct window_id *b)
{
    return a->start == b->start && memcmp(a->key, b->key, sizeof a->key) == 0;
}

/* The key is left out where all groups are one. */
static struct window_id id_of(const struct window_watch *watch, const struct window_row *row)
{
    struct window_id id = {.start = row->id.start};
    if (is_session(watch))
        memcpy(id.key, row->id.key, sizeof id.key);
    return id;
}

static struct watched *find(struct window_watch *watch, const struct window_id *id)
{
    if (watch->last < watch->windows_len && same_id(&watch->windows[watch->last].id, id))
        return &watch->windows[watch->last];
    for (int w = watch->windows_len - 1; w >= 0 && watch->windows[w].id.start >= id->start; w--)
        if (same_id(&watch->windows[w].id, id)) {
            watch->last = w;
            return &watch->windows[w];
        }
    return NULL;
}

static void erase(struct window_watch *watch, int at)
{
    watch->windows_len--;
    memmove(&watch->windows[at], &watch->windows[at + 1],
            (size_t)(watch->windows_len - at) * sizeof *watch->windows);
}

/* NULL: it is older than all of those that are kept. */
static struct watched *find_or_add(struct window_watch *watch, const struct window_id *id,
                                   epoch_ms end)
{
    struct watched *window = find(watch, id);
    if (window)
        return window;
    if (watch->windows_len == SNAPSHOT_WINDOWS) {
        if (watch->windows[0].id.start >= id->start)
            return NULL;
        erase(watch, 0);
    }
    int at = watch->windows_len++;
    for (; at > 0 && watch->windows[at - 1].id.start > id->start; at--)
        watch->windows[at] = watch->windows[at - 1];
    watch->windows[at] = (struct watched){.id = *id, .end = end};
    watch->last = at;
    return &watch->windows[at];
}

static epoch_ms final_at(const struct window_watch *watch, epoch_ms end)
{
    int64_t lateness = watch->config.lateness_ms;
    return end > INT64_MAX - lateness ? INT64_MAX : end + lateness;
}

static inline void add(const struct window_watch *watch, struct watched *window, epoch_ms watermark)
{
    if (watermark >= final_at(watch, window->end))
        window->late++;
    else
        window->count++;
}

static __attribute__((noinline)) void add_any(struct window_watch *watch, epoch_ms time,
                                              epoch_ms watermark)
{
    int64_t size = watch->config.size_ms, slide = watch->slide_ms;
    epoch_ms primary, until;
    window_primary(&watch->config, time, &primary, &until);
    bool hopping = watch->config.kind == WINDOW_HOPPING;
    int64_t hops = hopping ? (size - 1 - (time - primary)) / slide + 1 : 1;
    for (int64_t h = 0; h < hops && h < SNAPSHOT_WINDOWS; h++) {
        struct window_id id = {.start = primary - h * slide};
        struct watched *window = find_or_add(watch, &id, hopping ? id.start + size : until);
        if (!window)
            break;
        add(watch, window, watermark);
    }
}

void window_watch_event(struct window_watch *watch, epoch_ms time, epoch_ms watermark, epoch_ms at)
{
    watch->at = at;
    if (watermark > watch->watermark)
        watch->watermark = watermark;
    if (is_session(watch))
        return;
    struct watched *last = &watch->windows[watch->last];
    bool same = watch->config.kind == WINDOW_TUMBLING && watch->last < watch->windows_len &&
                time >= last->id.start && time < last->end;
    if (same)
        add(watch, last, watermark);
    else
        add_any(watch, time, watermark);
}

static void note_correction(struct window_watch *watch, const struct window_change *change)
{
    const struct window_row *row = change->after ? change->after : change->before;
    watch->corrections[watch->corrected++ % SNAPSHOT_CORRECTIONS] =
        (struct window_correction){.id = row->id,
                                   .end = row->end,
                                   .watermark = watch->watermark,
                                   .at = watch->at,
                                   .before = change->before ? change->before->count : 0,
                                   .after = change->after ? change->after->count : 0,
                                   .revision = row->revision,
                                   .retracted = change->kind == WINDOW_RETRACTED};
}

static void change_session(struct window_watch *watch, const struct window_change *change)
{
    const struct window_row *row = change->after ? change->after : change->before;
    struct window_id id = id_of(watch, row);
    if (change->kind == WINDOW_RETRACTED) {
        struct watched *gone = find(watch, &id);
        if (gone)
            erase(watch, (int)(gone - watch->windows));
        return;
    }
    struct watched *window = find_or_add(watch, &id, row->end);
    if (!window)
        return;
    window->end = row->end;
    window->count = row->count;
    window->corrections = row->revision;
}

void window_watch_change(void *context, const struct window_change *change)
{
    struct window_watch *watch = context;
    if (change->kind == WINDOW_CORRECTION || change->kind == WINDOW_RETRACTED)
        note_correction(watch, change);
    if (is_session(watch)) {
        change_session(watch, change);
    } else if (change->kind == WINDOW_CORRECTION) {
        struct window_id id = id_of(watch, change->after);
        struct watched *window = find(watch, &id);
        if (window)
            window->corrections++;
    }
}

void window_watch_late(void *context, const struct window_row *late)
{
    struct window_watch *watch = context;
    if (is_session(watch)) {
        struct watched *session = find(watch, &late->id);
        if (session)
            session->late++;
    }
    int at = 0;
    while (at < watch->late_len && watch->late[at].start > late->id.start)
        at++;
    for (int l = at; l < watch->late_len && watch->late[l].start == late->id.start; l++)
        if (same_id(&watch->late[l], &late->id))
            return;
    if (at == SNAPSHOT_LATE)
        return;
    if (watch->late_len < SNAPSHOT_LATE)
        watch->late_len++;
    memmove(&watch->late[at + 1], &watch->late[at],
            (size_t)(watch->late_len - 1 - at) * sizeof *watch->late);
    watch->late[at] = late->id;
}

static void fill_windows(const struct window_watch *watch, epoch_ms watermark,
                         struct snapshot_windows *out)
{
    out->windows_len = watch->windows_len;
    for (int w = 0; w < watch->windows_len; w++) {
        const struct watched *window = &watch->windows[w];
        out->windows[w] = (struct snapshot_window){
            .start = window->id.start,
            .end = window->end,
            .count = window->count,
            .late = window->late,
            .corrections = window->corrections,
            .state = watermark < window->end                    ? WINDOW_PROVISIONAL
                     : watermark < final_at(watch, window->end) ? WINDOW_SETTLING
                                                                : WINDOW_FINAL};
    }
}

static void fill_corrections(const struct window_watch *watch, struct snapshot_windows *out)
{
    while (out->corrections_len < SNAPSHOT_CORRECTIONS &&
           (uint64_t)out->corrections_len < watch->corrected) {
        const struct window_correction *from =
            &watch->corrections[(watch->corrected - 1 - (uint64_t)out->corrections_len) %
                                SNAPSHOT_CORRECTIONS];
        struct snapshot_correction *into = &out->corrections[out->corrections_len++];
        *into = (struct snapshot_correction){.start = from->id.start,
                                             .end = from->end,
                                             .before = from->before,
                                             .after = from->after,
                                             .revision = from->revision,
                                             .retracted = from->retracted,
                                             .watermark = from->watermark,
                                             .at = from->at};
        table_label(into->label, from->id.key, watch->config.definition, watch->config.symbols);
    }
}

static void fill_late(const struct window_watch *watch, const struct windows *windows,
                      struct snapshot_windows *out)
{
    for (int l = 0; l < watch->late_len; l++) {
        const struct window_row *row = windows_late(windows, &watch->late[l]);
        if (!row)
            continue;
        struct snapshot_late *into = &out->late[out->late_len++];
        *into =
            (struct snapshot_late){.start = row->id.start, .end = row->end, .count = row->count};
        table_label(into->label, row->id.key, watch->config.definition, watch->config.symbols);
    }
}

void window_watch_fill(const struct window_watch *watch, const struct windows *windows,
                       epoch_ms watermark, struct snapshot_windows *out)
{
    const struct window_config *config = &watch->config;
    memset(out, 0, sizeof *out);
    out->kind = config->kind;
    out->size_ms = config->size_ms;
    out->slide_ms = watch->slide_ms;
    out->gap_ms = config->gap_ms;
    out->counters = windows_counters(windows);
    fill_windows(watch, watermark, out);
    fill_corrections(watch, out);
    fill_late(watch, windows, out);
}
