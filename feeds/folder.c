/* Two passes over a folder: the names that begin alike, then the others. */
#include "feeds/folder.h"

#include "core/status.h"
#include "feeds/generation.h"
#include "feeds/paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static bool visit_names(DIR *names, const char *stem, bool alike, folder_visit *visit,
                        void *context)
{
    struct folder_file file = {.folder = dirfd(names), .alike = alike};
    for (int looked = 0; looked < FOLDER_LOOKED_AT; looked++) {
        const struct dirent *entry = readdir(names);
        if (!entry)
            return false;
        if ((strncmp(entry->d_name, stem, strlen(stem)) == 0) != alike ||
            fstatat(file.folder, entry->d_name, &file.facts, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(file.facts.st_mode))
            continue;
        file.name = entry->d_name;
        if (visit(context, &file))
            return true;
    }
    return false;
}

bool folder_visit_beside(const char *name, folder_visit *visit, void *context)
{
    char *path = paths_folder(name);
    DIR *names = path ? opendir(path) : NULL;
    free(path);
    if (!names)
        return false;
    const char *slash = strrchr(name, '/');
    char *stem = mem_copy_text(slash ? slash + 1 : name);
    stem[strcspn(stem, ".")] = '\0';
    bool ended = visit_names(names, stem, true, visit, context);
    if (!ended) {
        rewinddir(names);
        ended = visit_names(names, stem, false, visit, context);
    }
    free(stem);
    closedir(names);
    return ended;
}

int folder_open(const struct folder_file *file)
{
    return generation_open_at(file->folder, file->name, O_NOFOLLOW);
}
