/*
 * Protects: a storm is one episode on the board while every alert is handed on (S-74, X23, A1-25);
 * which alerts belong together; what a retraction changes; the board's bounds.
 */
#include "tests/unit/rules_bench.h"

/* 47 purchases in 180 s, several in one second: 42 alerts, one episode opened at the sixth. */
static void test_storm(void **state)
{
    (void)state;
    struct bench bench;
    struct alert_board board;
    struct snapshot_alert shown[SNAPSHOT_ALERTS];
    open_bench(&bench, make(5, "5m", "4h", "120s"), &usual);
    alert_board_init(&board, bench.definition);
    for (int i = 0; i < 47; i++)
        give(&bench, purchase(T + i * 180 / 46 * 1000, 9), T - 60000 + i * 180 / 46 * 1000);
    assert_int_equal(standing(&bench.heard, VELOCITY), 42);
    for (size_t i = 0; i < bench.heard.len; i++)
        alert_board_add(&board, &bench.heard.alerts[i]);
    assert_int_equal(board.total[VELOCITY], 42);
    assert_int_equal(alert_board_fill(&board, shown, SNAPSHOT_ALERTS), 1);
    assert_int_equal(shown[0].count, 42);
    assert_int_equal(shown[0].first, T + 5 * 180 / 46 * 1000);
    assert_int_equal(shown[0].last, T + 180 * 1000);
    assert_int_equal(bench.heard.alerts[41].episode, 1);
    assert_int_equal(bench.heard.alerts[41].number, 42);
    close_bench(&bench);
}

/* --- the board --- */

static struct alert alert_of(int rule, uint64_t subject, epoch_ms time)
{
    return (struct alert){.id = (uint64_t)time * 8 + (uint64_t)rule,
                          .rule = (uint8_t)rule,
                          .subject = subject,
                          .time = time};
}

static void test_board(void **state)
{
    (void)state;
    struct definition *definition = make(5, "10m", "4h", "120s");
    struct alert_board board;
    struct snapshot_alert shown[SNAPSHOT_ALERTS];
    static const struct {
        int rule;
        uint64_t subject;
        epoch_ms time;
        uint64_t episode;
    } table[] = {
        {EACH, 1, T, 1},
        {EACH, 2, T, 2},                  /* another subject */
        {SLA, 1, T, 3},                   /* another rule */
        {EACH, 1, T + EPISODE_GAP_MS, 1}, /* equality stays in */
        {EACH, 1, T + 2 * EPISODE_GAP_MS + 1, 4},
        {EACH, 1, T - EPISODE_GAP_MS, 1}, /* out of order */
        {EACH, 0, T, 5},                  /* nobody's: each alone */
        {EACH, 0, T, 6},
        {VELOCITY, 1, T, 7},
        {VELOCITY, 1, T + 10 * MS_PER_MINUTE, 7}, /* its own window is the longer gap */
    };
    alert_board_init(&board, definition);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct alert alert = alert_of(table[i].rule, table[i].subject, table[i].time);
        alert_board_add(&board, &alert);
        assert_int_equal(alert.episode, table[i].episode);
        assert_true(alert_board_recent(&board, 0)->id == alert.id);
    }
    assert_int_equal(alert_board_fill(&board, shown, SNAPSHOT_ALERTS), 7);
    assert_int_equal(shown[0].number, 7);
    assert_int_equal(shown[1].number, 6);
    assert_int_equal(shown[3].number, 1);
    assert_int_equal(shown[3].count, 3);
    assert_int_equal(shown[3].first, T - EPISODE_GAP_MS);
    assert_int_equal(shown[3].last, T + EPISODE_GAP_MS);
    assert_int_equal(alert_board_fill(&board, shown, 2), 2);
    /* taken back: counted apart, marked where it is shown */
    struct alert back = alert_of(SLA, 1, T);
    back.retracted = true;
    alert_board_add(&board, &back);
    assert_int_equal(board.total[SLA], 1);
    assert_int_equal(board.retracted[SLA], 1);
    alert_board_fill(&board, shown, SNAPSHOT_ALERTS);
    assert_int_equal(shown[5].number, 3);
    assert_true(shown[5].retracted && !shown[4].retracted);
    /* more than are kept */
    for (int i = 0; i < 200; i++) {
        struct alert alert = alert_of(EACH, 0, T + i);
        alert_board_add(&board, &alert);
    }
    assert_int_equal(board.episodes_total, 207);
    assert_null(alert_board_recent(&board, BOARD_RECENT));
    assert_int_equal(alert_board_recent(&board, BOARD_RECENT - 1)->time, T + 136);
    assert_int_equal(alert_board_fill(&board, shown, SNAPSHOT_ALERTS), SNAPSHOT_ALERTS);
    assert_int_equal(shown[15].number, 192);
    definition_free(definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_storm),
        cmocka_unit_test(test_board),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
