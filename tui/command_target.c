/* By inode where something is, by its folder where nothing is yet. */
#include "tui/command_target.h"

#include "feeds/paths.h"
#include "tui/command_feed.h"
#include "tui/command_state.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_at(const struct stat *own, const char *path)
{
    struct stat other;
    return path && stat(path, &other) == 0 && same_file(own, &other);
}

/* The folder of a path, through links; to be freed. NULL: there is none. */
static char *real_folder(const char *path)
{
    char *folder = paths_folder(path);
    char *real = folder ? realpath(folder, NULL) : NULL;
    free(folder);
    return real;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* --- the feed --- */

static bool is_found_by(const char *pattern, const struct stat *own)
{
    struct paths found;
    bool is = false;
    if (paths_expand(pattern, &found, NULL) != STATUS_OK)
        return false;
    for (size_t p = 0; p < found.len; p++)
        is |= is_at(own, found.texts[p]);
    paths_fini(&found);
    return is;
}

/* What would be a file of the feed as soon as it is there. */
static bool would_be_found(const char *pattern, const char *path)
{
    char *folder = real_folder(path), *theirs = real_folder(pattern);
    bool same = theirs ? folder && strcmp(folder, theirs) == 0 : true;
    const char *of = theirs ? base_of(pattern) : pattern, *name = theirs ? base_of(path) : path;
    bool found =
        same && (strcmp(of, name) == 0 || fnmatch(of, name, FNM_PERIOD | FNM_PATHNAME) == 0);
    free(folder);
    free(theirs);
    return found;
}

static bool is_read(const struct command_target *target, const char *path)
{
    const struct options *options = target->options;
    const struct command_state *state = target->state;
    struct stat own, input;
    bool there = stat(path, &own) == 0;
    bool read = there && target->feed && command_feed_reads(target->feed, path);
    for (size_t m = 0; there && state && m < state->marks_len; m++)
        read |= is_at(&own, state->marks[m].name);
    for (int a = 0; a < options->arguments_len && options->command != COMMAND_SIMULATE; a++) {
        const char *feed = options->arguments[a];
        if (strcmp(feed, "-") == 0)
            read |= there && fstat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode) &&
                    same_file(&own, &input);
        else
            read |= (there && (is_at(&own, feed) || is_found_by(feed, &own))) ||
                    would_be_found(feed, path);
    }
    return read;
}

/* --- a state --- */

static bool holds(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct stat facts;
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    return len > 0 && (size_t)len < sizeof path && lstat(path, &facts) == 0;
}

/* The one that was said need not hold anything yet. */
static bool is_state(const struct options *options, const char *folder)
{
    struct stat facts;
    if (options->state && stat(folder, &facts) == 0 && is_at(&facts, options->state))
        return true;
    return holds(folder, "state.db") && holds(folder, "lock");
}

/* The place itself, when it is a folder, and every folder above it. */
static bool is_in_state(const struct options *options, const char *path)
{
    char *real = realpath(path, NULL);
    if (!real)
        real = real_folder(path);
    bool in = false;
    while (real && !in && real[0] == '/' && real[1] != '\0') {
        in = is_state(options, real);
        char *slash = strrchr(real, '/');
        slash[slash == real] = '\0';
    }
    free(real);
    return in;
}

/* --- both --- */

enum status command_target_check(const struct command_target *target, const char *option,
                                 const char *path, struct error *error)
{
    if (is_in_state(target->options, path))
        return error_set(error, STATUS_USAGE,
                         "%s %.200s: that is in a directory where a state is kept; say another",
                         option, path);
    if (is_read(target, path))
        return error_set(error, STATUS_USAGE,
                         "%s %.200s: that file is part of the feed; say another", option, path);
    return STATUS_OK;
}

enum status command_target_check_in(const struct command_target *target, const char *option,
                                    const char *folder, const char *name, struct error *error)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return error_set(error, STATUS_USAGE, "%s: the path is too long", option);
    return command_target_check(target, option, path, error);
}
