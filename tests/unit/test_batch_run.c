/*
 * Guards: a run in slices by several workers is the same as one sequential reading, also where a
 * line end inside a quote misleads the guess of a slice's first record; groups beyond the cap are
 * the same ones; ids of a report, or of the feed, count once; a failing slice fails the run;
 * schedules stand on the clock.
 *
 * The feed here is a few bytes in memory under a grammar of its own: a record is a letter (its
 * group) and anything up to a line end that is not between two quote marks. Small enough to cut
 * everywhere.
 */
#include "tests/unit/result_bench.h"

#include "core/batch_lane.h"
#include "core/batch_run.h"
#include "core/feed.h"

#include <stdio.h>
#include <stdlib.h>

struct small_scan {
    struct scan scan;
    const char *bytes;
    uint64_t len;
    uint64_t slice_bytes;
    size_t failing; /* slice that cannot be read; SIZE_MAX: none */
};

static const struct small_scan *small_of(const struct scan *scan)
{
    return (const struct small_scan *)scan;
}

static size_t small_len(const struct scan *scan)
{
    const struct small_scan *small = small_of(scan);
    return (size_t)((small->len + small->slice_bytes - 1) / small->slice_bytes);
}

static void small_slice(const struct scan *scan, size_t index, uint32_t *source,
                        uint32_t *generation, uint64_t *begin, bool *first)
{
    *source = *generation = 0;
    *begin = index * small_of(scan)->slice_bytes;
    *first = index == 0;
}

/* The end of the record that starts at `at`; `len` when it has none. */
static uint64_t record_end(const struct small_scan *small, uint64_t at, uint32_t *lines)
{
    bool quoted = false;
    for (; at < small->len; at++) {
        *lines += small->bytes[at] == '\n';
        if (small->bytes[at] == '"')
            quoted = !quoted;
        else if (small->bytes[at] == '\n' && !quoted)
            return at + 1;
    }
    return at;
}

/* An id behind the letter, a day behind that, and whatever else behind both. */
static void fill_in(struct event *event, const char *record)
{
    uint64_t id = event->distinct[0] = (uint8_t)record[1];
    event->id[0] = id * 0x9E3779B97F4A7C15u;
    event->id[1] = id * 0xD6E8FEB86659FD93u;
    if (id != 0 && record[2] >= '0' && record[2] <= '9') {
        event->time = (record[2] - '0') * (epoch_ms)MS_PER_DAY;
        event->content = (uint8_t)record[3];
    }
}

static enum status small_read(const struct scan *scan, size_t index, uint64_t from, block_sink sink,
                              void *context, struct slice_result *result, struct error *error)
{
    const struct small_scan *small = small_of(scan);
    uint64_t at = from, end = (index + 1) * small->slice_bytes;
    if (index == small->failing)
        return error_set(error, STATUS_IO, "slice %zu is broken", index);
    if (from == SCAN_GUESS) {
        at = index * small->slice_bytes;
        while (at < small->len && at > 0 && small->bytes[at - 1] != '\n')
            at++;
    }
    *result = (struct slice_result){.begin = at, .end = at};
    while (at < end && at < small->len) {
        struct event_block *block = mem_zero(1, sizeof *block);
        block->begin = at;
        block->end = record_end(small, at, &result->lines);
        block->len = 1;
        block->events[0].start = at;
        block->events[0].length = (uint32_t)(block->end - at);
        block->events[0].line = result->lines;
        block->events[0].key[0] = SYMBOL_FIRST + (symbol)(small->bytes[at] & 0x1F);
        fill_in(&block->events[0], &small->bytes[at]);
        block->events[0].reason = small->bytes[at] == 'e' ? REJECT_PARSE : REJECT_NONE;
        at = result->end = block->end;
        bool go_on = sink(context, block);
        free(block);
        if (!go_on)
            break;
    }
    return STATUS_OK;
}

static uint64_t small_bytes(const struct scan *scan)
{
    return small_of(scan)->len;
}

