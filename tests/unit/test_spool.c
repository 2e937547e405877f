/*
 * Protects: standard input arrives in the feed file byte by byte, whatever it is (pipe, file) and
 * however it comes; nobody waits for input that is not there; the end is told once; a full disk
 * delays and drops nothing; the file is private and has no name (T-R12). What was read for good is
 * given back to the disk, the first bytes and what is behind that are not.
 */
#include "feeds/spool.h"
#include "feeds/tail.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Stands in for the feed: counts what it is told. */
static struct feed feed;
static int appends, ends;

void tail_appended(struct feed *told)
{
    assert_ptr_equal(told, &feed);
    appends++;
}

void tail_closed(struct feed *told)
{
    assert_ptr_equal(told, &feed);
    ends++;
}

enum { NOW = 1000, LONG_LEN = 300001 };

struct fixture {
    struct spool *spool;
    int pipe[2];
    char *bytes; /* LONG_LEN of every value, line ends and NUL too */
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct error error;
    assert_int_equal(pipe2(fixture->pipe, O_CLOEXEC), 0);
    fixture->bytes = malloc(LONG_LEN);
    for (size_t i = 0; i < LONG_LEN; i++)
        fixture->bytes[i] = (char)(i * 31 + i / 251);
    fixture->spool = spool_new(fixture->pipe[0], &error);
    assert_non_null(fixture->spool);
    appends = ends = 0;
    *state = fixture;
    return 0;
}

static void close_input(struct fixture *fixture)
{
    if (fixture->pipe[1] >= 0)
        close(fixture->pipe[1]);
    fixture->pipe[1] = -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    close_input(fixture);
    close(fixture->pipe[0]);
    spool_free(fixture->spool);
    free(fixture->bytes);
    free(fixture);
    return 0;
}

