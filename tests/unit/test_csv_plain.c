/*
 * Protects: the short way for the usual CSV line gives the events that libcsv gives, reasons
 * included, for every line that it takes; and takes none that only libcsv understands.
 */
#include "tests/unit/decode_run.h"
#include "tests/unit/support.h"

#define AT "2026-01-05T08:42:17Z"

/* A line for the tickets definition, good or with an odd byte somewhere; returns its length. */
static size_t odd_line(uint64_t *seed, char delimiter, char *out)
{
    static const char *const good[] = {"1", "c1", "High", AT, "open"};
    static const char *const odd[] = {" ", "\t", "", ",", ";", "\xC3\xA9", "\xC3", "\r", "x", "  "};
    size_t len = 0;
    for (int f = 0; f < 5; f++) {
        size_t field = random_below(seed, 12) ? strlen(good[f]) : 0, at = len;
        memcpy(out + len, good[f], field);
        len += field;
        if (random_below(seed, 10) == 0) {
            const char *text = odd[random_below(seed, sizeof odd / sizeof *odd)];
            size_t into = at + random_below(seed, (uint32_t)field + 1), more = strlen(text);
            memmove(out + into + more, out + into, len - into);
            memcpy(out + into, text, more);
            len += more;
        }
        if (random_below(seed, 200) == 0)
            out[len++] = '\0';
        if (f < 4)
            out[len++] = delimiter;
    }
    return len;
}

/* The usual line is split without libcsv. What it makes of a line must not show it: with a quote in
 * a column that nobody reads, the same line goes to libcsv. */
static void test_usual_lines_are_libcsvs(void **state)
{
    (void)state;
    static const char delimiters[] = ",;\t|";
    struct definition *d = run_builtin("tickets");
    static struct run usual, quoted;
    uint64_t seed = 11;
    int good = 0;
    for (int i = 0; i < 20000; i++) {
        char delimiter = delimiters[i % 4],
             header[] = "ticket_id,customer_id,priority,submitted_at,status,x\n";
        char line[256], one[512], two[512];
        for (char *at = header; *at; at++)
            *at = *at == ',' ? delimiter : *at;
        int len = (int)odd_line(&seed, delimiter, line);
        const char *end = random_below(&seed, 4) ? "\n" : "\r\n";
        int head = snprintf(one, sizeof one, "%s", header);
        memcpy(two, one, (size_t)head);
        memcpy(one + head, line, (size_t)len);
        memcpy(two + head, line, (size_t)len);
        int one_len = head + len, two_len = one_len;
        one_len += snprintf(one + one_len, 16, "%cq%s", delimiter, end);
        two_len += snprintf(two + two_len, 16, "%c\"q\"%s", delimiter, end);
        run_feed(d, FORMAT_CSV, one, (size_t)one_len, SIZE_MAX, 4, &usual);
        run_feed(d, FORMAT_CSV, two, (size_t)two_len, SIZE_MAX, 4, &quoted);
        assert_int_equal(usual.len, 1);
        assert_int_equal(quoted.len, 1);
        assert_int_equal(usual.events[0].length + 2, quoted.events[0].length);
        usual.events[0].length = quoted.events[0].length;
        assert_memory_equal(&usual.events[0], &quoted.events[0], sizeof usual.events[0]);
        good += usual.events[0].reason == REJECT_NONE;
    }
    assert_in_range(good, 5000, 15000);
    definition_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_usual_lines_are_libcsvs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
