#ifndef TAILRACE_CORE_INSTANT_H
#define TAILRACE_CORE_INSTANT_H
/*
 * Points in time and durations: text to integers and back.
 *
 * Event times are signed 64-bit milliseconds since 1970-01-01T00:00:00Z. Microseconds and finer
 * are truncated toward minus infinity. Accepted texts:
 *
 *     2026-01-05T08:42:17Z   2026-01-05 08:42:17.250+01:00   2026-01-05T08:42   2026-01-05
 *     1767602537 (10 digits or fewer: seconds)   1767602537250 (12 or 13 digits: milliseconds)
 *
 * A text without an offset is taken in the given zone. A leap second (:60) is refused.
 * A zone is one of core/zone.h, which says what becomes of times that a change of the clock leaves
 * out or shows twice; NULL is UTC.
 *
 * Pure functions, no allocation, any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t epoch_ms; /* UTC */
typedef int64_t mono_ns;  /* the machine's monotonic clock */

struct zone;

enum {
    INSTANT_TEXT = 32, /* room for any text these functions write, with its NUL */
    MS_PER_SECOND = 1000,
    MS_PER_MINUTE = 60 * 1000,
    MS_PER_HOUR = 60 * 60 * 1000,
    MS_PER_DAY = 24 * 60 * 60 * 1000
};

/* Event times outside [INSTANT_MIN, INSTANT_END) are rejected(time_range), S-62. */
#define INSTANT_MIN ((epoch_ms)0)
#define INSTANT_END ((epoch_ms)4102444800000) /* 2100-01-01T00:00:00Z */

enum instant_result { INSTANT_OK, INSTANT_BAD, INSTANT_RANGE };

/* Reads all `len` bytes of `text`. INSTANT_BAD: not a time; INSTANT_RANGE: a time outside the range
 * of S-62. `*out` is set on INSTANT_OK only. */
enum instant_result instant_parse(const char *text, size_t len, const struct zone *zone,
                                  epoch_ms *out);

/* "2026-01-05T08:42:17Z"; with ".250" only when the milliseconds are not 0. Returns out. */
char *instant_format(epoch_ms time, char out[INSTANT_TEXT]);

/* "2026-01-05", the date of the day that instant_day tells, and "08:42:17", in the zone. */
char *instant_format_date(epoch_ms time, const struct zone *zone, char out[INSTANT_TEXT]);
char *instant_format_clock(epoch_ms time, const struct zone *zone, char out[INSTANT_TEXT]);

/* The number of the day, counted from 1970-01-01 in the zone, and that day's first millisecond. A
 * day ends where the next one starts: after 23 or 25 h when the clock is changed (S-11). */
int32_t instant_day(epoch_ms time, const struct zone *zone);
epoch_ms instant_day_start(int32_t day, const struct zone *zone);

/* What the clock of the zone shows: milliseconds from 0 to below MS_PER_DAY. */
int64_t instant_clock_ms(epoch_ms time, const struct zone *zone);

/* The number of a date of the calendar; the month from 1 to 12. */
int64_t instant_date_day(int64_t year, int month, int day);

/* "UTC", "Z", "+01:00", "-0330" to milliseconds east of UTC. */
bool instant_parse_zone(const char *text, int64_t *zone_ms);

/* "100ms" "10s" "5m" "1h" "1d", whole numbers only, to milliseconds; false when it is not one,
 * or not in 1 ms … 3660 d. */
bool duration_parse(const char *text, int64_t *out_ms);
/* The same, and "0" or "0s". */
bool duration_parse_or_zero(const char *text, int64_t *out_ms);

/* The shortest exact form: "100 ms", "5 min", "1 h", "1 d" with the largest unit that divides it.
 */
char *duration_format(int64_t ms, char out[INSTANT_TEXT]);

#endif