static void small_until(struct scan *scan, const struct batch_mark *marks, size_t len)
{
    ((struct small_scan *)scan)->len = len > 0 ? marks[0].end : 0;
}

static const struct scan_ops small_ops = {.until = small_until,
                                          .len = small_len,
                                          .slice = small_slice,
                                          .read = small_read,
                                          .bytes = small_bytes};

static enum status run_range(const struct definition *definition, const char *bytes,
                             uint64_t slice_bytes, int workers, size_t groups_cap, epoch_ms from,
                             epoch_ms to, struct batch_result *result)
{
    struct small_scan small = {.scan = {&small_ops},
                               .bytes = bytes,
                               .len = strlen(bytes),
                               .slice_bytes = slice_bytes,
                               .failing = SIZE_MAX};
    struct batch_run_config config = {.definition = definition,
                                      .scan = &small.scan,
                                      .workers = workers,
                                      .groups_cap = groups_cap,
                                      .from = from,
                                      .to = to};
    return batch_run(&config, result, NULL);
}

static enum status run(const struct definition *definition, const char *bytes, uint64_t slice_bytes,
                       int workers, size_t groups_cap, struct batch_result *result)
{
    return run_range(definition, bytes, slice_bytes, workers, groups_cap, 0, 0, result);
}

static void slices_equal_sequential(void **state)
{
    (void)state;
    static const char alphabet[] = "abcde\"\n\n";
    struct definition *definition = make_definition("key", "count");
    uint64_t rereads = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        uint64_t random = seed;
        char bytes[160];
        size_t len = 20 + random_below(&random, sizeof bytes - 21);
        for (size_t i = 0; i < len; i++)
            bytes[i] = alphabet[random_below(&random, sizeof alphabet - 1)];
        bytes[len] = '\0';
        struct batch_result sequential;
        assert_int_equal(run(definition, bytes, 1000, 1, 0, &sequential), STATUS_OK);
        for (uint64_t slice = 1; slice < 30; slice += 1 + slice / 4) {
            struct batch_result sliced;
            assert_int_equal(run(definition, bytes, slice, 3, 0, &sliced), STATUS_OK);
            assert_same(&sliced, &sequential);
            rereads += sliced.rereads;
            batch_result_fini(&sliced);
        }
        batch_result_fini(&sequential);
    }
    assert_true(rereads > 0); /* the wrong guess was met */
    definition_free(definition);
}

static void beyond_the_cap_the_same_groups_are_other(void **state)
{
    (void)state;
    /* c and d come first, so a and b are (other), although their slices know nothing of that */
    static const char bytes[] = "d\nc\nd\na\nb\nb\nd\na\n";
    static const symbol other[EVENT_KEYS_MAX] = {SYMBOL_OTHER};
    struct definition *definition = make_definition("key", "count");
    struct batch_result a, b;
    assert_int_equal(run(definition, bytes, 100, 1, 2, &a), STATUS_OK);
    assert_int_equal(tally_find(a.pipeline.tally, other)->count, 4);
    for (uint64_t slice = 1; slice < 16; slice++) {
        assert_int_equal(run(definition, bytes, slice, 4, 2, &b), STATUS_OK);
        assert_same(&a, &b);
        batch_result_fini(&b);
    }
    batch_result_fini(&a);
    definition_free(definition);
}

static void a_failing_slice_fails_the_run(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct small_scan small = {
        .scan = {&small_ops}, .bytes = "a\nb\nc\nd\n", .len = 8, .slice_bytes = 2, .failing = 2};
    for (int workers = 1; workers <= 3; workers++) {
        struct batch_run_config config = {
            .definition = definition, .scan = &small.scan, .workers = workers};
        struct batch_result result;
        struct error error;
        assert_int_equal(batch_run(&config, &result, &error), STATUS_IO);
        assert_string_equal(error.text, "slice 2 is broken");
        batch_result_fini(&result);
    }
    definition_free(definition);
}

