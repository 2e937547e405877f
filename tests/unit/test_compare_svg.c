/*
 * Protects: what is drawn into a plot of compare's page stays inside its frame, whatever the
 * figures; text of a feed cannot become markup.
 */
#include "tui/compare_svg.h"

#include "tests/unit/support.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

static void test_inside_the_frame(void **state)
{
    (void)state;
    static const double figures[] = {-1e300, -1, 0, 1e-9, 1, 5, 1e6, 1e18, 1e300, INFINITY};
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    for (int log = 0; log < 2; log++) {
        struct svg svg;
        svg_open(&svg, out, "x", 1, 1e6, 1, 1e6);
        svg.log_x = svg.log_y = log;
        for (size_t f = 0; f < sizeof figures / sizeof *figures; f++) {
            assert_true(svg_x(&svg, figures[f]) >= svg.left);
            assert_true(svg_x(&svg, figures[f]) <= svg.right);
            assert_true(svg_y(&svg, figures[f]) >= svg.top);
            assert_true(svg_y(&svg, figures[f]) <= svg.bottom);
        }
        assert_true(svg_x(&svg, 1) == svg.left && svg_x(&svg, 1e6) == svg.right);
        assert_true(svg_y(&svg, 1) == svg.bottom && svg_y(&svg, 1e6) == svg.top);
        assert_true(fabs(svg_x(&svg, 1000) - (log ? (svg.left + svg.right) / 2 : svg.left)) < 1);
        svg_close(&svg);
    }
    fclose(out);
    free(text);
}

static void expect_escaped(const char *given, const char *expected)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    svg_escape(out, given);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void test_no_markup(void **state)
{
    (void)state;
    expect_escaped("plain", "plain");
    expect_escaped("<script>alert(\"1\")</script>&'",
                   "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;&#39;");
    expect_escaped("a\x1b[31m\r\n\x7f", "a\\x1b[31m\\x0d\\x0a\\x7f");
    expect_escaped("\xff<", "\\xff&lt;");
    expect_escaped("\xe2\x80\xae", "\\u202e");
    expect_escaped("caf\xc3\xa9", "caf\xc3\xa9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inside_the_frame),
        cmocka_unit_test(test_no_markup),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
