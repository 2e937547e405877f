/* What the tests of following and of scanning share: a folder of their own, files to write to, a
 * small definition (at, id, note), and a ledger of all that a feed gave. */
#ifndef TAILRACE_TESTS_FEED_BENCH_H
#define TAILRACE_TESTS_FEED_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "feeds/tail.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LEDGER_MAX = 4096, DEADLINE_S = 20 };

#define HEADER "at,id,note\n"
#define SECOND INT64_C(1000000000)

struct seen_event {
    uint32_t source;
    uint32_t generation;
    uint64_t start;
    int64_t id;
    uint32_t length;
    uint32_t line;
    uint8_t reason;
};

struct ledger {
    struct seen_event events[LEDGER_MAX];
    size_t len;
    uint64_t lengths;
    uint64_t skipped;
    char label[EVENT_LABEL];
    int64_t label_id;
};

struct bench {
    char folder[64];
    struct definition *definition;
    struct symbols *symbols;
    struct hash_key hash_key;
    struct wake wake;
    struct ledger ledger;
    struct event_block block;
};

static inline mono_ns bench_now(void)
{
    return clock_machine();
}

static inline struct definition *bench_definition(void)
{
    struct definition *definition = definition_new("bench");
    int index;
    assert_int_equal(definition_add_field(definition, "at", FIELD_TIME, &index, NULL), STATUS_OK);
    definition->fields[index].required = true;
    assert_int_equal(definition_add_field(definition, "id", FIELD_INT, &index, NULL), STATUS_OK);
    definition->fields[index].required = true;
    assert_int_equal(definition_add_field(definition, "note", FIELD_TEXT, &index, NULL), STATUS_OK);
    definition->id_fields[0] = definition_field(definition, "id");
    definition->id_fields_len = 1;
    assert_int_equal(definition_set_time(definition, "at", NULL), STATUS_OK);
    assert_int_equal(definition_set_measures(definition, "sum:id", NULL), STATUS_OK);
    assert_int_equal(definition_compile(definition, NULL), STATUS_OK);
    return definition;
}

static inline struct bench *bench_new(void)
{
    struct bench *bench = mem_zero(1, sizeof *bench);
    strcpy(bench->folder, "/tmp/tailrace-test-XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    bench->definition = bench_definition();
    bench->symbols = symbols_new(1000);
    bench->hash_key = hash_key_random();
    wake_init(&bench->wake);
    return bench;
}

static inline void bench_free(struct bench *bench)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf -- '%s'", bench->folder);
    assert_int_equal(system(command), 0);
    wake_fini(&bench->wake);
    symbols_free(bench->symbols);
    definition_free(bench->definition);
    free(bench);
}

/* The path of a file in the folder: one of a few texts in turn. */
static inline const char *bench_path(const struct bench *bench, const char *name)
{
    static char texts[64][160];
    static unsigned turn;
    char *text = texts[turn++ % 64];
    snprintf(text, sizeof texts[0], "%s/%s", bench->folder, name);
    return text;
}

static inline void bench_write(const char *path, int flags, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | flags, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    close(fd);
}

static inline void bench_append(const char *path, const char *text)
{
    bench_write(path, O_APPEND, text, strlen(text));
}

/* CSV rows `from` … `to`. */
static inline void bench_rows(const char *path, int from, int to)
{
    for (int id = from; id <= to; id++) {
        char row[80];
        snprintf(row, sizeof row, "2026-01-05T08:00:00Z,%d,x\n", id);
        bench_append(path, row);
    }
}

static inline void bench_copy(const char *from, const char *to)
{
    char command[400];
    snprintf(command, sizeof command, "cat '%s' > '%s'", from, to);
    assert_int_equal(system(command), 0);
}

static inline struct tail_config bench_config(const struct bench *bench, const char *const *paths,
                                              size_t paths_len)
{
    return (struct tail_config){.definition = bench->definition,
                                .symbols = bench->symbols,
                                .hash_key = bench->hash_key,
                                .paths = paths,
                                .paths_len = paths_len,
                                .fd = -1,
                                .poll_ms = 10,
                                .grace_ms = 40};
}

