#ifndef TAILRACE_FEEDS_FILTER_H
#define TAILRACE_FEEDS_FILTER_H
/*
 * Whether a filter of a definition holds for a value that is there. (For a missing one `!=` and
 * `missing` hold, no other.) Pure; any thread.
 */
#include "core/definition.h"

/* Bytewise equality with a NUL-terminated operand. */
bool filter_text_is(const char *operand, const char *text, size_t len);

/* FIELD_TEXT. */
bool filter_text_holds(const struct filter *filter, const char *text, size_t len);

/* Other types: minor units, whole numbers, epoch milliseconds. */
bool filter_number_holds(const struct filter *filter, int64_t value);

/*
 * Of the filters named by `bits`, those that hold; the one that a bit means. Filters and the
 * conditions of rules share one mask: bits below FILTERS_MAX are the definition's filters, the
 * others its conditions.
 */
const struct filter *filter_of(const struct definition *definition, int bit);
uint64_t filter_texts_hold(const struct definition *definition, uint64_t bits, const char *text,
                           size_t len);
uint64_t filter_numbers_hold(const struct definition *definition, uint64_t bits, int64_t value);

#endif
