/*
 * A fault as it is told: its word and its age on the first line, what to do about it on the last.
 *
 * Protects: the rank of conditions (what keeps answers from being right comes before what makes
 * them old); that a clock that was set, or a machine that slept, is said and for how long; that the
 * keys which help and quit stay; that it fits at 60 columns.
 */
#include "tests/screens/golden.h"
#include "tui/condition.h"

#include <errno.h>
#include <locale.h>

static struct fixture fixture;

static int open_fixture(void **state)
{
    (void)state;
    fixture_open(&fixture);
    fixture.app.config.simulated = false;
    fixture.app.config.feed_name = "tickets.csv";
    fixture.app.speed = 1;
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* The first line and the last, at three sizes. */
static void expect_lines(const char *name)
{
    static const int sizes[][2] = {{120, 40}, {80, 24}, {60, 16}};
    char *lines = mem_zero(1, 8192);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct cells *cells = cells_new(sizes[s][0], sizes[s][1], false);
        view_draw(cells, &fixture.frame);
        char *text = terminal_text(cells), *last = text + strlen(text) - 1;
        *last = '\0';
        size_t used = strlen(lines);
        snprintf(lines + used, 8192 - used, "%.*s\n%s\n", (int)strcspn(text, "\n"), text,
                 strrchr(text, '\n') + 1);
        free(text);
        cells_free(cells);
    }
    expect_text(name, lines);
    free(lines);
}

static const char *word(void)
{
    static struct condition condition;
    condition = condition_of(&fixture.frame);
    return condition.text;
}

static void cannot_read(int errno_value)
{
    struct feed_status *feed = &fixture.live.feed;
    feed->state = FEED_ERROR;
    feed->errno_value = errno_value;
    feed->failing_since = fixture.frame.mono - 3000000000;
    feed->retry_at = fixture.frame.mono + 1600 * 1000000LL;
    snprintf(feed->message, sizeof feed->message, "/var/log/tickets.csv: %s",
             strerror(errno_value));
}

static void test_cannot_read(void **state)
{
    (void)state;
    cannot_read(EIO);
    expect_lines("condition_cannot_read");
    assert_string_equal(word(), "CANNOT READ, retry in 2 s (Input/output error)");
    fixture.frame.mono += 9000000000;
    assert_string_equal(word(), "CANNOT READ, retry in 0 s (Input/output error)");
}

static void feed_gone(void)
{
    fixture.live.feed.gone_since = fixture.frame.now - 75 * 1000000000LL;
    snprintf(fixture.live.feed.message, sizeof fixture.live.feed.message,
             "/var/log/tickets.csv: removed or moved away");
}

static void test_gone(void **state)
{
    (void)state;
    feed_gone();
    expect_lines("condition_gone");
}

static void lines_missing(void)
{
    struct feed_status *feed = &fixture.live.feed;
    feed->gaps = 2;
    feed->gap_at = fixture.frame.mono - 7 * 1000000000LL;
    snprintf(feed->gap, sizeof feed->gap,
             "truncated, no copy found: lines after byte 86 may be missing: tickets.csv");
}

static void test_lines_missing(void **state)
{
    (void)state;
    lines_missing();
    expect_lines("condition_missing");
    fixture.live.feed.gap_at -= 53 * 1000000000LL;
    assert_string_equal(word(), "LIVE 3.0 ms");
}

static void set_clock(int64_t ms)
{
    fixture.frame.look.set_ms = ms;
    fixture.frame.look.set_at = fixture.frame.now - 12 * 1000000000LL;
}

static void test_clock(void **state)
{
    (void)state;
    set_clock(5 * MS_PER_HOUR - 3);
    expect_lines("condition_clock_ahead");
    set_clock(-90 * MS_PER_MINUTE);
    expect_lines("condition_clock_back");
    fixture.frame.now += 47 * 1000000000LL;
    assert_string_equal(word(), "CLOCK SET -1 h 30 min, 59 s ago");
    fixture.frame.now += 1000000000LL;
    assert_string_equal(word(), "LIVE 3.0 ms");
}

static void test_sleep(void **state)
{
    (void)state;
    fixture.frame.look.slept_ms = 8 * MS_PER_HOUR;
    fixture.frame.look.woke_at = fixture.frame.now - 19 * 1000000000LL;
    assert_string_equal(word(), "WOKE UP after 8 h 00 min asleep");
    fixture.frame.now += 1000000000LL;
    assert_string_equal(word(), "LIVE 3.0 ms");
}

static void test_alerts_wait(void **state)
{
    (void)state;
    fixture.frame.outlet = "alerts.jsonl: No space left on device; alerts wait to be written";
    fixture.frame.outlet_waits = true;
    expect_lines("condition_alerts_wait");
}

/* All at once, and one after the other gone. */
static void test_rank(void **state)
{
    (void)state;
    fixture.live.feed.unread = 300 * 1024 * 1024;
    set_clock(MS_PER_HOUR);
    fixture.frame.outlet_waits = true;
    fixture.frame.outlet = "full";
    feed_gone();
    lines_missing();
    cannot_read(EIO);
    fixture.frame.trouble = "out of room";
    fixture.app.paused = true;
    fixture.app.paused_at = fixture.frame.now;
    assert_memory_equal(word(), "PAUSED", 6);
    fixture.app.paused = false;
    assert_memory_equal(word(), "FAILED out of room", 18);
    fixture.frame.trouble = "";
    assert_memory_equal(word(), "CANNOT READ", 11);
    fixture.live.feed.state = FEED_READING;
    assert_memory_equal(word(), "FEED GONE 1 min 15 s", 20);
    fixture.live.feed.gone_since = 0;
    assert_memory_equal(word(), "LINES MAY BE MISSING, 7 s ago", 29);
    fixture.live.feed.gaps = 0;
    assert_memory_equal(word(), "ALERTS WAIT", 11);
    fixture.frame.outlet_waits = false;
    assert_memory_equal(word(), "CLOCK SET", 9);
    fixture.frame.look.set_at = 0;
    assert_memory_equal(word(), "CATCHING UP", 11);
    fixture.live.feed.unread = 0;
    fixture.live.last_event = fixture.frame.mono - 41 * 1000000000LL;
    assert_string_equal(word(), "STALLED no data 41 s");
    fixture.live.last_event = fixture.frame.mono;
    assert_memory_equal(word(), "LIVE", 4);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cannot_read, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_gone, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_lines_missing, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_clock, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_sleep, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_alerts_wait, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_rank, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
