/*
 * Protects the following of files: finished lines only (T-R1), appearance and globs (T-R6), long
 * lines (T-R8), what is refused (T-R12), retries (T-R11), the moment that latency is measured from,
 * and that every consumed byte is an event's or skipped (S-03). Each with inotify and by polling.
 */
#include "tests/unit/feed_bench.h"

#include <sys/socket.h>
#include <sys/un.h>

static void test_half_lines_wait(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER "2026-01-05T08:00:00Z,1,x\n2026-01-05T08:00:00Z,2");
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, 1, "1");
    assert_int_equal(status_of(feed).unfinished, strlen("2026-01-05T08:00:00Z,2"));
    assert_int_equal(status_of(feed).unread, strlen("2026-01-05T08:00:00Z,2"));
    assert_int_equal(status_of(feed).polling, polling);
    bench_append(path, "2,x\n");
    expect_ids(bench, feed, 2, "1 22");
    assert_int_equal(status_of(feed).unread, 0);
    assert_int_equal(status_of(feed).unfinished, 0);
    assert_int_equal(status_of(feed).state, FEED_READING);
    feed->ops->free(feed);
}

static void test_bytes_one_by_one(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    const char *text = HEADER "2026-01-05T08:00:00Z,1,\"x\ny\"\r\n\n2026-01-05T08:00:00Z,2,x\n";
    bench_append(path, "");
    struct feed *feed = follow(bench, path);
    for (size_t i = 0; i < strlen(text); i++) {
        bench_write(path, O_APPEND, text + i, 1);
        bench_read(bench, feed, 0, NULL);
    }
    expect_ids(bench, feed, 2, "1 2");
    assert_int_equal(bench->ledger.lengths + bench->ledger.skipped, strlen(text));
    assert_int_equal(status_of(feed).bytes_read, strlen(text));
    const char *name;
    uint64_t bytes;
    assert_true(feed->ops->source(feed, 0, &name, &bytes));
    assert_string_equal(name, path);
    assert_int_equal(bytes, strlen(text));
    assert_false(feed->ops->source(feed, 1, &name, &bytes));
    feed->ops->free(feed);
}

/* T-R8: a line over the cap is passed without being kept, rejected with its length, and blocks do
 * not end inside it; taken back before its end, it never was. */
static void test_line_over_the_cap(void **state)
{
    enum { PIECE = 300000, PIECES = 7 };
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    char *piece = mem_alloc(PIECE);
    memset(piece, 'x', PIECE);
    bench_append(path, HEADER);
    bench_rows(path, 1, 1);
    uint64_t whole = strlen(HEADER) + 25;
    struct feed *feed = follow(bench, path);
    for (int time = 0; time < 2; time++) {
        for (int i = 1; i <= PIECES; i++) {
            bench_write(path, O_APPEND, piece, PIECE);
            bench_read(bench, feed, 1, NULL);
            assert_int_equal(status_of(feed).bytes_read, whole);
            assert_int_equal(status_of(feed).unfinished, i * PIECE);
        }
        if (time == 0)
            assert_int_equal(truncate(path, (off_t)whole), 0);
        bench_read(bench, feed, 1, NULL);
    }
    bench_append(path, "\n");
    bench_rows(path, 2, 2);
    expect_ids(bench, feed, 3, "1 ? 2");
    assert_int_equal(bench->ledger.events[1].reason, REJECT_TOO_LONG);
    assert_int_equal(bench->ledger.events[1].length, PIECE * PIECES + 1);
    assert_int_equal(status_of(feed).truncations, 0);
    feed->ops->free(feed);
    free(piece);
}

static void test_blanks_before_the_header(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, "\xEF\xBB\xBF\n\nat,id,wrong");
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, 0, "");
    assert_int_equal(truncate(path, 5 + 6), 0);
    expect_ids(bench, feed, 0, "");
    bench_append(path, "note\n2026-01-05T08:00:00Z,1,x\n");
    expect_ids(bench, feed, 1, "1");
    feed->ops->free(feed);
}

static void test_missing_is_waited_for(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "later/a.csv");
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, 0, "");
    assert_int_equal(status_of(feed).state, FEED_WAITING_FILE);
    assert_int_equal(status_of(feed).missing, 1);
    assert_non_null(strstr(status_of(feed).message, "a.csv to appear"));
    mkdir(bench_path(bench, "later"), 0700);
    expect_ids(bench, feed, 0, "");
    bench_append(path, HEADER);
    bench_rows(path, 1, 2);
    expect_ids(bench, feed, 2, "1 2");
    assert_int_equal(status_of(feed).state, FEED_READING);
    assert_int_equal(status_of(feed).missing, 0);
    assert_string_equal(status_of(feed).message, "");
    feed->ops->free(feed);
}

