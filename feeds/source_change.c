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
#include "feeds/content.h"
#include "feeds/descriptor.h"

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

/* LINES_UNKNOWN: those before where its reading begins are counted in the file. */
#define LINES_UNKNOWN UINT32_MAX

static void begin_reading(struct source_context *context, struct source *source,
                          struct generation *generation, uint32_t lines)
{
    source->current = generation;
    source_pin(context, generation);
    descriptor_may_park(generation, keeps_its_name(source) ? source->name : NULL);
    source->committed = source->seen = generation->consumed;
    source->lines = lines != LINES_UNKNOWN
                        ? lines
                        : generation_count_lines(generation->fd, generation->consumed);
    source_read_again(context, source);
    source->print = generation->print;
    source->ahead = (struct fingerprint){0};
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

void source_begin_print(struct source_context *context, const struct source *source,
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

void source_adopt_at(struct source_context *context, struct source *source, size_t place,
                     const struct opened_file *file, uint64_t begin, bool held)
{
    const struct generation *before =
        place < source->successors_len ? source->successors[place].generation : NULL;
    struct generation *generation =
        catalogue_begin(context->catalogue, source->index, file->fd, file->id, begin,
                        held && begin == 0 && (!context->bounded || context->resumed), before);
    source_begin_print(context, source, generation, begin);
    watch_generation(context, source, generation, file->unpacked);
    if (source->current)
        source_let_wait(context, source, place, generation, file->unpacked);
    else
        begin_reading(context, source, generation, LINES_UNKNOWN);
}

void source_adopt(struct source_context *context, struct source *source,
                  const struct opened_file *file, uint64_t begin, bool held)
{
    source_adopt_at(context, source, source->successors_len, file, begin, held);
}

void source_take_up(struct source_context *context, struct source *source,
                    const struct generation_mark *mark, const struct opened_file *file)
{
    struct generation *generation =
        catalogue_resume(context->catalogue, mark, file->fd, file->id, false);
    watch_generation(context, source, generation, file->unpacked);
    begin_reading(context, source, generation, mark->lines > 0 ? mark->lines : LINES_UNKNOWN);
}

void source_begin_successor(struct source_context *context, struct source *source)
{
    source_catch_up(context, source, source->current->id);
    struct successor next = source->successors[0];
    source->successors_len--;
    memmove(source->successors, source->successors + 1,
            source->successors_len * sizeof *source->successors);
    if (context->watch)
        watch_forget(context->watch, source->index, source->current->id);
    generation_release(source->current);
    begin_reading(context, source, next.generation, LINES_UNKNOWN);
    source->is_copy = next.complete;
    source->ahead = next.seen;
    source->queued = next.since;
    source->grown = next.since;
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
    begin_reading(context, source, same, source->lines);
    source->committed = source->seen = source->position = committed;
    source->is_copy = true;
    context->copies++;
    source_catch_up(context, source, copy->id);
    if (again)
        source_let_wait(context, source, source->successors_len, again, false);
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
                                   source_is_ahead(source) ? &source->ahead : &source->print,
                                   source->changed, &copy);
    if (!found && !renamed && !context->bounded && !source->is_fd &&
        !fingerprint_decides(&source->print))
        found = source_find_missed(context, source, &copy);
    SOMETIMES_IF(found, copy_of_truncated_file_read);
    if (!found) {
        source_note_gap(context, source, source->committed, "truncated, no copy found");
        catalogue_lose(context->catalogue, source->index, old);
    }
    if (!renamed)
        again = catalogue_begin(context->catalogue, source->index, fd, old->id, 0,
                                !context->bounded, NULL);
    if (found) {
        go_on_in_copy(context, source, &copy, again);
    } else if (renamed) {
        source_begin_successor(context, source);
    } else {
        begin_reading(context, source, again, 0);
        generation_release(old);
    }
    return STEP_AGAIN;
}

enum step source_start_in_missed(struct source_context *context, struct source *source)
{
    struct opened_file missed;
    if (!source_find_missed(context, source, &missed))
        return STEP_IDLE;
    int fd = fcntl(source->current->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0) {
        enum step step = source_fail_errno(context, source);
        close(missed.fd);
        return step;
    }
    SOMETIMES(truncated_twice_between_two_looks);
    context->truncations++;
    struct generation *again =
        catalogue_begin(context->catalogue, source->index, fd, source->current->id, 0, true, NULL);
    go_on_in_copy(context, source, &missed, again);
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
    source_begin_print(context, source, generation, offset);
    source->print = generation->print;
    source->deciding = false;
    source->committed = offset;
    source->lines = generation_count_lines(generation->fd, offset);
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
