/*
 * Looking at a file and at its name: did it grow, was it cut off or written anew, does its name
 * mean another file by now, and is its end final?
 *
 * Equal size and time prove nothing while the time is so young that a further change could leave it
 * as it is (T-R7): until then the content is compared at every look (T-R3).
 */
#include "feeds/source_parts.h"

#include "core/sometimes.h"
#include "feeds/archive.h"
#include "feeds/gunzip.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS INT64_C(1000000)

enum { SETTLED_MS = 2000 /* some file systems keep times to 2 s */ };

/* ---- the file ---- */

/*
 * When growth that is seen now became readable. A change told: when it was told. An fd feed: the
 * oldest append not looked at before. Else the file's own time, which is not trusted further than
 * to lie between the last look and now.
 */
static mono_ns readable_since(const struct source_context *context, struct source *source,
                              const struct stat *facts, mono_ns appended)
{
    mono_ns now = clock_mono(context->clock);
    if (source->is_fd)
        return appended ? appended : now;
    if (source->queued) {
        mono_ns queued = source->queued;
        source->queued = 0;
        return queued;
    }
    if (context->woken_by_watch > source->looked)
        return context->woken_by_watch;
    /* Rounded so that the age comes out rather too great. */
    int64_t now_ms = clock_now(context->clock) + 1;
    int64_t mtime_ms = (int64_t)facts->st_mtim.tv_sec * 1000 + facts->st_mtim.tv_nsec / NS_PER_MS;
    if (mtime_ms >= now_ms)
        return now;
    if (now_ms - mtime_ms > (now - source->looked) / NS_PER_MS)
        return source->looked;
    return now - (now_ms - mtime_ms) * NS_PER_MS;
}

/* Whether what was fetched of the unfinished end is still what the file has there. */
static bool same_unfinished(const struct source_context *context, const struct source *source)
{
    const struct read_buffer *buffer = &context->buffer;
    char bytes[FINGERPRINT_ANCHOR_MIN];
    if (buffer->owner != source || buffer->len == 0)
        return true;
    size_t len = buffer->len < sizeof bytes ? buffer->len : sizeof bytes;
    return generation_pread(source->current->fd, bytes, len,
                            source->position + buffer->len - len) == (int64_t)len &&
           memcmp(bytes, buffer->bytes + buffer->start + buffer->len - len, len) == 0;
}

bool source_is_settled(const struct source_context *context, const struct stat *facts)
{
    int64_t changed_ms = (int64_t)facts->st_ctim.tv_sec * 1000 + facts->st_ctim.tv_nsec / NS_PER_MS;
    return clock_now(context->clock) - changed_ms > SETTLED_MS;
}

bool source_is_ahead(const struct source *source)
{
    return source->committed < source->ahead.offset;
}

enum fingerprint_result source_compare(const struct source_context *context,
                                       const struct source *source)
{
    enum fingerprint_result result =
        fingerprint_check(&source->print, context->hash_key, source->current->fd);
    if (result == FINGERPRINT_SAME && source_is_ahead(source))
        result = fingerprint_check(&source->ahead, context->hash_key, source->current->fd);
    return result;
}

/* T-R3, before each read after a change: the inode is the same, is what was read still in it? */
static enum fingerprint_result compare(struct source_context *context, struct source *source,
                                       const struct stat *facts)
{
    bool same = (uint64_t)facts->st_size == source->seen &&
                source_same_time(facts->st_ctim, source->changed);
    if (context->bounded || source->is_fd || source->finite || (same && source->settled))
        return FINGERPRINT_SAME;
    enum fingerprint_result result = source_compare(context, source);
    if (result != FINGERPRINT_SAME)
        return result;
    source->settled = source_is_settled(context, facts);
    if (!same && !same_unfinished(context, source))
        source_read_again(context, source);
    source->changed = facts->st_ctim;
    return FINGERPRINT_SAME;
}

/* It changed while there was no record by which its content is known: it may have been written and
 * truncated again. */
static bool is_untold(const struct source_context *context, const struct source *source,
                      const struct stat *facts)
{
    return !context->bounded && !source->is_fd && !source->finite && !source->is_copy &&
           source->successors_len == 0 && !fingerprint_decides(&source->print) &&
           !source_same_time(facts->st_ctim, source->changed);
}

enum step source_look(struct source_context *context, struct source *source)
{
    struct stat facts;
    /* Both before fstat: what they tell of is then included in what fstat says. */
    mono_ns appended = source->is_fd ? atomic_exchange(&context->appended, 0) : 0;
    source->input_closed = source->is_fd && atomic_load(&context->closed);
    if (fstat(source->current->fd, &facts) != 0)
        return source_fail_errno(context, source);
    uint64_t size = (uint64_t)facts.st_size;
    if (size < source->committed)
        return source_start_over(context, source);
    bool was_at_end = source->at_end;
    bool untold = is_untold(context, source, &facts);
    enum fingerprint_result same = compare(context, source, &facts);
    if (same == FINGERPRINT_UNREAD) {
        source->failed_size = size;
        return source_fail_errno(context, source);
    }
    SOMETIMES_IF(same == FINGERPRINT_HEAD_DIFFERS, head_differs);
    SOMETIMES_IF(same == FINGERPRINT_ANCHOR_DIFFERS, anchor_differs);
    if (same != FINGERPRINT_SAME)
        return source_start_over(context, source);
    if (untold && source_start_in_missed(context, source) == STEP_AGAIN)
        return STEP_AGAIN;
    if (size > source->seen) {
        source->readable = readable_since(context, source, &facts, appended);
        source->grown = source->readable;
    }
    source->looked = clock_mono(context->clock);
    source->queued = 0;
    if (size == source->seen && source->at_end == was_at_end)
        return STEP_IDLE;
    SOMETIMES_IF(size < source->seen, unfinished_end_cut_off);
    if (size < source->seen) /* only an unfinished end was cut off */
        source_read_again(context, source);
    source->seen = size;
    source->at_end = false;
    return STEP_AGAIN;
}

