/*
 * Protects going on where an earlier run was (S-92, T-R3): whatever a rotation did to the files
 * while nobody looked, one generation or many, renamed, copied, compressed, rewritten. What was
 * counted is not read again, what was not is read in its order, generations keep their numbers
 * (S-01), and what cannot be found is said. Each with inotify and by polling.
 */
#include "tests/unit/feed_bench.h"

#include "feeds/resume.h"

enum { MARKS_MAX = 64 };

/* Two runs: what the first one left for the second. */
struct runs {
    struct resume_mark marks[MARKS_MAX];
    size_t len;
};

static void shell(const struct bench *bench, const char *what)
{
    char command[600];
    snprintf(command, sizeof command, "cd '%s' && { %s; }", bench->folder, what);
    assert_int_equal(system(command), 0);
}

/* As the lane does it: the end of the last block that it counted of each generation. */
static void leave(const struct bench *bench, struct feed *feed, struct runs *runs)
{
    const char *name;
    uint64_t bytes;
    runs->len = 0;
    for (uint32_t s = 0; feed->ops->source(feed, s, &name, &bytes); s++) {
        size_t before = runs->len;
        for (uint32_t g = 0; g < MARKS_MAX; g++) {
            uint64_t end = 0;
            for (size_t e = 0; e < bench->ledger.len; e++) {
                const struct seen_event *event = &bench->ledger.events[e];
                if (event->source == s && event->generation == g)
                    end = event->start + event->length;
            }
            struct resume_mark mark = {.name = mem_copy_text(name),
                                       .at = {.source = s, .generation = g}};
            mark.known = tail_mark(feed, end, &mark.at);
            if (end == 0 && (g > 0 || before < runs->len)) {
                free((char *)(uintptr_t)mark.name);
                continue;
            }
            assert_true(end == 0 || mark.known);
            assert_true(runs->len < MARKS_MAX);
            runs->marks[runs->len++] = mark;
        }
    }
    feed->ops->free(feed);
}

/* Reads `len` records in all, and leaves. */
static struct runs first_run(struct bench *bench, const char *path, size_t len, const char *ids)
{
    struct runs runs;
    struct feed *feed = follow(bench, path);
    expect_ids(bench, feed, len, ids);
    leave(bench, feed, &runs);
    return runs;
}

static struct feed *go_on(struct bench *bench, const struct runs *runs, const char *path,
                          bool bounded)
{
    struct tail_config config = bench_config(bench, &path, 1);
    struct error error = {0};
    config.no_inotify = polling;
    config.resume = runs->marks;
    config.resume_len = runs->len;
    config.resumed = config.history = config.keeping = true;
    config.bounded = bounded;
    struct feed *feed = tail_open(&config, &error);
    if (!feed)
        fail_msg("%s", error.text);
    return feed;
}

static void forget(struct runs *runs)
{
    for (size_t m = 0; m < runs->len; m++)
        free((char *)(uintptr_t)runs->marks[m].name);
    runs->len = 0;
}

/* S-114: the batch lane reads the very bytes that all runs counted. */
static void expect_batch(const struct bench *bench, struct feed *feed)
{
    struct scan *scan = feed->ops->scan_open(feed, NULL);
    assert_non_null(scan);
    assert_int_equal(scan->ops->lost(scan), 0);
    uint32_t source, generation;
    uint64_t begin, end;
    for (size_t n = 0; scan->ops->mark(scan, n, &source, &generation, &begin, &end); n++) {
        uint64_t counted = 0;
        for (size_t e = 0; e < bench->ledger.len; e++) {
            const struct seen_event *event = &bench->ledger.events[e];
            if (event->source == source && event->generation == generation)
                counted = event->start + event->length;
        }
        assert_int_equal(end, counted);
    }
    assert_int_equal(scan->ops->bytes(scan), bench->ledger.lengths + bench->ledger.skipped);
    scan->ops->free(scan);
}

/* The second run, and a third that has nothing to do; the batch lane sees what both counted. */
static void expect_rest(struct bench *bench, struct runs *runs, const char *path, size_t len,
                        const char *ids)
{
    struct feed *feed = go_on(bench, runs, path, false);
    forget(runs);
    expect_ids(bench, feed, len, ids);
    leave(bench, feed, runs);
    feed = go_on(bench, runs, path, false);
    forget(runs);
    for (int look = 0; look < 5; look++)
        bench_read(bench, feed, 0, NULL);
    assert_string_equal(bench_ids(bench), ids);
    assert_int_equal(status_of(feed).gaps, 0);
    expect_batch(bench, feed);
    feed->ops->free(feed);
}

