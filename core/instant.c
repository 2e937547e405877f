/*
 * Times as text and back, by the proleptic Gregorian calendar.
 *
 * Reading is a cursor that either takes what it expects or fails; nothing is skipped and nothing
 * follows. Ranges are checked before the arithmetic, so that none of it can overflow (S-62).
 */
#include "core/instant.h"

#include "core/zone.h"

#include <stdio.h>
#include <string.h>

struct cursor {
    const char *at;
    const char *end;
};

static bool take(struct cursor *cursor, char wanted)
{
    if (cursor->at == cursor->end || *cursor->at != wanted)
        return false;
    cursor->at++;
    return true;
}

/* Exactly `digits` digits. */
static bool take_number(struct cursor *cursor, int digits, int *out)
{
    int value = 0;
    if (cursor->end - cursor->at < digits)
        return false;
    for (int i = 0; i < digits; i++) {
        unsigned digit = (unsigned)(cursor->at[i] - '0');
        if (digit > 9)
            return false;
        value = value * 10 + (int)digit;
    }
    cursor->at += digits;
    *out = value;
    return true;
}

static bool done(const struct cursor *cursor)
{
    return cursor->at == cursor->end;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01. The year is taken to begin in March, so that the leap day is its last. */
int64_t instant_date_day(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_of_days(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

static inline bool is_fixed(const struct zone *zone)
{
    return !zone || !zone->spans;
}

/* Milliseconds from 1970-01-01 on the zone's clock. It shifts the extremes of int64 beyond it; they
 * stay at the edge. */
static int64_t shifted(epoch_ms time, const struct zone *zone)
{
    int64_t local;
    if (!zone)
        return time;
    int64_t offset_ms = is_fixed(zone) ? zone->offset_ms : zone_offset(zone, time);
    if (__builtin_add_overflow(time, offset_ms, &local))
        return time < 0 ? INT64_MIN : INT64_MAX;
    return local;
}

static bool take_date(struct cursor *cursor, int64_t *days)
{
    int year, month, day;
    if (!take_number(cursor, 4, &year) || !take(cursor, '-') || !take_number(cursor, 2, &month) ||
        !take(cursor, '-') || !take_number(cursor, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *days = instant_date_day(year, month, day);
    return true;
}

/* Any number of decimals; those beyond the third are cut, which is toward minus infinity. */
static bool take_fraction(struct cursor *cursor, int *ms)
{
    static const int weight[] = {100, 10, 1};
    int digits = 0;
    *ms = 0;
    for (int digit; take_number(cursor, 1, &digit); digits++)
        *ms += digits < 3 ? digit * weight[digits] : 0;
    return digits > 0;
}

static bool take_clock(struct cursor *cursor, int64_t *ms)
{
    int hour, minute, second = 0, fraction = 0;
    if (!take_number(cursor, 2, &hour) || !take(cursor, ':') || !take_number(cursor, 2, &minute))
        return false;
    if (take(cursor, ':')) {
        if (!take_number(cursor, 2, &second))
            return false;
        if (take(cursor, '.') && !take_fraction(cursor, &fraction))
            return false;
    }
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ms = (int64_t)hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + fraction;
    return true;
}

/* Z, +01:00, +0100 or +01. */
static bool take_offset(struct cursor *cursor, int64_t *zone_ms)
{
    int hours, minutes = 0;
    if (take(cursor, 'Z')) {
        *zone_ms = 0;
        return true;
    }
    bool west = take(cursor, '-');
    if (!west && !take(cursor, '+'))
        return false;
    if (!take_number(cursor, 2, &hours))
        return false;
    if (!done(cursor)) {
        take(cursor, ':');
        if (!take_number(cursor, 2, &minutes))
            return false;
    }
    if (hours > 23 || minutes > 59)
        return false;
    *zone_ms = (int64_t)hours * MS_PER_HOUR + minutes * MS_PER_MINUTE;
    if (west)
        *zone_ms = -*zone_ms;
    return true;
}

static enum instant_result in_range(epoch_ms time, epoch_ms *out)
{
    if (time < INSTANT_MIN || time >= INSTANT_END)
        return INSTANT_RANGE;
    *out = time;
    return INSTANT_OK;
}

/* Seconds or milliseconds since the epoch, told apart by the number of digits. */
static enum instant_result parse_epoch(const char *text, size_t len, epoch_ms *out)
{
    int64_t value = 0;
    if (len == 0 || len == 11 || len > 13)
        return INSTANT_BAD;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)(text[i] - '0');
        if (digit > 9)
            return INSTANT_BAD;
        value = value * 10 + (int64_t)digit;
    }
    return in_range(len <= 10 ? value * MS_PER_SECOND : value, out);
}

enum instant_result instant_parse(const char *text, size_t len, const struct zone *zone,
                                  epoch_ms *out)
{
    struct cursor cursor = {.at = text, .end = text + len};
    int64_t days, clock_ms = 0, offset_ms;
    if (len < 10 || text[4] != '-')
        return parse_epoch(text, len, out);
    if (!take_date(&cursor, &days))
        return INSTANT_BAD;
    if (!done(&cursor)) {
        if (!take(&cursor, 'T') && !take(&cursor, ' '))
            return INSTANT_BAD;
        if (!take_clock(&cursor, &clock_ms))
            return INSTANT_BAD;
    }
    int64_t local_ms = days * MS_PER_DAY + clock_ms;
    if (done(&cursor))
        return in_range(zone_instant(zone, local_ms), out);
    if (!take_offset(&cursor, &offset_ms) || !done(&cursor))
        return INSTANT_BAD;
    return in_range(local_ms - offset_ms, out);
}

char *instant_format_date(epoch_ms time, const struct zone *zone, char out[INSTANT_TEXT])
{
    int64_t year;
    int month, day;
    date_of_days(instant_day(time, zone), &year, &month, &day);
    snprintf(out, INSTANT_TEXT, "%04lld-%02u-%02u", (long long)year, (unsigned)month % 100u,
             (unsigned)day % 100u);
    return out;
}

int64_t instant_clock_ms(epoch_ms time, const struct zone *zone)
{
    int64_t rest = shifted(time, zone) % MS_PER_DAY;
    return rest < 0 ? rest + MS_PER_DAY : rest;
}

char *instant_format_clock(epoch_ms time, const struct zone *zone, char out[INSTANT_TEXT])
{
    unsigned ms = (unsigned)instant_clock_ms(time, zone);
    snprintf(out, INSTANT_TEXT, "%02u:%02u:%02u", ms / MS_PER_HOUR, ms / MS_PER_MINUTE % 60u,
             ms / MS_PER_SECOND % 60u);
    return out;
}

char *instant_format(epoch_ms time, char out[INSTANT_TEXT])
{
    char clock[INSTANT_TEXT];
    unsigned ms = (unsigned)(time - floor_divide(time, MS_PER_SECOND) * MS_PER_SECOND);
    instant_format_date(time, NULL, out);
    instant_format_clock(time, NULL, clock);
    size_t used = strlen(out);
    if (ms)
        snprintf(out + used, INSTANT_TEXT - used, "T%.8s.%03uZ", clock, ms % 1000u);
    else
        snprintf(out + used, INSTANT_TEXT - used, "T%.8sZ", clock);
    return out;
}

int32_t instant_day(epoch_ms time, const struct zone *zone)
{
    if (!is_fixed(zone))
        return zone_day(zone, time);
    int64_t day = floor_divide(shifted(time, zone), MS_PER_DAY);
    return day > INT32_MAX ? INT32_MAX : day < INT32_MIN ? INT32_MIN : (int32_t)day;
}

epoch_ms instant_day_start(int32_t day, const struct zone *zone)
{
    return zone_day_start(zone, day);
}

bool instant_parse_zone(const char *text, int64_t *zone_ms)
{
    struct cursor cursor = {.at = text, .end = text + strlen(text)};
    int64_t parsed = 0;
    if (strcmp(text, "UTC") != 0 && (!take_offset(&cursor, &parsed) || !done(&cursor)))
        return false;
    *zone_ms = parsed;
    return true;
}

struct duration_unit {
    const char *suffix; /* as written in options */
    const char *name;   /* as shown */
    int64_t ms;
};

static const struct duration_unit units[] = {
    {.suffix = "d", .name = "d", .ms = MS_PER_DAY},
    {.suffix = "h", .name = "h", .ms = MS_PER_HOUR},
    {.suffix = "m", .name = "min", .ms = MS_PER_MINUTE},
    {.suffix = "s", .name = "s", .ms = MS_PER_SECOND},
    {.suffix = "ms", .name = "ms", .ms = 1},
};
enum { UNITS = sizeof units / sizeof *units };

bool duration_parse(const char *text, int64_t *out_ms)
{
    const int64_t max_ms = (int64_t)3660 * MS_PER_DAY;
    int64_t value = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9'; digits++) {
        value = value * 10 + (text[digits] - '0');
        if (value > max_ms)
            return false;
    }
    if (digits == 0 || value == 0)
        return false;
    for (int i = 0; i < UNITS; i++) {
        if (strcmp(text + digits, units[i].suffix) == 0) {
            if (value > max_ms / units[i].ms)
                return false;
            *out_ms = value * units[i].ms;
            return true;
        }
    }
    return false;
}

bool duration_parse_or_zero(const char *text, int64_t *out_ms)
{
    if (strcmp(text, "0") != 0 && strcmp(text, "0s") != 0)
        return duration_parse(text, out_ms);
    *out_ms = 0;
    return true;
}

char *duration_format(int64_t ms, char out[INSTANT_TEXT])
{
    int unit = UNITS - 1;
    for (int i = 0; i < UNITS && ms != 0; i++) {
        if (ms % units[i].ms == 0) {
            unit = i;
            break;
        }
    }
    snprintf(out, INSTANT_TEXT, "%lld %s", (long long)(ms / units[unit].ms), units[unit].name);
    return out;
}
