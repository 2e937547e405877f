/* What each key of sessions knows besides its open rows: how far its final ones reach. */
#include "core/state_parts.h"
#include "core/window_parts.h"

#include <stdlib.h>

static void save_owner(const struct windows *windows, const struct session_owner *owner,
                       struct saver *saver)
{
    struct pack *value = &saver->value;
    pack_i64(value, owner->barrier);
    pack_i64(value, owner->final_start);
    pack_i64(value, owner->forget_at);
    pack_u8(value, owner->has_final);
    pack_u8(value, owner->queued);
    pack_u64(value, owner->guard);
    pack_symbols(&saver->key, owner->id.key, windows->keys_len);
    saver_put(saver, STATE_SESSION);
}

static void note_owner(struct window_saved *saved, const struct session_owner *owner)
{
    if (saved->owners_len == saved->owners_room) {
        saved->owners_room = saved->owners_room ? saved->owners_room * 2 : 64;
        saved->owners = mem_resize(saved->owners, saved->owners_room * sizeof *saved->owners);
    }
    saved->owners[saved->owners_len++] = owner->id;
}

void window_state_save_owners(struct window_saved *saved, const struct windows *windows,
                              struct saver *saver)
{
    for (size_t i = 0; i < saved->owners_len; i++)
        if (!window_index_find(&windows->open, &saved->owners[i])) {
            pack_symbols(&saver->key, saved->owners[i].key, windows->keys_len);
            saver_remove(saver, STATE_SESSION);
        }
    saved->owners_len = 0;
    for (size_t i = 0; i < windows->open.size; i++) {
        const struct session_owner *owner = (const struct session_owner *)windows->open.slots[i];
        if (!owner)
            continue;
        note_owner(saved, owner);
        if (owner->changed > saved->serial || !saved->any)
            save_owner(windows, owner, saver);
    }
}

struct taking {
    struct window_saved *saved;
    struct windows *windows;
    const struct restoring *restoring;
    struct session_owner **queued;
    size_t queued_len, queued_room;
};

static void note_queued(struct taking *taking, struct session_owner *owner)
{
    if (taking->queued_len == taking->queued_room) {
        taking->queued_room = taking->queued_room ? taking->queued_room * 2 : 64;
        taking->queued =
            mem_resize(taking->queued, taking->queued_room * sizeof(struct session_owner *));
    }
    taking->queued[taking->queued_len++] = owner;
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct taking *taking = context;
    struct windows *windows = taking->windows;
    struct session_owner saved = {.len = 0};
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    unpack_symbols(&name, saved.id.key, windows->keys_len, taking->restoring->symbols_len);
    saved.barrier = unpack_time(&unpack);
    saved.final_start = unpack_time(&unpack);
    saved.forget_at = unpack_time(&unpack);
    saved.has_final = unpack_bool(&unpack);
    bool queued = unpack_bool(&unpack);
    saved.guard = unpack_count(&unpack);
    if (!unpack_done(&name) || !unpack_done(&unpack))
        return false;
    struct session_owner *owner = window_session_restore_owner(windows, &saved);
    if (owner && queued)
        note_queued(taking, owner);
    if (owner)
        note_owner(taking->saved, owner);
    return owner != NULL;
}

static int compare_guards(const void *left, const void *right)
{
    const struct session_owner *a = *(struct session_owner *const *)left;
    const struct session_owner *b = *(struct session_owner *const *)right;
    return (a->guard > b->guard) - (a->guard < b->guard);
}

enum status window_state_restore_owners(struct window_saved *saved, struct windows *windows,
                                        const struct restoring *restoring)
{
    struct taking taking = {.saved = saved, .windows = windows, .restoring = restoring};
    enum status status = restoring_each(restoring, STATE_SESSION, take, &taking);
    if (taking.queued_len > 0)
        qsort(taking.queued, taking.queued_len, sizeof *taking.queued, compare_guards);
    for (size_t i = 0; i < taking.queued_len; i++)
        window_session_restore_guard(windows, taking.queued[i]);
    free(taking.queued);
    return status;
}
