#ifndef TAILRACE_TESTS_UNIT_DECODE_RUN_H
#define TAILRACE_TESTS_UNIT_DECODE_RUN_H
/*
 * Feeding a decoder in tests: all bytes, some at a time, as a caller would (what was not consumed
 * is fed again with more behind it). Every run checks the conservation of bytes and lines (S-03).
 */
#include "core/definition_json.h"
#include "feeds/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RUN_EVENTS_MAX = 512 };

struct run {
    struct event events[RUN_EVENTS_MAX];
    size_t len;
    uint64_t skipped;
    uint32_t lines;
    enum status status;
    struct error error;
};

static struct symbols *run_symbols; /* shared by all runs, so that keys of two runs compare */

static inline struct decoder_config run_config(const struct definition *definition,
                                               enum feed_format format)
{
    if (!run_symbols)
        run_symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    return (struct decoder_config){.definition = definition,
                                   .symbols = run_symbols,
                                   .hash_key = {.word = {1, 2}},
                                   .format = format};
}

/* Gives bytes [0, len) to the decoder, at most `step` new ones a call, `cap` events a call. */
static inline void run_decoder(struct decoder *decoder, const char *bytes, size_t len, size_t step,
                               size_t cap, bool final, struct run *run)
{
    size_t from = 0, to = 0;
    uint64_t events_bytes = 0;
    memset(run, 0, sizeof *run);
    for (;;) {
        bool last = to == len;
        struct decoded out;
        assert_true(run->len + cap <= RUN_EVENTS_MAX);
        /* an exact copy, so that reading past the end is seen by the sanitizer */
        char *piece = malloc(to - from + 1);
        memcpy(piece, bytes + from, to - from);
        piece = realloc(piece, to - from ? to - from : 1);
        run->status = decoder_feed(decoder, piece, to - from, last && final, UINT64_MAX,
                                   run->events + run->len, cap, &out, &run->error);
        free(piece);
        if (run->status != STATUS_OK)
            return;
        run->len += out.events;
        run->skipped += out.skipped;
        run->lines += out.lines;
        from += out.consumed;
        assert_true(from <= to);
        if (last && out.consumed == 0 && out.events == 0)
            break;
        if (out.events < cap)
            to = len - to < step ? len : to + step;
    }
    for (size_t i = 0; i < run->len; i++)
        events_bytes += run->events[i].length;
    assert_int_equal(events_bytes + run->skipped, from);
    if (final)
        assert_int_equal(from, len);
}

static inline void run_feed(const struct definition *definition, enum feed_format format,
                            const char *bytes, size_t len, size_t step, size_t cap, struct run *run)
{
    struct decoder_config config = run_config(definition, format);
    struct decoder *decoder = decoder_new(&config);
    run_decoder(decoder, bytes, len, step, cap, true, run);
    decoder_free(decoder);
}

/* All at once. */
static inline void run_text(const struct definition *definition, enum feed_format format,
                            const char *text, struct run *run)
{
    run_feed(definition, format, text, strlen(text), SIZE_MAX, 64, run);
    if (run->status != STATUS_OK)
        fail_msg("%s", run->error.text);
}

static inline struct definition *run_definition(const char *json)
{
    struct error error;
    struct definition *definition = definition_from_json(json, strlen(json), "test", &error);
    if (!definition || definition_compile(definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return definition;
}

static inline struct definition *run_builtin(const char *name)
{
    struct error error;
    struct definition *definition = definition_builtin(name);
    assert_int_equal(definition_compile(definition, &error), STATUS_OK);
    return definition;
}

/* "bad_timestamp", "missing_field:priority" */
static inline const char *run_reason(const struct definition *definition, const struct event *event)
{
    static char name[128];
    if (reject_names_field(event->reason))
        snprintf(name, sizeof name, "%s:%s", reject_text(event->reason),
                 definition->fields[event->field].name);
    else
        snprintf(name, sizeof name, "%s", reject_text(event->reason));
    return name;
}

/* The reasons of all records, "none" for those understood: "none parse none". */
static inline const char *run_reasons(const struct definition *definition, const struct run *run)
{
    static char all[4096];
    size_t used = 0;
    all[0] = '\0';
    for (size_t i = 0; i < run->len && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? " " : "",
                                 run_reason(definition, &run->events[i]));
    return all;
}

/* What was made of the record, its position left out. */
static inline bool run_same_content(const struct event *a, const struct event *b)
{
    struct event left = *a, right = *b;
    left.start = right.start = 0;
    left.length = right.length = 0;
    left.line = right.line = 0;
    return memcmp(&left, &right, sizeof left) == 0;
}

static inline void run_expect_equal(const struct run *wanted, const struct run *got,
                                    const char *what)
{
    if (wanted->len != got->len)
        fail_msg("%s: %zu events, wanted %zu", what, got->len, wanted->len);
    for (size_t i = 0; i < got->len; i++)
        if (memcmp(&wanted->events[i], &got->events[i], sizeof got->events[i]) != 0)
            fail_msg("%s: event %zu differs", what, i);
    assert_int_equal(wanted->skipped, got->skipped);
    assert_int_equal(wanted->lines, got->lines);
}

#endif
