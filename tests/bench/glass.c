/*
 * Looks at the dashboard from outside, through a terminal of its own (120x40), for the bench.
 *
 *     glass latency TAILRACE N   appends N events, ten a second, to a quiet feed; prints how long
 *                                each took from append to screen: "p50_ms p99_ms worst_ms"
 *     glass idle TAILRACE S      watches a quiet feed for S seconds: "percent_of_a_core"
 *
 * What is looked for: each event carries an amount whose digits are all new (11 111.11, then
 * 22 222.22), shown as the greatest amount: the terminal must receive its last five digits.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SEEN_BYTES = 1 << 16, ROUND = 9 * 6 };

static int terminal;
static char seen[SEEN_BYTES + 1];
static size_t seen_len;

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Takes what the program writes, until `deadline` or until `wanted` has come; the moment it did. */
static double watch(const char *wanted, double deadline)
{
    for (;;) {
        double left = deadline - now_ms();
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
        double when = now_ms();
        if (got <= 0)
            return -1;
        seen_len += (size_t)got;
        seen[seen_len] = '\0';
        if (wanted && strstr(seen, wanted))
            return when;
    }
}

static pid_t start(const char *tailrace, const char *path)
{
    struct winsize size = {.ws_row = 40, .ws_col = 120};
    pid_t child = forkpty(&terminal, NULL, NULL, &size);
    if (child == 0) {
        setenv("TERM", "xterm-256color", 1);
        execl(tailrace, tailrace, "watch", "--definition", "payments", "--measure",
              "max:amount,count", "--every", "1d", path, (char *)NULL);
        _exit(127);
    }
    return child;
}

static int append(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (file < 0)
        return -1;
    ssize_t wrote = write(file, text, strlen(text));
    close(file);
    return wrote == (ssize_t)strlen(text) ? 0 : -1;
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

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static void stop(pid_t child, struct rusage *usage)
{
    int status;
    kill(child, SIGTERM);
    while (watch(NULL, now_ms() + 200) >= 0)
        ;
    wait4(child, &status, 0, usage);
    close(terminal);
}

static int round_of_events(const char *tailrace, const char *path, int events, double *taken)
{
    struct rusage usage;
    unlink(path);
    append(path, "event_id,user_id,amount,merchant_id,timestamp,country_code\n");
    seen_len = 0;
    pid_t child = start(tailrace, path);
    watch("COST", now_ms() + 5000);
    for (int n = 0; n < events; n++) {
        char row[128], csv[32], shown[48];
        amount_of(n, csv, shown);
        snprintf(row, sizeof row, "e%d,1,%s,1,2026-01-05T10:%02d:%02dZ,US\n", n, csv, n / 60,
                 n % 60);
        watch(NULL, now_ms() + 100);
        seen_len = 0;
        double started = now_ms();
        append(path, row);
        double when = watch(shown, started + 5000);
        if (when < 0) {
            fprintf(stderr, "glass: %s never came to the screen\n", shown);
            stop(child, &usage);
            return -1;
        }
        taken[n] = when - started;
    }
    stop(child, &usage);
    return 0;
}

static int latency(const char *tailrace, const char *path, int events)
{
    double *taken = calloc((size_t)events, sizeof *taken);
    for (int done = 0; done < events; done += ROUND) {
        int some = events - done < ROUND ? events - done : ROUND;
        if (round_of_events(tailrace, path, some, taken + done) < 0)
            return 1;
    }
    qsort(taken, (size_t)events, sizeof *taken, compare);
    printf("%.2f %.2f %.2f\n", taken[events / 2], taken[(events * 99 + 99) / 100 - 1],
           taken[events - 1]);
    free(taken);
    return 0;
}

static int idle(const char *tailrace, const char *path, int seconds)
{
    struct rusage usage;
    unlink(path);
    append(path, "event_id,user_id,amount,merchant_id,timestamp,country_code\n"
                 "e1,1,5.00,1,2026-01-05T10:00:00Z,US\n");
    pid_t child = start(tailrace, path);
    watch("COST", now_ms() + 5000);
    double started = now_ms();
    watch(NULL, started + seconds * 1000.0);
    double wall = now_ms() - started;
    stop(child, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
    printf("%.3f\n", cpu / wall * 100);
    return 0;
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/glass-XXXXXX", path[64];
    if (argc != 4 || !mkdtemp(folder))
        return 2;
    snprintf(path, sizeof path, "%s/payments.csv", folder);
    int status = strcmp(argv[1], "idle") == 0 ? idle(argv[2], path, atoi(argv[3]))
                                              : latency(argv[2], path, atoi(argv[3]));
    unlink(path);
    rmdir(folder);
    return status;
}