static void test_glob_finds_new_files(void **state)
{
    struct bench *bench = *state;
    const char *glob = bench_path(bench, "*.csv");
    struct feed *feed = follow(bench, glob);
    expect_ids(bench, feed, 0, "");
    assert_int_equal(status_of(feed).state, FEED_WAITING_FILE);
    bench_append(bench_path(bench, "b.csv"), HEADER "2026-01-05T08:00:00Z,1,x\n");
    expect_ids(bench, feed, 1, "1");
    bench_append(bench_path(bench, "a.csv"), HEADER "2026-01-05T08:00:00Z,2,x\n");
    expect_ids(bench, feed, 2, "1 2");
    assert_int_equal(bench->ledger.events[0].source, 0);
    assert_int_equal(bench->ledger.events[1].source, 1);
    bench_rows(bench_path(bench, "b.csv"), 3, 3);
    expect_ids(bench, feed, 3, "1 2 3");
    assert_int_equal(status_of(feed).sources, 2);
    feed->ops->free(feed);
}

static void test_bounded_end_is_torn(void **state)
{
    struct bench *bench = *state;
    char texts[2][160];
    const char *paths[2] = {texts[0], texts[1]};
    snprintf(texts[0], sizeof texts[0], "%s", bench_path(bench, "a.csv"));
    snprintf(texts[1], sizeof texts[1], "%s", bench_path(bench, "blank.csv"));
    bench_append(paths[0], HEADER);
    bench_rows(paths[0], 1, 2);
    bench_append(paths[0], "2026-01-05T08:00:0");
    bench_append(paths[1], "\n\n");
    struct tail_config config = bench_config(bench, paths, 2);
    config.bounded = true;
    struct feed *feed = tail_open(&config, NULL);
    assert_non_null(feed);
    assert_int_equal(bench_read(bench, feed, LEDGER_MAX, NULL), FEED_END);
    assert_string_equal(bench_ids(bench), "1 2 T");
    assert_int_equal(feed->ops->read(feed, &bench->block, NULL), FEED_END);
    assert_int_equal(status_of(feed).state, FEED_ENDED);
    assert_int_equal(status_of(feed).bytes_read, strlen(HEADER) + 50 + 18 + 2);
    feed->ops->free(feed);
}

static void expect_refused(struct bench *bench, const char *path, bool bounded, enum status code,
                           const char *text)
{
    struct error error = {0};
    struct tail_config config = bench_config(bench, &path, 1);
    config.bounded = bounded;
    config.no_inotify = polling;
    struct feed *feed = tail_open(&config, &error);
    if (feed)
        feed->ops->free(feed);
    assert_null(feed);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, text) || !strstr(error.text, path))
        fail_msg("'%s' does not say '%s' of '%s'", error.text, text, path);
}

static void test_what_is_no_file_is_refused(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "pipe");
    expect_refused(bench, bench->folder, false, STATUS_USAGE, "directory");
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_refused(bench, path, false, STATUS_USAGE, "tailrace ... - < ");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", bench_path(bench, "socket"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    expect_refused(bench, address.sun_path, false, STATUS_USAGE, "socket");
    close(fd);
    expect_refused(bench, "/dev/null", false, STATUS_USAGE, "device");
    expect_refused(bench, bench_path(bench, "none.csv"), true, STATUS_NOT_FOUND, "no such file");
    expect_refused(bench, bench_path(bench, "*.none"), true, STATUS_NOT_FOUND, "no file matches");
}

/* T-R11: an error is shown and reading is tried again. */
static void test_error_is_retried(void **state)
{
    struct bench *bench = *state;
    struct error error = {0};
    const char *path = bench_path(bench, "a.csv");
    assert_int_equal(symlink("a.csv", path), 0);
    struct feed *feed = follow(bench, path);
    assert_int_equal(bench_read(bench, feed, 1, &error), FEED_FAILED);
    assert_int_equal(error.code, STATUS_IO);
    assert_int_equal(status_of(feed).state, FEED_ERROR);
    assert_int_equal(unlink(path), 0);
    bench_append(path, HEADER);
    bench_rows(path, 1, 1);
    mono_ns deadline = bench_now() + DEADLINE_S * SECOND;
    while (bench_read(bench, feed, 1, &error) == FEED_FAILED && bench_now() < deadline)
        feed->ops->wait(feed, &bench->wake, deadline);
    assert_string_equal(bench_ids(bench), "1");
    assert_int_equal(status_of(feed).state, FEED_READING);
    feed->ops->free(feed);
}

