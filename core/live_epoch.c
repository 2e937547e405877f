/*
 * The lane's epochs (S-90): what changed is written down between two blocks, where what was counted
 * and how far it was read agree, and handed to the store's thread. An epoch that is due while the
 * one before is still being written goes on growing: a slow disk makes epochs longer, never the
 * lane slower (S-98).
 */
#include "core/live_lane_parts.h"

#include <stdlib.h>

enum { EPOCH_MS = 1000, EPOCH_RECORDS = 500 * 1000 };

void live_epoch_init(struct live_lane *lane)
{
    struct live_lane_keeping *keeping = &lane->config.keeping;
    if (!keeping->store)
        return;
    if (keeping->durable)
        durable_opened(keeping->durable, store_epoch(keeping->store));
    if (keeping->epoch_ms == 0)
        keeping->epoch_ms = EPOCH_MS;
    if (keeping->epoch_records == 0)
        keeping->epoch_records = EPOCH_RECORDS;
    lane->epoch.checkpoint = checkpoint_new(keeping->store, keeping->durable, lane->config.clock);
    lane->epoch.state = pipeline_state_new(&lane->pipeline, lane->config.symbols);
}

void live_epoch_fini(struct live_lane *lane)
{
    struct live_epoch *epoch = &lane->epoch;
    checkpoint_free(epoch->checkpoint);
    pipeline_state_free(epoch->state);
    positions_fini(&epoch->saved);
    delta_fini(&epoch->delta);
    delta_fini(&epoch->positions);
    free(epoch->key.bytes);
    free(epoch->value.bytes);
}

/* --- epochs --- */

static bool owes(const struct live_lane *lane)
{
    const struct live_lane_keeping *keeping = &lane->config.keeping;
    return keeping->owes && keeping->owes(keeping->owe_context);
}

static void owe(struct live_lane *lane)
{
    const struct live_lane_keeping *keeping = &lane->config.keeping;
    if (keeping->owe)
        keeping->owe(keeping->owe_context, &lane->epoch.delta);
}

static bool is_behind(const struct live_lane *lane)
{
    return owes(lane) || lane->pipeline.outcomes.read != lane->epoch.read ||
           lane->bytes != lane->epoch.bytes ||
           lane->epoch.delta.len > 0; /* alerts of a source that became idle */
}

static void seal(struct live_lane *lane)
{
    struct live_epoch *epoch = &lane->epoch;
    live_delivery_follow(lane);
    pipeline_state_save(epoch->state, &epoch->delta);
    live_delivery_seal(lane);
    if (lane->config.keeping.save)
        lane->config.keeping.save(lane->config.keeping.save_context, &epoch->delta);
    owe(lane);
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

static mono_ns seal_deadline(const struct live_lane *lane)
{
    if (!keeps(lane) || !is_behind(lane))
        return WAKE_NEVER;
    return lane->epoch.sealed + lane->config.keeping.epoch_ms * NS_PER_MS;
}

/* A commit that ended is news, though nothing was counted. */
static void note_commits(struct live_lane *lane)
{
    struct durable_figures figures;
    if (!lane->config.screen || !lane->config.keeping.durable)
        return;
    durable_get(lane->config.keeping.durable, &figures);
    uint64_t ended = figures.commits + figures.failures;
    lane->changed |= ended != lane->epoch.ended;
    lane->epoch.ended = ended;
}

void live_epoch_step(struct live_lane *lane)
{
    note_commits(lane);
    const struct live_epoch *epoch = &lane->epoch;
    if (epoch->checkpoint && epoch->held && lane->config.keeping.release)
        live_epoch_flush(lane);
    if (!keeps(lane) || !check(lane) || live_epoch_deadline(lane) == WAKE_NEVER)
        return;
    if (clock_mono(lane->config.clock) >= live_delivery_deadline(lane) &&
        !checkpoint_busy(epoch->checkpoint))
        live_delivery_follow(lane);
    if (!is_behind(lane))
        return;
    bool due = clock_mono(lane->config.clock) >= seal_deadline(lane) ||
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
    if (keeps(lane) && is_behind(lane)) {
        seal(lane);
    } else {
        if (owes(lane))
            owe(lane);
        if (epoch->delta.len > 0) /* the end's alerts: the next run's end raises them again */
            checkpoint_submit(epoch->checkpoint, &epoch->delta);
    }
    live_delivery_follow(lane);
    if (checkpoint_wait(epoch->checkpoint, NULL) != STATUS_OK)
        return check(lane);
    if (epoch->held && keeping->release)
        keeping->release(keeping->context);
    epoch->held = false;
    return true;
}

mono_ns live_epoch_deadline(const struct live_lane *lane)
{
    mono_ns seal = seal_deadline(lane), follow = live_delivery_deadline(lane);
    return seal < follow ? seal : follow;
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
    if (!unpack_done(&name) || unpack.bad || begin > end || source == UINT32_MAX)
        return false;
    if (source >= lane->epoch.sources_saved)
        lane->epoch.sources_saved = source + 1;
    if (end > 0) {
        size_t at = positions_note(&lane->positions, source, generation, begin, end);
        lane->positions.entries[at].lines = lines;
        handover_restore(lane->handover, source, generation, end);
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

/* After a failure there is an epoch even if nothing is new: the one that failed may be on disk. */
static void prove(struct live_lane *lane)
{
    struct durable_figures figures;
    durable_get(lane->config.keeping.durable, &figures);
    if (!figures.kept || figures.durable)
        return;
    lane->epoch.bytes = UINT64_MAX;
    lane->epoch.sealed = clock_mono(lane->config.clock);
}

enum status live_lane_restore(struct live_lane *lane, struct error *error)
{
    struct live_epoch *epoch = &lane->epoch;
    const struct state_rows rows = live_lane_rows(lane->config.keeping.store);
    enum status status = pipeline_state_restore(epoch->state, &rows, error);
    if (status == STATUS_OK)
        status = each(rows.rows, STATE_SOURCE, take_position, lane, error);
    positions_copy(&epoch->saved, &lane->positions);
    epoch->read = epoch->restored = lane->pipeline.outcomes.read;
    atomic_store(&lane->day, lane->pipeline.newest_day);
    lane->changed = lane->report_due = true; /* what is known is told at once */
    prove(lane);
    return status == STATUS_OK ? live_rejects_restore(lane, error) : status;
}

void live_epoch_anew(struct live_lane *lane)
{
    struct live_epoch *epoch = &lane->epoch;
    if (!epoch->checkpoint)
        return;
    pipeline_state_free(epoch->state);
    epoch->state = pipeline_state_new(&lane->pipeline, lane->config.symbols);
    delta_clear(&epoch->delta);
    delta_reset(&epoch->delta);
    epoch->read = UINT64_MAX; /* whatever was counted: it is to be written */
}
