/*
 * Protects: faults are the seed's; every event still comes, once, but for the copies; what comes
 * late comes within the bounds announced; the shares are those asked for; records come in the order
 * of when they are due.
 */
#include "tests/unit/support.h"

#include "feeds/faults.h"

#include <stdio.h>
#include <stdlib.h>

enum { RECORDS = 20000 };

static struct simulated_faults parsed(const char *text)
{
    struct simulated_faults faults;
    struct error error = {.text = ""};
    if (simulated_faults_parse(text, &faults, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return faults;
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct simulated_faults shares;
    } right[] = {{"none", {0}},
                 {"late", {.late = 1000}},
                 {"late=2%,duplicate", {.late = 2000, .duplicate = 1000}},
                 {"malformed=0.5,future=0.001%", {.malformed = 500, .future = 1}},
                 {"late=100%,late=0%", {0}}};
    static const char *const wrong[] = {"",         "lat",   "late=",        "late=101%",
                                        "late=-1%", "late,", "late=1.0001%", "late=%%a",
                                        "none,late"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        struct simulated_faults shares = parsed(right[i].text);
        assert_memory_equal(&shares, &right[i].shares, sizeof shares);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct simulated_faults shares;
        struct error error;
        if (simulated_faults_parse(wrong[i], &shares, &error) != STATUS_USAGE)
            fail_msg("taken: %s", wrong[i]);
    }
}

struct line {
    char text[160];
    epoch_ms due;
};

static size_t simulate(const char *faults, uint64_t seed, struct line *out, size_t room)
{
    struct simulator_config config = {.profile = "tickets",
                                      .seed = seed,
                                      .day = simulator_default_day(),
                                      .records = RECORDS,
                                      .faults = parsed(faults)};
    struct error error;
    struct simulator *simulator = simulator_new(&config, &error);
    size_t len = 0;
    char text[SIMULATED_RECORD_MAX];
    for (;;) {
        epoch_ms peeked = simulator_peek(simulator), due;
        size_t bytes = simulator_next(simulator, text, &due);
        if (bytes == 0) {
            assert_true(peeked == INT64_MAX);
            break;
        }
        assert_true(len < room && bytes < sizeof out->text);
        assert_true(due == peeked && (len == 0 || due >= out[len - 1].due));
        out[len] = (struct line){.due = due};
        memcpy(out[len++].text, text, bytes);
    }
    simulator_free(simulator);
    return len;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->text, ((const struct line *)b)->text);
}

/* Lines of `all` that differ, sorted; `*copies` counts those that came again. */
static size_t unique(struct line *all, size_t len, size_t *copies)
{
    size_t kept = 0;
    qsort(all, len, sizeof *all, by_text);
    for (size_t i = 0; i < len; i++)
        if (kept == 0 || strcmp(all[kept - 1].text, all[i].text) != 0)
            all[kept++] = all[i];
    *copies = len - kept;
    return kept;
}

static struct line *room(void)
{
    return mem_zero(2 * RECORDS, sizeof(struct line));
}

static void test_every_event_comes(void **state)
{
    (void)state;
    struct line *plain = room(), *faulty = room(), *again = room();
    for (uint64_t seed = 1; seed <= 3; seed++) {
        size_t copies;
        size_t plain_len = simulate("none", seed, plain, 2 * RECORDS);
        size_t faulty_len = simulate("late=5%,duplicate=2%", seed, faulty, 2 * RECORDS);
        assert_int_equal(simulate("late=5%,duplicate=2%", seed, again, 2 * RECORDS), faulty_len);
        assert_memory_equal(faulty, again, faulty_len * sizeof *faulty);
        assert_int_equal(plain_len, RECORDS);
        qsort(plain, plain_len, sizeof *plain, by_text);
        assert_int_equal(unique(faulty, faulty_len, &copies), RECORDS);
        assert_in_range(copies, RECORDS / 50 * 8 / 10, RECORDS / 50 * 12 / 10);
        for (size_t i = 0; i < RECORDS; i++)
            assert_string_equal(plain[i].text, faulty[i].text);
    }
    free(plain);
    free(faulty);
    free(again);
}

/* The same event in a run without faults says when it occurred. */
static void test_late(void **state)
{
    (void)state;
    struct line *plain = room(), *faulty = room();
    size_t len = simulate("none", 7, plain, 2 * RECORDS), late = 0;
    assert_int_equal(simulate("late=5%,malformed=0%", 7, faulty, 2 * RECORDS), len);
    qsort(plain, len, sizeof *plain, by_text);
    qsort(faulty, len, sizeof *faulty, by_text);
    for (size_t i = 0; i < len; i++) {
        int64_t behind = faulty[i].due - plain[i].due;
        late += behind != 0;
        assert_true(behind == 0 || (behind >= 30000 && behind <= 20 * MS_PER_MINUTE));
    }
    assert_in_range(late, len / 20 * 9 / 10, len / 20 * 11 / 10);
    free(plain);
    free(faulty);
}

/* Torn lines and fast clocks: how many lines are not among the plain ones. */
static void test_torn_and_ahead(void **state)
{
    (void)state;
    struct line *plain = room(), *faulty = room();
    size_t len = simulate("none", 9, plain, 2 * RECORDS), torn = 0, ahead = 0;
    size_t faulty_len = simulate("malformed=1%,future=0.5%", 9, faulty, 2 * RECORDS);
    qsort(plain, len, sizeof *plain, by_text);
    for (size_t i = 0; i < faulty_len; i++) {
        int commas = 0;
        for (const char *at = faulty[i].text; *at; at++)
            commas += *at == ',';
        if (commas < 4)
            torn++;
        else if (!bsearch(&faulty[i], plain, len, sizeof *plain, by_text))
            ahead++;
    }
    assert_int_equal(faulty_len, len + torn);
    assert_in_range(torn, RECORDS / 100 * 8 / 10, RECORDS / 100 * 12 / 10);
    assert_in_range(ahead, RECORDS / 200 * 7 / 10, RECORDS / 200 * 13 / 10);
    free(plain);
    free(faulty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_every_event_comes),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_torn_and_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
