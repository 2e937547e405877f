/*
 * The screen's own state: what each key asks for, what a pause keeps, what is measured at the
 * glass, which view is open, where the cursor goes, the pace of frames, the age of the batch
 * answer, the plain line.
 */
#include "tests/screens/fixture.h"
#include "tui/age.h"
#include "tui/pace.h"
#include "tui/plain.h"
#include "tui/theme.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct fixture fixture;
static struct app *const app = &fixture.app;

static int open_simulated(void **state)
{
    (void)state;
    fixture_open_with(&fixture, "tickets", true);
    return 0;
}

static int open_followed(void **state)
{
    (void)state;
    fixture_open_with(&fixture, "tickets", false);
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static enum app_want press(int32_t key)
{
    return app_update(app, key, MONO, CLOCK);
}

static void test_every_key_acts(void **state)
{
    (void)state;
    assert_int_equal(press(' '), APP_SEND);
    assert_int_equal(press('b'), APP_RUN_BATCH);
    assert_int_equal(press(']'), APP_SET_EVERY);
    assert_int_equal(press('+'), APP_SET_SPEED);
    assert_int_equal(press('p'), APP_HOLD);
    assert_int_equal(press('p'), APP_RELEASE);
    assert_int_equal(press('?'), APP_NOTHING);
    assert_int_equal(app->help_page, 1);
    assert_int_equal(press('q'), APP_QUIT);
}

static void test_schedule_steps(void **state)
{
    (void)state;
    static const int64_t down[] = {
        15 * MS_PER_MINUTE, 5 * MS_PER_MINUTE, MS_PER_MINUTE, 10000, 1000, 100, 100};
    for (size_t i = 0; i < sizeof down / sizeof *down; i++) {
        press(']');
        assert_int_equal(app->every_ms, down[i]);
    }
    assert_true(app->message_is_warning);
    for (int i = 0; i < 9; i++)
        press('[');
    assert_int_equal(app->every_ms, MS_PER_DAY);
    app->every_ms = 42 * MS_PER_MINUTE; /* given by --every: between two steps */
    press('[');
    assert_int_equal(app->every_ms, MS_PER_HOUR);
    app->every_ms = 42 * MS_PER_MINUTE;
    press(']');
    assert_int_equal(app->every_ms, 15 * MS_PER_MINUTE);
    assert_string_equal(app_message(app, MONO), "batch every 15 min");
}

static void test_speed_steps(void **state)
{
    (void)state;
    press('=');
    assert_int_equal(app->speed, 720);
    for (int i = 0; i < 5; i++)
        press('+');
    assert_int_equal(app->speed, 3600);
    for (int i = 0; i < 15; i++)
        press('_');
    assert_int_equal(app->speed, 1);
    assert_int_equal(press('-'), APP_NOTHING);
}

static void test_real_time_has_no_speed(void **state)
{
    (void)state;
    assert_int_equal(press('+'), APP_NOTHING);
    assert_int_equal(app->speed, 1);
    assert_non_null(strstr(app_message(app, MONO), "simulator"));
}

static void test_unknown_keys_hint(void **state)
{
    (void)state;
    assert_int_equal(press('x'), APP_NOTHING);
    assert_string_equal(app_message(app, MONO), "x does nothing here; ? lists the keys");
    assert_int_equal(press(KEY_OTHER), APP_NOTHING);
    assert_int_equal(press(0), APP_NOTHING);
    assert_int_equal(press(0x1b), APP_NOTHING);
    assert_null(app_message(app, MONO + (int64_t)APP_MESSAGE_MS * 1000000));
}

static void test_help_closes_on_any_key(void **state)
{
    (void)state;
    press('?');
    app->help_pages = 2;
    press('?');
    assert_int_equal(app->help_page, 2);
    press('?');
    assert_int_equal(app->help_page, 0);
    press('?');
    assert_int_equal(press('b'), APP_NOTHING); /* leaves, and does nothing else */
    assert_int_equal(app->help_page, 0);
}

static void test_views_open_and_close(void **state)
{
    (void)state;
    press('d');
    assert_int_equal(app->view, APP_DIFFERENCE);
    press('l'); /* one at a time */
    assert_int_equal(app->view, APP_LATE);
    press('e');
    press(0x1b); /* what was opened last */
    assert_false(app->explaining);
    assert_int_equal(app->view, APP_LATE);
    press(0x1b);
    assert_int_equal(app->view, APP_RACE);
    press('d');
    press('d');
    assert_int_equal(app->view, APP_RACE);
    press('e');
    press('e');
    assert_false(app->explaining);
    assert_int_equal(press('b'), APP_RUN_BATCH); /* keys work whatever is open */
    press('l');
    press('p');
    assert_true(app->paused && app->view == APP_LATE);
}

static void test_keys_of_what_is_not_open_hint(void **state)
{
    (void)state;
    press('\t');
    assert_non_null(strstr(app_message(app, MONO), "d opens it"));
    press(KEY_ARROW_UP);
    assert_non_null(strstr(app_message(app, MONO), "e opens it"));
    press('d');
    press('\t'); /* tickets have one measure that adds up */
    assert_non_null(strstr(app_message(app, MONO), "one measure"));
    assert_int_equal(app->config.definition->measures[app_measure(app)].kind, MEASURE_COUNT);
}

static void test_tab_goes_through_count_and_sums(void **state)
{
    (void)state;
    fixture_close(&fixture);
    fixture_open_with(&fixture, "payments", false);
    press('d');
    assert_int_equal(app_measures(app), 2);
    assert_int_equal(app->config.definition->measures[app_measure(app)].kind, MEASURE_COUNT);
    press('\t');
    assert_int_equal(app->config.definition->measures[app_measure(app)].kind, MEASURE_SUM);
    press('d');
    press('d'); /* kept while closed */
    assert_int_equal(app->config.definition->measures[app_measure(app)].kind, MEASURE_SUM);
    press('\t');
    assert_int_equal(app->config.definition->measures[app_measure(app)].kind, MEASURE_COUNT);
}

/* On the 120x24 screen: open, today, /min, spark; open, today, behind, share. */
static void settle(int width, int height)
{
    view_settle(width, height, &fixture.frame, app);
}

static void stands(enum cursor_lane lane, int what, int row)
{
    settle(120, 24);
    assert_int_equal(app->cursor.lane, lane);
    assert_int_equal(app->cursor.what, what);
    assert_int_equal(app->cursor.row, row);
}

static void test_cursor_walks_both_lanes(void **state)
{
    (void)state;
    press('e');
    stands(CURSOR_LIVE, 1, 0); /* the count */
    press(KEY_ARROW_UP);
    stands(CURSOR_LIVE, 1, 0);
    press(KEY_ARROW_LEFT);
    press(KEY_ARROW_LEFT);
    stands(CURSOR_LIVE, 0, 0); /* stays at the edge */
    for (int i = 0; i < 3; i++)
        press(KEY_ARROW_RIGHT);
    stands(CURSOR_LIVE, CURSOR_SPARK, 0);
    press(KEY_ARROW_RIGHT);
    stands(CURSOR_BATCH, 0, 0);
    for (int i = 0; i < 9; i++)
        press(KEY_ARROW_RIGHT);
    stands(CURSOR_BATCH, CURSOR_SHARE, 0);
    for (int i = 0; i < 9; i++)
        press(KEY_ARROW_DOWN);
    stands(CURSOR_BATCH, CURSOR_SHARE, 2); /* the total has no bar */
    press(KEY_ARROW_LEFT);
    press(KEY_ARROW_DOWN);
    stands(CURSOR_BATCH, CURSOR_BEHIND, CURSOR_TOTAL);
    for (int i = 0; i < 3; i++)
        press(KEY_ARROW_LEFT);
    stands(CURSOR_LIVE, CURSOR_RATE, CURSOR_TOTAL); /* over the missing spark */
    press(KEY_ARROW_UP);
    stands(CURSOR_LIVE, CURSOR_RATE, 2);
}

/* A resize takes columns away, a new group comes between, a lane has no answer: the cursor is
 * always on a number that is there, and on the same one where it can be. */
static void test_cursor_keeps_its_number(void **state)
{
    (void)state;
    press('e');
    settle(120, 24);
    press(KEY_ARROW_DOWN);
    settle(120, 24);
    struct snapshot_table *table = &fixture.live.table;
    memmove(table->rows + 1, table->rows, 3 * sizeof *table->rows);
    table->rows[0].key[0] = 99;
    table->rows_len = 4;
    stands(CURSOR_LIVE, 1, 2);
    press(KEY_ARROW_RIGHT);
    press(KEY_ARROW_RIGHT);
    settle(60, 16); /* no spark there */
    assert_non_null(cursor_column(&app->cursor, &app->tables[app->cursor.lane]));
    assert_int_not_equal(app->cursor.what, CURSOR_SPARK);
    fixture.frame.live = NULL;
    settle(120, 24);
    assert_int_equal(app->cursor.lane, CURSOR_BATCH);
    fixture.batch.runs_len = 0;
    settle(120, 24);
    press(KEY_ARROW_DOWN); /* nothing to stand on: nothing happens */
    assert_int_equal(app->tables[CURSOR_BATCH].columns_len, 0);
}

/* The backlog found at the start is no latency; what comes after it is, once a mark. */
static void test_latency(void **state)
{
    (void)state;
    struct snapshot_live *live = &fixture.live;
    live->marks[0] = (struct snapshot_mark){MONO - 700000000, 12003};
    assert_false(app_shown(app, live, NULL, MONO, CLOCK));
    assert_int_equal(app->latency.count, 0);
    live->marks[1] = (struct snapshot_mark){MONO + 1000000, 12010};
    live->marks_len = 2;
    live->outcomes.read = 12010;
    app_shown(app, live, NULL, MONO + 4000000, CLOCK);
    app_shown(app, live, NULL, MONO + 9000000, CLOCK);
    assert_int_equal(app->latency.count, 1);
    assert_int_equal(app->latest_ns, 3000000);
}

static void test_pause_is_no_latency(void **state)
{
    (void)state;
    struct snapshot_live *live = &fixture.live;
    app_shown(app, live, NULL, MONO, CLOCK);
    press('p');
    app_received(app, 12500);
    press('p');
    live->marks[0] = (struct snapshot_mark){MONO, 12400};
    live->outcomes.read = 12500;
    app_shown(app, live, NULL, MONO + 60000000000, CLOCK);
    assert_int_equal(app->latency.count, 0);
}

static void test_two_stopwatches(void **state)
{
    (void)state;
    struct snapshot_live *live = &fixture.live;
    live->tracer = (struct snapshot_tracer){
        .number = 1, .state = TRACER_SENT, .own = true, .since = MONO, .since_clock = CLOCK};
    app_shown(app, live, &fixture.batch, MONO + 1, CLOCK);
    assert_int_equal(app_tracer(app)->live_ns, -1);
    live->tracer.state = TRACER_SEEN;
    assert_true(app_shown(app, live, &fixture.batch, MONO + 3000000, CLOCK + 1080));
    assert_int_equal(app_tracer(app)->live_ns, 3000000);
    fixture.batch.tracer_seen = 1;
    assert_true(app_shown(app, live, &fixture.batch, MONO + 9000000, CLOCK + 3240));
    assert_int_equal(app_tracer(app)->batch_ns, 9000000);
    assert_int_equal(app_tracer(app)->batch_ms, 3240);
    assert_false(app_shown(app, live, &fixture.batch, MONO + 10000000, CLOCK + 3600));
    assert_int_equal(app_tracer(app)->live_ns, 3000000);
}

static void test_tracers_are_bounded(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= APP_TRACERS + 5; i++) {
        fixture.live.tracer = (struct snapshot_tracer){.number = i, .state = TRACER_SEEN};
        app_shown(app, &fixture.live, NULL, MONO, CLOCK);
    }
    assert_int_equal(app->tracers_len, APP_TRACERS);
    assert_int_equal(app_tracer(app)->number, APP_TRACERS + 5);
    assert_int_equal(app->tracers[0].number, 6);
}

