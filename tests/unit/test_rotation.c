/*
 * Protects what makes a file the same file: rename rotation in order and within its grace time
 * (T-R4), truncation (T-R3), names that go and come back, several names of one file (T-R6), and a
 * header per generation (T-R9). Each with inotify and by polling.
 */
#include "feeds/source.h"
#include "tests/unit/feed_bench.h"

/* T-R4: the old file is drained, with what its writer appends after the rename, within the grace
 * time; its unfinished end is torn; then the new file. */
static void test_rotation_drains_the_old_file_first(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *old = bench_path(bench, "a.csv.1");
    struct feed *feed = follow_rows(bench, path, 1500, 1);
    assert_int_equal(rename(path, old), 0);
    bench_append(path, HEADER);
    bench_rows(path, 4, 4);
    bench_rows(old, 2, 2);
    expect_ids(bench, feed, 2, "1 2");
    bench_rows(path, 5, 5);
    expect_ids(bench, feed, 2, "1 2");
    assert_non_null(strstr(status_of(feed).message, "rotated: waiting 2 s"));
    assert_int_equal(status_of(feed).unread, strlen(HEADER) + 2 * 25);
    bench_rows(old, 3, 3);
    bench_append(old, "2026-01-05T08:00:00Z,99");
    expect_ids(bench, feed, 6, "1 2 3 T | 4 5");
    assert_int_equal(status_of(feed).rotations, 1);
    bench_rows(path, 6, 6);
    expect_ids(bench, feed, 7, "1 2 3 T | 4 5 6");
    assert_int_equal(status_of(feed).unread, 0);
    assert_string_equal(status_of(feed).message, "");
    feed->ops->free(feed);
}

/* A file that comes back under its name is not read again, but on from where it was left. */
static void test_renamed_back(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *old = bench_path(bench, "old");
    struct feed *feed = follow_rows(bench, path, 0, 1);
    assert_int_equal(rename(path, old), 0);
    bench_append(path, HEADER);
    bench_rows(path, 2, 2);
    expect_ids(bench, feed, 2, "1 | 2");
    assert_int_equal(rename(old, path), 0);
    bench_rows(path, 3, 3);
    expect_ids(bench, feed, 3, "1 | 2 | 3");
    feed->ops->free(feed);
}

/* Names that change faster than the grace time: nothing is lost, nothing out of order. */
static void test_rotations_in_quick_succession(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    struct feed *feed = follow(bench, path);
    for (int i = 1; i <= 5; i++) {
        char old[32];
        snprintf(old, sizeof old, "old.%d", i);
        bench_rows(path, i, i);
        bench_read(bench, feed, 0, NULL);
        assert_int_equal(rename(path, bench_path(bench, old)), 0);
        bench_append(path, HEADER);
        bench_read(bench, feed, 0, NULL);
    }
    bench_rows(path, 6, 6);
    expect_ids(bench, feed, 6, "1 | 2 | 3 | 4 | 5 | 6");
    assert_int_equal(status_of(feed).rotations, 5);
    feed->ops->free(feed);
}

/* More files than can wait while the first is still drained: there is a bound (D-07). */
static void test_rotated_too_fast(void **state)
{
    struct bench *bench = *state;
    char text[160];
    const char *path = text;
    snprintf(text, sizeof text, "%s", bench_path(bench, "a.csv"));
    struct feed *feed = follow_rows(bench, path, 60 * 1000, 1);
    for (int i = 0; i <= SUCCESSORS_MAX; i++) {
        char old[32];
        snprintf(old, sizeof old, "old.%d", i);
        assert_int_equal(rename(path, bench_path(bench, old)), 0);
        bench_append(path, HEADER);
        bench_read(bench, feed, 0, NULL);
    }
    assert_int_equal(status_of(feed).rotations, SUCCESSORS_MAX);
    feed->ops->free(feed);
}

/* What was renamed away is cut: it is given up at once, and its successor begins. */
static void test_renamed_file_truncated(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *old = bench_path(bench, "old");
    struct feed *feed = follow_rows(bench, path, 60 * 1000, 2);
    assert_int_equal(rename(path, old), 0);
    bench_append(path, HEADER);
    bench_rows(path, 3, 3);
    bench_read(bench, feed, 0, NULL);
    expect_ids(bench, feed, 2, "1 2");
    assert_int_equal(truncate(old, 0), 0);
    expect_ids(bench, feed, 3, "1 2 | 3");
    assert_int_equal(status_of(feed).truncations, 1);
    feed->ops->free(feed);
}

/* The file that waits while the old one is drained is copied and truncated itself, twice: its
 * copies are found by content, whatever they are called, and all comes in its order (T-R4, T-R5).
 */
