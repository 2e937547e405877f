/*
 * The grid: text is clipped to its area, cut with an ellipsis, never half a wide character, and
 * nothing outside an area changes.
 */
#include "tui/cells.h"
#include "tui/plot.h"
#include "tui/terminal_text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const struct cells *cells, const char *expected)
{
    char *text = terminal_text(cells);
    assert_string_equal(text, expected);
    free(text);
}

static void test_cut_with_ellipsis(void **state)
{
    (void)state;
    struct cells *cells = cells_new(6, 3, false);
    assert_int_equal(area_put(area_of(cells), 0, 0, STYLE_TEXT, "123456"), 6);
    assert_int_equal(area_put(area_of(cells), 1, 0, STYLE_TEXT, "1234567"), 6);
    assert_int_equal(area_put(area_of(cells), 2, 5, STYLE_TEXT, "xy"), 6);
    expect(cells, "123456\n12345…\n     …\n");
    cells_free(cells);
}

static void test_outside_is_left_alone(void **state)
{
    (void)state;
    struct cells *cells = cells_new(6, 3, false);
    struct area part = area_part(area_of(cells), 1, 2, 1, 3);
    for (int row = -2; row < 5; row++)
        for (int column = -2; column < 8; column++)
            if (row != 0 || column < 0 || column > 2)
                area_put(part, row, column, STYLE_TEXT, "####");
    expect(cells, "\n\n\n");
    area_fill(part, 0, -5, 50, STYLE_TEXT, "#");
    expect(cells, "\n  ###\n\n");
    cells_free(cells);
}

static void test_parts_are_clipped(void **state)
{
    (void)state;
    struct cells *cells = cells_new(6, 3, false);
    struct area part = area_part(area_of(cells), -1, 4, 9, 9);
    assert_int_equal(part.row, 0);
    assert_int_equal(part.rows, 3);
    assert_int_equal(part.columns, 2);
    part = area_part(part, 7, 7, 1, 1);
    assert_int_equal(part.rows, 0);
    area_put(part, 0, 0, STYLE_TEXT, "#");
    area_box(part, STYLE_TEXT);
    expect(cells, "\n\n\n");
    cells_free(cells);
}

static void test_wide_characters_are_never_halved(void **state)
{
    (void)state;
    struct cells *cells = cells_new(4, 4, false);
    struct area all = area_of(cells);
    area_put(all, 0, 0, STYLE_TEXT, "漢字");
    area_put(all, 1, 0, STYLE_TEXT, "a漢字");
    area_put(all, 2, 0, STYLE_TEXT, "漢字");
    area_put(all, 2, 1, STYLE_TEXT, "x"); /* onto a right half */
    area_put(all, 3, 0, STYLE_TEXT, "漢字");
    area_fill(all, 3, 2, 1, STYLE_TEXT, "x"); /* onto a left half */
    expect(cells, "漢字\na漢…\n x字\n漢x\n");
    assert_int_equal(cells_at(cells, 3, 3)->width, 1); /* no orphan behind it */
    cells_free(cells);
}

static void test_escapes_and_marks(void **state)
{
    (void)state;
    struct cells *cells = cells_new(10, 2, false);
    area_put(area_of(cells), 0, 0, STYLE_TEXT, "\x1b[2J\n");
    area_put(area_of(cells), 1, 0, STYLE_TEXT, "e\xcc\x81x");
    expect(cells, "\\x1b[2J…\ne\xcc\x81x\n");
    cells_free(cells);
}

static void test_fields(void **state)
{
    (void)state;
    struct cells *cells = cells_new(8, 3, false);
    area_field(area_of(cells), 0, 1, 5, ALIGN_RIGHT, STYLE_TEXT, "12");
    area_field(area_of(cells), 1, 1, 5, ALIGN_LEFT, STYLE_TEXT, "12");
    area_field(area_of(cells), 2, 1, 5, ALIGN_RIGHT, STYLE_TEXT, "1234567");
    expect(cells, "    12\n 12\n 1234…\n");
    assert_int_equal(area_put_whole(area_of(cells), 0, 6, STYLE_TEXT, "abc"), 6);
    assert_int_equal(area_put_whole(area_of(cells), 0, 6, STYLE_TEXT, "ab"), 8);
    cells_free(cells);
}

