/*
 * Guards: each record has one outcome and they close (S-02, S-03); a range of days counts what is
 * in it, and what is open when it ends also from before it; the newest days are kept apart whatever
 * order events come in; rates per minute follow event time; the clock's readings keep their pace.
 * Rules see what counts and no filtered event; live fills the board with texts; slices merged
 * settle to the same figures. A report's ids count once in its range.
 */
#include "tests/unit/support.h"

#include "core/clock.h"
#include "core/pipeline.h"

#include <stdio.h>
#include <stdlib.h>

enum { DAY = 20000 };
#define DAY_START ((epoch_ms)DAY * MS_PER_DAY)

static struct event_block *block_of(const struct event *events, uint32_t len)
{
    struct event_block *block = mem_zero(1, sizeof *block);
    block->len = len;
    for (uint32_t i = 0; i < len; i++) {
        block->events[i] = events[i];
        block->events[i].start = i;
        block->events[i].length = 1;
    }
    block->end = len;
    return block;
}

static void apply(struct pipeline *pipeline, const struct event *events, uint32_t len)
{
    struct event_block *block = block_of(events, len);
    pipeline_apply(pipeline, block);
    free(block);
}

static void every_record_has_one_outcome(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct pipeline pipeline;
    pipeline_init(&pipeline, &(struct pipeline_config){.definition = definition});
    const struct event events[] = {
        {.time = DAY_START, .key = {5}},
        {.time = DAY_START, .key = {5}, .filtered = 1},
        {.reason = REJECT_BAD_TIMESTAMP, .line = 7},
        {.reason = REJECT_MISSING_FIELD, .field = 1, .line = 8},
        {.reason = REJECT_BAD_TIMESTAMP, .line = 9},
        {.time = DAY_START, .key = {6}, .filtered = 2, .reason = REJECT_PARSE, .line = 10},
    };
    apply(&pipeline, events, 6);
    const struct outcomes *o = &pipeline.outcomes;
    assert_int_equal(o->read, 6);
    assert_int_equal(o->counted, 1);
    assert_int_equal(o->filtered, 1);
    assert_int_equal(o->rejected, 4);
    assert_true(outcomes_close(o));
    assert_int_equal(o->rejected_by[REJECT_BAD_TIMESTAMP][0], 2);
    assert_int_equal(o->rejected_by[REJECT_MISSING_FIELD][2], 1);
    assert_int_equal(o->example[REJECT_BAD_TIMESTAMP].line, 7);
    char name[128];
    assert_string_equal(outcomes_reason_name(definition, REJECT_MISSING_FIELD, 2, name),
                        "missing_field:key");
    pipeline_fini(&pipeline);
    definition_free(definition);
}

/* First by position wins in the range, before any filter (S-04, S-41, S-110), and no conflict is
 * rejected; outside the range one record read twice is one, and takes nothing from the range. */
static void a_reports_ids_are_of_its_range(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct pipeline pipeline;
    definition->report_dedupes = definition->needs_dedupe = true;
    definition->on_conflict = CONFLICT_REJECT;
    pipeline_init(&pipeline,
                  &(struct pipeline_config){.definition = definition, .from = 100, .to = 200});
    const struct event events[] = {
        {.time = 99, .id = {7, 7}, .content = 1},
        {.time = 99, .id = {7, 7}, .content = 2},                 /* another of yesterday */
        {.time = 99, .id = {7, 7}, .content = 1},                 /* a duplicate of the first */
        {.time = 100, .id = {7, 7}, .content = 1, .filtered = 1}, /* the first 7, filtered */
        {.time = 101, .id = {7, 7}, .content = 3},           /* the second: conflict, dropped */
        {.time = 150, .id = {8, 7}},                         /* counts */
        {.time = 199, .id = {8, 7}, .reason = REJECT_PARSE}, /* malformed: no duplicate */
        {.time = 199, .id = {8, 7}, .filtered = 1},          /* a duplicate before a filtered one */
        {.time = 199},                                       /* without an id, twice */
        {.time = 199},
        {.time = 200, .id = {8, 7}}, /* tomorrow's */
    };
    apply(&pipeline, events, sizeof events / sizeof *events);
    assert_int_equal(pipeline.outcomes.counted, 3);
    assert_int_equal(pipeline.outcomes.duplicate, 3);
    assert_int_equal(pipeline.outcomes.filtered, 4);
    assert_int_equal(pipeline.outcomes.rejected, 1);
    assert_int_equal(dedupe_counters(pipeline.dedupe).conflicts, 1);
    assert_true(outcomes_close(&pipeline.outcomes));
    pipeline_fini(&pipeline);
    definition_free(definition);
}

