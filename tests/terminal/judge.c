/*
 * Runs a command on a terminal of its own (120x40), that answers as xterm does, and judges every
 * byte that the command writes to it (D-01, D-02) and what it leaves behind (D-19).
 *
 *     judge [STEP...] -- COMMAND [ARGUMENT...]
 *       -w TEXT    waits until TEXT was written, controls left out, since the last step that waited
 *       -k KEYS    types them
 *       -s NUMBER  sends the signal to the process;  -t NUMBER  to its newest thread,
 *                  again until it ends
 *
 * Prints what was found, a line each: how the command ended; controls that a terminal answers;
 * strings for the terminal (titles, clipboard); other controls that a screen needs not; invisible
 * or reordering characters; bells; whether the terminal's modes are those of before; whether the
 * alternate screen was left and the cursor is there.
 */
#include <dirent.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

enum { DEADLINE_S = 60, TEXT_MAX = 1 << 20, CONTROL_MAX = 64 };
enum state { GROUND, ESCAPE, CHARSET, CSI, STRING, STRING_ESCAPE };

static struct {
    int terminal;
    pid_t child;
    enum state state;
    char control[CONTROL_MAX]; /* parameters, intermediates and final of a CSI */
    size_t control_len;
    uint32_t point; /* of the UTF-8 character being read */
    int rest;       /* its bytes to come */
    char *text;     /* what was written, without controls */
    size_t text_len, looked;
    unsigned queries, strings, controls, invisible, bells;
    int alternate, hidden; /* screen and cursor now */
    unsigned first_bad;    /* byte */
} seen;

static void bad(unsigned byte)
{
    if (seen.controls++ == 0)
        seen.first_bad = byte;
}

static void answer(void)
{
    static const char reply[] = "\033[?64;1;2c";
    seen.queries++;
    if (write(seen.terminal, reply, sizeof reply - 1) < 0)
        perror("judge: reply");
}

static void take_point(uint32_t point)
{
    seen.invisible += (point >= 0x80 && point < 0xA0) || (point >= 0x200B && point <= 0x200F) ||
                      (point >= 0x2028 && point <= 0x202E) ||
                      (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF ||
                      (point >= 0xE000 && point <= 0xF8FF) || point >= 0xE0000;
}

static void keep_text(unsigned char byte)
{
    if (seen.text_len == TEXT_MAX) {
        memmove(seen.text, seen.text + TEXT_MAX / 2, TEXT_MAX / 2);
        seen.text_len = TEXT_MAX / 2;
        seen.looked -= seen.looked > TEXT_MAX / 2 ? TEXT_MAX / 2 : seen.looked;
    }
    seen.text[seen.text_len++] = (char)byte;
}

static void take_text(unsigned char byte)
{
    keep_text(byte);
    if (seen.rest > 0 && (byte & 0xC0) == 0x80) {
        seen.point = seen.point << 6 | (byte & 0x3Fu);
        if (--seen.rest == 0)
            take_point(seen.point);
    } else if (seen.rest > 0 || (byte >= 0x80 && byte < 0xC2) || byte > 0xF4) {
        bad(byte); /* no UTF-8: to some terminals a control */
        seen.rest = 0;
    } else if (byte >= 0x80) {
        seen.rest = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
        seen.point = byte & (0x3Fu >> seen.rest);
    }
}

static void take_ground(unsigned char byte)
{
    if (byte == 0x1B)
        seen.state = ESCAPE;
    else if (byte == 0x07)
        seen.bells++;
    else if (byte == '\r' || byte == '\n' || byte == '\b' || byte == 0x0E || byte == 0x0F)
        seen.rest = 0;
    else if (byte < 0x20 || byte == 0x7F)
        bad(byte);
    else
        take_text(byte);
}

static void take_escape(unsigned char byte)
{
    seen.state = GROUND;
    seen.control_len = 0;
    if (byte == '[')
        seen.state = CSI;
    else if (byte == '(' || byte == ')')
        seen.state = CHARSET;
    else if (strchr("]PX^_", byte)) {
        seen.strings++;
        seen.state = STRING;
    } else if (byte == 'Z')
        answer();
    else if (!strchr("78=>M", byte))
        bad(byte);
}

static bool control_is(const char *text)
{
    return strlen(text) == seen.control_len && memcmp(seen.control, text, seen.control_len) == 0;
}

static void end_csi(unsigned char final)
{
    if (control_is("?1049h") || control_is("?1049l"))
        seen.alternate = final == 'h';
    if (control_is("?25h") || control_is("?25l"))
        seen.hidden = final == 'l';
    if (control_is("?12;25h") || control_is("?12l") || control_is("22;0;0t") ||
        control_is("23;0;0t")) {
        if (final == 'h')
            seen.hidden = 0;
        return; /* of the terminal's own description; not answered */
    }
    if (strchr("cntxpqyu", final))
        answer();
    else if (!strchr("@ABCDEFGHIJKLMPSTXZabdefghlmr", final))
        bad(final);
}

static void take_csi(unsigned char byte)
{
    if (seen.control_len < CONTROL_MAX)
        seen.control[seen.control_len++] = (char)byte;
    if (byte >= 0x40 && byte < 0x7F) {
        seen.state = GROUND;
        end_csi(byte);
    } else if (byte < 0x20 || byte >= 0x7F) {
        seen.state = GROUND;
        bad(byte);
    }
}

static void take(unsigned char byte)
{
    switch (seen.state) {
    case GROUND:
        take_ground(byte);
        break;
    case ESCAPE:
        take_escape(byte);
        break;
    case CHARSET:
        seen.state = GROUND;
        break;
    case CSI:
        take_csi(byte);
        break;
    case STRING:
        seen.state = byte == 0x07 ? GROUND : byte == 0x1B ? STRING_ESCAPE : STRING;
        break;
    case STRING_ESCAPE:
        seen.state = byte == '\\' ? GROUND : STRING;
        break;
    }
}

static time_t now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* Reads for a moment; false at the end of what the terminal gets. */
static bool read_some(void)
{
    unsigned char bytes[16384];
    struct pollfd set = {.fd = seen.terminal, .events = POLLIN};
    if (poll(&set, 1, 50) <= 0)
        return true;
    ssize_t got = read(seen.terminal, bytes, sizeof bytes);
    for (ssize_t i = 0; i < got; i++)
        take(bytes[i]);
    return got > 0;
}

static void wait_text(const char *wanted)
{
    time_t deadline = now_s() + DEADLINE_S;
    size_t len = strlen(wanted);
    for (;;) {
        char *from = seen.text + seen.looked;
        char *found = memmem(from, seen.text_len - seen.looked, wanted, len);
        if (found) {
            seen.looked = (size_t)(found - seen.text) + len;
            return;
        }
        if (now_s() > deadline || !read_some()) {
            printf("never written: %s\n", wanted);
            kill(seen.child, SIGKILL);
            exit(1);
        }
    }
}

static pid_t newest_thread(void)
{
    char path[64];
    pid_t newest = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)seen.child);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (atoi(entry->d_name) > newest)
            newest = atoi(entry->d_name);
    if (folder)
        closedir(folder);
    return newest;
}

