#ifndef TAILRACE_TUI_FORMAT_H
#define TAILRACE_TUI_FORMAT_H
/*
 * Numbers as people read them. Every function writes into `out` and returns it.
 *
 * Thousands are set apart by a blank ("12 003"), so that a figure reads the same wherever comma and
 * point change places. Durations show their two largest units ("42 min 17 s"). Pure functions.
 */
#include "core/instant.h"
#include "core/money.h"

#include <stdint.h>

enum { FORMAT_TEXT = 72 }; /* room for any text these functions write, with its NUL */

/* "12 003", "-1 052" */
char *format_count(uint64_t count, char out[FORMAT_TEXT]);
char *format_difference(int64_t difference, char out[FORMAT_TEXT]); /* "+3", "0", "-1 052" */
/* At most five cells: "12003" up to "99999", then "100 k", "3.1 M", "12 G". */
char *format_short(uint64_t count, char out[FORMAT_TEXT]);
/* An amount of minor units: "-1 234 567.89"; places 0 gives no point. */
char *format_amount(wide_int amount, int places, char out[FORMAT_TEXT]);
/* "812 B", "48.1 MB" (powers of ten) */
char *format_bytes(uint64_t bytes, char out[FORMAT_TEXT]);

/* "0 ms", "3 ms", "7.1 s", "41 s", "42 min 17 s", "4 h 02 min", "3 d 04 h" */
char *format_duration(int64_t ms, char out[FORMAT_TEXT]);
/* The same of whole seconds: "7 s", where a tenth of one does not matter. */
char *format_seconds(int64_t ns, char out[FORMAT_TEXT]);
/* The same for stopwatches of the machine: "0.4 ms" below 10 ms. */
char *format_ns(int64_t ns, char out[FORMAT_TEXT]);
/* "17:43", "1:17:43", "2 d 01:17:43": time left, rounded up to a second, so that it ends at 0:00.
 */
char *format_countdown(int64_t ms, char out[FORMAT_TEXT]);
/* The largest unit that divides: "100 ms", "30 min", "1 h". */
char *format_step(int64_t ms, char out[FORMAT_TEXT]);
/* Half of it, in its own unit where that is odd: "7.5 min" of 15 min. */
char *format_step_half(int64_t ms, char out[FORMAT_TEXT]);
/* "08:42:17" and "5 Jan", in the zone. */
char *format_clock(epoch_ms time, const struct zone *zone, char out[FORMAT_TEXT]);
char *format_clock_short(epoch_ms time, const struct zone *zone,
                         char out[FORMAT_TEXT]); /* "08:42" */
char *format_day(int32_t day, char out[FORMAT_TEXT]);
/* CPU time: "0.42 s", "83 s", "12 min 03 s". */
char *format_cpu(int64_t ns, char out[FORMAT_TEXT]);

#endif
