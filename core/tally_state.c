/* A row of the state for each row that changed, by its index, and one for what belongs to all. */
#include "core/distinct_parts.h"
#include "core/state_parts.h"
#include "core/tally_parts.h"

#include <stdlib.h>

#define ALL UINT32_MAX /* in place of an index */

/* Each restoring walks a whole part: the many small ones stand apart from the large. */
static enum state_part part_of(uint32_t tag)
{
    return tag < TALLY_TAG_RARE   ? STATE_TOTAL
           : tag < TALLY_TAG_PAST ? STATE_RARE_TOTAL
                                  : STATE_PAST_TOTAL;
}

void tally_saved_fini(struct tally_saved *saved)
{
    free(saved->rows);
}

static void make_key(struct pack *key, uint32_t tag, uint32_t index)
{
    key_u32(key, tag);
    key_u32(key, index);
}

static void save_row(const struct tally *tally, uint32_t tag, size_t index, struct saver *saver)
{
    const struct tally_row *row = &tally->rows[index];
    struct pack *value = &saver->value;
    pack_symbols(value, row->key, tally->definition->group_by_len);
    pack_u64(value, row->count);
    pack_i64(value, row->open);
    pack_values(value, row->value, tally->definition->value_fields_len);
    for (int d = 0; d < tally->definition->distinct_fields_len; d++)
        pack_u64(value, row->distinct[d]);
    make_key(&saver->key, tag, (uint32_t)index);
    saver_put(saver, part_of(tag));
}

static void make_room(struct tally_saved *saved, size_t len)
{
    if (len <= saved->room)
        return;
    saved->room = len * 2;
    saved->rows = mem_resize(saved->rows, saved->room * sizeof *saved->rows);
}

static struct tally_mark mark_of(const struct tally_row *row)
{
    return (struct tally_mark){.count = row->count, .open = row->open};
}

void tally_state_save(struct tally_saved *saved, struct tally *tally, uint32_t tag,
                      struct saver *saver)
{
    uint64_t refused = tally_distinct_refused(tally);
    make_room(saved, tally->len);
    for (size_t i = 0; i < tally->len; i++) {
        struct tally_mark now = mark_of(&tally->rows[i]);
        if (i < saved->len && now.count == saved->rows[i].count && now.open == saved->rows[i].open)
            continue;
        saved->rows[i] = now;
        save_row(tally, tag, i, saver);
    }
    saved->len = tally->len;
    if (tally->distinct)
        distinct_state_save(&saved->distinct, tally->distinct, tag, saver);
    if (saved->overflowed == tally->overflowed && saved->refused == refused)
        return;
    saved->overflowed = tally->overflowed;
    saved->refused = refused;
    pack_u64(&saver->value, tally->overflowed);
    pack_u64(&saver->value, refused);
    make_key(&saver->key, tag, ALL);
    saver_put(saver, part_of(tag));
}

void tally_state_forget(struct tally_saved *saved, uint32_t tag, struct saver *saver)
{
    for (size_t i = 0; i < saved->len; i++) {
        make_key(&saver->key, tag, (uint32_t)i);
        saver_remove(saver, part_of(tag));
    }
    make_key(&saver->key, tag, ALL);
    saver_remove(saver, part_of(tag));
    distinct_state_forget(&saved->distinct, tag, saver);
    saved->len = 0;
    saved->overflowed = saved->refused = 0;
}

struct taking {
    const struct tally_place *places;
    size_t len;
    uint32_t first;
    const struct restoring *restoring;
};

static bool take_row(const struct restoring *restoring, struct tally *tally, uint32_t index,
                     struct unpack *unpack)
{
    const struct definition *definition = tally->definition;
    struct tally_row row = {.count = 0};
    unpack_symbols(unpack, row.key, definition->group_by_len, restoring->symbols_len);
    row.count = unpack_count(unpack);
    row.open = unpack_signed(unpack);
    unpack_values(unpack, row.value, definition->value_fields_len);
    for (int d = 0; d < definition->distinct_fields_len; d++)
        row.distinct[d] = unpack_count(unpack);
    return unpack_done(unpack) && index == tally->len && index <= tally->cap &&
           tally_restore_row(tally, &row);
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    const struct taking *taking = context;
    struct unpack unpack = unpack_of(value, value_len), name = unpack_of(key, key_len);
    uint32_t tag = unkey_u32(&name), index = unkey_u32(&name);
    if (!unpack_done(&name))
        return false;
    if (tag < taking->first || tag - taking->first >= taking->len)
        return true;
    const struct tally_place *place = &taking->places[tag - taking->first];
    if (!place->tally)
        return false;
    if (index != ALL)
        return take_row(taking->restoring, place->tally, index, &unpack);
    place->saved->overflowed = unpack_count(&unpack);
    place->saved->refused = unpack_count(&unpack);
    return unpack_done(&unpack);
}

/* What no row tells by itself. */
static enum status settle(const struct tally_place *place, uint32_t tag,
                          const struct restoring *restoring)
{
    struct tally_saved *saved = place->saved;
    struct tally *tally = place->tally;
    enum status status = STATUS_OK;
    if (tally->distinct && tag < TALLY_TAG_RARE) /* behind it nothing is remembered */
        status =
            distinct_state_restore(&saved->distinct, tally->distinct, tag, tally->len, restoring);
    tally->overflowed = saved->overflowed;
    if (tally->distinct)
        tally->distinct->refused = saved->refused;
    make_room(saved, tally->len);
    for (size_t i = 0; i < tally->len; i++)
        saved->rows[i] = mark_of(&tally->rows[i]);
    saved->len = tally->len;
    return status;
}

enum status tally_state_restore_all(const struct tally_place *places, size_t len, uint32_t first,
                                    const struct restoring *restoring)
{
    struct taking taking = {places, len, first, restoring};
    enum status status = restoring_each(restoring, part_of(first), take, &taking);
    for (uint32_t p = 0; p < len && status == STATUS_OK; p++)
        if (places[p].tally)
            status = settle(&places[p], first + p, restoring);
    return status;
}

enum status tally_state_restore(struct tally_saved *saved, struct tally *tally, uint32_t tag,
                                const struct restoring *restoring)
{
    const struct tally_place place = {saved, tally};
    return tally_state_restore_all(&place, 1, tag, restoring);
}
