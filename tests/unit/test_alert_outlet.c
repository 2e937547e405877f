/*
 * Guards: the bounds on the way out. Calls of the command begin at most HOOK_BURST at once and
 * HOOK_RATE a second (D-16); lines wait whole and up to a maximum; a file that cannot be written is
 * tried again and loses nothing below its cap; a thread that hangs holds the lane up once, shortly,
 * and what then finds the queue full is counted (S-05), one at work is waited for. A line says what
 * the alert says, escaped.
 */
#include "tests/unit/support.h"

#include "tui/alert_file.h"
#include "tui/alert_line.h"
#include "tui/alert_outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SECOND ((mono_ns)1000000000)

static void calls_begin_in_a_burst_then_at_a_rate(void **state)
{
    (void)state;
    struct hook_pace pace = {0};
    mono_ns now = 1000 * SECOND;
    int begun = 0;
    while (hook_pace_next(&pace) <= now && begun < 100) {
        hook_pace_began(&pace, now);
        begun++;
    }
    assert_int_equal(begun, HOOK_BURST);
    for (int tick = 0; tick < 1000; tick++, now += SECOND / 100)
        while (hook_pace_next(&pace) <= now) {
            hook_pace_began(&pace, now);
            begun++;
        }
    assert_int_equal(begun, HOOK_BURST + 10 * HOOK_RATE - 1);
    now += 100 * SECOND; /* rest earns one burst, no more */
    for (begun = 0; hook_pace_next(&pace) <= now; begun++)
        hook_pace_began(&pace, now);
    assert_int_equal(begun, HOOK_BURST);
}

static void lines_wait_whole_up_to_the_cap(void **state)
{
    (void)state;
    struct line_buffer buffer;
    uint64_t lines;
    line_buffer_init(&buffer, 10);
    assert_true(line_buffer_add(&buffer, "abc\n", 4));
    assert_true(line_buffer_add(&buffer, "de\n", 3));
    assert_false(line_buffer_add(&buffer, "fgh\n", 4));
    assert_int_equal(line_buffer_whole(&buffer, 100, &lines), 7);
    assert_int_equal(lines, 2);
    assert_int_equal(line_buffer_whole(&buffer, 6, &lines), 4);
    assert_int_equal(line_buffer_whole(&buffer, 1, &lines), 4); /* the first in any case */
    assert_int_equal(lines, 1);
    assert_int_equal(line_buffer_drop(&buffer, 2), 0);
    assert_int_equal(line_buffer_drop(&buffer, 2), 1);
    assert_true(line_buffer_add(&buffer, "fghijk\n", 7));
    assert_int_equal(buffer.lines, 2);
    assert_memory_equal(buffer.bytes + buffer.begin, "de\nfghijk\n", 10);
    assert_int_equal(line_buffer_drop(&buffer, 10), 2);
    assert_int_equal(line_buffer_len(&buffer), 0);
    line_buffer_fini(&buffer);
}

/* A pipe that is full refuses in the midst of a line, as a full disk may; what was written is not
 * written again. */
static void what_cannot_be_written_waits(void **state)
{
    (void)state;
    char folder[] = "/tmp/tailrace-test-XXXXXX", path[64], line[1001];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    struct alert_file file;
    assert_int_equal(alert_file_open(&file, path, 300 * 1000, NULL), STATUS_OK);
    memset(line, 'x', sizeof line);
    line[999] = '\n';
    for (int i = 0; i < 310; i++)
        alert_file_add(&file, line, 1000);
    assert_int_equal(file.lost, 10);
    size_t got = 0;
    static char bytes[400 * 1000];
    for (mono_ns now = SECOND; got < 300 * 1000 && now < 100 * SECOND; now += SECOND) {
        alert_file_flush(&file, now, false);
        assert_true(file.errno_value == 0 || file.errno_value == EAGAIN);
        uint64_t written = file.written;
        if (file.errno_value) {
            assert_int_equal(alert_file_next(&file), now + SECOND);
            alert_file_flush(&file, now + SECOND / 2, false); /* too early */
            assert_int_equal(file.written, written);
        }
        ssize_t part = read(reader, bytes + got, 50001);
        got += part > 0 ? (size_t)part : 0;
    }
    assert_int_equal(got, 300 * 1000);
    for (size_t i = 0; i < got; i += 1000)
        assert_memory_equal(bytes + i, line, 1000);
    assert_int_equal(file.written, 300);
    assert_true(alert_file_next(&file) == INT64_MAX);
    alert_file_close(&file);
    close(reader);
    unlink(path);
    rmdir(folder);
}