/* Exact: runs at 1000 (shown 1100) and 2000 (shown 2300). */
static void test_age_is_a_saw_tooth(void **state)
{
    (void)state;
    struct snapshot_batch *batch = &fixture.batch;
    batch->runs[0] = (struct snapshot_run){.mark = 1000, .published = 1100};
    batch->runs[1] = (struct snapshot_run){.mark = 2000, .published = 2300};
    batch->runs_len = 2;
    assert_int_equal(age_at(batch, 1099), -1);
    assert_int_equal(age_at(batch, 1100), 100);
    assert_int_equal(age_at(batch, 2299), 1299);
    assert_int_equal(age_at(batch, 2300), 300);
    struct age_summary summary = age_over(batch, 0, 2500);
    assert_true(summary.any);
    assert_int_equal(summary.greatest, 1300);
    /* (1200 * 700 + 200 * 400) / 1400 */
    assert_int_equal(summary.mean, 657);
    /* a window that begins between mark and publication */
    assert_int_equal(age_over(batch, 1050, 1200).mean, 150);
    assert_false(age_over(batch, 0, 1000).any);
}

/* Never more than 30 in any second, however eager; two at once. */
static void test_pace(void **state)
{
    (void)state;
    struct pace pace = {0};
    mono_ns drawn[200];
    int len = 0;
    for (mono_ns now = 5000000000; len < 200; now += 100000) {
        if (now >= pace_earliest(&pace)) {
            pace_drawn(&pace, now);
            drawn[len++] = now;
        }
    }
    assert_true(drawn[1] - drawn[0] <= 100000);
    for (int i = 0; i + PACE_FRAMES < len; i++)
        assert_true(drawn[i + PACE_FRAMES] - drawn[i] >= 1000000000);
}

