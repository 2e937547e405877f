/* From tallies to rows that a screen can show. */
#include "core/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A group, by its place in both tallies; NONE where it has none. A group of the day may be missing
 * from the tally of all days: there it came too late and went to (other), S-15. */
#define NONE SIZE_MAX

struct table_entry {
    size_t counts, all;
};

void table_maker_fini(struct table_maker *maker)
{
    free(maker->entries);
    memset(maker, 0, sizeof *maker);
}

struct order {
    const struct tally *counts, *all;
    const struct symbols *symbols;
};

static const symbol *key_of(const struct order *order, const struct table_entry *entry)
{
    return entry->all != NONE ? tally_row(order->all, entry->all)->key
                              : tally_row(order->counts, entry->counts)->key;
}

static int compare_entries(const void *left, const void *right, void *context)
{
    const struct order *order = context;
    return tally_compare_keys(order->all, order->symbols, key_of(order, left),
                              key_of(order, right));
}

/* Every group of the day, then those that only other days have. */
static void collect(struct table_maker *maker, const struct order *order)
{
    size_t most = tally_len(order->all) + tally_len(order->counts);
    maker->entries = mem_resize(maker->entries, most * sizeof *maker->entries);
    maker->len = 0;
    for (size_t c = 0; c < tally_len(order->counts); c++)
        maker->entries[maker->len++] =
            (struct table_entry){c, tally_index(order->all, tally_row(order->counts, c)->key)};
    for (size_t a = 0; a < tally_len(order->all) && order->counts != order->all; a++)
        if (tally_index(order->counts, tally_row(order->all, a)->key) == SIZE_MAX)
            maker->entries[maker->len++] = (struct table_entry){NONE, a};
}

static void keep_order(struct table_maker *maker, const struct tally *all,
                       const struct tally *counts, const struct symbols *symbols, int32_t day)
{
    if (maker->counts == counts && maker->day == day && maker->counts_len == tally_len(counts) &&
        maker->all_len == tally_len(all))
        return;
    struct order order = {counts, all, symbols};
    maker->counts = counts;
    maker->day = day;
    maker->counts_len = tally_len(counts);
    maker->all_len = tally_len(all);
    collect(maker, &order);
    qsort_r(maker->entries, maker->len, sizeof *maker->entries, compare_entries, &order);
}

/* What is open is as of now, which says nothing of a day that is finished. */
static void hide_open(struct snapshot_table *out, const struct definition *definition)
{
    struct snapshot_row *const sums[] = {&out->others, &out->total};
    for (int m = 0; m < definition->measures_len; m++) {
        if (definition->measures[m].kind != MEASURE_OPEN)
            continue;
        for (int r = 0; r < out->rows_len; r++)
            out->rows[r].value[m].present = false;
        for (size_t s = 0; s < sizeof sums / sizeof *sums; s++)
            sums[s]->value[m].present = false;
    }
}

static void set_values(struct snapshot_row *out, const struct tally_row *row,
                       const struct definition *definition)
{
    out->count = row->count;
    for (int m = 0; m < definition->measures_len; m++) {
        out->value[m].amount = 0;
        out->value[m].present = tally_measure(row, &definition->measures[m], &out->value[m].amount);
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

void table_label(char out[SNAPSHOT_LABEL], const symbol key[EVENT_KEYS_MAX],
                 const struct definition *definition, const struct symbols *symbols)
{
    size_t used = 0;
    for (int k = 0; k < definition->group_by_len && used < SNAPSHOT_LABEL; k++) {
        int wrote = snprintf(out + used, SNAPSHOT_LABEL - used, "%s%s", k > 0 ? " / " : "",
                             symbols_text(symbols, key[k]));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    if (definition->group_by_len == 0)
        snprintf(out, SNAPSHOT_LABEL, "all");
}

static void set_rate(struct snapshot_row *out, const struct pipeline *pipeline, size_t index,
                     int32_t out_day)
{
    bool finished = out_day != pipeline->newest_day; /* it has no minute of now */
    if (!pipeline->rate || pipeline->newest == INT64_MIN || index == NONE || finished)
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
static struct tally_row row_of(const struct table_entry *entry, const struct tally *all,
                               const struct tally *counts)
{
    struct tally_row row = {.count = 0};
    if (entry->counts != NONE)
        row = *tally_row(counts, entry->counts);
    else
        memcpy(row.key, tally_row(all, entry->all)->key, sizeof row.key);
    row.open = entry->all != NONE ? tally_row(all, entry->all)->open : 0;
    return row;
}

static bool in_closed_list(const struct definition *definition, const struct tally_row *row,
                           const struct symbols *symbols)
{
    if (definition->group_by_len != 1 || definition->group_by[0].kind != GROUP_FIELD)
        return false;
    const struct field *field = &definition->fields[definition->group_by[0].field];
    for (int v = 0; v < field->values_len; v++)
        if (strcmp(field->values[v], symbols_text(symbols, row->key[0])) == 0)
            return true;
    return false;
}

/* What a table is made of, row by row. */
struct making {
    const struct pipeline *pipeline;
    const struct symbols *symbols;
    struct snapshot_table *out;
    struct tally_row total, others;
};

static void add_row(struct making *making, const struct tally_row *row, size_t rate_index)
{
    const struct definition *definition = making->pipeline->config.definition;
    struct snapshot_table *out = making->out;
    struct snapshot_row extra = {.count = 0};
    bool own_row = out->rows_len < SNAPSHOT_ROWS;
    struct snapshot_row *shown = own_row ? &out->rows[out->rows_len++] : &extra;
    out->groups++;
    set_rate(shown, making->pipeline, rate_index, out->day);
    add_rate(&out->total, shown);
    if (own_row) {
        memcpy(shown->key, row->key, sizeof shown->key);
        table_label(shown->label, row->key, definition, making->symbols);
        set_values(shown, row, definition);
    } else {
        out->has_others = true;
        add_rate(&out->others, shown);
        tally_row_sum(&making->others, row, definition->value_fields_len);
    }
}

void table_make(struct table_maker *maker, const struct pipeline *pipeline,
                const struct tally *counts, const struct symbols *symbols, int32_t day,
                struct snapshot_table *out)
{
    const struct definition *definition = pipeline->config.definition;
    struct making making = {.pipeline = pipeline, .symbols = symbols, .out = out};
    memset(out, 0, sizeof *out);
    out->day = day;
    out->any = pipeline->outcomes.counted > 0;
    snprintf(out->total.label, sizeof out->total.label, "total");
    snprintf(out->others.label, sizeof out->others.label, "(others)");
    if (!counts)
        return;
    keep_order(maker, pipeline->tally, counts, symbols, day);
    out->groups_overflowed = tally_overflowed(counts);
    for (size_t i = 0; i < maker->len; i++) {
        struct tally_row row = row_of(&maker->entries[i], pipeline->tally, counts);
        tally_row_sum(&making.total, &row, definition->value_fields_len);
        if (row.count > 0 || row.open != 0 || in_closed_list(definition, &row, symbols))
            add_row(&making, &row, maker->entries[i].all);
    }
    set_sums(&out->total, &making.total, definition);
    set_sums(&out->others, &making.others, definition);
    if (pipeline->config.by_day && day != pipeline->newest_day)
        hide_open(out, definition);
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
