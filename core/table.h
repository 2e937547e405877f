#ifndef TAILRACE_CORE_TABLE_H
#define TAILRACE_CORE_TABLE_H
/*
 * A lane's counters as the rows of a snapshot: display order, labels, measures, total, (others).
 *
 * Counts are those of the day shown, `open` is as of everything applied; a group with neither is
 * left out, unless it is of a closed list: those keep their place.
 *
 * Threads: none; a table_maker has one owner. It remembers the display order while no group is new.
 */
#include "core/pipeline.h"
#include "core/snapshot.h"

struct table_entry;

struct table_maker {
    struct table_entry *entries; /* in display order */
    size_t len;
    const struct tally *counts; /* what they were made from */
    int32_t day;
    size_t counts_len, all_len;
};

void table_maker_fini(struct table_maker *maker);

/* `counts` has the numbers of the day shown, and may be the pipeline's own tally; NULL: no event
 * yet. */
void table_make(struct table_maker *maker, const struct pipeline *pipeline,
                const struct tally *counts, const struct symbols *symbols, int32_t day,
                struct snapshot_table *out);

/* The key's texts joined by " / "; "all" without grouping. */
void table_label(char out[SNAPSHOT_LABEL], const symbol key[EVENT_KEYS_MAX],
                 const struct definition *definition, const struct symbols *symbols);

/* The rejected records by reason, most frequent first. */
int table_reasons(const struct outcomes *outcomes, const struct definition *definition,
                  struct snapshot_reason out[SNAPSHOT_REASONS]);

#endif
