/*
 * Rows in an array, found through an open-addressed index over their keys. A feed can have many
 * symbols and choose among their pairs, so the index's hash has random factors (D-08).
 */
#include "core/tally_parts.h"

#include "core/distinct.h"
#include "core/siphash.h"
#include "core/sometimes.h"

#include <stdlib.h>
#include <string.h>

enum { INDEX_START = 64 };

static void choose_factors(struct tally *tally)
{
    for (int k = 0; k < EVENT_KEYS_MAX; k += 2) {
        struct hash_key random = hash_key_random();
        tally->factor[k] = random.word[0] | 1;
        tally->factor[k + 1] = random.word[1] | 1;
    }
}

struct tally *tally_new(const struct definition *definition, size_t cap)
{
    struct tally *tally = mem_zero(1, sizeof *tally);
    tally->definition = definition;
    tally->keys_len = definition->group_by_len;
    tally->values_len = definition->value_fields_len;
    tally->distincts_len = definition->distinct_fields_len;
    tally->cap = cap;
    tally->index_size = INDEX_START;
    tally->index = mem_zero(tally->index_size, sizeof *tally->index);
    choose_factors(tally);
    if (definition->distinct_fields_len > 0)
        tally->distinct = distinct_new(DISTINCT_CAP_NONE);
    return tally;
}

void tally_cap_distinct(struct tally *tally, size_t cap)
{
    if (!tally->distinct)
        return;
    distinct_free(tally->distinct);
    tally->distinct = distinct_new(cap);
}

void tally_keep_fresh(struct tally *tally)
{
    if (tally->distinct)
        distinct_keep_fresh(tally->distinct);
}

void tally_free(struct tally *tally)
{
    if (!tally)
        return;
    free(tally->rows);
    free(tally->index);
    distinct_free(tally->distinct);
    tally_distinct_fini(tally);
    free(tally);
}

void tally_clear(struct tally *tally)
{
    tally->len = 0;
    tally->overflowed = 0;
    if (tally->distinct)
        distinct_clear(tally->distinct);
    different_log_clear(&tally->log);
    memset(tally->index, 0, tally->index_size * sizeof *tally->index);
    memset(tally->near, 0, sizeof tally->near);
}

static size_t key_hash(const struct tally *tally, const symbol key[EVENT_KEYS_MAX])
{
    uint64_t hash = 0;
    for (int k = 0; k < tally->definition->group_by_len; k++)
        hash += key[k] * tally->factor[k];
    return (size_t)(hash >> 32);
}

static bool key_equal(const struct tally *tally, const symbol a[EVENT_KEYS_MAX],
                      const symbol b[EVENT_KEYS_MAX])
{
    for (int k = 0; k < tally->keys_len; k++)
        if (a[k] != b[k])
            return false;
    return true;
}

/* The place in the index where the key is, or where it would go. */
static size_t probe(const struct tally *tally, const symbol key[EVENT_KEYS_MAX])
{
    size_t at = key_hash(tally, key) & (tally->index_size - 1);
    while (tally->index[at] != 0 && !key_equal(tally, tally->rows[tally->index[at] - 1].key, key))
        at = (at + 1) & (tally->index_size - 1);
    return at;
}

static void grow_index(struct tally *tally)
{
    free(tally->index);
    tally->index_size *= 2;
    tally->index = mem_zero(tally->index_size, sizeof *tally->index);
    for (size_t i = 0; i < tally->len; i++)
        tally->index[probe(tally, tally->rows[i].key)] = (uint32_t)i + 1;
}

static size_t append(struct tally *tally, size_t at, const symbol key[EVENT_KEYS_MAX])
{
    if (tally->len == tally->room) {
        tally->room = tally->room ? tally->room * 2 : 16;
        tally->rows = mem_resize(tally->rows, tally->room * sizeof *tally->rows);
    }
    struct tally_row *row = &tally->rows[tally->len];
    memset(row, 0, sizeof *row);
    memcpy(row->key, key, (size_t)tally->definition->group_by_len * sizeof *key);
    tally->index[at] = (uint32_t)++tally->len;
    if (tally->len * 2 > tally->index_size)
        grow_index(tally);
    return tally->len - 1;
}

