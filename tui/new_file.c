/* mkostemp makes a file that was not there, for the owner alone (D-11). */
#include "tui/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    int fd = mkostemp(file->temporary, O_CLOEXEC);
    if (fd >= 0)
        file->stream = fdopen(fd, "w");
    if (file->stream)
        return STATUS_OK;
    status = error_set_errno(error, STATUS_IO, errno, "'%.200s' cannot be written", path);
    release(file);
    return status;
}

enum status new_file_close(struct new_file *file, struct error *error)
{
    bool good = fflush(file->stream) == 0 && !ferror(file->stream) &&
                fsync(fileno(file->stream)) == 0 && rename(file->temporary, file->path) == 0;
    int why = errno;
    enum status status =
        good ? STATUS_OK
             : error_set_errno(error, STATUS_IO, why,
                               "'%.200s' cannot be written; what was there is left as it was",
                               file->path);
    if (!good)
        unlink(file->temporary);
    fclose(file->stream);
    release(file);
    return status;
}

void new_file_drop(struct new_file *file)
{
    fclose(file->stream);
    unlink(file->temporary);
    release(file);
}