#define ROWS(name, from, to)                                                                       \
    "for i in $(seq " #from " " #to "); do echo 2026-01-05T08:00:00Z,$i,x; done >>" name
#define FILE_OF(name, from, to)                                                                    \
    "printf '"                                                                                     \
    "at,id,note\\n"                                                                                \
    "' >" name "; " ROWS(name, from, to)

/* What happens while nobody looks, and what is read then. */
struct stopped {
    const char *what;
    const char *happens;
    size_t len;
    const char *ids;
};

static const struct stopped stopped[] = {
    {"nothing", "true", 3, "1 2 3"},
    {"grown", ROWS("a.csv", 4, 5), 5, "1 2 3 4 5"},
    {"renamed", ROWS("a.csv", 4, 4) "; mv a.csv a.csv.1; " FILE_OF("a.csv", 5, 6), 6,
     "1 2 3 4 | 5 6"},
    {"renamed, nothing new in it", "mv a.csv a.csv.1; " FILE_OF("a.csv", 5, 6), 5, "1 2 3 | 5 6"},
    {"renamed, no new file yet", ROWS("a.csv", 4, 4) "; mv a.csv a.csv.1", 4, "1 2 3 4"},
    {"several back",
     ROWS("a.csv", 4, 4) "; mv a.csv a.csv.3; " FILE_OF("a.csv.2", 5, 5) "; " FILE_OF(
         "a.csv.1", 6, 7) "; " FILE_OF("a.csv", 8, 8),
     8, "1 2 3 4 | 5 | 6 7 | 8"},
    {"several back, dated",
     ROWS("a.csv", 4, 4) "; mv a.csv a-20260103.csv; " FILE_OF("a-20260104.csv", 5,
                                                               5) "; " FILE_OF("a.csv", 6, 6),
     6, "1 2 3 4 | 5 | 6"},
    {"several back, compressed",
     ROWS("a.csv", 4, 4) "; mv a.csv a.csv.3; " FILE_OF("a.csv.2", 5, 5) "; " FILE_OF(
         "a.csv.1", 6, 6) "; " FILE_OF("a.csv", 7, 7) "; gzip a.csv.3 a.csv.2",
     7, "1 2 3 4 | 5 | 6 | 7"},
    {"compressed, the plain one kept",
     ROWS("a.csv", 4, 4) "; mv a.csv a.csv.2; " FILE_OF("a.csv.1", 5, 5) "; " FILE_OF(
         "a.csv", 6, 6) "; gzip -k a.csv.2 a.csv.1",
     6, "1 2 3 4 | 5 | 6"},
    {"compressed, wholly read before", "mv a.csv a.csv.1; gzip a.csv.1; " FILE_OF("a.csv", 4, 4), 4,
     "1 2 3 | 4"},
    {"copied and truncated", ROWS("a.csv", 4, 4) "; cp a.csv a.csv.1; " FILE_OF("a.csv", 5, 5), 5,
     "1 2 3 4 | 5"},
    {"copied and truncated, then longer than before",
     ROWS("a.csv", 4, 4) "; cp a.csv a.csv.1; " FILE_OF("a.csv", 5, 25), 25,
     "1 2 3 4 | 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25"},
    {"copied and truncated, then as long", "cp a.csv a.csv.1; " FILE_OF("a.csv", 5, 7), 6,
     "1 2 3 | 5 6 7"},
    {"copied and truncated to nothing", ROWS("a.csv", 4, 4) "; cp a.csv a.csv.1; : >a.csv", 4,
     "1 2 3 4"},
    {"copied and truncated, NUL bytes where it was",
     ROWS("a.csv", 4, 4) "; cp a.csv a.csv.1; : >a.csv; truncate -s 120 a.csv; echo at,id,note "
                         ">>a.csv; " ROWS("a.csv", 5, 6),
     6, "1 2 3 4 | 5 6"},
    {"truncated, and a BOM where it begins anew",
     ROWS("a.csv", 4, 4) "; cp a.csv a.csv.1; printf '\\357\\273\\277' >a.csv; echo at,id,note "
                         ">>a.csv; " ROWS("a.csv", 5, 5),
     5, "1 2 3 4 | 5"},
    {"a NUL inside a record",
     "printf '2026-01-05T08:00:00Z,4,\\000\\n' >>a.csv; mv a.csv a.csv.1; " FILE_OF("a.csv", 5, 5),
     5, "1 2 3 ? | 5"},
    {"copied twice",
     ROWS("a.csv", 4, 4) "; cp a.csv a.csv.2; " FILE_OF(
         "a.csv", 5, 5) "; cp a.csv a.csv.1; " FILE_OF("a.csv", 6, 6),
     6, "1 2 3 4 | 5 | 6"},
    {"copied twice and compressed",
     ROWS("a.csv", 4, 4) "; cp a.csv a.csv.2; " FILE_OF(
         "a.csv", 5, 5) "; cp a.csv a.csv.1; " FILE_OF("a.csv", 6, 6) "; gzip a.csv.2 a.csv.1",
     6, "1 2 3 4 | 5 | 6"},
    {"copied, not truncated yet", "mv a.csv a.csv.2; " FILE_OF("a.csv", 4, 5) "; cp a.csv a.csv.1",
     5, "1 2 3 | 4 5"},
    {"copied, not truncated yet, and grown",
     "mv a.csv a.csv.2; " FILE_OF("a.csv", 4, 5) "; cp a.csv a.csv.1; " ROWS("a.csv", 6, 6), 6,
     "1 2 3 | 4 5 | 6"},
    {"saved through a new inode", "cp a.csv n; " ROWS("n", 4, 4) "; mv n a.csv", 4, "1 2 3 4"},
    {"saved in place", "cp a.csv n; " ROWS("n", 4, 4) "; cat n >a.csv; rm n", 4, "1 2 3 4"},
    {"renamed away and back", "mv a.csv b; " ROWS("b", 4, 4) "; mv b a.csv", 4, "1 2 3 4"},
    {"half a line",
     "printf 2026-01-05T08:00:00Z,4 >>a.csv; mv a.csv a.csv.1; printf ',x\\n' "
     ">>a.csv.1; " FILE_OF("a.csv", 5, 5),
     5, "1 2 3 4 | 5"},
};