static bool has_ended(void)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)seen.child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == seen.child;
}

/* A thread that is just ending takes no signal any more: then the newest one of the rest. */
static void end_thread(int signal)
{
    for (time_t deadline = now_s() + DEADLINE_S; !has_ended() && now_s() <= deadline;) {
        syscall(SYS_tgkill, seen.child, newest_thread(), signal);
        for (int wait = 0; wait < 100 && !has_ended(); wait++)
            read_some();
    }
}

static void step(char kind, const char *value)
{
    if (kind == 'w')
        wait_text(value);
    else if (kind == 'k' && write(seen.terminal, value, strlen(value)) < 0)
        perror("judge: keys");
    else if (kind == 's')
        kill(seen.child, atoi(value));
    else if (kind == 't')
        end_thread(atoi(value));
}

/* What is left behind is read until the child has ended and nothing is left to read. */
static int wait_end(void)
{
    int status = 0;
    time_t deadline = now_s() + DEADLINE_S;
    while (waitpid(seen.child, &status, WNOHANG) == 0) {
        read_some();
        if (now_s() > deadline) {
            printf("never ended\n");
            kill(seen.child, SIGKILL);
            exit(1);
        }
    }
    for (int waiting = 1; waiting > 0;) {
        struct pollfd set = {.fd = seen.terminal, .events = POLLIN};
        waiting = poll(&set, 1, 0);
        if (waiting > 0 && !read_some())
            break;
    }
    return status;
}

static void report(int status, bool same_modes)
{
    if (WIFSIGNALED(status))
        printf("ended by signal %d\n", WTERMSIG(status));
    else
        printf("ended with %d\n", WEXITSTATUS(status));
    printf("queries %u\nstrings %u\ncontrols %u\ninvisible %u\nbells %u\n", seen.queries,
           seen.strings, seen.controls, seen.invisible, seen.bells);
    if (seen.controls)
        printf("the first control: %02x\n", seen.first_bad);
    printf("modes %s\nscreen %s\n", same_modes ? "same" : "differ",
           seen.alternate ? "not left"
           : seen.hidden  ? "left, no cursor"
                          : "left");
}

int main(int argc, char **argv)
{
    struct winsize size = {.ws_row = 40, .ws_col = 120};
    struct termios before, after;
    int first = 1, side;
    while (first < argc && strcmp(argv[first], "--") != 0)
        first++;
    if (first + 1 >= argc || openpty(&seen.terminal, &side, NULL, NULL, &size) != 0)
        return 2;
    seen.text = malloc(TEXT_MAX);
    tcgetattr(side, &before);
    seen.child = fork();
    if (seen.child == 0) {
        close(seen.terminal);
        if (login_tty(side) != 0)
            _exit(126);
        execvp(argv[first + 1], argv + first + 1);
        _exit(127);
    }
    for (int a = 1; a + 1 < first; a += 2)
        step(argv[a][1], argv[a + 1]);
    int status = wait_end();
    tcgetattr(side, &after);
    /* PENDIN is the kernel's own */
    before.c_lflag &= ~(tcflag_t)PENDIN;
    after.c_lflag &= ~(tcflag_t)PENDIN;
    report(status, before.c_iflag == after.c_iflag && before.c_oflag == after.c_oflag &&
                       before.c_cflag == after.c_cflag && before.c_lflag == after.c_lflag &&
                       memcmp(before.c_cc, after.c_cc, sizeof before.c_cc) == 0);
    return 0;
}