static struct event ticket(epoch_ms time, uint64_t id, enum lifecycle_step step)
{
    return (struct event){.time = time, .ticket = {id, 1}, .lifecycle = (uint8_t)step, .key = {9}};
}

static void a_range_counts_its_days_and_what_was_open_before(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "open,count");
    struct pipeline pipeline;
    pipeline_init(&pipeline, &(struct pipeline_config){.definition = definition,
                                                       .from = DAY_START,
                                                       .to = DAY_START + MS_PER_DAY});
    const struct event events[] = {
        ticket(DAY_START - 1, 1, LIFECYCLE_OPENED),              /* before, stays open */
        ticket(DAY_START - 2, 2, LIFECYCLE_OPENED),              /* before, closed in the range */
        ticket(DAY_START, 2, LIFECYCLE_CLOSED),                  /* the first moment is in */
        ticket(DAY_START + MS_PER_DAY - 1, 3, LIFECYCLE_OPENED), /* the last one too */
        ticket(DAY_START + MS_PER_DAY, 3, LIFECYCLE_CLOSED),     /* the next day is not */
    };
    apply(&pipeline, events, 5);
    assert_int_equal(pipeline.outcomes.counted, 2);
    assert_int_equal(pipeline.outcomes.filtered, 3);
    assert_true(outcomes_close(&pipeline.outcomes));
    assert_int_equal(tally_row(pipeline.tally, 0)->count, 2);
    assert_int_equal(tally_row(pipeline.tally, 0)->open, 2);
    pipeline_fini(&pipeline);
    definition_free(definition);
}

static void days_are_kept_apart_in_any_order(void **state)
{
    (void)state;
    struct definition *definition = make_definition("key", "count");
    struct pipeline pipeline;
    pipeline_init(&pipeline, &(struct pipeline_config){
                                 .definition = definition, .by_day = true, .rates = true});
    /* 12 days come shuffled, day d with d events; the 8 newest are kept whole only if none of their
     * events comes after they were given up, so older days come in between, never newer ones late
     */
    static const int order[] = {3, 1, 2, 5, 4, 6, 8, 7, 9, 10, 12, 11};
    for (int i = 0; i < 12; i++)
        for (int n = 0; n < order[i]; n++) {
            struct event event = {.time = DAY_START + (epoch_ms)order[i] * MS_PER_DAY + n,
                                  .key = {4}};
            apply(&pipeline, &event, 1);
        }
    assert_int_equal(pipeline.newest_day, DAY + 12);
    assert_int_equal(tally_row(pipeline.tally, 0)->count, 78);
    for (int d = 5; d <= 12; d++) {
        const struct tally *day = pipeline_day(&pipeline, DAY + d);
        assert_non_null(day);
        assert_int_equal(tally_row(day, 0)->count, d);
    }
    /* what made room is finished, and takes what still comes */
    assert_int_equal(tally_row(past_days_find(pipeline.past, DAY + 4), 0)->count, 4);
    struct event late = {.time = DAY_START, .key = {4}};
    apply(&pipeline, &late, 1);
    assert_int_equal(tally_row(pipeline_day(&pipeline, DAY), 0)->count, 1);
    assert_null(pipeline_day(&pipeline, DAY + 13));
    assert_int_equal(tally_row(pipeline.tally, 0)->count, 79);
    pipeline_fini(&pipeline);
    definition_free(definition);
}

static void rates_follow_event_time(void **state)
{
    (void)state;
    struct rate *rate = rate_new();
    /* one event a second for ten minutes: 60 a minute, whenever it is looked at */
    for (int s = 0; s < 600; s++)
        rate_add(rate, 2, DAY_START + s * MS_PER_SECOND);
    epoch_ms newest = DAY_START + 599 * MS_PER_SECOND;
    assert_int_equal(rate_per_minute(rate, 2, newest), 60);
    uint32_t spark[SNAPSHOT_SPARK];
    rate_spark(rate, 2, newest, spark);
    for (int m = 0; m < SNAPSHOT_SPARK; m++)
        assert_int_equal(spark[m], m < SNAPSHOT_SPARK - 10 ? 0 : 60);
    assert_int_equal(rate_per_minute(rate, 0, newest), 0);
    /* late within the half hour finds its minute; older than that is no recent event */
    rate_add(rate, 2, DAY_START - 5 * MS_PER_MINUTE);
    rate_add(rate, 2, DAY_START - 5 * MS_PER_HOUR);
    rate_spark(rate, 2, newest, spark);
    assert_int_equal(spark[SNAPSHOT_SPARK - 1 - 14], 1);
    /* an hour later all of it has passed */
    assert_int_equal(rate_per_minute(rate, 2, newest + MS_PER_HOUR), 0);
    rate_add(rate, 2, newest + MS_PER_HOUR);
    assert_int_equal(rate_per_minute(rate, 2, newest + MS_PER_HOUR), 1);
    rate_free(rate);
}

