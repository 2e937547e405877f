/*
 * Snapshots written by hand: a help desk at 08:42:17 of its first day, twelve thousand events in,
 * batch every hour. What the screen tests draw, and what the picture in README is drawn from.
 */
#ifndef TAILRACE_TESTS_SCREENS_FIXTURE_H
#define TAILRACE_TESTS_SCREENS_FIXTURE_H

#include "core/definition_json.h"
#include "tui/view.h"

#include <stdio.h>
#include <string.h>

#define DAY 20458 /* 2026-01-05 */
#define CLOCK                                                                                      \
    ((epoch_ms)DAY * MS_PER_DAY + 8 * MS_PER_HOUR + 42 * MS_PER_MINUTE + 17 * MS_PER_SECOND)
#define MONO ((mono_ns)1000000000000)

struct fixture {
    struct definition *definition;
    struct app app;
    struct snapshot_live live;
    struct snapshot_batch batch;
    struct differences differences[MEASURES_MAX];
    struct frame frame;
};

static const uint32_t fixture_spark[3][SNAPSHOT_SPARK] = {
    {4,  5,  7,  6,  9,  11, 14, 13, 17, 19, 23, 22, 26, 28, 25,
     24, 20, 21, 17, 16, 13, 14, 11, 12, 15, 18, 22, 27, 30, 31},
    {9,  8,  10, 12, 11, 13, 14, 16, 15, 17, 18, 20, 22, 21, 24,
     25, 27, 26, 24, 22, 21, 19, 17, 18, 20, 22, 24, 25, 28, 29},
    {3,  2, 4, 5, 4, 6, 7,  6,  8,  9,  10, 9,  11, 12, 11,
     10, 9, 8, 7, 8, 9, 10, 11, 12, 13, 12, 14, 13, 15, 15},
};

static void fixture_row(struct snapshot_row *row, symbol key, const char *label, int64_t open,
                        uint64_t count, uint32_t per_minute, const uint32_t *spark)
{
    memset(row, 0, sizeof *row);
    row->key[0] = key;
    snprintf(row->label, sizeof row->label, "%s", label);
    row->count = count;
    row->value[0] = (struct snapshot_value){open, true};
    row->value[1] = (struct snapshot_value){(int64_t)count, true};
    row->per_minute = per_minute;
    if (spark)
        memcpy(row->spark, spark, sizeof row->spark);
}

static void fixture_live(struct snapshot_live *live)
{
    struct snapshot_table *table = &live->table;
    fixture_row(&table->rows[0], 3, "High", 118, 4812, 31, fixture_spark[0]);
    fixture_row(&table->rows[1], 4, "Medium", 240, 4790, 29, fixture_spark[1]);
    fixture_row(&table->rows[2], 5, "Low", 77, 2401, 15, fixture_spark[2]);
    fixture_row(&table->total, 0, "", 435, 12003, 75, NULL);
    table->rows_len = 3;
    table->groups = 3;
    table->day = DAY;
    table->any = true;
    live->outcomes.read = live->outcomes.counted = 12003;
    live->feed.state = FEED_READING;
    live->feed.bytes_read = 812000;
    live->marks[0] = (struct snapshot_mark){MONO - 5000000, 12003};
    live->marks_len = 1;
    live->published = MONO;
    live->last_event = MONO;
    live->rate = 412;
    live->newest = CLOCK;
    live->watermark = CLOCK - MS_PER_MINUTE;
    live->cost = (struct snapshot_cost){62000000, 12003, 812000};
}

static void fixture_alert(struct snapshot_live *live, int rule, epoch_ms ago, const char *label,
                          const char *subject)
{
    struct snapshot_alert *alert = &live->alerts[live->alerts_len++];
    *alert = (struct snapshot_alert){
        .rule = (uint8_t)rule, .count = 1, .first = CLOCK - ago, .last = CLOCK - ago};
    snprintf(alert->text.label, sizeof alert->text.label, "%s", label);
    snprintf(alert->text.subject, sizeof alert->text.subject, "%s", subject);
}

