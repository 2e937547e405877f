#ifndef TAILRACE_TUI_COMMAND_STATE_H
#define TAILRACE_TUI_COMMAND_STATE_H
/*
 * `--state DIR`: what a command counted goes on in its next run. Opens the store, says where the
 * feed goes on, and tells the lane what a later run needs to know of each file.
 *
 *     command_state_open → (feed opened with command_state_resume) → lane with
 *     command_state_keeping → live_lane_restore → … → live_lane_stop → command_state_close
 *
 * Threads: main; what the lane calls back runs in its own.
 */
#include "core/live_lane.h"
#include "core/store.h"
#include "feeds/tail.h"
#include "tui/options.h"

struct command_state {
    struct store *store; /* NULL: none was asked for */
    struct hash_key key;
    struct resume_mark *marks; /* of each source's generations, in order */
    size_t marks_len, marks_cap;
    size_t newest_from; /* those of the last source */
    const struct options *options;
    bool found;        /* an earlier run left something */
    bool begun;        /* and had opened its feed */
    bool history;      /* a batch lane reads what earlier runs counted; set before the feed opens */
    struct feed *feed; /* for the lane's questions; set when it is open */
};

/* Nothing happens without --state. STATUS_LOCKED, STATUS_DAMAGED, STATUS_USAGE: a feed without
 * positions; STATUS_IO. The symbols know afterwards what an earlier run had seen. */
enum status command_state_open(struct command_state *state, const struct options *options,
                               const struct definition *definition, struct symbols *symbols,
                               struct error *error);
/* The hashes' key, and where each file goes on. */
void command_state_resume(const struct command_state *state, struct tail_config *tail);
/* `feed` outlives the lane; `release`: of core/live_lane.h. Says so when a file is not the one that
 * was read. */
struct live_lane_keeping command_state_keeping(struct command_state *state, struct feed *feed,
                                               void (*release)(void *), void *context);
void command_state_close(struct command_state *state);

#endif
