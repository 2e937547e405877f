/*
 * Tickets that changed since, as one blob of an epoch: what a later blob says of a ticket counts.
 * So that blobs do not gather for ever, all tickets are written once more, a few with each epoch,
 * when those that are out of date outweigh the rest; then the blobs before go. What joined the
 * queue of closings is a blob of its own.
 */
#include "core/lifecycle_parts.h"
#include "core/state_parts.h"

#include <stdlib.h>

enum { TICKET = 32, CLOSING = 24 }; /* bytes */

void lifecycle_saved_fini(struct lifecycle_saved *saved)
{
    blob_list_fini(&saved->blobs);
}

void lifecycle_state_keep(struct lifecycle *lifecycle)
{
    lifecycle->kept = true;
}

/* Left out for one that is gone: `time` cannot be that. */
#define GONE UINT64_MAX

static void put_ticket(unsigned char *bytes, const struct ticket *ticket)
{
    const uint64_t words[TICKET / 8] = {htole64(ticket->id[0]), htole64(ticket->id[1]),
                                        htole64(ticket->stand), htole64(ticket->where)};
    memcpy(bytes, words, sizeof words);
}

static void pack_ticket(struct pack *pack, const struct ticket *ticket)
{
    put_ticket(pack_more(pack, TICKET), ticket);
}

static void pack_gone(struct pack *pack, const uint64_t id[2])
{
    const uint64_t words[TICKET / 8] = {htole64(id[0]), htole64(id[1]), GONE, 0};
    memcpy(pack_more(pack, sizeof words), words, sizeof words);
}

static bool is_ticket(const struct ticket *ticket)
{
    return (ticket->id[0] | ticket->id[1]) != 0;
}

static void pack_touched(const struct lifecycle *lifecycle, struct pack *pack)
{
    for (size_t i = 0; i < lifecycle->touched_len; i++) {
        const struct ticket *ticket = lifecycle_find(lifecycle, lifecycle->touched[i]);
        if (ticket)
            pack_ticket(pack, ticket);
        else
            pack_gone(pack, lifecycle->touched[i]);
    }
}

static void pack_whole(const struct lifecycle *lifecycle, struct pack *pack)
{
    unsigned char *bytes = pack_more(pack, lifecycle->len * TICKET);
    for (size_t at = 0; at < lifecycle->size; at++)
        if (is_ticket(&lifecycle->table[at])) {
            put_ticket(bytes, &lifecycle->table[at]);
            bytes += TICKET;
        }
}

/* From its end to its beginning, as tickets only ever move towards that; but for those that stand
 * at the beginning for want of room at the end: they are written first. */
static void sweep(struct blob_log *log, const struct lifecycle *lifecycle, struct pack *pack)
{
    bool begins;
    if (!blob_log_sweeps(log, lifecycle->len, lifecycle->size, &begins))
        return;
    for (size_t at = 0; begins && is_ticket(&lifecycle->table[at]); at++)
        pack_ticket(pack, &lifecycle->table[at]);
    size_t steps = 4 * lifecycle->touched_len;
    for (; log->left > 0 && steps > 0; log->left--, steps--)
        if (is_ticket(&lifecycle->table[log->left - 1]))
            pack_ticket(pack, &lifecycle->table[log->left - 1]);
}

static void save_tickets(struct blob_log *log, struct lifecycle *lifecycle, struct saver *saver)
{
    if (lifecycle->touched_len == 0)
        return;
    if (lifecycle->touched_many || blob_log_is_whole(lifecycle->touched_len, lifecycle->len)) {
        blob_log_whole(log, STATE_TICKET, 0, saver);
        pack_whole(lifecycle, &saver->value);
    } else {
        pack_touched(lifecycle, &saver->value);
        sweep(log, lifecycle, &saver->value);
    }
    blob_log_put(log, STATE_TICKET, 0, saver->value.len / TICKET, saver);
    lifecycle->touched_len = 0;
    lifecycle->touched_many = false;
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
        const uint64_t words[CLOSING / 8] = {htole64(closing->id[0]), htole64(closing->id[1]),
                                             htole64(closing->start)};
        memcpy(pack_more(&saver->value, sizeof words), words, sizeof words);
    }
    key_u64(&saver->key, blob.first);
    saver_put(saver, STATE_CLOSING);
    blob_list_add(&saved->blobs, &blob);
    size_t gone = 0;
    while (gone < saved->blobs.len && saved->blobs.entries[gone].last <= oldest) {
        key_u64(&saver->key, saved->blobs.entries[gone++].first);
        saver_remove(saver, STATE_CLOSING);
    }
    blob_list_forget(&saved->blobs, gone);
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
    save_tickets(&saved->tickets, lifecycle, saver);
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

static bool take_ticket(const struct taking *taking, struct unpack *unpack)
{
    uint64_t words[TICKET / 8];
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        words[w] = unpack_u64(unpack);
    if (words[2] == GONE) {
        lifecycle_restore_gone(taking->lifecycle, words);
        return words[3] == 0;
    }
    const struct ticket ticket = {.id = {words[0], words[1]}, .stand = words[2], .where = words[3]};
    return ticket_row(&ticket) < taking->restoring->tally_len &&
           lifecycle_restore(taking->lifecycle, &ticket);
}

static bool take_tickets(void *context, const void *key, size_t key_len, const void *value,
                         size_t value_len)
{
    const struct taking *taking = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    if (unpack_u8(&name) != 0 || value_len % TICKET != 0 ||
        !blob_log_take(&taking->saved->tickets, &name, value_len / TICKET))
        return false;
    while (unpack.left > 0)
        if (!take_ticket(taking, &unpack))
            return false;
    return true;
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
    enum status status = restoring_each(restoring, STATE_TICKET, take_tickets, &taking);
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
