/*
 * Times and durations: a time that is read lies in the range of S-62, and written and read again it
 * is the same one; in a fixed zone it is moved by the zone's offset; day and clock together are the
 * time. A duration is written as it was meant, within its range.
 */
#include "tests/fuzz/fuzz.h"

#include "core/instant.h"
#include "core/zone.h"

static epoch_ms parsed(const char *text)
{
    epoch_ms time = -1;
    char *exact = exact_copy(text, strlen(text));
    must(instant_parse(exact, strlen(text), NULL, &time) == INSTANT_OK, "'%s' is no time", text);
    free(exact);
    return time;
}

static void check_time(epoch_ms time)
{
    char text[INSTANT_TEXT], date[INSTANT_TEXT], clock[INSTANT_TEXT], both[2 * INSTANT_TEXT + 2];
    must(time >= INSTANT_MIN && time < INSTANT_END, "%lld is out of range", (long long)time);
    instant_format(time, text);
    must(parsed(text) == time, "%s is another time", text);
    int32_t day = instant_day(time, NULL);
    epoch_ms start = instant_day_start(day, NULL);
    must(start + instant_clock_ms(time, NULL) == time, "day and clock of %s", text);
    must(parsed(instant_format_date(time, NULL, date)) == start, "the date of %s", text);
    instant_format_clock(time, NULL, clock);
    snprintf(both, sizeof both, "%s %sZ", date, clock);
    must(parsed(both) == time - time % MS_PER_SECOND, "%s and %s", text, both);
}

/* The same text in a zone east or west of UTC: another time exactly when it names none itself. */
static void check_zone(const char *text, size_t len, enum instant_result result, epoch_ms time,
                       int64_t offset_ms)
{
    const struct zone zone = {.offset_ms = offset_ms};
    epoch_ms there = 0;
    enum instant_result other = instant_parse(text, len, &zone, &there);
    must((other == INSTANT_BAD) == (result == INSTANT_BAD), "a zone makes a time of a text");
    if (result != INSTANT_OK || other != INSTANT_OK)
        return;
    must(there == time || there == time - offset_ms, "a zone moves a time otherwise");
    check_time(there);
    char date[INSTANT_TEXT];
    epoch_ms start = instant_day_start(instant_day(there, &zone), &zone);
    must(start <= there && there - start == instant_clock_ms(there, &zone), "a zone's day");
    instant_format_date(there, &zone, date);
    epoch_ms dated;
    /* at the ends of the range a zone's date may lie beyond it */
    if (instant_parse(date, strlen(date), NULL, &dated) == INSTANT_OK)
        must(instant_day(there, &zone) == instant_day(dated, NULL), "a zone's date");
}

static void check_duration(const char *text)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{" ms", 1},
                 {" s", MS_PER_SECOND},
                 {" min", MS_PER_MINUTE},
                 {" h", MS_PER_HOUR},
                 {" d", MS_PER_DAY}};
    int64_t ms = -1, or_zero = -1;
    bool good = duration_parse(text, &ms);
    must(duration_parse_or_zero(text, &or_zero) == (good || or_zero == 0), "zero or not");
    if (!good)
        return;
    must(or_zero == ms && ms >= 1 && ms <= 3660 * (int64_t)MS_PER_DAY, "'%s' is %lld ms", text,
         (long long)ms);
    char shown[INSTANT_TEXT], *end;
    long long number = strtoll(duration_format(ms, shown), &end, 10);
    size_t u = 0;
    while (u < 5 && strcmp(end, units[u].name) != 0)
        u++;
    must(u < 5 && number * units[u].ms == ms, "%lld ms is shown as %s", (long long)ms, shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct taker taker = {data, size};
    int64_t offset_ms = ((int64_t)take(&taker, 1) - 128) * 7 * MS_PER_MINUTE, named_ms;
    char *text = exact_copy((const char *)taker.at, taker.left);
    epoch_ms time = -1;
    enum instant_result result = instant_parse(text, taker.left, NULL, &time);
    must(result == INSTANT_OK || time == -1, "a time that is none was told");
    if (result == INSTANT_OK)
        check_time(time);
    check_zone(text, taker.left, result, time, offset_ms);
    free(text);
    text = take_text(&taker);
    check_duration(text);
    if (instant_parse_zone(text, &named_ms))
        must(named_ms > -MS_PER_DAY && named_ms < MS_PER_DAY, "a zone a day away");
    free(text);
    return 0;
}
