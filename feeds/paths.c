/* Files named outright and by globs. */
#include "feeds/paths.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define GLOB_CHARACTERS "*?["

void paths_init(struct paths *paths, const char *const *texts, size_t len)
{
    *paths = (struct paths){0};
    for (size_t i = 0; i < len; i++)
        paths_add(paths, texts[i]);
}

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

void paths_expand(const char *glob_text, struct paths *out)
{
    glob_t found;
    *out = (struct paths){0};
    /* glob would sort by the locale; the order of sources is the same for everybody. */
    if (glob(glob_text, GLOB_NOSORT, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct stat facts;
        if (stat(found.gl_pathv[i], &facts) == 0 && S_ISREG(facts.st_mode))
            paths_add(out, found.gl_pathv[i]);
    }
    globfree(&found);
    if (out->len > 0)
        qsort(out->texts, out->len, sizeof *out->texts, bytewise);
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
