/*
 * The zone as spans of constant offset, all of them made when it is read. Buckets of 2^32 ms (about
 * 50 days) say which span holds at their beginning; a span lasts months, so from there it is a step
 * or two.
 *
 * A local time belongs to the first span that ends behind it on the local clock: that makes it the
 * earlier one of two, and shows that it was left out when the span begins behind it.
 */
#include "core/zone.h"

#include "core/zone_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUCKET_BITS = 32, BUCKETS = 972 };
#define BUCKETS_FROM  (-(int64_t)365 * MS_PER_DAY) /* 1969-01-01 */
#define BUCKETS_END   (BUCKETS_FROM + ((int64_t)BUCKETS << BUCKET_BITS))
#define OFFSET_MAX_MS ((int64_t)26 * MS_PER_HOUR)

struct span {
    epoch_ms start; /* the first one's: INT64_MIN */
    int32_t offset_ms;
    int32_t reached; /* the last day that began before this span */
};

struct zone_spans {
    size_t len;
    uint16_t first[BUCKETS];
    struct span span[];
};

/* --- questions ------------------------------------------------------------------------------- */

static size_t span_at(const struct zone_spans *spans, epoch_ms time)
{
    size_t bucket = time < BUCKETS_FROM ? 0
                    : time >= BUCKETS_END
                        ? BUCKETS - 1
                        : (size_t)((uint64_t)(time - BUCKETS_FROM) >> BUCKET_BITS);
    size_t s = spans->first[bucket];
    while (s > 0 && time < spans->span[s].start)
        s--;
    while (s + 1 < spans->len && spans->span[s + 1].start <= time)
        s++;
    return s;
}

/* Sums at the edge of int64 stay there. */
static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

static int32_t day_of_local(int64_t local_ms)
{
    int64_t day = local_ms / MS_PER_DAY - (local_ms % MS_PER_DAY < 0);
    return day > INT32_MAX ? INT32_MAX : day < INT32_MIN ? INT32_MIN : (int32_t)day;
}

/* The first span that ends behind this time of the local clock. */
static size_t span_of_local(const struct zone_spans *spans, int64_t local_ms)
{
    size_t s = span_at(spans, plus(local_ms, -OFFSET_MAX_MS));
    while (s + 1 < spans->len && spans->span[s + 1].start + spans->span[s].offset_ms <= local_ms)
        s++;
    return s;
}

int64_t zone_offset(const struct zone *zone, epoch_ms time)
{
    if (!zone || !zone->spans)
        return zone ? zone->offset_ms : 0;
    return zone->spans->span[span_at(zone->spans, time)].offset_ms;
}

epoch_ms zone_next_change(const struct zone *zone, epoch_ms time)
{
    if (!zone || !zone->spans)
        return INT64_MAX;
    size_t next = span_at(zone->spans, time) + 1;
    return next < zone->spans->len ? zone->spans->span[next].start : INT64_MAX;
}

epoch_ms zone_instant(const struct zone *zone, int64_t local_ms)
{
    if (!zone || !zone->spans)
        return plus(local_ms, zone ? -zone->offset_ms : 0);
    const struct span *spans = zone->spans->span;
    size_t s = span_of_local(zone->spans, local_ms);
    epoch_ms time = plus(local_ms, -spans[s].offset_ms);
    return time >= spans[s].start ? time : plus(local_ms, -spans[s - 1].offset_ms);
}

int32_t zone_day(const struct zone *zone, epoch_ms time)
{
    if (!zone || !zone->spans)
        return day_of_local(plus(time, zone ? zone->offset_ms : 0));
    const struct span *span = &zone->spans->span[span_at(zone->spans, time)];
    int32_t day = day_of_local(plus(time, span->offset_ms));
    return day > span->reached ? day : span->reached;
}

epoch_ms zone_day_start(const struct zone *zone, int32_t day)
{
    int64_t midnight = (int64_t)day * MS_PER_DAY;
    if (!zone || !zone->spans)
        return midnight - (zone ? zone->offset_ms : 0);
    const struct span *span = &zone->spans->span[span_of_local(zone->spans, midnight)];
    epoch_ms time = midnight - span->offset_ms;
    return time > span->start ? time : span->start;
}

/* --- making ---------------------------------------------------------------------------------- */

static void fill_buckets(struct zone_spans *spans)
{
    size_t s = 0;
    for (int64_t bucket = 0; bucket < BUCKETS; bucket++) {
        epoch_ms begins = BUCKETS_FROM + (bucket << BUCKET_BITS);
        while (s + 1 < spans->len && spans->span[s + 1].start <= begins)
            s++;
        spans->first[bucket] = (uint16_t)s;
    }
}

