/* Where a file can be replaced, it is. */
#include "tui/output_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

/* As fopen would make it, or as it was. */
static mode_t rights(const struct stat *before)
{
    if (before)
        return before->st_mode & 0777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static enum status open_straight(struct output_file *output, struct error *error)
{
    output->straight = true;
    output->stream = fopen(output->path, "we");
    return output->stream ? STATUS_OK
                          : error_set_errno(error, STATUS_IO, errno, "%s", output->path);
}

static enum status open_new(struct output_file *output, const char *path, mode_t mode,
                            struct error *error)
{
    enum status status = new_file_open(&output->file, path, error);
    if (status != STATUS_OK)
        return status;
    output->stream = output->file.stream;
    if (fchmod(fileno(output->stream), mode) == 0)
        return STATUS_OK;
    status = error_set_errno(error, STATUS_IO, errno, "%s", output->path);
    new_file_drop(&output->file);
    return status;
}

enum status output_file_open(struct output_file *output, const char *path, bool growing,
                             struct error *error)
{
    struct stat facts, link;
    char real[PATH_MAX];
    *output = (struct output_file){.path = path};
    bool named = lstat(path, &link) == 0, there = stat(path, &facts) == 0;
    if (growing || (named && (!there || !S_ISREG(facts.st_mode) || !realpath(path, real))))
        return open_straight(output, error);
    return open_new(output, named ? real : path, rights(named ? &facts : NULL), error);
}

static enum status close_straight(struct output_file *output, struct error *error)
{
    bool failed = ferror(output->stream) != 0;
    if (fclose(output->stream) == 0 && !failed)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, errno ? errno : EIO, "%s: could not be written",
                           output->path);
}

enum status output_file_close(struct output_file *output, enum status status, struct error *error)
{
    if (output->straight && status == STATUS_OK)
        return close_straight(output, error);
    if (status == STATUS_OK)
        return new_file_close(&output->file, error);
    if (output->straight)
        fclose(output->stream);
    else
        new_file_drop(&output->file);
    return status;
}
