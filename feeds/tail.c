/*
 * Many growing files as one feed: the sources of the roster in turn, a block each, as long as they
 * are worth a look. The roster is renewed when none is, and every so often while the reader is
 * busy, so that a backlog in one file does not hide the others.
 */
#include "feeds/tail.h"

#include "feeds/descriptor.h"
#include "feeds/gunzip.h"
#include "feeds/roster.h"
#include "feeds/scan.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)
#define GONE_NS   (1000 * NS_PER_MS)

enum { BUSY_RENEW_MS = 50, SLICE_BYTES = 1024 * 1024 };

struct tail {
    struct feed feed;
    struct scan_config scan; /* fixed */
    struct wake bell;        /* fd feeds: rung by tail_appended */
    /* the reader's, but for the atomics of its context */
    struct roster roster;
    uint32_t turn;
    mono_ns renew_due;
    uint64_t bytes_read;
    uint64_t unread;
    uint64_t unfinished;
    /* any thread's */
    pthread_mutex_t lock; /* guards status */
    struct feed_status status;
};

static mono_ns now_mono(const struct tail *tail)
{
    return clock_mono(tail->roster.context.clock);
}

/* ---- status ---- */

/* The most urgent thing to say about a feed, of what holds for its sources. */
struct survey {
    const struct source *failed;
    const struct source *rotated;
    const struct source *missing;
    const struct source *gone; /* the first that was */
    uint32_t missing_len;
    uint32_t gone_len;
    uint32_t ended;
};

/* Between a rename and the new file's appearance a name means none for a moment. */
static bool is_gone(const struct tail *tail, const struct source *source)
{
    return source->current && source->gone_since > 0 &&
           now_mono(tail) - source->gone_since >= GONE_NS;
}

static struct survey survey_sources(const struct tail *tail)
{
    struct survey survey = {0};
    for (uint32_t i = tail->roster.len; i-- > 0;) {
        const struct source *source = tail->roster.sources[i];
        if (source->failed)
            survey.failed = source;
        if (source->successors_len > 0)
            survey.rotated = source;
        if (!source->current && !source->twin) {
            survey.missing = source;
            survey.missing_len++;
        }
        if (is_gone(tail, source)) {
            survey.gone_len++;
            if (!survey.gone || source->gone_since < survey.gone->gone_since)
                survey.gone = source;
        }
        survey.ended += source->ended;
    }
    /* of a pattern's files, old ones are cleared away */
    if (tail->roster.globs.len > 0 && survey.gone_len + survey.missing_len < tail->roster.len)
        survey.gone = NULL;
    return survey;
}

static void compose_gone(const struct survey *survey, char *out, size_t size)
{
    const struct source *gone = survey->gone;
    char more[32] = "";
    if (survey->gone_len > 1)
        snprintf(more, sizeof more, " and %u more", survey->gone_len - 1);
    if (gone->gone_errno == ENOENT)
        snprintf(out, size, "%.90s%.30s: removed or moved away", gone->name, more);
    else
        snprintf(out, size, "%.70s%.30s: not to be seen (%.30s)", gone->name, more,
                 strerror(gone->gone_errno));
}

/* T-R5: nobody can say how many lines that were; so it is said that it may be some. */
static void compose_gap(const struct source_context *context, char *out, size_t size)
{
    const struct gap *gap = &context->gap;
    int len = snprintf(out, size, "%s: lines after byte %llu may be missing: ", gap->why,
                       (unsigned long long)gap->offset);
    if (len > 0 && (size_t)len < size)
        snprintf(out + len, size - (size_t)len, "%s", gap->name);
}

/* T-R4. Of several files that wait behind the old one, how many is said: the totals are low until
 * their turn comes. */
static void compose_rotated(const struct tail *tail, const struct source *rotated, char *out,
                            size_t size)
{
    long long wait_s =
        (long long)((tail->roster.context.grace_ns + 999 * NS_PER_MS) / (1000 * NS_PER_MS));
    if (rotated->successors_len > 1)
        snprintf(out, size, "%s rotated: %zu newer files wait %lld s for the old file's last lines",
                 rotated->name, rotated->successors_len, wait_s);
    else
        snprintf(out, size, "%s rotated: waiting %lld s for the old file's last lines",
                 rotated->name, wait_s);
}

