/* Everything by names below the parent's descriptor, so that a parent that is moved meanwhile is
 * still the one that was opened (D-11). */
#include "tui/replay_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANIFEST_MAX = 1 << 20, NAME_ROOM = REPLAY_NAME_MAX + 16, READ_STEP = 64 * 1024 };

const char *const replay_file_names[REPLAY_FILES] = {"answer.json", "windows.csv", "alerts.jsonl",
                                                     REPLAY_MANIFEST};

static const char *name_of(const struct replay_folder *folder, const char *before,
                           const char *behind, char out[NAME_ROOM])
{
    snprintf(out, NAME_ROOM, "%s%s%s", before, folder->name, behind);
    return out;
}

static enum status failed(const struct replay_folder *folder, const char *what, struct error *error)
{
    return error_set_errno(error, STATUS_IO, errno, "%.200s %s; it is as it was", folder->path,
                           what);
}

/* --- what may be replaced --- */

static bool is_ours(const char *name)
{
    for (int f = 0; f < REPLAY_FILES; f++)
        if (strcmp(name, replay_file_names[f]) == 0)
            return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The first name in a folder that no replay wrote, into `other`; empty: there is none. False: it
 * cannot be said; errno says why. */
static bool find_other(int fd, char other[256])
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy < 0 ? NULL : fdopendir(copy);
    other[0] = '\0';
    if (!entries) {
        int why = errno;
        if (copy >= 0)
            close(copy);
        errno = why;
        return false;
    }
    struct dirent *entry;
    while ((errno = 0, entry = readdir(entries)) && is_ours(entry->d_name))
        ;
    int why = errno;
    if (entry)
        snprintf(other, 256, "%s", entry->d_name);
    closedir(entries);
    errno = why;
    return entry || why == 0;
}

