/*
 * Named zones (S-11, S-110): offsets as the C library tells them, in every zone of a list and for
 * rules of every form, up to 2099; days that cover all time without gap or overlap; naive times
 * that a change of the clock leaves out or shows twice; names that never leave the database's
 * folder (D-13); a file cut or changed at any byte is refused or read, and never does harm (D-04).
 */
#include "support.h"

#include "core/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct zone *open_zone(const char *name)
{
    struct zone *zone = NULL;
    struct error error = {.text = ""};
    if (zone_open(name, &zone, &error) != STATUS_OK)
        fail_msg("%s", error.text);
    return zone;
}

static epoch_ms at(const char *text)
{
    epoch_ms time;
    if (instant_parse(text, strlen(text), NULL, &time) != INSTANT_OK)
        fail_msg("'%s' is no time", text);
    return time;
}

static int32_t day_of(const char *date)
{
    return instant_day(at(date), NULL);
}

static epoch_ms any_time(uint64_t *random)
{
    return random_below(random, 47482) * (epoch_ms)MS_PER_DAY +
           random_below(random, 86400) * (epoch_ms)MS_PER_SECOND;
}

/* --- offsets --------------------------------------------------------------------------------- */

struct change {
    const char *zone, *at;
    int before, after; /* minutes east */
};

static const struct change changes[] = {
    {"Europe/Berlin", "2026-03-29T01:00:00Z", 60, 120},
    {"Europe/Berlin", "2026-10-25T01:00:00Z", 120, 60},
    {"America/New_York", "2026-03-08T07:00:00Z", -300, -240},
    {"America/New_York", "2026-11-01T06:00:00Z", -240, -300},
    {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", 660, 630},
    {"Australia/Lord_Howe", "2026-10-03T15:30:00Z", 630, 660},
    {"America/Sao_Paulo", "2018-11-04T03:00:00Z", -180, -120},
    {"Asia/Beirut", "2026-03-28T22:00:00Z", 120, 180},
    {"Europe/Dublin", "2090-03-26T01:00:00Z", 0, 60}, /* by the rule behind the last change */
    {"Europe/Berlin", "2099-10-25T01:00:00Z", 120, 60},
    {"America/Santiago", "2090-09-03T04:00:00Z", -240, -180},
};

static void offsets_at_changes(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof changes / sizeof *changes; c++) {
        struct zone *zone = open_zone(changes[c].zone);
        epoch_ms time = at(changes[c].at);
        if (zone_offset(zone, time - 1) != changes[c].before * MS_PER_MINUTE ||
            zone_offset(zone, time) != changes[c].after * MS_PER_MINUTE ||
            zone_next_change(zone, time - 1) != time)
            fail_msg("%s %s: %lld, %lld", changes[c].zone, changes[c].at,
                     (long long)zone_offset(zone, time - 1), (long long)zone_offset(zone, time));
        zone_free(zone);
    }
}

static const char *const names[] = {
    "Europe/Berlin",      "Europe/London",       "Europe/Dublin",      "Europe/Lisbon",
    "Europe/Istanbul",    "Europe/Moscow",       "America/New_York",   "America/Los_Angeles",
    "America/St_Johns",   "America/Sao_Paulo",   "America/Santiago",   "America/Havana",
    "America/Nuuk",       "America/Caracas",     "Asia/Kolkata",       "Asia/Kathmandu",
    "Asia/Tehran",        "Asia/Beirut",         "Asia/Gaza",          "Asia/Tokyo",
    "Asia/Pyongyang",     "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Apia",
    "Pacific/Auckland",   "Pacific/Chatham",     "Pacific/Kiritimati", "Pacific/Kwajalein",
    "Africa/Casablanca",  "Africa/Cairo",        "Africa/Monrovia",    "Antarctica/Troll",
    "Africa/Johannesburg"};
enum { NAMES = sizeof names / sizeof *names };

