/*
 * Guards: when a source is idle, on a clock that stands still until it is stepped (S-23): at its
 * end for 60 s it no more holds the watermark back, a millisecond less and it does; alone it
 * changes nothing; with its next record it counts again, W does not go back, and what is behind W
 * is late by the ordinary rule. A full ring stops the reader (S-120).
 */
#include "tests/unit/support.h"

#include "core/feed.h"
#include "core/live_lane.h"

#include <pthread.h>
#include <time.h>

enum { PATIENCE_S = 30 };
#define NOON ((epoch_ms)1767614400000) /* 2026-01-05T12:00:00Z */

/* Sources whose events are handed over one by one. After each there is nothing more. */
struct slow_feed {
    struct feed feed;
    pthread_mutex_t lock;
    uint32_t sources;
    struct event event;
    uint32_t source;
    bool full;  /* `event` was not read yet */
    bool quiet; /* the next read finds nothing */
    int many;   /* how often the event is given again, at once */
    int given;
};

static enum feed_result slow_read(struct feed *feed, struct event_block *block, struct error *error)
{
    struct slow_feed *slow = (struct slow_feed *)feed;
    (void)error;
    pthread_mutex_lock(&slow->lock);
    bool give = (slow->full || slow->many > 0) && !slow->quiet;
    if (give) {
        block->source = slow->source;
        block->generation = 0;
        block->begin = block->end = block->skipped = block->unread = 0;
        block->readable = 0;
        block->labelled = 0;
        block->len = 1;
        block->events[0] = slow->event;
        slow->many -= !slow->full;
        slow->full = false;
        slow->given++;
    }
    slow->quiet = give && slow->many == 0;
    pthread_mutex_unlock(&slow->lock);
    return give ? FEED_BLOCK : FEED_IDLE;
}

static void slow_wait(struct feed *feed, struct wake *wake, mono_ns deadline)
{
    struct slow_feed *slow = (struct slow_feed *)feed;
    pthread_mutex_lock(&slow->lock);
    bool full = slow->full || slow->many > 0;
    pthread_mutex_unlock(&slow->lock);
    if (!full)
        wake_wait(wake, deadline);
}

static void slow_status(struct feed *feed, struct feed_status *out)
{
    (void)feed;
    *out = (struct feed_status){.state = FEED_READING};
}

static bool slow_source(struct feed *feed, uint32_t index, const char **name, uint64_t *bytes)
{
    *name = index == 0 ? "a" : "b";
    *bytes = 0;
    return index < ((struct slow_feed *)feed)->sources;
}

static const struct feed_ops slow_ops = {
    .read = slow_read, .wait = slow_wait, .status = slow_status, .source = slow_source};

struct desk {
    struct definition *definition;
    struct symbols *symbols;
    struct clock *clock;
    struct slow_feed slow;
    struct live_lane *lane;

    pthread_mutex_t gate; /* the lane waits here while the test holds it */
    pthread_mutex_t lock; /* guards what the lane said last */
    struct wake told;
    uint64_t read, late;
    epoch_ms watermark;
};

/* In the lane's thread, after each event and each idle mark. */
static void listen(void *context, const struct live_lane *lane, bool last)
{
    struct desk *desk = context;
    const struct pipeline *pipeline = live_lane_pipeline(lane);
    (void)last;
    pthread_mutex_lock(&desk->gate);
    pthread_mutex_unlock(&desk->gate);
    pthread_mutex_lock(&desk->lock);
    desk->read = pipeline->outcomes.read;
    desk->late = pipeline->outcomes.late;
    desk->watermark = pipeline_watermark(pipeline);
    pthread_mutex_unlock(&desk->lock);
    wake_ring(&desk->told);
}

static void open_desk(struct desk *desk, uint32_t sources)
{
    *desk = (struct desk){
        .gate = PTHREAD_MUTEX_INITIALIZER,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .slow = {.feed = {&slow_ops}, .sources = sources, .lock = PTHREAD_MUTEX_INITIALIZER}};
    desk->definition = make_definition("key", "count");
    desk->symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    desk->clock = clock_new_stopped(NOON + MS_PER_DAY);
    wake_init(&desk->told);
    struct live_lane_config config = {.definition = desk->definition,
                                      .symbols = desk->symbols,
                                      .clock = desk->clock,
                                      .feed = &desk->slow.feed,
                                      .report = listen,
                                      .report_context = desk};
    desk->lane = live_lane_new(&config);
    assert_int_equal(live_lane_start(desk->lane, NULL), STATUS_OK);
}

static void close_desk(struct desk *desk)
{
    live_lane_free(desk->lane);
    wake_fini(&desk->told);
    clock_free(desk->clock);
    symbols_free(desk->symbols);
    definition_free(desk->definition);
}

