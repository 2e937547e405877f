/* The measure `distinct` of a tally: as it goes on, or of a whole range (core/different.h). */
#include "core/tally_parts.h"

#include "core/sometimes.h"

#include <stdlib.h>

void tally_defer_distinct(struct tally *tally)
{
    distinct_free(tally->distinct);
    tally->distinct = NULL;
}

void tally_gather_distinct(struct tally *tally)
{
    tally_defer_distinct(tally);
    if (tally->definition->distinct_fields_len > 0)
        tally->different = different_new();
}

void tally_expect_distinct(struct tally *tally, size_t slices)
{
    if (tally->different)
        different_expect(tally->different, slices);
}

void tally_distinct_fini(struct tally *tally)
{
    different_log_fini(&tally->log);
    different_counts_fini(&tally->counts);
    different_free(tally->different);
}

/* A slice is over before its log is too large; a whole that is counted by one reader is not. */
void tally_note_distinct(struct tally *tally, size_t row, int operand, uint64_t hash)
{
    different_note(&tally->log, (uint32_t)row, (uint32_t)operand, hash);
    if (tally->different && tally->log.len >= DIFFERENT_LOG_FULL)
        different_add(tally->different, &tally->log, NULL, 0, &tally->counts);
}

void tally_put_distinct(struct tally *into, struct tally *from, const size_t *map, size_t start)
{
    if (into->different)
        different_add(into->different, &from->log, map, start, &from->counts);
}

void tally_finish_distinct(struct tally *into, struct tally *from, size_t start)
{
    if (into->different)
        different_finish(into->different, start, &from->counts);
}

void tally_sum_distinct(struct tally *into, struct tally *from)
{
    int operands = into->definition->distinct_fields_len;
    for (size_t row = 0; row < into->len && row < from->counts.groups; row++)
        for (int d = 0; d < operands; d++)
            into->rows[row].distinct[d] += from->counts.of[row * EVENT_DISTINCTS_MAX + (size_t)d];
    different_counts_fini(&from->counts);
}

void tally_settle_distinct(struct tally *tally)
{
    if (!tally->different)
        return;
    different_add(tally->different, &tally->log, NULL, 0, &tally->counts);
    different_finish(tally->different, 0, &tally->counts);
    tally_sum_distinct(tally, tally);
}

uint64_t tally_distinct_refused(const struct tally *tally)
{
    return tally->distinct ? distinct_refused(tally->distinct) : 0;
}

uint64_t tally_distinct_total(const struct tally *tally, const struct measure *measure)
{
    uint32_t operand = (uint32_t)measure->slot;
    if (tally->different)
        return different_union(tally->different, operand);
    return tally->distinct ? distinct_union(tally->distinct, operand) : 0;
}
