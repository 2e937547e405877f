/*
 * Protects what a file is known by when its inode says nothing (T-R2, T-R3, T-R5): truncated and
 * grown again, written anew in place, copied before it was truncated, saved by an editor. Nothing
 * is read twice, nothing that can be found is missed, and what cannot be known is said. Each with
 * inotify and by polling.
 */
#include "tests/unit/feed_bench.h"

#include "feeds/content.h"

/* Truncates and writes anew, in one go as far as the reader can tell. */
static void rewrite(const char *path, const char *head, int from, int to)
{
    bench_write(path, O_TRUNC, head, strlen(head));
    bench_rows(path, from, to);
}

/* T-R5: the rest of what was truncated is read from its copy, from where reading was; the copy is
 * complete, so no grace time is waited for. */
static void test_copy_is_drained(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct feed *feed = follow_rows(bench, path, 600000, 3);
    for (int i = 1; i <= 2; i++) {
        bench_rows(path, 10 * i, 10 * i + 1);
        bench_copy(path, bench_path(bench, i == 1 ? "a.csv.1" : "a-20260105.csv"));
        rewrite(path, HEADER, 10 * i + 2, 10 * i + 2);
        bench_read(bench, feed, 3 + 3 * (size_t)i, NULL);
    }
    expect_ids(bench, feed, 9, "1 2 3 10 11 | 12 20 21 | 22");
    assert_int_equal(status_of(feed).truncations, 2);
    assert_int_equal(status_of(feed).copies, 2);
    assert_int_equal(status_of(feed).gaps, 0);
    /* the batch lane has it all: a copy takes the place of what was truncated */
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    assert_int_equal(scan->ops->lost(scan), 0);
    assert_int_equal(scan->ops->bytes(scan), 3 * strlen(HEADER) + 9 * 25 + 6);
    scan->ops->free(scan);
    feed->ops->free(feed);
}

/* A row of 400 bytes. */
static void wide_rows(const char *path, int from, int to)
{
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    for (int id = from; id <= to; id++)
        assert_int_equal(dprintf(fd, "2026-01-05T08:00:00Z,%d,%0373d\n", id, 0), 400);
    close(fd);
}

/* Written anew between two reads of a backlog, without a look between: what is read then stands
 * somewhere in other content, and is not taken. */
static void test_rewritten_while_reading(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    enum { ROWS = 1500 };
    bench_append(path, HEADER);
    wide_rows(path, 1001, 1000 + ROWS);
    struct feed *feed = follow(bench, path);
    while (bench->ledger.len == 0)
        if (feed->ops->read(feed, &bench->block, NULL) == FEED_BLOCK)
            ledger_add(&bench->ledger, &bench->block);
    assert_true(bench->ledger.len < ROWS);
    bench_copy(path, bench_path(bench, "a.csv.1"));
    bench_write(path, O_TRUNC, HEADER, strlen(HEADER));
    wide_rows(path, 4001, 4000 + ROWS + 1);
    bench_read(bench, feed, 2 * ROWS + 1, NULL);
    assert_int_equal(bench->ledger.len, 2 * ROWS + 1);
    for (int e = 0; e < 2 * ROWS + 1; e++)
        assert_int_equal(bench->ledger.events[e].id, e < ROWS ? 1001 + e : 4001 + e - ROWS);
    assert_int_equal(status_of(feed).gaps, 0);
    feed->ops->free(feed);
}

/* T-R3: same inode, not smaller, other content. Without a copy it is said what may be missing. */
static void test_truncated_and_grown_past(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct feed *feed = follow_rows(bench, path, 0, 2);
    rewrite(path, HEADER, 3, 8);
    expect_ids(bench, feed, 8, "1 2 | 3 4 5 6 7 8");
    assert_int_equal(status_of(feed).truncations, 1);
    assert_int_equal(status_of(feed).gaps, 1);
    assert_non_null(strstr(status_of(feed).gap, "no copy found: lines after byte 61 may be"));
    feed->ops->free(feed);
}

/* As long as before, and, as far as a coarse clock can tell, at the same time. */
static void test_same_size_rewrite(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    rewrite(path, HEADER, 100, 102);
    struct feed *feed = follow(bench, path);
    /* So often that some follow a look within one tick of the file system's clock. */
    for (int i = 0; i < 40; i++) {
        size_t len = 3 * (size_t)i + 3;
        bench_read(bench, feed, len, NULL);
        assert_int_equal(bench->ledger.len, len);
        assert_int_equal(bench->ledger.events[len - 1].id, 102 + 3 * i);
        rewrite(path, HEADER, 103 + 3 * i, 105 + 3 * i);
    }
    feed->ops->free(feed);
}

