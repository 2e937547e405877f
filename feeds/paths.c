/* Files named outright and by globs. */
#include "feeds/paths.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define GLOB_CHARACTERS "*?["

void paths_fini(struct paths *paths)
{
    for (size_t i = 0; i < paths->len; i++)
        free(paths->texts[i]);
    free(paths->texts);
    *paths = (struct paths){0};
}

void paths_add(struct paths *paths, const char *text)
{
    paths->texts = mem_resize(paths->texts, (paths->len + 1) * sizeof *paths->texts);
    paths->texts[paths->len++] = mem_copy_text(text);
}

bool paths_is_glob(const char *path)
{
    struct stat facts;
    return strpbrk(path, GLOB_CHARACTERS) && lstat(path, &facts) != 0;
}

static int bytewise(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* --- looking: glob(3) takes a folder that cannot be read for an empty one, so it looks through
 * these and what failed is noted; its functions get no context --- */

static _Thread_local int glob_errno;

static void note_failure(void)
{
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP)
        glob_errno = errno;
}

static void *open_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        note_failure();
    return folder;
}

static struct dirent *read_folder(void *folder)
{
    errno = 0;
    struct dirent *entry = readdir(folder);
    if (!entry && errno != 0)
        note_failure();
    return entry;
}

static void close_folder(void *folder)
{
    closedir(folder);
}

static int look_at(const char *restrict path, struct stat *restrict facts)
{
    int failed = stat(path, facts);
    if (failed)
        note_failure();
    return failed;
}

static int look_at_link(const char *restrict path, struct stat *restrict facts)
{
    int failed = lstat(path, facts);
    if (failed)
        note_failure();
    return failed;
}

enum status paths_expand(const char *glob_text, struct paths *out, struct error *error)
{
    glob_t found = {.gl_opendir = open_folder,
                    .gl_readdir = read_folder,
                    .gl_closedir = close_folder,
                    .gl_stat = look_at,
                    .gl_lstat = look_at_link};
    *out = (struct paths){0};
    glob_errno = 0;
    /* glob would sort by the locale; the order of sources is the same for everybody. */
    int result = glob(glob_text, GLOB_NOSORT | GLOB_ALTDIRFUNC, NULL, &found);
    if (result == GLOB_NOSPACE)
        fatal_shortage("out of memory for the files of %.200s", glob_text);
    for (size_t i = 0; result == 0 && i < found.gl_pathc; i++) {
        struct stat facts;
        if (look_at(found.gl_pathv[i], &facts) == 0 && S_ISREG(facts.st_mode))
            paths_add(out, found.gl_pathv[i]);
    }
    if (result == 0)
        globfree(&found);
    if (out->len > 0)
        qsort(out->texts, out->len, sizeof *out->texts, bytewise);
    if (glob_errno == 0)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, glob_errno, "looking for the files of %.200s",
                           glob_text);
}

char *paths_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_copy_text(".");
    size_t len = slash == path ? 1 : (size_t)(slash - path);
    char *folder = mem_copy_text(path);
    folder[len] = '\0';
    if (!strpbrk(folder, GLOB_CHARACTERS))
        return folder;
    free(folder);
    return NULL;
}
