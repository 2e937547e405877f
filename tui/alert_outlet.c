/*
 * The queue is an array that the lane fills and the thread takes whole, leaving its own, emptied,
 * in its place. The lock guards the queue and what is told of the thread's work, never the work.
 */
#include "tui/alert_outlet.h"

#include "core/thread.h"
#include "tui/alert_file.h"
#include "tui/alert_line.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FLUSH_BYTES = 256 * 1024 };

enum entry_kind { ENTRY_ALERT, ENTRY_HEALTH, ENTRY_LOGGED };

struct entry {
    enum entry_kind kind;
    epoch_ms detected_at;
    union {
        struct alert alert;
        struct health_alert health;
        struct {
            uint64_t number;
            char *line;
            size_t len;
        } logged;
    };
};

struct queue {
    struct entry *entries;
    size_t len, room;
};

struct alert_outlet {
    /* immutable after start */
    struct alert_outlet_config config;
    const struct definition *definition;
    struct feed *feed;
    struct clock *clock;
    pthread_t thread;
    bool started;

    /* the thread's */
    struct alert_file file;
    struct alert_hook hook;
    struct queue taken;
    struct alert_marks had; /* before this run */
    uint64_t logged;        /* the newest number that was taken; 0: none yet */

    struct wake bell;
    atomic_bool stop;
    atomic_uint_fast64_t handled; /* alerts that the thread is done with: that it lives */

    pthread_mutex_t lock;
    pthread_cond_t room;
    struct queue queue; /* guarded, as all below */
    bool hangs;         /* the thread did nothing when it was waited for */
    uint64_t overflowed;
    struct alert_marks marks;
    struct alert_outlet_counts counts;
    char trouble[OUTLET_TROUBLE];
};

struct alert_outlet *alert_outlet_open(const struct alert_outlet_config *config,
                                       struct error *error)
{
    struct alert_outlet *outlet = mem_zero(1, sizeof *outlet);
    pthread_condattr_t monotonic;
    outlet->config = *config;
    if (outlet->config.queue_cap == 0)
        outlet->config.queue_cap = OUTLET_QUEUE;
    if (outlet->config.patience_ms == 0)
        outlet->config.patience_ms = OUTLET_PATIENCE_MS;
    wake_init(&outlet->bell);
    pthread_mutex_init(&outlet->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&outlet->room, &monotonic);
    pthread_condattr_destroy(&monotonic);
    alert_hook_init(&outlet->hook, config->command, config->output, config->hook_cap);
    if (alert_file_open(&outlet->file, config->path, config->file_cap, error) == STATUS_OK)
        return outlet;
    alert_outlet_free(outlet);
    return NULL;
}

void alert_outlet_free(struct alert_outlet *outlet)
{
    if (!outlet)
        return;
    alert_outlet_stop(outlet);
    alert_file_close(&outlet->file);
    alert_hook_fini(&outlet->hook);
    wake_fini(&outlet->bell);
    pthread_cond_destroy(&outlet->room);
    pthread_mutex_destroy(&outlet->lock);
    for (size_t e = 0; e < outlet->queue.len; e++)
        if (outlet->queue.entries[e].kind == ENTRY_LOGGED)
            free(outlet->queue.entries[e].logged.line);
    free(outlet->queue.entries);
    free(outlet->taken.entries);
    free(outlet);
}

/* --- the lane's side --- */

static bool is_full(const struct alert_outlet *outlet)
{
    return outlet->queue.len == outlet->config.queue_cap;
}

/* Locked. The queue is taken whole, so a thread that is at work may take nothing for long: it hangs
 * when it is not done with a single alert meanwhile. False: no room, and nobody to make some. */
static bool wait_for_room(struct alert_outlet *outlet)
{
    uint64_t handled = atomic_load(&outlet->handled);
    struct timespec until = clock_patience(outlet->config.patience_ms);
    while (is_full(outlet) && !outlet->hangs) {
        if (pthread_cond_timedwait(&outlet->room, &outlet->lock, &until) != ETIMEDOUT)
            continue;
        uint64_t now = atomic_load(&outlet->handled);
        outlet->hangs = now == handled && is_full(outlet);
        handled = now;
        until = clock_patience(outlet->config.patience_ms);
    }
    return !is_full(outlet);
}

static struct entry *next_entry(struct queue *queue, size_t cap)
{
    if (queue->len == queue->room) {
        queue->room = queue->room ? queue->room * 2 : 256;
        queue->room = queue->room < cap ? queue->room : cap;
        queue->entries = mem_resize(queue->entries, queue->room * sizeof *queue->entries);
    }
    return &queue->entries[queue->len++];
}