/* Only what is behind the head changed: the anchor tells. */
static void test_anchor_tells(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 100, 399);
    struct feed *feed = follow(bench, path);
    bench_read(bench, feed, 300, NULL);
    assert_int_equal(bench->ledger.len, 300);
    bench_write(path, O_TRUNC, HEADER, strlen(HEADER));
    bench_rows(path, 100, 380);
    bench_rows(path, 900, 930);
    bench_read(bench, feed, 612, NULL);
    assert_int_equal(bench->ledger.len, 612);
    assert_int_equal(status_of(feed).truncations, 1);
    assert_int_equal(bench->ledger.events[611].id, 930);
    feed->ops->free(feed);
}

/* An editor saves through a new inode, or in place beside a backup: the rest of it is read. */
static void test_saved_by_an_editor(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *other = bench_path(bench, "a.csv.new");
    bench_append(path, HEADER);
    bench_rows(path, 1, 3);
    bench_append(path, "2026-01-05T08:00:00Z,4"); /* its end comes in the new file */
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, 3, "1 2 3");
    bench_copy(path, other);
    bench_append(other, ",x\n");
    assert_int_equal(rename(other, path), 0);
    expect_ids(bench, feed, 4, "1 2 3 | 4");
    bench_copy(path, bench_path(bench, "a.csv~"));
    bench_write(path, O_TRUNC, "", 0);
    bench_read(bench, feed, 0, NULL);
    bench_copy(bench_path(bench, "a.csv~"), path);
    bench_rows(path, 5, 5);
    expect_ids(bench, feed, 5, "1 2 3 | 4 | 5");
    assert_int_equal(status_of(feed).gaps, 0);
    feed->ops->free(feed);
}

/* Without the backup, and caught while it is written: still nothing twice. */
static void test_saved_in_place_in_pieces(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct feed *feed = follow_rows(bench, path, 5000, 3);
    bench_write(path, O_TRUNC, HEADER, strlen(HEADER));
    bench_read(bench, feed, 0, NULL);
    bench_rows(path, 1, 1);
    bench_read(bench, feed, 0, NULL);
    struct scan *scan = feed->ops->scan_open(feed, NULL); /* nor does the batch lane read it */
    assert_int_equal(scan->ops->bytes(scan), 0);
    scan->ops->free(scan);
    bench_rows(path, 2, 3);
    bench_read(bench, feed, 0, NULL);
    bench_rows(path, 4, 4);
    expect_ids(bench, feed, 4, "1 2 3 | 4");
    feed->ops->free(feed);
}

/* A glob sees the copy: before the truncation, while it is made, and after it is renamed on. */
static void test_copies_under_the_glob(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *first = bench_path(bench, "a.csv.1");
    const char *glob = bench_path(bench, "a.csv*");
    struct tail_config config = bench_config(bench, &glob, 1);
    config.no_inotify = polling;
    config.grace_ms = 5000;
    bench_append(path, HEADER);
    bench_rows(path, 1, 4);
    struct feed *feed = tail_open(&config, NULL);
    expect_ids(bench, feed, 4, "1 2 3 4");
    bench_append(first, HEADER);
    bench_rows(first, 1, 2);
    mono_ns seen = bench_now() + DEADLINE_S * SECOND;
    while (status_of(feed).sources < 2 && bench_now() < seen)
        bench_read(bench, feed, 0, NULL),
            feed->ops->wait(feed, &bench->wake, bench_now() + SECOND / 50);
    assert_int_equal(status_of(feed).sources, 2);
    bench_rows(path, 5, 5);
    bench_rows(first, 3, 5);
    expect_ids(bench, feed, 5, "1 2 3 4 5");
    bench_read(bench, feed, 0, NULL);
    bench_rows(path, 6, 6);
    bench_rows(first, 6, 6);
    rewrite(path, HEADER, 7, 7);
    expect_ids(bench, feed, 7, "1 2 3 4 5 6 | 7");
    assert_int_equal(rename(first, bench_path(bench, "a.csv.2")), 0);
    bench_copy(path, first);
    bench_read(bench, feed, 0, NULL);
    rewrite(path, HEADER, 8, 8);
    expect_ids(bench, feed, 8, "1 2 3 4 5 6 | 7 | 8");
    assert_int_equal(status_of(feed).gaps, 0);
    feed->ops->free(feed);
}