/* Calls that hang: few run, and each is killed when its time is over; `now` is not the machine's.
 */
static void calls_that_hang_are_few_and_killed(void **state)
{
    (void)state;
    struct alert_hook hook;
    struct clock *clock = clock_new_real();
    mono_ns now = 1000 * SECOND, end = clock_mono(clock) + 20 * SECOND;
    alert_hook_init(&hook, "exec sleep 1000", -1, 0);
    assert_true(alert_hook_turn(&hook, now) == INT64_MAX);
    for (int i = 0; i < 100; i++) {
        alert_hook_add(&hook, "{}\n", 3);
        alert_hook_turn(&hook, now + i);
    }
    assert_int_equal(hook.running, HOOK_RUNNING);
    assert_int_equal(hook.begun, HOOK_RUNNING);
    assert_int_equal(hook.waiting.lines, 100 - HOOK_RUNNING);
    alert_hook_turn(&hook, now + HOOK_TIMEOUT_MS * (SECOND / 1000) - 1);
    assert_int_equal(hook.failed, 0);
    now += HOOK_TIMEOUT_MS * (SECOND / 1000) + HOOK_RUNNING;
    hook.command = "exec cat >/dev/null"; /* the next one does well, and gets all that wait */
    while (hook.given == 0 && clock_mono(clock) < end)
        alert_hook_turn(&hook, now); /* it stands, or the new call would hang too */
    assert_int_equal(hook.given, 100 - HOOK_RUNNING);
    assert_int_equal(hook.begun, HOOK_RUNNING + 1);
    while (hook.running > 0 && clock_mono(clock) < end)
        alert_hook_turn(&hook, now);
    assert_int_equal(hook.failed, HOOK_RUNNING);
    assert_int_equal(hook.failed_lines, HOOK_RUNNING);
    alert_hook_fini(&hook);
    clock_free(clock);
}

/* --- a thread that hangs: on a feed that does not say its name --- */

static sem_t asked, answer;

static bool slow_source(struct feed *feed, uint32_t index, const char **name, uint64_t *bytes)
{
    (void)feed;
    (void)index;
    (void)bytes;
    *name = "slow";
    sem_post(&asked);
    sem_wait(&answer);
    return true;
}

