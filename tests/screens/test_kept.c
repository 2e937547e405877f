/*
 * A dashboard with a state, against golden pictures.
 *
 * Protects: the age of the newest commit stands beside LIVE, and NOT DURABLE in its place (S-91,
 * S-95); a finished day is named, has no minute of now and no open ones, and the keys that lead to
 * it are offered; a viewer that only looks says so, how old what it shows is, and offers no key of
 * the lanes.
 */
#include "tests/screens/golden.h"
#include "tui/days.h"

#include <locale.h>

static struct fixture fixture;

static int open_fixture(void **state)
{
    (void)state;
    fixture_open_with(&fixture, "tickets", false);
    struct snapshot_live *live = &fixture.live;
    live->durable = (struct durable_figures){.kept = true,
                                             .durable = true,
                                             .epoch = 4711,
                                             .committed = MONO - 400 * INT64_C(1000000),
                                             .took_ns = 2100000,
                                             .bytes = 3200,
                                             .commits = 12};
    live->known_len = 3;
    for (int d = 0; d < 3; d++)
        live->known[d] = live->table.day - 2 + d;
    days_note(&fixture.app, live);
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void expect_sizes(const char *name)
{
    static const int sizes[][2] = {{120, 40}, {80, 24}, {60, 16}};
    char file[64];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(file, sizeof file, "%s_%dx%d", name, sizes[i][0], sizes[i][1]);
        expect(file, &fixture, sizes[i][0], sizes[i][1], false);
    }
}

static void test_saved(void **state)
{
    (void)state;
    expect_sizes("kept");
}

static void test_not_durable(void **state)
{
    (void)state;
    struct durable_figures *figures = &fixture.live.durable;
    figures->durable = false;
    figures->failures = 3;
    figures->recoveries = 1;
    figures->since = MONO - (mono_ns)12 * 1000000000;
    fixture.live.held = figures->since + 400000000; /* the age grows from when nobody counts */
    snprintf(figures->cause, sizeof figures->cause,
             "state '/var/lib/desk' cannot be written: "
             "database or disk is full");
    expect_sizes("kept_not_durable");
}

static void test_finished_day(void **state)
{
    (void)state;
    struct snapshot_live *live = &fixture.live;
    assert_int_equal(app_update(&fixture.app, KEY_ARROW_LEFT, MONO, CLOCK), APP_SHOW_DAY);
    assert_int_equal(fixture.app.day, live->known[1]);
    live->table.day = fixture.batch.table.day = fixture.app.day;
    fixture.app.message[0] = '\0';
    expect_sizes("kept_finished_day");
    assert_int_equal(app_update(&fixture.app, KEY_ARROW_LEFT, MONO, CLOCK), APP_SHOW_DAY);
    assert_int_equal(app_update(&fixture.app, KEY_ARROW_LEFT, MONO, CLOCK), APP_NOTHING);
    assert_int_equal(fixture.app.day, live->known[0]);
    assert_int_equal(app_update(&fixture.app, KEY_ARROW_RIGHT, MONO, CLOCK), APP_SHOW_DAY);
    assert_int_equal(app_update(&fixture.app, KEY_ARROW_RIGHT, MONO, CLOCK), APP_SHOW_DAY);
    assert_false(days_chosen(&fixture.app));
}

static void test_looks(void **state)
{
    (void)state;
    fixture.live.looked = fixture.app.config.looks = true;
    fixture.live.has_writer = true;
    fixture.frame.batch = NULL;
    assert_int_equal(app_update(&fixture.app, 'b', MONO, CLOCK), APP_NOTHING);
    fixture.app.message[0] = '\0';
    expect_sizes("kept_read_only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_saved, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_not_durable, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_finished_day, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(test_looks, open_fixture, close_fixture)};
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
