/*
 * The other side of the soak: a system that logs without pause and rotates its log, by renaming and
 * by copytruncate in turn, and that keeps a ledger of what it wrote.
 *
 *     writer FILE SECONDS EVENTS_PER_SECOND ROTATE_MS KEEP
 *
 * JSON lines, each with an id of its own; one in 100 is written again, word for word, and one in
 * 1000 is not JSON. The rotated files are FILE.1, the newest, to FILE.KEEP; what is older is
 * removed. Nothing is written between a copy and its truncation. Event time runs through a day in
 * half a million events, so that what a day's horizon holds is bounded. At the end the ledger goes
 * to standard output, as JSON.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 128,
    STEP_MS = 173,
    AGAIN = 100,
    BROKEN = 1000,
    BEAT_NS = 10 * 1000 * 1000
};
#define START_MS INT64_C(946684800000) /* 2000-01-01 */

static struct ledger {
    uint64_t lines, unique, duplicate, rejected, cents, rotations;
} ledger;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int open_log(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        die(path);
    return fd;
}

static void put(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(fd, bytes, len);
        if (wrote < 0 && errno != EINTR)
            die("write");
        if (wrote > 0) {
            bytes += wrote;
            len -= (size_t)wrote;
        }
    }
}

static size_t record(char *out, uint64_t id)
{
    int64_t ms = START_MS + (int64_t)id * STEP_MS;
    unsigned cents = (unsigned)(id * 2654435761U % 100000) + 1;
    return (size_t)snprintf(out, LINE_MAX_BYTES,
                            "{\"id\":%" PRIu64 ",\"at\":%" PRId64
                            ",\"amount\":\"%u.%02u\",\"key\":\"k%u\"}\n",
                            id, ms, cents / 100, cents % 100, (unsigned)(id % 7));
}

/* The next line, and what it is. */
static size_t next_line(char *out)
{
    uint64_t n = ledger.lines++;
    if (n % BROKEN == BROKEN - 1) {
        ledger.rejected++;
        return (size_t)snprintf(out, LINE_MAX_BYTES, "not JSON, line %" PRIu64 "\n", n);
    }
    if (n % AGAIN == AGAIN - 1 && ledger.unique > 50) {
        ledger.duplicate++;
        return record(out, ledger.unique - 1 - n % 37);
    }
    ledger.cents += ledger.unique * 2654435761U % 100000 + 1;
    return record(out, ledger.unique++);
}

static void copy(const char *from, const char *to)
{
    static char bytes[1 << 20];
    ssize_t got;
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open_log(to);
    while ((got = read(in, bytes, sizeof bytes)) > 0)
        put(out, bytes, (size_t)got);
    close(in);
    close(out);
}

/* Each rotated file gets the name of the next older one; FILE.1 is free then. */
static void move_on(const char *path, uint64_t keep)
{
    char name[4096], older[4096];
    for (uint64_t number = keep; number > 0; number--) {
        snprintf(name, sizeof name, "%s.%" PRIu64, path, number);
        snprintf(older, sizeof older, "%s.%" PRIu64, path, number + 1);
        if ((number == keep ? unlink(name) : rename(name, older)) != 0 && errno != ENOENT)
            die(name);
    }
}

/* The log's descriptor afterwards. */
static int rotate(const char *path, int fd, uint64_t keep)
{
    char name[4096];
    snprintf(name, sizeof name, "%s.1", path);
    move_on(path, keep);
    if (++ledger.rotations % 2) {
        if (rename(path, name) != 0)
            die("rename");
        close(fd);
        fd = open_log(path);
    } else {
        copy(path, name);
        if (ftruncate(fd, 0) != 0)
            die("truncate");
    }
    return fd;
}

static void wait_for_beat(int64_t until)
{
    const struct timespec beat = {.tv_sec = until / 1000000000, .tv_nsec = until % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &beat, NULL);
}

int main(int argc, char **argv)
{
    static char bytes[1 << 20];
    if (argc != 6)
        return 2;
    int64_t began = now_ns(), end = began + atoll(argv[2]) * 1000000000;
    int64_t rotate_ns = atoll(argv[4]) * 1000000, rotate_at = began + rotate_ns;
    uint64_t rate = strtoull(argv[3], NULL, 10), keep = strtoull(argv[5], NULL, 10);
    int fd = open_log(argv[1]);
    for (int64_t now = began; now < end; now = now_ns()) {
        uint64_t due = (uint64_t)(now - began) / 1000000 * rate / 1000;
        size_t len = 0;
        while (ledger.lines < due && len < sizeof bytes - LINE_MAX_BYTES)
            len += next_line(bytes + len);
        put(fd, bytes, len);
        if (now >= rotate_at) {
            fd = rotate(argv[1], fd, keep);
            rotate_at += rotate_ns;
        }
        wait_for_beat(now + BEAT_NS);
    }
    printf("{\"read\": %" PRIu64 ", \"unique\": %" PRIu64 ", \"duplicate\": %" PRIu64
           ", \"rejected\": %" PRIu64 ", \"amount\": \"%" PRIu64 ".%02u\", \"rotations\": %" PRIu64
           "}\n",
           ledger.lines, ledger.unique, ledger.duplicate, ledger.rejected, ledger.cents / 100,
           (unsigned)(ledger.cents % 100), ledger.rotations);
    return 0;
}
