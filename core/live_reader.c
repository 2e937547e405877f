/* The live lane's reader: takes blocks from the feed into the ring, and sleeps on a bell of its own
 * where there is nothing to read, or no room. */
#include "core/live_lane_parts.h"

#include "core/feed.h"
#include "core/ring.h"
#include "core/sometimes.h"

#include <string.h>

/* A free slot; NULL when stopping. A full ring is where backpressure begins (S-120). */
static struct event_block *wait_for_room(struct live_lane *lane)
{
    for (;;) {
        struct event_block *block = ring_reserve(lane->ring);
        if (block)
            return block;
        wake_clear(&lane->reader_bell);
        atomic_store(&lane->reader_waits_for_room, true);
        if (atomic_load(&lane->stop_reader))
            return NULL;
        if ((block = ring_reserve(lane->ring)))
            return block;
        SOMETIMES(ring_full);
        wake_wait(&lane->reader_bell, WAKE_NEVER);
    }
}

void live_lane_tell(struct live_lane *lane)
{
    atomic_store(&lane->touched, true);
    wake_ring(&lane->lane_bell);
}

/* Whether the feed's state reads differently than when the lane was last told. */
static bool news(struct feed *feed, struct feed_status *told)
{
    struct feed_status now;
    feed->ops->status(feed, &now);
    bool same = now.state == told->state && now.unfinished == told->unfinished &&
                now.unread == told->unread && now.sources == told->sources &&
                now.retry_at == told->retry_at && now.gone_since == told->gone_since &&
                now.gaps == told->gaps && strcmp(now.message, told->message) == 0;
    *told = now;
    return !same;
}

/* Nothing to read now: says what is new, then sleeps. */
static void wait_for_more(struct live_lane *lane, enum feed_result result, struct feed_status *told)
{
    struct feed *feed = lane->config.feed;
    if (result == FEED_IDLE && !atomic_exchange(&lane->caught_up, true))
        live_lane_tell(lane);
    if (news(feed, told))
        live_lane_tell(lane);
    feed->ops->wait(feed, &lane->reader_bell, WAKE_NEVER);
    if (result == FEED_IDLE)
        atomic_store(&lane->at_end, clock_mono(lane->config.clock));
    if (news(feed, told))
        live_lane_tell(lane);
}

void *live_reader_main(void *argument)
{
    struct live_lane *lane = argument;
    struct feed *feed = lane->config.feed;
    struct feed_status told = {.state = FEED_WAITING_FILE};
    while (!atomic_load(&lane->stop_reader)) {
        struct event_block *block = wait_for_room(lane);
        if (!block)
            break;
        wake_clear(&lane->reader_bell);
        if (atomic_load(&lane->stop_reader))
            break;
        struct error error;
        enum feed_result result = feed->ops->read(feed, block, &error);
        atomic_store(&lane->reader_cpu_ns, clock_thread_cpu_ns());
        if (result == FEED_BLOCK) {
            block->read_at = clock_now(lane->config.clock);
            ring_publish(lane->ring);
            wake_ring(&lane->lane_bell);
        } else if (result == FEED_END) {
            atomic_store(&lane->feed_ended, true);
            break;
        } else if (result == FEED_FAILED && lane->config.stop_on_failure) {
            lane->failure = error;
            lane->failed = error.code;
            break;
        } else {
            wait_for_more(lane, result, &told);
        }
    }
    atomic_store(&lane->reader_done, true);
    live_lane_tell(lane);
    return NULL;
}
