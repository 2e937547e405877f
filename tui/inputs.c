/* Hashing what a feed consists of. */
#include "tui/inputs.h"

#include "core/batch_run.h"
#include "tui/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_STEP = 256 * 1024 };

/* Up to `size` bytes of a file; the descriptor stays the caller's. */
static enum status hash_input(struct manifest_input *input, int fd, uint64_t size,
                              struct error *error)
{
    struct sha256 sha;
    char *bytes = mem_alloc(READ_STEP);
    ssize_t got = 0;
    struct batch_progress counter = {0};
    sha256_init(&sha);
    struct progress *progress = progress_start(&counter, size, "hashing the input");
    while (input->bytes < size) {
        uint64_t left = size - input->bytes;
        got = pread(fd, bytes, left < READ_STEP ? (size_t)left : READ_STEP, (off_t)input->bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        sha256_add(&sha, bytes, (size_t)got);
        input->bytes += (uint64_t)got;
        atomic_store_explicit(&counter.bytes, input->bytes, memory_order_relaxed);
    }
    int why = errno;
    progress_stop(progress);
    free(bytes);
    sha256_text(&sha, input->sha256);
    if (got < 0)
        return error_set_errno(error, STATUS_IO, why, "%.200s", input->path);
    return STATUS_OK;
}

/* The spool's own descriptor, or a new one; what it is of is judged by it (D-14, D-21). */
static int open_input(const struct command_feed *feed, const char *name, struct stat *facts,
                      struct error *error)
{
    int fd = feed->spool ? dup(spool_fd(feed->spool))
                         : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && fstat(fd, facts) == 0 && S_ISREG(facts->st_mode))
        return fd;
    if (fd < 0)
        error_set_errno(error, STATUS_IO, errno, "%.200s", name);
    else
        error_set(error, STATUS_IO, "%.200s: is no regular file any more", name);
    if (fd >= 0)
        close(fd);
    return -1;
}

enum status inputs_hash(struct inputs *inputs, const struct command_feed *feed, bool consumed,
                        struct error *error)
{
    const char *name;
    uint64_t bytes;
    enum status status = STATUS_OK;
    for (uint32_t i = 0;
         status == STATUS_OK && feed->feed->ops->source(feed->feed, i, &name, &bytes); i++) {
        size_t len = ++inputs->len;
        inputs->entries = mem_resize(inputs->entries, len * sizeof *inputs->entries);
        inputs->facts = mem_resize(inputs->facts, len * sizeof *inputs->facts);
        struct manifest_input *input = &inputs->entries[i];
        struct stat *facts = &inputs->facts[i];
        *input = (struct manifest_input){.path = name};
        int fd = open_input(feed, name, facts, error);
        if (fd < 0)
            return STATUS_IO;
        status = hash_input(input, fd, consumed ? bytes : (uint64_t)facts->st_size, error);
        close(fd);
        if (status == STATUS_OK && consumed && input->bytes < bytes)
            status = error_set(error, STATUS_IO,
                               "%.200s became shorter while it was read: nothing is written", name);
    }
    return status;
}

void inputs_fini(struct inputs *inputs)
{
    free(inputs->entries);
    free(inputs->facts);
    *inputs = (struct inputs){.len = 0};
}

bool inputs_unchanged(const struct inputs *inputs, size_t index)
{
    const struct stat *then = &inputs->facts[index];
    struct stat now;
    return stat(inputs->entries[index].path, &now) == 0 && now.st_dev == then->st_dev &&
           now.st_ino == then->st_ino && now.st_size == then->st_size &&
           now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

enum status inputs_hash_beginning(const struct command_feed *feed, const char *name, uint64_t bytes,
                                  char out[SHA256_TEXT], struct error *error)
{
    struct manifest_input input = {.path = name};
    struct stat facts;
    int fd = open_input(feed, name, &facts, error);
    if (fd < 0)
        return STATUS_IO;
    enum status status = hash_input(&input, fd, bytes, error);
    close(fd);
    memcpy(out, input.sha256, SHA256_TEXT);
    if (status == STATUS_OK && input.bytes < bytes)
        status = error_set(error, STATUS_NOT_FOUND, "%.200s has fewer bytes than it had", name);
    return status;
}