static void test_truncated_while_waiting(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *old = bench_path(bench, "a.csv.2");
    struct feed *feed = follow_rows(bench, path, 60 * 1000, 2);
    assert_int_equal(rename(path, old), 0);
    bench_append(path, HEADER);
    bench_rows(path, 3, 4);
    bench_read(bench, feed, 0, NULL);
    bench_rows(path, 5, 5); /* not seen, but in the copy */
    bench_copy(path, bench_path(bench, "copy"));
    bench_write(path, O_TRUNC, HEADER, strlen(HEADER));
    bench_rows(path, 6, 9);
    bench_read(bench, feed, 0, NULL);
    bench_rows(old, 10, 10); /* the old one goes on all the while */
    bench_read(bench, feed, 0, NULL);
    bench_copy(path, bench_path(bench, "copy.1"));
    bench_write(path, O_TRUNC, HEADER, strlen(HEADER));
    bench_read(bench, feed, 0, NULL);
    bench_rows(path, 11, 11);
    assert_int_equal(truncate(old, 0), 0); /* ends the grace time */
    expect_ids(bench, feed, 11, "1 2 10 | 3 4 5 | 6 7 8 9 | 11");
    assert_int_equal(status_of(feed).truncations, 3);
    assert_int_equal(status_of(feed).copies, 2);
    feed->ops->free(feed);
}

/* Truncated before anything of it was seen: its copy has its place in the series. */
static void test_truncated_unseen(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *old = bench_path(bench, "a.csv.3");
    struct feed *feed = follow_rows(bench, path, 700, 2);
    assert_int_equal(rename(path, old), 0);
    bench_append(path, "");
    bench_read(bench, feed, 0, NULL);
    bench_append(path, HEADER);
    bench_rows(path, 3, 4);
    bench_copy(path, bench_path(bench, "a.csv.2"));
    bench_write(path, O_TRUNC, HEADER, strlen(HEADER));
    bench_rows(path, 5, 9);
    bench_read(bench, feed, 0, NULL);
    assert_int_equal(rename(path, bench_path(bench, "a.csv.1")), 0);
    bench_append(path, HEADER);
    bench_rows(path, 10, 10);
    bench_read(bench, feed, 0, NULL);
    expect_ids(bench, feed, 10, "1 2 | 3 4 | 5 6 7 8 9 | 10");
    assert_int_equal(status_of(feed).gaps, 0);
    feed->ops->free(feed);
}

/* A glob that also matches the rotated name reads nothing twice. */
static void test_rotated_name_under_the_glob(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 1);
    struct feed *feed = follow(bench, bench_path(bench, "a.csv*"));
    for (int i = 1; i <= 3; i++) {
        char from[32], to[32];
        for (int n = i - 1; n > 0; n--) {
            snprintf(from, sizeof from, "a.csv.%d", n);
            snprintf(to, sizeof to, "a.csv.%d", n + 1);
            assert_int_equal(rename(bench_path(bench, from), bench_path(bench, to)), 0);
        }
        assert_int_equal(rename(path, bench_path(bench, "a.csv.1")), 0);
        bench_append(path, HEADER);
        bench_rows(path, i + 1, i + 1);
        bench_read(bench, feed, (size_t)i + 1, NULL);
    }
    expect_ids(bench, feed, 4, "1 | 2 | 3 | 4");
    assert_int_equal(status_of(feed).sources, 1);
    feed->ops->free(feed);
}

static void test_truncation_starts_again(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct feed *feed = follow_rows(bench, path, 0, 3);
    bench_write(path, O_TRUNC, HEADER, strlen(HEADER));
    bench_read(bench, feed, 0, NULL);
    bench_rows(path, 4, 5);
    expect_ids(bench, feed, 5, "1 2 3 | 4 5");
    assert_int_equal(status_of(feed).truncations, 1);
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    assert_non_null(scan);
    assert_int_equal(scan->ops->lost(scan), 1);
    assert_int_equal(scan->ops->bytes(scan), strlen(HEADER) + 2 * 25);
    scan->ops->free(scan);
    feed->ops->free(feed);
}

/* An unfinished line that its writer takes back is no truncation: what replaces it is read. */
static void test_unfinished_line_taken_back(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 1);
    bench_append(path, "2026-01-05T08:00:00Z,\"oh");
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, 1, "1");
    assert_int_equal(truncate(path, (off_t)strlen(HEADER) + 25 + 3), 0);
    bench_read(bench, feed, 0, NULL);
    assert_int_equal(truncate(path, (off_t)strlen(HEADER) + 25), 0);
    bench_rows(path, 2, 2);
    expect_ids(bench, feed, 2, "1 2");
    assert_int_equal(status_of(feed).truncations, 0);
    feed->ops->free(feed);
}

