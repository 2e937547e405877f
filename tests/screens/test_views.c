/*
 * What stands below the lanes when a key opened it: DIFFERENCE, LATE, and the explanation of a
 * number, against golden pictures.
 *
 * Protects: every state speaks in words (S-113, S-31); what drops where room is short; that a unit
 * without a name shows in the lanes whatever is open; that no byte of a feed leaves its cell (D-01,
 * D-02); that no size writes past an edge.
 */
#include "tests/screens/golden.h"
#include "tests/screens/late_fixture.h"

#include <locale.h>

static struct fixture fixture;

static int open_fixture(void **state)
{
    (void)state;
    fixture_open_late(&fixture);
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

/* Settles as the loop does between two keys. */
static void press(int32_t key, int width, int height)
{
    app_update(&fixture.app, key, MONO, CLOCK);
    fixture.app.message[0] = '\0';
    view_settle(width, height, &fixture.frame, &fixture.app);
}

static void expect_sizes(const char *name)
{
    static const int sizes[][2] = {{120, 40}, {120, 24}, {80, 40}, {80, 24}, {60, 24}, {60, 16}};
    char file[64];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(file, sizeof file, "%s_%dx%d", name, sizes[i][0], sizes[i][1]);
        expect(file, &fixture, sizes[i][0], sizes[i][1], false);
    }
    snprintf(file, sizeof file, "%s_ascii", name);
    expect(file, &fixture, 80, 24, true);
}

static void test_difference(void **state)
{
    (void)state;
    press('d', 120, 24);
    expect_sizes("difference");
}

static void test_late(void **state)
{
    (void)state;
    press('l', 120, 24);
    expect_sizes("late");
}

static void add_reject(enum state_reject kind, const char *reason, uint64_t count, uint32_t line,
                       const char *bytes)
{
    struct snapshot_rejects *rejects = &fixture.live.rejects;
    struct snapshot_reject *row = &rejects->groups[rejects->len++];
    *row = (struct snapshot_reject){.group = {.kind = kind,
                                              .count = count,
                                              .first_line = line / 2,
                                              .newest_line = line,
                                              .newest = {.start = (uint64_t)line * 50},
                                              .newest_length = 51},
                                    .bytes_len = -1};
    snprintf(row->group.reason, sizeof row->group.reason, "%s", reason);
    snprintf(row->source, sizeof row->source, "tickets.csv");
    if (bytes)
        row->bytes_len = snprintf(row->bytes, sizeof row->bytes, "%s", bytes);
}

/* Before anything was rejected, with a few groups, with more than fit, with bytes that are not
 * kept; whatever the bytes are, they stay in their cells (D-01, D-14). */
static void test_rejects(void **state)
{
    (void)state;
    press('r', 120, 24);
    expect("rejects_view_none", &fixture, 80, 24, false);
    add_reject(STATE_REJECTED, "bad_timestamp", 1201, 12044, "84311,221,High,2026-13-05T\n");
    add_reject(STATE_LATE, "late", 18, 12001, "84290,17,Low,2026-01-05T07:12:00Z,open\r\n");
    add_reject(STATE_REJECTED, "missing_field:customer_id", 2, 9120, "84301,,\x1b[2J\xff\x07Low\n");
    add_reject(STATE_FUTURE, "future", 3, 11800, NULL);
    add_reject(STATE_CONFLICT, "counted", 4, 10022, "83990,7,High,2026-01-05T03:00:00Z,open\n");
    expect_sizes("rejects_view");
    for (int i = 0; i < 2; i++)
        press(KEY_ARROW_DOWN, 120, 24);
    fixture.live.rejects.cut = 12;
    expect("rejects_view_chosen", &fixture, 80, 24, false);
    for (int i = 0; i < 20; i++)
        add_reject(STATE_REPAIRED, "bad_number", 1, (uint32_t)(100 + i), "1,2,3\n");
    for (int i = 0; i < 40; i++)
        press(KEY_ARROW_DOWN, 60, 16);
    expect("rejects_view_scrolled", &fixture, 60, 16, false);
    press('r', 60, 16);
    assert_int_equal(fixture.app.view, APP_RACE);
}

