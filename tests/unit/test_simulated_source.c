/*
 * Protects: the producer appends what is due and nothing else, tells the feed of each append, gives
 * the position of a marked record, and loses nothing on a full disk.
 */
#include "feeds/simulator.h"
#include "feeds/tail.h"
#include "tests/unit/simulator_bench.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Stands in for the feed: counts what it is told. */
static struct feed feed;
static int appends;

void tail_appended(struct feed *told)
{
    assert_ptr_equal(told, &feed);
    appends++;
}

void tail_closed(struct feed *told)
{
    (void)told;
    fail_msg("a simulated feed does not end");
}

/* Everything the sequence gives up to `now`, as the file should hold it. */
static char *expected_until(struct simulator *simulator, epoch_ms now, size_t *len)
{
    char *bytes = malloc(4 << 20);
    epoch_ms time;
    *len = strlen(simulator_header(simulator));
    memcpy(bytes, simulator_header(simulator), *len);
    while (simulator_peek(simulator) <= now)
        *len += simulator_next(simulator, bytes + *len, &time);
    simulator_free(simulator);
    return bytes;
}

static void assert_file(int fd, const char *expected, size_t len)
{
    char *bytes = malloc(len + 2);
    assert_int_equal(pread(fd, bytes, len + 2, 0), len);
    assert_memory_equal(bytes, expected, len);
    free(bytes);
}

static void test_produce_appends_what_is_due(void **state)
{
    struct simulator *simulator = simulate("tickets", 42, 0, SIMULATED_CSV);
    struct error error;
    struct simulated_source *source = simulated_source_new(simulator, &error);
    const struct producer_ops *ops = &simulated_source_ops;
    epoch_ms now = day_start(), next;
    size_t len;
    (void)state;
    assert_non_null(source);
    simulated_source_attach(source, &feed);
    assert_int_equal(ops->fd(source), -1);
    appends = 0;
    assert_int_equal(ops->produce(source, now - 1, &next, &error), STATUS_OK);
    assert_int_equal(appends, 1); /* the header, before anything is due */
    /* first at every record's own time, then in steps, at last many hours in one go */
    for (int i = 0; i < 50; i++) {
        assert_int_equal(next, simulator_peek(simulator));
        assert_int_equal(ops->produce(source, next - 1, &now, &error), STATUS_OK);
        assert_int_equal(appends, 1 + i);
        assert_int_equal(ops->produce(source, next, &next, &error), STATUS_OK);
        assert_int_equal(appends, 2 + i);
    }
    for (now = next; now < day_start() + 2 * MS_PER_HOUR; now += 777)
        assert_int_equal(ops->produce(source, now, &next, &error), STATUS_OK);
    now = day_start() + 12 * MS_PER_HOUR;
    assert_int_equal(ops->produce(source, now, &next, &error), STATUS_OK);
    assert_true(next > now);
    char *expected = expected_until(simulate("tickets", 42, 0, SIMULATED_CSV), now, &len);
    assert_file(simulated_source_fd(source), expected, len);
    free(expected);
    simulated_source_free(source);
    simulator_free(simulator);
}

static void test_send(void **state)
{
    struct simulator *simulator = simulate("payments", 42, 0, SIMULATED_JSONL);
    struct error error;
    struct simulated_source *source = simulated_source_new(simulator, &error);
    char label[EVENT_LABEL], line[SIMULATED_RECORD_MAX + 1];
    epoch_ms now = day_start() + MS_PER_HOUR, next;
    uint64_t start;
    size_t len;
    (void)state;
    assert_int_equal(simulated_source_ops.send(source, now, label, &start, &error), STATUS_OK);
    char *expected = expected_until(simulate("payments", 42, 0, SIMULATED_JSONL), now, &len);
    assert_int_equal(start, len); /* behind everything due */
    ssize_t got = pread(simulated_source_fd(source), line, sizeof line - 1, (off_t)start);
    assert_true(got > 0);
    line[got] = '\0';
    assert_non_null(strstr(line, "\"event_id\":\"900000001\""));
    assert_string_equal(strchr(line, '\n'), "\n");
    assert_int_equal(simulated_source_ops.produce(source, now, &next, &error), STATUS_OK);
    assert_true(next > now);
    free(expected);
    simulated_source_free(source);
    simulator_free(simulator);
}

/* A file that may not grow: an error that says what to do, then, with room again, no byte less. */
static void test_full_disk(void **state)
{
    struct simulator *simulator = simulate("orders", 42, 5000, SIMULATED_CSV);
    struct error error;
    struct simulated_source *source = simulated_source_new(simulator, &error);
    const struct producer_ops *ops = &simulated_source_ops;
    struct rlimit before, tight = {.rlim_cur = 100001};
    epoch_ms now = day_start() + MS_PER_DAY, next;
    size_t len;
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    tight.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &tight);
    enum status first = ops->produce(source, now, &next, &error);
    enum status second = ops->produce(source, now, &next, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(first, STATUS_IO);
    assert_int_equal(second, STATUS_IO);
    assert_true(next > now && next != INT64_MAX); /* tried again, not at once */
    assert_non_null(strstr(error.text, "after 100001 bytes"));
    assert_non_null(strstr(error.text, "TMPDIR"));
    assert_int_equal(ops->produce(source, now, &next, &error), STATUS_OK);
    assert_int_equal(next, INT64_MAX);
    char *expected = expected_until(simulate("orders", 42, 5000, SIMULATED_CSV), now, &len);
    assert_file(simulated_source_fd(source), expected, len);
    free(expected);
    simulated_source_free(source);
    simulator_free(simulator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_produce_appends_what_is_due),
        cmocka_unit_test(test_send),
        cmocka_unit_test(test_full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
