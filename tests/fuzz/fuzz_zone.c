/*
 * Time zones from bytes of the database, and the rules at their ends (an input that is no TZif is
 * one): bytes are refused with words, or make a zone whose offsets are possible, whose clock shows
 * each instant's local time, and whose days cover all time without gap or overlap (S-11).
 */
#include "tests/fuzz/fuzz.h"

#include "core/zone.h"

enum { CHANGES_LOOKED_AT = 200, TIMES = 30, RULE_MAX = 4096 };
#define FAR  (INT64_C(1) << 50) /* days are told exactly within it */
#define NEAR (3 * (int64_t)MS_PER_DAY)

static void check_days(const struct zone *zone, epoch_ms time)
{
    int32_t day = zone_day(zone, time);
    epoch_ms start = zone_day_start(zone, day), end = zone_day_start(zone, day + 1);
    must(start <= time && time < end, "%lld is not in its day %d, %lld to %lld", (long long)time,
         (int)day, (long long)start, (long long)end);
    must(zone_day(zone, start) == day && zone_day(zone, end - 1) == day, "the ends of day %d",
         (int)day);
    must(zone_day(zone, start - 1) < day && zone_day(zone, end) > day, "beyond day %d", (int)day);
}

static void check_at(const struct zone *zone, epoch_ms time)
{
    int64_t offset = zone_offset(zone, time);
    epoch_ms next = zone_next_change(zone, time);
    must(offset > -25 * (int64_t)MS_PER_HOUR && offset < 26 * (int64_t)MS_PER_HOUR,
         "an offset of %lld ms", (long long)offset);
    must(next > time, "the next change is at %lld, not behind %lld", (long long)next,
         (long long)time);
    must(zone_offset(zone, next - 1) == offset, "the offset changes before it does");
    must(next == INT64_MAX || zone_offset(zone, next) != offset, "nothing changes at %lld",
         (long long)next);
    if (time < -FAR || time > FAR)
        return;
    epoch_ms shown = zone_instant(zone, time + offset);
    /* with changes on end a time can be left out by one and shown by the next */
    epoch_ms first = zone_next_change(zone, time - NEAR);
    bool several = first <= time + NEAR && zone_next_change(zone, first) <= time + NEAR;
    must(several || (shown <= time && shown + zone_offset(zone, shown) == time + offset),
         "%lld and %lld do not show the same time", (long long)shown, (long long)time);
    check_days(zone, time);
}

/* A clock set forward leaves times out: they are moved by as much. Only where no other change is
 * near. */
static void check_left_out(const struct zone *zone, epoch_ms change)
{
    int64_t before = zone_offset(zone, change - 1), after = zone_offset(zone, change);
    if (after <= before || zone_next_change(zone, change - NEAR) != change ||
        zone_next_change(zone, change) < change + NEAR)
        return;
    for (int64_t local = change + before; local < change + after; local += 7 * MS_PER_MINUTE)
        must(zone_instant(zone, local) == local - before, "a time left out at %lld",
             (long long)change);
}

static void check_zone(const struct zone *zone, uint64_t seed)
{
    epoch_ms time = zone_next_change(zone, INT64_MIN);
    for (int n = 0; n < CHANGES_LOOKED_AT && time != INT64_MAX; n++) {
        check_at(zone, time - 1);
        check_at(zone, time);
        check_at(zone, time + 1);
        check_left_out(zone, time);
        must(zone_day(zone, time - 1) <= zone_day(zone, time), "days go back");
        time = zone_next_change(zone, time);
    }
    for (int n = 0; n < TIMES; n++) {
        int64_t days = (int64_t)fuzz_below(&seed, 200000) - 50000;
        check_at(zone, days * MS_PER_DAY + fuzz_below(&seed, MS_PER_DAY));
    }
    const epoch_ms edges[] = {INT64_MIN + 1, INT64_MIN + MS_PER_DAY, -1, 0, INT64_MAX - 1};
    for (size_t e = 0; e < sizeof edges / sizeof *edges; e++)
        check_at(zone, edges[e]);
}

/* Bytes of a version 2 file of one offset, 0, and the rule. */
static size_t file_of_rule(const uint8_t *rule, size_t len, unsigned char *out)
{
    unsigned char *at = out;
    for (int part = 0; part < 2; part++) {
        memset(at, 0, 44);
        memcpy(at, "TZif2", 5);
        at[39] = at[43] = 1; /* one type, one byte of names */
        memset(at + 44, 0, 6 + 1);
        at += 44 + 6 + 1;
    }
    *at++ = '\n';
    memcpy(at, rule, len);
    at += len;
    *at++ = '\n';
    return (size_t)(at - out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char made[2 * (44 + 7) + 2 + RULE_MAX];
    struct zone *zone = NULL;
    struct error error = {.text = ""};
    const uint8_t *bytes = data;
    size_t len = size;
    if (size > 0 && size <= RULE_MAX && (size < 4 || memcmp(data, "TZif", 4) != 0)) {
        bytes = made;
        len = file_of_rule(data, size, made);
    }
    char *exact = exact_copy((const char *)bytes, len);
    enum status status = zone_from_bytes("fuzz", (const unsigned char *)exact, len, &zone, &error);
    if (status == STATUS_OK)
        check_zone(zone, fuzz_seed(data, size));
    else
        must_say(status, &error);
    must((status == STATUS_OK) == (zone != NULL), "a zone, or not");
    zone_free(zone);
    free(exact);
    return 0;
}
