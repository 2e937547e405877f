/*
 * Looks at the dashboard from outside, through a terminal of its own (120x40), for the bench.
 *
 *     glass latency TAILRACE N   appends N events, ten a second, to a quiet feed; prints how long
 *                                each took from append to screen: "p50_ms p99_ms worst_ms"
 *     glass busy TAILRACE N      the same with 100 000 other events a second behind them, and how
 *                                many lines that were: "p50_ms p99_ms worst_ms lines". Fails when
 *                                the screen does not end with all of them counted
 *     glass idle TAILRACE S      watches a quiet feed for S seconds: "percent_of_a_core max_kib"
 *     glass start TAILRACE N     starts it N times on a feed of one event: how long until its
 *                                amount is on the screen: "p50_ms p99_ms worst_ms"
 *     glass tail PROGRAM N       what `PROGRAM -f` needs for the first, `tail` say: the limit
 *
 * What is looked for: each event carries an amount whose digits are all new (11 111.11, then
 * 22 222.22), shown as the greatest amount: the terminal must receive its last five digits.
 * A whole number is looked for after the terminal changed its size: then all is drawn anew.
 */
#include "tests/bench/glass_writer.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEEN_BYTES = 1 << 16, ROUND = 9 * 6, PATIENCE_MS = 5000, ALL_COUNTED_MS = 30000 };

static const char header[] = "event_id,user_id,amount,merchant_id,timestamp,country_code\n";
static const char *program;
static bool plain_tail; /* PROGRAM is no dashboard */

static int terminal;
static char seen[SEEN_BYTES + 1];
static size_t seen_len;

/* --- the terminal --- */

/* Takes what the program writes, until `deadline` or until `wanted` has come; the moment it did. */
static double watch(const char *wanted, double deadline)
{
    for (;;) {
        double left = deadline - glass_now_ms();
        if (left <= 0)
            return -1;
        struct pollfd set = {.fd = terminal, .events = POLLIN};
        if (poll(&set, 1, (int)left + 1) <= 0)
            continue;
        if (seen_len > SEEN_BYTES / 2) {
            memmove(seen, seen + seen_len - 4096, 4096);
            seen_len = 4096;
        }
        ssize_t got = read(terminal, seen + seen_len, SEEN_BYTES - seen_len);
        double when = glass_now_ms();
        if (got <= 0)
            return -1;
        for (ssize_t b = 0; b < got; b++) /* a NUL would end the search */
            seen[seen_len + (size_t)b] |= seen[seen_len + (size_t)b] == 0;
        seen_len += (size_t)got;
        seen[seen_len] = '\0';
        if (wanted && strstr(seen, wanted))
            return when;
    }
}

static void forget(void)
{
    seen_len = 0;
    seen[0] = '\0';
}

static pid_t start(const char *path)
{
    struct winsize size = {.ws_row = 40, .ws_col = 120};
    forget();
    pid_t child = forkpty(&terminal, NULL, NULL, &size);
    if (child == 0) {
        setenv("TERM", "xterm-256color", 1);
        if (plain_tail)
            execlp(program, program, "-f", path, (char *)NULL);
        else
            execl(program, program, "watch", "--definition", "payments", "--measure",
                  "max:amount,count", "--every", "1d", path, (char *)NULL);
        _exit(127);
    }
    return child;
}

static void stop(pid_t child, struct rusage *usage)
{
    int status;
    kill(child, SIGTERM);
    while (watch(NULL, glass_now_ms() + 200) >= 0)
        ;
    wait4(child, &status, 0, usage);
    close(terminal);
}

static void wait_until_drawn(void)
{
    watch(plain_tail ? "country_code" : "COST", glass_now_ms() + PATIENCE_MS);
}

static int fresh_feed(const char *path)
{
    unlink(path);
    return glass_append(path, header, sizeof header - 1);
}

/* --- what is told --- */

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static void tell(double *taken, int len)
{
    qsort(taken, (size_t)len, sizeof *taken, compare);
    printf("%.2f %.2f %.2f", taken[len / 2], taken[(len * 99 + 99) / 100 - 1], taken[len - 1]);
}

/* The n-th amount of a round: one digit, repeated; longer ones follow, so each is the greatest. */
static void amount_of(int n, char csv[32], char shown[48])
{
    int digit = 1 + n % 9, len = 3 + n / 9;
    char digits[16];
    memset(digits, '0' + digit, sizeof digits);
    snprintf(csv, 32, "%.*s.%.2s", len, digits, digits);
    snprintf(shown, 48, "%.3s.%.2s", digits, digits);
}

/* How long the n-th amount took; below 0: it never came. */
static double time_one(struct glass_writer *writer, const char *path, int n)
{
    char row[128], csv[32], shown[48];
    amount_of(n, csv, shown);
    int len = snprintf(row, sizeof row, "e%d,1,%s,1,2026-01-05T10:%02d:%02dZ,US\n", n, csv, n / 60,
                       n % 60);
    watch(NULL, glass_now_ms() + 100);
    forget();
    double began = glass_now_ms();
    if (writer)
        began = glass_writer_mark(writer, csv);
    else
        glass_append(path, row, (size_t)len);
    double when = watch(shown, began + PATIENCE_MS);
    if (when < 0)
        fprintf(stderr, "glass: %s never came to the screen\n", shown);
    return when < 0 ? -1 : when - began;
}