static void leave(struct alert_outlet *outlet, const struct entry *entry)
{
    pthread_mutex_lock(&outlet->lock);
    bool has_room = !is_full(outlet) || wait_for_room(outlet);
    bool first = outlet->queue.len == 0;
    outlet->counts.taken++;
    if (has_room)
        *next_entry(&outlet->queue, outlet->config.queue_cap) = *entry;
    else
        outlet->overflowed++;
    pthread_mutex_unlock(&outlet->lock);
    if (!has_room && entry->kind == ENTRY_LOGGED)
        free(entry->logged.line);
    if (first)
        wake_ring(&outlet->bell);
}

void alert_outlet_begin(struct alert_outlet *outlet, const struct alert_marks *marks)
{
    pthread_mutex_lock(&outlet->lock);
    outlet->had = outlet->marks = *marks;
    pthread_mutex_unlock(&outlet->lock);
}

void alert_outlet_logged(void *context, uint64_t number, const void *line, size_t len)
{
    struct entry entry = {.kind = ENTRY_LOGGED, .logged = {.number = number, .len = len}};
    if (len == 0)
        return;
    entry.logged.line = mem_alloc(len);
    memcpy(entry.logged.line, line, len);
    leave(context, &entry);
}

static void take_alert(void *context, const struct alert *alert)
{
    struct alert_outlet *outlet = context;
    leave(outlet, &(struct entry){.detected_at = clock_now(outlet->clock), .alert = *alert});
}

static void take_health(void *context, const struct health_alert *alert)
{
    struct alert_outlet *outlet = context;
    leave(outlet, &(struct entry){.kind = ENTRY_HEALTH,
                                  .detected_at = clock_now(outlet->clock),
                                  .health = *alert});
}

struct alert_sink alert_outlet_sink(struct alert_outlet *outlet)
{
    return (struct alert_sink){outlet ? take_alert : NULL, outlet};
}

struct health_sink alert_outlet_health_sink(struct alert_outlet *outlet)
{
    return (struct health_sink){outlet ? take_health : NULL, outlet};
}

/* --- the thread --- */

static void take_queue(struct alert_outlet *outlet)
{
    outlet->taken.len = 0;
    pthread_mutex_lock(&outlet->lock);
    struct queue emptied = outlet->taken;
    outlet->taken = outlet->queue;
    outlet->queue = emptied;
    outlet->hangs = false;
    pthread_cond_signal(&outlet->room);
    pthread_mutex_unlock(&outlet->lock);
}

static void add_logged(struct alert_outlet *outlet, const struct entry *entry)
{
    if (entry->logged.number > outlet->had.file)
        alert_file_add(&outlet->file, entry->logged.line, entry->logged.len);
    if (entry->logged.number > outlet->had.command)
        alert_hook_add(&outlet->hook, entry->logged.line, entry->logged.len);
    outlet->logged = entry->logged.number;
    free(entry->logged.line);
}

static void add_line(struct alert_outlet *outlet, const struct entry *entry)
{
    if (entry->kind == ENTRY_LOGGED) {
        add_logged(outlet, entry);
        return;
    }
    bool is_health = entry->kind == ENTRY_HEALTH;
    char line[ALERT_LINE];
    const char *source = NULL;
    uint64_t bytes;
    if (!is_health && outlet->feed)
        outlet->feed->ops->source(outlet->feed, entry->alert.position.source, &source, &bytes);
    size_t len =
        is_health ? alert_line_health(&entry->health, entry->detected_at, line)
                  : alert_line(outlet->definition, &entry->alert, source, entry->detected_at, line);
    alert_file_add(&outlet->file, line, len);
    alert_hook_add(&outlet->hook, line, len);
}

static void write_trouble(struct alert_outlet *outlet, char out[OUTLET_TROUBLE])
{
    const struct alert_outlet_config *config = &outlet->config;
    out[0] = '\0';
    if (outlet->file.errno_value)
        snprintf(out, OUTLET_TROUBLE, "%.100s: %s; alerts wait to be written", config->path,
                 strerror(outlet->file.errno_value));
    else if (outlet->hook.trouble[0])
        snprintf(out, OUTLET_TROUBLE, "the alert command %s", outlet->hook.trouble);
}

/* What is written must be on disk before the state says so. */
static bool file_is_done(struct alert_outlet *outlet, uint64_t mark)
{
    const struct alert_file *file = &outlet->file;
    if (!file->path || file->waiting.lines > 0 || file->lost > 0 || outlet->logged <= mark)
        return false;
    return file->fd < 0 || !file->regular || fdatasync(file->fd) == 0;
}

static bool command_is_done(const struct alert_outlet *outlet, uint64_t mark)
{
    const struct alert_hook *hook = &outlet->hook;
    return hook->command && hook->waiting.lines == 0 && hook->running == 0 && hook->refused == 0 &&
           outlet->logged > mark;
}

