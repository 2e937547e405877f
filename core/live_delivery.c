/*
 * The three delivery modes (S-80) differ in one thing: when positions become durable.
 *
 *     effectively once   with the memory, in its transaction
 *     at least once      half an epoch after the memory: a crash between counts records again
 *     at most once       before a block is counted, by a commit of its own: a crash loses what was
 *                        counted since the memory was written last
 *
 * The first is the default; the others are what it is worth, for who wants to see it.
 */
#include "core/live_lane_parts.h"

#include "core/feed.h"

void live_lane_put_position(const struct live_lane_keeping *keeping,
                            const struct position *position, struct pack *key, struct pack *value,
                            struct delta *delta)
{
    key->len = value->len = 0;
    key_u32(key, position->source);
    key_u32(key, position->generation);
    pack_u64(value, position->begin);
    pack_u64(value, position->end);
    pack_u32(value, position->lines);
    keeping->describe(keeping->describe_context, position, value);
    delta_put(delta, STATE_SOURCE, key->bytes, key->len, value->bytes, value->len);
}

static void save(struct live_lane *lane, const struct position *position, struct delta *delta)
{
    live_lane_put_position(&lane->config.keeping, position, &lane->epoch.key, &lane->epoch.value,
                           delta);
}

/* A source of which nothing was read yet has its number all the same. */
static void save_new_sources(struct live_lane *lane, struct delta *delta)
{
    struct live_epoch *epoch = &lane->epoch;
    const struct feed_ops *ops = lane->config.feed->ops;
    const char *name;
    uint64_t bytes;
    for (; ops->source(lane->config.feed, epoch->sources_saved, &name, &bytes);
         epoch->sources_saved++)
        save(lane, &(struct position){.source = epoch->sources_saved}, delta);
}

/* A feed that is rotated for weeks does not make its state grow (S-98). */
static void prune(struct live_lane *lane, struct delta *delta)
{
    struct pack *key = &lane->epoch.key;
    struct position old;
    while (positions_give_up(&lane->positions, GENERATIONS_KEPT, &old)) {
        key->len = 0;
        key_u32(key, old.source);
        key_u32(key, old.generation);
        delta_remove(delta, STATE_SOURCE, key->bytes, key->len);
    }
}

void live_delivery_seal(struct live_lane *lane)
{
    struct live_epoch *epoch = &lane->epoch;
    bool apart = lane->config.keeping.delivery == DELIVERY_AT_LEAST_ONCE;
    struct delta *delta = apart ? &epoch->positions : &epoch->delta;
    save_new_sources(lane, delta);
    for (size_t p = 0; p < lane->positions.len; p++) {
        const struct position *now = &lane->positions.entries[p];
        const struct position *was = positions_find(&epoch->saved, now->source, now->generation);
        if (!was || was->end != now->end)
            save(lane, now, delta);
    }
    prune(lane, delta);
    positions_copy(&epoch->saved, &lane->positions);
}

bool live_delivery_claim(struct live_lane *lane, const struct event_block *block)
{
    struct live_epoch *epoch = &lane->epoch;
    if (!epoch->checkpoint || lane->config.keeping.delivery != DELIVERY_AT_MOST_ONCE)
        return true;
    const struct position *was = positions_find(&lane->positions, block->source, block->generation);
    const struct position claimed = {.source = block->source,
                                     .generation = block->generation,
                                     .begin = was ? was->begin : block->begin,
                                     .end = block->end,
                                     .lines = block->lines};
    save_new_sources(lane, &epoch->positions);
    save(lane, &claimed, &epoch->positions);
    positions_note(&epoch->saved, block->source, block->generation, claimed.begin, claimed.end);
    checkpoint_submit(epoch->checkpoint, &epoch->positions);
    return checkpoint_wait(epoch->checkpoint, NULL) == STATUS_OK;
}

mono_ns live_delivery_deadline(const struct live_lane *lane)
{
    if (lane->epoch.positions.len == 0)
        return WAKE_NEVER;
    return lane->epoch.sealed + lane->config.keeping.epoch_ms * (NS_PER_MS / 2);
}

void live_delivery_follow(struct live_lane *lane)
{
    if (lane->epoch.positions.len > 0)
        checkpoint_submit(lane->epoch.checkpoint, &lane->epoch.positions);
}
