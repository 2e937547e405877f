#ifndef TAILRACE_CORE_ZONE_H
#define TAILRACE_CORE_ZONE_H
/*
 * Time zones: a fixed offset from UTC, or a place whose offset changes ("Europe/Berlin"), read from
 * the system's time zone database (TZif files). An instant has one local time; the other way round
 * needs rules, because a clock set back shows an hour twice, and one set forward leaves one out:
 *
 *     a naive time shown twice     the earlier instant
 *     a naive time left out        moved forward by as much as the clock was: 02:30 is 03:30
 *     a day (S-11)                 from its first local midnight (where the clock leaves midnight
 *                                  out, from the change) to the start of the next day: 23, 24 or
 *                                  25 h as a rule. A day begins once: where the clock goes back
 *                                  over midnight after it began, the repeated hour is of the new
 *                                  day. A day left out by the calendar is empty.
 *
 * So days cover all time without gap or overlap, and a report of a day (S-110) counts the events
 * that grouping by `date` puts into it.
 *
 * A NULL zone is UTC. Offsets are those from 1969 to 2101: before and after, the nearest holds.
 * core/instant.h is what the rest of the program calls; it asks here when the offset is not fixed.
 *
 * Threads: a zone never changes, all may share it. No cursor is needed: the interval of an instant
 * is found in constant time.
 */
#include "core/instant.h"
#include "core/status.h"

enum {
    ZONE_NAME_MAX = 63,
    ZONE_BYTES_MAX = 256 * 1024 /* of a file of the database */
};

struct zone_spans;

struct zone {
    int64_t offset_ms;              /* east of UTC; of a fixed zone */
    const struct zone_spans *spans; /* NULL: the offset is fixed */
};

/* "UTC", "Z", "+01:00", "-0330", or a name of the database, which is looked for in $TZDIR, or else
 * /usr/share/zoneinfo. STATUS_BAD_DEFINITION: no such zone, or one that cannot be used, with what
 * would be right; STATUS_NOT_FOUND: no database at all; STATUS_IO. A name is letters, digits, '_',
 * '-', '+' and single '/' between, so it never leaves the folder (D-13). */
enum status zone_open(const char *text, struct zone **out, struct error *error);
/* A zone from the bytes of a TZif file, version 1 or later; `name` is for messages.
 * STATUS_BAD_FORMAT: they are not one, or count leap seconds. */
enum status zone_from_bytes(const char *name, const unsigned char *bytes, size_t len,
                            struct zone **out, struct error *error);
void zone_free(struct zone *zone); /* accepts NULL */

/* Milliseconds east of UTC at an instant. */
int64_t zone_offset(const struct zone *zone, epoch_ms time);
/* When the offset changes next after `time`; INT64_MAX: never. */
epoch_ms zone_next_change(const struct zone *zone, epoch_ms time);
/* The instant of a naive time, given in milliseconds from 1970-01-01T00:00 on the local clock. */
epoch_ms zone_instant(const struct zone *zone, int64_t local_ms);
/* The number of an instant's day, counted from 1970-01-01, and a day's first millisecond. */
int32_t zone_day(const struct zone *zone, epoch_ms time);
epoch_ms zone_day_start(const struct zone *zone, int32_t day);

#endif
