#ifndef TAILRACE_CORE_LIVE_LANE_PARTS_H
#define TAILRACE_CORE_LIVE_LANE_PARTS_H
/* What live_lane.c and live_reader.c share; nobody else includes it. */
#include "core/handover.h"
#include "core/kept_days.h"
#include "core/live_lane.h"
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
    atomic_int day;
    atomic_int_fast64_t reader_cpu_ns, lane_cpu_ns;
    atomic_int_fast64_t at_end; /* when the reader was last at the end of the feed; 0: not yet */
};

/* The reader's thread; the argument is the lane. */
void *live_reader_main(void *argument);
/* Something else than events changed: the lane looks. Any thread. */
void live_lane_tell(struct live_lane *lane);

#endif
