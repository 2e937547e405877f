/*
 * Names of a rotated series: what they begin and end with, and the number or date between.
 *
 * DESIGN. Which way a series runs, its names do not say: logrotate's newest is 1, other loggers'
 * newest has the greatest number, and dates may begin with the day. So names are put into the usual
 * order, and neighbours vote on it, by when they were made and when they were written last. Either
 * alone can be wrong: a writer that held a renamed file for a while, files that were restored. A
 * majority turns numbers round; dates that begin with the day go by time where neither of the two
 * has them in the order of their names.
 */
#include "feeds/siblings.h"

#include "core/sometimes.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MARK_MAX = 32,
    NUMBER_DIGITS_MAX = 4,
    LOOKED_AT_MAX = 65536,
    SERIES_MAX = 2048,
    PASSES_MAX = 16,
};
#define NS_PER_SECOND INT64_C(1000000000)
#define LATE_LINES_NS (60 * NS_PER_SECOND) /* a renamed file may get some for so long */

/* The mark of a name in its series: the number or date, without its separator. */
struct mark {
    char text[MARK_MAX];
    bool numbered;
    bool behind; /* the whole name; else before its ending */
    bool packed; /* ".gz" behind all of it */
};

static bool take_mark(const char *at, size_t len, struct mark *mark)
{
    static const char in_dates[] = "0123456789-_:.T";
    if (len < 2 || len > sizeof mark->text || *at == 0 || !strchr(".-_", *at) ||
        !isdigit((unsigned char)at[1]) || strspn(at + 1, in_dates) < len - 1)
        return false;
    snprintf(mark->text, sizeof mark->text, "%.*s", (int)(len - 1), at + 1);
    mark->numbered = len - 1 <= NUMBER_DIGITS_MAX && strspn(mark->text, "0123456789") == len - 1;
    return true;
}

/* Whether `entry` is a rotated name of `base`. */
static bool read_mark(const char *base, const char *entry, struct mark *mark)
{
    static const char packed[] = ".gz";
    size_t base_len = strlen(base), len = strlen(entry), ending_len = sizeof packed - 1;
    mark->packed = len > ending_len && strcmp(entry + len - ending_len, packed) == 0;
    len -= mark->packed ? ending_len : 0;
    mark->behind = true;
    if (strncmp(entry, base, base_len) == 0)
        return take_mark(entry + base_len, len - base_len, mark);
    const char *ending = strrchr(base, '.');
    size_t stem = ending ? (size_t)(ending - base) : 0;
    mark->behind = false;
    if (stem == 0 || len <= base_len || strncmp(entry, base, stem) != 0 ||
        strncmp(entry + len - (base_len - stem), ending, base_len - stem) != 0)
        return false;
    return take_mark(entry + stem, len - base_len, mark);
}

/* Numbers within texts count as such. */
static int natural(const char *a, const char *b)
{
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            size_t a_len = strspn(a += strspn(a, "0"), "0123456789");
            size_t b_len = strspn(b += strspn(b, "0"), "0123456789");
            int order = a_len != b_len ? (a_len > b_len) - (a_len < b_len) : strncmp(a, b, a_len);
            if (order)
                return order;
            a += a_len;
            b += b_len;
        } else if (*a != *b) {
            break;
        } else {
            a++;
            b++;
        }
    }
    return (unsigned char)*a - (unsigned char)*b;
}

/* Less than 0: by its name, `a` was rotated before `b`, as most do it. */
static int older(const struct mark *a, const struct mark *b)
{
    int order = natural(a->text, b->text);
    order = order ? order : strcmp(a->text, b->text);
    return a->numbered ? -order : order;
}

/* 0: not known. */
struct times {
    int64_t made_ns, written_ns;
};

struct sibling {
    struct mark mark;
    struct generation_id id;
    struct times times;
    char name[NAME_MAX + 1];
};

static int compare(const void *a, const void *b)
{
    const struct mark *one = &((const struct sibling *)a)->mark;
    const struct mark *other = &((const struct sibling *)b)->mark;
    int order = older(one, other);
    return order ? order : one->packed - other->packed;
}

static int64_t time_of(const struct sibling *sibling, bool made)
{
    return made ? sibling->times.made_ns : sibling->times.written_ns;
}

/* Made anew when they were compressed, files keep only when they were written. */
static int compare_times(const void *a, const void *b)
{
    const struct sibling *one = a, *other = b;
    bool made = !one->mark.packed && !other->mark.packed && one->times.made_ns > 0 &&
                other->times.made_ns > 0;
    int64_t first = time_of(one, made), second = time_of(other, made);
    int order = (first > second) - (first < second);
    return order ? order : compare(a, b);
}