static void test_deleted_and_created_again(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 1);
    int writer = open(path, O_WRONLY | O_APPEND);
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, 1, "1");
    assert_int_equal(unlink(path), 0);
    bench_read(bench, feed, 0, NULL);
    const char *row = "2026-01-05T08:00:00Z,2,x\n";
    assert_int_equal(write(writer, row, strlen(row)), (ssize_t)strlen(row));
    expect_ids(bench, feed, 2, "1 2");
    bench_append(path, HEADER);
    bench_rows(path, 3, 3);
    expect_ids(bench, feed, 3, "1 2 | 3");
    close(writer);
    feed->ops->free(feed);
}

static void test_two_names_of_one_file(void **state)
{
    struct bench *bench = *state;
    char texts[4][160];
    const char *names[] = {"a.csv", "hard.csv", "soft.csv", "*.csv"};
    const char *paths[5];
    for (int i = 0; i < 4; i++) {
        snprintf(texts[i], sizeof texts[i], "%s", bench_path(bench, names[i]));
        paths[i] = texts[i];
    }
    paths[4] = paths[0];
    bench_append(paths[0], HEADER);
    bench_rows(paths[0], 1, 1);
    assert_int_equal(link(paths[0], paths[1]), 0);
    assert_int_equal(symlink("a.csv", paths[2]), 0);
    struct tail_config config = bench_config(bench, paths, 5);
    config.no_inotify = polling;
    struct feed *feed = tail_open(&config, NULL);
    assert_non_null(feed);
    expect_ids(bench, feed, 1, "1");
    bench_rows(paths[1], 2, 2);
    expect_ids(bench, feed, 2, "1 2");
    assert_int_equal(status_of(feed).missing, 0);
    feed->ops->free(feed);
    config.bounded = true;
    feed = tail_open(&config, NULL);
    assert_int_equal(bench_read(bench, feed, LEDGER_MAX, NULL), FEED_END);
    assert_string_equal(bench_ids(bench), "1 2 1 2");
    assert_int_equal(status_of(feed).sources, 1);
    feed->ops->free(feed);
}

static void test_header_without_a_column(void **state)
{
    struct bench *bench = *state;
    struct error error = {0};
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, "at,note\n2026-01-05T08:00:00Z,x\n");
    struct feed *feed = follow(bench, path);
    assert_int_equal(bench_read(bench, feed, 1, &error), FEED_FAILED);
    assert_int_equal(error.code, STATUS_BAD_FORMAT);
    assert_non_null(strstr(error.text, "a.csv"));
    assert_int_equal(status_of(feed).state, FEED_ERROR);
    assert_string_equal(status_of(feed).message, error.text);
    /* Written anew in place: read at once, whatever the backoff. */
    bench_write(path, O_TRUNC, HEADER "2026-01-05T08:00:00Z,1,x\n", strlen(HEADER) + 25);
    expect_ids(bench, feed, 1, "1");
    assert_int_equal(status_of(feed).state, FEED_READING);
    /* A later generation that cannot be read does not keep its successor from being read. */
    assert_int_equal(rename(path, bench_path(bench, "old.1")), 0);
    bench_append(path, "at,note\n2026-01-05T08:00:00Z,x\n");
    mono_ns deadline = bench_now() + DEADLINE_S * SECOND;
    while (bench_read(bench, feed, 2, &error) != FEED_FAILED && bench_now() < deadline)
        ;
    assert_int_equal(status_of(feed).state, FEED_ERROR);
    assert_int_equal(rename(path, bench_path(bench, "old.2")), 0);
    bench_append(path, "id,at\n2,2026-01-05T08:00:00Z\n");
    while (bench->ledger.len < 2 && bench_now() < deadline) {
        if (bench_read(bench, feed, 2, &error) == FEED_FAILED)
            feed->ops->wait(feed, &bench->wake, deadline);
    }
    assert_int_equal(bench->ledger.len, 2);
    assert_int_equal(bench->ledger.events[1].generation, 2);
    feed->ops->free(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_WAYS(test_rotation_drains_the_old_file_first),
        BOTH_WAYS(test_renamed_back),
        BOTH_WAYS(test_rotations_in_quick_succession),
        BOTH_WAYS(test_rotated_too_fast),
        BOTH_WAYS(test_renamed_file_truncated),
        BOTH_WAYS(test_truncated_while_waiting),
        BOTH_WAYS(test_truncated_unseen),
        BOTH_WAYS(test_rotated_name_under_the_glob),
        BOTH_WAYS(test_truncation_starts_again),
        BOTH_WAYS(test_unfinished_line_taken_back),
        BOTH_WAYS(test_deleted_and_created_again),
        BOTH_WAYS(test_two_names_of_one_file),
        BOTH_WAYS(test_header_without_a_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
