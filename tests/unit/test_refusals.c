/*
 * Protects following where the system refuses (T-R11, T-R7): reads and opens that fail, stale
 * handles, reads that are short or interrupted, network file systems, watches that are exhausted,
 * changes that were not told. The position is kept, it is tried again, it is said, and nothing is
 * skipped or read twice. The system calls of this program are its own (below), so that they can
 * refuse.
 */
#include "tests/unit/feed_bench.h"

#include "feeds/resume.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/* ---- a system that refuses ---- */

static struct refusal {
    int read_errno; /* 0: none */
    int open_errno; /* of *.csv */
    bool stale;     /* reads fail until the file is opened anew */
    bool dribble;   /* one byte at a time, every other call interrupted */
    bool network;
    bool no_watches;
    bool overflow; /* the next that is told */
    int told_by;   /* inotify's descriptor */
} refusal;

ssize_t pread(int fd, void *buffer, size_t len, off_t offset)
{
    static unsigned calls;
    if (refusal.read_errno || refusal.stale) {
        errno = refusal.stale ? ESTALE : refusal.read_errno;
        return -1;
    }
    if (refusal.dribble && calls++ % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_pread64, fd, buffer, refusal.dribble && len > 0 ? 1 : len, offset);
}

int openat(int folder, const char *path, int flags, ...)
{
    size_t len = strlen(path);
    bool feed = len > 4 && strcmp(path + len - 4, ".csv") == 0;
    if (feed && refusal.open_errno) {
        errno = refusal.open_errno;
        return -1;
    }
    if (feed)
        refusal.stale = false;
    return (int)syscall(SYS_openat, folder, path, flags, 0600);
}

/* The name of the same call in a program that checks its flags (_FORTIFY_SOURCE). */
int __openat_2(int folder, const char *path, int flags);
int __openat_2(int folder, const char *path, int flags)
{
    return openat(folder, path, flags);
}

int fstatfs(int fd, struct statfs *facts)
{
    int result = (int)syscall(SYS_fstatfs, fd, facts);
    if (refusal.network)
        facts->f_type = 0x6969;
    return result;
}

int inotify_init1(int flags)
{
    return refusal.told_by = (int)syscall(SYS_inotify_init1, flags);
}

int inotify_add_watch(int fd, const char *path, uint32_t mask)
{
    if (refusal.no_watches) {
        errno = ENOSPC;
        return -1;
    }
    return (int)syscall(SYS_inotify_add_watch, fd, path, mask);
}

ssize_t read(int fd, void *buffer, size_t len)
{
    if (refusal.overflow && fd == refusal.told_by) {
        const struct inotify_event event = {.wd = -1, .mask = IN_Q_OVERFLOW};
        refusal.overflow = false;
        memcpy(buffer, &event, sizeof event);
        return sizeof event;
    }
    return syscall(SYS_read, fd, buffer, len);
}

static int setup(void **state)
{
    refusal = (struct refusal){.told_by = -1};
    return bench_setup(state);
}

static int teardown(void **state)
{
    refusal = (struct refusal){.told_by = -1};
    return bench_teardown(state);
}

/* ---- tests ---- */

static void expect_failure(struct bench *bench, struct feed *feed, const char *why)
{
    struct error error = {0};
    assert_int_equal(bench_read(bench, feed, LEDGER_MAX, &error), FEED_FAILED);
    assert_non_null(strstr(error.text, why));
    assert_int_equal(status_of(feed).state, FEED_ERROR);
    assert_non_null(strstr(status_of(feed).message, why));
}

/* Reads until there are `len`, however often it fails before. */
static void read_in_the_end(struct bench *bench, struct feed *feed, size_t len, const char *ids)
{
    mono_ns deadline = bench_now() + DEADLINE_S * SECOND;
    while (bench->ledger.len < len && bench_now() < deadline) {
        if (bench_read(bench, feed, len, NULL) == FEED_FAILED)
            feed->ops->wait(feed, &bench->wake, deadline);
    }
    bench_read(bench, feed, len, NULL);
    assert_string_equal(bench_ids(bench), ids);
    assert_int_equal(status_of(feed).state, FEED_READING);
}

static void test_reads_fail(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct feed *feed = follow_rows(bench, path, 0, 2);
    refusal.read_errno = EIO;
    bench_rows(path, 3, 3);
    expect_failure(bench, feed, "Input/output error");
    bench_rows(path, 4, 4);
    refusal.read_errno = 0;
    read_in_the_end(bench, feed, 4, "1 2 3 4");
    assert_int_equal(status_of(feed).truncations, 0);
    feed->ops->free(feed);
}

/* The descriptor stays stale: only opening the file anew helps, at the same position. */
static void test_stale_handle(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct feed *feed = follow_rows(bench, path, 0, 2);
    refusal.stale = true;
    bench_rows(path, 3, 4);
    expect_failure(bench, feed, "Stale file handle");
    read_in_the_end(bench, feed, 4, "1 2 3 4");
    assert_int_equal(status_of(feed).gaps, 0);
    feed->ops->free(feed);
}