/* A first run in an empty folder, then what happens while stopped. */
static struct runs stop_at(struct bench *bench, const char *path, size_t s)
{
    shell(bench, "rm -f -- *");
    bench->ledger = (struct ledger){.len = 0};
    bench_append(path, HEADER);
    bench_rows(path, 1, 3);
    struct runs runs = first_run(bench, path, 3, "1 2 3");
    shell(bench, stopped[s].happens);
    print_message("%s\n", stopped[s].what);
    return runs;
}

static void test_stopped(void **state)
{
    struct bench *bench = *state;
    for (size_t s = 0; s < sizeof stopped / sizeof *stopped; s++) {
        const char *path = bench_path(bench, "a.csv");
        struct runs runs = stop_at(bench, path, s);
        expect_rest(bench, &runs, path, stopped[s].len, stopped[s].ids);
    }
}

/* The same, read to the end once. */
static void test_stopped_bounded(void **state)
{
    struct bench *bench = *state;
    for (size_t s = 0; s < sizeof stopped / sizeof *stopped; s++) {
        const char *path = bench_path(bench, "a.csv");
        struct runs runs = stop_at(bench, path, s);
        struct feed *feed = go_on(bench, &runs, path, true);
        forget(&runs);
        assert_int_equal(bench_read(bench, feed, LEDGER_MAX, NULL), FEED_END);
        assert_string_equal(bench_ids(bench), stopped[s].ids);
        feed->ops->free(feed);
    }
}

/* Nowhere: a gap, said with where reading had been; and only once. */
static void test_nowhere(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 3);
    struct runs runs = first_run(bench, path, 3, "1 2 3");
    shell(bench, FILE_OF("n", 5, 6) "; mv n a.csv");
    struct feed *feed = go_on(bench, &runs, path, false);
    forget(&runs);
    assert_int_equal(tail_gaps(feed), 1);
    expect_ids(bench, feed, 5, "1 2 3 | 5 6");
    assert_int_equal(status_of(feed).gaps, 1);
    assert_non_null(
        strstr(status_of(feed).gap, "old file not found: lines after byte 86 may be missing"));
    leave(bench, feed, &runs);
    feed = go_on(bench, &runs, path, false);
    forget(&runs);
    expect_ids(bench, feed, 5, "1 2 3 | 5 6");
    assert_int_equal(tail_gaps(feed), 0);
    feed->ops->free(feed);
}