/* A series, as one pass over its folder saw it. */
struct series {
    bool found; /* the file that was followed is in it */
    size_t len;
    struct sibling files[SERIES_MAX]; /* in the usual order */
};

static struct times times_of(int folder, const char *name, int flags)
{
    struct statx facts;
    if (statx(folder, name, flags, STATX_MTIME | STATX_BTIME, &facts) != 0)
        return (struct times){0};
    struct times times = {.written_ns =
                              facts.stx_mtime.tv_sec * NS_PER_SECOND + facts.stx_mtime.tv_nsec};
    if (facts.stx_mask & STATX_BTIME)
        times.made_ns = facts.stx_btime.tv_sec * NS_PER_SECOND + facts.stx_btime.tv_nsec;
    return times;
}

static void collect(DIR *folder, const char *base, struct generation_id old, struct series *series)
{
    const struct dirent *entry;
    series->found = false;
    series->len = 0;
    rewinddir(folder);
    for (int looked = 0; looked < LOOKED_AT_MAX && (entry = readdir(folder)); looked++) {
        struct stat facts;
        struct mark own;
        if (series->len == SERIES_MAX || !read_mark(base, entry->d_name, &own) ||
            fstatat(dirfd(folder), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(facts.st_mode))
            continue;
        struct sibling *sibling = &series->files[series->len++];
        sibling->mark = own;
        sibling->id = generation_id_of(&facts);
        sibling->times = times_of(dirfd(folder), entry->d_name, AT_SYMLINK_NOFOLLOW);
        snprintf(sibling->name, sizeof sibling->name, "%s", entry->d_name);
        series->found |= generation_id_same(sibling->id, old);
    }
    qsort(series->files, series->len, sizeof *series->files, compare);
}

static bool is_same(const struct series *a, const struct series *b)
{
    if (a->found != b->found || a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (!generation_id_same(a->files[i].id, b->files[i].id) ||
            strcmp(a->files[i].name, b->files[i].name) != 0)
            return false;
    return true;
}

/* Names that a rotation moves on meanwhile are seen twice or not at all: two passes in a row that
 * saw the same saw the whole series. */
static void collect_surely(DIR *folder, const char *base, struct generation_id old,
                           struct series *series)
{
    struct series *again = mem_alloc(sizeof *again);
    collect(folder, base, old, series);
    for (int pass = 1; pass < PASSES_MAX; pass++) {
        collect(folder, base, old, again);
        bool same = is_same(series, again);
        series->found = again->found;
        series->len = again->len;
        memcpy(series->files, again->files, again->len * sizeof *again->files);
        if (same)
            break;
    }
    free(again);
}

/* ---- order ---- */

static size_t place_of(const struct series *series, struct generation_id old)
{
    size_t at = 0;
    while (at < series->len && !generation_id_same(series->files[at].id, old))
        at++;
    return at;
}

/* What is named in the same manner, and of what is there both ways, the plain file. */
static void keep_like(struct series *series, struct generation_id old)
{
    const struct mark like = series->files[place_of(series, old)].mark;
    size_t kept = 0;
    for (size_t i = 0; i < series->len; i++) {
        const struct sibling *file = &series->files[i];
        bool both = file->mark.packed && kept > 0 && !generation_id_same(file->id, old) &&
                    older(&series->files[kept - 1].mark, &file->mark) == 0;
        if (file->mark.numbered == like.numbered && file->mark.behind == like.behind && !both)
            series->files[kept++] = *file;
    }
    series->len = kept;
}

struct votes {
    size_t so, not_so;
    size_t never; /* neighbours of which nothing says that they stand as they should */
};

static void vote(struct votes *votes, int64_t first, int64_t second)
{
    if (first == 0 || second == 0)
        return;
    votes->so += first < second;
    votes->not_so += first > second;
}

static struct votes neighbours_vote(const struct series *series)
{
    struct votes votes = {0};
    for (size_t i = 0; i + 1 < series->len; i++) {
        const struct sibling *one = &series->files[i], *next = one + 1;
        struct votes own = {0};
        vote(&own, one->times.written_ns, next->times.written_ns);
        if (!one->mark.packed && !next->mark.packed)
            vote(&own, one->times.made_ns, next->times.made_ns);
        votes.so += own.so;
        votes.not_so += own.not_so;
        votes.never += own.so == 0 && own.not_so > 0;
    }
    return votes;
}

static void turn_round(struct series *series)
{
    for (size_t i = 0; i < series->len / 2; i++) {
        struct sibling *one = &series->files[i], *other = &series->files[series->len - 1 - i];
        const struct sibling kept = *one;
        *one = *other;
        *other = kept;
    }
}

/* Dates that begin with the year have one order, whatever was restored since. */
static bool begins_with_a_year(const struct mark *mark)
{
    return strspn(mark->text, "0123456789") >= 4 &&
           (memcmp(mark->text, "19", 2) == 0 || memcmp(mark->text, "20", 2) == 0);
}

static void put_in_order(struct series *series)
{
    const struct mark *mark = &series->files[0].mark;
    bool numbered = mark->numbered;
    if (!numbered && begins_with_a_year(mark))
        return;
    const struct votes votes = neighbours_vote(series);
    bool so = votes.so >= votes.not_so;
    SOMETIMES_IF(numbered && !so, series_numbered_upwards);
    SOMETIMES_IF(!numbered && votes.never > 0, series_dated_in_no_order);
    if (!numbered && votes.never > 0)
        qsort(series->files, series->len, sizeof *series->files, compare_times);
    else if (numbered && !so)
        turn_round(series);
}

static void keep_from(const struct series *series, size_t place, const char *name,
                      size_t folder_len, struct paths *out)
{
    for (size_t i = place; i < series->len && out->len < SIBLINGS_MAX; i++) {
        const struct sibling *sibling = &series->files[i];
        char *path = mem_alloc(folder_len + sizeof sibling->name);
        memcpy(path, name, folder_len);
        memcpy(path + folder_len, sibling->name, strlen(sibling->name) + 1);
        paths_add(out, path);
        free(path);
    }
}

/* ---- the one that was followed has no name any more ---- */

/* It was compressed: what did that kept the time at which it was written last. */
static bool find_packed(const struct series *series, const struct times *times,
                        struct generation_id *old)
{
    for (size_t i = 0; i < series->len; i++) {
        const struct sibling *file = &series->files[i];
        if (!file->mark.packed || times->written_ns == 0 ||
            file->times.written_ns != times->written_ns)
            continue;
        *old = file->id;
        return true;
    }
    return false;
}

/* Made after that one, and before the file that has the name by now; and written no more since: a
 * live file that only looks like one of the series is written on. */
static bool is_since(const struct sibling *file, const struct times *old, const struct times *now)
{
    int64_t made = file->times.made_ns, written = file->times.written_ns;
    if (old->made_ns == 0 || now->made_ns == 0 || !file->mark.behind ||
        written > now->made_ns + LATE_LINES_NS)
        return false;
    return file->mark.packed ? written > old->written_ns
                             : made > old->made_ns && made < now->made_ns;
}

static void keep_since(struct series *series, const struct times *old, const struct times *now)
{
    size_t kept = 0;
    for (size_t i = 0; i < series->len; i++) {
        const struct sibling *file = &series->files[i];
        if (is_since(file, old, now) &&
            (kept == 0 || file->mark.numbered == series->files[0].mark.numbered))
            series->files[kept++] = *file;
    }
    series->len = kept;
    if (kept > 0)
        put_in_order(series);
}

/* How many of the series, now in order, are not newer than the file that was followed. */
static size_t order_series(struct series *series, const char *name, struct generation_id old,
                           int fd)
{
    const struct times times = fd < 0 ? (struct times){0} : times_of(fd, "", AT_EMPTY_PATH);
    if (series->found || find_packed(series, &times, &old)) {
        SOMETIMES_IF(!series->found, compressed_while_followed);
        keep_like(series, old);
        put_in_order(series);
        return place_of(series, old) + 1;
    }
    const struct times now = times_of(AT_FDCWD, name, 0);
    keep_since(series, &times, &now);
    SOMETIMES_IF(series->len > 0, removed_while_followed);
    return 0;
}

void siblings_between(const char *name, struct generation_id old, int fd, struct paths *out)
{
    const char *slash = strrchr(name, '/');
    size_t folder_len = slash ? (size_t)(slash + 1 - name) : 0;
    char *path = mem_copy_text(folder_len ? name : ".");
    if (folder_len)
        path[folder_len] = '\0';
    DIR *folder = opendir(path);
    free(path);
    *out = (struct paths){0};
    if (!folder)
        return;
    struct series *series = mem_alloc(sizeof *series);
    collect_surely(folder, name + folder_len, old, series);
    size_t place = order_series(series, name, old, fd);
    keep_from(series, place, name, folder_len, out);
    free(series);
    closedir(folder);
}