static void test_explain(void **state)
{
    (void)state;
    press('e', 120, 24);
    expect_sizes("explain");
}

/* A cursor in the batch lane, with a view below it. */
static void test_explain_beside_a_view(void **state)
{
    (void)state;
    press('d', 120, 24);
    press('e', 120, 24);
    for (int i = 0; i < 5; i++)
        press(KEY_ARROW_RIGHT, 120, 24);
    press(KEY_ARROW_DOWN, 120, 24);
    expect("explain_difference_120x24", &fixture, 120, 24, false);
    expect("explain_difference_60x16", &fixture, 60, 16, false);
    press('l', 120, 24);
    expect("explain_late_120x40", &fixture, 120, 40, false);
    expect("explain_late_120x24", &fixture, 120, 24, false);
}

/* Batch has run, live has counted nothing: all of it rejected, or ahead of the clock. */
static void test_no_event(void **state)
{
    (void)state;
    struct snapshot_table *table = &fixture.live.table;
    table->any = false;
    table->rows_len = 0;
    table->total = (struct snapshot_row){.count = 0};
    table->day = INT32_MIN;
    fixture.live.newest = INT64_MIN;
    fixture.differences[app_measure(&fixture.app)].state = RECONCILE_NO_RUN;
    press('d', 80, 24);
    expect("difference_no_event", &fixture, 80, 24, false);
    press('d', 80, 24);
    press('e', 80, 24);
    expect("explain_no_event", &fixture, 80, 24, false);
}

static void test_difference_states(void **state)
{
    (void)state;
    struct differences *differences = &fixture.differences[app_measure(&fixture.app)];
    press('d', 80, 24);
    differences->state = RECONCILE_NO_RUN;
    fixture.batch.runs_len = 0;
    expect("difference_no_run", &fixture, 80, 24, false);
    fixture.batch.runs_len = 6;
    differences->state = RECONCILE_CATCHING_UP;
    fixture.live.feed.unread = 4812000;
    expect("difference_catching_up", &fixture, 80, 24, false);
    fixture.live.feed.unread = 0;
    differences->state = RECONCILE_OTHER_DAY;
    fixture.batch.table.day--;
    expect("difference_other_day", &fixture, 80, 24, false);
    fixture.batch.table.day++;
    differences->state = RECONCILE_INPUTS_DIFFER;
    snprintf(differences->why, sizeof differences->why,
             "tickets.csv was truncated: live counted 812 000 bytes that are gone\x1b[2J");
    expect("difference_inputs_differ", &fixture, 80, 24, false);
    fixture.frame.differences = NULL;
    expect("difference_none", &fixture, 60, 16, false);
}

/* A defect shows in all lanes' names, with the view open or not. */
static void test_unexplained(void **state)
{
    (void)state;
    struct differences *differences = &fixture.differences[app_measure(&fixture.app)];
    differences->state = RECONCILE_UNEXPLAINED;
    differences->rows[1].unexplained = differences->total.unexplained = -2;
    snprintf(differences->why, sizeof differences->why, "Medium: -2");
    expect("unexplained_closed_120x24", &fixture, 120, 24, false);
    expect("unexplained_closed_60x16", &fixture, 60, 16, false);
    press('d', 120, 24);
    expect("unexplained_120x24", &fixture, 120, 24, false);
    expect("unexplained_60x16", &fixture, 60, 16, false);
}

