/*
 * What stands below the lanes in each arrangement, against golden pictures, and what its keys do.
 *
 * Protects: every number says which layer it is of, in a letter and not by colour alone (S-115);
 * a day sealed by hand, run again, or with late events since says so; a replay says how far it is,
 * and whether the answer is the same (S-116); a micro-batch says its trigger and its age (S-117);
 * sealing asks first.
 */
#include "tests/screens/golden.h"

#include "core/serving.h"
#include "tui/arrangement.h"

#include <locale.h>

static struct fixture fixture;
static struct served served;
static struct snapshot_replay replay;

static int open_fixture(void **state)
{
    (void)state;
    fixture_open(&fixture);
    memset(&replay, 0, sizeof replay);
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
    return app_update(&fixture.app, key, MONO, CLOCK);
}

static void settle(void)
{
    serving_make(fixture.definition, &fixture.live, &fixture.batch, &served);
    arrangement_settle(&fixture.app, &served);
    fixture.frame.served = &served;
    fixture.frame.replay = &replay;
}

static void expect_sizes(const char *name)
{
    static const int sizes[][2] = {{120, 40}, {120, 24}, {80, 24}, {60, 16}};
    char file[64];
    fixture.app.message[0] = '\0';
    settle();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(file, sizeof file, "%s_%dx%d", name, sizes[i][0], sizes[i][1]);
        expect(file, &fixture, sizes[i][0], sizes[i][1], false);
    }
}

/* Three groups, the total a little off what live has. */
static struct snapshot_day make_day(int32_t day, uint64_t count)
{
    static const char *const labels[] = {"High", "Medium", "Low"};
    struct snapshot_day made = {.day = day, .rows_len = 3, .total = {.count = count * 3}};
    for (int r = 0; r < 3; r++) {
        made.rows[r] = (struct snapshot_day_row){.key = {(symbol)(r + 3)}, .count = count};
        snprintf(made.rows[r].label, sizeof made.rows[r].label, "%s", labels[r]);
    }
    return made;
}

static void seal(int32_t day, uint64_t count, bool by_operator)
{
    struct snapshot_seal made = {.answer = make_day(day, count),
                                 .sealed = instant_day_start(day + 1, 0) + 605000,
                                 .by_operator = by_operator};
    serving_seal(&fixture.batch, &made);
}

static void open_days(void)
{
    fixture.batch.sealing = INT32_MIN;
    for (int d = 0; d < 5; d++)
        fixture.live.days[fixture.live.days_len++] = make_day(DAY - d, 4001 + (uint64_t)d * 97);
    seal(DAY - 4, 4389, false);
    seal(DAY - 3, 4292, true);
    seal(DAY - 3, 4293, true); /* again, and batch has what live kept out */
    seal(DAY - 2, 4194, false);
    assert_int_equal(press('m'), APP_ARRANGE);
    assert_int_equal(fixture.app.arrangement, ARRANGEMENT_LAMBDA);
}

static void lambda(void **state)
{
    (void)state;
    open_days();
    expect_sizes("lambda");
    fixture.batch.sealing = DAY - 1;
    settle();
    expect("lambda_sealing", &fixture, 80, 24, false);
    fixture.batch.sealing = INT32_MIN;
    snprintf(fixture.batch.seal_trouble, sizeof fixture.batch.seal_trouble,
             "tickets.csv: Permission denied");
    fixture.definition->watermark.lateness_ms = WINDOW_LATENESS_FOREVER;
    settle();
    expect("lambda_trouble", &fixture, 80, 24, false);
}

static void lambda_without_a_day(void **state)
{
    (void)state;
    press('m');
    settle();
    expect("lambda_empty", &fixture, 80, 24, false);
}

