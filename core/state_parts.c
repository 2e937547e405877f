/* Rows written, and what several parts have in common. */
#include "core/state_parts.h"

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