static size_t find_or_append(struct tally *tally, const symbol key[EVENT_KEYS_MAX])
{
    size_t at = probe(tally, key);
    if (tally->index[at] != 0)
        return tally->index[at] - 1;
    symbol other[EVENT_KEYS_MAX] = {0};
    bool known = true;
    for (int k = 0; k < tally->definition->group_by_len; k++) {
        known = known && key[k] != SYMBOL_OTHER;
        other[k] = SYMBOL_OTHER;
    }
    if (known && tally->len < tally->cap)
        return append(tally, at, key);
    SOMETIMES(group_other);
    at = probe(tally, other);
    return tally->index[at] != 0 ? tally->index[at] - 1 : append(tally, at, other);
}

size_t tally_row_of(struct tally *tally, const symbol key[EVENT_KEYS_MAX])
{
    return find_or_append(tally, key);
}

/* The row of a key that was not near, or is one of the (other). */
static __attribute__((noinline)) size_t find_far(struct tally *tally, uint32_t *near,
                                                 const symbol key[EVENT_KEYS_MAX])
{
    size_t row = find_or_append(tally, key);
    if (key_equal(tally, tally->rows[row].key, key))
        *near = (uint32_t)row + 1;
    return row;
}

/* Most events come in few groups: their rows are found without the index. Who is sent to the same
 * place by choosing keys only makes the others look in the index. */
static inline size_t find_near(struct tally *tally, const symbol key[EVENT_KEYS_MAX])
{
    uint32_t place = 0;
    for (int k = 0; k < tally->keys_len; k++)
        place = place * 5 + key[k];
    uint32_t *near = &tally->near[place % TALLY_NEAR];
    if (*near == 0 || !key_equal(tally, tally->rows[*near - 1].key, key))
        return find_far(tally, near, key);
    return *near - 1;
}

/* A row that stands for (other): beyond this tally's cap, or beyond the symbols' (S-15). */
static bool is_overflow(const struct tally *tally, size_t row)
{
    return tally->keys_len > 0 && tally->rows[row].key[0] == SYMBOL_OTHER;
}

static void add_distinct(struct tally *tally, struct tally_row *row, size_t index,
                         const uint64_t hashes[EVENT_DISTINCTS_MAX])
{
    for (int d = 0; d < tally->definition->distinct_fields_len; d++) {
        if (hashes[d] == 0)
            continue;
        if (!tally->distinct)
            tally_note_distinct(tally, index, d, hashes[d]);
        else if (distinct_add(tally->distinct, (uint32_t)index, (uint32_t)d, hashes[d]))
            row->distinct[d]++;
    }
}

/* Apart, so that who only counts saves no registers for it. */
static __attribute__((noinline)) void add_operands(struct tally *tally, size_t index,
                                                   const struct event *event)
{
    struct tally_row *row = &tally->rows[index];
    for (int v = 0; v < tally->values_len; v++)
        if (event->present & 1u << v)
            accumulator_add(&row->value[v], event->value[v]);
    if (tally->distincts_len > 0)
        add_distinct(tally, row, index, event->distinct);
}

static inline void add(struct tally *tally, const struct event *event, size_t index)
{
    if (is_overflow(tally, index))
        tally->overflowed++;
    tally->rows[index].count++;
    if (tally->values_len > 0 || tally->distincts_len > 0)
        add_operands(tally, index, event);
}

size_t tally_add(struct tally *tally, const struct event *event)
{
    size_t index = find_near(tally, event->key);
    add(tally, event, index);
    return index;
}

void tally_add_near(struct tally *tally, const struct event *event, size_t row)
{
    bool near = row < tally->len && key_equal(tally, tally->rows[row].key, event->key);
    add(tally, event, near ? row : find_near(tally, event->key));
}

