/*
 * More of the help desk at 08:42:17, by hand: its windows of five minutes with their corrections,
 * and the difference of its two answers.
 */
#ifndef TAILRACE_TESTS_SCREENS_LATE_FIXTURE_H
#define TAILRACE_TESTS_SCREENS_LATE_FIXTURE_H

#include "tests/screens/fixture.h"

#define WINDOW ((epoch_ms)5 * MS_PER_MINUTE)

static void fixture_correction(struct snapshot_windows *windows, epoch_ms start, const char *label,
                               uint64_t before, uint64_t after, uint32_t revision, epoch_ms at)
{
    struct snapshot_correction *entry = &windows->corrections[windows->corrections_len++];
    *entry = (struct snapshot_correction){.start = start,
                                          .end = start + WINDOW,
                                          .before = before,
                                          .after = after,
                                          .revision = revision,
                                          .watermark = at - MS_PER_MINUTE,
                                          .at = at};
    snprintf(entry->label, sizeof entry->label, "%s", label);
}

static void fixture_too_late(struct snapshot_windows *windows, epoch_ms start, const char *label,
                             uint64_t count)
{
    struct snapshot_late *late = &windows->late[windows->late_len++];
    *late = (struct snapshot_late){.start = start, .end = start + WINDOW, .count = count};
    snprintf(late->label, sizeof late->label, "%s", label);
}

/* Twenty windows up to 08:45; the watermark stands at 08:41:17. */
static inline void fixture_windows(struct snapshot_live *live)
{
    enum { WINDOWS = 20 };
    static const uint16_t counts[WINDOWS] = {140, 152, 171, 168, 183, 201, 214, 226, 240, 262,
                                             281, 274, 290, 312, 333, 341, 352, 360, 374, 166};
    struct snapshot_windows *windows = &live->windows;
    epoch_ms end = (epoch_ms)DAY * MS_PER_DAY + 8 * (epoch_ms)MS_PER_HOUR + 45 * MS_PER_MINUTE;
    epoch_ms first = end - WINDOWS * WINDOW;
    windows->kind = WINDOW_TUMBLING;
    windows->size_ms = windows->slide_ms = WINDOW;
    windows->windows_len = WINDOWS;
    for (int i = 0; i < WINDOWS; i++) {
        epoch_ms start = first + i * WINDOW;
        windows->windows[i] = (struct snapshot_window){
            .start = start,
            .end = start + WINDOW,
            .count = counts[i],
            .state = live->watermark < start + WINDOW                       ? WINDOW_PROVISIONAL
                     : live->watermark < start + WINDOW + 9 * MS_PER_MINUTE ? WINDOW_SETTLING
                                                                            : WINDOW_FINAL};
    }
    windows->windows[14].corrections = 1;
    windows->windows[14].late = 2;
    windows->windows[17].corrections = 3;
    windows->windows[18].corrections = 1;
    windows->windows[12].late = 12;
    fixture_correction(windows, first + 18 * WINDOW, "High", 150, 151, 1, CLOCK - 21000);
    fixture_correction(windows, first + 17 * WINDOW, "Medium", 140, 142, 3, CLOCK - 40000);
    fixture_correction(windows, first + 17 * WINDOW, "High", 131, 132, 2, CLOCK - 95000);
    fixture_correction(windows, first + 17 * WINDOW, "Low", 0, 1, 1, CLOCK - 125000);
    fixture_correction(windows, first + 14 * WINDOW, "High", 120, 121, 1, CLOCK - 1125000);
    fixture_too_late(windows, first + 14 * WINDOW, "High", 2);
    fixture_too_late(windows, first + 12 * WINDOW, "Medium", 12);
    windows->counters.revisions = 5;
    windows->counters.late = 14;
}

static void fixture_difference(struct difference *row, const struct snapshot_row *live,
                               const struct snapshot_row *batch, wide_int future, wide_int escaped,
                               wide_int late)
{
    *row = (struct difference){.live = (wide_int)live->count,
                               .batch = (wide_int)batch->count,
                               .future = future,
                               .escaped = escaped,
                               .late = late};
    memcpy(row->key, live->key, sizeof row->key);
    memcpy(row->label, live->label, sizeof row->label);
    row->at_mark = row->batch - future + escaped;
    row->behind = row->live - row->at_mark;
}

/* The count: three of the future, one duplicate that escaped, some late; all of it has a name. */
static inline void fixture_differences(struct fixture *fixture)
{
    int count = app_measure(&fixture->app);
    struct differences *out = &fixture->differences[count];
    const struct snapshot_table *live = &fixture->live.table, *batch = &fixture->batch.table;
    *out = (struct differences){.state = RECONCILE_EXACT,
                                .day = live->day,
                                .mark = fixture->batch.runs[fixture->batch.runs_len - 1].mark,
                                .rows_len = live->rows_len};
    for (int r = 0; r < live->rows_len; r++)
        fixture_difference(&out->rows[r], &live->rows[r], &batch->rows[r], r == 0 ? 3 : 0, r == 1,
                           r == 1 ? 12 : 2 * (r == 0));
    fixture_difference(&out->total, &live->total, &batch->total, 3, 1, 14);
    fixture->live.outcomes.late = 14;
    fixture->live.outcomes.future = 3;
}

static inline void fixture_open_late(struct fixture *fixture)
{
    fixture_open(fixture);
    fixture_windows(&fixture->live);
    fixture_differences(fixture);
}

#endif