static void a_thread_that_hangs_costs_the_lane_little_and_is_counted(void **state)
{
    (void)state;
    static const struct feed_ops ops = {.source = slow_source};
    struct feed feed = {&ops};
    struct definition *definition = make_definition("key", "count");
    struct clock *clock = clock_new_real();
    struct rule *rule;
    assert_int_equal(definition_add_rule(definition, "r", &rule, NULL), STATUS_OK);
    sem_init(&asked, 0, 0);
    sem_init(&answer, 0, 0);
    const struct alert_outlet_config config = {.path = "/dev/null", .output = -1, .queue_cap = 4};
    struct alert_outlet *outlet = alert_outlet_open(&config, NULL);
    assert_non_null(outlet);
    assert_int_equal(alert_outlet_start(outlet, definition, &feed, clock, NULL), STATUS_OK);
    struct alert_sink sink = alert_outlet_sink(outlet);
    const struct alert alert = {.id = 1};
    sink.take(sink.context, &alert);
    sem_wait(&asked); /* it has taken one, and hangs */
    mono_ns before = clock_mono(clock);
    for (int i = 0; i < 4; i++)
        sink.take(sink.context, &alert);
    assert_int_equal(alert_outlet_counts(outlet).lost, 0);
    for (int i = 0; i < 1000; i++)
        sink.take(sink.context, &alert);
    mono_ns took = clock_mono(clock) - before;
    assert_true(took >= OUTLET_PATIENCE_MS * INT64_C(1000000));
    assert_true(took < 20 * SECOND); /* 1000 times the patience would be 1000 s */
    assert_int_equal(alert_outlet_counts(outlet).lost, 1000);
    for (int i = 0; i < 5; i++)
        sem_post(&answer);
    alert_outlet_stop(outlet);
    struct alert_outlet_counts counts = alert_outlet_counts(outlet);
    assert_int_equal(counts.taken, 1005);
    assert_int_equal(counts.written, 5);
    assert_int_equal(counts.lost, 1000);
    alert_outlet_free(outlet);
    sem_destroy(&asked);
    sem_destroy(&answer);
    clock_free(clock);
    definition_free(definition);
}

enum { AT_ONCE = 8, WORK_MS = 60, PATIENCE_MS = 400 };

/* Nobody answers: each of the first alerts takes WORK_MS. */
static bool toiling_source(struct feed *feed, uint32_t index, const char **name, uint64_t *bytes)
{
    static int calls;
    struct timespec until;
    (void)feed;
    (void)index;
    (void)bytes;
    *name = "toiling";
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WORK_MS * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (calls++ < 2 * AT_ONCE)
        sem_timedwait(&answer, &until);
    return true;
}

/* What it has taken costs it more than the lane's patience, but it gets on: nothing is lost. */
static void a_thread_at_work_is_waited_for(void **state)
{
    (void)state;
    static const struct feed_ops ops = {.source = toiling_source};
    struct feed feed = {&ops};
    struct definition *definition = make_definition("key", "count");
    struct clock *clock = clock_new_real();
    struct rule *rule;
    assert_int_equal(definition_add_rule(definition, "r", &rule, NULL), STATUS_OK);
    sem_init(&answer, 0, 0);
    const struct alert_outlet_config config = {
        .path = "/dev/null", .output = -1, .queue_cap = AT_ONCE, .patience_ms = PATIENCE_MS};
    struct alert_outlet *outlet = alert_outlet_open(&config, NULL);
    assert_non_null(outlet);
    assert_int_equal(alert_outlet_start(outlet, definition, &feed, clock, NULL), STATUS_OK);
    struct alert_sink sink = alert_outlet_sink(outlet);
    const struct alert alert = {.id = 1};
    for (int i = 0; i < 10 * AT_ONCE; i++)
        sink.take(sink.context, &alert);
    alert_outlet_stop(outlet);
    struct alert_outlet_counts counts = alert_outlet_counts(outlet);
    assert_int_equal(counts.lost, 0);
    assert_int_equal(counts.written, 10 * AT_ONCE);
    alert_outlet_free(outlet);
    sem_destroy(&answer);
    clock_free(clock);
    definition_free(definition);
}

/* --- lines --- */

/* Gives alerts 1 … 4 of a log to a file that had the first two; what it has had then. */
static struct alert_marks give_logged(const char *path)
{
    const struct alert_marks had = {.file = 2, .command = 2};
    struct alert_outlet_config config = {.path = path, .output = -1};
    struct error error = {.text = ""};
    struct clock *clock = clock_new_real();
    struct alert_outlet *outlet = alert_outlet_open(&config, &error);
    assert_non_null(outlet);
    assert_int_equal(alert_outlet_start(outlet, NULL, NULL, clock, &error), STATUS_OK);
    alert_outlet_begin(outlet, &had);
    alert_outlet_logged(outlet, 1, "one\n", 4);
    alert_outlet_logged(outlet, 2, "two\n", 4);
    alert_outlet_logged(outlet, 3, "three\n", 6);
    alert_outlet_logged(outlet, 4, "four\n", 5);
    alert_outlet_logged(outlet, 5, "", 0); /* nobody waited for it */
    alert_outlet_stop(outlet);
    struct alert_marks marks = alert_outlet_marks(outlet);
    alert_outlet_free(outlet);
    clock_free(clock);
    return marks;
}