const struct tally_row *tally_find(const struct tally *tally, const symbol key[EVENT_KEYS_MAX])
{
    size_t at = probe(tally, key);
    return tally->index[at] != 0 ? &tally->rows[tally->index[at] - 1] : NULL;
}

size_t tally_index(const struct tally *tally, const symbol key[EVENT_KEYS_MAX])
{
    size_t at = probe(tally, key);
    return tally->index[at] != 0 ? tally->index[at] - 1 : SIZE_MAX;
}

size_t tally_len(const struct tally *tally)
{
    return tally->len;
}

struct tally_row *tally_at(struct tally *tally, size_t index)
{
    return &tally->rows[index];
}

const struct tally_row *tally_row(const struct tally *tally, size_t index)
{
    return &tally->rows[index];
}

uint64_t tally_overflowed(const struct tally *tally)
{
    return tally->overflowed;
}

void accumulator_merge(struct accumulator *into, const struct accumulator *from)
{
    if (from->count == 0)
        return;
    if (into->count == 0 || from->min < into->min)
        into->min = from->min;
    if (into->count == 0 || from->max > into->max)
        into->max = from->max;
    into->sum += from->sum;
    into->count += from->count;
}

static void merge_distinct(struct tally *into, const struct tally *from, const size_t *map)
{
    struct distinct_entry entry;
    for (size_t at = 0; distinct_next(from->distinct, &at, &entry);) {
        size_t index = map[entry.group];
        if (distinct_add(into->distinct, (uint32_t)index, entry.operand, entry.hash))
            into->rows[index].distinct[entry.operand]++;
    }
}

void tally_merge(struct tally *into, const struct tally *from, size_t *map)
{
    size_t *rows = map ? map : mem_alloc(from->len * sizeof *rows);
    into->overflowed += from->overflowed;
    for (size_t i = 0; i < from->len; i++) {
        const struct tally_row *source = &from->rows[i];
        size_t index = find_or_append(into, source->key);
        struct tally_row *row = &into->rows[index];
        if (is_overflow(into, index) && source->key[0] != SYMBOL_OTHER)
            into->overflowed += source->count;
        row->count += source->count;
        for (int v = 0; v < into->definition->value_fields_len; v++)
            accumulator_merge(&row->value[v], &source->value[v]);
        rows[i] = index;
    }
    if (into->distinct && from->distinct)
        merge_distinct(into, from, rows);
    if (!map)
        free(rows);
}

void tally_copy(struct tally *into, const struct tally *from)
{
    tally_clear(into);
    if (into->room < from->len) {
        into->room = from->room;
        into->rows = mem_resize(into->rows, into->room * sizeof *into->rows);
    }
    if (into->index_size != from->index_size) {
        free(into->index);
        into->index_size = from->index_size;
        into->index = mem_alloc(into->index_size * sizeof *into->index);
    }
    if (from->len > 0)
        memcpy(into->rows, from->rows, from->len * sizeof *into->rows);
    memcpy(into->index, from->index, into->index_size * sizeof *into->index);
    memcpy(into->factor, from->factor, sizeof into->factor);
    memset(into->near, 0, sizeof into->near);
    into->len = from->len;
    into->overflowed = from->overflowed;
}

void tally_row_sum(struct tally_row *into, const struct tally_row *from, int values_len)
{
    into->count += from->count;
    into->open += from->open;
    for (int v = 0; v < values_len; v++)
        accumulator_merge(&into->value[v], &from->value[v]);
}

/* sum / count in hundredths, half-even. `places` is the sum's. */
static wide_int average_hundredths(wide_int sum, uint64_t count, int places)
{
    wide_int numerator = sum, divisor = (wide_int)count;
    for (int p = places; p < 2; p++)
        numerator *= 10;
    for (int p = places; p > 2; p--)
        divisor *= 10;
    wide_int quotient = numerator / divisor, rest = numerator % divisor;
    int sign = numerator < 0 ? -1 : 1;
    wide_int twice = rest * sign * 2;
    if (twice > divisor || (twice == divisor && quotient % 2 != 0))
        quotient += sign;
    return quotient;
}