static void same_as_libc(const struct zone *zone, const char *name, epoch_ms time)
{
    time_t seconds = (time_t)(time / MS_PER_SECOND);
    struct tm local;
    localtime_r(&seconds, &local);
    if (zone_offset(zone, time) != local.tm_gmtoff * (int64_t)MS_PER_SECOND)
        fail_msg("%s at %lld: %lld ms, libc says %ld s", name, (long long)time,
                 (long long)zone_offset(zone, time), local.tm_gmtoff);
}

static void same_as_libc_at_many(const struct zone *zone, const char *name)
{
    uint64_t random = 11;
    setenv("TZ", name, 1);
    tzset();
    for (int i = 0; i < 4000; i++)
        same_as_libc(zone, name, any_time(&random));
    for (epoch_ms time = zone_next_change(zone, 0); time < INSTANT_END;
         time = zone_next_change(zone, time)) {
        same_as_libc(zone, name, time);
        same_as_libc(zone, name, time - MS_PER_SECOND);
    }
    unsetenv("TZ");
    tzset();
}

static void offsets_of_libc(void **state)
{
    (void)state;
    for (size_t n = 0; n < NAMES; n++) {
        struct zone *zone = open_zone(names[n]);
        same_as_libc_at_many(zone, names[n]);
        zone_free(zone);
    }
}

/* --- days and naive times -------------------------------------------------------------------- */