/* ---- the name ---- */

bool source_same_twin(const struct source *source, const struct stat *facts)
{
    const struct stat *twin = &source->twin_facts;
    return generation_id_same(generation_id_of(twin), generation_id_of(facts)) &&
           twin->st_size == facts->st_size && source_same_time(twin->st_ctim, facts->st_ctim);
}

enum step source_pass_by(struct source *source, int fd)
{
    bool known = fstat(fd, &source->twin_facts) == 0;
    source->twin = known && !source->current;
    close(fd);
    return STEP_IDLE;
}

/* Opens what is found under the name, unless that is read already; `*file` on STEP_AGAIN. */
static enum step open_name(struct source_context *context, struct source *source,
                           struct opened_file *file, uint64_t *begin)
{
    struct error error;
    enum status status = generation_open_file(source->name, file, &error);
    if (status == STATUS_NOT_FOUND && !context->bounded)
        return STEP_IDLE;
    if (status != STATUS_OK) {
        source->error = error;
        return source_fail(context, source);
    }
    if (!context->bounded && gunzip_is(file->fd)) {
        archive_pass(context, source->name, file->fd);
        return source_pass_by(source, file->fd);
    }
    *begin = 0;
    uint64_t end;
    switch (catalogue_find(context->catalogue, context->hash_key, source->index, file, &end)) {
    case FILE_UNKNOWN:
        return STEP_AGAIN;
    case FILE_IN_SOURCE: /* renamed back: what was read of it is not read again */
        SOMETIMES(file_renamed_back);
        *begin = file->size < end ? 0 : end;
        return STEP_AGAIN;
    case FILE_IN_OTHER_SOURCE:
        break;
    }
    return source_pass_by(source, file->fd);
}

enum step source_appear(struct source_context *context, struct source *source)
{
    struct stat facts;
    struct opened_file file;
    uint64_t begin = 0;
    if (source->mark)
        return source_resume(context, source, true);
    if (source->twin && stat(source->name, &facts) == 0 && source_same_twin(source, &facts))
        return STEP_IDLE;
    enum step step = open_name(context, source, &file, &begin);
    if (step == STEP_AGAIN)
        source_adopt(context, source, &file, begin, true);
    return step;
}

/* One of those that are open and not closed for good. */
static bool is_followed(const struct source *source, struct generation_id id)
{
    if (generation_id_same(source->current->id, id))
        return true;
    for (size_t i = 0; i < source->successors_len; i++)
        if (generation_id_same(source->successors[i].generation->id, id))
            return true;
    return false;
}

static struct generation_id newest_followed(const struct source *source)
{
    size_t len = source->successors_len;
    return len > 0 ? source->successors[len - 1].generation->id : source->current->id;
}

/* What is open is followed on: it may have been renamed, and its successor not be there yet. */
static enum step note_gone(const struct source_context *context, struct source *source)
{
    source->gone_errno = errno;
    if (source->gone_since == 0)
        source->gone_since = clock_mono(context->clock);
    return STEP_IDLE;
}

enum step source_look_at_name(struct source_context *context, struct source *source)
{
    struct stat facts;
    struct opened_file file;
    uint64_t begin = 0;
    source_note_waiting(context, source);
    if (stat(source->name, &facts) != 0)
        return note_gone(context, source);
    source->gone_since = 0;
    if (is_followed(source, generation_id_of(&facts)) || source_same_twin(source, &facts))
        return STEP_IDLE;
    if (source->successors_len == SUCCESSORS_MAX) {
        SOMETIMES(rotated_too_fast);
        context->rotated_too_fast = true;
        return STEP_IDLE;
    }
    enum step step = open_name(context, source, &file, &begin);
    if (step != STEP_AGAIN)
        return step;
    if (is_followed(source, file.id)) { /* it changed back in between */
        close(file.fd);
        return STEP_IDLE;
    }
    SOMETIMES_IF(source->seen > source->position, renamed_while_reading);
    source_catch_up(context, source, newest_followed(source));
    source_adopt(context, source, &file, begin, true);
    context->rotations++;
    return STEP_IDLE;
}

mono_ns source_grace_end(const struct source_context *context, const struct source *source)
{
    mono_ns since = source->successors[0].since;
    return (source->grown > since ? source->grown : since) + context->grace_ns;
}

enum step source_at_end(struct source_context *context, struct source *source)
{
    if (!context->bounded && !source->input_closed && !source->is_copy && !source->finite) {
        if (source->is_fd)
            return STEP_IDLE;
        enum step step = source_look_at_name(context, source);
        if (step != STEP_IDLE || source->successors_len == 0 ||
            clock_mono(context->clock) < source_grace_end(context, source))
            return step;
    }
    if (source->deciding)
        return source_decide(context, source, true);
    if (!source->decoder && source->seen > source->position) {
        source->only_blanks = true;
        source->at_end = false;
    } else {
        source->finishing = true;
    }
    return STEP_AGAIN;
}
