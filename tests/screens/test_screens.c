/*
 * The screen, as text: every layout and every state against a golden picture beside this file.
 *
 * Protects what a person sees: alignment, words, what drops where room is short, that no byte of a
 * feed leaves its cell (D-01, D-02). GENERATE=1 rewrites the pictures: look at the difference.
 */
#include "tests/screens/golden.h"
#include "tui/layout.h"

#include <locale.h>

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int width, height;
    } sizes[] = {
        {"120x40", 120, 40}, {"120x24", 120, 24}, {"120x16", 120, 16},
        {"80x40", 80, 40},   {"80x24", 80, 24},   {"80x16", 80, 16},
        {"60x40", 60, 40},   {"60x24", 60, 24},   {"60x16", 60, 16},
    };
    struct fixture fixture;
    fixture_open(&fixture);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        expect(sizes[i].name, &fixture, sizes[i].width, sizes[i].height, false);
    fixture_close(&fixture);
}

static void test_ascii(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    expect("ascii_120x24", &fixture, 120, 24, true);
    expect("ascii_60x16", &fixture, 60, 16, true);
    fixture_close(&fixture);
}

static void test_too_small(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    expect("too_small", &fixture, 40, 10, false);
    fixture_close(&fixture);
}

static void test_paused(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    app_update(&fixture.app, 'p', MONO, CLOCK);
    app_received(&fixture.app, 15115);
    fixture.frame.now = MONO + 12000000000;
    expect("paused", &fixture, 80, 24, false);
    fixture_close(&fixture);
}

static void test_help(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    app_update(&fixture.app, '?', MONO, CLOCK);
    expect("help_120x40", &fixture, 120, 40, false);
    expect("help_60x16", &fixture, 60, 16, false);
    app_update(&fixture.app, '?', MONO, CLOCK);
    expect("help_60x16_2", &fixture, 60, 16, false);
    fixture_close(&fixture);
}

static void test_empty(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open_with(&fixture, "tickets", true);
    fixture.frame.live = NULL;
    fixture.frame.batch = NULL;
    expect("starting", &fixture, 80, 24, false);

    memset(&fixture.live, 0, sizeof fixture.live);
    memset(&fixture.batch, 0, sizeof fixture.batch);
    fixture.live.feed.state = FEED_READING;
    fixture.batch.next_run = CLOCK + MS_PER_HOUR;
    fixture.frame.live = &fixture.live;
    fixture.frame.batch = &fixture.batch;
    expect("empty_80x24", &fixture, 80, 24, false);
    expect("empty_60x16", &fixture, 60, 16, false);
    fixture_close(&fixture);
}

/* A feed of somebody else's: what a file that is not there, silent, or unreadable looks like. */
static void test_followed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open_with(&fixture, "tickets", false);
    fixture.app.latest_ns = 4200000;
    fixture.live.last_event = MONO - 41000000000;
    fixture.live.tracer = (struct snapshot_tracer){.number = 1, .state = TRACER_ARMED};
    expect("stalled", &fixture, 80, 24, false);

    fixture.live.feed.unread = 290000000;
    fixture.live.marks[0].readable = MONO - 1800000000;
    fixture.batch.state = BATCH_RUNNING;
    fixture.batch.running_bytes = 42;
    fixture.batch.running_total = 100;
    expect("catching_up", &fixture, 120, 24, false);

    fixture.live.feed.unread = 0;
    fixture.live.feed.state = FEED_ERROR;
    fixture.live.feed.failing_since = MONO - 12000000000;
    snprintf(fixture.live.feed.message, sizeof fixture.live.feed.message,
             "tickets.csv: Permission denied");
    fixture.batch.state = BATCH_FAILED;
    snprintf(fixture.batch.message, sizeof fixture.batch.message, "tickets.csv: Permission denied");
    expect("failed", &fixture, 80, 24, false);

    memset(&fixture.live, 0, sizeof fixture.live);
    fixture.live.feed.state = FEED_WAITING_FILE;
    fixture.frame.batch = NULL;
    expect("waiting", &fixture, 80, 24, false);
    fixture_close(&fixture);
}

static void test_rejects(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct snapshot_live *live = &fixture.live;
    live->outcomes.rejected = 1203;
    live->reasons[0] = (struct snapshot_reason){"bad_timestamp", 1201, 0, 17};
    live->reasons[1] = (struct snapshot_reason){"missing_field:priority", 2, 0, 940};
    live->reasons_len = 2;
    app_say(&fixture.app, MONO, false, "batch every 15 min");
    expect("rejects_120x24", &fixture, 120, 24, false);
    expect("rejects_60x16", &fixture, 60, 16, false);
    fixture_close(&fixture);
}