static void test_wrap(void **state)
{
    (void)state;
    struct cells *cells = cells_new(8, 3, false);
    assert_int_equal(area_wrap(area_of(cells), 0, 0, STYLE_TEXT, "one two three  incredible"), 3);
    expect(cells, "one two\nthree\nincredi…\n");
    cells_clear(cells);
    assert_int_equal(area_wrap_rows(area_of(cells), "is 12 003 a 1"), 3);
    area_wrap(area_of(cells), 0, 0, STYLE_TEXT, "is 12 003 a 1"); /* a figure stays whole */
    expect(cells, "is\n12 003 a\n1\n");
    cells_free(cells);
}

/* Heights compare: a part that lacks something is lower, and what is there shows. */
static void test_columns(void **state)
{
    (void)state;
    struct cells *cells = cells_new(8, 3, false);
    plot_column(area_of(cells), 0, 2, 24, 24, STYLE_LIVE);
    plot_column(area_of(cells), 3, 1, 12, 24, STYLE_LIVE);
    plot_column(area_of(cells), 5, 1, 1, 100000, STYLE_LIVE);
    plot_column(area_of(cells), 6, 1, 0, 24, STYLE_LIVE);
    plot_column(area_of(cells), 7, 9, UINT64_MAX, 1, STYLE_LIVE);
    expect(cells, "██     █\n██ ▄   █\n██ █ ▁ █\n");
    cells_free(cells);
}

static void test_box_and_ascii(void **state)
{
    (void)state;
    struct cells *cells = cells_new(8, 3, false);
    struct area inside = area_box(area_of(cells), STYLE_BORDER);
    assert_int_equal(inside.columns, 4);
    area_put(inside, 0, 0, STYLE_TEXT, "inside");
    expect(cells, "╭──────╮\n│ ins… │\n╰──────╯\n");
    cells_free(cells);
    cells = cells_new(8, 3, true);
    area_put(area_box(area_of(cells), STYLE_BORDER), 0, 0, STYLE_TEXT, "é");
    expect(cells, "+------+\n| ~    |\n+------+\n");
    cells_free(cells);
}

static void test_equality(void **state)
{
    (void)state;
    struct cells *a = cells_new(4, 2, false), *b = cells_new(4, 2, false);
    assert_true(cells_equal(a, b));
    area_put(area_of(a), 1, 3, STYLE_TEXT, "x");
    assert_false(cells_equal(a, b));
    area_put(area_of(b), 1, 3, STYLE_ALARM, "x");
    assert_false(cells_equal(a, b));
    area_put(area_of(b), 1, 3, STYLE_TEXT, "x");
    assert_true(cells_equal(a, b));
    cells_free(a);
    cells_free(b);
}

static void test_plots(void **state)
{
    (void)state;
    const uint32_t values[] = {0, 1, 50, 100, 200};
    struct cells *cells = cells_new(8, 4, false);
    plot_spark(area_of(cells), 0, 0, values, 5, 100, STYLE_LIVE);
    plot_bar(area_of(cells), 1, 0, 4, 999, 1000, STYLE_BATCH);
    plot_bar(area_of(cells), 2, 0, 4, UINT64_MAX, 1, STYLE_BATCH);
    struct canvas canvas;
    canvas_open(&canvas, area_part(area_of(cells), 3, 0, 1, 2));
    canvas_rise(&canvas, 0, 3, 0, STYLE_BATCH);
    canvas_dot(&canvas, 3, 0, STYLE_LIVE);
    canvas_dot(&canvas, 4, 0, STYLE_LIVE);
    canvas_dot(&canvas, 0, -1, STYLE_LIVE);
    canvas_close(&canvas);
    expect(cells, "▁▂▅██\n▇▇▇·\n▇▇▇▇\n⡇⢀\n");
    cells_free(cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_with_ellipsis),
        cmocka_unit_test(test_outside_is_left_alone),
        cmocka_unit_test(test_parts_are_clipped),
        cmocka_unit_test(test_wide_characters_are_never_halved),
        cmocka_unit_test(test_escapes_and_marks),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_box_and_ascii),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_plots),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
