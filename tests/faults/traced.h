#ifndef TAILRACE_TESTS_TRACED_H
#define TAILRACE_TESTS_TRACED_H
/*
 * One run of a program with one fault in it.
 *
 * DESIGN: an allocation fails in a preloaded library (alloc.c). A system call fails in the tracer:
 * the program is traced by ptrace(2), a seccomp filter stops it at the calls of interest alone, and
 * the tracer answers in the kernel's place. A preloaded library could not do that: the C library's
 * own streams call the kernel directly. And a traced program needs no other build, so the builds
 * for the sanitizers are tested as they are.
 */
#include "tests/faults/alloc.h"
#include "tests/faults/kinds.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef __x86_64__
#error "the registers of a traced process are known here for x86-64 alone"
#endif

enum { THREADS_MAX = 256, PLACE_MAX = 400 };

struct fault {
    const struct kind *kind; /* NULL: none */
    uint64_t nth;            /* 0: none, only counted */
    bool lasting;            /* and every call behind it */
};

/* What is known of a thread of the traced program. */
struct tracee {
    pid_t tid;
    bool shortened;  /* its length register is to be as it was, behind the call */
    bool ends_after; /* the call; the process is killed then */
    unsigned long long len;
};

struct traced {
    struct fault fault;
    const char *preload;        /* alloc.so */
    const char *input;          /* a file that is standard input; NULL: none */
    const char *const *streams; /* parts of names where there is no EINTR */
    int streams_len;
    const char *only; /* calls on files whose name has this are counted; NULL: on all */
    int timeout_ms;
    void (*tick)(struct traced *traced, void *context); /* every few ms, while it runs */
    void *context;
    /* results */
    pid_t pid;
    int out_fd, err_fd; /* what it printed */
    int wait_status;
    bool timed_out;
    uint64_t calls; /* of the kind, counted */
    bool hit;
    char place[PLACE_MAX]; /* which call on what, or who asked for memory */
    struct tracee threads[THREADS_MAX];
    int threads_len;
    int64_t deadline_ms;
};

static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static inline _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(2);
}

/* --- the child --- */

static inline void add_call(struct sock_filter *filter, unsigned short *len, int call)
{
    filter[(*len)++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                    (unsigned)(call == READ ? 0 : call), 0, 1);
    filter[(*len)++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
}

static inline void stop_at_calls(const struct kind *kind)
{
    struct sock_filter filter[2 * KIND_CALLS + 2];
    struct sock_fprog program = {.filter = filter};
    unsigned short len = 0;
    filter[len++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int c = 0; c < KIND_CALLS && kind->calls[c] != 0; c++)
        add_call(filter, &len, kind->calls[c]);
    filter[len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program.len = len;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        give_up("a filter of system calls");
}

static inline bool is_traced(const struct traced *traced)
{
    return traced->fault.kind && traced->fault.kind->how != FAULT_ALLOC;
}

static inline _Noreturn void be_child(const struct traced *traced, int board, char **arguments)
{
    char text[16];
    setpgid(0, 0);
    personality(ADDR_NO_RANDOMIZE); /* so that the addresses in a report can be looked up */
    if (dup2(traced->out_fd, STDOUT_FILENO) < 0 || dup2(traced->err_fd, STDERR_FILENO) < 0)
        give_up("dup2");
    int input = open(traced->input ? traced->input : "/dev/null", O_RDONLY | O_CLOEXEC);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0)
        give_up("standard input");
    if (board >= 0) {
        snprintf(text, sizeof text, "%d", board);
        setenv(ALLOC_BOARD, text, 1);
        setenv("LD_PRELOAD", traced->preload, 1);
    }
    if (is_traced(traced)) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            give_up("this machine lets no process trace another");
        raise(SIGSTOP);
        stop_at_calls(traced->fault.kind);
    }
    execvp(arguments[0], arguments);
    give_up(arguments[0]);
}

/* --- what a call is about --- */

static inline void read_text(pid_t tid, uint64_t address, char *out, size_t size)
{
    size_t page_left = 4096 - address % 4096, len = size - 1 < page_left ? size - 1 : page_left;
    struct iovec to = {out, len}, from = {(void *)(uintptr_t)address, len};
    ssize_t got = process_vm_readv(tid, &to, 1, &from, 1, 0);
    out[got > 0 ? got : 0] = '\0';
    out[strnlen(out, size - 1)] = '\0';
}

static inline void fd_text(pid_t tid, int fd, char *out, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", tid, fd);
    ssize_t len = readlink(link, out, size - 1);
    out[len > 0 ? len : 0] = '\0';
}

