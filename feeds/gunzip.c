/* gzip, judged by zlib: it verifies each member's checksum and length by itself. */
#include "feeds/gunzip.h"

#include "feeds/generation.h"
#include "feeds/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#define MIB UINT64_C(1048576)

enum { IN_BYTES = 64 * 1024, OUT_BYTES = 256 * 1024, GZIP_WINDOW = 15 + 16 };

const struct gunzip_limits gunzip_limits_default = {.bytes = 16 * 1024 * MIB, .ratio = 250};

struct gunzip {
    const char *name;
    int fd;
    z_stream stream;
    uint64_t offset; /* of the next bytes to fetch */
    uint64_t bytes;  /* that came out */
    bool member_ended;
    bool padding; /* zero bytes came behind a member: nothing else may */
    unsigned char in[IN_BYTES];
};

bool gunzip_is(int fd)
{
    char magic[3];
    return generation_pread(fd, magic, sizeof magic, 0) == 3 &&
           memcmp(magic, "\x1f\x8b\x08", sizeof magic) == 0;
}

static struct gunzip *gunzip_new(int fd, const char *name)
{
    struct gunzip *gunzip = mem_zero(1, sizeof *gunzip);
    gunzip->name = name;
    gunzip->fd = fd;
    int begun = inflateInit2(&gunzip->stream, GZIP_WINDOW);
    if (begun == Z_MEM_ERROR)
        fatal_shortage("out of memory to read %s", name);
    if (begun != Z_OK)
        fatal("zlib %s does not start", zlibVersion());
    return gunzip;
}

static void gunzip_free(struct gunzip *gunzip)
{
    inflateEnd(&gunzip->stream);
    free(gunzip);
}

static enum status damaged(const struct gunzip *gunzip, const char *what, struct error *error)
{
    return error_set(error, STATUS_BAD_FORMAT, "%s: gzip: %s", gunzip->name, what);
}

/* `*end`: the file has no more bytes. */
static enum status fetch(struct gunzip *gunzip, bool *end, struct error *error)
{
    *end = false;
    if (gunzip->stream.avail_in > 0)
        return STATUS_OK;
    int64_t got = generation_pread(gunzip->fd, (char *)gunzip->in, IN_BYTES, gunzip->offset);
    if (got < 0)
        return error_set_errno(error, STATUS_IO, errno, "%s", gunzip->name);
    *end = got == 0;
    gunzip->offset += (uint64_t)got;
    gunzip->stream.next_in = gunzip->in;
    gunzip->stream.avail_in = (uInt)got;
    return STATUS_OK;
}

/* Between members: passes padding, and begins the next one if there is one. */
static enum status begin_member(struct gunzip *gunzip, struct error *error)
{
    z_stream *stream = &gunzip->stream;
    while (stream->avail_in > 0 && *stream->next_in == 0) {
        stream->next_in++;
        stream->avail_in--;
        gunzip->padding = true;
    }
    if (stream->avail_in == 0)
        return STATUS_OK;
    if (gunzip->padding || *stream->next_in != 0x1f)
        return damaged(gunzip, "bytes that are not gzip follow the end; nothing of it is read",
                       error);
    gunzip->member_ended = false;
    inflateReset(stream);
    return STATUS_OK;
}

/* The next bytes that come out, at most `cap`; `*len` 0: there are no more. */
static enum status next_bytes(struct gunzip *gunzip, unsigned char *out, size_t cap, size_t *len,
                              struct error *error)
{
    z_stream *stream = &gunzip->stream;
    stream->next_out = out;
    stream->avail_out = (uInt)cap;
    while (stream->avail_out > 0) {
        bool end;
        enum status status = fetch(gunzip, &end, error);
        if (status == STATUS_OK && gunzip->member_ended && !end)
            status = begin_member(gunzip, error);
        if (status != STATUS_OK)
            return status;
        if (gunzip->member_ended && end)
            break;
        if (gunzip->member_ended)
            continue;
        if (end)
            return damaged(gunzip, "it ends in the middle; is it still being written?", error);
        int result = inflate(stream, Z_NO_FLUSH);
        gunzip->member_ended = result == Z_STREAM_END;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return damaged(gunzip, stream->msg ? stream->msg : "damaged", error);
    }
    *len = cap - stream->avail_out;
    gunzip->bytes += *len;
    return STATUS_OK;
}

static enum status check_limits(const struct gunzip *gunzip, const struct gunzip_limits *limits,
                                struct error *error)
{
    if (gunzip->bytes > limits->bytes)
        return error_set(error, STATUS_LIMIT,
                         "%s: gzip: more than %llu MiB come out of it; unpack it yourself, then "
                         "name that file",
                         gunzip->name, (unsigned long long)(limits->bytes / MIB));
    if (gunzip->bytes > 16 * MIB && gunzip->bytes / limits->ratio > gunzip->offset)
        return error_set(error, STATUS_LIMIT,
                         "%s: gzip: more than %llu times its size comes out of it; if it is to be "
                         "trusted, unpack it yourself, then name that file",
                         gunzip->name, (unsigned long long)limits->ratio);
    return STATUS_OK;
}

static enum status write_all(int fd, const unsigned char *bytes, size_t len, struct error *error)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno != EINTR)
            return error_set_errno(error, STATUS_IO, errno,
                                   "unpacking into a temporary file (TMPDIR names another folder)");
        if (written > 0) {
            bytes += written;
            len -= (size_t)written;
        }
    }
    return STATUS_OK;
}

static enum status unpack(struct gunzip *gunzip, const struct gunzip_limits *limits,
                          bool (*stopped)(void), int to, struct error *error)
{
    unsigned char *out = mem_alloc(OUT_BYTES);
    enum status status;
    size_t len = 0;
    do {
        status = next_bytes(gunzip, out, OUT_BYTES, &len, error);
        if (status == STATUS_OK)
            status = check_limits(gunzip, limits, error);
        if (status == STATUS_OK && stopped && stopped())
            status = error_set(error, STATUS_CLOSED, "%s: stopped while unpacking", gunzip->name);
        if (status == STATUS_OK)
            status = write_all(to, out, len, error);
    } while (status == STATUS_OK && len > 0);
    free(out);
    return status;
}

int gunzip_spool(int fd, const char *name, const struct gunzip_limits *limits,
                 bool (*stopped)(void), uint64_t *bytes, struct error *error)
{
    int to = spool_file(error);
    if (to < 0)
        return -1;
    struct gunzip *gunzip = gunzip_new(fd, name);
    enum status status = unpack(gunzip, limits, stopped, to, error);
    *bytes = gunzip->bytes;
    gunzip_free(gunzip);
    if (status == STATUS_OK)
        return to;
    close(to);
    return -1;
}

size_t gunzip_peek(int fd, char *buffer, size_t cap)
{
    struct gunzip *gunzip = gunzip_new(fd, "");
    size_t len = 0;
    next_bytes(gunzip, (unsigned char *)buffer, cap, &len, NULL);
    if (len == 0) /* what came out before a fault, or before the end of what is there */
        len = cap - gunzip->stream.avail_out;
    gunzip_free(gunzip);
    return len;
}