static void compose_message(const struct tail *tail, const struct survey *survey,
                            struct feed_status *status)
{
    char *out = status->message;
    size_t size = sizeof status->message;
    out[0] = '\0';
    if (survey->failed)
        snprintf(out, size, "%.*s", (int)size - 1, survey->failed->error.text);
    else if (survey->rotated)
        compose_rotated(tail, survey->rotated, out, size);
    else if (survey->gone)
        compose_gone(survey, out, size);
    else if (tail->roster.context.rotated_too_fast)
        snprintf(out, size, "rotated too fast to follow: files in between may not have been read");
    else if (survey->missing_len > 1)
        snprintf(out, size, "waiting for %s and %u more to appear", survey->missing->name,
                 survey->missing_len - 1);
    else if (survey->missing)
        snprintf(out, size, "waiting for %s to appear", survey->missing->name);
    else if (tail->roster.len == 0 && tail->roster.globs.len > 0)
        snprintf(out, size, "waiting for a file that matches %s", tail->roster.globs.texts[0]);
    else if (tail->roster.context.passed_over > 0)
        snprintf(out, size, "%.*s", (int)size - 1, tail->roster.context.passed.text);
    else if (tail->roster.watch_lost)
        snprintf(out, size, "looking every %lld ms: %.*s",
                 (long long)(tail->roster.poll_ns / NS_PER_MS), 100, tail->roster.watch_error.text);
}

static void compose_state(const struct tail *tail, struct feed_status *status)
{
    struct survey survey = survey_sources(tail);
    compose_message(tail, &survey, status);
    if (survey.failed)
        status->state = FEED_ERROR;
    else if (survey.missing_len == tail->roster.len)
        status->state = FEED_WAITING_FILE;
    else
        status->state = survey.ended == tail->roster.len ? FEED_ENDED : FEED_READING;
    status->errno_value = survey.failed ? survey.failed->error.errno_value : 0;
    status->failing_since = survey.failed ? survey.failed->failed_since : 0;
    status->retry_at = survey.failed ? survey.failed->retry_at : 0;
    status->gone_since = survey.gone ? survey.gone->gone_since : 0;
    status->sources = tail->roster.len;
    status->missing = survey.missing_len;
    status->polling =
        !tail->roster.is_fd && !tail->roster.context.bounded && !tail->roster.context.watch;
}

static void publish_status(struct tail *tail, bool moved_only)
{
    struct feed_status status = tail->status; /* only the reader writes it */
    status.bytes_read = tail->bytes_read;
    status.unread = tail->unread;
    status.unfinished = tail->unfinished;
    status.rotations = tail->roster.context.rotations;
    status.truncations = tail->roster.context.truncations;
    status.copies = tail->roster.context.copies;
    if (status.gaps != tail->roster.context.gaps)
        compose_gap(&tail->roster.context, status.gap, sizeof status.gap);
    status.gaps = tail->roster.context.gaps;
    status.gap_at = tail->roster.context.gap.at;
    status.passed_over = tail->roster.context.passed_over;
    if (!moved_only || status.state != FEED_READING || status.message[0])
        compose_state(tail, &status);
    pthread_mutex_lock(&tail->lock);
    tail->status = status;
    pthread_mutex_unlock(&tail->lock);
}

static void tail_status(struct feed *feed, struct feed_status *out)
{
    struct tail *tail = (struct tail *)feed;
    pthread_mutex_lock(&tail->lock);
    *out = tail->status;
    pthread_mutex_unlock(&tail->lock);
}

/* ---- reading ---- */

static void renew(struct tail *tail, mono_ns now)
{
    tail->renew_due = now + BUSY_RENEW_MS * NS_PER_MS;
    roster_renew(&tail->roster, now);
}

static enum feed_result read_source(struct tail *tail, struct source *source,
                                    struct event_block *block)
{
    uint64_t unread = source_unread(source), unfinished = source_unfinished(source);
    enum feed_result result = source_read(&tail->roster.context, source, block);
    tail->unread += source_unread(source) - unread;
    tail->unfinished += source_unfinished(source) - unfinished;
    if (result == FEED_BLOCK) {
        tail->bytes_read += block->end - block->begin;
        block->unread = tail->unread;
    } else {
        source->dirty = false;
    }
    return result;
}

