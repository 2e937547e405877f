/* The bar and the thread that draws it. */
#include "tui/progress.h"

#include "core/clock.h"
#include "core/thread.h"
#include "core/wake.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NS_PER_MS = 1000000, FIRST_MS = 1000, EACH_MS = 100, BAR = 20 };

struct progress {
    /* fixed */
    struct batch_progress *counter;
    uint64_t total;
    char what[64];
    struct clock *clock;
    mono_ns started;
    pthread_t thread;
    /* shared */
    struct wake bell;
    atomic_bool stop;
};

/* "350 MB", in the decimal units of disks. */
static void size_text(double bytes, char out[32])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    snprintf(out, 32, bytes < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

char *progress_line(const char *what, uint64_t bytes, uint64_t total_bytes, int64_t elapsed_ns,
                    char out[PROGRESS_TEXT])
{
    char bar[BAR + 1], total[32], rate[32];
    /* bytes that are read again count twice */
    double share = total_bytes ? (double)bytes / (double)total_bytes : 1;
    share = share > 1 ? 1 : share;
    double per_second = elapsed_ns > 0 ? (double)bytes * 1e9 / (double)elapsed_ns : 0;
    double left = per_second > 0 ? (double)total_bytes * (1 - share) / per_second : 0;
    for (int i = 0; i < BAR; i++)
        bar[i] = i < (int)(share * BAR) ? '#' : '.';
    bar[BAR] = '\0';
    size_text((double)total_bytes, total);
    size_text(per_second, rate);
    snprintf(out, PROGRESS_TEXT, "[%s] %3d %% of %s  %s/s  %.0f s left  %s", bar,
             (int)(share * 100), total, rate, left, what);
    return out;
}

static void *draw(void *argument)
{
    struct progress *progress = argument;
    mono_ns next = progress->started + (mono_ns)FIRST_MS * NS_PER_MS;
    bool drawn = false;
    for (;;) {
        wake_clear(&progress->bell);
        if (atomic_load(&progress->stop))
            break;
        mono_ns now = clock_mono(progress->clock);
        if (now >= next) {
            char line[PROGRESS_TEXT];
            uint64_t bytes = atomic_load_explicit(&progress->counter->bytes, memory_order_relaxed);
            fprintf(stderr, "\r%.79s\033[K",
                    progress_line(progress->what, bytes, progress->total, now - progress->started,
                                  line));
            drawn = true;
            next = now + (mono_ns)EACH_MS * NS_PER_MS;
        }
        wake_wait(&progress->bell, next);
    }
    if (drawn)
        fputs("\r\033[K", stderr);
    return NULL;
}

struct progress *progress_start(struct batch_progress *counter, uint64_t total_bytes,
                                const char *what)
{
    const char *terminal = getenv("TERM");
    if (!isatty(STDERR_FILENO) || !terminal || strcmp(terminal, "dumb") == 0)
        return NULL;
    struct progress *progress = mem_zero(1, sizeof *progress);
    progress->counter = counter;
    progress->total = total_bytes;
    snprintf(progress->what, sizeof progress->what, "%s", what);
    progress->clock = clock_new_real();
    progress->started = clock_mono(progress->clock);
    wake_init(&progress->bell);
    atomic_init(&progress->stop, false);
    if (thread_start(&progress->thread, draw, progress) == 0)
        return progress;
    wake_fini(&progress->bell);
    clock_free(progress->clock);
    free(progress);
    return NULL;
}

void progress_stop(struct progress *progress)
{
    if (!progress)
        return;
    atomic_store(&progress->stop, true);
    wake_ring(&progress->bell);
    pthread_join(progress->thread, NULL);
    wake_fini(&progress->bell);
    clock_free(progress->clock);
    free(progress);
}