static mono_ns machine_ns(void)
{
    return clock_machine();
}

/* Until so much was read and W is that. */
static void expect(struct desk *desk, uint64_t read, epoch_ms watermark)
{
    mono_ns end = machine_ns() + (mono_ns)PATIENCE_S * 1000000000;
    for (;;) {
        wake_clear(&desk->told);
        pthread_mutex_lock(&desk->lock);
        uint64_t got = desk->read;
        epoch_ms now = desk->watermark;
        pthread_mutex_unlock(&desk->lock);
        if (got == read && now == watermark)
            return;
        if (machine_ns() > end)
            fail_msg("read %d, W noon%+d s; wanted %d, noon%+d s", (int)got,
                     (int)((now - NOON) / 1000), (int)read, (int)((watermark - NOON) / 1000));
        wake_wait(&desk->told, machine_ns() + 100 * 1000000);
    }
}

static void give(struct desk *desk, uint32_t source, epoch_ms time)
{
    pthread_mutex_lock(&desk->slow.lock);
    desk->slow.event = (struct event){.time = time, .key = {SYMBOL_FIRST}};
    desk->slow.source = source;
    desk->slow.full = true;
    pthread_mutex_unlock(&desk->slow.lock);
    live_lane_wake(desk->lane);
}

enum { B = MS_PER_MINUTE, IDLE = 60 * 1000 };

static void a_source_is_idle_after_a_minute(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, 2);
    give(&desk, 0, NOON);
    expect(&desk, 1, WATERMARK_NONE); /* the other one is there and has said nothing */
    give(&desk, 1, NOON + 20 * MS_PER_MINUTE);
    expect(&desk, 2, NOON - B);
    /* 59.999 s later: the slower one still holds. Were it idle, this report would say so. */
    clock_step(desk.clock, IDLE - 1);
    give(&desk, 1, NOON + 21 * MS_PER_MINUTE);
    expect(&desk, 3, NOON - B);
    clock_step(desk.clock, 1);
    live_lane_wake(desk.lane);
    expect(&desk, 3, NOON + 21 * MS_PER_MINUTE - B);
    /* back, and behind: late, W stays, and waits for it again */
    give(&desk, 0, NOON + MS_PER_SECOND);
    expect(&desk, 4, NOON + 21 * MS_PER_MINUTE - B);
    assert_int_equal(desk.late, 1);
    give(&desk, 1, NOON + 30 * MS_PER_MINUTE);
    expect(&desk, 5, NOON + 21 * MS_PER_MINUTE - B);
    give(&desk, 0, NOON + 25 * MS_PER_MINUTE);
    expect(&desk, 6, NOON + 25 * MS_PER_MINUTE - B);
    close_desk(&desk);
}

static void alone_it_changes_nothing(void **state)
{
    (void)state;
    struct desk desk;
    open_desk(&desk, 1);
    give(&desk, 0, NOON);
    expect(&desk, 1, NOON - B);
    clock_step(desk.clock, 2 * IDLE);
    give(&desk, 0, NOON + MS_PER_SECOND);
    expect(&desk, 2, NOON + MS_PER_SECOND - B);
    close_desk(&desk);
}

static int given(struct desk *desk)
{
    pthread_mutex_lock(&desk->slow.lock);
    int count = desk->slow.given;
    pthread_mutex_unlock(&desk->slow.lock);
    return count;
}

/* The lane stands still: the reader fills the ring, and then reads no more (S-120). */
static void a_full_ring_stops_the_reader(void **state)
{
    (void)state;
    enum { MANY = 500, STILL = 4 };
    struct desk desk;
    open_desk(&desk, 1);
    pthread_mutex_lock(&desk.gate);
    give(&desk, 0, NOON);
    pthread_mutex_lock(&desk.slow.lock);
    desk.slow.many = MANY;
    pthread_mutex_unlock(&desk.slow.lock);
    live_lane_wake(desk.lane);
    int seen = 0;
    mono_ns end = machine_ns() + (mono_ns)PATIENCE_S * 1000000000;
    for (int still = 0; still < STILL && machine_ns() < end; still++) {
        wake_wait(&desk.told, machine_ns() + 50 * 1000000);
        if (given(&desk) != seen || seen < 2)
            still = 0;
        seen = given(&desk);
    }
    assert_in_range(seen, 2, MANY / 2);
    pthread_mutex_unlock(&desk.gate);
    expect(&desk, MANY + 1, NOON - B); /* and nothing is lost */
    close_desk(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_is_idle_after_a_minute),
        cmocka_unit_test(alone_it_changes_nothing),
        cmocka_unit_test(a_full_ring_stops_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
