/*
 * The step that finds out where a source goes on that an earlier run left (feeds/resume.h). It is
 * taken once, at the start, or whenever its name can be opened and read again.
 */
#include "feeds/source_parts.h"

#include "core/sometimes.h"
#include "feeds/archive.h"
#include "feeds/gunzip.h"
#include "feeds/resume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)

/* What is under the name now. */
struct present {
    bool there;
    struct opened_file file;
};

static void settle(struct source *source)
{
    free(source->mark);
    source->mark = NULL;
    source->unread = (struct fingerprint){0};
}

/* The mark by which its file is known: where nothing of it was counted, what had been seen there.
 */
static struct generation_mark what_was_left(const struct source *source)
{
    struct generation_mark left = *source->mark;
    if (left.print.offset == 0)
        left.print = source->unread;
    return left;
}

/* STEP_IDLE: nothing is to be read under the name while it is this file. */
static enum step unpack_present(struct source_context *context, struct source *source,
                                struct present *present)
{
    bool known = false;
    struct error error;
    if (!gunzip_is(present->file.fd))
        return STEP_AGAIN;
    if (!context->backfill) {
        archive_pass(context, source->name, present->file.fd);
        return source_pass_by(source, present->file.fd);
    }
    struct stat facts;
    bool told = fstat(present->file.fd, &facts) == 0;
    enum status status = archive_unpack(context, source->name, &present->file, &known, &error);
    if (status == STATUS_OK && !known)
        return STEP_AGAIN;
    present->there = false;
    if (status != STATUS_OK)
        archive_refuse(context, &error);
    source->twin = told;
    if (told)
        source->twin_facts = facts;
    return STEP_IDLE;
}

static enum step open_present(struct source_context *context, struct source *source,
                              struct present *present)
{
    struct error error;
    uint64_t end;
    enum status status = generation_open_file(source->name, &present->file, &error);
    present->there = status == STATUS_OK;
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        source->error = error;
        return source_fail(context, source);
    }
    if (!present->there)
        return STEP_AGAIN;
    if (catalogue_find(context->catalogue, context->hash_key, source->index, &present->file,
                       &end) == FILE_IN_OTHER_SOURCE) {
        SOMETIMES(resumed_as_a_twin);
        return source_pass_by(source, present->file.fd);
    }
    return unpack_present(context, source, present);
}

/* Nothing of it was counted: it is read from 0, unless it turns out to be known. */
static enum step begin_present(struct source_context *context, struct source *source,
                               const struct present *present)
{
    source->finite = present->file.unpacked;
    source_adopt(context, source, &present->file, 0, true);
    settle(source);
    return STEP_AGAIN;
}

/* Under the name, or in a file that took its place. */
static enum step go_on_in(struct source_context *context, struct source *source,
                          const struct opened_file *file)
{
    const struct generation_mark mark = *source->mark;
    settle(source);
    source_take_up(context, source, &mark, file);
    return STEP_AGAIN;
}

static enum step go_on_under_name(struct source_context *context, struct source *source,
                                  const struct present *present)
{
    source->finite = present->file.unpacked;
    return go_on_in(context, source, &present->file);
}

/* The file under the name is the one that was left. */
static enum step take_present(struct source_context *context, struct source *source,
                              const struct present *present)
{
    return source->mark->print.offset > 0 ? go_on_under_name(context, source, present)
                                          : begin_present(context, source, present);
}

/* ---- what was left is not under the name ---- */

/* `named`: its last name counts, too. No longer ago than a grace time. */
static mono_ns changed_at(const struct source_context *context, int fd, bool named)
{
    struct stat facts;
    mono_ns now = clock_mono(context->clock);
    if (fstat(fd, &facts) != 0)
        return now;
    struct timespec changed = named ? facts.st_ctim : facts.st_mtim;
    int64_t changed_ms = (int64_t)changed.tv_sec * 1000 + changed.tv_nsec / NS_PER_MS;
    int64_t age_ns = (clock_now(context->clock) - changed_ms) * NS_PER_MS;
    return age_ns <= 0 ? now : now - (age_ns < context->grace_ns ? age_ns : context->grace_ns);
}

/* The grace time of each file began when it was renamed or written last, not when we came. A file
 * that was rotated twice gets a new name at each rotation, which is no reason to wait for it anew:
 * its last line counts. */