/* More groups than rows, money, a day that is not today, a group that batch does not know yet. */
static void test_payments(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open_with(&fixture, "payments", false);
    struct snapshot_table *live = &fixture.live.table, *batch = &fixture.batch.table;
    live->day = batch->day = DAY - 1;
    live->groups = batch->groups = 20;
    live->rows_len = batch->rows_len = 20;
    for (int i = 0; i < 20; i++) {
        char label[8];
        uint64_t count = 41200u / (unsigned)(i + 1);
        snprintf(label, sizeof label, "%c%c", 'A' + i, 'Z' - i);
        fixture_row(&live->rows[i], (symbol)(3 + i), label, 0, count, 60u / (unsigned)(i + 1),
                    fixture_spark[i % 3]);
        live->rows[i].value[1] = (struct snapshot_value){(int64_t)count * 12345, true};
        batch->rows[i] = live->rows[i];
        batch->rows[i].count -= count / 9;
    }
    batch->rows[1].key[0] = 999;
    fixture_row(&live->total, 0, "", 0, 148000, 200, NULL);
    live->total.value[1] = (struct snapshot_value){12345678901, true};
    batch->total = live->total;
    batch->total.count = 131000;
    expect("payments_120x40", &fixture, 120, 40, false);
    expect("payments_80x24", &fixture, 80, 24, false);
    expect("payments_60x16", &fixture, 60, 16, false);
    fixture_close(&fixture);
}

/* What stands where there are rules: a storm as one line, amounts, a long type; and the places of
 * the others where there are none. */
static void test_alerts(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open_with(&fixture, "payments", false);
    struct snapshot_live *live = &fixture.live;
    fixture_alert(live, 1, 5000, "500047", "2807");
    live->alerts[0].count = 42;
    live->alerts[0].first -= 180000;
    fixture_alert(live, 0, 9000, "500031", "1142");
    live->alerts[1].amount = 91250;
    live->alerts[1].has_amount = true;
    fixture_alert(live, 3, 63000, "3f2c9a52-9a0b-4a55-b6cf-1f6a8c0d7e21", "77");
    fixture_alert(live, 2, 90000, "\x1b[31m5000\r\n", "a\xe2\x80\xae\xe6\xbc\xa2");
    live->alerts_total[0] = 1;
    live->alerts_total[1] = 42;
    live->alerts_total[2] = live->alerts_total[3] = 1;
    live->limits.met[LIMIT_ALERTS] = 3;
    expect("alerts_120x24", &fixture, 120, 24, false);
    expect("alerts_80x24", &fixture, 80, 24, false);
    expect("alerts_60x24", &fixture, 60, 24, false);
    fixture_close(&fixture);
    fixture_open_with(&fixture, "orders", false);
    expect("no_rules_120x24", &fixture, 120, 24, false);
    expect("no_rules_120x16", &fixture, 120, 16, false);
    expect("no_rules_80x24", &fixture, 80, 24, false);
    fixture_close(&fixture);
}

/* Health stands above the alerts, resolved or not, and what keeps alerts from leaving above all; a
 * feed without rules gets the panel when there is something to say. */
static void test_health(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct snapshot_live *live = &fixture.live;
    live->health[HEALTH_LAG] = (struct health_alert){.kind = HEALTH_LAG,
                                                     .active = true,
                                                     .number = 1,
                                                     .since = CLOCK - 12000,
                                                     .lasting_ms = 22000,
                                                     .amount = 48100000};
    live->health[HEALTH_MANY_REJECTS] = (struct health_alert){.kind = HEALTH_MANY_REJECTS,
                                                              .number = 2,
                                                              .until = CLOCK - 3000,
                                                              .resolved_at = MONO - 3000000000};
    fixture.frame.outlet = "alerts.jsonl: No space left on device; alerts wait to be written";
    expect("health_120x24", &fixture, 120, 24, false);
    expect("health_60x24", &fixture, 60, 24, false);
    fixture_close(&fixture);
    fixture_open_with(&fixture, "orders", false);
    fixture.live.health[HEALTH_WATERMARK_STALLED] =
        (struct health_alert){.kind = HEALTH_WATERMARK_STALLED,
                              .active = true,
                              .number = 1,
                              .since = CLOCK - 60000,
                              .lasting_ms = 181000,
                              .amount = 1204};
    expect("health_no_rules_120x24", &fixture, 120, 24, false);
    fixture_close(&fixture);
}