bool tally_measure(const struct tally_row *row, const struct measure *measure, wide_int *out)
{
    static const struct accumulator none;
    const struct accumulator *value = measure->slot >= 0 ? &row->value[measure->slot] : &none;
    switch (measure->kind) {
    case MEASURE_COUNT:
        *out = (wide_int)row->count;
        return true;
    case MEASURE_OPEN:
        *out = row->open;
        return true;
    case MEASURE_DISTINCT:
        *out = (wide_int)row->distinct[measure->slot];
        return true;
    case MEASURE_SUM:
        *out = value->sum;
        return true;
    case MEASURE_AVG:
        if (value->count > 0)
            *out = average_hundredths(value->sum, value->count, measure->places);
        break;
    case MEASURE_MIN:
        *out = value->min;
        break;
    case MEASURE_MAX:
        *out = value->max;
        break;
    }
    return value->count > 0;
}

int tally_measure_places(const struct measure *measure)
{
    switch (measure->kind) {
    case MEASURE_COUNT:
    case MEASURE_OPEN:
    case MEASURE_DISTINCT:
        return 0;
    case MEASURE_AVG:
        return 2;
    case MEASURE_SUM:
    case MEASURE_MIN:
    case MEASURE_MAX:
        break;
    }
    return measure->places;
}

/* Where the text stands in the column's closed list; past its end when it has none. */
static int list_place(const struct definition *definition, int column, const char *text)
{
    const struct group_column *group = &definition->group_by[column];
    if (group->kind != GROUP_FIELD)
        return 0;
    const struct field *field = &definition->fields[group->field];
    for (int v = 0; v < field->values_len; v++)
        if (strcmp(field->values[v], text) == 0)
            return v;
    return field->values_len;
}

static int compare_keys(const struct tally *tally, const struct symbols *symbols, bool closed_lists,
                        const symbol *a, const symbol *b)
{
    for (int k = 0; k < tally->definition->group_by_len; k++) {
        if (a[k] == b[k])
            continue;
        const char *a_text = symbols_text(symbols, a[k]), *b_text = symbols_text(symbols, b[k]);
        int difference = closed_lists ? list_place(tally->definition, k, a_text) -
                                            list_place(tally->definition, k, b_text)
                                      : 0;
        if (difference == 0)
            difference = strcmp(a_text, b_text);
        if (difference != 0)
            return difference;
    }
    return 0;
}

int tally_compare_keys(const struct tally *tally, const struct symbols *symbols,
                       const symbol a[EVENT_KEYS_MAX], const symbol b[EVENT_KEYS_MAX])
{
    return compare_keys(tally, symbols, true, a, b);
}

struct order {
    const struct tally *tally;
    const struct symbols *symbols;
};

static int compare_rows(const void *left, const void *right, void *context)
{
    const struct order *order = context;
    return compare_keys(order->tally, order->symbols, false,
                        order->tally->rows[*(const size_t *)left].key,
                        order->tally->rows[*(const size_t *)right].key);
}

void tally_sorted(const struct tally *tally, const struct symbols *symbols, size_t *out)
{
    struct order order = {tally, symbols};
    for (size_t i = 0; i < tally->len; i++)
        out[i] = i;
    qsort_r(out, tally->len, sizeof *out, compare_rows, &order);
}

bool tally_restore_row(struct tally *tally, const struct tally_row *row)
{
    size_t at = probe(tally, row->key);
    int keys = tally->definition->group_by_len, others = 0;
    for (int k = 0; k < keys; k++)
        others += row->key[k] == SYMBOL_OTHER;
    /* the row for all others is others throughout, and alone may stand behind the cap */
    bool possible = others == keys || (others == 0 && tally->len < tally->cap);
    if (tally->index[at] != 0 || !possible)
        return false;
    size_t index = append(tally, at, row->key);
    tally->rows[index] = *row;
    return true;
}
