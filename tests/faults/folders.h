#ifndef TAILRACE_TESTS_FOLDERS_H
#define TAILRACE_TESTS_FOLDERS_H
/* Folders of small files: copied, removed, and held in memory to be compared. */
#include <fcntl.h>
#include <fts.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRIES_MAX = 64, PATH_ROOM = 256 };

struct entry {
    char path[PATH_ROOM]; /* below the folder */
    char *bytes;          /* NULL: a folder */
    size_t len;
};

struct folder {
    struct entry entries[ENTRIES_MAX];
    int len;
};

/* All of a file from its beginning, with a NUL behind; NULL: it cannot be read. */
static inline char *fd_bytes(int fd, size_t *len)
{
    struct stat facts;
    *len = 0;
    if (fd < 0 || fstat(fd, &facts) != 0)
        return NULL;
    char *bytes = calloc(1, (size_t)facts.st_size + 1);
    ssize_t got = pread(fd, bytes, (size_t)facts.st_size, 0);
    *len = got > 0 ? (size_t)got : 0;
    bytes[*len] = '\0';
    return bytes;
}

static inline char *file_bytes(const char *path, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char *bytes = fd_bytes(fd, len);
    if (fd >= 0)
        close(fd);
    return bytes;
}

static inline bool file_write(const char *path, int flags, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    bool good = fd >= 0 && write(fd, bytes, len) == (ssize_t)len;
    if (fd >= 0)
        close(fd);
    return good;
}

static inline void folder_fini(struct folder *folder)
{
    for (int e = 0; e < folder->len; e++)
        free(folder->entries[e].bytes);
    folder->len = 0;
}

static inline int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static inline void folder_read(struct folder *folder, const char *path)
{
    char *roots[] = {(char *)(uintptr_t)path, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    folder->len = 0;
    for (FTSENT *at; (at = fts_read(walk));) {
        if (at->fts_level == 0 || at->fts_info == FTS_DP)
            continue;
        if (folder->len == ENTRIES_MAX) {
            fprintf(stderr, "%s: more files than a test leaves\n", path);
            exit(2);
        }
        struct entry *entry = &folder->entries[folder->len++];
        snprintf(entry->path, sizeof entry->path, "%s", at->fts_path + strlen(path) + 1);
        entry->bytes = at->fts_info == FTS_D ? NULL : file_bytes(at->fts_path, &entry->len);
    }
    fts_close(walk);
}

static inline const struct entry *folder_find(const struct folder *folder, const char *path)
{
    for (int e = 0; e < folder->len; e++)
        if (strcmp(folder->entries[e].path, path) == 0)
            return &folder->entries[e];
    return NULL;
}

static inline void folder_remove(const char *path)
{
    char *roots[] = {(char *)(uintptr_t)path, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    for (FTSENT *at; walk && (at = fts_read(walk));)
        if (at->fts_info != FTS_D)
            remove(at->fts_path);
    if (walk)
        fts_close(walk);
}

/* What was read, as a folder of its own. */
static inline void folder_write(const struct folder *folder, const char *path)
{
    char whole[2 * PATH_ROOM];
    mkdir(path, 0700);
    for (int e = 0; e < folder->len; e++) {
        const struct entry *entry = &folder->entries[e];
        snprintf(whole, sizeof whole, "%s/%s", path, entry->path);
        if (entry->bytes ? !file_write(whole, O_TRUNC, entry->bytes, entry->len)
                         : mkdir(whole, 0700) != 0) {
            perror(whole);
            exit(2);
        }
    }
}

#endif
