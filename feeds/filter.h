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

#endif