static void clocks_keep_their_pace(void **state)
{
    (void)state;
    struct clock *stopped = clock_new_stopped(DAY_START);
    mono_ns before = clock_mono(stopped);
    clock_step(stopped, 1500);
    assert_int_equal(clock_now(stopped), DAY_START + 1500);
    assert_int_equal(clock_mono(stopped) - before, 1500 * (int64_t)1000000);
    clock_free(stopped);

    struct clock *fast = clock_new_compressed(DAY_START, 3600);
    mono_ns mono = clock_mono(fast);
    epoch_ms now = clock_now(fast);
    /* when a reading will come, and the reading then, agree at any pace */
    assert_in_range(clock_mono_at(fast, now + MS_PER_HOUR) - mono, 900 * (int64_t)1000000,
                    1100 * (int64_t)1000000);
    clock_set_speed(fast, 1);
    now = clock_now(fast);
    mono = clock_mono(fast);
    assert_in_range(clock_mono_at(fast, now + 1000) - mono, 900 * (int64_t)1000000,
                    1100 * (int64_t)1000000);
    assert_true(clock_now(fast) >= now); /* a change of pace never steps back */
    clock_free(fast);
}

static struct definition *with_velocity(void)
{
    struct error error;
    struct rule *rule;
    struct definition *definition = make_definition("key", "count");
    assert_int_equal(definition_add_rule(definition, "velocity", &rule, &error), STATUS_OK);
    rule->kind = RULE_VELOCITY;
    rule->per = 1;
    rule->more_than = 2;
    rule->within_ms = MS_PER_MINUTE;
    assert_int_equal(definition_compile(definition, &error), STATUS_OK);
    return definition;
}

static struct event of_subject(epoch_ms time)
{
    return (struct event){.time = DAY_START + time, .key = {4}, .subject = {77}, .rules = 1};
}

static void rules_fill_the_board_live(void **state)
{
    (void)state;
    struct definition *definition = with_velocity();
    struct symbols *symbols = symbols_new(8);
    struct pipeline pipeline;
    pipeline_init(&pipeline, &(struct pipeline_config){
                                 .definition = definition, .symbols = symbols, .live = true});
    const struct event events[] = {of_subject(0), of_subject(1), of_subject(2), of_subject(3)};
    struct event_block *block = block_of(events, 4);
    block->read_at = DAY_START + MS_PER_DAY;
    block->events[1].filtered = 1;
    snprintf(block->texts[3].subject, sizeof block->texts[3].subject, "2807");
    pipeline_apply(&pipeline, block);
    assert_int_equal(rules_raised(pipeline.rules, 0), 1);
    assert_int_equal(pipeline.alerts->episodes[0].count, 1);
    assert_string_equal(pipeline.alerts->episodes[0].newest.text.subject, "2807");
    assert_int_equal(pipeline_alerts_missed(&pipeline), 0);
    free(block);
    pipeline_fini(&pipeline);
    symbols_free(symbols);
    definition_free(definition);
}

/* The third of a minute is only seen when both slices are; a slice that was cleared is forgotten.
 */
static void rules_of_slices_settle_at_the_end(void **state)
{
    (void)state;
    struct definition *definition = with_velocity();
    struct pipeline whole, slice;
    pipeline_init(&whole, &(struct pipeline_config){.definition = definition});
    pipeline_init(&slice,
                  &(struct pipeline_config){.definition = definition, .defer_lifecycle = true});
    const struct event events[] = {of_subject(0), of_subject(1), of_subject(2), of_subject(3)};
    apply(&slice, events, 4);
    pipeline_clear(&slice);
    apply(&slice, events + 2, 2);
    pipeline_merge(&whole, &slice, 0, NULL);
    pipeline_clear(&slice);
    apply(&slice, events, 2);
    pipeline_merge(&whole, &slice, 0, NULL);
    assert_int_equal(rules_raised(whole.rules, 0), 0);
    pipeline_end(&whole);
    pipeline_end(&whole);
    assert_int_equal(rules_raised(whole.rules, 0), 2);
    assert_null(whole.alerts);
    pipeline_fini(&slice);
    pipeline_fini(&whole);
    definition_free(definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_has_one_outcome),
        cmocka_unit_test(a_reports_ids_are_of_its_range),
        cmocka_unit_test(a_range_counts_its_days_and_what_was_open_before),
        cmocka_unit_test(days_are_kept_apart_in_any_order),
        cmocka_unit_test(rates_follow_event_time),
        cmocka_unit_test(clocks_keep_their_pace),
        cmocka_unit_test(rules_fill_the_board_live),
        cmocka_unit_test(rules_of_slices_settle_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
