/*
 * Standard input, copied into a feed file.
 *
 * DESIGN. Bytes go from the input into the buffer and from there into the file; the input is read
 * only when the buffer is empty. So a disk that is full holds up whoever writes to us, and nothing
 * is lost. After a failure the producer waits for the clock instead of the descriptor, which would
 * be readable all the time.
 */
#include "feeds/spool.h"

#include "feeds/append_file.h"
#include "feeds/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    RETRY_MS = 1000,      /* after a failure */
    COPIES_IN_A_ROW = 16, /* then the producer looks whether it is asked for something else */
    HEAD_BYTES = 4 << 20, /* never given back: more than a header may have */
    STEP_BYTES = 16 << 20 /* given back at once */
};

struct spool {
    int input_fd; /* not owned */
    bool ended;
    bool end_told;      /* to the feed */
    bool failed;        /* the last try */
    bool keeps;         /* the file system cannot give back */
    uint64_t forgotten; /* bytes [HEAD_BYTES, forgotten) were given back */
    struct append_file file;
};

/* File systems without O_TMPFILE give the same with a name for a moment. */
static int named_and_unlinked(const char *folder)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/tailrace.XXXXXX", folder);
    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int spool_file(struct error *error)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        fd = named_and_unlinked(folder);
    if (fd < 0)
        error_set_errno(error, STATUS_IO, errno,
                        "no temporary file can be made in %s (set TMPDIR to a writable folder)",
                        folder);
    return fd;
}

struct spool *spool_new(int input_fd, struct error *error)
{
    struct spool *spool = mem_alloc(sizeof *spool);
    spool->input_fd = input_fd;
    spool->ended = spool->end_told = spool->failed = spool->keeps = false;
    spool->forgotten = HEAD_BYTES;
    if (append_file_open(&spool->file, error) != STATUS_OK) {
        free(spool);
        return NULL;
    }
    return spool;
}

void spool_free(struct spool *spool)
{
    if (!spool)
        return;
    append_file_close(&spool->file);
    free(spool);
}

int spool_fd(const struct spool *spool)
{
    return spool->file.fd;
}

void spool_attach(struct spool *spool, struct feed *feed)
{
    spool->file.feed = feed;
}

static enum status unreadable(int errno_value, struct error *error)
{
    return error_set_errno(error, STATUS_IO, errno_value, "standard input cannot be read");
}

/* Reads into the empty buffer what is there within the time; a signal ends the wait, so that who
 * waits without limit can still be stopped. */
static enum status fill(struct spool *spool, int timeout_ms, struct error *error)
{
    struct pollfd input = {.fd = spool->input_fd, .events = POLLIN};
    int ready = poll(&input, 1, timeout_ms);
    if (ready < 0)
        return errno == EINTR ? STATUS_OK : unreadable(errno, error);
    if (ready == 0)
        return STATUS_OK;
    ssize_t got = read(spool->input_fd, spool->file.bytes, sizeof spool->file.bytes);
    if (got > 0)
        spool->file.end = (size_t)got;
    else if (got == 0)
        spool->ended = true;
    else if (errno != EINTR && errno != EAGAIN)
        return unreadable(errno, error);
    return STATUS_OK;
}

enum status spool_copy(struct spool *spool, int timeout_ms, bool *end, struct error *error)
{
    struct append_file *file = &spool->file;
    enum status status = append_file_flush(file, error);
    if (status == STATUS_OK && !spool->ended)
        status = fill(spool, timeout_ms, error);
    if (status == STATUS_OK)
        status = append_file_flush(file, error);
    spool->failed = status != STATUS_OK;
    *end = spool->ended && file->begin == file->end;
    return status;
}

bool spool_is_long(const struct spool *spool)
{
    return !spool->keeps && spool->file.written >= spool->forgotten + STEP_BYTES;
}

void spool_forget(struct spool *spool, uint64_t before)
{
    if (before > spool->file.written)
        before = spool->file.written;
    if (spool->keeps || before < spool->forgotten + STEP_BYTES)
        return;
    uint64_t len = before - spool->forgotten;
    if (fallocate(spool->file.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  (off_t)spool->forgotten, (off_t)len) == 0)
        spool->forgotten = before;
    else if (errno != EINTR)
        spool->keeps = true;
}

bool spool_is_full(const struct spool *spool)
{
    return spool->failed && spool->file.begin < spool->file.end;
}

static enum status produce(void *producer, epoch_ms now, epoch_ms *next, struct error *error)
{
    struct spool *spool = producer;
    bool end = false;
    *next = now;
    for (int i = 0; i < COPIES_IN_A_ROW && *next == now; i++) {
        uint64_t before = spool->file.written;
        enum status status = spool_copy(spool, 0, &end, error);
        if (status != STATUS_OK) {
            *next = now + RETRY_MS;
            return status;
        }
        if (end || spool->file.written == before)
            *next = INT64_MAX;
    }
    if (end && !spool->end_told && spool->file.feed) {
        spool->end_told = true;
        tail_closed(spool->file.feed);
    }
    return STATUS_OK;
}

static int input_fd(void *producer)
{
    const struct spool *spool = producer;
    return spool->ended || spool->failed ? -1 : spool->input_fd;
}

const struct producer_ops spool_ops = {.produce = produce, .send = NULL, .fd = input_fd};
