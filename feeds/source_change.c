/*
 * From one generation of a source to the next: a rename, a truncation, a file written anew.
 *
 * DESIGN. What appears while the feed is followed may be what was read before, under another inode
 * (T-R5). So its generation is held, and read by nobody, until its first record is there and its
 * content was compared. A copy that a rotation made before it truncated the file takes the place of
 * the truncated generation and is read on where reading was; it is complete, so nothing is waited
 * for at its end. Without a copy, what was written between the last look and the truncation is
 * unknown, and that is said.
 */
#include "feeds/source_parts.h"

#include "core/sometimes.h"
#include "feeds/archive.h"
#include "feeds/content.h"
#include "feeds/descriptor.h"
#include "feeds/folder.h"
#include "feeds/gunzip.h"
#include "feeds/siblings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- beginning ---- */

/* It can be opened again by its name. */
static bool keeps_its_name(const struct source *source)
{
    struct stat facts;
    return !source->is_fd && !source->finite && source->successors_len == 0 &&
           generation_look(source->name, &facts) &&
           generation_id_same(generation_id_of(&facts), source->current->id);
}

static void begin_reading(struct source_context *context, struct source *source,
                          struct generation *generation)
{
    source->current = generation;
    source_pin(context, generation);
    descriptor_may_park(generation, keeps_its_name(source) ? source->name : NULL);
    source->committed = source->seen = generation->consumed;
    source_read_again(context, source);
    source->print = generation->print;
    source->at_end = true;
    source->only_blanks = false;
    source->finishing = false;
    source->is_copy = false;
    source->settled = false;
    source->deciding = generation->held;
    source->verdict = CONTENT_EMPTY;
    source->grown = clock_mono(context->clock);
    source->twin = false;
    source->dirty = true;
}

/* What is before `begin` was read by somebody: it belongs to what the file is known by. */
static void begin_print(struct source_context *context, const struct source *source,
                        struct generation *generation, uint64_t begin)
{
    struct fingerprint print = fingerprint_at(context->hash_key, generation->fd, begin);
    if (begin > 0)
        catalogue_advance(context->catalogue, source->index, generation, &print);
}

static void watch_generation(struct source_context *context, const struct source *source,
                             const struct generation *generation, bool unpacked)
{
    if (!context->watch || source->is_fd || unpacked)
        return;
    struct error error;
    if (watch_file(context->watch, source->index, generation->fd, &error) != STATUS_OK)
        context->watch_error = error;
}

/* A successor that holds what was read already is read from there on. While it may still turn out
 * to, it stays held; in the end it is judged when its turn comes. */
static void judge_successor(struct source_context *context, const struct source *source,
                            struct generation *generation)
{
    uint64_t offset;
    switch (
        content_judge(context->catalogue, context->hash_key, generation->fd, generation, &offset)) {
    case CONTENT_NEW:
        catalogue_decide(context->catalogue, generation, 0);
        break;
    case CONTENT_KNOWN:
    case CONTENT_COPY:
        SOMETIMES(saved_through_a_new_inode);
        catalogue_decide(context->catalogue, generation, offset);
        begin_print(context, source, generation, offset);
        break;
    default:
        break;
    }
}

static void add_successor(struct source_context *context, struct source *source,
                          struct generation *generation, uint64_t size, bool complete)
{
    if (!source->successors)
        source->successors = mem_alloc(SUCCESSORS_MAX * sizeof *source->successors);
    descriptor_may_park(source->current, NULL);
    if (generation->held)
        judge_successor(context, source, generation);
    source->successors[source->successors_len++] =
        (struct successor){.generation = generation,
                           .since = clock_mono(context->clock),
                           .size = size > generation->begin ? size : generation->begin,
                           .complete = complete};
}

void source_adopt(struct source_context *context, struct source *source,
                  const struct opened_file *file, uint64_t begin, bool held)
{
    struct generation *generation =
        catalogue_begin(context->catalogue, source->index, file->fd, file->id, begin,
                        held && begin == 0 && (!context->bounded || context->resumed));
    begin_print(context, source, generation, begin);
    watch_generation(context, source, generation, file->unpacked);
    if (source->current)
        add_successor(context, source, generation, file->size, file->unpacked);
    else
        begin_reading(context, source, generation);
}

void source_take_up(struct source_context *context, struct source *source,
                    const struct generation_mark *mark, const struct opened_file *file)
{
    struct generation *generation =
        catalogue_resume(context->catalogue, mark, file->fd, file->id, false);
    watch_generation(context, source, generation, file->unpacked);
    begin_reading(context, source, generation);
}

void source_begin_successor(struct source_context *context, struct source *source)
{
    struct successor next = source->successors[0];
    source->successors_len--;
    memmove(source->successors, source->successors + 1,
            source->successors_len * sizeof *source->successors);
    if (context->watch)
        watch_forget(context->watch, source->index, source->current->id);
    generation_release(source->current);
    begin_reading(context, source, next.generation);
    source->is_copy = next.complete;
    source->queued = next.since;
    source->grown = next.since;
}

