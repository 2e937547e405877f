/* W in a row of its own, and a row for each source: its greatest time, whether it is idle (S-23),
 * and the far events that wait (S-61). */
#include "core/state_parts.h"
#include "core/watermark_parts.h"

#include <stdlib.h>

void watermark_saved_fini(struct watermark_saved *saved)
{
    free(saved->sums);
}

static void save_source(struct watermark_saved *saved, const struct source *source, uint32_t index,
                        struct saver *saver)
{
    struct pack *value = &saver->value;
    pack_i64(value, source->greatest);
    pack_u8(value, source->expected);
    pack_u8(value, source->idle);
    for (int i = 0; i < source->far_len; i++)
        pack_i64(value, source->far[i]);
    saver_put_changed(saver, STATE_WATERMARK, index, &saved->sums[index]);
}

static void make_room(struct watermark_saved *saved, size_t len)
{
    if (len <= saved->len)
        return;
    saved->sums = mem_resize(saved->sums, len * sizeof *saved->sums);
    memset(saved->sums + saved->len, 0, (len - saved->len) * sizeof *saved->sums);
    saved->len = len;
}

void watermark_state_save(struct watermark_saved *saved, const struct watermark *watermark,
                          struct saver *saver)
{
    make_room(saved, watermark->room);
    for (size_t s = 0; s < watermark->room; s++)
        if (watermark->sources[s].expected)
            save_source(saved, &watermark->sources[s], (uint32_t)s, saver);
    if (saved->any && saved->now == watermark->now)
        return;
    saved->any = true;
    saved->now = watermark->now;
    pack_i64(&saver->value, watermark->now);
    saver_put(saver, STATE_WATERMARK);
}

enum { SOURCES_MAX = 1 << 20 }; /* what can be told without taking all memory */

/* Of a source without an event there is none. */
static epoch_ms unpack_greatest(struct unpack *unpack)
{
    struct unpack same = *unpack;
    if (unpack_i64(&same) != WATERMARK_NONE)
        return unpack_moment(unpack);
    *unpack = same;
    return WATERMARK_NONE;
}

static bool take_source(struct watermark *watermark, uint32_t index, struct unpack *unpack)
{
    struct source source = {.greatest = unpack_greatest(unpack),
                            .expected = unpack_bool(unpack),
                            .idle = unpack_bool(unpack)};
    size_t far_len = unpack->left / sizeof(int64_t);
    if (unpack->bad || unpack->left % sizeof(int64_t) != 0 || far_len > WATERMARK_FAR_MAX ||
        index >= SOURCES_MAX || !source.expected)
        return false;
    if (far_len > 0)
        source.far = mem_alloc(WATERMARK_FAR_MAX * sizeof *source.far);
    for (size_t i = 0; i < far_len; i++)
        source.far[source.far_len++] = unpack_moment(unpack);
    watermark_restore_source(watermark, index, &source);
    return unpack_done(unpack);
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct watermark *watermark = context;
    struct unpack unpack = unpack_of(value, value_len), number = unpack_of(key, key_len);
    if (key_len == 0) {
        watermark->now = unpack_time(&unpack);
        return unpack_done(&unpack);
    }
    uint32_t index = unkey_u32(&number);
    return unpack_done(&number) && take_source(watermark, index, &unpack);
}

/* What was written is not known by its sum: each source is written once more. */
enum status watermark_state_restore(struct watermark_saved *saved, struct watermark *watermark,
                                    const struct restoring *restoring)
{
    enum status status = restoring_each(restoring, STATE_WATERMARK, take, watermark);
    make_room(saved, watermark->room);
    return status;
}