/* S-80: what was had is not given again; a mark moves when all is on disk, and not before. */
static void what_a_log_gives_is_marked(void **state)
{
    (void)state;
    char path[] = "/tmp/tailrace-alerts-XXXXXX", text[64] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct alert_marks marks = give_logged(path);
    assert_int_equal(read(fd, text, sizeof text - 1), 11);
    assert_string_equal(text, "three\nfour\n");
    assert_int_equal(marks.file, 4);
    assert_int_equal(marks.command, 2);
    assert_int_equal(give_logged("/dev/full").file, 2);
    close(fd);
    unlink(path);
}

static void a_line_is_the_alert(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct rule *rule;
    assert_int_equal(definition_add_rule(definition, "large", &rule, NULL), STATUS_OK);
    definition->alert_field = 3; /* amount, of 2 places */
    struct alert alert = {.id = 0xAB,
                          .position = {2, 1, 77},
                          .time = 1000,
                          .event_time = 500,
                          .amount = 1234560,
                          .has_amount = true,
                          .late = true,
                          .number = 7};
    snprintf(alert.text.label, sizeof alert.text.label, "\"\\\x1b\n\xe2\x80\xae\xff");
    char line[ALERT_LINE];
    size_t len = alert_line(definition, &alert, "a.csv", 1500, line);
    assert_int_equal(line[len - 1], '\n');
    line[len] = '\0';
    assert_string_equal(
        line,
        "{\"id\": \"00000000000000ab\", \"type\": \"large\", \"rule\": \"large\", \"time\": "
        "\"1970-01-01T00:00:01Z\", \"event_time\": \"1970-01-01T00:00:00.500Z\", \"subject\": "
        "null, \"label\": \"\\\"\\\\\\u001b\\u000a\\u202e\\\\xff\", \"amount\": \"12345.60\", "
        "\"late\": true, \"retracted\": false, \"number\": 7, \"position\": {\"index\": 2, "
        "\"source\": \"a.csv\", \"generation\": 1, \"start\": 77}, \"detected_at\": "
        "\"1970-01-01T00:00:01.500Z\"}\n");
    definition_free(definition);
}

/* The longest texts there are, all of bytes that need the longest escapes. */
static void no_line_is_too_long(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct rule *rule;
    char source[4096], line[ALERT_LINE];
    assert_int_equal(definition_add_rule(definition, "large", &rule, NULL), STATUS_OK);
    memset(rule->alert, 1, sizeof rule->alert - 1);
    memset(rule->name, 1, sizeof rule->name - 1);
    memset(source, 1, sizeof source - 1);
    source[sizeof source - 1] = '\0';
    struct alert alert = {.time = INSTANT_END, .amount = INT64_MIN, .has_amount = true};
    memset(&alert.text, 1, sizeof alert.text);
    definition->alert_field = 3;
    assert_true(alert_line(definition, &alert, source, INSTANT_END, line) < ALERT_LINE);
    definition_free(definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_begin_in_a_burst_then_at_a_rate),
        cmocka_unit_test(lines_wait_whole_up_to_the_cap),
        cmocka_unit_test(what_cannot_be_written_waits),
        cmocka_unit_test(calls_that_hang_are_few_and_killed),
        cmocka_unit_test(a_thread_that_hangs_costs_the_lane_little_and_is_counted),
        cmocka_unit_test(a_thread_at_work_is_waited_for),
        cmocka_unit_test(what_a_log_gives_is_marked),
        cmocka_unit_test(a_line_is_the_alert),
        cmocka_unit_test(no_line_is_too_long),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