static const struct {
    const char *zone, *date, *start;
    int minutes; /* its length */
} days[] = {
    {"Europe/Berlin", "2026-03-28", "2026-03-27T23:00:00Z", 24 * 60},
    {"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23 * 60},
    {"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25 * 60},
    {"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", 23 * 60},
    {"America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", 25 * 60},
    {"Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", 24 * 60 + 30},
    {"Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", 23 * 60 + 30},
    {"Asia/Kolkata", "2026-10-25", "2026-10-24T18:30:00Z", 24 * 60},
    {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23 * 60}, /* from 01:00 on */
    {"America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", 25 * 60}, /* 23:00 twice */
    {"Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z", 23 * 60},
    {"America/St_Johns", "2010-11-06", "2010-11-06T02:30:00Z", 24 * 60},
    {"America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z", 25 * 60}, /* back at 00:01 */
    {"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", 25 * 60},   /* midnight twice */
    {"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0},           /* left out */
    {"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24 * 60},
    {"Europe/Berlin", "2090-10-29", "2090-10-28T22:00:00Z", 25 * 60},
};

static void days_begin_and_end(void **state)
{
    (void)state;
    for (size_t d = 0; d < sizeof days / sizeof *days; d++) {
        struct zone *zone = open_zone(days[d].zone);
        int32_t day = day_of(days[d].date);
        epoch_ms start = zone_day_start(zone, day);
        int64_t length = zone_day_start(zone, day + 1) - start;
        if (start != at(days[d].start) || length != days[d].minutes * (int64_t)MS_PER_MINUTE)
            fail_msg("%s %s: %lld, %lld min", days[d].zone, days[d].date, (long long)start,
                     (long long)(length / MS_PER_MINUTE));
        if (length > 0) {
            assert_int_equal(zone_day(zone, start), day);
            for (epoch_ms time = start; time < start + length; time += 30 * MS_PER_MINUTE)
                assert_int_equal(zone_day(zone, time + 29 * MS_PER_MINUTE), day);
            assert_int_equal(instant_day(start + length, zone), day + 1);
        }
        zone_free(zone);
    }
}

/* Each instant is in the one day whose start and end hold it; the starts are what a walk over the
 * clock finds. */
static void days_cover_all_time(void **state)
{
    (void)state;
    const int32_t last = day_of("2099-12-31");
    for (size_t n = 0; n < NAMES; n++) {
        struct zone *zone = open_zone(names[n]);
        epoch_ms end = zone_day_start(zone, 0);
        for (int32_t day = 0; day < last; day++) {
            epoch_ms start = end;
            end = zone_day_start(zone, day + 1);
            if (end > start && (zone_day(zone, start) != day || zone_day(zone, end - 1) != day))
                fail_msg("%s: day %d", names[n], day);
            assert_true(end >= start && end - start <= 26 * (int64_t)MS_PER_HOUR);
        }
        zone_free(zone);
    }
}

static const struct {
    const char *zone, *naive, *instant;
} naives[] = {
    {"Europe/Berlin", "2026-01-05T08:42:17", "2026-01-05T07:42:17Z"},
    {"Europe/Berlin", "2026-07-05 08:42:17.250", "2026-07-05T06:42:17.250Z"},
    {"Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z"},
    {"Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00:00Z"}, /* left out: 03:00 */
    {"Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z"}, /* 03:30 */
    {"Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"},
    {"Europe/Berlin", "2026-10-25T01:59:59", "2026-10-24T23:59:59Z"},
    {"Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00:00Z"}, /* twice: the earlier */
    {"Europe/Berlin", "2026-10-25T02:59:59", "2026-10-25T00:59:59Z"},
    {"Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z"},
    {"Europe/Berlin", "2026-10-25T02:30+01:00", "2026-10-25T01:30:00Z"}, /* not naive */
    {"Europe/Berlin", "1761354000", "2025-10-25T01:00:00Z"},
    {"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"},
    {"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z"}, /* 02:45 */
    {"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"},
    {"America/Sao_Paulo", "2018-11-04T00:30", "2018-11-04T03:30:00Z"},
    {"Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00Z"},
    {"Europe/Berlin", "2099-07-01T12:00", "2099-07-01T10:00:00Z"},
    {"Asia/Kolkata", "2026-07-01", "2026-06-30T18:30:00Z"},
};

static void naive_times(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof naives / sizeof *naives; n++) {
        struct zone *zone = open_zone(naives[n].zone);
        char text[INSTANT_TEXT];
        epoch_ms time = -1;
        instant_parse(naives[n].naive, strlen(naives[n].naive), zone, &time);
        if (time != at(naives[n].instant))
            fail_msg("%s %s: %s", naives[n].zone, naives[n].naive, instant_format(time, text));
        zone_free(zone);
    }
}

/* What the clock shows, read back: the instant itself, or the first that showed the same. */
static void clocks_read_back(void **state)
{
    (void)state;
    uint64_t random = 5;
    for (size_t n = 0; n < NAMES; n++) {
        struct zone *zone = open_zone(names[n]);
        for (int i = 0; i < 3000; i++) {
            epoch_ms time = any_time(&random);
            epoch_ms change = zone_next_change(zone, time);
            if (i % 2 && change < INSTANT_END)
                time = change + (epoch_ms)random_below(&random, 7200) * 1000 - MS_PER_HOUR;
            int64_t local = time + zone_offset(zone, time);
            epoch_ms back = zone_instant(zone, local);
            if (back > time || back + zone_offset(zone, back) != local ||
                (back < time && zone_next_change(zone, back) > time))
                fail_msg("%s: %lld back as %lld", names[n], (long long)time, (long long)back);
            assert_int_equal(instant_clock_ms(time, zone), (local + MS_PER_DAY) % MS_PER_DAY);
        }
        zone_free(zone);
    }
}

static void ends_of_numbers(void **state)
{
    (void)state;
    struct zone *zones[] = {NULL, open_zone("-23:59"), open_zone("Europe/Berlin"),
                            open_zone("America/Sao_Paulo")};
    static const epoch_ms ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INSTANT_END, INT64_MAX};
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
            zone_day(zones[z], ends[e]);
            zone_instant(zones[z], ends[e]);
            assert_true(zone_next_change(zones[z], ends[e]) > ends[e] || ends[e] == INT64_MAX);
            assert_in_range(instant_clock_ms(ends[e], zones[z]), 0, MS_PER_DAY - 1);
        }
        assert_true(zone_day_start(zones[z], INT32_MIN) < zone_day_start(zones[z], INT32_MAX));
        zone_free(zones[z]);
    }
}

/* --- names and files ------------------------------------------------------------------------- */