/* A folder that is not there yet is no reason to give a place up. */
static void test_name_comes_late(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "d/a.csv");
    shell(bench, "mkdir d");
    bench_append(path, HEADER);
    bench_rows(path, 1, 3);
    struct runs runs = first_run(bench, path, 3, "1 2 3");
    shell(bench, "mv d e");
    struct feed *feed = go_on(bench, &runs, path, false);
    for (int look = 0; look < 3; look++)
        bench_read(bench, feed, 0, NULL);
    assert_int_equal(status_of(feed).state, FEED_WAITING_FILE);
    /* killed meanwhile: nothing was counted, so the marks are those of before */
    feed->ops->free(feed);
    feed = go_on(bench, &runs, path, false);
    forget(&runs);
    shell(bench, "mv e d");
    bench_rows(path, 4, 4);
    expect_ids(bench, feed, 4, "1 2 3 4");
    feed->ops->free(feed);
}

/* The lane was behind the reader when it was killed: at an older offset of a file that is gone from
 * its name by then. */
static void test_killed_behind_the_reader(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    shell(bench, ROWS("a.csv", 1, 2500));
    struct feed *feed = follow(bench, path);
    bench_read(bench, feed, 2500, NULL);
    assert_int_equal(bench->ledger.len, 2500);
    shell(bench, "cp a.csv a.csv.1; " FILE_OF("a.csv", 2501, 2502));
    bench_read(bench, feed, 2502, NULL);
    assert_int_equal(bench->ledger.len, 2502);
    struct runs runs;
    bench->ledger.len = 1024; /* one block */
    leave(bench, feed, &runs);
    feed = go_on(bench, &runs, path, false);
    forget(&runs);
    bench_read(bench, feed, 2502, NULL);
    assert_int_equal(bench->ledger.len, 2502);
    for (size_t e = 0; e < 2502; e++)
        assert_int_equal(bench->ledger.events[e].id, e + 1);
    assert_int_equal(bench->ledger.events[2499].generation, 0);
    assert_int_equal(bench->ledger.events[2500].generation, 1);
    feed->ops->free(feed);
}

/* A rotation gives every file of the series a new name. That is no reason to wait for late lines of
 * one that was rotated twice: started more often than the grace time, nobody would get any further.
 */
static void test_series_moved_on(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 3);
    struct runs runs = first_run(bench, path, 3, "1 2 3");
    struct tail_config config = bench_config(bench, &path, 1);
    shell(bench, "mv a.csv a.csv.1; touch -d '1 hour ago' a.csv.1; mv a.csv.1 a.csv.2; " FILE_OF(
                     "a.csv.1", 4, 5) "; " FILE_OF("a.csv", 6, 6));
    config.no_inotify = polling;
    config.resume = runs.marks;
    config.resume_len = runs.len;
    config.resumed = config.keeping = true;
    config.grace_ms = 600 * 1000;
    struct feed *feed = tail_open(&config, NULL);
    expect_ids(bench, feed, 5, "1 2 3 | 4 5");
    forget(&runs);
    feed->ops->free(feed);
}

/* The totals are low while several files wait; how many is said. */
static void test_several_wait(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 3);
    struct runs runs = first_run(bench, path, 3, "1 2 3");
    struct tail_config config = bench_config(bench, &path, 1);
    shell(bench, "mv a.csv a.csv.3; " FILE_OF("a.csv.2", 4, 5) "; " FILE_OF(
                     "a.csv.1", 6, 6) "; " FILE_OF("a.csv", 7, 7));
    config.no_inotify = polling;
    config.resume = runs.marks;
    config.resume_len = runs.len;
    config.resumed = config.keeping = true;
    config.grace_ms = 600 * 1000;
    struct feed *feed = tail_open(&config, NULL);
    bench_read(bench, feed, 0, NULL);
    assert_non_null(strstr(status_of(feed).message, "rotated: 3 newer files wait 600 s"));
    forget(&runs);
    feed->ops->free(feed);
}

/* Under the name is what another source drains; what was read under it lies one further. It is
 * found there, and nothing of it is read again. */
