#ifndef TAILRACE_CORE_TABLE_H
#define TAILRACE_CORE_TABLE_H
/*
 * A lane's counters as the rows of a snapshot: display order, labels, measures, total, (others).
 *
 * Threads: none; a table_maker has one owner. It remembers the display order while no group is new.
 */
#include "core/pipeline.h"
#include "core/snapshot.h"

struct table_maker {
    size_t *order;
    size_t len;
};

void table_maker_fini(struct table_maker *maker);

/* `counts` has the numbers of the day shown (NULL: none yet); `all` the groups and what is open.
 * They may be the same tally. `rate` may be NULL. */
void table_make(struct table_maker *maker, const struct pipeline *pipeline,
                const struct tally *counts, const struct symbols *symbols, int32_t day,
                struct snapshot_table *out);

/* The rejected records by reason, most frequent first. */
int table_reasons(const struct outcomes *outcomes, const struct definition *definition,
                  struct snapshot_reason out[SNAPSHOT_REASONS]);

#endif