void source_catch_up(struct source_context *context, struct source *source,
                     struct generation_id old)
{
    struct paths paths;
    siblings_between(source->name, old, &paths);
    char *linked = paths.len == 0 ? folder_linked(source->name) : NULL;
    if (linked)
        siblings_between(linked, old, &paths);
    free(linked);
    for (size_t i = 0; i < paths.len && source->successors_len < SUCCESSORS_MAX - 1; i++) {
        struct opened_file file;
        uint64_t end;
        if (generation_open_file(paths.texts[i], &file, NULL) != STATUS_OK)
            continue;
        if (catalogue_find(context->catalogue, source->index, file.id, file.size, &end) !=
            FILE_UNKNOWN) {
            close(file.fd);
            continue;
        }
        if (gunzip_is(file.fd) && !archive_take(context, paths.texts[i], &file))
            continue;
        source_adopt(context, source, &file, 0, true);
        SOMETIMES(rotation_between_two_looks);
        context->rotations++;
    }
    paths_fini(&paths);
}

/* ---- starting over ---- */

void source_note_gap(struct source_context *context, const struct source *source, uint64_t offset,
                     const char *why)
{
    context->gaps++;
    context->gap = (struct gap){
        .name = source->name, .offset = offset, .why = why, .at = clock_mono(context->clock)};
}

/* The rest of what was truncated is read from its copy, then what is in the file now. */
static void go_on_in_copy(struct source_context *context, struct source *source,
                          const struct opened_file *copy, struct generation *again)
{
    uint64_t committed = source->committed;
    struct generation *same =
        catalogue_replace(context->catalogue, source->index, source->current, copy->fd, copy->id);
    begin_reading(context, source, same);
    source->committed = source->seen = source->position = committed;
    source->is_copy = true;
    context->copies++;
    source_catch_up(context, source, copy->id);
    if (again)
        add_successor(context, source, again, 0, false);
}

/*
 * The file is read from 0 as a new generation; one that was renamed away before has a successor
 * already, and is only given up.
 */
enum step source_start_over(struct source_context *context, struct source *source)
{
    struct generation *old = source->current, *again = NULL;
    struct opened_file copy;
    bool renamed = source->successors_len > 0;
    int fd = renamed ? -1 : fcntl(old->fd, F_DUPFD_CLOEXEC, 0);
    if (!renamed && fd < 0)
        return source_fail_errno(context, source);
    SOMETIMES(file_truncated);
    SOMETIMES_IF(renamed, renamed_file_truncated);
    context->truncations++;
    bool found = !context->bounded && !source->is_fd &&
                 content_find_copy(context->catalogue, context->hash_key, source->name,
                                   &source->print, source->changed, &copy);
    SOMETIMES_IF(found, copy_of_truncated_file_read);
    if (!found) {
        source_note_gap(context, source, source->committed, "truncated, no copy found");
        catalogue_lose(context->catalogue, source->index, old);
    }
    if (!renamed)
        again =
            catalogue_begin(context->catalogue, source->index, fd, old->id, 0, !context->bounded);
    if (found) {
        go_on_in_copy(context, source, &copy, again);
    } else if (renamed) {
        source_begin_successor(context, source);
    } else {
        begin_reading(context, source, again);
        generation_release(old);
    }
    return STEP_AGAIN;
}

/* ---- deciding ---- */

/* The file is another name, or a copy, of what is read elsewhere. */
static enum step become_twin(struct source_context *context, struct source *source)
{
    struct generation *dropped = source->current;
    if (fstat(dropped->fd, &source->twin_facts) != 0)
        return source_fail_errno(context, source);
    if (context->watch)
        watch_forget(context->watch, source->index, dropped->id);
    source_read_again(context, source);
    source->current = NULL;
    source->deciding = false;
    source->twin = true;
    catalogue_drop(context->catalogue, source->index, dropped);
    generation_release(dropped);
    return STEP_IDLE;
}

static enum step decide_on(struct source_context *context, struct source *source, uint64_t offset)
{
    struct generation *generation = source->current;
    catalogue_decide(context->catalogue, generation, offset);
    begin_print(context, source, generation, offset);
    source->print = generation->print;
    source->deciding = false;
    source->committed = offset;
    if (source->seen < offset)
        source->seen = offset;
    source_read_again(context, source);
    return STEP_AGAIN;
}

/* A part of what was read: what is whole of it counts as read. */
static enum step decide_on_part(struct source_context *context, struct source *source,
                                uint64_t common)
{
    uint64_t offset = 0;
    if (generation_last_line_end(source->current->fd, common, &offset, &source->error) != STATUS_OK)
        return source_fail(context, source);
    return decide_on(context, source, offset);
}

enum step source_decide(struct source_context *context, struct source *source, bool now)
{
    uint64_t offset;
    if (catalogue_is_read(context->catalogue, source->current->id, source->current) &&
        source->successors_len == 0)
        return become_twin(context, source);
    source->verdict = (int)content_judge(context->catalogue, context->hash_key, source->current->fd,
                                         source->current, &offset);
    switch (source->verdict) {
    case CONTENT_FAILED:
        return source_fail_errno(context, source);
    case CONTENT_COPY:
        if (source->successors_len == 0)
            return become_twin(context, source);
        return decide_on(context, source, offset);
    case CONTENT_PREFIX:
        SOMETIMES(copy_being_made);
        now |= clock_mono(context->clock) >= source->grown + context->grace_ns;
        return now ? decide_on_part(context, source, offset) : STEP_IDLE;
    case CONTENT_EMPTY:
    case CONTENT_WAIT:
        return now ? decide_on(context, source, 0) : STEP_IDLE;
    default:
        return decide_on(context, source, offset);
    }
}
