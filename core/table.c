/* From tallies to rows that a screen can show. */
#include "core/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void table_maker_fini(struct table_maker *maker)
{
    free(maker->order);
    memset(maker, 0, sizeof *maker);
}

static void keep_order(struct table_maker *maker, const struct tally *all,
                       const struct symbols *symbols)
{
    if (maker->len == tally_len(all))
        return;
    maker->len = tally_len(all);
    maker->order = mem_resize(maker->order, maker->len * sizeof *maker->order);
    tally_display_order(all, symbols, maker->order);
}

static int64_t saturate(wide_int value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static void set_values(struct snapshot_row *out, const struct tally_row *row,
                       const struct definition *definition)
{
    out->count = row->count;
    for (int m = 0; m < definition->measures_len; m++) {
        wide_int value = 0;
        out->value[m].present = tally_measure(row, &definition->measures[m], &value);
        out->value[m].amount = saturate(value);
    }
}

/* Of several groups together: what does not add up is left out. */
static void set_sums(struct snapshot_row *out, const struct tally_row *row,
                     const struct definition *definition)
{
    set_values(out, row, definition);
    for (int m = 0; m < definition->measures_len; m++)
        if (definition->measures[m].kind == MEASURE_DISTINCT)
            out->value[m].present = false;
}

static void set_label(struct snapshot_row *out, const struct tally_row *row,
                      const struct definition *definition, const struct symbols *symbols)
{
    size_t used = 0;
    memcpy(out->key, row->key, sizeof out->key);
    for (int k = 0; k < definition->group_by_len && used < sizeof out->label; k++) {
        int wrote = snprintf(out->label + used, sizeof out->label - used, "%s%s",
                             k > 0 ? " / " : "", symbols_text(symbols, row->key[k]));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    if (definition->group_by_len == 0)
        snprintf(out->label, sizeof out->label, "all");
}

static void set_rate(struct snapshot_row *out, const struct pipeline *pipeline, size_t index)
{
    if (!pipeline->rate || pipeline->newest == INT64_MIN)
        return;
    out->per_minute = rate_per_minute(pipeline->rate, index, pipeline->newest);
    rate_spark(pipeline->rate, index, pipeline->newest, out->spark);
}

static void add_rate(struct snapshot_row *into, const struct snapshot_row *from)
{
    into->per_minute += from->per_minute;
    for (int m = 0; m < SNAPSHOT_SPARK; m++)
        into->spark[m] += from->spark[m];
}

/* The row of one group: counts of the day, open as of now. */
static struct tally_row day_row(const struct tally_row *all, const struct tally *counts)
{
    struct tally_row row = {.open = all->open};
    const struct tally_row *day = counts ? tally_find(counts, all->key) : NULL;
    if (day) {
        row = *day;
        row.open = all->open;
    }
    memcpy(row.key, all->key, sizeof row.key);
    return row;
}

void table_make(struct table_maker *maker, const struct pipeline *pipeline,
                const struct tally *counts, const struct symbols *symbols, int32_t day,
                struct snapshot_table *out)
{
    const struct definition *definition = pipeline->config.definition;
    const int values_len = definition->value_fields_len;
    struct tally_row total = {0}, others = {0};
    keep_order(maker, pipeline->tally, symbols);
    memset(out, 0, sizeof *out);
    out->day = day;
    out->groups = maker->len;
    out->groups_overflowed = tally_overflowed(pipeline->tally);
    out->any = pipeline->outcomes.counted > 0;
    for (size_t i = 0; i < maker->len; i++) {
        size_t index = maker->order[i];
        struct tally_row row = day_row(tally_row(pipeline->tally, index), counts);
        struct snapshot_row extra = {0};
        bool own_row = out->rows_len < SNAPSHOT_ROWS;
        struct snapshot_row *shown = own_row ? &out->rows[out->rows_len++] : &extra;
        set_rate(shown, pipeline, index);
        add_rate(&out->total, shown);
        tally_row_sum(&total, &row, values_len);
        if (own_row) {
            set_label(shown, &row, definition, symbols);
            set_values(shown, &row, definition);
        } else {
            out->has_others = true;
            add_rate(&out->others, shown);
            tally_row_sum(&others, &row, values_len);
        }
    }
    set_sums(&out->total, &total, definition);
    set_sums(&out->others, &others, definition);
    snprintf(out->total.label, sizeof out->total.label, "total");
    snprintf(out->others.label, sizeof out->others.label, "(others)");
}

static int by_count(const void *left, const void *right)
{
    const struct snapshot_reason *a = left, *b = right;
    return a->count > b->count ? -1 : a->count < b->count;
}

/* Keeps the most frequent: a full list gives up its least. */
static void note_reason(struct snapshot_reason out[SNAPSHOT_REASONS], int *len,
                        const struct snapshot_reason *reason)
{
    if (*len < SNAPSHOT_REASONS)
        out[(*len)++] = *reason;
    else if (reason->count > out[SNAPSHOT_REASONS - 1].count)
        out[SNAPSHOT_REASONS - 1] = *reason;
    qsort(out, (size_t)*len, sizeof *out, by_count);
}

int table_reasons(const struct outcomes *outcomes, const struct definition *definition,
                  struct snapshot_reason out[SNAPSHOT_REASONS])
{
    int len = 0;
    if (outcomes->rejected == 0)
        return 0;
    for (int r = 0; r < REJECT_COUNT; r++) {
        for (int f = 0; f <= definition->fields_len; f++) {
            if (outcomes->rejected_by[r][f] == 0)
                continue;
            char name[128];
            struct snapshot_reason reason = {.count = outcomes->rejected_by[r][f],
                                             .source = outcomes->example[r].source,
                                             .line = outcomes->example[r].line};
            outcomes_reason_name(definition, (enum reject_reason)r, f, name);
            snprintf(reason.name, sizeof reason.name, "%.*s", (int)sizeof reason.name - 1, name);
            note_reason(out, &len, &reason);
        }
    }
    return len;
}
