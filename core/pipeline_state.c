/* The parts of a pipeline in the order in which they refer to each other. */
#include "core/pipeline_state.h"

#include "core/state_parts.h"

#include <stdlib.h>

/* Whose rows are whose, where several of a kind are kept. */
enum { TAG_TOTAL = 0, TAG_DAYS = 16 };

struct pipeline_state {
    struct pipeline *pipeline;
    struct symbols *symbols;
    struct saver saver;
    size_t symbols_saved;
    struct outcomes_saved outcomes;
    struct watermark_saved watermark;
    struct tally_saved tally;
    struct window_saved windows;
    struct dedupe_saved dedupe;
    struct lifecycle_saved lifecycle;
    struct rules_saved rules;
    struct alert_saved alerts;
    struct rare_saved rare;
    struct past_saved past;
    struct window_watch_saved watch;
    struct tally_saved days[PIPELINE_DAYS];
    int32_t day[PIPELINE_DAYS];
    uint64_t read, rejected; /* records at the last save */
    bool any;
};

void pipeline_state_keep(struct pipeline *pipeline)
{
    pipeline->kept = true;
    tally_keep_fresh(pipeline->tally);
    if (pipeline->lifecycle)
        lifecycle_state_keep(pipeline->lifecycle);
    if (pipeline->rules)
        rules_state_keep(pipeline->rules);
}

struct pipeline_state *pipeline_state_new(struct pipeline *pipeline, struct symbols *symbols)
{
    struct pipeline_state *state = mem_zero(1, sizeof *state);
    state->past.from = INT32_MIN;
    state->pipeline = pipeline;
    state->symbols = symbols;
    if (!pipeline->kept)
        pipeline_state_keep(pipeline);
    return state;
}

void pipeline_state_free(struct pipeline_state *state)
{
    if (!state)
        return;
    watermark_saved_fini(&state->watermark);
    tally_saved_fini(&state->tally);
    window_saved_fini(&state->windows);
    dedupe_saved_fini(&state->dedupe);
    lifecycle_saved_fini(&state->lifecycle);
    rules_saved_fini(&state->rules);
    rare_saved_fini(&state->rare);
    past_saved_fini(&state->past);
    for (int d = 0; d < PIPELINE_DAYS; d++)
        tally_saved_fini(&state->days[d]);
    free(state->saver.key.bytes);
    free(state->saver.value.bytes);
    free(state);
}

/* A place whose day is another one now begins anew. */
static void save_days(struct pipeline_state *state)
{
    for (uint32_t d = 0; d < PIPELINE_DAYS; d++) {
        const struct pipeline_day *day = &state->pipeline->days[d];
        if (!day->tally)
            continue;
        if (state->day[d] != day->day)
            tally_state_forget(&state->days[d], TAG_DAYS + d, &state->saver);
        state->day[d] = day->day;
        tally_state_save(&state->days[d], day->tally, TAG_DAYS + d, &state->saver);
    }
}

static void save_head(struct pipeline_state *state)
{
    const struct pipeline *pipeline = state->pipeline;
    struct pack *value = &state->saver.value;
    if (state->any && state->read == pipeline->outcomes.read &&
        state->rejected == pipeline->outcomes.rejected)
        return;
    state->any = true;
    state->read = pipeline->outcomes.read;
    state->rejected = pipeline->outcomes.rejected;
    pack_i64(value, pipeline->newest);
    pack_i64(value, pipeline->newest_day);
    for (int d = 0; d < PIPELINE_DAYS; d++) {
        pack_u8(value, pipeline->days[d].tally != NULL);
        pack_i64(value, pipeline->days[d].day);
    }
    saver_put(&state->saver, STATE_PIPELINE);
}

void pipeline_state_save(struct pipeline_state *state, struct delta *delta)
{
    struct pipeline *pipeline = state->pipeline;
    struct saver *saver = &state->saver;
    saver->delta = delta;
    symbols_state_save(&state->symbols_saved, state->symbols, saver);
    outcome_state_save(&state->outcomes, &pipeline->outcomes, saver);
    watermark_state_save(&state->watermark, pipeline->watermark, saver);
    tally_state_save(&state->tally, pipeline->tally, TAG_TOTAL, saver);
    if (pipeline->windows)
        window_state_save(&state->windows, pipeline->windows, saver);
    if (pipeline->dedupe)
        dedupe_state_save(&state->dedupe, pipeline->dedupe, watermark_now(pipeline->watermark),
                          saver);
    if (pipeline->lifecycle)
        lifecycle_state_save(&state->lifecycle, pipeline->lifecycle, saver);
    if (pipeline->rules)
        rules_state_save(&state->rules, pipeline->rules, saver);
    if (pipeline->alerts)
        alert_state_save(&state->alerts, pipeline->alerts, saver);
    if (pipeline->rare)
        rare_state_save(&state->rare, pipeline->rare, saver);
    if (pipeline->watch)
        window_watch_state_save(&state->watch, pipeline->watch, saver);
    save_days(state);
    if (pipeline->past)
        past_days_state_save(&state->past, pipeline->past, saver);
    save_head(state);
}

/* --- back --- */

static bool take_head(void *context, const void *key, size_t key_len, const void *value,
                      size_t value_len)
{
    struct pipeline_state *state = context;
    struct pipeline *pipeline = state->pipeline;
    struct unpack unpack = unpack_of(value, value_len);
    (void)key;
    pipeline->newest = unpack_time(&unpack);
    pipeline->newest_day = unpack_day(&unpack);
    for (int d = 0; d < PIPELINE_DAYS; d++) {
        bool there = unpack_bool(&unpack);
        int32_t day = unpack_day(&unpack);
        if (there && !unpack.bad)
            pipeline_restore_day(pipeline, d, day);
    }
    return key_len == 0 && unpack_done(&unpack);
}