static void date_successors(const struct source_context *context, struct source *source)
{
    int before = source->current->fd;
    source->queued = source->grown = changed_at(context, before, source->successors_len <= 1);
    for (size_t i = 0; i < source->successors_len; i++) {
        source->successors[i].since = changed_at(context, before, i + 1 == source->successors_len);
        before = source->successors[i].generation->fd;
    }
}

/* Drained first; then what came between; then the file under the name. Where nothing was counted of
 * it under this name, it may all the same be a copy of what was counted under another. */
static enum step drain(struct source_context *context, struct source *source,
                       const struct opened_file *old, const struct present *present, bool renamed)
{
    if (source->mark->print.offset > 0) {
        go_on_in(context, source, old);
    } else {
        source_adopt(context, source, old, 0, true);
        settle(source);
    }
    source->is_copy = !renamed;
    source_catch_up(context, source, old->id);
    if (present->there) {
        source_adopt(context, source, &present->file, 0, true);
        context->rotations += renamed;
        context->truncations += !renamed;
        context->copies += !renamed;
    }
    date_successors(context, source);
    return STEP_AGAIN;
}

static enum step give_up_mark(struct source_context *context, struct source *source,
                              const struct present *present)
{
    const struct generation_mark *mark = source->mark;
    SOMETIMES(source_not_resumed);
    source_note_gap(context, source, mark->print.offset,
                    context->backfill ? "replaced while stopped, the old file not found"
                                      : "replaced, the old file not found");
    if (mark->print.offset > 0)
        catalogue_remember(context->catalogue, mark, true);
    return begin_present(context, source, present);
}

/* The mark waits; nobody waits where reading is bounded. */
static enum step nothing_there(struct source_context *context, struct source *source)
{
    if (!context->bounded)
        return STEP_IDLE;
    error_set(&source->error, STATUS_NOT_FOUND, "%s: no such file", source->name);
    return source_fail(context, source);
}

static enum step look_elsewhere(struct source_context *context, struct source *source,
                                const struct present *present)
{
    const struct generation_mark left = what_was_left(source);
    struct opened_file old;
    bool other = present->there && !generation_id_same(present->file.id, left.id);
    source->searched = true;
    if ((other || !present->there) && resume_find_renamed(context, source->name, &left, &old)) {
        SOMETIMES(renamed_while_stopped);
        return drain(context, source, &old, present, true);
    }
    if (left.print.offset == 0)
        return present->there ? begin_present(context, source, present)
                              : nothing_there(context, source);
    if (other && fingerprint_decides(&left.print) &&
        fingerprint_check(&left.print, context->hash_key, present->file.fd) == FINGERPRINT_SAME)
        return take_present(context, source, present);
    if (resume_find_copy(context, source->name, &left, &old)) {
        SOMETIMES(copied_while_stopped);
        return drain(context, source, &old, present, false);
    }
    return present->there ? give_up_mark(context, source, present) : nothing_there(context, source);
}

/* The name is another source's by now: what was left lies elsewhere, if anywhere. */
static enum step look_past_twin(struct source_context *context, struct source *source)
{
    const struct present nothing = {0};
    struct opened_file old;
    source->searched = true;
    bool renamed = resume_find_renamed(context, source->name, source->mark, &old);
    if (!renamed && !resume_find_copy(context, source->name, source->mark, &old))
        return STEP_IDLE;
    SOMETIMES(twin_took_the_name_while_stopped);
    return drain(context, source, &old, &nothing, renamed);
}

enum step source_resume(struct source_context *context, struct source *source, bool search)
{
    struct present present = {0};
    struct stat facts;
    if (source->twin && generation_look(source->name, &facts) && source_same_twin(source, &facts))
        return STEP_IDLE;
    enum step step = open_present(context, source, &present);
    if (step == STEP_IDLE && search && !source->searched && source->mark->print.offset > 0)
        return look_past_twin(context, source);
    if (step != STEP_AGAIN)
        return step;
    const struct generation_mark left = what_was_left(source);
    enum fingerprint_result result = FINGERPRINT_HEAD_DIFFERS;
    if (present.there && generation_id_same(present.file.id, left.id))
        result = fingerprint_check(&left.print, context->hash_key, present.file.fd);
    if (result == FINGERPRINT_UNREAD) {
        step = source_fail_errno(context, source);
        close(present.file.fd);
        return step;
    }
    if (result == FINGERPRINT_SAME)
        return take_present(context, source, &present);
    if (search && (present.there || !source->searched))
        return look_elsewhere(context, source, &present);
    if (present.there)
        close(present.file.fd);
    return STEP_IDLE;
}
