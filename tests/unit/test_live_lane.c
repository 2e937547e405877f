/*
 * Guards: when a source is idle, on a clock that stands still until it is stepped (S-23): at its
 * end for 60 s it no more holds the watermark back, a millisecond less and it does; alone it
 * changes nothing; with its next record it counts again, W does not go back, and what is behind W
 * is late by the ordinary rule. A full ring stops the reader (S-120). A lone event is shown without
 * waiting for a block to fill, a flood while it goes on, and where nothing is new nothing is made
 * for the screen.
 */
#include "tests/unit/support.h"

#include "core/feed.h"
#include "core/live_lane.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
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
    int looks; /* so often will waiting for more end after a moment, with nothing new */
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
    bool looks = slow->looks > 0;
    slow->looks -= looks;
    pthread_mutex_unlock(&slow->lock);
    if (!full)
        wake_wait(wake, looks ? clock_machine() + 1000000 : deadline);
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

    int blocks; /* the lane's: how many it has counted */
    atomic_bool over;
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

/* `clock` becomes the desk's. But for `listen`, snapshots are published. */
static void open_with(struct desk *desk, uint32_t sources, struct clock *clock,
                      live_lane_report report)
{
    bool screen = report != listen;
    *desk = (struct desk){
        .gate = PTHREAD_MUTEX_INITIALIZER,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .slow = {.feed = {&slow_ops}, .sources = sources, .lock = PTHREAD_MUTEX_INITIALIZER}};
    desk->definition = make_definition("key", "count");
    desk->symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    desk->clock = clock;
    wake_init(&desk->told);
    struct live_lane_config config = {.definition = desk->definition,
                                      .symbols = desk->symbols,
                                      .clock = desk->clock,
                                      .feed = &desk->slow.feed,
                                      .screen = screen,
                                      .changed = screen ? &desk->told : NULL,
                                      .report = report,
                                      .report_context = desk};
    desk->lane = live_lane_new(&config);
    assert_int_equal(live_lane_start(desk->lane, NULL), STATUS_OK);
}

static void open_desk(struct desk *desk, uint32_t sources)
{
    open_with(desk, sources, clock_new_stopped(NOON + MS_PER_DAY), listen);
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

/* For the reader to find. */
static void lay_down(struct desk *desk, uint32_t source, epoch_ms time)
{
    pthread_mutex_lock(&desk->slow.lock);
    desk->slow.event = (struct event){.time = time, .key = {SYMBOL_FIRST}};
    desk->slow.source = source;
    desk->slow.full = true;
    pthread_mutex_unlock(&desk->slow.lock);
}

static void give(struct desk *desk, uint32_t source, epoch_ms time)
{
    lay_down(desk, source, time);
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

/* --- what is made for the screen --- */

static bool shows_read(const struct snapshot_live *live, uint64_t read)
{
    return live->outcomes.read == read;
}

static bool shows_more(const struct snapshot_live *live, uint64_t read)
{
    return live->outcomes.read > read;
}

/* A second after the last event the rate is 0, and that is the last that is new. */
static bool is_quiet(const struct snapshot_live *live, uint64_t read)
{
    return live->outcomes.read == read && live->rate == 0;
}

/* The newest snapshot, when it is what is waited for; its number of records read. */
static const struct snapshot_live *
await_screen(struct desk *desk, bool (*wanted)(const struct snapshot_live *, uint64_t),
             uint64_t read)
{
    mono_ns end = machine_ns() + (mono_ns)PATIENCE_S * 1000000000;
    for (;;) {
        wake_clear(&desk->told);
        const struct snapshot_live *live = live_lane_newest(desk->lane);
        if (live && wanted(live, read))
            return live;
        if (machine_ns() > end)
            fail_msg("the screen shows %d, wanted %d", live ? (int)live->outcomes.read : -1,
                     (int)read);
        wake_wait(&desk->told, machine_ns() + 100 * 1000000);
    }
}

static void a_lone_event_is_shown(void **state)
{
    (void)state;
    struct desk desk;
    open_with(&desk, 1, clock_new_real(), NULL);
    pthread_mutex_lock(&desk.slow.lock);
    desk.slow.looks = INT32_MAX; /* nobody but the reader tells the lane of it */
    pthread_mutex_unlock(&desk.slow.lock);
    give(&desk, 0, NOON);
    await_screen(&desk, is_quiet, 1);
    for (uint64_t n = 2; n <= 4; n++) { /* of a block's 4096, and no more come */
        lay_down(&desk, 0, NOON);
        await_screen(&desk, shows_read, n);
    }
    close_desk(&desk);
}

/* In the lane's thread, behind each block: not before two more wait, so that it never comes to the
 * end of what there is. */
static void stay_behind(void *context, const struct live_lane *lane, bool last)
{
    struct desk *desk = context;
    (void)lane;
    for (desk->blocks++; !last && !atomic_load(&desk->over) && given(desk) < desk->blocks + 2;)
        sched_yield();
}

/* It goes on until the screen was seen to follow it. */
static void a_flood_is_shown_while_it_goes_on(void **state)
{
    (void)state;
    struct desk desk;
    uint64_t read = 0;
    open_with(&desk, 1, clock_new_real(), stay_behind);
    lay_down(&desk, 0, NOON);
    pthread_mutex_lock(&desk.slow.lock);
    desk.slow.many = INT32_MAX;
    pthread_mutex_unlock(&desk.slow.lock);
    live_lane_wake(desk.lane);
    for (int seen = 0; seen < 5; seen++)
        read = await_screen(&desk, shows_more, read)->outcomes.read;
    atomic_store(&desk.over, true);
    close_desk(&desk);
}

static int looks_left(struct desk *desk)
{
    pthread_mutex_lock(&desk->slow.lock);
    int left = desk->slow.looks;
    pthread_mutex_unlock(&desk->slow.lock);
    return left;
}

/* The reader looks at its feed a hundred times, and there is nothing. */
static void nothing_new_is_not_published(void **state)
{
    (void)state;
    enum { LOOKS = 100 };
    struct desk desk;
    open_with(&desk, 1, clock_new_real(), NULL);
    give(&desk, 0, NOON);
    mono_ns newest = await_screen(&desk, is_quiet, 1)->published;
    pthread_mutex_lock(&desk.slow.lock);
    desk.slow.looks = LOOKS;
    pthread_mutex_unlock(&desk.slow.lock);
    live_lane_wake(desk.lane); /* who asks is answered, once */
    int published = 0;
    mono_ns end = machine_ns() + (mono_ns)PATIENCE_S * 1000000000;
    while (looks_left(&desk) > 0 && machine_ns() < end) {
        wake_wait(&desk.told, machine_ns() + 10 * 1000000);
        wake_clear(&desk.told);
        published += live_lane_newest(desk.lane)->published != newest;
        newest = live_lane_newest(desk.lane)->published;
    }
    assert_int_equal(looks_left(&desk), 0);
    assert_in_range(published, 0, 2);
    close_desk(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_is_idle_after_a_minute),
        cmocka_unit_test(alone_it_changes_nothing),
        cmocka_unit_test(a_full_ring_stops_the_reader),
        cmocka_unit_test(a_lone_event_is_shown),
        cmocka_unit_test(a_flood_is_shown_while_it_goes_on),
        cmocka_unit_test(nothing_new_is_not_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
