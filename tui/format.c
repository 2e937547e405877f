/* Numbers as people read them. */
#include "tui/format.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NS_PER_MS = 1000000 };

/* Copies digits, a blank before each group of three. */
static size_t group_digits(const char *digits, size_t len, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[at++] = ' ';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return at;
}

char *format_count(uint64_t count, char out[FORMAT_TEXT])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    group_digits(digits, (size_t)len, out);
    return out;
}

char *format_difference(int64_t difference, char out[FORMAT_TEXT])
{
    uint64_t size = difference < 0 ? 0 - (uint64_t)difference : (uint64_t)difference;
    out[0] = difference < 0 ? '-' : '+';
    format_count(size, difference == 0 ? out : out + 1);
    return out;
}

char *format_amount(wide_int amount, int places, char out[FORMAT_TEXT])
{
    char digits[MONEY_TEXT];
    money_format(amount, places, digits);
    size_t sign = digits[0] == '-';
    size_t whole = strcspn(digits + sign, ".");
    out[0] = '-';
    size_t len = sign + group_digits(digits + sign, whole, out + sign);
    memcpy(out + len, digits + sign + whole, strlen(digits + sign + whole) + 1);
    return out;
}

/* `count` in units of `unit`: one decimal below 10, none above. */
static char *scaled(uint64_t count, uint64_t unit, const char *name, char out[FORMAT_TEXT])
{
    if (count / unit < 10)
        snprintf(out, FORMAT_TEXT, "%llu.%llu %s", (unsigned long long)(count / unit),
                 (unsigned long long)(count % unit / (unit / 10)), name);
    else
        snprintf(out, FORMAT_TEXT, "%llu %s", (unsigned long long)(count / unit), name);
    return out;
}

char *format_short(uint64_t count, char out[FORMAT_TEXT])
{
    if (count < 100000) {
        snprintf(out, FORMAT_TEXT, "%llu", (unsigned long long)count);
        return out;
    }
    if (count < 1000000)
        return scaled(count, 1000, "k", out);
    if (count < 1000000000)
        return scaled(count, 1000000, "M", out);
    return scaled(count, 1000000000, "G", out);
}