static void names_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum status status;
        const char *says;
    } cases[] = {
        {"", STATUS_BAD_DEFINITION, "cannot be a name"},
        {"/etc/localtime", STATUS_BAD_DEFINITION, "cannot be a name"},
        {"../zoneinfo/Europe/Berlin", STATUS_BAD_DEFINITION, "cannot be a name"},
        {"Europe/../Europe/Berlin", STATUS_BAD_DEFINITION, "cannot be a name"},
        {"Europe/", STATUS_BAD_DEFINITION, "cannot be a name"},
        {"Europe//Berlin", STATUS_BAD_DEFINITION, "cannot be a name"},
        {"Europe/Ber lin", STATUS_BAD_DEFINITION, "cannot be a name"},
        {"Europe/Berlin\n", STATUS_BAD_DEFINITION, "cannot be a name"},
        {"Europe/Atlantis", STATUS_BAD_DEFINITION, "as \"Europe/Berlin\""},
        {"Europe/Berlin/Mitte", STATUS_BAD_DEFINITION, "is not in the time zone database"},
        {"Europe", STATUS_BAD_DEFINITION, "names no zone"},
        {"+25:00", STATUS_BAD_DEFINITION, "cannot be a name"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct zone *zone = (struct zone *)1;
        struct error error = {.text = ""};
        enum status status = zone_open(cases[c].name, &zone, &error);
        if (status != cases[c].status || !strstr(error.text, cases[c].says))
            fail_msg("'%s': %d %s", cases[c].name, (int)status, error.text);
        assert_ptr_equal(zone, (struct zone *)1);
    }
}

static void no_database(void **state)
{
    (void)state;
    struct zone *zone;
    struct error error;
    setenv("TZDIR", "/nowhere/zoneinfo", 1);
    assert_int_equal(zone_open("Europe/Berlin", &zone, &error), STATUS_NOT_FOUND);
    assert_non_null(strstr(error.text, "'Europe/Berlin'"));
    assert_non_null(strstr(error.text, "at /nowhere/zoneinfo"));
    assert_non_null(strstr(error.text, "package tzdata"));
    assert_int_equal(zone_open("+01:00", &zone, &error), STATUS_OK); /* needs none */
    zone_free(zone);
    unsetenv("TZDIR");
}

/* Version 1: an hour east, two from 1970-01-02 on, one from 1970-01-03 on. */
static const unsigned char own[] = "TZif\0"
                                   "000000000000000"
                                   "\0\0\0\0"
                                   "\0\0\0\0"
                                   "\0\0\0\0"
                                   "\0\0\0\2"
                                   "\0\0\0\2"
                                   "\0\0\0\4"
                                   "\0\1\x51\x80"
                                   "\0\2\xa3\0"
                                   "\1\0"
                                   "\0\0\x0e\x10"
                                   "\0\0"
                                   "\0\0\x1c\x20"
                                   "\0\0"
                                   "ABC";
enum { OWN_TIMES = 44, OWN_INDEXES = 52 };

/* Another database: a file that is no zone, and one that is. */
static void another_database(void **state)
{
    (void)state;
    char folder[] = "/tmp/tailrace-zone-XXXXXX", path[64];
    struct zone *zone;
    struct error error;
    assert_non_null(mkdtemp(folder));
    setenv("TZDIR", folder, 1);
    snprintf(path, sizeof path, "%s/Here", folder);
    FILE *file = fopen(path, "w");
    fputs("no zone at all", file);
    fclose(file);
    assert_int_equal(zone_open("Here", &zone, &error), STATUS_BAD_FORMAT);
    assert_non_null(strstr(error.text, "zone 'Here': its file is no time zone (TZif)"));
    file = fopen(path, "w");
    fwrite(own, 1, sizeof own, file);
    fclose(file);
    zone = open_zone("Here");
    assert_int_equal(zone_offset(zone, MS_PER_DAY - 1), MS_PER_HOUR);
    assert_int_equal(zone_offset(zone, MS_PER_DAY), 2 * MS_PER_HOUR);
    assert_int_equal(zone_offset(zone, 2 * (epoch_ms)MS_PER_DAY), MS_PER_HOUR);
    assert_int_equal(zone_offset(zone, INSTANT_END), MS_PER_HOUR);
    zone_free(zone);
    unlink(path);
    rmdir(folder);
    unsetenv("TZDIR");
}

