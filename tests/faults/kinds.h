#ifndef TAILRACE_TESTS_KINDS_H
#define TAILRACE_TESTS_KINDS_H
/*
 * The kinds of fault, and the system calls that each can meet. A call on a file that belongs to the
 * loader, to the locale or to /proc is never counted: what fails there is not the program's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

enum how { FAULT_NONE, FAULT_ALLOC, FAULT_ERROR, FAULT_SHORT, FAULT_KILL_BEFORE, FAULT_KILL_AFTER };

/* A list ends with 0, which is the number of read. */
enum { KIND_CALLS = 40, READ = 1000 };

struct kind {
    const char *name;
    enum how how;
    int errno_value;
    bool invisible; /* what is right must come out, with status 0 */
    int calls[KIND_CALLS];
};

/* clang-format off */
#define ANY_OPEN SYS_openat, SYS_open
#define ANY_WRITE SYS_write, SYS_pwrite64, SYS_writev
#define ANY_READ READ, SYS_pread64
#define ANY_SYNC SYS_fsync, SYS_fdatasync
#define ANY_NAME SYS_rename, SYS_renameat, SYS_renameat2, SYS_unlink, SYS_unlinkat, SYS_mkdir, \
                 SYS_mkdirat, SYS_rmdir, SYS_linkat
#define ANY_STAT SYS_newfstatat, SYS_fstat, SYS_stat, SYS_lstat
#define ANY_SIZE SYS_ftruncate, SYS_fallocate

static const struct kind kinds[] = {
    {"alloc", FAULT_ALLOC, ENOMEM, false, {0}},
    {"eio", FAULT_ERROR, EIO, false,
     {ANY_OPEN, ANY_WRITE, ANY_READ, ANY_SYNC, ANY_NAME, ANY_STAT, ANY_SIZE, SYS_close, SYS_fcntl,
      SYS_getdents64}},
    {"enospc", FAULT_ERROR, ENOSPC, false,
     {ANY_OPEN, ANY_WRITE, ANY_SYNC, ANY_NAME, ANY_SIZE, SYS_inotify_add_watch}},
    {"emfile", FAULT_ERROR, EMFILE, false,
     {ANY_OPEN, SYS_fcntl, SYS_inotify_init1, SYS_eventfd2, SYS_pipe2, SYS_dup, SYS_memfd_create}},
    {"thread", FAULT_ERROR, EAGAIN, false, {SYS_clone3, SYS_clone}},
    {"eintr", FAULT_ERROR, EINTR, true, {ANY_READ, ANY_WRITE, SYS_poll, SYS_ppoll}},
    {"short", FAULT_SHORT, 0, true, {ANY_READ, ANY_WRITE}},
    {"kill-before", FAULT_KILL_BEFORE, 0, false,
     {ANY_OPEN, ANY_WRITE, ANY_SYNC, ANY_NAME, ANY_SIZE, SYS_close, SYS_fcntl}},
    {"kill-after", FAULT_KILL_AFTER, 0, false, {ANY_WRITE, ANY_SYNC, ANY_NAME, ANY_SIZE}},
};
/* clang-format on */

enum { KINDS = sizeof kinds / sizeof *kinds };

static inline const struct kind *kind_named(const char *name)
{
    for (int k = 0; k < KINDS; k++)
        if (strcmp(kinds[k].name, name) == 0)
            return &kinds[k];
    return NULL;
}

static inline bool kind_meets(const struct kind *kind, long call)
{
    long wanted = call == SYS_read ? READ : call;
    for (int c = 0; c < KIND_CALLS && kind->calls[c] != 0; c++)
        if (kind->calls[c] == wanted)
            return true;
    return false;
}

static inline bool call_opens(long call)
{
    return call == SYS_openat || call == SYS_open;
}

static inline bool call_writes(long call)
{
    return call == SYS_write || call == SYS_pwrite64 || call == SYS_writev;
}

static inline bool call_moves_bytes(long call)
{
    return call == SYS_read || call == SYS_pread64 || call_writes(call);
}