char *format_bytes(uint64_t bytes, char out[FORMAT_TEXT])
{
    static const char *const names[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    uint64_t unit = 1;
    size_t name = 0;
    while (bytes / unit >= 1000 && name + 1 < sizeof names / sizeof *names) {
        unit *= 1000;
        name++;
    }
    if (unit == 1)
        snprintf(out, FORMAT_TEXT, "%llu B", (unsigned long long)bytes);
    else
        snprintf(out, FORMAT_TEXT, "%llu.%llu %s", (unsigned long long)(bytes / unit),
                 (unsigned long long)(bytes % unit / (unit / 10)), names[name]);
    return out;
}

char *format_duration(int64_t ms, char out[FORMAT_TEXT])
{
    long long left = ms < 0 ? 0 : ms;
    if (left < MS_PER_SECOND)
        snprintf(out, FORMAT_TEXT, "%lld ms", left);
    else if (left < 10 * MS_PER_SECOND)
        snprintf(out, FORMAT_TEXT, "%lld.%lld s", left / 1000, left % 1000 / 100);
    else if (left < MS_PER_MINUTE)
        snprintf(out, FORMAT_TEXT, "%lld s", left / MS_PER_SECOND);
    else if (left < MS_PER_HOUR)
        snprintf(out, FORMAT_TEXT, "%lld min %02lld s", left / MS_PER_MINUTE,
                 left % MS_PER_MINUTE / MS_PER_SECOND);
    else if (left < MS_PER_DAY)
        snprintf(out, FORMAT_TEXT, "%lld h %02lld min", left / MS_PER_HOUR,
                 left % MS_PER_HOUR / MS_PER_MINUTE);
    else
        snprintf(out, FORMAT_TEXT, "%lld d %02lld h", left / MS_PER_DAY,
                 left % MS_PER_DAY / MS_PER_HOUR);
    return out;
}

char *format_seconds(int64_t ns, char out[FORMAT_TEXT])
{
    long long seconds = ns > 0 ? ns / NS_PER_MS / MS_PER_SECOND : 0;
    if (seconds >= 10)
        return format_duration(seconds * MS_PER_SECOND, out);
    snprintf(out, FORMAT_TEXT, "%lld s", seconds);
    return out;
}

char *format_ns(int64_t ns, char out[FORMAT_TEXT])
{
    if (ns < 0)
        ns = 0;
    if (ns >= 10 * NS_PER_MS || ns == 0)
        return format_duration(ns / NS_PER_MS, out);
    long long tenths = (ns + NS_PER_MS / 10 - 1) / (NS_PER_MS / 10);
    snprintf(out, FORMAT_TEXT, "%lld.%lld ms", tenths / 10, tenths % 10);
    return out;
}

char *format_countdown(int64_t ms, char out[FORMAT_TEXT])
{
    long long seconds = ms <= 0 ? 0 : (ms - 1) / MS_PER_SECOND + 1;
    long long days = seconds / 86400, hours = seconds / 3600 % 24, minutes = seconds / 60 % 60;
    if (days > 0)
        snprintf(out, FORMAT_TEXT, "%lld d %02lld:%02lld:%02lld", days, hours, minutes,
                 seconds % 60);
    else if (hours > 0)
        snprintf(out, FORMAT_TEXT, "%lld:%02lld:%02lld", hours, minutes, seconds % 60);
    else
        snprintf(out, FORMAT_TEXT, "%lld:%02lld", minutes, seconds % 60);
    return out;
}

/* The longest unit that it is whole in. */
static long long whole_units(int64_t ms, const char **name)
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {
        {MS_PER_DAY, "d"}, {MS_PER_HOUR, "h"}, {MS_PER_MINUTE, "min"}, {MS_PER_SECOND, "s"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (ms >= units[i].ms && ms % units[i].ms == 0) {
            *name = units[i].name;
            return (long long)(ms / units[i].ms);
        }
    }
    *name = "ms";
    return (long long)ms;
}

char *format_step(int64_t ms, char out[FORMAT_TEXT])
{
    const char *unit;
    long long units = whole_units(ms, &unit);
    snprintf(out, FORMAT_TEXT, "%lld %s", units, unit);
    return out;
}

char *format_step_half(int64_t ms, char out[FORMAT_TEXT])
{
    const char *unit;
    long long units = whole_units(ms, &unit);
    if (units == 1 || units % 2 == 0)
        return format_step(ms / 2, out);
    snprintf(out, FORMAT_TEXT, "%lld.5 %s", units / 2, unit);
    return out;
}

char *format_clock(epoch_ms time, const struct zone *zone, char out[FORMAT_TEXT])
{
    long long seconds = instant_clock_ms(time, zone) / MS_PER_SECOND;
    snprintf(out, FORMAT_TEXT, "%02lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60,
             seconds % 60);
    return out;
}

char *format_clock_short(epoch_ms time, const struct zone *zone, char out[FORMAT_TEXT])
{
    format_clock(time, zone, out);
    out[strlen("08:42")] = '\0';
    return out;
}

char *format_day(int32_t day, char out[FORMAT_TEXT])
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char date[INSTANT_TEXT];
    int month = 0, number = 0;
    instant_format_date(instant_day_start(day, NULL), NULL, date);
    if (sscanf(date, "%*d-%d-%d", &month, &number) == 2 && month >= 1 && month <= 12)
        snprintf(out, FORMAT_TEXT, "%d %s", number, months[month - 1]);
    else
        snprintf(out, FORMAT_TEXT, "day %d", day);
    return out;
}

char *format_cpu(int64_t ns, char out[FORMAT_TEXT])
{
    long long ms = ns < 0 ? 0 : ns / NS_PER_MS;
    if (ms < 100 * MS_PER_SECOND)
        snprintf(out, FORMAT_TEXT, "%lld.%02lld s", ms / 1000, ms % 1000 / 10);
    else
        format_duration(ms, out);
    return out;
}
