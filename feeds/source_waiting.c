/*
 * What has taken a source's name while its old file is still drained (T-R4): files that wait for
 * their turn, in the order in which they were written.
 *
 * DESIGN. Nothing is read of a file that waits, but its lines are there, and may leave it before
 * its turn comes: a copytruncate during the grace time of a rename. So what its lines are known by
 * is noted at each look; when they are not in it any more, the copy that holds them waits in its
 * place, and what is in the file now behind that. Lines that were never seen leave their copy
 * alone: it stands in the series behind the generation before.
 */
#include "feeds/source_parts.h"

#include "core/sometimes.h"
#include "feeds/archive.h"
#include "feeds/content.h"
#include "feeds/descriptor.h"
#include "feeds/folder.h"
#include "feeds/gunzip.h"
#include "feeds/siblings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A successor that holds what was read already is read from there on. All others stay held, and are
 * judged when it is their turn: a copy of one may wait before it. */
static void judge(struct source_context *context, const struct source *source,
                  struct generation *generation)
{
    uint64_t offset;
    enum content content =
        content_judge(context->catalogue, context->hash_key, generation->fd, generation, &offset);
    if (content != CONTENT_KNOWN && content != CONTENT_COPY)
        return;
    SOMETIMES(saved_through_a_new_inode);
    catalogue_decide(context->catalogue, generation, offset);
    source_begin_print(context, source, generation, offset);
}

static struct fingerprint print_of_lines(const struct source_context *context, int fd,
                                         uint64_t size)
{
    uint64_t end = 0;
    if (generation_last_line_end(fd, size, &end, NULL) != STATUS_OK)
        end = 0;
    return fingerprint_at(context->hash_key, fd, end);
}

static void note_size(struct successor *waiting, const struct stat *facts)
{
    uint64_t size = (uint64_t)facts->st_size;
    waiting->size = size > waiting->generation->begin ? size : waiting->generation->begin;
    waiting->changed = facts->st_ctim;
}

void source_let_wait(struct source_context *context, struct source *source, size_t place,
                     struct generation *generation, bool complete)
{
    struct stat facts;
    if (!source->successors)
        source->successors = mem_alloc(SUCCESSORS_MAX * sizeof *source->successors);
    descriptor_may_park(source->current, NULL);
    if (generation->held)
        judge(context, source, generation);
    struct successor waiting = {.generation = generation,
                                .since = clock_mono(context->clock),
                                .size = generation->begin,
                                .complete = complete};
    if (fstat(generation->fd, &facts) == 0) {
        note_size(&waiting, &facts);
        if (!complete)
            waiting.seen = print_of_lines(context, generation->fd, (uint64_t)facts.st_size);
    }
    memmove(source->successors + place + 1, source->successors + place,
            (source->successors_len - place) * sizeof *source->successors);
    source->successors[place] = waiting;
    source->successors_len++;
}

/* ---- truncated before it was read ---- */

/* In the file that is drained, or in one that waits before it: a copy that was found as one. */
static bool stands_before(const struct source_context *context, const struct source *source,
                          const struct fingerprint *seen)
{
    bool found =
        fingerprint_check(seen, context->hash_key, source->current->fd) == FINGERPRINT_SAME;
    for (size_t i = 0; i + 1 < source->successors_len && !found; i++)
        found = fingerprint_check(seen, context->hash_key, source->successors[i].generation->fd) ==
                FINGERPRINT_SAME;
    return found;
}

static void wait_in_copy(struct source_context *context, struct source *source,
                         struct successor *waiting, const struct opened_file *copy)
{
    SOMETIMES(copy_of_a_waiting_file);
    context->copies++;
    waiting->generation = catalogue_replace(context->catalogue, source->index, waiting->generation,
                                            copy->fd, copy->id);
    waiting->size = copy->size;
    waiting->complete = true;
    waiting->seen = (struct fingerprint){0};
}

