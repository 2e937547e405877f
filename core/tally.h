#ifndef TAILRACE_CORE_TALLY_H
#define TAILRACE_CORE_TALLY_H
/*
 * The counters: one row per group, accumulators of the definition's measures in integers, so that
 * two lanes agree by equality.
 *
 * Capped: a key beyond `cap` rows is added to the row (other) and counted in `overflowed` (S-15).
 * Rows keep their index for the life of the tally, in order of first appearance.
 *
 * Threads: none; a tally has one owner.
 */
#include "core/definition.h"
#include "core/money.h"

enum { TALLY_CAP_DEFAULT = 10000 };

struct accumulator {
    wide_int sum;
    int64_t min;
    int64_t max;
    uint64_t count; /* events that have the value */
};

static inline void accumulator_add(struct accumulator *into, int64_t value)
{
    if (into->count == 0 || value < into->min)
        into->min = value;
    if (into->count == 0 || value > into->max)
        into->max = value;
    into->sum += value;
    into->count++;
}

void accumulator_merge(struct accumulator *into, const struct accumulator *from);

struct tally_row {
    symbol key[EVENT_KEYS_MAX];
    uint64_t count;
    int64_t open; /* kept by core/lifecycle.h */
    struct accumulator value[EVENT_VALUES_MAX];
    uint64_t distinct[EVENT_DISTINCTS_MAX]; /* different ones, by distinct slot */
};

struct tally;

struct tally *tally_new(const struct definition *definition, size_t cap);
void tally_free(struct tally *tally); /* accepts NULL */
/* How many entries `distinct` may keep (core/distinct.h); before anything is counted. Without it
 * there is no limit. */
void tally_cap_distinct(struct tally *tally, size_t cap);
/* Instead of a set of its own, before anything is counted: `distinct` of a whole range, found by
 * many at once (core/different.h). Rows have it when tally_settle_distinct was called. */
void tally_defer_distinct(struct tally *tally);  /* of a slice: only notes what it sees */
void tally_gather_distinct(struct tally *tally); /* of the whole */
/* Of the whole, before that: how many slices will be put in, each of about as many records. */
void tally_expect_distinct(struct tally *tally, size_t slices);
/* Puts what a slice, merged into `into`, has noted there, from any thread; `map` is tally_merge's.
 * `start`: any number; those of workers stand apart. */
void tally_put_distinct(struct tally *into, struct tally *from, const size_t *map, size_t start);
/* At the end of each thread: what was put in may wait until then. */
void tally_finish_distinct(struct tally *into, struct tally *from, size_t start);
/* How many of them were new. At the end, for one after the other. */
void tally_sum_distinct(struct tally *into, struct tally *from);
void tally_settle_distinct(struct tally *tally);
/* From now on the state is told what is new to the set of `distinct`. */
void tally_keep_fresh(struct tally *tally);
/* Empties it, keeping its memory. */
void tally_clear(struct tally *tally);

/* Counts the event in its group; returns the row's index. */
size_t tally_add(struct tally *tally, const struct event *event);
/* The same; its row may be this one, as of a tally that saw its groups in the same order. */
void tally_add_near(struct tally *tally, const struct event *event, size_t row);
/* The row of this key without counting, made when new. */
size_t tally_row_of(struct tally *tally, const symbol key[EVENT_KEYS_MAX]);
/* The row of this key, or NULL; never makes one. */
const struct tally_row *tally_find(const struct tally *tally, const symbol key[EVENT_KEYS_MAX]);

/* Its index; SIZE_MAX: none. */
size_t tally_index(const struct tally *tally, const symbol key[EVENT_KEYS_MAX]);

size_t tally_len(const struct tally *tally);
struct tally_row *tally_at(struct tally *tally, size_t index);
const struct tally_row *tally_row(const struct tally *tally, size_t index);
uint64_t tally_overflowed(const struct tally *tally);
/* Above 0: the values of `distinct` are too low, by at most that many. */
uint64_t tally_distinct_refused(const struct tally *tally);
/* The measure `distinct` over all groups, which is not the sum of theirs. Walks the set. */
uint64_t tally_distinct_total(const struct tally *tally, const struct measure *measure);

/* Adds every row of `from`, counts and accumulators, not `open`. `map` (may be NULL) gets, for each
 * row of `from`, its index in `into`. */
void tally_merge(struct tally *into, const struct tally *from, size_t *map);
/* `into`, of the same definition, becomes a copy; what `distinct` has seen is not copied. */
void tally_copy(struct tally *into, const struct tally *from);
/* Adds `from` to `into`, `open` included: for rows of totals and (others). `distinct` does not add
 * up; it is left alone. */
void tally_row_sum(struct tally_row *into, const struct tally_row *from, int values_len);

/* The value of a measure in a row; false when no event had the operand. sum, min, max, count, open,
 * distinct as integers in the operand's minor units; avg rounded half-even to 2 decimals, as
 * hundredths (S-14). */
bool tally_measure(const struct tally_row *row, const struct measure *measure, wide_int *out);
/* Decimal places of what tally_measure returns. */
int tally_measure_places(const struct measure *measure);

/* All rows' indexes in output order, by the texts of the key, bytewise. `out` has room for
 * tally_len entries. */
void tally_sorted(const struct tally *tally, const struct symbols *symbols, size_t *out);
/* Display order of two keys: fields with a closed list in that list's order, others bytewise. */
int tally_compare_keys(const struct tally *tally, const struct symbols *symbols,
                       const symbol a[EVENT_KEYS_MAX], const symbol b[EVENT_KEYS_MAX]);

#endif
