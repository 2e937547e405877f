/*
 * Opening a file as a generation, judging it by its descriptor, and sharing that descriptor until
 * its last user lets go.
 */
#include "feeds/generation.h"

#include "feeds/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SEARCH_CHUNK = 64 * 1024 };

/* Says what stands there instead of a file, and what to do about it (T-R12). */
static enum status refuse(const char *name, mode_t mode, struct error *error)
{
    if (S_ISDIR(mode))
        return error_set(error, STATUS_USAGE,
                         "%s: is a directory; name the files in it, as '%s/*.csv'", name, name);
    if (S_ISFIFO(mode))
        return error_set(
            error, STATUS_USAGE,
            "%s: is a pipe; read it with: tailrace ... - < %s (each line at most once: "
            "a pipe has no positions to return to)",
            name, name);
    if (S_ISSOCK(mode))
        return error_set(error, STATUS_USAGE, "%s: is a socket, not a file", name);
    return error_set(error, STATUS_USAGE, "%s: is a device, not a file", name);
}

enum status generation_check_file(const char *name, int fd, struct opened_file *out,
                                  struct error *error)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return error_set_errno(error, STATUS_IO, errno, "%s", name);
    if (!S_ISREG(facts.st_mode))
        return refuse(name, facts.st_mode, error);
    *out = (struct opened_file){
        .fd = fd, .id = generation_id_of(&facts), .size = (uint64_t)facts.st_size};
    return STATUS_OK;
}

static enum status open_failed(const char *path, int errno_value, struct error *error)
{
    if (errno_value == ENOENT || errno_value == ENOTDIR)
        return error_set(error, STATUS_NOT_FOUND, "%s: no such file", path);
    struct stat facts;
    /* Sockets and some devices cannot even be opened: only the path can be asked. */
    if (errno_value == ENXIO && stat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
        return refuse(path, facts.st_mode, error);
    return error_set_errno(error, STATUS_IO, errno_value, "%s", path);
}

void generation_raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* The lowest free number is given, so it tells how many are open. */
static bool is_spare(int fd)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 2 * GENERATION_SPARE &&
           (rlim_t)fd >= limit.rlim_cur - GENERATION_SPARE;
}

static enum status too_many(const char *path, struct error *error)
{
    return error_set(error, STATUS_LIMIT, "%s: too many files are open; allow more with: ulimit -n",
                     path);
}

int generation_open_at(int folder, const char *path, int flags)
{
    for (;;) {
        int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
        if (fd >= 0 && !is_spare(fd))
            return fd;
        if (fd >= 0) {
            close(fd);
            errno = EMFILE;
        }
        bool too_many_open = errno == EMFILE || errno == ENFILE;
        if (errno != EINTR && !(too_many_open && descriptor_park_one())) {
            errno = too_many_open ? EMFILE : errno;
            return -1;
        }
    }
}

enum status generation_open_file(const char *path, struct opened_file *out, struct error *error)
{
    int fd = generation_open_at(AT_FDCWD, path, 0);
    if (fd < 0 && errno == EMFILE)
        return too_many(path, error);
    if (fd < 0)
        return open_failed(path, errno, error);
    enum status status = generation_check_file(path, fd, out, error);
    if (status != STATUS_OK)
        close(fd);
    return status;
}

bool generation_look(const char *path, struct stat *facts)
{
    return stat(path, facts) == 0;
}

struct generation_id generation_id_of(const struct stat *facts)
{
    return (struct generation_id){.device = facts->st_dev, .inode = facts->st_ino};
}

bool generation_id_same(struct generation_id a, struct generation_id b)
{
    return a.device == b.device && a.inode == b.inode;
}

struct generation *generation_new(uint32_t number, int fd, struct generation_id id, uint64_t begin)
{
    struct generation *generation = mem_zero(1, sizeof *generation);
    atomic_init(&generation->references, 1);
    generation->number = number;
    generation->fd = fd;
    generation->id = id;
    generation->begin = begin;
    generation->consumed = begin;
    return generation;
}

struct generation *generation_retain(struct generation *generation)
{
    atomic_fetch_add(&generation->references, 1);
    return generation;
}

void generation_release(struct generation *generation)
{
    if (!generation || atomic_fetch_sub(&generation->references, 1) != 1)
        return;
    descriptor_close(generation);
    free(generation);
}

int64_t generation_pread(int fd, char *buffer, size_t len, uint64_t offset)
{
    size_t have = 0;
    while (have < len) {
        ssize_t got = pread(fd, buffer + have, len - have, (off_t)(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && have == 0)
            return -1;
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    return (int64_t)have;
}

enum status generation_last_line_end(int fd, uint64_t size, uint64_t *out, struct error *error)
{
    char chunk[SEARCH_CHUNK];
    uint64_t end = size;
    *out = 0;
    while (end > 0) {
        uint64_t begin = end > sizeof chunk ? end - sizeof chunk : 0;
        int64_t got = generation_pread(fd, chunk, (size_t)(end - begin), begin);
        if (got < 0)
            return error_set_errno(error, STATUS_IO, errno, "looking for the last line");
        const char *line_end = memrchr(chunk, '\n', (size_t)got);
        if (line_end) {
            *out = begin + (uint64_t)(line_end - chunk) + 1;
            return STATUS_OK;
        }
        end = begin;
    }
    return STATUS_OK;
}

uint32_t generation_count_lines(int fd, uint64_t end)
{
    char chunk[16 * 1024];
    uint32_t lines = 0;
    int64_t got = 1;
    for (uint64_t at = 0; at < end && got > 0; at += got > 0 ? (uint64_t)got : 0) {
        size_t want = end - at < sizeof chunk ? (size_t)(end - at) : sizeof chunk;
        got = generation_pread(fd, chunk, want, at);
        for (int64_t i = 0; i < got; i++)
            lines += chunk[i] == '\n';
    }
    return lines;
}