/* The next block of a dirty source; FEED_IDLE when none has one. */
static enum feed_result read_in_turn(struct tail *tail, struct event_block *block)
{
    for (uint32_t i = 0; i < tail->roster.len; i++) {
        struct source *source = tail->roster.sources[tail->turn];
        enum feed_result result = source->dirty ? read_source(tail, source, block) : FEED_IDLE;
        bool more = result == FEED_BLOCK && tail->roster.context.buffer.len > 0;
        if (!more || tail->roster.context.buffer.owner != source)
            tail->turn = (tail->turn + 1) % tail->roster.len;
        if (result == FEED_BLOCK)
            return FEED_BLOCK;
    }
    return FEED_IDLE;
}

static enum feed_result verdict(const struct tail *tail, struct error *error)
{
    struct survey survey = survey_sources(tail);
    if (survey.failed) {
        if (error)
            *error = survey.failed->error;
        return FEED_FAILED;
    }
    return tail->roster.len > 0 && survey.ended == tail->roster.len ? FEED_END : FEED_IDLE;
}

static enum feed_result tail_read(struct feed *feed, struct event_block *block, struct error *error)
{
    struct tail *tail = (struct tail *)feed;
    mono_ns now = now_mono(tail);
    if (now >= tail->renew_due)
        renew(tail, now);
    enum feed_result result = read_in_turn(tail, block);
    if (result != FEED_BLOCK) {
        renew(tail, now_mono(tail));
        result = read_in_turn(tail, block);
    }
    if (result != FEED_BLOCK)
        result = verdict(tail, error);
    publish_status(tail, result == FEED_BLOCK);
    return result;
}

/* ---- waiting ---- */

/* A large buffer was for a backlog or a long record: an idle feed does not keep it. */
static void shrink_buffer(struct read_buffer *buffer)
{
    if (buffer->len > 0 || buffer->cap <= READ_CHUNK)
        return;
    free(buffer->bytes);
    *buffer = (struct read_buffer){0};
}

static void tail_wait(struct feed *feed, struct wake *wake, mono_ns deadline)
{
    struct tail *tail = (struct tail *)feed;
    mono_ns own = roster_deadline(&tail->roster);
    shrink_buffer(&tail->roster.context.buffer);
    int fd = tail->roster.is_fd ? tail->bell.fd : -1;
    if (tail->roster.context.watch)
        fd = watch_fd(tail->roster.context.watch);
    bool told = wake_wait_fd(wake, fd, own < deadline ? own : deadline);
    if (tail->roster.is_fd)
        wake_clear(&tail->bell);
    if (told && tail->roster.context.watch) {
        tail->roster.context.woken_by_watch = now_mono(tail);
        roster_take_news(&tail->roster);
    }
    /* The next read looks again, whatever ended the wait. */
    tail->renew_due = 0;
}

void tail_appended(struct feed *feed)
{
    struct tail *tail = (struct tail *)feed;
    int_fast64_t none = 0;
    atomic_compare_exchange_strong(&tail->roster.context.appended, &none, now_mono(tail));
    wake_ring(&tail->bell);
}

bool tail_mark(struct feed *feed, uint64_t offset, struct generation_mark *mark)
{
    return catalogue_mark(((struct tail *)feed)->roster.context.catalogue, offset, mark);
}

bool tail_seen(struct feed *feed, uint32_t source, struct fingerprint *out)
{
    const struct tail *tail = (struct tail *)feed;
    struct generation *held = catalogue_hold(tail->roster.context.catalogue, source, 0);
    struct stat facts;
    uint64_t end = 0;
    *out = (struct fingerprint){0};
    if (!held)
        return false;
    int fd = tail->roster.is_fd || held->begin > 0 ? -1 : descriptor_hold(held);
    if (fd >= 0 && fstat(fd, &facts) == 0 &&
        generation_last_line_end(fd, (uint64_t)facts.st_size, &end, NULL) == STATUS_OK)
        *out = fingerprint_at(tail->roster.context.hash_key, fd, end);
    if (fd >= 0)
        descriptor_let_go(held);
    generation_release(held);
    return fingerprint_decides(out);
}

