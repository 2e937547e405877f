/*
 * The lane's epochs (S-90): what changed is written down between two blocks, where what was counted
 * and how far it was read agree, and handed to the store's thread. An epoch that is due while the
 * one before is still being written goes on growing: a slow disk makes epochs longer, never the
 * lane slower (S-98).
 */
#include "core/live_lane_parts.h"

#include "core/feed.h"

#include <stdlib.h>

enum { EPOCH_MS = 1000, EPOCH_RECORDS = 200 * 1000 };

void live_epoch_init(struct live_lane *lane)
{
    struct live_lane_keeping *keeping = &lane->config.keeping;
    if (!keeping->store)
        return;
    if (keeping->epoch_ms == 0)
        keeping->epoch_ms = EPOCH_MS;
    if (keeping->epoch_records == 0)
        keeping->epoch_records = EPOCH_RECORDS;
    lane->epoch.checkpoint = checkpoint_new(keeping->store);
    lane->epoch.state = pipeline_state_new(&lane->pipeline, lane->config.symbols);
}

void live_epoch_fini(struct live_lane *lane)
{
    struct live_epoch *epoch = &lane->epoch;
    checkpoint_free(epoch->checkpoint);
    pipeline_state_free(epoch->state);
    positions_fini(&epoch->saved);
    delta_fini(&epoch->delta);
    free(epoch->key.bytes);
    free(epoch->value.bytes);
}

/* --- how far it was read --- */

static void save_position(struct live_lane *lane, const struct position *position)
{
    struct live_epoch *epoch = &lane->epoch;
    struct pack *key = &epoch->key, *value = &epoch->value;
    key->len = value->len = 0;
    key_u32(key, position->source);
    key_u32(key, position->generation);
    pack_u64(value, position->begin);
    pack_u64(value, position->end);
    pack_u32(value, position->lines);
    lane->config.keeping.describe(lane->config.keeping.describe_context, position, value);
    delta_put(&epoch->delta, STATE_SOURCE, key->bytes, key->len, value->bytes, value->len);
}

/* A source of which nothing was read yet has its number all the same. */
static void save_new_sources(struct live_lane *lane)
{
    struct live_epoch *epoch = &lane->epoch;
    const struct feed_ops *ops = lane->config.feed->ops;
    const char *name;
    uint64_t bytes;
    for (; ops->source(lane->config.feed, epoch->sources_saved, &name, &bytes);
         epoch->sources_saved++)
        save_position(lane, &(struct position){.source = epoch->sources_saved});
}

static void save_positions(struct live_lane *lane)
{
    struct live_epoch *epoch = &lane->epoch;
    save_new_sources(lane);
    for (size_t p = 0; p < lane->positions.len; p++) {
        const struct position *now = &lane->positions.entries[p];
        const struct position *was = positions_find(&epoch->saved, now->source, now->generation);
        if (!was || was->end != now->end)
            save_position(lane, now);
    }
    positions_copy(&epoch->saved, &lane->positions);
}

/* --- epochs --- */

static bool is_behind(const struct live_lane *lane)
{
    return lane->pipeline.outcomes.read != lane->epoch.read || lane->bytes != lane->epoch.bytes ||
           lane->epoch.delta.len > 0; /* alerts of a source that became idle */
}

static void seal(struct live_lane *lane)
{
    struct live_epoch *epoch = &lane->epoch;
    pipeline_state_save(epoch->state, &epoch->delta);
    save_positions(lane);
    if (lane->config.keeping.save)
        lane->config.keeping.save(lane->config.keeping.save_context, &epoch->delta);
    lane->rejects.kept = 0;
    epoch->read = lane->pipeline.outcomes.read;
    epoch->bytes = lane->bytes;
    epoch->sealed = clock_mono(lane->config.clock);
    checkpoint_submit(epoch->checkpoint, &epoch->delta);
}

/* After the end nothing more is to be kept: a later run goes on with windows that are open. */
static bool keeps(const struct live_lane *lane)
{
    return lane->epoch.checkpoint && !lane->pipeline.ended;
}

/* What cannot be kept must not be counted on: the lane ends, and says why (S-95). */
static bool check(struct live_lane *lane)
{
    if (checkpoint_status(lane->epoch.checkpoint) == STATUS_OK)
        return true;
    atomic_store(&lane->stop_reader, true);
    wake_ring(&lane->reader_bell);
    return false;
}

void live_epoch_step(struct live_lane *lane)
{
    const struct live_epoch *epoch = &lane->epoch;
    if (epoch->checkpoint && epoch->held && lane->config.keeping.release)
        live_epoch_flush(lane);
    if (!keeps(lane) || !is_behind(lane) || !check(lane))
        return;
    bool due = clock_mono(lane->config.clock) >= live_epoch_deadline(lane) ||
               lane->pipeline.outcomes.read - epoch->read >= lane->config.keeping.epoch_records ||
               live_rejects_many(lane);
    if (due && (!checkpoint_busy(epoch->checkpoint) || live_rejects_full(lane)))
        seal(lane);
}

bool live_epoch_flush(struct live_lane *lane)
{
    struct live_epoch *epoch = &lane->epoch;
    const struct live_lane_keeping *keeping = &lane->config.keeping;
    if (!epoch->checkpoint)
        return true;
    if (keeps(lane) && is_behind(lane))
        seal(lane);
    else if (epoch->delta.len > 0) /* the end's alerts: the next run's end raises them again */
        checkpoint_submit(epoch->checkpoint, &epoch->delta);
    if (checkpoint_wait(epoch->checkpoint, NULL) != STATUS_OK)
        return check(lane);
    if (epoch->held && keeping->release)
        keeping->release(keeping->context);
    epoch->held = false;
    return true;
}

mono_ns live_epoch_deadline(const struct live_lane *lane)
{
    if (!keeps(lane) || !is_behind(lane))
        return WAKE_NEVER;
    return lane->epoch.sealed + lane->config.keeping.epoch_ms * NS_PER_MS;
}

/* --- back --- */

static bool take_position(void *context, const void *key, size_t key_len, const void *value,
                          size_t value_len)
{
    struct live_lane *lane = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    uint32_t source = unkey_u32(&name), generation = unkey_u32(&name);
    uint64_t begin = unpack_count(&unpack), end = unpack_count(&unpack);
    uint32_t lines = unpack_u32(&unpack);
    if (!unpack_done(&name) || unpack.bad || begin > end)
        return false;
    if (source >= lane->epoch.sources_saved)
        lane->epoch.sources_saved = source + 1;
    if (end > 0) {
        size_t at = positions_note(&lane->positions, source, generation, begin, end);
        lane->positions.entries[at].lines = lines;
    }
    return true;
}

static enum status each(void *rows, enum state_part part, state_take *take, void *context,
                        struct error *error)
{
    return store_each(rows, part, take, context, error);
}

struct state_rows live_lane_rows(struct store *store)
{
    return (struct state_rows){.each = each, .rows = store};
}

enum status live_lane_restore(struct live_lane *lane, struct error *error)
{
    struct live_epoch *epoch = &lane->epoch;
    const struct state_rows rows = live_lane_rows(lane->config.keeping.store);
    enum status status = pipeline_state_restore(epoch->state, &rows, error);
    if (status == STATUS_OK)
        status = each(rows.rows, STATE_SOURCE, take_position, lane, error);
    positions_copy(&epoch->saved, &lane->positions);
    epoch->read = lane->pipeline.outcomes.read;
    return status == STATUS_OK ? live_rejects_restore(lane, error) : status;
}