/* The argument that is a path; -1: none. */
static inline int call_path(long call)
{
    switch (call) {
    case SYS_open:
    case SYS_stat:
    case SYS_lstat:
    case SYS_rename:
    case SYS_unlink:
    case SYS_mkdir:
    case SYS_rmdir:
        return 0;
    case SYS_openat:
    case SYS_newfstatat:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_unlinkat:
    case SYS_mkdirat:
    case SYS_linkat:
    case SYS_inotify_add_watch:
        return 1;
    default:
        return -1;
    }
}

/* Whether the first argument is a descriptor that says which file is meant. */
static inline bool call_has_fd(long call)
{
    switch (call) {
    case SYS_poll:
    case SYS_ppoll:
    case SYS_clone:
    case SYS_clone3:
    case SYS_inotify_init1:
    case SYS_eventfd2:
    case SYS_pipe2:
    case SYS_memfd_create:
        return false;
    default:
        return call_path(call) != 0;
    }
}

static inline const char *call_name(long call)
{
    static const struct {
        long call;
        const char *name;
    } names[] = {{SYS_open, "open"},
                 {SYS_openat, "openat"},
                 {SYS_read, "read"},
                 {SYS_pread64, "pread64"},
                 {SYS_write, "write"},
                 {SYS_pwrite64, "pwrite64"},
                 {SYS_writev, "writev"},
                 {SYS_fsync, "fsync"},
                 {SYS_fdatasync, "fdatasync"},
                 {SYS_rename, "rename"},
                 {SYS_renameat, "renameat"},
                 {SYS_renameat2, "renameat2"},
                 {SYS_unlink, "unlink"},
                 {SYS_unlinkat, "unlinkat"},
                 {SYS_mkdir, "mkdir"},
                 {SYS_mkdirat, "mkdirat"},
                 {SYS_rmdir, "rmdir"},
                 {SYS_linkat, "linkat"},
                 {SYS_newfstatat, "fstatat"},
                 {SYS_fstat, "fstat"},
                 {SYS_stat, "stat"},
                 {SYS_lstat, "lstat"},
                 {SYS_ftruncate, "ftruncate"},
                 {SYS_fallocate, "fallocate"},
                 {SYS_close, "close"},
                 {SYS_fcntl, "fcntl"},
                 {SYS_poll, "poll"},
                 {SYS_ppoll, "ppoll"},
                 {SYS_clone, "clone"},
                 {SYS_clone3, "clone3"},
                 {SYS_dup, "dup"},
                 {SYS_eventfd2, "eventfd"},
                 {SYS_pipe2, "pipe2"},
                 {SYS_getdents64, "getdents64"},
                 {SYS_memfd_create, "memfd"},
                 {SYS_inotify_init1, "inotify_init1"},
                 {SYS_inotify_add_watch, "inotify_add_watch"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].call == call)
            return names[i].name;
    return "a call";
}

static inline bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Files whose faults are not the program's to bear. */
static inline bool file_is_foreign(const char *path)
{
    static const char *const parts[] = {".so.",       "/etc/ld.so", "/locale",   "/gconv",
                                        "/memfd:err", "/dev/null",  "[eventfd]", "/sys/"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(path, parts[i]))
            return true;
    return ends_with(path, ".so") ||
           (strncmp(path, "/proc", 5) == 0 && strncmp(path, "/proc/self/fd/", 14) != 0);
}

/* Whether this kind has something to say about a call that it can meet. */
static inline bool kind_fits(const struct kind *kind, long call, const uint64_t argument[6])
{
    if (call == SYS_fcntl) {
        bool copies = argument[1] == F_DUPFD || argument[1] == F_DUPFD_CLOEXEC;
        bool locks = argument[1] == F_SETLK || argument[1] == F_SETLKW;
        return kind->errno_value == EMFILE ? copies : locks;
    }
    if (kind->errno_value == ENOSPC && call_opens(call))
        return argument[call == SYS_openat ? 2 : 1] & O_CREAT;
    if (call == SYS_clone)
        return argument[0] & CLONE_THREAD;
    if (kind->how == FAULT_SHORT)
        return argument[2] > 1;
    return true;
}

#endif
