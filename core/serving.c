/* Two layers, one answer for each day. */
#include "core/serving.h"

#include <stdio.h>
#include <string.h>

int serving_sum(const struct definition *definition)
{
    for (int m = 0; m < definition->measures_len; m++)
        if (definition->measures[m].kind == MEASURE_SUM)
            return m;
    return -1;
}

static void keep_row(const struct snapshot_row *row, int sum, struct snapshot_day_row *out)
{
    memcpy(out->key, row->key, sizeof out->key);
    memcpy(out->label, row->label, sizeof out->label);
    out->count = row->count;
    out->sum = sum >= 0 && row->value[sum].present ? row->value[sum].amount : 0;
}

void serving_keep(const struct snapshot_table *table, int sum, struct snapshot_day *out)
{
    *out = (struct snapshot_day){.day = table->day};
    keep_row(&table->total, sum, &out->total);
    keep_row(&table->others, sum, &out->others);
    out->has_others = table->has_others;
    for (int r = 0; r < table->rows_len; r++) {
        if (r < SNAPSHOT_DAY_ROWS) {
            keep_row(&table->rows[r], sum, &out->rows[out->rows_len++]);
            continue;
        }
        struct snapshot_day_row more;
        keep_row(&table->rows[r], sum, &more);
        out->has_others = true;
        out->others.count += more.count;
        out->others.sum += more.sum;
    }
}

epoch_ms serving_seals_at(const struct definition *definition, int32_t day)
{
    epoch_ms end = instant_day_start(day + 1, definition->zone);
    int64_t lateness_ms = definition->watermark.lateness_ms;
    return lateness_ms > INT64_MAX - end ? INT64_MAX : end + lateness_ms;
}

/* --- the days that there are --- */

static const struct snapshot_day *live_day(const struct snapshot_live *live, int32_t day)
{
    for (int d = 0; live && d < live->days_len; d++)
        if (live->days[d].day == day)
            return &live->days[d];
    return NULL;
}

static const struct snapshot_seal *seal_of(const struct snapshot_batch *batch, int32_t day)
{
    for (int s = 0; batch && s < batch->seals_len; s++)
        if (batch->seals[s].answer.day == day)
            return &batch->seals[s];
    return NULL;
}

/* Into its place, newest first; the oldest falls off a full list. */
static void note_day(struct served *out, int32_t day)
{
    int at = 0;
    while (at < out->days_len && out->days[at].day > day)
        at++;
    if (at == SNAPSHOT_DAYS || (at < out->days_len && out->days[at].day == day))
        return;
    if (out->days_len < SNAPSHOT_DAYS)
        out->days_len++;
    memmove(&out->days[at + 1], &out->days[at],
            (size_t)(out->days_len - 1 - at) * sizeof *out->days);
    out->days[at] = (struct serving_day){.day = day};
}

static void note_groups(struct served *out, const struct snapshot_day *day)
{
    for (int r = 0; day && r < day->rows_len && out->groups_len < SERVING_GROUPS; r++) {
        memcpy(out->groups[out->groups_len].key, day->rows[r].key, sizeof day->rows[r].key);
        snprintf(out->groups[out->groups_len++].label, SNAPSHOT_LABEL, "%.*s", SNAPSHOT_LABEL - 1,
                 day->rows[r].label);
    }
}

/* --- one day --- */

static struct serving_cell cell_of(const struct snapshot_day_row *row, enum serving_layer layer)
{
    return (struct serving_cell){.layer = layer, .count = row->count, .sum = row->sum};
}

/* A group that a day has no row for has nothing there, unless rows were joined to (others). */
static struct serving_cell group_cell(const struct snapshot_day *answer, const symbol *key,
                                      enum serving_layer layer)
{
    for (int r = 0; r < answer->rows_len; r++)
        if (memcmp(answer->rows[r].key, key, sizeof answer->rows[r].key) == 0)
            return cell_of(&answer->rows[r], layer);
    return (struct serving_cell){.layer = answer->has_others ? SERVING_NONE : layer};
}

static void serve(struct served *out, struct serving_day *day, const struct snapshot_day *live,
                  const struct snapshot_seal *seal)
{
    const struct snapshot_day *answer = seal ? &seal->answer : live;
    day->layer = seal ? SERVING_BATCH : SERVING_LIVE;
    day->total = cell_of(&answer->total, day->layer);
    for (int g = 0; g < out->groups_len; g++)
        day->groups[g] = group_cell(answer, out->groups[g].key, day->layer);
    if (!seal)
        return;
    day->sealed = seal->sealed;
    day->by_operator = seal->by_operator;
    day->runs = seal->runs;
    day->compared = live != NULL;
    if (live)
        day->since = (int64_t)(live->total.count - seal->answer.total.count);
}

void serving_make(const struct definition *definition, const struct snapshot_live *live,
                  const struct snapshot_batch *batch, struct served *out)
{
    memset(out, 0, sizeof *out);
    for (int d = 0; live && d < live->days_len; d++)
        note_day(out, live->days[d].day);
    for (int s = 0; batch && s < batch->seals_len; s++)
        note_day(out, batch->seals[s].answer.day);
    if (out->days_len > 0) {
        const struct snapshot_seal *seal = seal_of(batch, out->days[0].day);
        const struct snapshot_day *newest = live_day(live, out->days[0].day);
        note_groups(out, newest ? newest : &seal->answer);
    }
    for (int d = 0; d < out->days_len; d++) {
        struct serving_day *day = &out->days[d];
        day->seals_at = serving_seals_at(definition, day->day);
        serve(out, day, live_day(live, day->day), seal_of(batch, day->day));
    }
}

/* --- which day is next --- */

int32_t serving_due(const struct served *served, epoch_ms watermark)
{
    for (int d = served->days_len - 1; d >= 0; d--)
        if (served->days[d].layer == SERVING_LIVE && watermark != INT64_MIN &&
            watermark >= served->days[d].seals_at)
            return served->days[d].day;
    return INT32_MIN;
}

int32_t serving_next(const struct served *served)
{
    for (int d = served->days_len - 1; d >= 0; d--)
        if (served->days[d].layer == SERVING_BATCH && served->days[d].since > 0)
            return served->days[d].day;
    for (int d = served->days_len - 1; d >= 0; d--)
        if (served->days[d].layer == SERVING_LIVE)
            return served->days[d].day;
    return INT32_MIN;
}

const struct serving_day *serving_day(const struct served *served, int32_t day)
{
    for (int d = 0; d < served->days_len; d++)
        if (served->days[d].day == day)
            return &served->days[d];
    return NULL;
}

void serving_seal(struct snapshot_batch *batch, const struct snapshot_seal *seal)
{
    int at = 0;
    while (at < batch->seals_len && batch->seals[at].answer.day < seal->answer.day)
        at++;
    if (at < batch->seals_len && batch->seals[at].answer.day == seal->answer.day) {
        uint32_t runs = batch->seals[at].runs;
        batch->seals[at] = *seal;
        batch->seals[at].runs = runs + 1;
        return;
    }
    if (batch->seals_len == SNAPSHOT_DAYS) {
        if (at == 0)
            return;
        memmove(&batch->seals[0], &batch->seals[1], (SNAPSHOT_DAYS - 1) * sizeof batch->seals[0]);
        batch->seals_len--;
        at--;
    }
    memmove(&batch->seals[at + 1], &batch->seals[at],
            (size_t)(batch->seals_len - at) * sizeof batch->seals[0]);
    batch->seals[at] = *seal;
    batch->seals[at].runs = 1;
    batch->seals_len++;
}
