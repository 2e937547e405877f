/*
 * Guards: the batch lane counts the whole of a day that a change of the clock made longer (S-11),
 * no event of its neighbours, and its next deadline stands on the clock of the zone.
 */
#include "tests/unit/support.h"

#include "core/batch_lane.h"
#include "core/definition_json.h"
#include "feeds/tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATIENCE_S = 60, MINUTES = 25 * 60 };
static const epoch_ms midnight = 1540677600000; /* 2018-10-28T00:00 in Berlin */

/* One ticket a minute of the day, and of an hour before and behind. */
static void write_tickets(const char *path)
{
    FILE *file = fopen(path, "w");
    char time[INSTANT_TEXT];
    fputs("ticket_id,customer_id,priority,submitted_at,status\n", file);
    for (int i = -60; i < MINUTES + 60; i++)
        fprintf(file, "T%d,C1,High,%s,open\n", i + 60,
                instant_format(midnight + i * (epoch_ms)MS_PER_MINUTE, time));
    fclose(file);
}

static int32_t that_day(const void *zone)
{
    return instant_day(midnight, zone);
}

static int32_t no_day(const void *zone)
{
    (void)zone;
    return INT32_MIN;
}

static const struct snapshot_batch *first_run(struct batch_lane *lane, const struct clock *clock,
                                              struct wake *changed)
{
    mono_ns end = clock_mono(clock) + (mono_ns)PATIENCE_S * 1000000000;
    const struct snapshot_batch *batch = NULL;
    while (clock_mono(clock) < end) {
        wake_clear(changed);
        batch = batch_lane_newest(lane);
        if (batch && batch->runs_total == 1)
            return batch;
        wake_wait(changed, clock_mono(clock) + 50 * 1000000);
    }
    fail_msg("no run: %s", batch ? batch->message : "nothing published");
    return NULL;
}

/* What the first run counts; returns the day it stands for. */
static int32_t count_first(int32_t (*day)(const void *zone), uint64_t count)
{
    char path[] = "/tmp/tailrace-test-XXXXXX";
    const char *paths = path;
    struct error error = {.text = ""};
    struct wake changed;
    close(mkstemp(path));
    write_tickets(path);
    struct definition *definition = definition_builtin("tickets");
    if (zone_open("Europe/Berlin", &definition->zone, &error) != STATUS_OK ||
        definition_compile(definition, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    struct symbols *symbols = symbols_new(SYMBOLS_CAP_DEFAULT);
    struct clock *clock = clock_new_real();
    struct tail_config tail = {.definition = definition,
                               .symbols = symbols,
                               .hash_key = hash_key_random(),
                               .fd = -1,
                               .paths = &paths,
                               .paths_len = 1};
    struct feed *feed = tail_open(&tail, &error);
    if (!feed)
        fail_msg("%s", error.text);
    wake_init(&changed);
    struct batch_lane_config config = {.definition = definition,
                                       .symbols = symbols,
                                       .clock = clock,
                                       .feed = feed,
                                       .workers = 2,
                                       .every_ms = MS_PER_DAY,
                                       .day = day,
                                       .day_context = definition->zone,
                                       .changed = &changed};
    struct batch_lane *lane = batch_lane_new(&config);
    assert_int_equal(batch_lane_start(lane, &error), STATUS_OK);
    batch_lane_run_now(lane);
    const struct snapshot_batch *batch = first_run(lane, clock, &changed);
    assert_int_equal(batch->table.total.count, count);
    assert_int_equal(instant_clock_ms(batch->next_run, definition->zone), 0);
    int32_t counted = batch->table.day;
    batch_lane_free(lane);
    feed->ops->free(feed);
    wake_fini(&changed);
    clock_free(clock);
    symbols_free(symbols);
    definition_free(definition);
    unlink(path);
    return counted;
}

static void a_day_of_25_h(void **state)
{
    (void)state;
    count_first(that_day, MINUTES);
}

/* Live has counted nothing yet: the run is of the clock's day, not of all days in one. */
static void no_day_yet(void **state)
{
    (void)state;
    assert_true(count_first(no_day, 0) > that_day(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_day_of_25_h),
                                       cmocka_unit_test(no_day_yet)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