static void a_cancelled_run_says_so(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct small_scan small = {
        .scan = {&small_ops}, .bytes = "a\nb\n", .len = 4, .slice_bytes = 2, .failing = SIZE_MAX};
    struct batch_progress progress = {.cancel = true};
    struct batch_run_config config = {
        .definition = definition, .scan = &small.scan, .workers = 2, .progress = &progress};
    struct batch_result result;
    assert_int_equal(batch_run(&config, &result, NULL), STATUS_CLOSED);
    batch_result_fini(&result);
    definition_free(definition);
}

static void schedules_stand_on_the_clock(void **state)
{
    (void)state;
    const epoch_ms day = (epoch_ms)20000 * MS_PER_DAY;
    static const struct {
        int64_t at, every, zone, next;
    } cases[] = {
        {0, MS_PER_HOUR, 0, MS_PER_HOUR},
        {MS_PER_HOUR - 1, MS_PER_HOUR, 0, MS_PER_HOUR},
        {MS_PER_HOUR, MS_PER_HOUR, 0, 2 * MS_PER_HOUR},
        {5 * MS_PER_HOUR, MS_PER_DAY, 0, MS_PER_DAY},
        {23 * MS_PER_HOUR, 7 * MS_PER_HOUR, 0, MS_PER_DAY}, /* the last stretch is short */
        {0, MS_PER_DAY, 2 * MS_PER_HOUR, 22 * MS_PER_HOUR}, /* midnight two hours east */
        {50, 100, 0, 100},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const struct zone zone = {.offset_ms = cases[c].zone};
        assert_int_equal(batch_lane_next(day + cases[c].at, cases[c].every, &zone),
                         day + cases[c].next);
    }
}

/* Where the clock is changed: 24 h at most apart, none twice by one hour shown twice, unless the
 * schedule is as short as that. Clock times of the zone follow each case. */
static void schedules_where_the_clock_changes(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *at, *next;
        int64_t every;
    } cases[] = {
        {"Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", MS_PER_HOUR},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", MS_PER_HOUR},
        {"Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z", 6 * MS_PER_HOUR}, /* 6 */
        {"Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T02:00:00Z", 2 * MS_PER_HOUR}, /* 4 */
        {"Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", MS_PER_DAY},
        {"Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z",
         MS_PER_HOUR}, /* 2 again */
        {"Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", MS_PER_HOUR},
        {"Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z", 2 * MS_PER_HOUR}, /* 4 */
        {"Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z", 6 * MS_PER_HOUR}, /* 6 */
        {"Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", MS_PER_DAY},
        {"America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-04T03:00:00Z", MS_PER_DAY}, /* 1 */
        {"America/Havana", "2026-11-01T04:30:00Z", "2026-11-01T17:00:00Z", 12 * MS_PER_HOUR},
        {"Australia/Lord_Howe", "2026-04-04T14:50:00Z", "2026-04-04T15:00:00Z", 1800000},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct zone *zone = NULL;
        epoch_ms at = 0, next = 0;
        char text[INSTANT_TEXT];
        assert_int_equal(zone_open(cases[c].zone, &zone, NULL), STATUS_OK);
        instant_parse(cases[c].at, strlen(cases[c].at), NULL, &at);
        instant_parse(cases[c].next, strlen(cases[c].next), NULL, &next);
        epoch_ms told = batch_lane_next(at, cases[c].every, zone);
        if (told != next)
            fail_msg("%s after %s: %s, not %s", cases[c].zone, cases[c].at,
                     instant_format(told, text), cases[c].next);
        zone_free(zone);
    }
}