/* The newest successor's lines are not in it any more. */
static void begin_again(struct source_context *context, struct source *source)
{
    struct successor *waiting = &source->successors[source->successors_len - 1];
    struct generation *old = waiting->generation;
    const struct generation_id id = old->id;
    struct opened_file copy;
    if (source->successors_len == SUCCESSORS_MAX) {
        context->rotated_too_fast = true;
        return;
    }
    int fd = fcntl(old->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return; /* seen at the next look */
    context->truncations++;
    bool before = stands_before(context, source, &waiting->seen);
    if (!before && content_find_copy(context->catalogue, context->hash_key, source->name,
                                     &waiting->seen, waiting->changed, &copy)) {
        wait_in_copy(context, source, waiting, &copy);
    } else {
        if (!before)
            source_note_gap(context, source, old->begin, "truncated unread, no copy found");
        source->successors_len--;
        catalogue_drop(context->catalogue, source->index, old);
        generation_release(old);
    }
    source_let_wait(context, source, source->successors_len,
                    catalogue_begin(context->catalogue, source->index, fd, id, 0, true, NULL),
                    false);
}

void source_note_waiting(struct source_context *context, struct source *source)
{
    struct stat facts;
    if (source->successors_len == 0)
        return;
    struct successor *newest = &source->successors[source->successors_len - 1];
    int fd = newest->generation->fd;
    if (newest->complete || fstat(fd, &facts) != 0)
        return;
    bool same =
        (uint64_t)facts.st_size == newest->size && source_same_time(facts.st_ctim, newest->changed);
    if (same && newest->settled)
        return;
    /* Taken before the old one is compared: what is truncated in between is seen by that. */
    const struct fingerprint seen = print_of_lines(context, fd, (uint64_t)facts.st_size);
    switch (fingerprint_check(&newest->seen, context->hash_key, fd)) {
    case FINGERPRINT_UNREAD:
        return;
    case FINGERPRINT_SAME:
        newest->seen = seen;
        newest->settled = source_is_settled(context, &facts);
        note_size(newest, &facts);
        return;
    default:
        begin_again(context, source);
    }
}

/* ---- rotations that were not seen ---- */

/* The place behind a successor; SUCCESSORS_MAX: the file is none. */
static size_t place_behind(const struct source *source, struct generation_id id)
{
    for (size_t i = 0; i < source->successors_len; i++)
        if (generation_id_same(source->successors[i].generation->id, id))
            return i + 1;
    return SUCCESSORS_MAX;
}

/* Whether the file was taken for one that waits at `place`. */
static bool take_between(struct source_context *context, struct source *source, size_t place,
                         const char *path, struct opened_file *file)
{
    uint64_t end;
    if (catalogue_find(context->catalogue, context->hash_key, source->index, file, &end) !=
        FILE_UNKNOWN) {
        close(file->fd);
        return false;
    }
    if (gunzip_is(file->fd) && !archive_take(context, path, file))
        return false;
    source_adopt_at(context, source, place, file, 0, true);
    SOMETIMES(rotation_between_two_looks);
    context->rotations++;
    return true;
}

/* -1: it is not open. */
static int descriptor_of(const struct source *source, struct generation_id id)
{
    size_t place = place_behind(source, id);
    if (place < SUCCESSORS_MAX)
        return source->successors[place - 1].generation->fd;
    return generation_id_same(source->current->id, id) ? source->current->fd : -1;
}

/* Beside the name, or beside what that leads to. */
static void look_between(const struct source *source, struct generation_id old, int fd,
                         struct paths *out)
{
    siblings_between(source->name, old, fd, out);
    char *linked = out->len == 0 ? folder_linked(source->name) : NULL;
    if (linked)
        siblings_between(linked, old, fd, out);
    free(linked);
}

void source_catch_up(struct source_context *context, struct source *source,
                     struct generation_id old)
{
    struct paths paths;
    look_between(source, old, descriptor_of(source, old), &paths);
    size_t place = place_behind(source, old);
    if (place == SUCCESSORS_MAX)
        place = generation_id_same(source->current->id, old) ? 0 : source->successors_len;
    for (size_t i = 0; i < paths.len && source->successors_len < SUCCESSORS_MAX - 1; i++) {
        struct opened_file file;
        if (generation_open_file(paths.texts[i], &file, NULL) != STATUS_OK)
            continue;
        size_t behind = place_behind(source, file.id);
        place += take_between(context, source, place, paths.texts[i], &file);
        if (behind < SUCCESSORS_MAX)
            place = behind;
    }
    paths_fini(&paths);
}

/* ---- written and truncated again between two looks ---- */

/* The one begins as the other does: a copy that is made just now, or a second one. */
static bool begins_alike(const struct fingerprint_head *a, const struct fingerprint_head *b)
{
    return memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len) == 0;
}

/* Lines that stood in the file behind what was read of it, and that are not there now. */
static bool is_missed(const struct source_context *context, const struct source *source,
                      const struct opened_file *file)
{
    struct fingerprint_head head, now;
    uint64_t end;
    return file->size > source->committed && fingerprint_head_read(&head, file->fd) &&
           content_has_record(&head) && fingerprint_head_read(&now, source->current->fd) &&
           (!content_has_record(&now) || !begins_alike(&head, &now)) &&
           fingerprint_check(&source->print, context->hash_key, file->fd) == FINGERPRINT_SAME &&
           catalogue_find(context->catalogue, context->hash_key, source->index, file, &end) ==
               FILE_UNKNOWN;
}

bool source_find_missed(struct source_context *context, const struct source *source,
                        struct opened_file *out)
{
    struct paths paths;
    struct generation *before =
        source->current->number > 0
            ? catalogue_hold(context->catalogue, source->index, source->current->number - 1)
            : NULL;
    if (!before)
        return false;
    int fd = descriptor_hold(before);
    look_between(source, before->id, fd, &paths);
    if (fd >= 0)
        descriptor_let_go(before);
    generation_release(before);
    bool found = false;
    for (size_t i = 0; i < paths.len && !found; i++) {
        if (generation_open_file(paths.texts[i], out, NULL) != STATUS_OK ||
            (gunzip_is(out->fd) && !archive_take(context, paths.texts[i], out)))
            continue;
        found = is_missed(context, source, out);
        if (!found)
            close(out->fd);
    }
    paths_fini(&paths);
    return found;
}
