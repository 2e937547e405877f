/*
 * The rule behind a zone's last change, in the form of POSIX: standard time and its offset, then
 * perhaps summer time and the dates on which it begins and ends. "CET-1CEST,M3.5.0,M10.5.0/3": one
 * hour east; summer time one hour more, from the last Sunday of March, 02:00, to the last one of
 * October, 03:00. Offsets there are counted west; hours of a date may go from -167 to 167.
 */
#include "core/zone_parts.h"

#include <stdlib.h>

struct text {
    const char *at, *end;
};

enum date_kind { DATE_OF_365, DATE_OF_366, DATE_OF_WEEK };

struct date {
    enum date_kind kind;
    int month, week, day;
    int64_t time_s; /* on the clock before the change */
};

struct posix_rule {
    int32_t standard_s, summer_s; /* east of UTC */
    bool has_summer;
    struct date begin, end;
};

static bool done(const struct text *text)
{
    return text->at == text->end;
}

static bool take(struct text *text, char wanted)
{
    if (done(text) || *text->at != wanted)
        return false;
    text->at++;
    return true;
}

static bool take_number(struct text *text, int least, int most, int *out)
{
    const char *begin = text->at;
    for (*out = 0; !done(text) && *text->at >= '0' && *text->at <= '9'; text->at++) {
        *out = *out * 10 + (*text->at - '0');
        if (*out > most)
            return false;
    }
    return text->at > begin && *out >= least;
}

/* Letters, or anything between < and >. */
static bool take_name(struct text *text)
{
    const char *begin = text->at;
    if (take(text, '<')) {
        while (!done(text) && *text->at != '>')
            text->at++;
        return take(text, '>');
    }
    while (!done(text) && ((*text->at | 0x20) >= 'a' && (*text->at | 0x20) <= 'z'))
        text->at++;
    return text->at - begin >= 3;
}

/* "2", "-2:30", "+02:30:15" to seconds. */
static bool take_clock(struct text *text, int hours_most, int64_t *out)
{
    int hours, minutes = 0, seconds = 0;
    bool negative = take(text, '-');
    if (!negative)
        take(text, '+');
    if (!take_number(text, 0, hours_most, &hours))
        return false;
    if (take(text, ':')) {
        if (!take_number(text, 0, 59, &minutes))
            return false;
        if (take(text, ':') && !take_number(text, 0, 59, &seconds))
            return false;
    }
    *out = hours * 3600 + minutes * 60 + seconds;
    if (negative)
        *out = -*out;
    return true;
}

static bool take_offset(struct text *text, int32_t *east_s)
{
    int64_t west;
    if (!take_clock(text, 25, &west) || !zone_offset_possible(-west))
        return false;
    *east_s = (int32_t)-west;
    return true;
}

static bool take_date(struct text *text, struct date *date)
{
    *date = (struct date){.time_s = 2 * 3600};
    if (!take(text, ','))
        return false;
    if (take(text, 'M')) {
        date->kind = DATE_OF_WEEK;
        if (!take_number(text, 1, 12, &date->month) || !take(text, '.') ||
            !take_number(text, 1, 5, &date->week) || !take(text, '.') ||
            !take_number(text, 0, 6, &date->day))
            return false;
    } else if (take(text, 'J')) {
        date->kind = DATE_OF_365;
        if (!take_number(text, 1, 365, &date->day))
            return false;
    } else {
        date->kind = DATE_OF_366;
        if (!take_number(text, 0, 365, &date->day))
            return false;
    }
    return !take(text, '/') || take_clock(text, 167, &date->time_s);
}

static bool read_rule(struct text text, struct posix_rule *rule)
{
    if (!take_name(&text) || !take_offset(&text, &rule->standard_s))
        return false;
    rule->has_summer = !done(&text);
    if (!rule->has_summer)
        return true;
    if (!take_name(&text))
        return false;
    rule->summer_s = rule->standard_s + 3600;
    if (!done(&text) && *text.at != ',' && !take_offset(&text, &rule->summer_s))
        return false;
    return zone_offset_possible(rule->summer_s) && take_date(&text, &rule->begin) &&
           take_date(&text, &rule->end) && done(&text);
}

/* Seconds from 1970-01-01 on the local clock. */
static int64_t time_in_year(const struct date *date, int year)
{
    int64_t first = instant_date_day(year, 1, 1), day;
    if (date->kind == DATE_OF_WEEK) {
        first = instant_date_day(year, date->month, 1);
        int64_t next = date->month == 12 ? instant_date_day(year + 1, 1, 1)
                                         : instant_date_day(year, date->month + 1, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
        day = first + (date->day - weekday + 7) % 7 + (date->week - 1) * 7;
        if (day >= next)
            day -= 7;
    } else {
        bool leap = instant_date_day(year, 3, 1) - first == 31 + 29;
        day = first + date->day;
        if (date->kind == DATE_OF_365 && !(leap && date->day >= 31 + 29))
            day--;
    }
    return day * (MS_PER_DAY / MS_PER_SECOND) + date->time_s;
}

void zone_changes_add(struct zone_changes *changes, int64_t time_s, int32_t offset_s)
{
    const int64_t day_s = MS_PER_DAY / MS_PER_SECOND;
    if (time_s < instant_date_day(ZONE_FIRST_YEAR, 1, 1) * day_s) {
        changes->first_offset_s = offset_s;
        return;
    }
    if (changes->len > 0 && changes->change[changes->len - 1].time_s == time_s)
        changes->len--;
    int32_t before =
        changes->len > 0 ? changes->change[changes->len - 1].offset_s : changes->first_offset_s;
    if (offset_s == before || time_s >= instant_date_day(ZONE_LAST_YEAR + 1, 1, 1) * day_s)
        return;
    changes->change[changes->len++] = (struct zone_change){.time_s = time_s, .offset_s = offset_s};
}

struct turn {
    int64_t time_s;
    int32_t offset_s;
    bool begins;
};

/* Where one summer ends as the next begins, it is summer all the year. */
static int by_time(const void *left, const void *right)
{
    const struct turn *a = left, *b = right;
    return a->time_s != b->time_s ? (a->time_s > b->time_s) - (a->time_s < b->time_s)
                                  : a->begins - b->begins;
}

bool zone_rule_apply(const char *at, size_t len, int64_t after_s, struct zone_changes *changes)
{
    struct posix_rule rule;
    struct turn events[2 * (ZONE_LAST_YEAR - ZONE_FIRST_YEAR + 2)];
    size_t events_len = 0;
    if (!read_rule((struct text){.at = at, .end = at + len}, &rule))
        return false;
    if (!rule.has_summer)
        return true;
    for (int year = ZONE_FIRST_YEAR - 1; year <= ZONE_LAST_YEAR; year++) {
        events[events_len++] =
            (struct turn){.time_s = time_in_year(&rule.begin, year) - rule.standard_s,
                          .offset_s = rule.summer_s,
                          .begins = true};
        events[events_len++] = (struct turn){
            .time_s = time_in_year(&rule.end, year) - rule.summer_s, .offset_s = rule.standard_s};
    }
    qsort(events, events_len, sizeof *events, by_time);
    for (size_t e = 0; e < events_len; e++)
        if (events[e].time_s > after_s)
            zone_changes_add(changes, events[e].time_s, events[e].offset_s);
    return true;
}