uint32_t tail_gaps(struct feed *feed)
{
    return ((struct tail *)feed)->roster.gaps;
}

void tail_closed(struct feed *feed)
{
    struct tail *tail = (struct tail *)feed;
    atomic_store(&tail->roster.context.closed, true);
    wake_ring(&tail->bell);
}

/* ---- the rest of the interface ---- */

static void tail_label_next(struct feed *feed)
{
    atomic_store(&((struct tail *)feed)->roster.context.label_wanted, true);
}

static bool tail_source(struct feed *feed, uint32_t index, const char **name, uint64_t *bytes)
{
    struct tail *tail = (struct tail *)feed;
    const char *found = catalogue_name(tail->roster.context.catalogue, index);
    if (!found)
        return false;
    *name = found;
    *bytes = catalogue_bytes(tail->roster.context.catalogue, index);
    return true;
}

static size_t tail_bytes(struct feed *feed, uint32_t source, uint32_t generation, uint64_t start,
                         void *out, size_t len)
{
    struct tail *tail = (struct tail *)feed;
    struct generation *held = catalogue_hold(tail->roster.context.catalogue, source, generation);
    if (!held)
        return 0;
    int fd = descriptor_hold(held);
    int64_t got = fd >= 0 ? generation_pread(fd, out, len, start) : 0;
    if (fd >= 0)
        descriptor_let_go(held);
    generation_release(held);
    return got > 0 ? (size_t)got : 0;
}

static struct scan *tail_scan_open(struct feed *feed, struct error *error)
{
    return scan_new(&((struct tail *)feed)->scan, error);
}

static void tail_free(struct feed *feed)
{
    struct tail *tail = (struct tail *)feed;
    if (!tail)
        return;
    roster_fini(&tail->roster);
    wake_fini(&tail->bell);
    pthread_mutex_destroy(&tail->lock);
    free(tail);
}

static const struct feed_ops tail_ops = {.read = tail_read,
                                         .wait = tail_wait,
                                         .status = tail_status,
                                         .label_next = tail_label_next,
                                         .source = tail_source,
                                         .bytes = tail_bytes,
                                         .scan_open = tail_scan_open,
                                         .free = tail_free};

struct feed *tail_open(const struct tail_config *config, struct error *error)
{
    struct tail *tail = mem_zero(1, sizeof *tail);
    tail->feed.ops = &tail_ops;
    wake_init(&tail->bell);
    pthread_mutex_init(&tail->lock, NULL);
    if (roster_open(&tail->roster, config, error) != STATUS_OK) {
        tail_free(&tail->feed);
        return NULL;
    }
    tail->scan = (struct scan_config){
        .definition = config->definition,
        .symbols = config->symbols,
        .hash_key = config->hash_key,
        .catalogue = tail->roster.context.catalogue,
        .bounded = config->bounded,
        .slice_bytes = config->scan_slice_bytes ? config->scan_slice_bytes : SLICE_BYTES};
    publish_status(tail, false);
    return &tail->feed;
}

static size_t peek_file(const char *path, char *buffer, size_t cap)
{
    struct opened_file file;
    if (generation_open_file(path, &file, NULL) != STATUS_OK)
        return 0;
    int64_t got = gunzip_is(file.fd) ? (int64_t)gunzip_peek(file.fd, buffer, cap)
                                     : generation_pread(file.fd, buffer, cap, 0);
    close(file.fd);
    return got > 0 ? (size_t)got : 0;
}

size_t tail_peek(const char *const *paths, size_t paths_len, char *buffer, size_t cap)
{
    size_t len = 0;
    for (size_t i = 0; i < paths_len && len == 0; i++) {
        struct paths files = {0};
        if (paths_is_glob(paths[i]))
            paths_expand(paths[i], &files, NULL);
        else
            paths_add(&files, paths[i]);
        for (size_t f = 0; f < files.len && len == 0; f++)
            len = peek_file(files.texts[f], buffer, cap);
        paths_fini(&files);
    }
    return len;
}
