/*
 * A file without a name, where the file system has such (O_TMPFILE): whoever ends before it is
 * complete, however that ends, leaves nothing. Elsewhere mkostemp makes one that was not there, for
 * the owner alone (D-11).
 */
#include "tui/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_TRIED = 100 };

static void release(struct new_file *file)
{
    free(file->path);
    free(file->temporary);
    *file = (struct new_file){.stream = NULL};
}

/* What is no regular file is not replaced by one. */
static enum status check_place(const char *path, struct error *error)
{
    struct stat facts;
    if (lstat(path, &facts) != 0 || S_ISREG(facts.st_mode))
        return STATUS_OK;
    return error_set(error, STATUS_USAGE, "'%.200s' is there and is no regular file; say another",
                     path);
}

static int open_nameless(const char *path, int folder_len)
{
    char *folder = folder_len > 0 ? strndup(path, (size_t)folder_len) : strdup(".");
    if (!folder)
        fatal_shortage("out of memory for the name of a folder");
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    free(folder);
    return fd;
}

enum status new_file_open(struct new_file *file, const char *path, struct error *error)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash + 1 - path) : 0;
    enum status status = check_place(path, error);
    if (status != STATUS_OK)
        return status;
    *file = (struct new_file){.path = mem_copy_text(path)};
    if (asprintf(&file->temporary, "%.*s.%s.XXXXXX", folder, path, path + folder) < 0)
        fatal_shortage("out of memory for the name of a file");
    int fd = open_nameless(path, folder);
    file->nameless = fd >= 0;
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL || errno == ENOENT))
        fd = mkostemp(file->temporary, O_CLOEXEC);
    if (fd >= 0)
        file->stream = fdopen(fd, "w");
    if (file->stream)
        return STATUS_OK;
    status = error_set_errno(error, STATUS_IO, errno, "'%.200s' cannot be written", path);
    release(file);
    return status;
}

/* A name beside its place, tried until it is one that nobody has. */
static bool give_name(struct new_file *file)
{
    char *end = file->temporary + strlen(file->temporary) - strlen("XXXXXX"), from[40];
    if (!file->nameless)
        return true;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fileno(file->stream));
    for (unsigned n = (unsigned)getpid(), tries = 0; tries < NAMES_TRIED; n++, tries++) {
        snprintf(end, sizeof "XXXXXX", "%06u", n % 1000000);
        file->nameless = linkat(AT_FDCWD, from, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW) != 0;
        if (!file->nameless || errno != EEXIST)
            break;
    }
    return !file->nameless;
}

static void forget(const struct new_file *file)
{
    if (!file->nameless)
        unlink(file->temporary);
}

enum status new_file_close(struct new_file *file, struct error *error)
{
    bool good = fflush(file->stream) == 0 && !ferror(file->stream) &&
                fsync(fileno(file->stream)) == 0 && give_name(file) &&
                rename(file->temporary, file->path) == 0;
    int why = errno;
    enum status status =
        good ? STATUS_OK
             : error_set_errno(error, STATUS_IO, why,
                               "'%.200s' cannot be written; what was there is left as it was",
                               file->path);
    if (!good)
        forget(file);
    fclose(file->stream);
    release(file);
    return status;
}

void new_file_drop(struct new_file *file)
{
    fclose(file->stream);
    forget(file);
    release(file);
}