/* D-05, D-06, D-07: what a limit cost is said; where lines are not understood the badge is left. */
static void test_limits(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture.live.limits.held.events = 2;
    expect("limits_far_ahead_120x24", &fixture, 120, 24, false);
    fixture.live.limits.met[LIMIT_GROUPS] = 1234567;
    fixture.live.limits.met[LIMIT_IDS] = 3;
    expect("limits_120x24", &fixture, 120, 24, false);
    expect("limits_60x16", &fixture, 60, 16, false);
    fixture.live.outcomes.rejected = 1;
    expect("limits_rejects_60x16", &fixture, 60, 16, false);
    fixture_close(&fixture);
}

/* D-01, D-02: hostile labels appear, and do nothing. */
static void test_hostile(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    struct snapshot_row *rows = fixture.live.table.rows;
    snprintf(rows[0].label, sizeof rows[0].label, "\x1b[2JHigh\r\n");
    snprintf(rows[1].label, sizeof rows[1].label,
             "a\xe2\x80\xae"
             "b\xe6\xbc\xa2\xe5\xad\x97\xc2\x9b");
    snprintf(rows[2].label, sizeof rows[2].label, "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xff");
    snprintf(fixture.app.tracers[1].label, sizeof fixture.app.tracers[1].label,
             "#1\x1b]52;c;AAAA\x07 High");
    expect("hostile_120x24", &fixture, 120, 24, false);
    expect("hostile_60x16", &fixture, 60, 16, false);
    fixture_close(&fixture);
}

/* No view writes past an edge, whatever the size; run under AddressSanitizer this has teeth. */
static void test_apart(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture.live.outcomes.future = 3;
    fixture.live.outcomes.late = 12;
    fixture.live.outcomes.duplicate = 1045;
    expect("apart_120x24", &fixture, 120, 24, false);
    expect("apart_60x16", &fixture, 60, 16, false);
    add_conflicts(&fixture.live.conflicts, 18);
    expect("conflicts_120x24", &fixture, 120, 24, false);
    expect("conflicts_60x16", &fixture, 60, 16, false);
    fixture.live.outcomes.rejected = 1;
    expect("conflicts_rejects", &fixture, 120, 24, false);
    fixture.app.explaining = true;
    expect("conflicts_explained", &fixture, 120, 40, false);
    fixture_close(&fixture);
}

/* What stands between the batch answer and the live one must be said: another day, bytes that no
 * run can read again, a run longer than its schedule. */
static void test_batch_remarks(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture.batch.lost_generations = 1;
    expect("batch_lost", &fixture, 80, 24, false);
    fixture.batch.lost_generations = 0;
    fixture.batch.overruns = 2;
    fixture.batch.runs[fixture.batch.runs_len - 1].overrun = true;
    expect("batch_overrun", &fixture, 120, 24, false);
    fixture.batch.table.day--;
    expect("batch_other_day", &fixture, 120, 24, false);
    fixture_close(&fixture);
}

/* Half of it, in the middle of the axis, is the longest label there is. */
static void test_every_15_min(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    fixture.app.every_ms = 15 * MS_PER_MINUTE;
    fixture.batch.runs_len = 1;
    fixture.batch.runs[0].mark = fixture.batch.runs[0].published =
        fixture.frame.clock - 9 * MS_PER_MINUTE;
    expect("every_15_min", &fixture, 80, 40, false);
    fixture_close(&fixture);
}

static void test_every_size(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture);
    for (int width = 1; width <= 200; width += width < 130 ? 1 : 7) {
        for (int height = 1; height <= 60; height++) {
            struct cells *cells = cells_new(width, height, false);
            view_draw(cells, &fixture.frame);
            cells_free(cells);
        }
    }
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),         cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_too_small),     cmocka_unit_test(test_paused),
        cmocka_unit_test(test_help),          cmocka_unit_test(test_empty),
        cmocka_unit_test(test_followed),      cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_payments),      cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_hostile),       cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_batch_remarks), cmocka_unit_test(test_apart),
        cmocka_unit_test(test_limits),        cmocka_unit_test(test_health),
        cmocka_unit_test(test_every_15_min),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