static epoch_ms produce(struct fixture *fixture)
{
    struct error error = {.text = ""};
    epoch_ms next = 0;
    if (spool_ops.produce(fixture->spool, NOW, &next, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return next;
}

static void assert_file(const struct spool *spool, const char *expected, size_t len)
{
    char *bytes = malloc(len + 1);
    assert_int_equal(pread(spool_fd(spool), bytes, len + 1, 0), len);
    assert_memory_equal(bytes, expected, len);
    free(bytes);
}

static void test_pipe_in_pieces(void **state)
{
    struct fixture *fixture = *state;
    spool_attach(fixture->spool, &feed);
    size_t written = 0;
    for (size_t piece = 1; written < LONG_LEN; piece = piece * 3 + 1) {
        size_t len = piece < 50000 ? piece : 50000; /* what a pipe takes without waiting */
        if (len > LONG_LEN - written)
            len = LONG_LEN - written;
        assert_int_equal(write(fixture->pipe[1], fixture->bytes + written, len), len);
        written += len;
        int told = appends;
        assert_int_equal(produce(fixture), INT64_MAX);
        assert_true(appends > told);
        assert_file(fixture->spool, fixture->bytes, written);
        assert_int_equal(spool_ops.fd(fixture->spool), fixture->pipe[0]);
    }
    assert_int_equal(ends, 0);
    close_input(fixture);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(produce(fixture), INT64_MAX);
        assert_int_equal(ends, 1);
        assert_int_equal(spool_ops.fd(fixture->spool), -1);
    }
    assert_file(fixture->spool, fixture->bytes, LONG_LEN);
}

static void test_nothing_there(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    bool end = true;
    spool_attach(fixture->spool, &feed);
    assert_int_equal(produce(fixture), INT64_MAX); /* and does not wait for the pipe */
    assert_int_equal(spool_copy(fixture->spool, 0, &end, &error), STATUS_OK);
    assert_false(end);
    /* the same for an input that itself does not wait */
    fcntl(fixture->pipe[0], F_SETFL, O_NONBLOCK);
    assert_int_equal(produce(fixture), INT64_MAX);
    assert_int_equal(appends + ends, 0);
    assert_int_equal(spool_ops.fd(fixture->spool), fixture->pipe[0]);
}

/* The first bytes are copied before there is a feed, which still learns of the end. */
static void test_first_bytes(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    bool end;
    assert_int_equal(write(fixture->pipe[1], "a,b\n1,2\n", 8), 8);
    assert_int_equal(spool_copy(fixture->spool, -1, &end, &error), STATUS_OK);
    assert_false(end);
    close_input(fixture);
    assert_int_equal(spool_copy(fixture->spool, -1, &end, &error), STATUS_OK);
    assert_true(end);
    assert_int_equal(spool_copy(fixture->spool, -1, &end, &error), STATUS_OK);
    assert_true(end);
    spool_attach(fixture->spool, &feed);
    assert_int_equal(produce(fixture), INT64_MAX);
    assert_int_equal(ends, 1);
    assert_file(fixture->spool, "a,b\n1,2\n", 8);
}

/* `tailrace - < file`: more than one call's share, so the producer asks to go on at once. */
static void test_file_as_input(void **state)
{
    enum { TIMES = 8 };
    struct fixture *fixture = *state;
    struct error error;
    int input = spool_file(&error);
    char *all = malloc((size_t)TIMES * LONG_LEN);
    for (size_t i = 0; i < TIMES; i++)
        memcpy(all + i * LONG_LEN, fixture->bytes, LONG_LEN);
    assert_int_equal(write(input, all, (size_t)TIMES * LONG_LEN), TIMES * LONG_LEN);
    lseek(input, 0, SEEK_SET);
    spool_free(fixture->spool);
    fixture->spool = spool_new(input, &error);
    spool_attach(fixture->spool, &feed);
    assert_int_equal(produce(fixture), NOW);
    assert_int_equal(ends, 0);
    while (produce(fixture) == NOW)
        continue;
    assert_int_equal(ends, 1);
    assert_file(fixture->spool, all, (size_t)TIMES * LONG_LEN);
    free(all);
    close(input);
}

/* The input is left alone while the disk is full, and waited for again afterwards. */
static void test_full_disk(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    struct rlimit before, tight = {.rlim_cur = 1000};
    epoch_ms next = 0;
    spool_attach(fixture->spool, &feed);
    assert_int_equal(write(fixture->pipe[1], fixture->bytes, 5000), 5000);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    tight.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &tight);
    enum status first = spool_ops.produce(fixture->spool, NOW, &next, &error);
    enum status second = spool_ops.produce(fixture->spool, NOW, &next, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(first, STATUS_IO);
    assert_int_equal(second, STATUS_IO);
    assert_non_null(strstr(error.text, "after 1000 bytes"));
    assert_non_null(strstr(error.text, "TMPDIR"));
    assert_true(next > NOW && next < INT64_MAX);
    assert_int_equal(spool_ops.fd(fixture->spool), -1);
    assert_int_equal(write(fixture->pipe[1], fixture->bytes + 5000, 5000), 5000);
    close_input(fixture);
    assert_int_equal(produce(fixture), INT64_MAX);
    assert_int_equal(ends, 1);
    assert_file(fixture->spool, fixture->bytes, 10000);
}

/* Every byte of the file but those of [hole, hole_end), which are NUL. */
static void assert_hole(const struct spool *spool, const char *bytes, size_t times, size_t hole,
                        size_t hole_end)
{
    char *read_back = malloc(LONG_LEN);
    for (size_t t = 0; t < times; t++) {
        size_t at = t * LONG_LEN;
        assert_int_equal(pread(spool_fd(spool), read_back, LONG_LEN, (off_t)at), LONG_LEN);
        for (size_t b = 0; b < LONG_LEN; b++)
            if (read_back[b] != (at + b >= hole && at + b < hole_end ? 0 : bytes[b]))
                fail_msg("byte %zu", at + b);
    }
    free(read_back);
}

static size_t bytes_on_disk(const struct spool *spool)
{
    struct stat about;
    assert_int_equal(fstat(spool_fd(spool), &about), 0);
    return (size_t)about.st_blocks * 512;
}

static void test_read_for_good(void **state)
{
    enum { MB = 1 << 20, TIMES = 200, ALL = TIMES * LONG_LEN, HEAD = 4 * MB, READ = 30 * MB };
    struct fixture *fixture = *state;
    struct error error;
    int input = spool_file(&error);
    for (int i = 0; i < TIMES; i++)
        assert_int_equal(write(input, fixture->bytes, LONG_LEN), LONG_LEN);
    lseek(input, 0, SEEK_SET);
    spool_free(fixture->spool);
    fixture->spool = spool_new(input, &error);
    while (produce(fixture) == NOW)
        continue;
    assert_true(spool_is_long(fixture->spool));
    size_t before = bytes_on_disk(fixture->spool);
    spool_forget(fixture->spool, HEAD + 16 * MB - 1); /* less than a step */
    assert_hole(fixture->spool, fixture->bytes, TIMES, 0, 0);
    spool_forget(fixture->spool, READ);
    if (bytes_on_disk(fixture->spool) == before)
        skip(); /* the file system has no holes */
    assert_in_range(before - bytes_on_disk(fixture->spool), READ - HEAD - MB, READ - HEAD);
    assert_hole(fixture->spool, fixture->bytes, TIMES, HEAD, READ);
    spool_forget(fixture->spool, UINT64_MAX); /* no more than there is */
    assert_hole(fixture->spool, fixture->bytes, TIMES, HEAD, ALL);
    assert_false(spool_is_long(fixture->spool)); /* of what is left */
    close(input);
}

static void test_unreadable_input(void **state)
{
    struct fixture *fixture = *state;
    struct error error;
    epoch_ms next = 0;
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    spool_free(fixture->spool);
    fixture->spool = spool_new(folder, &error);
    assert_int_equal(spool_ops.produce(fixture->spool, NOW, &next, &error), STATUS_IO);
    assert_int_equal(error.errno_value, EISDIR);
    assert_non_null(strstr(error.text, "standard input"));
    assert_int_equal(spool_ops.fd(fixture->spool), -1); /* readable all the time: not waited on */
    assert_true(next > NOW && next < INT64_MAX);
    close(folder);
}

static void test_file_is_private(void **state)
{
    struct fixture *fixture = *state;
    struct stat about;
    assert_int_equal(fstat(spool_fd(fixture->spool), &about), 0);
    assert_int_equal(about.st_nlink, 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_true(S_ISREG(about.st_mode));
    assert_true(fcntl(spool_fd(fixture->spool), F_GETFD) & FD_CLOEXEC);
}

static void test_tmpdir(void **state)
{
    struct error error;
    char *before = getenv("TMPDIR") ? strdup(getenv("TMPDIR")) : NULL;
    (void)state;
    setenv("TMPDIR", "/nowhere/at/all", 1);
    assert_int_equal(spool_file(&error), -1);
    assert_int_equal(error.code, STATUS_IO);
    assert_non_null(strstr(error.text, "/nowhere/at/all"));
    assert_null(spool_new(0, &error));
    setenv("TMPDIR", "", 1); /* as if not set */
    int fd = spool_file(&error);
    assert_true(fd >= 0);
    close(fd);
    if (before)
        setenv("TMPDIR", before, 1);
    else
        unsetenv("TMPDIR");
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pipe_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_first_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_as_input, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_for_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unreadable_input, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_is_private, setup, teardown),
        cmocka_unit_test(test_tmpdir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
