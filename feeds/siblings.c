/* Names of a rotated series: what they begin and end with, and the number or date between. */
#include "feeds/siblings.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MARK_MAX = 32, NUMBER_DIGITS_MAX = 4, LOOKED_AT_MAX = 65536, PASSES_MAX = 16 };

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

/* Less than 0: `a` was rotated before `b`. */
static int older(const struct mark *a, const struct mark *b)
{
    if (a->numbered)
        return atoi(b->text) - atoi(a->text);
    return strcmp(a->text, b->text);
}

struct sibling {
    struct mark mark;
    struct generation_id id;
    char name[NAME_MAX + 1];
};

static int compare(const void *a, const void *b)
{
    const struct mark *one = &((const struct sibling *)a)->mark;
    const struct mark *other = &((const struct sibling *)b)->mark;
    int order = older(one, other);
    return order ? order : one->packed - other->packed;
}

/* A series, as one pass over its folder saw it. */
struct series {
    struct mark mark; /* of `old`, if that is `found` */
    bool found;
    size_t len;
    struct sibling others[4 * SIBLINGS_MAX]; /* oldest first */
};

static void collect(DIR *folder, const char *base, struct generation_id old, struct series *series)
{
    const struct dirent *entry;
    series->found = false;
    series->len = 0;
    rewinddir(folder);
    for (int looked = 0; looked < LOOKED_AT_MAX && (entry = readdir(folder)); looked++) {
        struct stat facts;
        struct mark own;
        if (!read_mark(base, entry->d_name, &own) ||
            fstatat(dirfd(folder), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(facts.st_mode))
            continue;
        if (generation_id_same(generation_id_of(&facts), old)) {
            series->mark = own;
            series->found = true;
        } else if (series->len < 4 * SIBLINGS_MAX) {
            struct sibling *sibling = &series->others[series->len++];
            sibling->mark = own;
            sibling->id = generation_id_of(&facts);
            snprintf(sibling->name, sizeof sibling->name, "%s", entry->d_name);
        }
    }
    qsort(series->others, series->len, sizeof *series->others, compare);
}

static bool is_same(const struct series *a, const struct series *b)
{
    if (a->found != b->found || a->len != b->len ||
        (a->found && strcmp(a->mark.text, b->mark.text) != 0))
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (!generation_id_same(a->others[i].id, b->others[i].id) ||
            strcmp(a->others[i].name, b->others[i].name) != 0)
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
        *series = *again;
        if (same)
            break;
    }
    free(again);
}

static void keep_newer(const struct series *series, const char *name, size_t folder_len,
                       struct paths *out)
{
    const struct sibling *siblings = series->others;
    const struct mark *mark = &series->mark;
    for (size_t i = 0; i < series->len && out->len < SIBLINGS_MAX; i++) {
        const struct mark *own = &siblings[i].mark;
        if (own->numbered != mark->numbered || own->behind != mark->behind || older(own, mark) <= 0)
            continue;
        if (own->packed && i > 0 && older(&siblings[i - 1].mark, own) == 0)
            continue;
        char *path = mem_alloc(folder_len + sizeof siblings->name);
        memcpy(path, name, folder_len);
        memcpy(path + folder_len, siblings[i].name, strlen(siblings[i].name) + 1);
        paths_add(out, path);
        free(path);
    }
}

void siblings_between(const char *name, struct generation_id old, struct paths *out)
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
    if (series->found)
        keep_newer(series, name, folder_len, out);
    free(series);
    closedir(folder);
}
