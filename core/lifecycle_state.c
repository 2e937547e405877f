/* A row for each ticket that changed, and what joined the queue of closings as one blob. */
#include "core/lifecycle_parts.h"
#include "core/state_parts.h"

#include <stdlib.h>

enum { CLOSING = 24 }; /* bytes */

void lifecycle_saved_fini(struct lifecycle_saved *saved)
{
    blob_list_fini(&saved->blobs);
}

void lifecycle_state_keep(struct lifecycle *lifecycle)
{
    lifecycle->kept = true;
}

static void save_tickets(struct lifecycle *lifecycle, struct saver *saver)
{
    for (size_t i = 0; i < lifecycle->touched_len; i++) {
        const uint64_t *id = lifecycle->touched[i];
        const struct ticket *ticket = lifecycle_find(lifecycle, id);
        pack_u64(&saver->key, id[0]);
        pack_u64(&saver->key, id[1]);
        if (!ticket) {
            saver_remove(saver, STATE_TICKET);
            continue;
        }
        pack_u64(&saver->value, ticket->time);
        pack_u8(&saver->value, ticket->open);
        pack_u32(&saver->value, ticket->row);
        pack_u32(&saver->value, ticket->place);
        pack_u64(&saver->value, ticket->start);
        saver_put(saver, STATE_TICKET);
    }
    lifecycle->touched_len = 0;
}

static const struct closing *closing_at(const struct lifecycle *lifecycle, uint64_t number)
{
    uint64_t oldest = lifecycle->closings - lifecycle->queue_len;
    return &lifecycle->queue[(lifecycle->queue_head + (number - oldest)) % lifecycle->closed_room];
}

static void save_closings(struct lifecycle_saved *saved, const struct lifecycle *lifecycle,
                          struct saver *saver)
{
    uint64_t oldest = lifecycle->closings - lifecycle->queue_len;
    struct blob blob = {.first = saved->closings > oldest ? saved->closings : oldest,
                        .last = lifecycle->closings};
    for (uint64_t number = blob.first; number < blob.last; number++) {
        const struct closing *closing = closing_at(lifecycle, number);
        pack_u64(&saver->value, closing->id[0]);
        pack_u64(&saver->value, closing->id[1]);
        pack_u64(&saver->value, closing->start);
    }
    key_u64(&saver->key, blob.first);
    saver_put(saver, STATE_CLOSING);
    blob_list_add(&saved->blobs, &blob);
    size_t gone = 0;
    while (gone < saved->blobs.len && saved->blobs.entries[gone].last <= oldest) {
        key_u64(&saver->key, saved->blobs.entries[gone++].first);
        saver_remove(saver, STATE_CLOSING);
    }
    saved->blobs.len -= gone;
    memmove(saved->blobs.entries, saved->blobs.entries + gone,
            saved->blobs.len * sizeof *saved->blobs.entries);
}

static void save_head(struct lifecycle_saved *saved, const struct lifecycle *lifecycle,
                      struct saver *saver)
{
    saved->closings = lifecycle->closings;
    saved->degraded = lifecycle->degraded;
    saved->forgotten = lifecycle->forgotten;
    saved->any = true;
    pack_u64(&saver->value, lifecycle->closings);
    pack_u64(&saver->value, lifecycle->queue_len);
    pack_u64(&saver->value, lifecycle->degraded);
    pack_i64(&saver->value, lifecycle->forgotten);
    saver_put(saver, STATE_CLOSING);
}

void lifecycle_state_save(struct lifecycle_saved *saved, struct lifecycle *lifecycle,
                          struct saver *saver)
{
    save_tickets(lifecycle, saver);
    if (saved->any && saved->closings == lifecycle->closings &&
        saved->degraded == lifecycle->degraded && saved->forgotten == lifecycle->forgotten)
        return;
    if (lifecycle->queue && saved->closings < lifecycle->closings)
        save_closings(saved, lifecycle, saver);
    save_head(saved, lifecycle, saver);
}

struct taking {
    struct lifecycle *lifecycle;
    struct lifecycle_saved *saved;
    const struct restoring *restoring;
    uint64_t oldest;
};

static bool take_ticket(void *context, const void *key, size_t key_len, const void *value,
                        size_t value_len)
{
    const struct taking *taking = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    struct ticket ticket = {.id = {unpack_u64(&name), 0}};
    ticket.id[1] = unpack_u64(&name);
    ticket.time = unpack_below(&unpack, UINT64_C(1) << 43) & ((UINT64_C(1) << 43) - 1);
    ticket.open = unpack_bool(&unpack);
    uint32_t row = unpack_u32(&unpack), place = unpack_u32(&unpack);
    ticket.row = row & 0xFFFFF;
    ticket.place = place & 0xFFFFF;
    ticket.start = unpack_below(&unpack, UINT64_C(1) << 44) & ((UINT64_C(1) << 44) - 1);
    return unpack_done(&name) && unpack_done(&unpack) && row < taking->restoring->tally_len &&
           ticket.row == row && ticket.place == place &&
           lifecycle_restore(taking->lifecycle, &ticket);
}

static bool take_head(struct taking *taking, const void *value, size_t value_len)
{
    struct lifecycle *lifecycle = taking->lifecycle;
    struct unpack unpack = unpack_of(value, value_len);
    lifecycle->closings = unpack_count(&unpack);
    uint64_t queue_len = unpack_count(&unpack);
    lifecycle->degraded = unpack_count(&unpack);
    lifecycle->forgotten = unpack_time(&unpack);
    if (!unpack_done(&unpack) || queue_len > lifecycle->closings)
        return false;
    taking->oldest = lifecycle->closings - queue_len;
    return true;
}

static bool take_one(struct taking *taking, uint64_t number, struct unpack *unpack)
{
    struct lifecycle *lifecycle = taking->lifecycle;
    struct closing closing = {.id = {unpack_u64(unpack), 0}};
    closing.id[1] = unpack_u64(unpack);
    closing.start = unpack_u64(unpack);
    if (number < taking->oldest)
        return true;
    if (number != taking->oldest + lifecycle->queue_len || number >= lifecycle->closings ||
        lifecycle->queue_len >= lifecycle->closed_room)
        return false;
    lifecycle->queue[lifecycle->queue_len++] = closing;
    return true;
}

static bool take_closings(void *context, const void *key, size_t key_len, const void *value,
                          size_t value_len)
{
    struct taking *taking = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    if (key_len == 0)
        return take_head(taking, value, value_len);
    struct blob blob = {.first = unkey_u64(&name)};
    blob.last = blob.first;
    if (!unpack_done(&name) || value_len % CLOSING != 0 || !taking->lifecycle->queue)
        return false;
    while (unpack.left > 0)
        if (!take_one(taking, blob.last++, &unpack))
            return false;
    blob_list_add(&taking->saved->blobs, &blob);
    return true;
}

enum status lifecycle_state_restore(struct lifecycle_saved *saved, struct lifecycle *lifecycle,
                                    const struct restoring *restoring)
{
    struct taking taking = {lifecycle, saved, restoring, 0};
    enum status status = restoring_each(restoring, STATE_TICKET, take_ticket, &taking);
    if (status == STATUS_OK)
        status = restoring_each(restoring, STATE_CLOSING, take_closings, &taking);
    if (status == STATUS_OK && lifecycle->queue &&
        taking.oldest + lifecycle->queue_len != lifecycle->closings)
        status = error_set(restoring->error, STATUS_DAMAGED, "closed tickets are missing");
    saved->closings = lifecycle->closings;
    saved->degraded = lifecycle->degraded;
    saved->forgotten = lifecycle->forgotten;
    return status;
}