/* Repeated ids in other slices than their first one, and counts of different ones (trap X5). */
static void ids_over_slices(void **state)
{
    (void)state;
    static const char bytes[] = "a1\nb1\na2\nb3\na1\na3\nb1\na2\nb2\n";
    struct batch_result result;
    struct definition *definition = make_definition("key", "count,distinct:ticket");
    for (uint64_t slice = 1; slice < sizeof bytes; slice++) {
        for (int workers = 1; workers <= 4; workers++) {
            definition->report_dedupes = definition->needs_dedupe = false;
            assert_int_equal(run(definition, bytes, slice, workers, 0, &result), STATUS_OK);
            assert_int_equal(tally_row(result.pipeline.tally, 0)->distinct[0], 3);
            assert_int_equal(tally_row(result.pipeline.tally, 1)->distinct[0], 3);
            assert_int_equal(tally_distinct_total(result.pipeline.tally, &definition->measures[1]),
                             3);
            batch_result_fini(&result);
            definition->report_dedupes = definition->needs_dedupe = true;
            assert_int_equal(run(definition, bytes, slice, workers, 0, &result), STATUS_OK);
            assert_int_equal(result.pipeline.outcomes.counted, 3);
            assert_int_equal(result.pipeline.outcomes.duplicate, 6);
            assert_int_equal(tally_row(result.pipeline.tally, 0)->count, 2);
            batch_result_fini(&result);
        }
    }
    definition_free(definition);
}

/* What one would count by hand, record by record. */
static void count_by_hand(const char *bytes, int day, uint64_t *counted, uint64_t *dropped,
                          uint64_t *conflicts)
{
    char first[128] = ""; /* content by id; 0: not seen */
    *counted = *dropped = *conflicts = 0;
    for (const char *at = bytes; *at; at = strchr(at, '\n') + 1) {
        char *known = &first[at[1] & 0x7F];
        if (day >= 0 && at[2] - '0' != day)
            continue;
        *conflicts += *known != 0 && *known != at[3];
        ++*(*known ? dropped : counted);
        *known = *known ? *known : at[3];
    }
}

/* A report's ids with repeats in other slices and on other days, with the same content and with
 * another: one worker and four give what counting by hand gives, of all days and of one (S-41,
 * S-110). */
static void a_reports_ids_are_those_of_its_range(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    uint64_t random = 41;
    definition->report_dedupes = definition->needs_dedupe = true;
    definition->on_conflict = CONFLICT_REJECT; /* which the report's takes the place of */
    for (int round = 0; round < 10; round++) {
        char bytes[40 * 5 + 1] = "";
        for (int r = 0; r < 40; r++)
            snprintf(bytes + (size_t)r * 5, 6, "%c%c%c%c\n", "ab"[random_below(&random, 2)],
                     (char)('A' + random_below(&random, 30)),
                     (char)('0' + random_below(&random, 3)), "pq"[random_below(&random, 8) == 0]);
        for (int day = -1; day < 3; day++) {
            epoch_ms from = day < 0 ? 0 : day * (epoch_ms)MS_PER_DAY;
            epoch_ms to = day < 0 ? 0 : from + MS_PER_DAY;
            uint64_t counted, dropped, conflicts;
            struct batch_result one, four;
            count_by_hand(bytes, day, &counted, &dropped, &conflicts);
            run_range(definition, bytes, sizeof bytes, 1, 0, from, to, &one);
            assert_int_equal(one.pipeline.outcomes.counted, counted);
            assert_int_equal(one.pipeline.outcomes.rejected, 0);
            assert_int_equal(pipeline_conflicts(&one.pipeline)->total, conflicts);
            if (day < 0)
                assert_int_equal(one.pipeline.outcomes.duplicate, dropped);
            else
                assert_true(one.pipeline.outcomes.duplicate >= dropped);
            for (uint64_t slice = 3; slice < 60; slice += 14) {
                run_range(definition, bytes, slice, 4, 0, from, to, &four);
                assert_int_equal(four.workers, 4);
                assert_same(&one, &four);
                assert_int_equal(pipeline_conflicts(&four.pipeline)->total, conflicts);
                batch_result_fini(&four);
            }
            batch_result_fini(&one);
        }
    }
    definition_free(definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_equal_sequential),
        cmocka_unit_test(ids_over_slices),
        cmocka_unit_test(a_reports_ids_are_those_of_its_range),
        cmocka_unit_test(beyond_the_cap_the_same_groups_are_other),
        cmocka_unit_test(a_failing_slice_fails_the_run),
        cmocka_unit_test(a_cancelled_run_says_so),
        cmocka_unit_test(schedules_stand_on_the_clock),
        cmocka_unit_test(schedules_where_the_clock_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