/* Whether there is a folder of this name, and that it holds a replay, or nothing. */
static enum status check_folder(const struct replay_folder *folder, const char *name, bool *exists,
                                struct error *error)
{
    char other[256];
    int fd = openat(folder->parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    *exists = fd >= 0;
    if (fd < 0 && errno == ENOENT)
        return STATUS_OK;
    if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
        return error_set_errno(error, STATUS_USAGE, errno, "-o %.200s: '%.200s' is no folder",
                               folder->path, name);
    if (fd < 0)
        return failed(folder, "cannot be looked into", error);
    enum status status = STATUS_OK;
    if (!find_other(fd, other))
        status = failed(folder, "cannot be looked into", error);
    else if (*other)
        status = error_set(error, STATUS_USAGE,
                           "-o %.200s: '%.200s' holds '%.100s', which no replay wrote: name "
                           "another folder",
                           folder->path, name, other);
    close(fd);
    return status;
}

static void remove_files(int fd)
{
    for (int f = 0; f < REPLAY_FILES; f++)
        unlinkat(fd, replay_file_names[f], 0);
}

static enum status remove_folder(const struct replay_folder *folder, const char *name)
{
    int fd = openat(folder->parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? STATUS_OK : STATUS_IO;
    remove_files(fd);
    close(fd);
    return unlinkat(folder->parent, name, AT_REMOVEDIR) == 0 ? STATUS_OK : STATUS_IO;
}

/* --- opening --- */

/* "out/answer/" is "answer" in "out". */
static enum status open_parent(struct replay_folder *folder, struct error *error)
{
    char *copy = mem_zero(1, strlen(folder->path) + 3);
    memcpy(copy, folder->path, strlen(folder->path));
    size_t len = strlen(copy);
    while (len > 1 && copy[len - 1] == '/')
        copy[--len] = '\0';
    char *slash = strrchr(copy, '/');
    const char *name = slash ? slash + 1 : copy;
    bool plain = *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
                 strlen(name) <= REPLAY_NAME_MAX;
    snprintf(folder->name, sizeof folder->name, "%s", plain ? name : "");
    if (slash)
        *(slash == copy ? slash + 1 : slash) = '\0';
    folder->parent = open(slash ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int why = errno;
    free(copy);
    if (!plain)
        return error_set(error, STATUS_USAGE, "-o %.200s: say the name of a folder", folder->path);
    if (folder->parent < 0)
        return error_set_errno(error, STATUS_IO, why, "the folder of %.200s", folder->path);
    return STATUS_OK;
}

static enum status lock(struct replay_folder *folder, struct error *error)
{
    char name[NAME_ROOM];
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    folder->lock = openat(folder->parent, name_of(folder, ".", ".lock", name),
                          O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (folder->lock < 0)
        return failed(folder, "cannot be locked", error);
    if (fcntl(folder->lock, F_SETLK, &range) == 0)
        return STATUS_OK;
    if (errno != EACCES && errno != EAGAIN)
        return failed(folder, "cannot be locked", error);
    bool known = fcntl(folder->lock, F_GETLK, &range) == 0 && range.l_type != F_UNLCK;
    return error_set(error, STATUS_LIMIT,
                     "%.200s is being replayed by process %ld; run it again when that is done",
                     folder->path, known ? (long)range.l_pid : 0L);
}

static enum status make_new(struct replay_folder *folder, struct error *error)
{
    char name[NAME_ROOM];
    name_of(folder, ".", ".new", name);
    bool stale;
    enum status status = check_folder(folder, name, &stale, error);
    if (status != STATUS_OK)
        return status;
    if ((stale && remove_folder(folder, name) != STATUS_OK) ||
        mkdirat(folder->parent, name, 0777) != 0)
        return failed(folder, "cannot be made anew", error);
    folder->fd = openat(folder->parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder->fd >= 0)
        return STATUS_OK;
    status = failed(folder, "cannot be made anew", error);
    unlinkat(folder->parent, name, AT_REMOVEDIR);
    return status;
}

enum status replay_folder_open(struct replay_folder *folder, const char *path, struct error *error)
{
    char name[NAME_ROOM];
    bool exists;
    *folder = (struct replay_folder){.path = path, .parent = -1, .lock = -1, .fd = -1};
    enum status status = open_parent(folder, error);
    if (status == STATUS_OK)
        status = check_folder(folder, folder->name, &folder->exists, error);
    if (status == STATUS_OK)
        status = check_folder(folder, name_of(folder, "", ".previous", name), &exists, error);
    if (status == STATUS_OK)
        status = lock(folder, error);
    return status == STATUS_OK ? make_new(folder, error) : status;
}

void replay_folder_close(struct replay_folder *folder)
{
    char name[NAME_ROOM];
    if (folder->fd >= 0) {
        if (!folder->switched) {
            remove_files(folder->fd);
            unlinkat(folder->parent, name_of(folder, ".", ".new", name), AT_REMOVEDIR);
        }
        close(folder->fd);
    }
    if (folder->lock >= 0)
        close(folder->lock);
    if (folder->parent >= 0)
        close(folder->parent);
    folder->parent = folder->lock = folder->fd = -1;
}

/* --- files --- */

FILE *replay_folder_create(const struct replay_folder *folder, const char *name, bool is_private,
                           struct error *error)
{
    int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(folder->fd, name, flags, is_private ? 0600 : 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");
    if (!file)
        failed(folder, "cannot be written beside", error);
    return file;
}

static enum status hash_file(int fd, uint64_t *bytes, char sha256[SHA256_TEXT])
{
    struct sha256 sha;
    char *buffer = mem_alloc(READ_STEP);
    ssize_t got;
    sha256_init(&sha);
    for (*bytes = 0; (got = pread(fd, buffer, READ_STEP, (off_t)*bytes)) > 0;
         *bytes += (uint64_t)got)
        sha256_add(&sha, buffer, (size_t)got);
    free(buffer);
    sha256_text(&sha, sha256);
    return got == 0 ? STATUS_OK : STATUS_IO;
}

enum status replay_folder_finish(const struct replay_folder *folder, const char *name, FILE *file,
                                 uint64_t *bytes, char sha256[SHA256_TEXT], struct error *error)
{
    int why = ENOSPC; /* what an earlier write met is not kept by the stream */
    bool good = !ferror(file);
    if (good && (fflush(file) != 0 || fsync(fileno(file)) != 0 ||
                 hash_file(fileno(file), bytes, sha256) != STATUS_OK)) {
        good = false;
        why = errno;
    }
    if (fclose(file) != 0 && good) {
        good = false;
        why = errno;
    }
    if (good)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, why, "%s of %.200s cannot be written; it is as it was",
                           name, folder->path);
}

char *replay_folder_manifest(const struct replay_folder *folder)
{
    char path[NAME_ROOM + sizeof REPLAY_MANIFEST];
    snprintf(path, sizeof path, "%s/" REPLAY_MANIFEST, folder->name);
    int fd = openat(folder->parent, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    char *text = mem_zero(1, MANIFEST_MAX + 1);
    size_t len = 0;
    ssize_t got;
    while ((got = read(fd, text + len, MANIFEST_MAX - len)) > 0)
        len += (size_t)got;
    close(fd);
    return text;
}

/* --- the switch --- */

/* Two exchanges: DIR is one answer or the other at every moment; what is killed between them leaves
 * the old answer under the name of the new one, and DIR.previous as it was. */
static enum status keep_previous(const struct replay_folder *folder, const char *old,
                                 const char *previous)
{
    if (renameat2(folder->parent, old, folder->parent, previous, RENAME_NOREPLACE) == 0)
        return STATUS_OK;
    if (errno != EEXIST ||
        renameat2(folder->parent, old, folder->parent, previous, RENAME_EXCHANGE) != 0)
        return STATUS_IO;
    return remove_folder(folder, old);
}

enum status replay_folder_switch(struct replay_folder *folder, bool *had_previous,
                                 struct error *error)
{
    char new[NAME_ROOM], previous[NAME_ROOM];
    name_of(folder, ".", ".new", new);
    name_of(folder, "", ".previous", previous);
    *had_previous = folder->exists;
    if (fsync(folder->fd) != 0)
        return failed(folder, "cannot be written", error);
    unsigned how = folder->exists ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (renameat2(folder->parent, new, folder->parent, folder->name, how) != 0) {
        if (errno == EINVAL || errno == ENOSYS)
            return failed(folder, "is on a file system that cannot exchange folders in one step",
                          error);
        return failed(folder, "cannot be replaced", error);
    }
    folder->switched = true;
    enum status status =
        folder->exists ? keep_previous(folder, new, previous) : (enum status)STATUS_OK;
    if (fsync(folder->parent) != 0)
        status = STATUS_IO;
    if (status == STATUS_OK)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, errno,
                           "%.200s is replaced, but the old one could not be kept as '%s'",
                           folder->path, previous);
}