/* A file of version 2 with no change but by its rule. */
static size_t make_file(const char *rule, unsigned char *bytes)
{
    static const unsigned char header[] = "TZif2"
                                          "000000000000000"
                                          "\0\0\0\0"
                                          "\0\0\0\0"
                                          "\0\0\0\0"
                                          "\0\0\0\0"
                                          "\0\0\0\1"
                                          "\0\0\0";
    size_t len = 0;
    for (int part = 0; part < 2; part++) {
        memcpy(bytes + len, header, sizeof header);
        len += sizeof header;
        bytes[len - 1] = 4; /* letters of names */
        memcpy(bytes + len,
               "\0\0\0\0\0\0"
               "LMT",
               10);
        len += 10;
    }
    return len + (size_t)sprintf((char *)bytes + len, "\n%s\n", rule);
}

static void rules_of_every_form(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "EST5EDT,M3.2.0,M11.1.0",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "AAA3BBB,J60,J300/1:30",
        "AAA-3:15:30BBB,59/0,300/-2",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "EET-2EEST,M3.4.4/50,M10.4.4/50",
        "AAA5BBB,J1/0,J200/167",
        "AAA0BBB-2,M1.1.1,M12.5.6/-167",
    };
    for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) {
        unsigned char bytes[256];
        struct zone *zone;
        struct error error = {.text = ""};
        size_t len = make_file(rules[r], bytes);
        if (zone_from_bytes("rule", bytes, len, &zone, &error) != STATUS_OK)
            fail_msg("%s: %s", rules[r], error.text);
        setenv("TZ", rules[r], 1);
        tzset();
        uint64_t random = 3;
        for (int i = 0; i < 4000; i++) { /* libc has the rule before the first change too */
            epoch_ms time = any_time(&random);
            if (time >= 366 * (epoch_ms)MS_PER_DAY)
                same_as_libc(zone, rules[r], time);
        }
        unsetenv("TZ");
        tzset();
        zone_free(zone);
    }
}

/* Summer all the year: one summer begins as the last one ends. */
static void summer_all_the_year(void **state)
{
    (void)state;
    unsigned char bytes[256];
    struct zone *zone;
    struct error error;
    size_t len = make_file("XXX3EDT4,0/0,J365/23", bytes);
    assert_int_equal(zone_from_bytes("rule", bytes, len, &zone, &error), STATUS_OK);
    for (int day = 366; day < 47000; day++)
        assert_int_equal(zone_offset(zone, day * (epoch_ms)MS_PER_DAY), -4 * MS_PER_HOUR);
    zone_free(zone);
}

static void wrong_rules(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "CET",
        "C-1",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,M3.5.0,M10.5.0/168",
        "CET-1CEST,J0,J366",
        "CET-1CEST,J99999999999,1",
        "CET-1CEST,1,366",
        "CET-26",
        "CET-1CEST,M3.5.0,M10.5.0x",
        "<CET-1",
        "CET-1:60",
        "CET--1",
    };
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        unsigned char bytes[256];
        struct zone *zone = NULL;
        struct error error = {.text = ""};
        size_t len = make_file(wrong[w], bytes);
        if (zone_from_bytes("rule", bytes, len, &zone, &error) != STATUS_BAD_FORMAT ||
            !strstr(error.text, "ends with a rule that is not understood"))
            fail_msg("'%s': %s", wrong[w], error.text);
    }
}

static size_t read_real(const char *name, unsigned char *bytes, size_t room)
{
    char path[128];
    snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(bytes, 1, room, file);
    fclose(file);
    return len;
}

/* In memory of its own size, so that a sanitizer sees each read behind it. */
static enum status read_copy(const unsigned char *bytes, size_t len, struct error *error)
{
    struct zone *zone = NULL;
    unsigned char *copy = mem_alloc(len ? len : 1);
    memcpy(copy, bytes, len);
    enum status status = zone_from_bytes("hostile", copy, len, &zone, error);
    for (int32_t day = 0; status == STATUS_OK && day < 47500; day += 97) {
        epoch_ms start = zone_day_start(zone, day);
        assert_true(zone_day_start(zone, day + 1) >= start);
        zone_instant(zone, start);
    }
    free(copy);
    zone_free(zone);
    return status;
}