/* Of the help desk: high-priority tickets, one of them late, and breaches, one taken back. */
static inline void fixture_alerts(struct snapshot_live *live)
{
    live->alerts_len = 0;
    fixture_alert(live, 0, 22000, "84312", "221");
    fixture_alert(live, 0, 25000, "84307", "87");
    fixture_alert(live, 1, 187000, "83990", "1204");
    fixture_alert(live, 0, 312000, "84256", "7");
    live->alerts[3].count = 3;
    live->alerts[3].first -= 95000;
    fixture_alert(live, 0, 400000, "84249", "3511");
    live->alerts[4].late = true;
    fixture_alert(live, 1, 520000, "83871", "");
    live->alerts[5].retracted = true;
    live->alerts_total[0] = 4812;
    live->alerts_total[1] = 12;
}

/* An hourly run at each full hour from 03:00 on, 4 ms of work each. */
static void fixture_batch(struct snapshot_batch *batch)
{
    struct snapshot_table *table = &batch->table;
    fixture_row(&table->rows[0], 3, "High", 104, 4390, 0, NULL);
    fixture_row(&table->rows[1], 4, "Medium", 221, 4371, 0, NULL);
    fixture_row(&table->rows[2], 5, "Low", 70, 2190, 0, NULL);
    fixture_row(&table->total, 0, "", 395, 10951, 0, NULL);
    table->rows_len = 3;
    table->groups = 3;
    table->day = DAY;
    table->any = true;
    for (int hour = 3; hour <= 8; hour++) {
        epoch_ms mark = (epoch_ms)DAY * MS_PER_DAY + hour * (epoch_ms)MS_PER_HOUR;
        batch->runs[batch->runs_len++] = (struct snapshot_run){.mark = mark,
                                                               .published = mark + 1440,
                                                               .took_ns = 4000000,
                                                               .rows = (uint64_t)hour * 1369};
    }
    batch->runs[batch->runs_len - 1].rows = 10951;
    batch->runs_total = 6;
    batch->next_run = (epoch_ms)DAY * MS_PER_DAY + 9 * (epoch_ms)MS_PER_HOUR;
    batch->cost = (struct snapshot_cost){30000000, 41230, 2800000};
}

/* What the glass has measured: latencies around 2 ms, and two tickets. */
static void fixture_measured(struct app *app)
{
    for (int i = 0; i < 1000; i++)
        histogram_add(&app->latency, 1500000 + i * 1000 + (i > 985 ? 3500000 : 0));
    app->latest_ns = 3000000;
    app->read = app->shown_read = 12003;
    app->caught_up = true;
    app->tracers[0] = (struct app_tracer){.number = 1,
                                          .own = true,
                                          .label = "#9987 Medium",
                                          .live_ns = 2900000,
                                          .batch_ns = 9870000000,
                                          .batch_ms = 9870 * 360};
    app->tracers[1] = (struct app_tracer){.number = 2,
                                          .own = true,
                                          .label = "#10421 High",
                                          .since = MONO - 2000000000,
                                          .since_clock = CLOCK - 720000,
                                          .live_ns = 3100000,
                                          .batch_ns = -1};
    app->tracers_len = 2;
}

static void fixture_open_with(struct fixture *fixture, const char *builtin, bool simulated)
{
    struct error error = {.text = ""};
    memset(fixture, 0, sizeof *fixture);
    fixture->definition = definition_builtin(builtin);
    if (definition_compile(fixture->definition, &error) != STATUS_OK)
        fatal("fixture: %s", error.text);
    const struct app_config config = {.definition = fixture->definition,
                                      .feed_name = simulated ? "simulator" : "tickets.csv",
                                      .simulated = simulated,
                                      .speed = simulated ? 360 : 1,
                                      .every_ms = MS_PER_HOUR,
                                      .start = CLOCK - 8 * (epoch_ms)MS_PER_HOUR};
    app_init(&fixture->app, &config);
    fixture_live(&fixture->live);
    fixture_batch(&fixture->batch);
    fixture->frame = (struct frame){.app = &fixture->app,
                                    .live = &fixture->live,
                                    .batch = &fixture->batch,
                                    .differences = fixture->differences,
                                    .clock = CLOCK,
                                    .mono = MONO,
                                    .now = MONO};
}

static inline void fixture_open(struct fixture *fixture)
{
    fixture_open_with(fixture, "tickets", true);
    fixture_measured(&fixture->app);
    fixture_alerts(&fixture->live);
}

static void fixture_close(struct fixture *fixture)
{
    definition_free(fixture->definition);
}

#endif