struct zone *zone_of_changes(const struct zone_changes *changes)
{
    struct zone *zone = mem_zero(1, sizeof *zone);
    zone->offset_ms = (int64_t)changes->first_offset_s * MS_PER_SECOND;
    if (changes->len == 0)
        return zone;
    size_t len = changes->len + 1;
    struct zone_spans *spans = mem_zero(1, sizeof *spans + len * sizeof *spans->span);
    spans->len = len;
    spans->span[0] = (struct span){.start = INT64_MIN,
                                   .offset_ms = changes->first_offset_s * MS_PER_SECOND,
                                   .reached = INT32_MIN};
    for (size_t s = 1; s < len; s++) {
        const struct zone_change *change = &changes->change[s - 1];
        const struct span *before = &spans->span[s - 1];
        epoch_ms start = change->time_s * MS_PER_SECOND;
        int32_t reached = day_of_local(start - 1 + before->offset_ms);
        spans->span[s] =
            (struct span){.start = start,
                          .offset_ms = change->offset_s * MS_PER_SECOND,
                          .reached = reached > before->reached ? reached : before->reached};
    }
    fill_buckets(spans);
    zone->spans = spans;
    return zone;
}

void zone_free(struct zone *zone)
{
    if (!zone)
        return;
    free((void *)(uintptr_t)zone->spans);
    free(zone);
}

enum status zone_from_bytes(const char *name, const unsigned char *bytes, size_t len,
                            struct zone **out, struct error *error)
{
    struct zone_changes *changes = mem_zero(1, sizeof *changes);
    const char *fault = zone_file_read(bytes, len, changes);
    if (!fault)
        *out = zone_of_changes(changes);
    free(changes);
    if (!fault)
        return STATUS_OK;
    return error_set(error, STATUS_BAD_FORMAT, "zone '%.63s': its file %s", name, fault);
}

/* --- by name --------------------------------------------------------------------------------- */

#define ZONE_LIKE "say a place, as \"Europe/Berlin\", an offset, as \"+01:00\", or \"UTC\""

static bool is_name(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= ZONE_NAME_MAX && text[0] != '/' && text[len - 1] != '/' &&
           !strstr(text, "//") &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+/") ==
               len;
}

static const char *database_folder(void)
{
    const char *told = getenv("TZDIR");
    return told && *told ? told : "/usr/share/zoneinfo";
}

/* The whole file, at most ZONE_BYTES_MAX bytes of it. */
static enum status read_bytes(const char *name, int fd, unsigned char *bytes, size_t *len,
                              struct error *error)
{
    struct stat facts;
    if (fstat(fd, &facts) == 0 && !S_ISREG(facts.st_mode))
        return error_set(error, STATUS_BAD_DEFINITION, "zone '%.63s' names no zone; " ZONE_LIKE,
                         name);
    for (*len = 0; *len < ZONE_BYTES_MAX;) {
        ssize_t got = read(fd, bytes + *len, ZONE_BYTES_MAX - *len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, STATUS_IO, errno, "zone '%.63s'", name);
        if (got == 0)
            return STATUS_OK;
        *len += (size_t)got;
    }
    return error_set(error, STATUS_BAD_FORMAT, "zone '%.63s': its file is too long", name);
}

static enum status no_file(const char *name, const char *folder, int why, struct error *error)
{
    if (access(folder, X_OK) != 0)
        return error_set(error, STATUS_NOT_FOUND,
                         "zone '%.63s': no time zone database at %.100s; install the package "
                         "tzdata, or say in TZDIR where it is",
                         name, folder);
    if (why == ENOENT || why == ENOTDIR)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "zone '%.63s' is not in the time zone database at %.100s (package "
                         "tzdata); " ZONE_LIKE,
                         name, folder);
    return error_set_errno(error, STATUS_IO, why, "zone '%.63s' in %.100s", name, folder);
}

static enum status read_named(const char *name, struct zone **out, struct error *error)
{
    const char *folder = database_folder();
    size_t len = 0, room = strlen(folder) + 1 + strlen(name) + 1;
    char *path = mem_alloc(room);
    stpcpy(stpcpy(stpcpy(path, folder), "/"), name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), why = errno;
    free(path);
    if (fd < 0)
        return no_file(name, folder, why, error);
    unsigned char *bytes = mem_alloc(ZONE_BYTES_MAX);
    enum status status = read_bytes(name, fd, bytes, &len, error);
    close(fd);
    if (status == STATUS_OK)
        status = zone_from_bytes(name, bytes, len, out, error);
    free(bytes);
    return status;
}

enum status zone_open(const char *text, struct zone **out, struct error *error)
{
    int64_t offset_ms;
    if (instant_parse_zone(text, &offset_ms)) {
        *out = mem_zero(1, sizeof **out);
        (*out)->offset_ms = offset_ms;
        return STATUS_OK;
    }
    if (!is_name(text))
        return error_set(error, STATUS_BAD_DEFINITION, "zone '%.63s' cannot be a name; " ZONE_LIKE,
                         text);
    return read_named(text, out, error);
}