/* What the queue had no room for was not taken: nothing behind it is done either. */
static void move_marks(struct alert_outlet *outlet)
{
    struct alert_marks marks = alert_outlet_marks(outlet);
    if (file_is_done(outlet, marks.file))
        marks.file = outlet->logged;
    if (command_is_done(outlet, marks.command))
        marks.command = outlet->logged;
    pthread_mutex_lock(&outlet->lock);
    if (outlet->overflowed == 0)
        outlet->marks = marks;
    pthread_mutex_unlock(&outlet->lock);
}

static void tell(struct alert_outlet *outlet)
{
    move_marks(outlet);
    const struct alert_file *file = &outlet->file;
    const struct alert_hook *hook = &outlet->hook;
    char trouble[OUTLET_TROUBLE];
    write_trouble(outlet, trouble);
    pthread_mutex_lock(&outlet->lock);
    struct alert_outlet_counts *counts = &outlet->counts;
    bool news = strcmp(trouble, outlet->trouble) != 0;
    memcpy(outlet->trouble, trouble, sizeof trouble);
    counts->written = file->written;
    counts->waiting = file->waiting.lines;
    counts->lost = file->lost;
    counts->calls = hook->begun;
    counts->failed = hook->failed;
    counts->not_given = hook->refused + hook->failed_lines;
    pthread_mutex_unlock(&outlet->lock);
    if (news && outlet->config.changed)
        wake_ring(outlet->config.changed);
}

static void write_out(struct alert_outlet *outlet)
{
    for (size_t i = 0; i < outlet->taken.len; i++) {
        add_line(outlet, &outlet->taken.entries[i]);
        if (line_buffer_len(&outlet->file.waiting) >= FLUSH_BYTES)
            alert_file_flush(&outlet->file, clock_mono(outlet->clock), false);
        atomic_fetch_add(&outlet->handled, 1);
    }
    alert_file_flush(&outlet->file, clock_mono(outlet->clock), false);
}

static void *outlet_main(void *argument)
{
    struct alert_outlet *outlet = argument;
    for (;;) {
        wake_clear(&outlet->bell);
        bool stop = atomic_load(&outlet->stop);
        take_queue(outlet);
        write_out(outlet);
        mono_ns next = alert_hook_turn(&outlet->hook, clock_mono(outlet->clock));
        tell(outlet);
        if (stop)
            break;
        mono_ns file = alert_file_next(&outlet->file);
        wake_wait(&outlet->bell, file < next ? file : next);
    }
    alert_file_flush(&outlet->file, clock_mono(outlet->clock), true);
    alert_hook_finish(&outlet->hook, outlet->clock, &outlet->bell);
    tell(outlet);
    return NULL;
}

/* --- from outside --- */

/* Signals are the main thread's; a reader of our pipe that goes away is an error of its write. A
 * child that ended must wait for us to see it, whatever we were started with. */
enum status alert_outlet_start(struct alert_outlet *outlet, const struct definition *definition,
                               struct feed *feed, struct clock *clock, struct error *error)
{
    sigset_t all, before;
    outlet->definition = definition;
    outlet->feed = feed;
    outlet->clock = clock;
    if (outlet->config.command)
        signal(SIGCHLD, SIG_DFL);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int failed = thread_start(&outlet->thread, outlet_main, outlet);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return error_set_errno(error, STATUS_LIMIT, failed, "the thread that writes alerts");
    outlet->started = true;
    return STATUS_OK;
}

void alert_outlet_stop(struct alert_outlet *outlet)
{
    if (!outlet->started)
        return;
    atomic_store(&outlet->stop, true);
    wake_ring(&outlet->bell);
    pthread_join(outlet->thread, NULL);
    outlet->started = false;
}

struct alert_marks alert_outlet_marks(struct alert_outlet *outlet)
{
    pthread_mutex_lock(&outlet->lock);
    struct alert_marks marks = outlet->marks;
    pthread_mutex_unlock(&outlet->lock);
    return marks;
}

bool alert_outlet_wants_file(const struct alert_outlet *outlet)
{
    return outlet->config.path != NULL;
}

bool alert_outlet_wants_command(const struct alert_outlet *outlet)
{
    return outlet->config.command != NULL;
}

struct alert_outlet_counts alert_outlet_counts(struct alert_outlet *outlet)
{
    pthread_mutex_lock(&outlet->lock);
    struct alert_outlet_counts counts = outlet->counts;
    counts.lost += outlet->config.path ? outlet->overflowed : 0;
    counts.not_given += outlet->config.command ? outlet->overflowed : 0;
    pthread_mutex_unlock(&outlet->lock);
    return counts;
}

char *alert_outlet_trouble(struct alert_outlet *outlet, char out[OUTLET_TROUBLE])
{
    pthread_mutex_lock(&outlet->lock);
    memcpy(out, outlet->trouble, sizeof outlet->trouble);
    pthread_mutex_unlock(&outlet->lock);
    return out;
}