static void test_plain_line(void **state)
{
    (void)state;
    char line[PLAIN_LINE];
    plain_line(&fixture.frame, false, line);
    assert_string_equal(line, "08:42:17  total 12 003  High 4 812  Medium 4 790  Low 2 401  "
                              "batch 10 951, 42 min 17 s old");
    snprintf(fixture.live.table.rows[0].label, SNAPSHOT_LABEL, "\x1b[2J");
    plain_line(&fixture.frame, false, line);
    assert_null(strchr(line, '\x1b'));
    for (int i = 0; i < SNAPSHOT_ROWS; i++) {
        memset(fixture.live.table.rows[i].label, 0xFF, SNAPSHOT_LABEL - 1);
        fixture.live.table.rows[i].label[SNAPSHOT_LABEL - 1] = '\0';
    }
    fixture.live.table.rows_len = SNAPSHOT_ROWS;
    assert_true(plain_line(&fixture.frame, false, line) < PLAIN_LINE);
}

static void test_theme_choice(void **state)
{
    (void)state;
    assert_string_equal(theme_choose(NULL, NULL, NULL)->name, "dark");
    assert_string_equal(theme_choose(NULL, "1", "0;15")->name, "mono");
    assert_string_equal(theme_choose(NULL, "", "0;15")->name, "light");
    assert_string_equal(theme_choose(NULL, NULL, "0;default;7")->name, "light");
    assert_string_equal(theme_choose(NULL, NULL, "15;0")->name, "dark");
    assert_string_equal(theme_choose("light", "1", NULL)->name, "light");
    assert_null(theme_choose("pink", NULL, NULL));
}

#define SIMULATED(test) cmocka_unit_test_setup_teardown(test, open_simulated, close_fixture)
#define FOLLOWED(test)  cmocka_unit_test_setup_teardown(test, open_followed, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIMULATED(test_every_key_acts),
        SIMULATED(test_schedule_steps),
        SIMULATED(test_speed_steps),
        FOLLOWED(test_real_time_has_no_speed),
        SIMULATED(test_unknown_keys_hint),
        SIMULATED(test_help_closes_on_any_key),
        SIMULATED(test_views_open_and_close),
        SIMULATED(test_keys_of_what_is_not_open_hint),
        SIMULATED(test_tab_goes_through_count_and_sums),
        SIMULATED(test_cursor_walks_both_lanes),
        SIMULATED(test_cursor_keeps_its_number),
        SIMULATED(test_latency),
        SIMULATED(test_pause_is_no_latency),
        SIMULATED(test_two_stopwatches),
        SIMULATED(test_tracers_are_bounded),
        SIMULATED(test_age_is_a_saw_tooth),
        SIMULATED(test_pace),
        SIMULATED(test_plain_line),
        SIMULATED(test_theme_choice),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
