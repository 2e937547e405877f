#ifndef TAILRACE_CORE_ENGINE_PARTS_H
#define TAILRACE_CORE_ENGINE_PARTS_H
/* What engine.c and engine_again.c share; nobody else includes it. */
#include "core/batch_lane.h"
#include "core/engine.h"
#include "core/serving.h"

#include <pthread.h>
#include <stdatomic.h>

enum { NS_PER_MS = 1000000 };

/* What is done when an epoch could not be kept (S-95). */
struct engine_beginning {
    struct snapshot_live *held; /* what is shown until the new lane has come as far */
    bool any;                   /* there is something held */
    bool going_on;              /* the thread has the lanes, the feed, and what is kept */
    bool behind;                /* the new lane has not come as far yet */
    bool run_due;               /* batch answers anew when it is kept */
    bool label_next;            /* asked for meanwhile */
    int64_t trigger_ms;         /* as the main thread asked for it */
    pthread_t thread;
    atomic_int day; /* the same */
    atomic_bool done;
};

struct engine {
    struct engine_config config;
    struct tracer tracer;
    struct mark_post *post; /* from batch to live */
    struct live_view *view; /* NULL: there are lanes; else there are none */
    struct live_lane *live; /* NULL: what is counted cannot be kept, and it was told to give up */
    struct batch_lane *batch;
    struct replay_lane *replay;
    struct engine_beginning again;
    bool first_run_asked;
    uint32_t switches; /* replays that a batch run was asked for after */
    enum arrangement arrangement;
    struct served served; /* working memory of sealing */
    int32_t seal_day;     /* last asked to be sealed, and when */
    mono_ns seal_asked;

    pthread_t producer;
    bool producer_started;
    struct wake bell; /* the producer's */
    atomic_bool stop;
    atomic_uint sends; /* marked events asked for */

    pthread_mutex_t lock; /* guards trouble */
    char trouble[160];
};

/* engine.c: of the feed and the keeping that the configuration names now. */
struct live_lane *engine_live_lane(struct engine *engine);

/* engine_again.c; in the main thread. */
void engine_again_init(struct engine *engine);
void engine_again_fini(struct engine *engine);
/* Gives up what is going on. */
void engine_again_stop(struct engine *engine);
/* Begins anew where that is due, ends it when it is done; what is to be shown. */
const struct snapshot_live *engine_again_live(struct engine *engine);
/* The live lane, the feed and the post are not the main thread's. */
bool engine_again_going_on(const struct engine *engine);
/* What is shown is held. */
bool engine_again_held(const struct engine *engine);
/* Tells the live lane what the main thread asked for. */
void engine_again_settle(struct engine *engine);

#endif
