#ifndef TAILRACE_CORE_PIPELINE_STATE_H
#define TAILRACE_CORE_PIPELINE_STATE_H
/*
 * A live pipeline's memory as rows of the state: written by what changed, read back whole (S-90,
 * S-98). A pipeline that was restored goes on exactly as the one that was saved.
 *
 *     state = pipeline_state_new(pipeline);              before anything is counted
 *     pipeline_state_restore(state, rows, …)             when there is a state
 *     … pipeline_apply … pipeline_state_save(state, delta) … pipeline_apply …
 *
 * Each save says what changed since the one before, so every delta must be applied, in order; who
 * loses one begins anew. Restored bytes are hostile (D-12).
 *
 * Not in it: the recent rates, which a new run gathers again.
 *
 * Threads: none; the pipeline's owner.
 */
#include "core/delta.h"
#include "core/pipeline.h"
#include "core/siphash.h"

/* As store_take of core/store.h. */
typedef bool state_take(void *context, const void *key, size_t key_len, const void *value,
                        size_t value_len);

/* Where saved rows are read from: those of a part, in the order of their keys. */
struct state_rows {
    enum status (*each)(void *rows, enum state_part part, state_take *take, void *context,
                        struct error *error);
    void *rows;
};

struct pipeline_state;

/* What is new is noted from now on, for a pipeline_state that is made later: before anything is
 * counted. */
void pipeline_state_keep(struct pipeline *pipeline);

/* Nothing is counted yet, or everything after pipeline_state_keep. The pipeline and the symbols
 * must outlive it, and stay at their addresses. */
struct pipeline_state *pipeline_state_new(struct pipeline *pipeline, struct symbols *symbols);
void pipeline_state_free(struct pipeline_state *state); /* accepts NULL */

/* Adds what changed. */
void pipeline_state_save(struct pipeline_state *state, struct delta *delta);

/* Fills a pipeline to which nothing was applied, and symbols that know none of a feed's texts, or
 * those of pipeline_state_symbols.
 * STATUS_DAMAGED: the rows are not what was saved; the pipeline can then only be freed. */
enum status pipeline_state_restore(struct pipeline_state *state, const struct state_rows *rows,
                                   struct error *error);

/* The texts alone, for who needs the symbols before the pipeline is there. */
enum status pipeline_state_symbols(const struct state_rows *rows, struct symbols *symbols,
                                   struct error *error);

/* The key of the hashes that the pipeline remembers (D-08): written once, and read back for the
 * decoder. STATUS_NOT_FOUND: there is none. */
void pipeline_state_save_key(struct delta *delta, const struct hash_key *key);
enum status pipeline_state_key(const struct state_rows *rows, struct hash_key *out,
                               struct error *error);

#endif
