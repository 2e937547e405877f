/* The pictures of the windows: one row for their list, one for the late ones, one for each place of
 * the corrections; each written when it has changed. */
#include "core/state_parts.h"
#include "core/window_watch_parts.h"

enum { KEY_WINDOWS, KEY_LATE, KEY_CORRECTIONS };

static void pack_id(struct pack *value, const struct window_id *id)
{
    pack_i64(value, id->start);
    pack_symbols(value, id->key, EVENT_KEYS_MAX);
}

static void pack_windows(const struct window_watch *watch, struct pack *value)
{
    pack_i64(value, watch->watermark);
    pack_i64(value, watch->at);
    pack_u64(value, watch->corrected);
    pack_u64(value, (uint64_t)watch->windows_len);
    for (int w = 0; w < watch->windows_len; w++) {
        const struct watched *window = &watch->windows[w];
        pack_id(value, &window->id);
        pack_i64(value, window->end);
        pack_u64(value, window->count);
        pack_u64(value, window->late);
        pack_u64(value, window->corrections);
    }
}

static void pack_correction(const struct window_correction *correction, struct pack *value)
{
    pack_id(value, &correction->id);
    pack_i64(value, correction->end);
    pack_i64(value, correction->watermark);
    pack_i64(value, correction->at);
    pack_u64(value, correction->before);
    pack_u64(value, correction->after);
    pack_u32(value, correction->revision);
    pack_u8(value, correction->retracted);
}

void window_watch_state_save(struct window_watch_saved *saved, const struct window_watch *watch,
                             struct saver *saver)
{
    pack_windows(watch, &saver->value);
    saver_put_changed(saver, STATE_WATCH, KEY_WINDOWS, &saved->windows);
    pack_u64(&saver->value, (uint64_t)watch->late_len);
    for (int l = 0; l < watch->late_len; l++)
        pack_id(&saver->value, &watch->late[l]);
    saver_put_changed(saver, STATE_WATCH, KEY_LATE, &saved->late);
    for (uint32_t c = 0; c < SNAPSHOT_CORRECTIONS && c < watch->corrected; c++) {
        pack_correction(&watch->corrections[c], &saver->value);
        saver_put_changed(saver, STATE_WATCH, KEY_CORRECTIONS + c, &saved->corrections[c]);
    }
}

/* --- back --- */

struct taking {
    struct window_watch *watch;
    size_t symbols_len;
};

static struct window_id unpack_id(const struct taking *taking, struct unpack *unpack)
{
    struct window_id id = {.start = unpack_time(unpack)};
    unpack_symbols(unpack, id.key, EVENT_KEYS_MAX, taking->symbols_len);
    return id;
}

static void take_windows(const struct taking *taking, struct unpack *unpack)
{
    struct window_watch *watch = taking->watch;
    watch->watermark = unpack_time(unpack);
    watch->at = unpack_time(unpack);
    watch->corrected = unpack_count(unpack);
    watch->windows_len = (int)unpack_below(unpack, SNAPSHOT_WINDOWS + 1);
    for (int w = 0; w < watch->windows_len && !unpack->bad; w++) {
        struct watched *window = &watch->windows[w];
        window->id = unpack_id(taking, unpack);
        window->end = unpack_time(unpack);
        window->count = unpack_count(unpack);
        window->late = unpack_count(unpack);
        window->corrections = unpack_count(unpack);
        unpack->bad |= w > 0 && window->id.start < watch->windows[w - 1].id.start;
    }
}

static void take_late(const struct taking *taking, struct unpack *unpack)
{
    struct window_watch *watch = taking->watch;
    watch->late_len = (int)unpack_below(unpack, SNAPSHOT_LATE + 1);
    for (int l = 0; l < watch->late_len; l++)
        watch->late[l] = unpack_id(taking, unpack);
}

static void take_correction(const struct taking *taking, struct unpack *unpack,
                            struct window_correction *correction)
{
    correction->id = unpack_id(taking, unpack);
    correction->end = unpack_time(unpack);
    correction->watermark = unpack_time(unpack);
    correction->at = unpack_time(unpack);
    correction->before = unpack_count(unpack);
    correction->after = unpack_count(unpack);
    correction->revision = unpack_u32(unpack);
    correction->retracted = unpack_bool(unpack);
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    const struct taking *taking = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    uint32_t number = unkey_u32(&name);
    if (!unpack_done(&name) || number >= KEY_CORRECTIONS + SNAPSHOT_CORRECTIONS)
        return false;
    if (number == KEY_WINDOWS)
        take_windows(taking, &unpack);
    else if (number == KEY_LATE)
        take_late(taking, &unpack);
    else
        take_correction(taking, &unpack, &taking->watch->corrections[number - KEY_CORRECTIONS]);
    return unpack_done(&unpack);
}

enum status window_watch_state_restore(struct window_watch_saved *saved, struct window_watch *watch,
                                       const struct restoring *restoring)
{
    struct taking taking = {watch, restoring->symbols_len};
    (void)saved; /* a row more in the first epoch is no harm */
    return restoring_each(restoring, STATE_WATCH, take, &taking);
}
