#ifndef TAILRACE_CORE_LIVE_LANE_PARTS_H
#define TAILRACE_CORE_LIVE_LANE_PARTS_H
/* What the files core/live_*.c share; nobody else includes it. */
#include "core/checkpoint.h"
#include "core/handover.h"
#include "core/kept_days.h"
#include "core/live_lane.h"
#include "core/state_bytes.h"
#include "core/table.h"
#include "core/trigger.h"

#include <pthread.h>
#include <stdatomic.h>

enum { NS_PER_MS = 1000000, RATE_SLICES = 10 /* of 100 ms */ };

/* When a source last gave something: one that has been at its end for long is idle (S-23). */
struct source_clock {
    mono_ns last;
    bool idle;
};

/* What is kept of the lane, and how far it is. */
struct live_epoch {
    struct checkpoint *checkpoint; /* NULL: nothing is kept */
    struct pipeline_state *state;
    struct delta delta;
    struct delta positions; /* to be kept apart from the memory: core/live_delivery.c */
    struct pack key, value;
    struct positions saved;
    uint32_t sources_saved;
    uint64_t ended;       /* commits, well or not, that a snapshot knows of */
    uint64_t restored;    /* records read by earlier runs */
    uint64_t read, bytes; /* of the lane, when the newest epoch was sealed */
    mono_ns sealed;
    bool held; /* a report waits to be released */
};

enum { REJECT_WINDOW = 16 * 1024 };

/* Bytes of records that were not counted as they stood: live_rejects.c. */
struct live_rejects {
    char *window; /* of the feed, read for the block being applied; NULL: none was needed yet */
    struct event_position at;
    size_t len;
    uint64_t kept; /* in the epoch's delta */
    struct reject_example {
        struct event_position position;
        int len; /* -1: not read yet */
        char bytes[SNAPSHOT_REJECT_BYTES];
    } * examples; /* by group; NULL: no screen */
};

struct live_lane {
    /* immutable after new */
    struct live_lane_config config;
    struct ring *ring;
    struct exchange *exchange;
    pthread_t reader, lane;
    bool started;

    /* reader's */
    struct wake reader_bell;
    struct error failure;
    enum status failed;

    /* lane's */
    struct wake lane_bell;
    struct pipeline pipeline;
    struct table_maker tables;
    struct kept_days *days; /* NULL: not asked for yet */
    struct positions positions;
    struct at_mark *at_mark; /* screen only */
    struct snapshot_mark marks[SNAPSHOT_MARKS];
    int marks_len;
    mono_ns published, reported, last_event;
    uint64_t bytes;
    int64_t idle_ns;
    uint64_t rate_slice[RATE_SLICES];
    int64_t rate_newest; /* number of the newest slice */
    bool changed, report_due;
    struct live_epoch epoch;
    struct live_rejects rejects;
    struct health health;
    bool watched;                 /* health is judged */
    bool unjudged;                /* something happened since */
    struct source_clock *sources; /* by index */
    size_t sources_len;

    /* shared */
    struct handover *handover;
    struct trigger trigger;
    atomic_bool days_wanted;
    atomic_bool stop_reader, stop_lane;
    atomic_bool reader_waits_for_room;
    atomic_bool caught_up; /* the reader has been at the end of the feed once */
    atomic_bool reader_done;
    atomic_bool touched;    /* something else than events changed */
    atomic_bool feed_ended; /* bounded input was read to its end */
    atomic_bool ended;
    atomic_int day;        /* the newest */
    atomic_int day_wanted; /* to be shown; INT32_MIN: the newest */
    atomic_int_fast64_t reader_cpu_ns, lane_cpu_ns;
    atomic_int_fast64_t at_end; /* when the reader was last at the end of the feed; 0: not yet */
};

/* --- live_delivery.c: what is made durable first (S-80) --- */

/* Positions of the memory that the epoch's delta holds: in it, or apart. */
void live_delivery_seal(struct live_lane *lane);
/* Before a block is counted: at most once, it counts as read from here on. False: that cannot be
 * kept, and the block must not be counted. */
bool live_delivery_claim(struct live_lane *lane, const struct event_block *block);
/* At least once, positions follow the memory. WAKE_NEVER: they have. */
mono_ns live_delivery_deadline(const struct live_lane *lane);
void live_delivery_follow(struct live_lane *lane);

/* --- live_epoch.c: makes what was counted durable; without a store nothing happens --- */

void live_epoch_init(struct live_lane *lane);
void live_epoch_fini(struct live_lane *lane);
/* Between two blocks: seals an epoch that is due, unless the one before is still being written. */
void live_epoch_step(struct live_lane *lane);
/* Everything counted is durable, and what was reported of it released; or the lane has failed:
 * false. Not within a block. */
bool live_epoch_flush(struct live_lane *lane);
/* When the next one is due; WAKE_NEVER: nothing is to be kept. */
mono_ns live_epoch_deadline(const struct live_lane *lane);
/* The pipeline is another one: the state is to become that of this one, in one epoch (S-116). */
void live_epoch_anew(struct live_lane *lane);

/* --- live_rejects.c, in the lane's thread --- */

void live_rejects_init(struct live_lane *lane);
void live_rejects_fini(struct live_lane *lane);
/* Who is told of a pipeline of the lane's own; nobody without need. */
struct reject_sink live_rejects_sink(struct live_lane *lane);
/* Another block comes: the bytes at hand are not its. */
void live_rejects_turn(struct live_lane *lane);
/* These bytes, and a line end, stand at the position. */
void live_rejects_use(struct live_lane *lane, const struct event_position *at, const char *text);
/* The epoch has more of them than memory should hold: sealed before its time, and waited for when
 * `live_rejects_full`. */
bool live_rejects_many(const struct live_lane *lane);
bool live_rejects_full(const struct live_lane *lane);
void live_rejects_fill(struct live_lane *lane, struct snapshot_rejects *out);
enum status live_rejects_restore(struct live_lane *lane, struct error *error);

/* --- live_alerts.c: alerts go into the epoch, and leave when it is durable (S-91) --- */

struct alert_sink live_alerts_sink(struct live_lane *lane);

/* The reader's thread; the argument is the lane. */
void *live_reader_main(void *argument);
/* Something else than events changed: the lane looks. Any thread. */
void live_lane_tell(struct live_lane *lane);

/*
 * live_publish.c, in the lane's thread. A snapshot is published as soon as the ring is empty, but
 * no sooner than a gap after the one before, and at the latest every LIVE_PUBLISH_LATEST under a
 * flood.
 */
enum { LIVE_PUBLISH_LATEST = 15 * NS_PER_MS };

/* A block with events was applied (screen only). */
void live_publish_note(struct live_lane *lane, const struct event_block *block);
void live_publish(struct live_lane *lane);
/* When results are published next, on the machine's clock; with a trigger also when nothing is new,
 * because an answer says as of when it is. WAKE_NEVER: when something changes. */
mono_ns live_publish_at(struct live_lane *lane);
/* When the rate of the last second is 0 again; WAKE_NEVER: it is. */
mono_ns live_publish_quiet_at(const struct live_lane *lane);

#endif
