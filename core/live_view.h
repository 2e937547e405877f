#ifndef TAILRACE_CORE_LIVE_VIEW_H
#define TAILRACE_CORE_LIVE_VIEW_H
/*
 * A second viewer of a state that another process writes (`--read-only`): the live half of the
 * snapshot, made from the state alone, anew whenever an epoch was committed. It takes no lock,
 * counts nothing and changes nothing; what it shows is as old as the newest commit.
 *
 *     live_view_new → live_view_start → … live_view_newest … → live_view_stop → live_view_free
 *
 * It looks every LIVE_VIEW_MS whether there is something new, and no sooner than four times as long
 * as the last look took: a large state is not read all the time.
 *
 * When the state is another one, because it was begun anew or restored, or cannot be read, it is
 * opened anew; until that can be done, what was shown stays, and says why.
 *
 * Threads: one of its own; the functions belong to the main thread.
 */
#include "core/live_lane.h"

enum { LIVE_VIEW_MS = 200 };

/* Opens the state anew, in the view's thread: what was opened before is closed or nobody's. On
 * error there is no store. */
struct live_view_again {
    enum status (*open)(void *context, struct store **store, struct symbols **symbols,
                        struct feed **feed, struct error *error); /* NULL: it cannot */
    void *context;
};

struct live_view_config {
    const struct definition *definition;
    struct symbols *symbols; /* those of the state, and more as they come */
    struct clock *clock;
    struct feed *feed;    /* core/look_feed.h */
    struct store *store;  /* opened to be read; belongs to the view from start to stop */
    struct wake *changed; /* rung after a publish */
    struct live_view_again again;
};

struct live_view;

struct live_view *live_view_new(const struct live_view_config *config);
enum status live_view_start(struct live_view *view, struct error *error);
void live_view_stop(struct live_view *view); /* idempotent */
void live_view_free(struct live_view *view); /* accepts NULL */

/* The newest snapshot; NULL before the first. */
const struct snapshot_live *live_view_newest(struct live_view *view);
/* INT32_MIN: the newest. */
void live_view_show_day(struct live_view *view, int32_t day);

/* What the state holds, as a lane that never runs: for a look without a screen. Its pipeline is to
 * be read, and it is to be freed. */
enum status live_view_lane(const struct live_view_config *config, bool screen,
                           struct live_lane **out, struct error *error);

#endif
