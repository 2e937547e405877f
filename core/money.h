#ifndef TAILRACE_CORE_MONEY_H
#define TAILRACE_CORE_MONEY_H
/*
 * Decimal text to integers and back, exactly. No binary floating point takes part (trap X10).
 *
 * Accepted: an optional '-', digits, optionally '.' and digits, optionally an exponent (1.5e3, as
 * JSON writes numbers). No sign '+', no grouping, no currency, no blanks, no NaN.
 *
 * Pure functions, no allocation, any thread.
 */
#include <stddef.h>
#include <stdint.h>

typedef int64_t minor_units; /* money in the smallest unit that the definition's places allow */

__extension__ typedef __int128 wide_int; /* sums: 2^63 values of 64 bits cannot overflow it */

enum {
    MONEY_PLACES_MAX = 9,
    MONEY_TEXT = 48 /* room for any text these functions write, with its NUL */
};

enum money_result {
    MONEY_OK,
    MONEY_BAD,      /* not a decimal number, or beyond 64 bits */
    MONEY_PRECISION /* a number, with more non-zero decimals than `places` */
};

/* Reads all `len` bytes of `text` as value * 10^places. `*out` is set on MONEY_OK only. */
enum money_result money_parse(const char *text, size_t len, int places, minor_units *out);

/* "-123.45"; places 0 gives no point. Returns out. */
char *money_format(wide_int amount, int places, char out[MONEY_TEXT]);

/* sum / count rounded half-even to `decimals` places, as text (S-14). count must not be 0; sum has
 * `places` decimals. */
char *money_format_average(wide_int sum, uint64_t count, int places, int decimals,
                           char out[MONEY_TEXT]);

#endif