/* Rows of a day that is not kept would be taken for a later day's, in the same place. */
static bool is_of_a_tally(void *context, const void *key, size_t key_len, const void *value,
                          size_t value_len)
{
    const struct pipeline *pipeline = context;
    struct unpack name = unpack_of(key, key_len);
    uint32_t tag = unkey_u32(&name);
    (void)value, (void)value_len;
    return !name.bad && (tag == TAG_TOTAL || (tag >= TAG_DAYS && tag < TAG_DAYS + PIPELINE_DAYS &&
                                              pipeline->days[tag - TAG_DAYS].tally));
}

static enum status restore_days(struct pipeline_state *state, const struct restoring *restoring)
{
    struct tally_place places[PIPELINE_DAYS];
    enum status status = restoring_each(restoring, STATE_PIPELINE, take_head, state);
    if (status == STATUS_OK)
        status = restoring_each(restoring, STATE_TOTAL, is_of_a_tally, state->pipeline);
    if (status == STATUS_OK)
        status = restoring_each(restoring, STATE_DISTINCT, is_of_a_tally, state->pipeline);
    for (uint32_t d = 0; d < PIPELINE_DAYS; d++) {
        const struct pipeline_day *day = &state->pipeline->days[d];
        places[d] = (struct tally_place){&state->days[d], day->tally};
        state->day[d] = day->day;
    }
    if (status == STATUS_OK)
        status = tally_state_restore_all(places, PIPELINE_DAYS, TAG_DAYS, restoring);
    if (status == STATUS_OK && state->pipeline->past)
        status = past_days_state_restore(&state->past, state->pipeline->past, restoring);
    return status;
}

static enum status restore_counts(struct pipeline_state *state, struct restoring *restoring)
{
    struct pipeline *pipeline = state->pipeline;
    enum status status = symbols_state_restore(&state->symbols_saved, state->symbols, restoring);
    restoring->symbols_len = symbols_len(state->symbols);
    if (status == STATUS_OK)
        status = outcome_state_restore(&state->outcomes, &pipeline->outcomes, restoring);
    if (status == STATUS_OK)
        status = watermark_state_restore(&state->watermark, pipeline->watermark, restoring);
    if (status == STATUS_OK)
        status = tally_state_restore(&state->tally, pipeline->tally, TAG_TOTAL, restoring);
    restoring->tally_len = tally_len(pipeline->tally);
    if (status == STATUS_OK)
        status = restore_days(state, restoring);
    return status;
}

static enum status restore_pictures(struct pipeline_state *state, const struct restoring *restoring)
{
    struct pipeline *pipeline = state->pipeline;
    enum status status = STATUS_OK;
    if (pipeline->rare)
        status = rare_state_restore(&state->rare, pipeline->rare, restoring);
    if (status == STATUS_OK && pipeline->watch)
        status = window_watch_state_restore(&state->watch, pipeline->watch, restoring);
    return status;
}

enum status pipeline_state_restore(struct pipeline_state *state, const struct state_rows *rows,
                                   struct error *error)
{
    struct pipeline *pipeline = state->pipeline;
    struct restoring restoring = {.rows = rows, .error = error};
    enum status status = restore_counts(state, &restoring);
    if (status == STATUS_OK && pipeline->windows)
        status = window_state_restore(&state->windows, pipeline->windows, &restoring);
    if (status == STATUS_OK && pipeline->dedupe)
        status = dedupe_state_restore(&state->dedupe, pipeline->dedupe, &restoring);
    if (status == STATUS_OK && pipeline->lifecycle)
        status = lifecycle_state_restore(&state->lifecycle, pipeline->lifecycle, &restoring);
    if (status == STATUS_OK && pipeline->rules)
        status = rules_state_restore(&state->rules, pipeline->rules, &restoring);
    if (status == STATUS_OK && pipeline->alerts)
        status = alert_state_restore(&state->alerts, pipeline->alerts, &restoring);
    return status == STATUS_OK ? restore_pictures(state, &restoring) : status;
}

enum status pipeline_state_symbols(const struct state_rows *rows, struct symbols *symbols,
                                   struct error *error)
{
    const struct restoring restoring = {.rows = rows, .error = error};
    size_t saved;
    return symbols_state_restore(&saved, symbols, &restoring);
}

void pipeline_state_save_key(struct delta *delta, const struct hash_key *key)
{
    struct pack value = {.len = 0};
    pack_u64(&value, key->word[0]);
    pack_u64(&value, key->word[1]);
    delta_put(delta, STATE_HASH_KEY, NULL, 0, value.bytes, value.len);
    free(value.bytes);
}

struct key_taking {
    struct hash_key *key;
    bool found;
};

static bool take_key(void *context, const void *key, size_t key_len, const void *value,
                     size_t value_len)
{
    struct key_taking *taking = context;
    struct unpack unpack = unpack_of(value, value_len);
    (void)key;
    taking->key->word[0] = unpack_u64(&unpack);
    taking->key->word[1] = unpack_u64(&unpack);
    taking->found = true;
    return key_len == 0 && unpack_done(&unpack);
}

enum status pipeline_state_key(const struct state_rows *rows, struct hash_key *out,
                               struct error *error)
{
    struct key_taking taking = {.key = out};
    enum status status = rows->each(rows->rows, STATE_HASH_KEY, take_key, &taking, error);
    return status != STATUS_OK || taking.found ? status : STATUS_NOT_FOUND;
}
