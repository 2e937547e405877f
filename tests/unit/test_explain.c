/*
 * Sentences about a number: which events, when, from which bytes, why the other lane differs
 * (S-113); every column of both tables, every state of the difference, and that nothing is claimed
 * that is not known.
 */
#include "tests/screens/late_fixture.h"
#include "tui/explain.h"
#include "tui/view.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct fixture fixture;
static struct explanation explanation;

static int open_fixture(void **state)
{
    (void)state;
    fixture_open_late(&fixture);
    fixture.app.explaining = true;
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void explain(enum cursor_lane lane, int what, int row)
{
    fixture.app.cursor = (struct cursor){.lane = lane, .what = what, .row = row};
    view_settle(120, 24, &fixture.frame, &fixture.app);
    assert_int_equal(fixture.app.cursor.what, what);
    explain_number(&fixture.frame, &explanation);
}

static void says(int sentence, const char *text)
{
    assert_true(sentence < explanation.len);
    assert_string_equal(explanation.sentences[sentence], text);
}

static void test_count(void **state)
{
    (void)state;
    explain(CURSOR_LIVE, 1, 0);
    assert_string_equal(explanation.title, "High, today");
    assert_string_equal(explanation.figure, "4 812");
    says(0, "4 812 events of 2026-01-05 with priority High, counted live.");
    says(1, "Batch says 4 390: 425 came behind the mark of the run of 08:00:00; 3 only in batch, "
            "which live took for the future.");
    says(2, "Live has read the feed up to byte 812 000; its newest event is of 08:42:17, shown "
            "3.0 ms after it could be read.");
    explain(CURSOR_BATCH, 1, 1);
    says(0, "4 371 events of 2026-01-05 with priority Medium, counted by a batch run.");
    says(1, "Live says 4 790: 418 came behind the mark of the run of 08:00:00; 1 only in live, "
            "duplicate to batch.");
    says(2, "The run of 08:00:00 read the feed from its start to what was there then, 10 951 rows "
            "in 4.0 ms; what came in the 42 min 17 s since is not in it.");
    explain(CURSOR_LIVE, 1, CURSOR_TOTAL);
    assert_string_equal(explanation.title, "total, today");
    says(0, "12 003 events of 2026-01-05, counted live.");
}

static void test_other_columns(void **state)
{
    (void)state;
    explain(CURSOR_LIVE, 0, 0);
    assert_string_equal(explanation.figure, "118");
    assert_non_null(strstr(explanation.sentences[0], "118 tickets are open, of whatever day"));
    explain(CURSOR_LIVE, CURSOR_RATE, 0);
    says(0, "31 events of 2026-01-05 with priority High in the minute of event time up to "
            "08:42:17, the newest event of all.");
    explain(CURSOR_LIVE, CURSOR_SPARK, 0);
    assert_non_null(strstr(explanation.sentences[0], "at most 31 in one minute"));
    explain(CURSOR_BATCH, CURSOR_BEHIND, 2);
    says(0, "2 190 in batch less 2 401 live, events of 2026-01-05 with priority Low: 211 came "
            "behind the mark of the run of 08:00:00.");
    explain(CURSOR_BATCH, CURSOR_SHARE, 0);
    assert_non_null(strstr(explanation.sentences[0], "4 390 of the 4 812"));
    assert_non_null(strstr(explanation.sentences[0], "91 %"));
}

/* Where the parts are not known, their sum is not made up. */
static void test_states_of_the_difference(void **state)
{
    (void)state;
    struct differences *differences = &fixture.differences[1];
    differences->state = RECONCILE_CATCHING_UP;
    explain(CURSOR_LIVE, 1, 0);
    says(1, "Batch says 4 390: why is known when live has come to where that run stopped reading.");
    differences->state = RECONCILE_INPUTS_DIFFER;
    explain(CURSOR_LIVE, 1, 0);
    says(1, "Batch says 4 390: they read different bytes.");
    differences->state = RECONCILE_UNEXPLAINED;
    differences->rows[0].unexplained = 7;
    explain(CURSOR_LIVE, 1, 0);
    assert_non_null(strstr(explanation.sentences[1], "7 UNEXPLAINED, a defect"));
    differences->state = RECONCILE_OTHER_DAY;
    fixture.batch.table.day--;
    explain(CURSOR_LIVE, 1, 0);
    says(1, "Batch has no answer for this day yet: press b for a run.");
    explain(CURSOR_BATCH, 1, 0);
    assert_non_null(strstr(explanation.sentences[0], "of 2026-01-04"));
    says(1, "Live shows another day: the two are not compared.");
    fixture.frame.batch = NULL;
    explain(CURSOR_LIVE, 1, 0);
    says(1, "Batch has no answer for this day yet: press b for a run.");
}

static void test_equal_answers(void **state)
{
    (void)state;
    struct differences *differences = &fixture.differences[1];
    fixture.batch.table = fixture.live.table;
    memset(&differences->rows[0].behind, 0, sizeof differences->rows[0].behind);
    differences->rows[0].future = 0;
    explain(CURSOR_LIVE, 1, 0);
    says(1, "Batch says the same: nothing came since the run of 08:00:00.");
}

static void test_a_group_that_batch_does_not_know(void **state)
{
    (void)state;
    fixture.batch.table.rows[0].key[0] = 77;
    fixture.frame.differences = NULL;
    explain(CURSOR_LIVE, 1, 0);
    says(1, "Batch does not know this group.");
    explain(CURSOR_BATCH, 1, 0);
    assert_string_equal(explanation.figure, "-");
    says(0, "The run as of then had no event of this group.");
}

static void test_no_number_at_all(void **state)
{
    (void)state;
    fixture.frame.live = NULL;
    fixture.batch.runs_len = 0;
    view_settle(120, 24, &fixture.frame, &fixture.app);
    explain_number(&fixture.frame, &explanation);
    says(0, "There is no number to explain yet: neither lane has an answer.");
}

/* Sums, averages (S-14), extremes and how many different ones, of payments by two groupings. */
static void test_measures_of_money(void **state)
{
    (void)state;
    struct error error;
    fixture_close(&fixture);
    fixture_open_with(&fixture, "payments", false);
    definition_free(fixture.definition);
    fixture.definition = definition_builtin("payments");
    assert_int_equal(
        definition_set_measures(fixture.definition,
                                "count,sum:amount,avg:amount,max:amount,distinct:user_id", &error),
        STATUS_OK);
    assert_int_equal(definition_set_group_by(fixture.definition, "country_code,type", &error),
                     STATUS_OK);
    assert_int_equal(definition_compile(fixture.definition, &error), STATUS_OK);
    fixture.app.config.definition = fixture.definition;
    fixture.app.explaining = true;
    struct snapshot_row *row = &fixture.live.table.rows[0];
    snprintf(row->label, sizeof row->label, "DE / refund");
    for (int m = 1; m < 5; m++)
        row->value[m] = (struct snapshot_value){m == 2 ? 250 : 1203000, true};
    fixture.app.cursor = (struct cursor){.lane = CURSOR_LIVE};
    for (int m = 1; m < 5; m++) {
        fixture.app.cursor.what = m;
        fixture.app.tables[CURSOR_LIVE].columns_len = 1;
        explain_number(&fixture.frame, &explanation);
        static const char *const texts[] = {
            "The sum of amount over events of 2026-01-05 with country_code / type DE / refund, in "
            "USD, counted live: whole numbers inside, so that nothing is rounded.",
            "The average of amount over events of 2026-01-05 with country_code / type DE / refund: "
            "the sum 12 030.00 by 4 812, rounded half-even to 2 decimals.",
            "The greatest amount among events of 2026-01-05 with country_code / type DE / refund.",
            "How many different user_id there are among events of 2026-01-05 with country_code / "
            "type DE / refund."};
        says(0, texts[m - 1]);
    }
    row->value[1].present = false;
    fixture.app.cursor.what = 1;
    explain_number(&fixture.frame, &explanation);
    says(0, "No event of this group has amount yet.");
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(test_count),
        WITH(test_other_columns),
        WITH(test_states_of_the_difference),
        WITH(test_equal_answers),
        WITH(test_a_group_that_batch_does_not_know),
        WITH(test_no_number_at_all),
        WITH(test_measures_of_money),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