/* Conservation (S-03) holds for every block. */
static inline void ledger_add(struct ledger *ledger, const struct event_block *block)
{
    uint64_t lengths = 0;
    for (uint32_t i = 0; i < block->len; i++) {
        const struct event *event = &block->events[i];
        assert_true(ledger->len < LEDGER_MAX);
        ledger->events[ledger->len++] = (struct seen_event){
            .source = block->source,
            .generation = block->generation,
            .start = event->start,
            .id = event->reason == REJECT_NONE ? event->value[0] : -1,
            .length = event->length,
            .line = event->line,
            .reason = event->reason,
        };
        lengths += event->length;
    }
    assert_int_equal(lengths + block->skipped, block->end - block->begin);
    ledger->lengths += lengths;
    ledger->skipped += block->skipped;
    if (block->labelled) {
        memcpy(ledger->label, block->label, EVENT_LABEL);
        ledger->label_id = block->events[block->labelled - 1].value[0];
    }
}

/* Reads until the ledger holds `len` events, or the feed says something else than block or idle. */
static inline enum feed_result bench_read(struct bench *bench, struct feed *feed, size_t len,
                                          struct error *error)
{
    mono_ns deadline = bench_now() + DEADLINE_S * SECOND;
    for (;;) {
        enum feed_result result = feed->ops->read(feed, &bench->block, error);
        if (result == FEED_BLOCK)
            ledger_add(&bench->ledger, &bench->block);
        else if (result != FEED_IDLE || bench->ledger.len >= len || bench_now() > deadline)
            return result;
        else
            feed->ops->wait(feed, &bench->wake, deadline);
    }
}

/* The ids of the ledger as text: "1 2 T 3" (T: torn, ?: rejected otherwise; | a new generation). */
static inline const char *bench_ids(const struct bench *bench)
{
    static char text[16384];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < bench->ledger.len && used < sizeof text - 32; i++) {
        const struct seen_event *event = &bench->ledger.events[i];
        bool next = i > 0 && event->generation != event[-1].generation;
        used += (size_t)snprintf(text + used, sizeof text - used, i == 0 ? "" : next ? " | " : " ");
        if (event->reason == REJECT_NONE)
            used += (size_t)snprintf(text + used, sizeof text - used, "%d", (int)event->id);
        else
            used += (size_t)snprintf(text + used, sizeof text - used,
                                     event->reason == REJECT_TORN ? "T" : "?");
    }
    return text;
}

/* ---- following, with inotify and by polling (T-R7) ---- */

static bool polling; /* what the present test uses */

static inline int bench_setup(void **state)
{
    polling = *state != NULL;
    *state = bench_new();
    return 0;
}

static inline int bench_teardown(void **state)
{
    bench_free(*state);
    return 0;
}

static inline struct feed *follow(struct bench *bench, const char *path)
{
    struct tail_config config = bench_config(bench, &path, 1);
    struct error error = {0};
    config.no_inotify = polling;
    struct feed *feed = tail_open(&config, &error);
    if (!feed)
        fail_msg("%s", error.text);
    return feed;
}

static inline void expect_ids(struct bench *bench, struct feed *feed, size_t len, const char *ids)
{
    struct error error = {0};
    enum feed_result result = bench_read(bench, feed, len, &error);
    if (result == FEED_FAILED)
        fail_msg("%s", error.text);
    assert_string_equal(bench_ids(bench), ids);
}

/* A new file of the rows 1 … `rows`, followed, and read so far; `grace_ms` 0: the bench's. */
static inline struct feed *follow_rows(struct bench *bench, const char *path, int64_t grace_ms,
                                       int rows)
{
    struct tail_config config = bench_config(bench, &path, 1);
    char ids[1024] = "";
    config.no_inotify = polling;
    config.grace_ms = grace_ms ? grace_ms : config.grace_ms;
    bench_append(path, HEADER);
    bench_rows(path, 1, rows);
    for (int id = 1, used = 0; id <= rows; id++)
        used += snprintf(ids + used, sizeof ids - (size_t)used, id > 1 ? " %d" : "%d", id);
    struct feed *feed = tail_open(&config, NULL);
    assert_non_null(feed);
    expect_ids(bench, feed, (size_t)rows, ids);
    return feed;
}

static inline struct feed_status status_of(struct feed *feed)
{
    struct feed_status status;
    feed->ops->status(feed, &status);
    return status;
}

#define ONE_WAY(test, way, polls)                                                                  \
    {                                                                                              \
#test way, test, bench_setup, bench_teardown, polls                                        \
    }
#define BOTH_WAYS(test)                                                                            \
    ONE_WAY(test, " (inotify)", NULL), ONE_WAY(test, " (polling)", (void *)"polling")

#endif