/* The file of a call, as text; empty: it has none. */
static inline void file_of(pid_t tid, long call, const uint64_t argument[6], char *out, size_t size)
{
    int path = call_path(call);
    *out = '\0';
    if (path >= 0)
        read_text(tid, argument[path], out, size);
    if (*out == '\0' && call_has_fd(call))
        fd_text(tid, (int)argument[0], out, size);
}

/* --- the fault itself --- */

static inline struct tracee *tracee_of(struct traced *traced, pid_t tid)
{
    for (int t = 0; t < traced->threads_len; t++)
        if (traced->threads[t].tid == tid)
            return &traced->threads[t];
    return NULL;
}

static inline bool is_own_thread(const struct traced *traced, pid_t tid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", traced->pid, tid);
    return access(path, F_OK) == 0;
}

static inline bool clones_thread(pid_t tid, long call, const uint64_t argument[6])
{
    uint64_t flags = argument[0];
    if (call != SYS_clone3)
        return true;
    struct iovec to = {&flags, sizeof flags}, from = {(void *)(uintptr_t)argument[0], sizeof flags};
    return process_vm_readv(tid, &to, 1, &from, 1, 0) == sizeof flags && flags & CLONE_THREAD;
}

/* To give a lock back does not fail. */
static inline bool gives_lock_back(pid_t tid, long call, const uint64_t argument[6])
{
    struct flock lock = {.l_type = F_WRLCK};
    struct iovec to = {&lock, sizeof lock}, from = {(void *)(uintptr_t)argument[2], sizeof lock};
    return call == SYS_fcntl && (argument[1] == F_SETLK || argument[1] == F_SETLKW) &&
           process_vm_readv(tid, &to, 1, &from, 1, 0) == sizeof lock && lock.l_type == F_UNLCK;
}

/* Does it; false: the thread is to be stopped again when the call is done. */
static inline bool do_fault(struct traced *traced, struct tracee *tracee,
                            struct user_regs_struct *registers)
{
    const struct kind *kind = traced->fault.kind;
    switch (kind->how) {
    case FAULT_ERROR:
        registers->orig_rax = (unsigned long long)-1;
        registers->rax = (unsigned long long)-(long long)kind->errno_value;
        ptrace(PTRACE_SETREGS, tracee->tid, NULL, registers);
        return true;
    case FAULT_SHORT:
        tracee->shortened = true;
        tracee->len = registers->rdx;
        registers->rdx = (registers->rdx + 1) / 2;
        ptrace(PTRACE_SETREGS, tracee->tid, NULL, registers);
        return false;
    case FAULT_KILL_BEFORE:
        kill(traced->pid, SIGKILL);
        return true;
    case FAULT_KILL_AFTER:
        tracee->ends_after = true;
        return false;
    case FAULT_NONE:
    case FAULT_ALLOC:
    default:
        return true;
    }
}

static inline bool is_stream(const struct traced *traced, const char *file)
{
    for (int s = 0; s < traced->streams_len; s++)
        if (strstr(file, traced->streams[s]))
            return true;
    return false;
}

/* Before a call of interest; false as in do_fault. */
static inline bool on_call(struct traced *traced, struct tracee *tracee)
{
    struct user_regs_struct registers;
    char file[PLACE_MAX - 64];
    if (ptrace(PTRACE_GETREGS, tracee->tid, NULL, &registers) != 0)
        return true;
    long call = (long)registers.orig_rax;
    const uint64_t argument[6] = {registers.rdi, registers.rsi, registers.rdx,
                                  registers.r10, registers.r8,  registers.r9};
    const struct fault *fault = &traced->fault;
    if (!kind_meets(fault->kind, call) || !kind_fits(fault->kind, call, argument) ||
        !is_own_thread(traced, tracee->tid) || !clones_thread(tracee->tid, call, argument) ||
        gives_lock_back(tracee->tid, call, argument))
        return true;
    file_of(tracee->tid, call, argument, file, sizeof file);
    if (file_is_foreign(file) || (fault->kind->errno_value == EINTR && is_stream(traced, file)))
        return true;
    if (traced->only && !strstr(file, traced->only))
        return true;
    uint64_t n = ++traced->calls;
    if (fault->nth == 0 && getenv("SHOW"))
        fprintf(stderr, "%4llu %s %s\n", (unsigned long long)n, call_name(call), file);
    if (fault->nth == 0 || n < fault->nth || (n > fault->nth && !fault->lasting))
        return true;
    /* where nothing can be removed something is left, whoever writes the program; and locks are no
     * part of a disk: SQLite would try for them again for many seconds */
    if (n > fault->nth && (call == SYS_unlink || call == SYS_unlinkat || call == SYS_fcntl))
        return true;
    if (!traced->hit)
        snprintf(traced->place, sizeof traced->place, "%s(%s)", call_name(call), file);
    traced->hit = true;
    return do_fault(traced, tracee, &registers);
}