/* What lay there before the original was last changed is no copy that a rotation made. */
static void test_an_older_file_is_no_copy(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *old = bench_path(bench, "a.csv.1");
    struct stat facts, older;
    rewrite(old, HEADER, 1, 4);
    rewrite(path, HEADER, 1, 3);
    assert_int_equal(stat(old, &older), 0);
    do { /* until the file system's clock has moved */
        assert_int_equal(chmod(path, 0600), 0);
        assert_int_equal(stat(path, &facts), 0);
    } while (facts.st_ctim.tv_sec == older.st_ctim.tv_sec &&
             facts.st_ctim.tv_nsec == older.st_ctim.tv_nsec);
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, 3, "1 2 3");
    rewrite(path, HEADER, 9, 9);
    expect_ids(bench, feed, 4, "1 2 3 | 9");
    assert_int_equal(status_of(feed).copies, 0);
    assert_int_equal(status_of(feed).gaps, 1);
    feed->ops->free(feed);
}

/* Rotations that went by between two looks: every generation is read, in order. */
static void test_several_generations_back(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(bench_path(bench, "a.csv.4"), HEADER "2026-01-05T08:00:00Z,99,x\n"); /* of old */
    struct feed *feed = follow_rows(bench, path, 0, 1);
    bench_rows(path, 2, 2);
    assert_int_equal(rename(path, bench_path(bench, "a.csv.3")), 0);
    rewrite(bench_path(bench, "a.csv.2"), HEADER, 3, 3);
    rewrite(bench_path(bench, "a.csv.1"), HEADER, 4, 4);
    rewrite(path, HEADER, 5, 5);
    expect_ids(bench, feed, 5, "1 2 | 3 | 4 | 5");
    assert_int_equal(status_of(feed).rotations, 3);
    /* the same by copies, dated */
    bench_rows(path, 6, 6);
    bench_copy(path, bench_path(bench, "a-20260105.csv"));
    rewrite(bench_path(bench, "a-20260106.csv"), HEADER, 7, 7);
    rewrite(bench_path(bench, "a-20260104.csv"), HEADER, 98, 98);
    rewrite(path, HEADER, 8, 8);
    expect_ids(bench, feed, 8, "1 2 | 3 | 4 | 5 6 | 7 | 8");
    assert_int_equal(status_of(feed).gaps, 0);
    feed->ops->free(feed);
}

static void rotate_copies(const struct bench *bench)
{
    for (int n = 8; n > 0; n--) {
        char from[32], to[32];
        snprintf(from, sizeof from, "a.csv.%d", n);
        snprintf(to, sizeof to, "a.csv.%d", n + 1);
        if (access(bench_path(bench, from), F_OK) == 0)
            assert_int_equal(rename(bench_path(bench, from), bench_path(bench, to)), 0);
    }
    bench_copy(bench_path(bench, "a.csv"), bench_path(bench, "a.csv.1"));
}

/* T-R5: written, copied and truncated again between two looks, when nothing was read of it since
 * the truncation before; and once more with lines in it at the second look. */
static void test_truncated_twice_between_two_looks(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct feed *feed = follow_rows(bench, path, 0, 1);
    for (int id = 2; id <= 5; id += 3) { /* seen empty; then with its header */
        rotate_copies(bench);
        bench_write(path, O_TRUNC, HEADER, id == 2 ? 0 : strlen(HEADER));
        bench_read(bench, feed, 0, NULL);
        rewrite(path, HEADER, id, id + 1);
        rotate_copies(bench);
        bench_write(path, O_TRUNC, "", 0);
        if (id == 2)
            bench_read(bench, feed, (size_t)id + 1, NULL);
        bench_append(path, HEADER);
        bench_rows(path, id + 2, id + 2);
        bench_read(bench, feed, (size_t)id + 2, NULL);
    }
    expect_ids(bench, feed, 7, "1 | 2 3 | 4 | 5 6 | 7");
    assert_int_equal(status_of(feed).gaps, 0);
    feed->ops->free(feed);
}

/* Until a file made now is told from `path` by when it was made; false: nobody keeps that. */
static bool is_made_before_now(const struct bench *bench, const char *path)
{
    struct statx one, other;
    const char *probe = bench_path(bench, "probe");
    do {
        bench_append(probe, "");
        assert_int_equal(statx(AT_FDCWD, path, 0, STATX_BTIME, &one), 0);
        assert_int_equal(statx(AT_FDCWD, probe, 0, STATX_BTIME, &other), 0);
        assert_int_equal(unlink(probe), 0);
    } while ((one.stx_mask & STATX_BTIME) && one.stx_btime.tv_sec == other.stx_btime.tv_sec &&
             one.stx_btime.tv_nsec == other.stx_btime.tv_nsec);
    return one.stx_mask & STATX_BTIME;
}

/* The same when the file that is followed has no name any more: what is renamed at the second
 * rotation takes its place. Others that only look like rotated ones are not read. */
