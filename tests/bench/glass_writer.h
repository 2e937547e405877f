#ifndef TAILRACE_TESTS_BENCH_GLASS_WRITER_H
#define TAILRACE_TESTS_BENCH_GLASS_WRITER_H
/*
 * Somebody's system, for the bench: appends payments to a feed, 100 000 a second as long as it
 * runs, in one write each millisecond, by its own thread. When the machine holds it up it catches
 * up. On demand it appends one with a given amount.
 *
 *     writer = glass_writer_start(path); … glass_writer_mark(writer, amount) …
 *     lines = glass_writer_stop(writer)
 *
 * Threads: start, mark and stop from one thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINES_A_MS = 100, GLASS_LINE = 96, LINES_AT_ONCE = 20 * LINES_A_MS };

struct glass_writer {
    const char *path;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const char *amount; /* to be written; NULL: nothing is asked for. Under the lock, as the rest */
    double marked;      /* when it was: before the write */
    int stop;
    uint64_t lines;
    char text[(LINES_AT_ONCE + 1) * GLASS_LINE];
};

static inline double glass_now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* All of it, in one write where the system takes it. */
static inline int glass_append(const char *path, const char *text, size_t len)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (file < 0)
        return -1;
    while (len > 0) {
        ssize_t wrote = write(file, text, len);
        if (wrote < 0 && errno != EINTR)
            break;
        text += wrote > 0 ? wrote : 0;
        len -= wrote > 0 ? (size_t)wrote : 0;
    }
    close(file);
    return len == 0 ? 0 : -1;
}

/* Event time goes on as fast as the clock would, from 08:00. */
static inline size_t glass_writer_line(struct glass_writer *writer, char *at, const char *amount)
{
    unsigned long long n = writer->lines++, ms = n / LINES_A_MS, s = ms / 1000;
    return (size_t)snprintf(at, GLASS_LINE,
                            "b%llu,%llu,%s,1,2026-01-05T08:%02llu:%02llu.%03lluZ,US\n", n,
                            n % 1000003, amount, s / 60 % 60, s % 60, ms % 1000);
}

/* What is due, and the mark; when that was asked for, notes the moment. */
static inline void glass_writer_step(struct glass_writer *writer, uint64_t due)
{
    size_t len = 0;
    for (int n = 0; writer->lines < due && n < LINES_AT_ONCE; n++)
        len += glass_writer_line(writer, writer->text + len, "1.00");
    if (writer->amount)
        len += glass_writer_line(writer, writer->text + len, writer->amount);
    double now = glass_now_ms();
    if (glass_append(writer->path, writer->text, len) < 0) {
        perror("glass: writer");
        exit(1);
    }
    if (!writer->amount)
        return;
    writer->marked = now;
    writer->amount = NULL;
    pthread_cond_signal(&writer->changed);
}

static inline void *glass_writer_run(void *context)
{
    struct glass_writer *writer = context;
    const struct timespec pause = {.tv_nsec = 1000000};
    double began = glass_now_ms();
    pthread_mutex_lock(&writer->lock);
    while (!writer->stop) {
        glass_writer_step(writer, (uint64_t)((glass_now_ms() - began) * LINES_A_MS));
        pthread_mutex_unlock(&writer->lock);
        clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL); /* its pace */
        pthread_mutex_lock(&writer->lock);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

static inline struct glass_writer *glass_writer_start(const char *path)
{
    struct glass_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        abort();
    writer->path = path;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->changed, NULL);
    if (pthread_create(&writer->thread, NULL, glass_writer_run, writer) != 0)
        abort();
    return writer;
}

/* Appends a line with this amount among the others; the moment it did. */
static inline double glass_writer_mark(struct glass_writer *writer, const char *amount)
{
    pthread_mutex_lock(&writer->lock);
    writer->amount = amount;
    while (writer->amount)
        pthread_cond_wait(&writer->changed, &writer->lock);
    double when = writer->marked;
    pthread_mutex_unlock(&writer->lock);
    return when;
}

/* How many lines it wrote; frees it. */
static inline uint64_t glass_writer_stop(struct glass_writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->stop = 1;
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    uint64_t lines = writer->lines;
    pthread_cond_destroy(&writer->changed);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
    return lines;
}

#endif