static void test_cannot_be_opened(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 2);
    refusal.open_errno = EACCES;
    struct feed *feed = follow(bench, path);
    expect_failure(bench, feed, "Permission denied");
    refusal.open_errno = 0;
    read_in_the_end(bench, feed, 2, "1 2");
    feed->ops->free(feed);
}

/* After a restart, too: where it was left is not given up. */
static void test_resumed_when_it_can_be(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct tail_config config = bench_config(bench, &path, 1);
    config.no_inotify = polling;
    bench_append(path, HEADER);
    bench_rows(path, 1, 2);
    struct feed *feed = tail_open(&config, NULL);
    expect_ids(bench, feed, 2, "1 2");
    struct resume_mark mark = {.name = path, .known = true};
    assert_true(tail_mark(feed, bench->block.end, &mark.at));
    feed->ops->free(feed);
    bench_rows(path, 3, 3);
    config.resume = &mark;
    config.resume_len = 1;
    config.resumed = true;
    for (int open = 0; open < 2; open++) {
        *(open ? &refusal.open_errno : &refusal.read_errno) = open ? EACCES : EIO;
        bench->ledger.len = 2;
        feed = tail_open(&config, NULL);
        expect_failure(bench, feed, open ? "Permission denied" : "Input/output error");
        refusal.open_errno = refusal.read_errno = 0;
        read_in_the_end(bench, feed, 3, "1 2 3");
        assert_int_equal(status_of(feed).gaps, 0);
        feed->ops->free(feed);
    }
}

/* A file that was renamed away and cannot be read holds the new one up for the grace time; then
 * what was not read of it is said to be missing. */
static void test_renamed_and_unreadable(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    struct feed *feed = follow_rows(bench, path, 0, 2);
    bench_rows(path, 3, 3);
    assert_int_equal(rename(path, bench_path(bench, "a.csv.1")), 0);
    bench_append(path, HEADER);
    bench_rows(path, 4, 4);
    refusal.read_errno = EIO;
    expect_failure(bench, feed, "Input/output error");
    mono_ns deadline = bench_now() + DEADLINE_S * SECOND;
    while (status_of(feed).gaps == 0 && bench_now() < deadline) {
        bench_read(bench, feed, LEDGER_MAX, NULL);
        feed->ops->wait(feed, &bench->wake, deadline);
    }
    refusal.read_errno = 0;
    read_in_the_end(bench, feed, 3, "1 2 | 4");
    assert_int_equal(status_of(feed).gaps, 1);
    assert_non_null(strstr(status_of(feed).gap, "cannot be read any more: lines after byte 61"));
    feed->ops->free(feed);
}

static void test_short_and_interrupted(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    refusal.dribble = true;
    struct feed *feed = follow_rows(bench, path, 0, 3);
    bench_rows(path, 4, 5);
    expect_ids(bench, feed, 5, "1 2 3 4 5");
    feed->ops->free(feed);
}

static void expect_polling(struct bench *bench, struct feed *feed, const char *path,
                           const char *why)
{
    bench_read(bench, feed, 2, NULL);
    assert_true(status_of(feed).polling);
    assert_non_null(strstr(status_of(feed).message, "looking every 10 ms"));
    assert_non_null(strstr(status_of(feed).message, why));
    bench_rows(path, 3, 3);
    expect_ids(bench, feed, 3, "1 2 3");
    char message[sizeof status_of(feed).message];
    memcpy(message, status_of(feed).message, sizeof message);
    bench_rows(path, 4, 4);
    expect_ids(bench, feed, 4, "1 2 3 4");
    assert_string_equal(status_of(feed).message, message); /* announced once */
}

static void test_not_told(void **state)
{
    struct bench *bench = *state;
    static const char *const whys[] = {"network file system", "inotify: No space left",
                                       "changes came faster"};
    for (int why = 0; why < 3; why++) {
        const char *path = bench_path(bench, "a.csv");
        unlink(path);
        bench->ledger = (struct ledger){.len = 0};
        bench_append(path, HEADER);
        bench_rows(path, 1, 2);
        refusal = (struct refusal){.network = why == 0, .no_watches = why == 1};
        struct feed *feed = follow(bench, path);
        refusal.overflow = why == 2;
        expect_polling(bench, feed, path, whys[why]);
        feed->ops->free(feed);
    }
}

#define REFUSED(test, way, polls)                                                                  \
    {                                                                                              \
#test way, test, setup, teardown, polls                                                    \
    }
#define REFUSED_BOTH_WAYS(test)                                                                    \
    REFUSED(test, " (inotify)", NULL), REFUSED(test, " (polling)", (void *)"polling")

int main(void)
{
    const struct CMUnitTest tests[] = {
        REFUSED_BOTH_WAYS(test_reads_fail),
        REFUSED_BOTH_WAYS(test_stale_handle),
        REFUSED_BOTH_WAYS(test_cannot_be_opened),
        REFUSED_BOTH_WAYS(test_resumed_when_it_can_be),
        REFUSED_BOTH_WAYS(test_renamed_and_unreadable),
        REFUSED_BOTH_WAYS(test_short_and_interrupted),
        REFUSED(test_not_told, "", NULL),
    };
    return cmocka_run_group_tests_name("refusals", tests, NULL, NULL);
}
