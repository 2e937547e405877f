/*
 * Compressed feeds (T-R10, D-10): bytes as they are; or, after a 'p', members made of the input and
 * what stands behind them. What comes out of a good file is exactly what went in; what is cut,
 * changed or followed by something else is refused with words; no more than the limit comes out.
 */
#include "tests/fuzz/fuzz.h"

#include "feeds/gunzip.h"

#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

enum { PACKED_MAX = 256 * 1024, PEEK = 64, SLACK = 256 * 1024 };

static const struct gunzip_limits limits = {.bytes = 1 << 20, .ratio = 250};

struct packed {
    unsigned char bytes[PACKED_MAX];
    size_t len;
};

static void add_member(struct packed *packed, const uint8_t *plain, size_t len, int level)
{
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)plain, .avail_in = (uInt)len};
    must(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
    stream.next_out = packed->bytes + packed->len;
    stream.avail_out = (uInt)(PACKED_MAX - packed->len);
    must(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib has no room");
    packed->len += stream.total_out;
    deflateEnd(&stream);
}

static int file_of(const void *bytes, size_t len)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len, "no file in memory");
    return fd;
}

/* What the first bytes are, and all of them: -1 when it is refused. */
static int unpack(const struct packed *packed, uint64_t *bytes)
{
    struct error error = {.text = ""};
    char peeked[PEEK], first[PEEK];
    int fd = file_of(packed->bytes, packed->len);
    bool is = gunzip_is(fd);
    must(is == (packed->len >= 3 && memcmp(packed->bytes, "\x1f\x8b\x08", 3) == 0), "by content");
    size_t peeked_len = is ? gunzip_peek(fd, peeked, sizeof peeked) : 0;
    int out = is ? gunzip_spool(fd, "fuzz.gz", &limits, NULL, bytes, &error) : -1;
    must(*bytes <= limits.bytes + SLACK, "%llu bytes came out", (unsigned long long)*bytes);
    close(fd);
    if (is && out < 0)
        must_say(error.code, &error);
    if (out < 0)
        return -1;
    must(lseek(out, 0, SEEK_END) == (off_t)*bytes, "the length of what came out");
    must(*bytes <= limits.bytes, "beyond the limit, and not refused");
    ssize_t first_len = pread(out, first, sizeof first, 0);
    must(first_len == (ssize_t)peeked_len && memcmp(first, peeked, peeked_len) == 0,
         "what was seen first is not what comes first");
    return out;
}

static void check_equal(int fd, const uint8_t *plain, uint64_t len)
{
    void *got = len > 0 ? mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    must(got != MAP_FAILED && (len == 0 || memcmp(got, plain, len) == 0), "other bytes came out");
    if (len > 0)
        munmap(got, len);
}

/* Members of the input, cut by its own bytes; then zeros, or something else, or a changed byte. */
static void check_made(struct taker taker)
{
    static struct packed packed;
    int members = 1 + (int)take(&taker, 1) % 3, level = (int)take(&taker, 1) % 10;
    size_t zeros = (size_t)take(&taker, 1) % 20, tail = (size_t)take(&taker, 1) % 4;
    size_t changed = (size_t)take(&taker, 2);
    const uint8_t *plain = taker.at;
    size_t plain_len = taker.left;
    uint64_t bytes = 0;
    packed.len = 0;
    for (int m = 0; m < members; m++) {
        size_t len = m + 1 < members ? taker.left / 2 : taker.left;
        add_member(&packed, taker.at, len, level);
        taker.at += len;
        taker.left -= len;
    }
    size_t whole = packed.len;
    memset(packed.bytes + packed.len, 0, zeros);
    packed.len += zeros;
    memset(packed.bytes + packed.len, 'x', tail);
    packed.len += tail;
    /* the last member's checksum and length: nothing of them can change unseen */
    bool spoilt = changed % 4 == 0;
    if (spoilt)
        packed.bytes[whole - 1 - changed / 4 % 8] ^= 1;
    int out = unpack(&packed, &bytes);
    must((out >= 0) == (tail == 0 && !spoilt), "%s", out >= 0 ? "it was taken" : "it was refused");
    if (out < 0)
        return;
    must(bytes == plain_len, "%llu bytes of %zu", (unsigned long long)bytes, plain_len);
    check_equal(out, plain, plain_len);
    close(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct packed packed;
    uint64_t bytes = 0;
    if (size > 0 && data[0] == 'p') {
        check_made((struct taker){data + 1, size - 1});
        return 0;
    }
    packed.len = size < PACKED_MAX ? size : PACKED_MAX;
    if (size > 0)
        memcpy(packed.bytes, data, packed.len);
    int out = unpack(&packed, &bytes);
    if (out >= 0)
        close(out);
    return 0;
}