static void test_name_is_a_twin(void **state)
{
    struct bench *bench = *state;
    char texts[2][160];
    snprintf(texts[0], sizeof texts[0], "%s", bench_path(bench, "a.csv"));
    snprintf(texts[1], sizeof texts[1], "%s", bench_path(bench, "a.csv.1"));
    const char *paths[] = {texts[0], texts[1]};
    for (int i = 0; i < 2; i++) {
        bench_append(paths[i], HEADER);
        bench_rows(paths[i], 1 + 2 * i, 2 + 2 * i);
    }
    struct runs runs;
    struct tail_config config = bench_config(bench, paths, 2);
    config.no_inotify = polling;
    config.keeping = true;
    struct feed *feed = tail_open(&config, NULL);
    bench_read(bench, feed, 4, NULL);
    assert_int_equal(bench->ledger.len, 4);
    leave(bench, feed, &runs);
    bench_rows(paths[1], 5, 5);
    shell(bench, "mv a.csv.1 a.csv.2; mv a.csv a.csv.1; " FILE_OF("a.csv", 6, 6));
    config.resume = runs.marks;
    config.resume_len = runs.len;
    config.resumed = true;
    config.grace_ms = 300;
    feed = tail_open(&config, NULL);
    bench_read(bench, feed, 6, NULL);
    assert_int_equal(bench->ledger.len, 6);
    assert_int_equal(bench->ledger.events[4].id + bench->ledger.events[5].id, 5 + 6);
    assert_int_equal(status_of(feed).gaps, 0);
    forget(&runs);
    feed->ops->free(feed);
}

/* Killed again in the middle of what there is to catch up with. */
static void test_killed_while_catching_up(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 3);
    struct runs runs = first_run(bench, path, 3, "1 2 3");
    shell(bench, ROWS("a.csv", 4, 4) "; mv a.csv a.csv.3; " FILE_OF("a.csv.2", 5, 5) "; " FILE_OF(
                     "a.csv.1", 6, 6) "; " FILE_OF("a.csv", 7, 7) "; gzip a.csv.3 a.csv.2");
    for (size_t len = 4; len <= 7; len++) {
        struct feed *feed = go_on(bench, &runs, path, false);
        bench_read(bench, feed, len, NULL);
        assert_true(bench->ledger.len >= len);
        bench->ledger.len = len; /* the rest was not counted */
        forget(&runs);
        leave(bench, feed, &runs);
        shell(bench, "[ ! -e a.csv.1 ] || gzip a.csv.1");
    }
    assert_string_equal(bench_ids(bench), "1 2 3 4 | 5 | 6 | 7");
    forget(&runs);
}

