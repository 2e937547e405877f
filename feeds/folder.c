/* Two passes over a folder: the names that begin alike, then the others. */
#include "feeds/folder.h"

#include "core/sometimes.h"
#include "core/status.h"
#include "feeds/generation.h"
#include "feeds/paths.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool visit_names(DIR *names, struct folder_file *file, const char *stem, folder_visit *visit,
                        void *context)
{
    rewinddir(names);
    for (int looked = 0; looked < FOLDER_LOOKED_AT; looked++) {
        const struct dirent *entry = readdir(names);
        if (!entry)
            return false;
        if ((strncmp(entry->d_name, stem, strlen(stem)) == 0) != file->alike ||
            fstatat(file->folder, entry->d_name, &file->facts, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(file->facts.st_mode))
            continue;
        file->name = entry->d_name;
        if (visit(context, file))
            return true;
    }
    return false;
}

static bool visit_beside(const char *name, folder_visit *visit, void *context)
{
    char *path = paths_folder(name);
    DIR *names = path ? opendir(path) : NULL;
    free(path);
    if (!names)
        return false;
    const char *slash = strrchr(name, '/');
    char *stem = mem_copy_text(slash ? slash + 1 : name);
    stem[strcspn(stem, ".")] = '\0';
    struct folder_file file = {.folder = dirfd(names), .beside = name, .alike = true};
    bool ended = visit_names(names, &file, stem, visit, context);
    file.alike = false;
    ended = ended || visit_names(names, &file, stem, visit, context);
    free(stem);
    closedir(names);
    return ended;
}

char *folder_linked(const char *name)
{
    char first;
    return readlink(name, &first, 1) > 0 ? realpath(name, NULL) : NULL;
}

bool folder_visit_beside(const char *name, folder_visit *visit, void *context)
{
    if (visit_beside(name, visit, context))
        return true;
    char *linked = folder_linked(name);
    bool ended = linked && visit_beside(linked, visit, context);
    SOMETIMES_IF(ended, found_beside_what_a_link_leads_to);
    free(linked);
    return ended;
}

bool folder_find_beside(const char *name, folder_visit *visit, void *context)
{
    bool found = false;
    for (int pass = 0; pass < 2 && !found; pass++)
        found = folder_visit_beside(name, visit, context);
    return found;
}

int folder_open(const struct folder_file *file)
{
    return generation_open_at(file->folder, file->name, O_NOFOLLOW);
}
