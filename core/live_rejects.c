/*
 * Records that were not counted as they stood (S-05): their bytes are read again from the feed when
 * that is known of them, a window at a time, and go into the epoch. A file that was cut or written
 * anew in between has them no more; then position and reason alone are kept.
 */
#include "core/live_lane_parts.h"

#include "core/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY_BYTES = 8 << 20, FULL_BYTES = 32 << 20, NOTE_BYTES = 128 /* of one without bytes */ };

void live_rejects_init(struct live_lane *lane)
{
    if (!lane->config.screen)
        return;
    lane->rejects.examples = mem_alloc(REJECT_GROUPS * sizeof *lane->rejects.examples);
    for (int g = 0; g < REJECT_GROUPS; g++)
        lane->rejects.examples[g].len = -1;
}

void live_rejects_fini(struct live_lane *lane)
{
    free(lane->rejects.window);
    free(lane->rejects.examples);
}

void live_rejects_turn(struct live_lane *lane)
{
    lane->rejects.len = 0;
}

void live_rejects_use(struct live_lane *lane, const struct event_position *at, const char *text)
{
    struct live_rejects *rejects = &lane->rejects;
    size_t len = strlen(text);
    if (!rejects->window)
        rejects->window = mem_alloc(REJECT_WINDOW);
    rejects->at = *at;
    rejects->len = len < REJECT_WINDOW ? len + 1 : REJECT_WINDOW;
    memcpy(rejects->window, text, rejects->len - 1);
    rejects->window[rejects->len - 1] = '\n';
}

static bool same_position(const struct event_position *a, const struct event_position *b)
{
    return a->source == b->source && a->generation == b->generation && a->start == b->start;
}

static size_t read_feed(const struct live_lane *lane, const struct event_position *at, void *out,
                        size_t len)
{
    struct feed *feed = lane->config.feed;
    return feed && feed->ops->bytes
               ? feed->ops->bytes(feed, at->source, at->generation, at->start, out, len)
               : 0;
}

/* `len` bytes at the position, from the window where it holds them; NULL: not to be had. */
static const char *find_bytes(struct live_lane *lane, const struct event_position *at, size_t len)
{
    struct live_rejects *rejects = &lane->rejects;
    bool near = rejects->len > 0 && rejects->at.source == at->source &&
                rejects->at.generation == at->generation && at->start >= rejects->at.start &&
                at->start + len <= rejects->at.start + rejects->len;
    if (!near) {
        if (!rejects->window)
            rejects->window = mem_alloc(REJECT_WINDOW);
        rejects->at = *at;
        rejects->len = read_feed(lane, at, rejects->window, REJECT_WINDOW);
    }
    size_t from = (size_t)(at->start - rejects->at.start);
    return from + len <= rejects->len ? rejects->window + from : NULL;
}

static void take(void *context, const struct reject_note *note)
{
    struct live_lane *lane = context;
    size_t len = note->length < STORE_REJECT_BYTES ? (size_t)note->length : STORE_REJECT_BYTES;
    const struct delta_reject reject = {.kind = note->kind,
                                        .position = note->position,
                                        .length = note->length,
                                        .line = note->line,
                                        .reason = note->reason,
                                        .bytes = find_bytes(lane, &note->position, len),
                                        .bytes_len = len};
    if (lane->config.rejects.take)
        lane->config.rejects.take(lane->config.rejects.context, &reject);
    if (!lane->epoch.checkpoint)
        return;
    delta_reject(&lane->epoch.delta, &reject);
    lane->rejects.kept += len + NOTE_BYTES;
}

struct reject_sink live_rejects_sink(struct live_lane *lane)
{
    bool wanted = lane->config.keeping.store || lane->config.rejects.take;
    return (struct reject_sink){wanted ? take : NULL, lane};
}

bool live_rejects_many(const struct live_lane *lane)
{
    return lane->rejects.kept > MANY_BYTES;
}

bool live_rejects_full(const struct live_lane *lane)
{
    return lane->rejects.kept > FULL_BYTES;
}

/* --- the screen --- */

static void read_example(struct live_lane *lane, const struct reject_group *group,
                         struct reject_example *example)
{
    size_t want = group->newest_length < sizeof example->bytes ? (size_t)group->newest_length
                                                               : sizeof example->bytes;
    if (example->len >= 0 && same_position(&example->position, &group->newest))
        return;
    example->position = group->newest;
    example->len = read_feed(lane, &group->newest, example->bytes, want) == want ? (int)want : -1;
}

static void name_source(const struct live_lane *lane, uint32_t source, char out[SNAPSHOT_LABEL])
{
    struct feed *feed = lane->config.feed;
    const char *name = "";
    uint64_t bytes;
    if (!feed->ops->source(feed, source, &name, &bytes))
        name = "";
    const char *slash = strrchr(name, '/');
    snprintf(out, SNAPSHOT_LABEL, "%s", slash && slash[1] ? slash + 1 : name);
}

void live_rejects_fill(struct live_lane *lane, struct snapshot_rejects *out)
{
    const struct reject_log *log = lane->pipeline.rejects;
    out->len = log ? log->len : 0;
    out->beyond = log ? log->beyond : 0;
    out->cut = live_lane_rejects_cut(lane);
    for (int g = 0; g < out->len; g++) {
        struct reject_example *example = &lane->rejects.examples[g];
        struct snapshot_reject *row = &out->groups[g];
        read_example(lane, &log->groups[g], example);
        row->group = log->groups[g];
        row->bytes_len = example->len;
        name_source(lane, log->groups[g].newest.source, row->source);
        memcpy(row->bytes, example->bytes, sizeof row->bytes);
    }
}

/* --- back --- */

static bool take_back(void *context, const struct store_reject *reject)
{
    struct live_lane *lane = context;
    const struct reject_note note = {.kind = reject->kind,
                                     .reason = reject->reason,
                                     .position = reject->position,
                                     .length = reject->length,
                                     .line = reject->line};
    struct reject_group *group = reject_log_add(lane->pipeline.rejects, &note);
    if (!group || !reject->bytes)
        return true;
    struct reject_example *example =
        &lane->rejects.examples[group - lane->pipeline.rejects->groups];
    example->position = reject->position;
    example->len = reject->bytes_len < sizeof example->bytes ? (int)reject->bytes_len
                                                             : (int)sizeof example->bytes;
    memcpy(example->bytes, reject->bytes, (size_t)example->len);
    return true;
}

enum status live_rejects_restore(struct live_lane *lane, struct error *error)
{
    if (!lane->pipeline.rejects)
        return STATUS_OK;
    return store_each_reject(lane->config.keeping.store, take_back, lane, error);
}