static void sealing_asks_first(void **state)
{
    (void)state;
    assert_int_equal(press('s'), APP_NOTHING);
    assert_non_null(strstr(fixture.app.message, "m goes to Lambda"));
    open_days();
    settle();
    /* late since sealing comes before what is not sealed */
    assert_int_equal(fixture.app.seal_day, DAY - 2);
    assert_int_equal(press('s'), APP_NOTHING);
    assert_string_equal(fixture.app.message, "run 3 Jan again in batch? s again does it");
    assert_int_equal(press('s'), APP_SEAL);
    assert_int_equal(press('s'), APP_NOTHING); /* and asks again */
    assert_int_equal(app_update(&fixture.app, 's', MONO + (mono_ns)5000 * 1000000, CLOCK),
                     APP_NOTHING);
    fixture.batch.seals_len = 0;
    settle();
    assert_int_equal(fixture.app.seal_day, DAY - 4);
    assert_int_equal(press('s'), APP_NOTHING);
    assert_non_null(strstr(fixture.app.message, "without waiting"));
    fixture.live.days_len = 0;
    settle();
    assert_int_equal(press('s'), APP_NOTHING);
    assert_non_null(strstr(fixture.app.message, "every day is sealed"));
}

static void kappa(void **state)
{
    (void)state;
    assert_int_equal(press('r'), APP_NOTHING);
    press('m');
    assert_int_equal(press('m'), APP_ARRANGE);
    settle();
    expect("kappa_none", &fixture, 80, 24, false);
    assert_int_equal(press('r'), APP_REPLAY);
    replay = (struct snapshot_replay){
        .state = REPLAY_RUNNING, .bytes = 43, .total = 100, .rows = 4200000, .took_ns = 2000000000};
    expect_sizes("kappa");
    replay = (struct snapshot_replay){.state = REPLAY_SWITCHED,
                                      .rows = 12003,
                                      .took_ns = 5700000,
                                      .held_ns = 210000,
                                      .switched = CLOCK - 60000,
                                      .same = true};
    expect("kappa_same", &fixture, 80, 24, false);
    replay.same = false;
    snprintf(replay.text, sizeof replay.text, "in the future: 1 before, 0 now");
    expect("kappa_differs", &fixture, 60, 16, false);
    replay.state = REPLAY_FAILED;
    snprintf(replay.text, sizeof replay.text,
             "history is missing: 1 earlier files of the feed can no longer be read");
    expect("kappa_refused", &fixture, 80, 24, false);
}

static void micro_batch(void **state)
{
    (void)state;
    for (int m = 0; m < 3; m++)
        press('m');
    assert_int_equal(fixture.app.arrangement, ARRANGEMENT_MICRO_BATCH);
    assert_int_equal(fixture.app.trigger_ms, 10000);
    assert_int_equal(press(']'), APP_ARRANGE);
    assert_int_equal(fixture.app.trigger_ms, 1000);
    assert_int_equal(press(']'), APP_ARRANGE);
    assert_int_equal(press(']'), APP_NOTHING); /* no shorter */
    for (int longer = 0; longer < 5; longer++)
        assert_int_equal(press('['), APP_ARRANGE);
    assert_int_equal(fixture.app.trigger_ms, 5 * MS_PER_MINUTE);
    assert_int_equal(press('['), APP_NOTHING);
    for (int t = 20; t > 0; t--) { /* its teeth */
        fixture.live.trigger_ms = 5 * MS_PER_MINUTE;
        fixture.live.as_of = CLOCK / fixture.live.trigger_ms * fixture.live.trigger_ms -
                             (t - 1) * fixture.live.trigger_ms;
        app_shown(&fixture.app, &fixture.live, &fixture.batch, MONO, CLOCK);
    }
    expect_sizes("micro_batch");
    assert_int_equal(press('m'), APP_ARRANGE);
    assert_int_equal(fixture.app.arrangement, ARRANGEMENT_SIDE_BY_SIDE);
    assert_int_equal(fixture.app.view, APP_RACE);
    assert_int_equal(press(']'), APP_SET_EVERY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lambda, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(lambda_without_a_day, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(sealing_asks_first, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(kappa, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(micro_batch, open_fixture, close_fixture),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