/* T-R6: only what was there at the start begins at its end; the CSV header is known all the same.
 */
static void test_from_end(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *glob = bench_path(bench, "*.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 2);
    bench_append(path, "2026-01-05T08:00:00Z,3");
    struct tail_config config = bench_config(bench, &glob, 1);
    config.no_inotify = polling;
    config.from_end = true;
    struct feed *feed = tail_open(&config, NULL);
    expect_ids(bench, feed, 0, "");
    bench_append(path, ",x\n");
    expect_ids(bench, feed, 1, "3");
    assert_int_equal(bench->ledger.events[0].start, strlen(HEADER) + 50);
    bench_append(bench_path(bench, "b.csv"), HEADER "2026-01-05T08:00:00Z,4,x\n");
    expect_ids(bench, feed, 2, "3 4");
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    assert_int_equal(scan->ops->bytes(scan), 25 + strlen(HEADER) + 25);
    scan->ops->free(scan);
    feed->ops->free(feed);
}

static void test_jsonl_told_from_the_bytes(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.log");
    bench_append(path, "\n");
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, 0, "");
    bench_append(path, "{\"at\":\"2026-01-05T08:00:00Z\",\"id\":1}\n{\"at\":\"2026-01-05");
    expect_ids(bench, feed, 1, "1");
    bench_append(path, "T08:00:01Z\",\"id\":2}\n");
    expect_ids(bench, feed, 2, "1 2");
    feed->ops->free(feed);
}

/* Many sources take turns, also while one has a backlog of many blocks. */
static void test_sources_take_turns(void **state)
{
    struct bench *bench = *state;
    const char *glob = bench_path(bench, "*.csv");
    for (int f = 0; f < 3; f++) {
        char name[16];
        snprintf(name, sizeof name, "%d.csv", f);
        bench_append(bench_path(bench, name), HEADER);
        bench_rows(bench_path(bench, name), f * 1000 + 1, f * 1000 + (f == 0 ? 900 : 3));
        bench_append(bench_path(bench, name), "2026-01-05T08:00:00Z,");
    }
    struct feed *feed = follow(bench, glob);
    bench_read(bench, feed, 906, NULL);
    assert_int_equal(bench->ledger.len, 906);
    assert_int_equal(status_of(feed).unfinished, 3 * 21);
    for (int f = 0; f < 3; f++) {
        char name[16];
        snprintf(name, sizeof name, "%d.csv", f);
        bench_append(bench_path(bench, name), "7,x\n");
    }
    bench_read(bench, feed, 909, NULL);
    assert_int_equal(bench->ledger.len, 909);
    assert_int_equal(status_of(feed).unread, 0);
    feed->ops->free(feed);
}

static void test_open_file_that_is_appended_to(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "spool");
    bench_append(path, HEADER);
    int fd = open(path, O_RDWR | O_APPEND);
    assert_int_equal(unlink(path), 0);
    struct tail_config config = bench_config(bench, NULL, 0);
    config.fd = fd;
    config.name = "standard input";
    struct feed *feed = tail_open(&config, NULL);
    expect_ids(bench, feed, 0, "");
    const char *row = "2026-01-05T08:00:00Z,1,x\n";
    for (int i = 1; i <= 3; i++) {
        mono_ns before = bench_now();
        assert_int_equal(write(fd, row, strlen(row)), (ssize_t)strlen(row));
        tail_appended(feed);
        mono_ns after = bench_now();
        bench_read(bench, feed, (size_t)i, NULL);
        assert_in_range(bench->block.readable, before, after);
    }
    assert_int_equal(write(fd, "torn", 4), 4);
    tail_appended(feed);
    expect_ids(bench, feed, 3, "1 1 1");
    tail_closed(feed);
    assert_int_equal(bench_read(bench, feed, LEDGER_MAX, NULL), FEED_END);
    assert_string_equal(bench_ids(bench), "1 1 1 T");
    const char *name;
    uint64_t bytes;
    assert_true(feed->ops->source(feed, 0, &name, &bytes));
    assert_string_equal(name, "standard input");
    feed->ops->free(feed);
    close(fd);
}

/* Latency is measured from `readable`: never in the future, never before the last look. */
static void test_moment_of_reading(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    struct feed *feed = follow(bench, path);
    bench_read(bench, feed, 0, NULL);
    for (size_t i = 1; i <= 5; i++) {
        mono_ns before = bench_now();
        bench_rows(path, 1, 1);
        bench_read(bench, feed, i, NULL);
        /* File times may lag by a clock tick; ours are rounded so as to err on the old side. */
        assert_in_range(bench->block.readable, before - SECOND / 50, bench_now());
    }
    feed->ops->free(feed);
}

