/*
 * Children are looked after by waitpid without waiting, some times a second while any runs: there
 * is no signal handler, and no thread but the owner's.
 */
#include "tui/alert_hook.h"

#include "core/wake.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 20, RETRY_MS = 1000 };
#define NS_PER_MS INT64_C(1000000)
#define EVERY_NS  (1000 * NS_PER_MS / HOOK_RATE)

/* --- pace --- */

mono_ns hook_pace_next(const struct hook_pace *pace)
{
    return pace->due - (HOOK_BURST - 1) * EVERY_NS;
}

void hook_pace_began(struct hook_pace *pace, mono_ns now)
{
    pace->due = (now > pace->due ? now : pace->due) + EVERY_NS;
}

/* --- one call --- */

static int input_of(const char *lines, size_t len)
{
    int fd = memfd_create("alerts", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    for (size_t done = 0; done < len;) {
        ssize_t wrote = write(fd, lines + done, len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            close(fd);
            return -1;
        }
        done += (size_t)wrote;
    }
    if (lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -1;
}

static int wire(posix_spawn_file_actions_t *actions, int input, int output)
{
    int failed = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO && !failed; fd++)
        failed = output < 0
                     ? posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_WRONLY, 0)
                     : posix_spawn_file_actions_adddup2(actions, output, fd);
#if defined __GLIBC__ && __GLIBC_PREREQ(2, 34)
    /* ours close by themselves; these are what our own parent left open */
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#endif
    return failed;
}

static int spawn(const struct alert_hook *hook, int input, int output, pid_t *pid)
{
    char shell[] = "sh", flag[] = "-c";
    char *const arguments[] = {shell, flag, (char *)(uintptr_t)hook->command, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int failed = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                           POSIX_SPAWN_SETSIGDEF);
    if (!failed)
        failed = wire(&actions, input, output);
    if (!failed)
        failed = posix_spawn(pid, "/bin/sh", &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static struct hook_call *free_place(struct alert_hook *hook)
{
    for (int c = 0; c < HOOK_RUNNING; c++)
        if (hook->calls[c].pid == 0)
            return &hook->calls[c];
    return NULL;
}

/* The command with its input and output; errno's number, 0 when it runs. */
static int start(const struct alert_hook *hook, int input, struct hook_call *call)
{
    int output = -1;
    if (hook->output >= 0 && !hook_output_open(&call->output, &output))
        return errno;
    int failed = spawn(hook, input, output, &call->pid);
    if (output >= 0)
        close(output);
    if (failed && output >= 0)
        hook_output_close(&call->output, hook->output);
    return failed;
}

static void begin(struct alert_hook *hook, size_t most, mono_ns now)
{
    struct hook_call *call = free_place(hook);
    struct hook_call made = {.deadline = now + HOOK_TIMEOUT_MS * NS_PER_MS};
    size_t len = line_buffer_whole(&hook->waiting, most, &made.lines);
    int input = input_of(hook->waiting.bytes + hook->waiting.begin, len);
    int failed = input < 0 ? errno : start(hook, input, &made);
    if (input >= 0)
        close(input);
    if (failed) {
        snprintf(hook->trouble, sizeof hook->trouble, "cannot be started: %s", strerror(failed));
        hook->retry_at = now + RETRY_MS * NS_PER_MS;
        return;
    }
    line_buffer_drop(&hook->waiting, len);
    *call = made;
    hook->running++;
    hook->begun++;
    hook_pace_began(&hook->pace, now);
}

static void ended(struct alert_hook *hook, struct hook_call *call, int status)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        hook->given += call->lines;
        hook->trouble[0] = '\0';
    } else {
        hook->failed++;
        hook->failed_lines += call->lines;
        if (call->killed)
            snprintf(hook->trouble, sizeof hook->trouble, "took too long and was killed");
        else if (WIFEXITED(status))
            snprintf(hook->trouble, sizeof hook->trouble, "ended with status %d",
                     WEXITSTATUS(status));
        else
            snprintf(hook->trouble, sizeof hook->trouble, "ended by signal %d", WTERMSIG(status));
    }
    if (hook->output >= 0)
        hook_output_close(&call->output, hook->output);
    *call = (struct hook_call){0};
    hook->running--;
}