static void test_removed_between_two_looks(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *rotated = bench_path(bench, "a.csv.1");
    rewrite(bench_path(bench, "a.csv.2"), HEADER, 99, 99); /* of old */
    if (!is_made_before_now(bench, bench_path(bench, "a.csv.2")))
        return;
    struct feed *feed = follow_rows(bench, path, 300, 1);
    bench_rows(path, 2, 2);
    assert_int_equal(rename(path, rotated), 0);
    is_made_before_now(bench, rotated);
    rewrite(path, HEADER, 3, 4);
    is_made_before_now(bench, path);
    rewrite(bench_path(bench, "a-2.csv"), HEADER, 98, 98);
    assert_int_equal(rename(path, rotated), 0);
    is_made_before_now(bench, rotated);
    rewrite(path, HEADER, 5, 5);
    is_made_before_now(bench, path);
    rewrite(bench_path(bench, "a.csv.3"), HEADER, 97, 97);
    expect_ids(bench, feed, 5, "1 2 | 3 4 | 5");
    assert_int_equal(status_of(feed).rotations, 2);
    feed->ops->free(feed);
}

/* T-R2: files that share no more than a header are different files. */
static void test_header_alone_decides_nothing(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, 0, "");
    bench_append(bench_path(bench, "a.csv.1"), HEADER "2026-01-05T08:00:00Z,99,x\n");
    bench_write(path, O_TRUNC, "id,at\n", 6);
    bench_append(path, "1,2026-01-05T08:00:00Z\n");
    expect_ids(bench, feed, 1, "1");
    assert_int_equal(status_of(feed).copies, 0);
    feed->ops->free(feed);
}

/* T-R8: a writer that goes on at its old place leaves zeros before it; that no line is read twice
 * and none lost is told by content alone, for the file never looked smaller. */
static void test_zeros_after_a_truncation(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.jsonl");
    int writer = open(path, O_WRONLY | O_CREAT, 0600);
    struct feed *feed = follow(bench, path);
    for (int id = 1; id <= 4; id++) {
        char row[80];
        int len = snprintf(row, sizeof row, "{\"at\":\"2026-01-05T08:00:00Z\",\"id\":%d}\n", id);
        if (id == 4)
            assert_int_equal(ftruncate(writer, 0), 0);
        assert_int_equal(write(writer, row, (size_t)len), len);
        bench_read(bench, feed, (size_t)id, NULL);
    }
    expect_ids(bench, feed, 4, "1 2 3 | 4");
    assert_int_equal(bench->ledger.skipped, bench->ledger.events[3].start);
    assert_int_equal(status_of(feed).truncations, 1);
    close(writer);
    feed->ops->free(feed);
}

static void test_fingerprint_is_of_consumed_bytes(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, "0123456789");
    int fd = open(path, O_RDONLY);
    struct hash_key key = bench->hash_key;
    struct fingerprint print = {0};
    /* what was consumed is not what the file says by now */
    fingerprint_advance(&print, key, fd,
                        &(struct fingerprint_step){
                            .offset = 10, .last_begin = 8, .consumed = "AB", .consumed_len = 2});
    assert_int_not_equal(fingerprint_check(&print, key, fd), FINGERPRINT_SAME);
    assert_false(fingerprint_decides(&print));
    print = (struct fingerprint){0};
    fingerprint_advance(&print, key, fd, &(struct fingerprint_step){.offset = 10, .first_end = 10});
    assert_int_equal(fingerprint_check(&print, key, fd), FINGERPRINT_SAME);
    assert_true(fingerprint_decides(&print));
    bench_append(path, "more");
    assert_int_equal(fingerprint_check(&print, key, fd), FINGERPRINT_SAME);
    assert_int_equal(truncate(path, 9), 0);
    assert_int_equal(fingerprint_check(&print, key, fd), FINGERPRINT_SHORT);
    close(fd);
    assert_int_equal(fingerprint_check(&print, key, fd), FINGERPRINT_UNREAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_WAYS(test_copy_is_drained),
        BOTH_WAYS(test_rewritten_while_reading),
        BOTH_WAYS(test_truncated_and_grown_past),
        BOTH_WAYS(test_same_size_rewrite),
        BOTH_WAYS(test_anchor_tells),
        BOTH_WAYS(test_saved_by_an_editor),
        BOTH_WAYS(test_saved_in_place_in_pieces),
        BOTH_WAYS(test_copies_under_the_glob),
        BOTH_WAYS(test_an_older_file_is_no_copy),
        BOTH_WAYS(test_truncated_twice_between_two_looks),
        BOTH_WAYS(test_several_generations_back),
        BOTH_WAYS(test_removed_between_two_looks),
        BOTH_WAYS(test_header_alone_decides_nothing),
        BOTH_WAYS(test_zeros_after_a_truncation),
        cmocka_unit_test_setup_teardown(test_fingerprint_is_of_consumed_bytes, bench_setup,
                                        bench_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
