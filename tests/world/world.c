/*
 * A world that a test can spoil: preloaded into the program, does to it what the file named by
 * WORLD says, a line of text that may be changed in place at any time:
 *
 *     set=MS slept=MS read=ERRNO open=ERRNO deep=1 hold=BYTES
 *
 * set: the wall clock was set ahead by so much (back: below 0). slept: so long has the machine been
 * asleep. read, open: reading, or opening, files under the folder WORLD_FOLDER fails so. deep: who
 * reads such a file uses up its stack. hold: who reads it from there on waits until that is over.
 * 0: nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { ORDERS = 128 };
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

static const char *orders;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("WORLD");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, ORDERS, PROT_READ, MAP_SHARED, fd, 0);
    orders = at == MAP_FAILED ? NULL : at;
    if (fd >= 0)
        close(fd);
}

static int64_t order(const char *name)
{
    const char *at = orders ? strstr(orders, name) : NULL;
    return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

static void add_ms(struct timespec *time, int64_t ms)
{
    int64_t ns = time->tv_sec * NS_PER_S + time->tv_nsec + ms * NS_PER_MS;
    time->tv_sec = ns / NS_PER_S;
    time->tv_nsec = ns % NS_PER_S;
}

int clock_gettime(clockid_t id, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, id, time);
    if (id == CLOCK_REALTIME)
        add_ms(time, order("set=") + order("slept="));
    else if (id == CLOCK_BOOTTIME)
        add_ms(time, order("slept="));
    return result;
}

static int is_spoiled(const char *path)
{
    const char *folder = getenv("WORLD_FOLDER");
    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static int sink(const char *above)
{
    char here[4096];
    memset(here, *above + 1, sizeof here);
    return order("deep=") ? sink(here) + here[17] : 0;
}

static int is_spoiled_fd(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(link, path, sizeof path - 1);
    path[got > 0 ? got : 0] = '\0';
    return is_spoiled(path);
}

static int is_held(off_t offset)
{
    int64_t from = order("hold=");
    return from > 0 && offset >= from;
}

ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
    int failure = (int)order("read="), deep = (int)order("deep=");
    if ((failure || deep) && is_spoiled_fd(fd)) {
        errno = failure + (deep ? sink("") : 0);
        return -1;
    }
    const struct timespec moment = {.tv_nsec = 5 * NS_PER_MS};
    if (is_held(offset) && is_spoiled_fd(fd))
        while (is_held(offset))
            nanosleep(&moment, NULL);
    return syscall(SYS_pread64, fd, bytes, len, offset);
}

ssize_t pread64(int fd, void *bytes, size_t len, off_t offset)
{
    return pread(fd, bytes, len, offset);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? (mode_t)va_arg(arguments, int) : 0;
    va_end(arguments);
    int failure = (int)order("open=");
    if (failure && is_spoiled(path)) {
        errno = failure;
        return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