/* Behind a call that was shortened, or that was the last. */
static inline void behind_call(struct traced *traced, struct tracee *tracee)
{
    struct user_regs_struct registers;
    if (tracee->ends_after)
        kill(traced->pid, SIGKILL);
    if (tracee->shortened && ptrace(PTRACE_GETREGS, tracee->tid, NULL, &registers) == 0) {
        registers.rdx = tracee->len;
        ptrace(PTRACE_SETREGS, tracee->tid, NULL, &registers);
    }
    tracee->ends_after = tracee->shortened = false;
}

/* --- the loop --- */

static inline void on_stop(struct traced *traced, pid_t tid, int status)
{
    int number = WSTOPSIG(status), event = status >> 16, deliver = 0;
    bool whole_call = false;
    struct tracee *tracee = tracee_of(traced, tid);
    if (!tracee) {
        if (traced->threads_len == THREADS_MAX)
            give_up("more threads than are followed here");
        tracee = &traced->threads[traced->threads_len++];
        *tracee = (struct tracee){.tid = tid};
        long follow = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                      PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD |
                      PTRACE_O_EXITKILL;
        if (tid == traced->pid && ptrace(PTRACE_SETOPTIONS, tid, NULL, follow) != 0)
            give_up("this machine lets no process trace another");
        if (number != SIGSTOP)
            deliver = number;
    } else if (event == PTRACE_EVENT_SECCOMP) {
        whole_call = !on_call(traced, tracee);
    } else if (number == (SIGTRAP | 0x80)) {
        behind_call(traced, tracee);
    } else if (event == 0) {
        deliver = number;
    }
    ptrace(whole_call ? PTRACE_SYSCALL : PTRACE_CONT, tid, NULL, (long)deliver);
}

static inline void on_tick(struct traced *traced)
{
    if (now_ms() > traced->deadline_ms && !traced->timed_out) {
        traced->timed_out = true;
        kill(traced->pid, SIGKILL);
    }
    if (traced->tick && !traced->timed_out)
        traced->tick(traced, traced->context);
}

/* Until nothing of the process group is left. */
static inline void follow(struct traced *traced)
{
    for (;;) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL);
        if (tid < 0 && errno != EINTR)
            return;
        if (tid < 0) {
            on_tick(traced);
        } else if (WIFSTOPPED(status)) {
            on_stop(traced, tid, status);
        } else {
            struct tracee *tracee = tracee_of(traced, tid);
            if (tracee)
                *tracee = traced->threads[--traced->threads_len];
            if (tid == traced->pid) {
                traced->wait_status = status;
                kill(-traced->pid, SIGKILL); /* what it started, and did not end */
            }
        }
    }
}

static inline void tick_begin(void)
{
    const struct itimerval every = {{.tv_usec = 3000}, {.tv_usec = 3000}};
    setitimer(ITIMER_REAL, &every, NULL);
}

static inline void tick_end(void)
{
    setitimer(ITIMER_REAL, &(struct itimerval){{0}, {0}}, NULL);
}

static inline void take_board(struct traced *traced, struct alloc_board *board)
{
    traced->calls = atomic_load(&board->calls);
    traced->hit = atomic_load(&board->hits) > 0;
    size_t used = 0;
    for (int f = 2; f < ALLOC_FRAMES && board->frames[f]; f++)
        used += (size_t)snprintf(traced->place + used, sizeof traced->place - used, "%s%p",
                                 f == 2 ? "allocation, from " : " ", board->frames[f]);
}

static inline void ignore_tick(int number)
{
    (void)number;
}

/* Runs it; the results stand in `traced`. The two descriptors are the caller's to close. */
static inline void traced_run(struct traced *traced, char **arguments)
{
    int board_fd = -1;
    struct alloc_board *board = NULL;
    traced->out_fd = memfd_create("out", MFD_CLOEXEC);
    traced->err_fd = memfd_create("err", MFD_CLOEXEC);
    if (traced->fault.kind && traced->fault.kind->how == FAULT_ALLOC) {
        board_fd = memfd_create("board", 0);
        if (board_fd < 0 || ftruncate(board_fd, sizeof *board) != 0)
            give_up("memfd_create");
        board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, board_fd, 0);
        board->nth = traced->fault.nth;
        board->lasting = traced->fault.lasting;
    }
    struct sigaction action = {.sa_handler = ignore_tick};
    sigaction(SIGALRM, &action, NULL);
    traced->deadline_ms = now_ms() + traced->timeout_ms;
    traced->pid = fork();
    if (traced->pid == 0)
        be_child(traced, board_fd, arguments);
    if (traced->pid < 0)
        give_up("fork");
    tick_begin();
    follow(traced);
    tick_end();
    if (board) {
        take_board(traced, board);
        munmap(board, sizeof *board);
        close(board_fd);
    }
}

#endif