static void test_label_of_the_next_event(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct feed *feed = follow_rows(bench, path, 0, 1);
    assert_string_equal(bench->ledger.label, "");
    feed->ops->label_next(feed);
    bench_rows(path, 7, 8);
    expect_ids(bench, feed, 3, "1 7 8");
    assert_string_equal(bench->ledger.label, "7");
    assert_int_equal(bench->ledger.label_id, 7);
    bench_rows(path, 9, 9);
    expect_ids(bench, feed, 4, "1 7 8 9");
    assert_string_equal(bench->ledger.label, "7");
    feed->ops->free(feed);
}

/* What is idle sleeps: a wait lasts until its deadline, and the doorbell ends it. */
static void test_idle_wait_sleeps(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    struct tail_config config = bench_config(bench, &path, 1);
    config.no_inotify = polling;
    config.poll_ms = 150;
    struct feed *feed = tail_open(&config, NULL);
    bench_read(bench, feed, 0, NULL);
    mono_ns before = bench_now();
    feed->ops->wait(feed, &bench->wake, before + SECOND / 10);
    assert_true(bench_now() >= before + SECOND / 10);
    wake_ring(&bench->wake);
    feed->ops->wait(feed, &bench->wake, WAKE_NEVER);
    wake_clear(&bench->wake);
    feed->ops->free(feed);
}

/* T-R7: when changes were lost, everything is found by looking, and that is said. */
static void test_overflow_ends_in_polling(void **state)
{
    struct bench *bench = *state;
    int writers[2], limit = 0;
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    if (!file || fscanf(file, "%d", &limit) != 1 || limit > 200000)
        skip();
    fclose(file);
    const char *paths[2] = {bench_path(bench, "a.csv"), bench_path(bench, "b.csv")};
    for (int i = 0; i < 2; i++) {
        bench_append(paths[i], HEADER);
        writers[i] = open(paths[i], O_WRONLY | O_APPEND);
    }
    struct tail_config config = bench_config(bench, paths, 2);
    struct feed *feed = tail_open(&config, NULL);
    expect_ids(bench, feed, 0, "");
    assert_false(status_of(feed).polling);
    /* In turn, because the same change twice is told once. */
    for (int i = 0; i < limit + 10; i++)
        assert_int_equal(write(writers[i % 2], "\n", 1), 1);
    expect_ids(bench, feed, 0, "");
    assert_true(status_of(feed).polling);
    assert_non_null(strstr(status_of(feed).message, "looking every 10 ms"));
    bench_rows(paths[1], 1, 1);
    expect_ids(bench, feed, 1, "1");
    close(writers[0]);
    close(writers[1]);
    feed->ops->free(feed);
}

static void test_peek(void **state)
{
    struct bench *bench = *state;
    char buffer[8];
    const char *paths[] = {bench_path(bench, "none"), bench->folder, bench_path(bench, "*.csv")};
    assert_int_equal(tail_peek(paths, 3, buffer, sizeof buffer), 0);
    bench_append(bench_path(bench, "a.csv"), "");
    bench_append(bench_path(bench, "b.csv"), "abc");
    assert_int_equal(tail_peek(paths, 3, buffer, sizeof buffer), 3);
    assert_memory_equal(buffer, "abc", 3);
    bench_append(bench_path(bench, "a.csv"), "0123456789");
    assert_int_equal(tail_peek(paths, 3, buffer, sizeof buffer), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_WAYS(test_half_lines_wait),
        BOTH_WAYS(test_bytes_one_by_one),
        BOTH_WAYS(test_line_over_the_cap),
        BOTH_WAYS(test_blanks_before_the_header),
        BOTH_WAYS(test_missing_is_waited_for),
        BOTH_WAYS(test_glob_finds_new_files),
        BOTH_WAYS(test_bounded_end_is_torn),
        BOTH_WAYS(test_what_is_no_file_is_refused),
        BOTH_WAYS(test_error_is_retried),
        BOTH_WAYS(test_from_end),
        BOTH_WAYS(test_jsonl_told_from_the_bytes),
        BOTH_WAYS(test_sources_take_turns),
        BOTH_WAYS(test_open_file_that_is_appended_to),
        BOTH_WAYS(test_moment_of_reading),
        BOTH_WAYS(test_label_of_the_next_event),
        BOTH_WAYS(test_idle_wait_sleeps),
        cmocka_unit_test_setup_teardown(test_overflow_ends_in_polling, bench_setup, bench_teardown),
        BOTH_WAYS(test_peek),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
