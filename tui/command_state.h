#ifndef TAILRACE_TUI_COMMAND_STATE_H
#define TAILRACE_TUI_COMMAND_STATE_H
/*
 * What a command counted goes on in its next run: where, tui/state_place.h says. Opens the store,
 * says where the feed goes on, and tells the lane what a later run needs to know of each file.
 *
 *     command_state_feed → lane with command_state_keeping → live_lane_restore → … →
 *     live_lane_stop → command_state_close
 *
 * Threads: main; what the lane calls back runs in its own.
 */
#include "core/live_lane.h"
#include "core/store.h"
#include "feeds/tail.h"
#include "tui/options.h"

struct command_state {
    struct store *store;     /* NULL: none was asked for */
    struct durable *durable; /* what is told of it; NULL without a store */
    struct hash_key key;
    struct resume_mark *marks; /* of each source's generations, in order */
    size_t marks_len, marks_cap;
    size_t newest_from; /* those of the last source */
    const struct options *options;
    bool found;        /* an earlier run left something */
    bool begun;        /* and had opened its feed */
    bool quiet;        /* a screen says what is not kept; nothing goes to standard error */
    bool history;      /* a batch lane reads what earlier runs counted; set before the feed opens */
    int64_t wait_ms;   /* before it is opened again */
    uint64_t commits;  /* when it was opened again */
    uint64_t said;     /* recoveries that were told */
    mono_ns since;     /* of the failure that was told; 0: none is */
    struct feed *feed; /* for the lane's questions; set when it is open */
};

struct command_feed;

/* Nothing happens unless options_keep_state. STATUS_LOCKED, STATUS_DAMAGED, STATUS_USAGE: a feed
 * without positions; STATUS_IO. The symbols know afterwards what an earlier run had seen. */
enum status command_state_open(struct command_state *state, const struct options *options,
                               const struct definition *definition, struct symbols *symbols,
                               struct error *error);
/* The feed's definition, its state, then the feed itself, which goes on where the state left it. On
 * error the feed is closed. */
enum status command_state_feed(struct command_state *state, const struct options *options,
                               bool bounded, struct wake *bell, struct command_feed *feed,
                               struct error *error);
/* Only looks (--read-only): the state is opened to be read, and the feed is what it knows of its
 * sources (core/look_feed.h). STATUS_NOT_FOUND: there is nothing kept. */
enum status command_state_look(struct command_state *state, const struct options *options,
                               struct wake *bell, struct command_feed *feed, struct error *error);
/* The same once more: the store before is closed; the symbols and the feed before stay the
 * caller's. On error there is no store. */
enum status command_state_look_again(struct command_state *state, const struct options *options,
                                     struct command_feed *feed, struct error *error);
/* The hashes' key, and where each file goes on. */
void command_state_resume(const struct command_state *state, struct tail_config *tail);
/* `feed` outlives the lane; `release`: of core/live_lane.h. Says so when a file is not the one that
 * was read. */
struct live_lane_keeping command_state_keeping(struct command_state *state, struct feed *feed,
                                               void (*release)(void *), void *context);
void command_state_close(struct command_state *state);

/*
 * After live_lane_not_kept, when the lane is freed: the store is closed and opened again, sooner at
 * first and later more seldom, until it takes an epoch (S-95); then the feed and the lane are to be
 * opened anew from it. Says so once on standard error. STATUS_IO: the program is to stop, or it is
 * `until`; other codes: it cannot be opened.
 */
enum status command_state_again(struct command_state *state, const struct definition *definition,
                                struct symbols *symbols, const struct clock *clock,
                                struct wake *bell, mono_ns until, struct error *error);
/* Says that it is durable again, once; now and then, while the lane runs, and at its end. */
void command_state_note(struct command_state *state, const struct clock *clock);

#endif