static void cut_at_each_byte(void **state)
{
    (void)state;
    static const char *const real[] = {"Europe/Berlin", "Asia/Kolkata", "Africa/Casablanca"};
    static unsigned char bytes[16384];
    for (size_t r = 0; r < sizeof real / sizeof *real; r++) {
        size_t len = read_real(real[r], bytes, sizeof bytes);
        struct error error = {.text = ""};
        assert_int_equal(read_copy(bytes, len, &error), STATUS_OK);
        for (size_t cut = 0; cut < len; cut++) {
            if (read_copy(bytes, cut, &error) != STATUS_BAD_FORMAT)
                fail_msg("%s, the first %zu bytes: taken", real[r], cut);
            assert_non_null(strstr(error.text, "zone 'hostile': its file "));
        }
    }
}

static void changed_at_each_byte(void **state)
{
    (void)state;
    static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff, '\n', '9'};
    static unsigned char bytes[16384];
    size_t len = read_real("Europe/Berlin", bytes, sizeof bytes), refused = 0;
    for (size_t b = 0; b < len; b++) {
        unsigned char kept = bytes[b];
        for (size_t v = 0; v < sizeof values; v++) {
            bytes[b] = values[v];
            refused += read_copy(bytes, len, NULL) != STATUS_OK;
        }
        bytes[b] = kept;
    }
    assert_true(refused > 100);
}

static void faults_are_named(void **state)
{
    (void)state;
    static unsigned char bytes[16384];
    struct error error;
    size_t len = make_file("CET-1", bytes);
    const size_t second = 44 + 10; /* its header */
    static const struct {
        size_t at;
        unsigned char value;
        const char *says;
    } faults[] = {
        {4, '1', "unknown version"},
        {second + 31, 1, "counts leap seconds"},
        {second + 39, 0, "counts do not fit"},
        {second + 23, 9, "counts do not fit"},
        {second + 36, 0xff, "counts do not fit"},
        {second + 40, 0xff, "cut short"},
        {second + 44, 0x40, "beyond 25 hours"},
    };
    for (size_t f = 0; f < sizeof faults / sizeof *faults; f++) {
        unsigned char kept = bytes[faults[f].at];
        bytes[faults[f].at] = faults[f].value;
        assert_int_equal(read_copy(bytes, len, &error), STATUS_BAD_FORMAT);
        if (!strstr(error.text, faults[f].says))
            fail_msg("byte %zu: %s", faults[f].at, error.text);
        bytes[faults[f].at] = kept;
    }
    assert_int_equal(read_copy(bytes, len, &error), STATUS_OK);

    memcpy(bytes, own, sizeof own);
    bytes[OWN_INDEXES + 1] = 2;
    assert_int_equal(read_copy(bytes, sizeof own, &error), STATUS_BAD_FORMAT);
    assert_non_null(strstr(error.text, "leads to no offset"));
    memcpy(bytes, own, sizeof own);
    memcpy(bytes + OWN_TIMES + 4, bytes + OWN_TIMES, 4);
    assert_int_equal(read_copy(bytes, sizeof own, &error), STATUS_BAD_FORMAT);
    assert_non_null(strstr(error.text, "times do not ascend"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_at_changes),   cmocka_unit_test(offsets_of_libc),
        cmocka_unit_test(days_begin_and_end),   cmocka_unit_test(days_cover_all_time),
        cmocka_unit_test(naive_times),          cmocka_unit_test(clocks_read_back),
        cmocka_unit_test(ends_of_numbers),      cmocka_unit_test(names_are_checked),
        cmocka_unit_test(no_database),          cmocka_unit_test(another_database),
        cmocka_unit_test(rules_of_every_form),  cmocka_unit_test(summer_all_the_year),
        cmocka_unit_test(wrong_rules),          cmocka_unit_test(cut_at_each_byte),
        cmocka_unit_test(changed_at_each_byte), cmocka_unit_test(faults_are_named),
    };
    unsetenv("TZDIR");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