static void test_late_states(void **state)
{
    (void)state;
    press('l', 80, 24);
    fixture.live.windows.corrections_len = fixture.live.windows.late_len = 0;
    fixture.live.windows.counters.revisions = fixture.live.windows.counters.late = 0;
    expect("late_no_correction_120x40", &fixture, 120, 40, false);
    expect("late_no_correction_80x24", &fixture, 80, 24, false);
    fixture.live.windows.counters.late = 3;
    fixture.live.windows.counters.overflowed = 7;
    expect("late_degraded", &fixture, 120, 24, false);
    memset(&fixture.live.windows, 0, sizeof fixture.live.windows);
    fixture.live.watermark = WATERMARK_NONE;
    expect("late_no_window", &fixture, 80, 24, false);
    fixture.frame.live = NULL;
    expect("late_starting", &fixture, 60, 16, false);
}

/* Sessions have no common length, and one may be merged into another. */
static void test_late_sessions(void **state)
{
    (void)state;
    struct snapshot_windows *windows = &fixture.live.windows;
    windows->kind = WINDOW_SESSION;
    windows->gap_ms = 30 * MS_PER_SECOND;
    windows->windows_len = 5;
    for (int i = 0; i < 5; i++) {
        windows->windows[i] = windows->windows[15 + i];
        windows->windows[i].end -= i * 7000;
    }
    windows->corrections[0].retracted = true;
    windows->corrections[0].after = 0;
    press('l', 120, 24);
    expect("late_sessions", &fixture, 120, 24, false);
}

/* Money, more groups than rows, a label as wide as it gets. */
static void test_difference_of_sums(void **state)
{
    (void)state;
    fixture_close(&fixture);
    fixture_open_with(&fixture, "payments", false);
    struct snapshot_table *live = &fixture.live.table;
    struct differences *sums = &fixture.differences[1];
    *sums = (struct differences){.state = RECONCILE_EXACT,
                                 .day = live->day,
                                 .mark = CLOCK - 137000,
                                 .places = 2,
                                 .rows_len = 20,
                                 .has_others = true};
    live->rows_len = 20;
    live->groups = 20;
    for (int i = 0; i < 20; i++) {
        struct difference *row = &sums->rows[i];
        char label[8];
        snprintf(label, sizeof label, "%c%c", 'A' + i, 'Z' - i);
        fixture_row(&live->rows[i], (symbol)(3 + i), label, 0, 41200u / (unsigned)(i + 1), 0, NULL);
        memcpy(row->label, label, sizeof label);
        row->live = 987654321 / (i + 1);
        row->behind = row->live / 9;
        row->batch = row->at_mark = row->live - row->behind;
        sums->total.live += row->live;
        sums->total.behind += row->behind;
        sums->total.batch += row->batch;
    }
    sums->others = sums->rows[19];
    press('d', 120, 40);
    expect("difference_payments_nothing", &fixture, 80, 24, false);
    press('\t', 120, 40);
    expect("difference_sum_120x40", &fixture, 120, 40, false);
    expect("difference_sum_120x24", &fixture, 120, 24, false);
    expect("difference_sum_80x24", &fixture, 80, 24, false);
    expect("difference_sum_60x16", &fixture, 60, 16, false);
}

/* A letter for each style: what text alone does not show. */
static void expect_styles(const char *name)
{
    static const char letters[STYLE_COUNT + 1] = " sl-vVbBtgwakC";
    struct cells *cells = cells_new(80, 24, false);
    char text[24 * 81 + 1];
    size_t at = 0;
    view_settle(80, 24, &fixture.frame, &fixture.app);
    view_draw(cells, &fixture.frame);
    for (int row = 0; row < 24; row++) {
        for (int column = 0; column < 80; column++) {
            const struct cell *cell = cells_at(cells, row, column);
            text[at++] =
                cell->point == ' ' && cell->style != STYLE_ALARM ? ' ' : letters[cell->style];
        }
        text[at++] = '\n';
    }
    text[at] = '\0';
    expect_text(name, text);
    cells_free(cells);
}