/* T-R6: one file by several names, a glob over its rotations: each byte once, also across runs. */
static void test_names_and_globs(void **state)
{
    struct bench *bench = *state;
    const char *glob = bench_path(bench, "*.csv*"), *path = bench_path(bench, "m.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 2);
    shell(bench, "ln m.csv a.csv; ln -s m.csv z.csv");
    struct runs runs = first_run(bench, glob, 2, "1 2");
    shell(bench, "mv m.csv m.csv.1; " FILE_OF("m.csv", 3, 4));
    bench_rows(bench_path(bench, "m.csv.1"), 9, 9);
    struct feed *feed = go_on(bench, &runs, glob, false);
    bench_read(bench, feed, 5, NULL);
    for (int look = 0; look < 5; look++)
        bench_read(bench, feed, 0, NULL);
    assert_int_equal(bench->ledger.len, 5);
    forget(&runs);
    leave(bench, feed, &runs);
    shell(bench, "gzip -kf m.csv.1; rm m.csv.1 a.csv; " ROWS("m.csv", 5, 5));
    feed = go_on(bench, &runs, glob, false);
    bench_read(bench, feed, 6, NULL);
    for (int look = 0; look < 5; look++)
        bench_read(bench, feed, 0, NULL);
    assert_int_equal(bench->ledger.len, 6);
    int64_t sum = 0;
    for (size_t e = 0; e < 6; e++)
        sum += bench->ledger.events[e].id;
    assert_int_equal(sum, 1 + 2 + 9 + 3 + 4 + 5);
    forget(&runs);
    feed->ops->free(feed);
}

/* Read to its end, then renamed under the glob, then compressed: known again without its inode. */
static void test_done_then_compressed(void **state)
{
    struct bench *bench = *state;
    const char *glob = bench_path(bench, "a.csv*"), *path = bench_path(bench, "a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 2);
    struct feed *feed = follow(bench, glob);
    expect_ids(bench, feed, 2, "1 2");
    shell(bench, "mv a.csv a.csv.1; " FILE_OF("a.csv", 3, 3));
    expect_ids(bench, feed, 3, "1 2 | 3");
    struct runs runs;
    leave(bench, feed, &runs);
    shell(bench, "gzip a.csv.1; " ROWS("a.csv", 4, 4));
    struct tail_config config = bench_config(bench, &glob, 1);
    config.resume = runs.marks;
    config.resume_len = runs.len;
    config.resumed = true;
    config.no_inotify = polling;
    feed = tail_open(&config, NULL);
    assert_non_null(feed);
    expect_ids(bench, feed, 4, "1 2 | 3 4");
    for (int look = 0; look < 5; look++)
        bench_read(bench, feed, 0, NULL);
    assert_int_equal(bench->ledger.len, 4);
    forget(&runs);
    feed->ops->free(feed);
}

/* The name is a link: what was rotated lies beside the file that it leads to. */
static void test_link(void **state)
{
    struct bench *bench = *state;
    const char *path = bench_path(bench, "a.csv");
    shell(bench, "mkdir d; ln -s d/0.log a.csv");
    bench_append(path, HEADER);
    bench_rows(path, 1, 2);
    struct runs runs = first_run(bench, path, 2, "1 2");
    bench_rows(path, 3, 3);
    shell(bench, "cd d; mv 0.log 0.log.2; " FILE_OF("0.log.1", 4, 4) "; " FILE_OF(
                     "0.log", 5, 5) "; gzip 0.log.2");
    expect_rest(bench, &runs, path, 5, "1 2 3 | 4 | 5");
}

/* A header alone decides nothing (T-R2), nor does an empty file. */
static void test_no_record_yet(void **state)
{
    struct bench *bench = *state;
    static const char *const first[] = {"", HEADER};
    for (size_t f = 0; f < 2; f++) {
        const char *path = bench_path(bench, "a.csv");
        shell(bench, "rm -f -- *");
        bench->ledger = (struct ledger){.len = 0};
        bench_append(path, first[f]);
        struct runs runs;
        struct feed *feed = follow(bench, path);
        bench_read(bench, feed, 0, NULL);
        leave(bench, feed, &runs);
        shell(bench,
              FILE_OF("n", 1, 1) "; cat n >a.csv; mv a.csv a.csv.1; " FILE_OF("a.csv", 2, 2));
        feed = go_on(bench, &runs, path, false);
        forget(&runs);
        expect_ids(bench, feed, 2, "1 | 2");
        feed->ops->free(feed);
    }
}

/* T-R6: `--from end` is about the very first start; what came while stopped is read. */
static void test_from_end_once(void **state)
{
    struct bench *bench = *state;
    const char *glob = bench_path(bench, "*.csv"), *path = bench_path(bench, "a.csv");
    struct tail_config config = bench_config(bench, &glob, 1);
    config.no_inotify = polling;
    config.from_end = true;
    bench_append(path, HEADER);
    bench_rows(path, 1, 3);
    struct feed *feed = tail_open(&config, NULL);
    struct runs runs;
    leave(bench, feed, &runs);
    assert_int_equal(runs.marks[0].at.print.offset, 86);
    bench_rows(path, 4, 4);
    shell(bench, FILE_OF("b.csv", 5, 5));
    config.resume = runs.marks;
    config.resume_len = runs.len;
    config.resumed = true;
    feed = tail_open(&config, NULL);
    forget(&runs);
    expect_ids(bench, feed, 2, "4 5");
    feed->ops->free(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_WAYS(test_stopped),
        ONE_WAY(test_stopped_bounded, "", NULL),
        BOTH_WAYS(test_nowhere),
        BOTH_WAYS(test_name_comes_late),
        BOTH_WAYS(test_killed_behind_the_reader),
        BOTH_WAYS(test_series_moved_on),
        BOTH_WAYS(test_several_wait),
        BOTH_WAYS(test_name_is_a_twin),
        BOTH_WAYS(test_killed_while_catching_up),
        BOTH_WAYS(test_names_and_globs),
        BOTH_WAYS(test_done_then_compressed),
        BOTH_WAYS(test_link),
        BOTH_WAYS(test_no_record_yet),
        BOTH_WAYS(test_from_end_once),
    };
    return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
