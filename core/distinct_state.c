/* What was added since, as one blob, numbered. */
#include "core/distinct_parts.h"
#include "core/state_parts.h"

enum { ENTRY = 16 }; /* bytes */

static void make_key(struct pack *key, uint32_t tag, uint64_t number)
{
    key_u32(key, tag);
    key_u64(key, number);
}

void distinct_state_save(struct distinct_saved *saved, struct distinct *distinct, uint32_t tag,
                         struct saver *saver)
{
    if (distinct->fresh_len == 0)
        return;
    for (size_t i = 0; i < distinct->fresh_len; i++) {
        pack_u64(&saver->value, distinct->fresh[i].hash);
        pack_u32(&saver->value, distinct->fresh[i].group);
        pack_u32(&saver->value, distinct->fresh[i].operand);
    }
    distinct->fresh_len = 0;
    make_key(&saver->key, tag, saved->blobs++);
    saver_put(saver, STATE_DISTINCT);
}

void distinct_state_forget(struct distinct_saved *saved, uint32_t tag, struct saver *saver)
{
    while (saved->blobs > 0) {
        make_key(&saver->key, tag, --saved->blobs);
        saver_remove(saver, STATE_DISTINCT);
    }
}

struct taking {
    struct distinct *distinct;
    struct distinct_saved *saved;
    uint32_t tag;
    size_t groups;
};

static bool take_entry(const struct taking *taking, struct unpack *unpack)
{
    uint64_t hash = unpack_u64(unpack);
    uint32_t group = unpack_u32(unpack), operand = unpack_u32(unpack);
    return !unpack->bad && hash != 0 && group < taking->groups && operand < EVENT_DISTINCTS_MAX &&
           distinct_add(taking->distinct, group, operand, hash);
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct taking *taking = context;
    struct unpack unpack = unpack_of(value, value_len), name = unpack_of(key, key_len);
    uint32_t tag = unkey_u32(&name);
    uint64_t number = unkey_u64(&name);
    if (!unpack_done(&name) || value_len % ENTRY != 0)
        return false;
    if (tag != taking->tag)
        return true;
    if (number != taking->saved->blobs++)
        return false;
    while (unpack.left > 0)
        if (!take_entry(taking, &unpack))
            return false;
    return true;
}

enum status distinct_state_restore(struct distinct_saved *saved, struct distinct *distinct,
                                   uint32_t tag, size_t groups, const struct restoring *restoring)
{
    struct taking taking = {distinct, saved, tag, groups};
    enum status status = restoring_each(restoring, STATE_DISTINCT, take, &taking);
    distinct->fresh_len = 0;
    return status;
}