/* The alarm is the whole edge and both lanes' names; the cursor is reversed. In every theme these
 * two differ from text by more than colour, or by a colour and a word. */
static void test_styles(void **state)
{
    (void)state;
    struct differences *differences = &fixture.differences[app_measure(&fixture.app)];
    differences->state = RECONCILE_UNEXPLAINED;
    differences->total.unexplained = 1;
    press('d', 80, 24);
    expect_styles("unexplained_styles");
    press('l', 80, 24);
    press('e', 80, 24);
    expect_styles("explain_styles");
    static const char *const themes[] = {"dark", "light", "mono", "colour-blind"};
    for (size_t i = 0; i < sizeof themes / sizeof *themes; i++) {
        const struct theme *theme = theme_find(themes[i]);
        assert_true(theme->looks[STYLE_CURSOR].reverse);
        assert_true(theme->looks[STYLE_ALARM].bold);
        assert_true(theme->coloured || theme->looks[STYLE_ALARM].reverse);
    }
}

/* More groups than batch shows one by one, or than either lane keeps: what cannot be compared alone
 * says where it is compared. */
static void test_groups_compared_together(void **state)
{
    (void)state;
    struct differences *differences = &fixture.differences[app_measure(&fixture.app)];
    press('d', 80, 24);
    differences->rows[2].in_others = true;
    differences->others = differences->rows[2];
    differences->others.in_others = false;
    differences->has_others = true;
    expect("difference_in_others", &fixture, 80, 24, false);
    differences->total_only = true;
    snprintf(differences->why, sizeof differences->why,
             "more groups than the cap: only the total is compared");
    expect("difference_total_only", &fixture, 80, 24, false);
}

/* D-01, D-02. */
static void test_hostile(void **state)
{
    (void)state;
    struct snapshot_windows *windows = &fixture.live.windows;
    struct differences *differences = &fixture.differences[app_measure(&fixture.app)];
    const char *label = "\x1b[31mHi\xe2\x80\xae\xe6\xbc\xa2\r\n\xff";
    snprintf(fixture.live.table.rows[0].label, SNAPSHOT_LABEL, "%s", label);
    snprintf(differences->rows[0].label, SNAPSHOT_LABEL, "%s", label);
    snprintf(windows->corrections[0].label, SNAPSHOT_LABEL, "%s", label);
    snprintf(windows->late[0].label, SNAPSHOT_LABEL, "%s", label);
    press('d', 120, 24);
    press('e', 120, 24);
    expect("hostile_difference", &fixture, 120, 24, false);
    press('l', 120, 24);
    press('e', 120, 24);
    expect("hostile_late", &fixture, 120, 24, false);
}

static void test_every_size(void **state)
{
    (void)state;
    static const char *const keys[] = {"d", "l", "r", "e", "de", "le"};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        app_update(&fixture.app, 0x1b, MONO, CLOCK);
        app_update(&fixture.app, 0x1b, MONO, CLOCK);
        for (const char *key = keys[k]; *key; key++)
            app_update(&fixture.app, *key, MONO, CLOCK);
        for (int width = 55; width <= 170; width += width < 125 ? 1 : 9) {
            for (int height = 14; height <= 45; height++) {
                struct cells *cells = cells_new(width, height, width % 2);
                view_settle(width, height, &fixture.frame, &fixture.app);
                view_draw(cells, &fixture.frame);
                cells_free(cells);
            }
        }
    }
}

#define VIEW(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(test_difference),
        VIEW(test_late),
        VIEW(test_rejects),
        VIEW(test_explain),
        VIEW(test_explain_beside_a_view),
        VIEW(test_difference_states),
        VIEW(test_no_event),
        VIEW(test_unexplained),
        VIEW(test_late_states),
        VIEW(test_late_sessions),
        VIEW(test_difference_of_sums),
        VIEW(test_styles),
        VIEW(test_groups_compared_together),
        VIEW(test_hostile),
        VIEW(test_every_size),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
