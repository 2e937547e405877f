#ifndef TAILRACE_CORE_KEPT_DAYS_H
#define TAILRACE_CORE_KEPT_DAYS_H
/*
 * The days that a live pipeline keeps apart, as the days of a snapshot (core/serving.h).
 *
 * Threads: none; one owner. Holds a table's memory, so it is made when days are first wanted.
 */
#include "core/table.h"

struct kept_days;

struct kept_days *kept_days_new(void);
void kept_days_free(struct kept_days *days); /* accepts NULL */
/* The days that have totals of their own, finished ones among them. */
void kept_days_known(const struct pipeline *pipeline, struct snapshot_live *half);
/* Fills days and days_len of the half. */
void kept_days_fill(struct kept_days *days, const struct pipeline *pipeline,
                    const struct symbols *symbols, struct snapshot_live *half);

#endif