static void kill_call(struct hook_call *call)
{
    call->killed = true;
    kill(-call->pid, SIGKILL);
    kill(call->pid, SIGKILL);
}

/* All that ended; those beyond their deadline are killed, and seen when they have died. */
static void look_after(struct alert_hook *hook, mono_ns now)
{
    for (int c = 0; c < HOOK_RUNNING && hook->running > 0; c++) {
        struct hook_call *call = &hook->calls[c];
        int status = 0;
        if (call->pid == 0)
            continue;
        if (hook->output >= 0)
            hook_output_look(&call->output, hook->output);
        pid_t got = waitpid(call->pid, &status, WNOHANG);
        if (got == call->pid || (got < 0 && errno == ECHILD)) {
            ended(hook, call, status);
        } else if (now >= call->deadline && !call->killed) {
            kill_call(call);
        }
    }
}

/* --- from outside --- */

void alert_hook_init(struct alert_hook *hook, const char *command, int output, size_t cap)
{
    *hook = (struct alert_hook){.command = command, .output = output};
    line_buffer_init(&hook->waiting, cap ? cap : HOOK_CAP);
}

void alert_hook_fini(struct alert_hook *hook)
{
    line_buffer_fini(&hook->waiting);
}

void alert_hook_add(struct alert_hook *hook, const char *line, size_t len)
{
    if (hook->command && !line_buffer_add(&hook->waiting, line, len))
        hook->refused++;
}

/* When the next call may begin; INT64_MAX: nothing to give, or no place. */
static mono_ns next_begin(const struct alert_hook *hook)
{
    if (line_buffer_len(&hook->waiting) == 0 || hook->running == HOOK_RUNNING)
        return INT64_MAX;
    mono_ns paced = hook_pace_next(&hook->pace);
    return paced > hook->retry_at ? paced : hook->retry_at;
}

mono_ns alert_hook_turn(struct alert_hook *hook, mono_ns now)
{
    look_after(hook, now);
    while (next_begin(hook) <= now)
        begin(hook, HOOK_BATCH, now);
    mono_ns look = hook->running > 0 ? now + LOOK_MS * NS_PER_MS : INT64_MAX;
    mono_ns next = next_begin(hook);
    return next < look ? next : look;
}

/* Kills what runs. One that the kernel holds back is not waited for any longer. */
static void give_up(struct alert_hook *hook, struct clock *clock, struct wake *bell)
{
    mono_ns now = clock_mono(clock), end = now + RETRY_MS * NS_PER_MS;
    for (int c = 0; c < HOOK_RUNNING; c++)
        if (hook->calls[c].pid > 0)
            kill_call(&hook->calls[c]);
    for (; hook->running > 0 && now < end; now = clock_mono(clock)) {
        wake_clear(bell);
        wake_wait(bell, now + LOOK_MS * NS_PER_MS);
        look_after(hook, now);
    }
    for (int c = 0; c < HOOK_RUNNING; c++)
        if (hook->calls[c].pid > 0)
            ended(hook, &hook->calls[c], SIGKILL);
}

void alert_hook_finish(struct alert_hook *hook, struct clock *clock, struct wake *bell)
{
    mono_ns now = clock_mono(clock), end = now + HOOK_FINISH_MS * NS_PER_MS;
    hook->retry_at = 0;
    while (hook->command && now < end) {
        look_after(hook, now);
        if (line_buffer_len(&hook->waiting) > 0 && hook->running < HOOK_RUNNING &&
            now >= hook->retry_at)
            begin(hook, SIZE_MAX, now);
        if (hook->running == 0 && line_buffer_len(&hook->waiting) == 0)
            return;
        wake_clear(bell);
        wake_wait(bell, now + LOOK_MS * NS_PER_MS);
        now = clock_mono(clock);
    }
    hook->refused += hook->waiting.lines;
    give_up(hook, clock, bell);
}