/* --- latency --- */

/* All that was written is counted: the whole number, in a screen drawn anew. */
static bool all_counted(uint64_t lines)
{
    char digits[32], wanted[48];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)lines), to = 0;
    for (int at = 0; at < len; at++) {
        wanted[to++] = digits[at];
        if (at + 1 < len && (len - at - 1) % 3 == 0)
            wanted[to++] = ' ';
    }
    wanted[to] = '\0';
    double deadline = glass_now_ms() + ALL_COUNTED_MS;
    for (unsigned short rows = 41; glass_now_ms() < deadline; rows ^= 1) {
        struct winsize size = {.ws_row = rows, .ws_col = 120};
        forget();
        ioctl(terminal, TIOCSWINSZ, &size);
        if (watch(wanted, glass_now_ms() + 500) >= 0)
            return true;
    }
    fprintf(stderr, "glass: the screen never told of %s events\n", wanted);
    return false;
}

static int round_of_events(const char *path, int events, bool busy, double *taken, uint64_t *lines)
{
    struct rusage usage;
    struct glass_writer *writer = NULL;
    bool fine = fresh_feed(path) == 0;
    pid_t child = start(path);
    wait_until_drawn();
    if (busy)
        writer = glass_writer_start(path);
    for (int n = 0; fine && n < events; n++) {
        taken[n] = time_one(writer, path, n);
        fine = taken[n] >= 0;
    }
    if (busy) {
        uint64_t written = glass_writer_stop(writer);
        fine = fine && all_counted(written);
        *lines += written;
    }
    stop(child, &usage);
    return fine ? 0 : -1;
}

static int latency(const char *folder, int events, bool busy)
{
    double *taken = calloc((size_t)events, sizeof *taken);
    uint64_t lines = 0;
    char path[96];
    int failed = taken ? 0 : 1;
    for (int done = 0; !failed && done < events; done += ROUND) {
        int some = events - done < ROUND ? events - done : ROUND;
        snprintf(path, sizeof path, "%s/payments-%d.csv", folder, done);
        failed = round_of_events(path, some, busy, taken + done, &lines) < 0;
        unlink(path);
    }
    if (!failed) {
        tell(taken, events);
        printf(busy ? " %llu\n" : "\n", (unsigned long long)lines);
    }
    free(taken);
    return failed;
}

/* --- idle and start --- */

static int one_event(const char *path)
{
    static const char row[] = "e1,1,777.77,1,2026-01-05T10:00:00Z,US\n";
    return fresh_feed(path) < 0 ? -1 : glass_append(path, row, sizeof row - 1);
}

static double processor_ms(pid_t child)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(child, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return -1;
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* The first second is its start, not its idling. */
static int idle(const char *folder, int seconds)
{
    struct rusage usage;
    char path[96];
    snprintf(path, sizeof path, "%s/payments.csv", folder);
    if (one_event(path) < 0)
        return 1;
    pid_t child = start(path);
    wait_until_drawn();
    watch(NULL, glass_now_ms() + 1000);
    double began = glass_now_ms(), used = processor_ms(child);
    watch(NULL, began + seconds * 1000.0);
    used = processor_ms(child) - used;
    double wall = glass_now_ms() - began;
    stop(child, &usage);
    printf("%.3f %ld\n", used / wall * 100, usage.ru_maxrss);
    return 0;
}

/* A feed of its own each time: no state is found. */
static int starts(const char *folder, int times)
{
    double *taken = calloc((size_t)times, sizeof *taken);
    bool fine = taken != NULL;
    for (int n = 0; fine && n < times; n++) {
        struct rusage usage;
        char path[96];
        snprintf(path, sizeof path, "%s/start-%d.csv", folder, n);
        fine = one_event(path) == 0;
        double began = glass_now_ms();
        pid_t child = start(path);
        taken[n] = watch("777.77", began + PATIENCE_MS) - began;
        fine = fine && taken[n] >= 0;
        stop(child, &usage);
    }
    if (fine) {
        tell(taken, times);
        printf("\n");
    }
    free(taken);
    return fine ? 0 : 1;
}

static int drop(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    return remove(path);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/glass-XXXXXX";
    if (argc != 4 || atoi(argv[3]) <= 0 || !mkdtemp(folder))
        return 2;
    setenv("XDG_STATE_HOME", folder, 1); /* it keeps a state, as it does by default */
    program = argv[2];
    plain_tail = strcmp(argv[1], "tail") == 0;
    int status, n = atoi(argv[3]);
    if (strcmp(argv[1], "idle") == 0)
        status = idle(folder, n);
    else if (strcmp(argv[1], "start") == 0)
        status = starts(folder, n);
    else
        status = latency(folder, n, strcmp(argv[1], "busy") == 0);
    nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
    return status;
}
