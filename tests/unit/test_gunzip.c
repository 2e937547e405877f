/*
 * Protects compressed files as feed files (T-R10, D-10): told by content, read in batch and at the
 * start of following only, members one behind the other, damage and bombs refused with their
 * reason, and what is read already not read again.
 */
#include "tests/unit/feed_bench.h"

#include "feeds/gunzip.h"

#include <stdarg.h>

__attribute__((format(printf, 1, 2))) static void run(const char *format, ...)
{
    char command[500];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

static enum status spool(const char *path, const struct gunzip_limits *limits, struct error *error)
{
    uint64_t bytes;
    int in = open(path, O_RDONLY);
    int out = gunzip_spool(in, path, limits ? limits : &gunzip_limits_default, NULL, &bytes, error);
    close(in);
    if (out < 0)
        return error->code;
    assert_int_equal(lseek(out, 0, SEEK_END), bytes);
    close(out);
    return STATUS_OK;
}

static void expect_refusal(const char *path, const struct gunzip_limits *limits, enum status code,
                           const char *text)
{
    struct error error = {.text = ""};
    assert_int_equal(spool(path, limits, &error), code);
    if (code != STATUS_OK && (!strstr(error.text, text) || !strstr(error.text, path)))
        fail_msg("'%s' does not say '%s' of '%s'", error.text, text, path);
}

static void test_damage_is_refused(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *packed = bench_path(bench, "b");
    bench_append(path, HEADER);
    bench_rows(path, 1, 500);
    run("gzip -c '%s' > '%s'", path, packed);
    struct stat facts;
    assert_int_equal(stat(packed, &facts), 0);
    expect_refusal(packed, NULL, STATUS_OK, "");
    /* checksum, length, and the middle */
    for (int at = 1; at <= 8; at += 7) {
        run("cp '%s' '%s.bad'", packed, packed);
        char bad[200];
        snprintf(bad, sizeof bad, "%s.bad", packed);
        int fd = open(bad, O_RDWR);
        unsigned char byte;
        assert_int_equal(pread(fd, &byte, 1, facts.st_size - at), 1);
        byte ^= 0x55;
        assert_int_equal(pwrite(fd, &byte, 1, facts.st_size - at), 1);
        expect_refusal(bad, NULL, STATUS_BAD_FORMAT, at == 8 ? "data check" : "length check");
        assert_int_equal(ftruncate(fd, facts.st_size / 2), 0);
        expect_refusal(bad, NULL, STATUS_BAD_FORMAT, "still being written");
        close(fd);
    }
    bench_write(packed, O_APPEND, "\0\0\0\0", 4);
    expect_refusal(packed, NULL, STATUS_OK, "");
    bench_append(packed, "garbage");
    expect_refusal(packed, NULL, STATUS_BAD_FORMAT, "follow the end");
}

static void test_bombs_are_refused(void **state)
{
    struct bench *bench = *state;
    const char *bomb = bench_path(bench, "bomb");
    run("head -c 40000000 /dev/zero | gzip -9 > '%s%s'", bomb, "");
    expect_refusal(bomb, NULL, STATUS_LIMIT, "250 times its size");
    expect_refusal(bomb, &(struct gunzip_limits){.bytes = 1 << 20, .ratio = 100000}, STATUS_LIMIT,
                   "more than 1 MiB");
    expect_refusal(bomb, &(struct gunzip_limits){.bytes = 50000000, .ratio = 100000}, STATUS_OK,
                   "");
}

static struct feed *open_bounded(struct bench *bench, const char *glob, struct error *error)
{
    struct tail_config config = bench_config(bench, &glob, 1);
    config.bounded = true;
    return tail_open(&config, error);
}

static void test_read_in_batch_by_content(void **state)
{
    struct bench *bench = *state;
    struct error error = {.text = ""};
    const char *path = bench_path(bench, "a.csv"), *packed = bench_path(bench, "a.csv.old");
    bench_append(path, HEADER);
    bench_rows(path, 1, 2);
    run("gzip -c '%s' > '%s'", path, packed);
    bench_write(path, O_TRUNC, "", 0);
    bench_rows(path, 3, 3);
    run("gzip -c '%s' >> '%s'", path, packed); /* a second member */
    bench_write(path, O_TRUNC, HEADER, strlen(HEADER));
    bench_rows(path, 4, 4);
    run("gzip -kf '%s'%s", path, ""); /* a.csv.gz: the same content as a.csv */
    bench_append(bench_path(bench, "plain.gz"), HEADER "2026-01-05T08:00:00Z,5,x\n");
    struct feed *feed = open_bounded(bench, bench_path(bench, "*"), &error);
    assert_non_null(feed);
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    assert_int_equal(scan->ops->bytes(scan), 3 * strlen(HEADER) + 5 * 25);
    scan->ops->free(scan);
    assert_int_equal(bench_read(bench, feed, LEDGER_MAX, NULL), FEED_END);
    assert_string_equal(bench_ids(bench), "4 5 1 2 3");
    assert_int_equal(status_of(feed).sources, 3);
    feed->ops->free(feed);
    bench_append(packed, "garbage");
    assert_null(open_bounded(bench, bench_path(bench, "*"), &error));
    assert_int_equal(error.code, STATUS_BAD_FORMAT);
    char head[64];
    const char *paths[] = {bench_path(bench, "a.csv.gz")};
    assert_int_equal(tail_peek(paths, 1, head, sizeof head), strlen(HEADER) + 25);
    assert_memory_equal(head, HEADER, strlen(HEADER));
}

/* While following: read at the start; later ones only when they hold nothing new are silent. */
static void test_passed_while_following(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *other = bench_path(bench, "other");
    bench_append(path, HEADER);
    bench_rows(path, 1, 2);
    run("gzip '%s'%s", path, "");
    bench_append(path, HEADER);
    bench_rows(path, 3, 4);
    struct feed *feed = follow(bench, bench_path(bench, "a*"));
    bench_read(bench, feed, 4, NULL);
    assert_string_equal(bench_ids(bench), "3 4 1 2");
    run("gzip -c '%s' > '%s'", path, bench_path(bench, "a.csv.1.gz"));
    bench_rows(path, 5, 5);
    bench_read(bench, feed, 5, NULL);
    mono_ns deadline = bench_now() + DEADLINE_S * SECOND;
    while (status_of(feed).sources < 3 && bench_now() < deadline) {
        bench_read(bench, feed, 0, NULL);
        feed->ops->wait(feed, &bench->wake, bench_now() + SECOND / 50);
    }
    bench_read(bench, feed, 5, NULL);
    assert_int_equal(status_of(feed).passed_over, 0);
    assert_string_equal(status_of(feed).message, "");
    bench_append(other, HEADER);
    run("gzip -c '%s' > '%s'", other, bench_path(bench, "a.csv.3.gz")); /* nothing is in it */
    while (status_of(feed).sources < 4 && bench_now() < deadline) {
        bench_read(bench, feed, 0, NULL);
        feed->ops->wait(feed, &bench->wake, bench_now() + SECOND / 50);
    }
    bench_read(bench, feed, 5, NULL);
    assert_int_equal(status_of(feed).passed_over, 0);
    bench_rows(other, 9, 9);
    run("gzip -c '%s' > '%s'", other, bench_path(bench, "a.csv.2.gz"));
    while (status_of(feed).passed_over < 1 && bench_now() < deadline) {
        bench_read(bench, feed, 0, NULL);
        feed->ops->wait(feed, &bench->wake, bench_now() + SECOND / 50);
    }
    for (int i = 0; i < 5; i++)
        bench_read(bench, feed, 0, NULL);
    assert_int_equal(status_of(feed).passed_over, 1);
    assert_non_null(strstr(status_of(feed).message, "a.csv.2.gz: is compressed"));
    assert_int_equal(bench->ledger.len, 5);
    assert_int_equal(bench->ledger.events[4].id, 5);
    feed->ops->free(feed);
}

/* A compressed file under the name that is followed: said once, and what comes after it is read. */
static void test_compressed_under_the_name(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv"), *other = bench_path(bench, "other");
    struct feed *feed = follow_rows(bench, path, 0, 1);
    bench_append(other, HEADER);
    bench_rows(other, 9, 9);
    run("gzip -c '%s' > '%s.gz'", other, other);
    run("mv '%s.gz' '%s'", other, path);
    mono_ns deadline = bench_now() + DEADLINE_S * SECOND;
    for (int looks = 0; looks < 10 && bench_now() < deadline;
         looks += status_of(feed).passed_over > 0) {
        bench_read(bench, feed, 0, NULL);
        feed->ops->wait(feed, &bench->wake, bench_now() + SECOND / 50);
    }
    assert_int_equal(status_of(feed).passed_over, 1);
    run("mv '%s' '%s'", other, path);
    expect_ids(bench, feed, 2, "1 | 9");
    feed->ops->free(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_damage_is_refused, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_bombs_are_refused, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_read_in_batch_by_content, bench_setup, bench_teardown),
        BOTH_WAYS(test_passed_while_following),
        BOTH_WAYS(test_compressed_under_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
