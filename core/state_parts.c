/* Rows written, and what several parts have in common. */
#include "core/state_parts.h"

#include "core/siphash.h"

#include <stdlib.h>

static void begin_anew(struct saver *saver)
{
    saver->key.len = saver->value.len = 0;
}

void saver_put(struct saver *saver, enum state_part part)
{
    delta_put(saver->delta, part, saver->key.bytes, saver->key.len, saver->value.bytes,
              saver->value.len);
    begin_anew(saver);
}

void saver_remove(struct saver *saver, enum state_part part)
{
    delta_remove(saver->delta, part, saver->key.bytes, saver->key.len);
    begin_anew(saver);
}

void saver_put_changed(struct saver *saver, enum state_part part, uint32_t number, uint64_t *sum)
{
    const struct hash_key none = {{0, 0}};
    uint64_t now = siphash64(none, saver->value.bytes, saver->value.len) | 1;
    if (now == *sum) {
        begin_anew(saver);
        return;
    }
    *sum = now;
    key_u32(&saver->key, number);
    saver_put(saver, part);
}

enum status restoring_each(const struct restoring *restoring, enum state_part part,
                           state_take *take, void *context)
{
    const struct state_rows *rows = restoring->rows;
    return rows->each(rows->rows, part, take, context, restoring->error);
}

void blob_list_fini(struct blob_list *list)
{
    free(list->entries);
    *list = (struct blob_list){0};
}

void blob_list_add(struct blob_list *list, const struct blob *blob)
{
    if (list->len == list->room) {
        list->room = list->room ? list->room * 2 : 64;
        list->entries = mem_resize(list->entries, list->room * sizeof *list->entries);
    }
    list->entries[list->len++] = *blob;
}

void blob_list_forget(struct blob_list *list, size_t gone)
{
    list->len -= gone;
    if (gone > 0)
        memmove(list->entries, list->entries + gone, list->len * sizeof *list->entries);
}

/* --- blobs of what changes --- */

enum { ENTRIES_FEW = 4096 };

static void blob_key(struct pack *key, uint8_t tag, uint64_t number)
{
    pack_u8(key, tag);
    key_u64(key, number);
}

static void forget_blobs(struct blob_log *log, enum state_part part, uint8_t tag, uint64_t end,
                         struct saver *saver)
{
    struct pack key = {.len = 0};
    for (; log->first < end; log->first++) {
        blob_key(&key, tag, log->first);
        delta_remove(saver->delta, part, key.bytes, key.len);
        key.len = 0;
    }
    free(key.bytes);
}

bool blob_log_is_whole(size_t touched, size_t len)
{
    return touched * 2 >= len;
}

void blob_log_whole(struct blob_log *log, enum state_part part, uint8_t tag, struct saver *saver)
{
    forget_blobs(log, part, tag, log->next, saver);
    log->entries = log->sweep = 0;
    log->left = 0;
}

bool blob_log_sweeps(struct blob_log *log, size_t len, size_t places, bool *begins)
{
    bool full = log->left == 0 && log->entries > 2 * len + ENTRIES_FEW;
    bool grown = log->left > 0 && log->places != places;
    *begins = full || grown;
    if (*begins) {
        log->sweep = log->next; /* never the first blob of all: there would be nothing to sweep */
        log->swept = 0;
        log->left = log->places = places;
    }
    return log->left > 0;
}

void blob_log_put(struct blob_log *log, enum state_part part, uint8_t tag, uint64_t entries,
                  struct saver *saver)
{
    bool swept = log->sweep > 0 && log->left == 0;
    blob_key(&saver->key, tag, log->next++);
    saver_put(saver, part);
    log->entries += entries;
    log->swept += entries;
    if (!swept)
        return;
    forget_blobs(log, part, tag, log->sweep, saver);
    log->entries = log->swept;
    log->sweep = 0;
}

bool blob_log_take(struct blob_log *log, struct unpack *name, uint64_t entries)
{
    uint64_t number = unkey_u64(name);
    if (!unpack_done(name) || number == UINT64_MAX)
        return false;
    if (log->next == 0)
        log->first = number;
    log->next = number + 1;
    log->entries += entries;
    return true;
}

void pack_values(struct pack *pack, const struct accumulator *values, int len)
{
    for (int v = 0; v < len; v++) {
        pack_wide(pack, values[v].sum);
        pack_i64(pack, values[v].min);
        pack_i64(pack, values[v].max);
        pack_u64(pack, values[v].count);
    }
}

void unpack_values(struct unpack *unpack, struct accumulator *values, int len)
{
    for (int v = 0; v < len; v++) {
        values[v].sum = unpack_wide(unpack);
        values[v].min = unpack_i64(unpack);
        values[v].max = unpack_i64(unpack);
        values[v].count = unpack_count(unpack);
    }
}
