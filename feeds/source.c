/*
 * The reader's side of one source, as steps that are repeated until one has a result; here those
 * that make events of bytes.
 *
 * DESIGN. `at_end` says that everything seen of the file was given to the decoder; only then is the
 * file looked at again (fstat), and only when that shows no growth is its name looked at. So a
 * backlog costs no look at all, an idle file two system calls, and a file that was renamed away is
 * always drained before its successor is begun (T-R4). Decisions rest on descriptors (D-21): what
 * stat says of a name is only a reason to open it.
 */
#include "feeds/source_parts.h"

#include "core/sometimes.h"
#include "feeds/content.h"
#include "feeds/descriptor.h"
#include "feeds/dialect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS      INT64_C(1000000)
#define BACKOFF_MIN_NS (100 * NS_PER_MS)
#define BACKOFF_MAX_NS (5000 * NS_PER_MS)

void source_init(struct source *source, uint32_t index, const char *name, mono_ns now)
{
    *source = (struct source){.index = index, .name = name, .dirty = true, .looked = now};
}

static void drop_decoder(struct source *source)
{
    decoder_free(source->decoder);
    csv_header_free(source->header);
    source->decoder = NULL;
    source->header = NULL;
}

void source_fini(struct source *source)
{
    drop_decoder(source);
    free(source->mark);
    generation_release(source->current);
    for (size_t i = 0; i < source->successors_len; i++)
        generation_release(source->successors[i].generation);
    free(source->successors);
}

void source_read_again(struct source_context *context, struct source *source)
{
    drop_decoder(source);
    source->position = source->committed;
    source->at_end = false;
    if (context->buffer.owner == source)
        context->buffer.owner = NULL;
}

/* ---- failing, and trying again ---- */

enum step source_fail(struct source_context *context, struct source *source)
{
    source->backoff_ns = source->backoff_ns ? source->backoff_ns * 2 : BACKOFF_MIN_NS;
    if (source->backoff_ns > BACKOFF_MAX_NS)
        source->backoff_ns = BACKOFF_MAX_NS;
    mono_ns now = clock_mono(context->clock);
    source->retry_at = now + source->backoff_ns;
    if (!source->failed)
        source->failed_since = now;
    source->failed = true;
    return STEP_FAILED;
}

enum step source_fail_errno(struct source_context *context, struct source *source)
{
    error_set_errno(&source->error, STATUS_IO, errno, "%s", source->name);
    return source_fail(context, source);
}

/* The content was refused: nothing of it is consumed, and a change of the file is worth a try. */
static enum step fail_content(struct source_context *context, struct source *source,
                              const struct error *why)
{
    source->error = *why;
    source_read_again(context, source);
    source->finishing = false;
    if (fstat(source->current->fd, &source->failed_facts) != 0)
        memset(&source->failed_facts, 0, sizeof source->failed_facts);
    return source_fail(context, source);
}

static bool content_changed(const struct source *source)
{
    struct stat facts;
    bool parked;
    const struct stat *old = &source->failed_facts;
    return source->error.code == STATUS_BAD_FORMAT && source->current &&
           descriptor_look(source->current, &facts, &parked) &&
           (facts.st_size != old->st_size || !source_same_time(facts.st_mtim, old->st_mtim));
}

static void take_buffer(struct source_context *context, const struct source *source)
{
    struct read_buffer *buffer = &context->buffer;
    if (buffer->owner == source)
        return;
    buffer->owner = source;
    buffer->start = buffer->len = 0;
}

/* ---- bytes to events ---- */

/* STEP_IDLE: there is too little to tell the format from. */
static enum step start_decoder(struct source_context *context, struct source *source)
{
    struct dialect dialect;
    struct error error;
    /* At offset 0 the decoder takes the header itself. */
    enum status (*tell)(int, const struct definition *, const char *, struct dialect *,
                        struct error *) =
        source->position == 0 ? dialect_read_format : dialect_read;
    enum status status =
        tell(source->current->fd, context->definition, source->name, &dialect, &error);
    if (status == STATUS_BAD_FORMAT)
        return fail_content(context, source, &error);
    if (status != STATUS_OK && status != STATUS_CLOSED) {
        source->error = error;
        return source_fail(context, source);
    }
    if (dialect.header_bytes > source->position) { /* only blank lines were passed so far */
        csv_header_free(dialect.header);
        dialect.header = NULL;
    }
    if (dialect.format == FORMAT_ANY && source->only_blanks)
        dialect.format = FORMAT_JSONL;
    if (dialect.format == FORMAT_ANY)
        return STEP_IDLE;
    source->header = dialect.header;
    source->decoder = decoder_new(&(struct decoder_config){.definition = context->definition,
                                                           .symbols = context->symbols,
                                                           .hash_key = context->hash_key,
                                                           .format = dialect.format,
                                                           .header = dialect.header,
                                                           .offset = source->position,
                                                           .line = source->lines});
    return STEP_AGAIN;
}

/* What the file is known by moves on with what was consumed (T-R2). */
static void commit(struct source_context *context, struct source *source,
                   const struct event_block *block, size_t consumed)
{
    const struct read_buffer *buffer = &context->buffer;
    struct fingerprint_step step = {.offset = block->end, .last_begin = block->end};
    if (block->len > 0) {
        step.first_begin = block->events[0].start;
        step.first_end = step.first_begin + block->events[0].length;
        step.last_begin = block->events[block->len - 1].start;
    }
    if (block->end == source->position) {
        step.consumed = buffer->bytes + buffer->start - consumed;
        step.consumed_len = consumed;
    }
    source->committed = block->end;
    if (!context->keeps_prints || source->is_fd)
        source->print.offset = block->end;
    else
        fingerprint_advance(&source->print, context->hash_key, source->current->fd, &step);
    catalogue_advance(context->catalogue, source->index, source->current, &source->print);
}

/* STEP_AGAIN: the decoder needs more bytes than there are. */
static enum step decode(struct source_context *context, struct source *source, bool final,
                        struct event_block *block)
{
    struct read_buffer *buffer = &context->buffer;
    struct decoded decoded = {0};
    struct error error;
    if (buffer->len == 0 && !final)
        return STEP_AGAIN;
    bool label_wanted = atomic_load(&context->label_wanted);
    if (label_wanted)
        decoder_want_label(source->decoder);
    const char *bytes = buffer->bytes ? buffer->bytes + buffer->start : "";
    decoder_texts(source->decoder, block->texts);
    enum status status = decoder_feed(source->decoder, bytes, buffer->len, final, UINT64_MAX,
                                      block->events, EVENT_BLOCK_MAX, &decoded, &error);
    if (status != STATUS_OK) {
        struct error named;
        error_set(&named, status, "%s: %s", source->name, error.text);
        return fail_content(context, source, &named);
    }
    buffer->start += decoded.consumed;
    buffer->len -= decoded.consumed;
    source->position += decoded.consumed;
    if (!dialect_fill_block(block, source->committed, source->position, &decoded))
        return STEP_AGAIN;
    commit(context, source, block, decoded.consumed);
    block->lines = source->lines = decoder_lines(source->decoder);
    block->source = source->index;
    block->generation = source->current->number;
    block->readable = source->readable;
    block->label[0] = '\0';
    block->labelled = label_wanted ? decoder_label(source->decoder, block->label) : 0;
    if (block->labelled)
        atomic_store(&context->label_wanted, false);
    return STEP_BLOCK;
}

/* Room for more behind what is there: a larger chunk for a backlog, and twice as much whenever one
 * record fills it. The decoder takes a record of any length before READ_BUFFER_MAX is full. */
static size_t make_room(struct read_buffer *buffer, uint64_t backlog)
{
    size_t chunk = backlog > READ_CHUNK ? READ_CHUNK_BACKLOG : READ_CHUNK;
    size_t cap = buffer->cap > chunk ? buffer->cap : chunk;
    while (cap - buffer->len < chunk / 2 && cap < READ_BUFFER_MAX)
        cap *= 2;
    if (cap > READ_BUFFER_MAX)
        cap = READ_BUFFER_MAX;
    if (buffer->len > 0 && buffer->start > 0)
        memmove(buffer->bytes, buffer->bytes + buffer->start, buffer->len);
    buffer->start = 0;
    if (cap != buffer->cap) {
        buffer->bytes = mem_resize(buffer->bytes, cap);
        buffer->cap = cap;
    }
    if (buffer->len == buffer->cap)
        fatal("a record of more than %d bytes was not taken by its decoder", READ_BUFFER_MAX);
    return buffer->cap - buffer->len;
}

/* What stands before bytes just read: they are the file's only if it was not written anew
 * meanwhile, behind which they would be somewhere in other content (T-R3). */
static enum fingerprint_result check_again(const struct source_context *context,
                                           const struct source *source)
{
    struct stat facts;
    if (context->bounded || source->is_fd || source->finite)
        return FINGERPRINT_SAME;
    if (source->settled && fstat(source->current->fd, &facts) == 0 &&
        source_same_time(facts.st_ctim, source->changed))
        return FINGERPRINT_SAME;
    return source_compare(context, source);
}

/* Nothing of the bytes just read is taken; the next look tells why. */
static enum step look_again(struct source *source, uint64_t from)
{
    source->seen = from;
    source->at_end = true;
    source->settled = false;
    return STEP_AGAIN;
}

static enum step fetch(struct source_context *context, struct source *source)
{
    struct read_buffer *buffer = &context->buffer;
    uint64_t from = source->position + buffer->len;
    uint64_t backlog = source->seen - from;
    if (backlog == 0) {
        source->at_end = true;
        return STEP_AGAIN;
    }
    size_t room = make_room(buffer, backlog);
    size_t want = backlog < room ? (size_t)backlog : room;
    int64_t got = generation_pread(source->current->fd, buffer->bytes + buffer->len, want, from);
    if (got < 0 && errno != EAGAIN)
        return source_fail_errno(context, source);
    if (got <= 0) {
        source->seen = from; /* it shrank since: the next look tells how far */
        return STEP_AGAIN;
    }
    enum fingerprint_result result = check_again(context, source);
    if (result == FINGERPRINT_UNREAD)
        return source_fail_errno(context, source);
    if (result != FINGERPRINT_SAME) {
        SOMETIMES(written_anew_while_reading);
        return look_again(source, from);
    }
    buffer->len += (size_t)got;
    return STEP_AGAIN;
}

/* What is unfinished here stands, and goes on, in the file that took the name (T-R5). */
static bool goes_on_in_successor(const struct source *source)
{
    return source->successors_len > 0 && source->committed > 0 &&
           source->successors[0].generation->begin == source->committed;
}

/* The generation's end is known to be final: what is unfinished is torn (T-R1). */
static enum step finish(struct source_context *context, struct source *source,
                        struct event_block *block)
{
    if (source->position + context->buffer.len != source->seen) {
        source->finishing = false; /* another source used the buffer in between */
        source->at_end = false;
        return STEP_AGAIN;
    }
    if (source->decoder && !goes_on_in_successor(source)) {
        enum step step = decode(context, source, true, block);
        if (step != STEP_AGAIN)
            return step;
    }
    catalogue_close(context->catalogue, source->index, source->current);
    if (source->successors_len > 0) {
        source_begin_successor(context, source);
        return STEP_AGAIN;
    }
    drop_decoder(source);
    source->ended = true;
    return STEP_END;
}

static enum step next_step(struct source_context *context, struct source *source,
                           struct event_block *block)
{
    enum step step;
    if (!source->current)
        return source_appear(context, source);
    take_buffer(context, source);
    if (source->finishing)
        return finish(context, source, block);
    if (source->at_end) {
        step = source_look(context, source);
        if (step == STEP_IDLE && source->deciding && source->verdict != CONTENT_EMPTY)
            step = source_decide(context, source, false);
        return step == STEP_IDLE && source->current ? source_at_end(context, source) : step;
    }
    if (source->deciding) {
        step = source_decide(context, source, false);
        source->at_end = step == STEP_IDLE;
        return step == STEP_IDLE && source->current ? STEP_AGAIN : step;
    }
    if (!source->decoder) {
        step = start_decoder(context, source);
        source->at_end = step == STEP_IDLE;
        return step == STEP_IDLE ? STEP_AGAIN : step;
    }
    step = decode(context, source, false, block);
    return step == STEP_AGAIN ? fetch(context, source) : step;
}

/* A generation that cannot be read any more, and whose successor has waited long enough. */
static bool give_up(struct source_context *context, struct source *source)
{
    if (context->bounded || source->is_fd || !source->current)
        return false;
    source_look_at_name(context, source);
    if (source->successors_len == 0 ||
        clock_mono(context->clock) < source_grace_end(context, source))
        return false;
    SOMETIMES(renamed_file_unreadable);
    source_note_gap(context, source, source->committed, "renamed, and cannot be read any more");
    catalogue_close(context->catalogue, source->index, source->current);
    source_begin_successor(context, source);
    return true;
}

/* ---- its descriptor ---- */

bool source_pin(struct source_context *context, struct generation *generation)
{
    struct generation *before = context->pinned;
    if (generation && descriptor_hold(generation) < 0)
        return false;
    context->pinned = generation ? generation_retain(generation) : NULL;
    if (before) {
        descriptor_let_go(before);
        generation_release(before);
    }
    return true;
}

/* Parked, and nothing happened to it since. */
static bool is_asleep(const struct source *source)
{
    struct stat facts;
    bool parked;
    return source->current && source->at_end && source->settled && !source->failed &&
           !source->deciding && !source->finishing && source->successors_len == 0 &&
           descriptor_look(source->current, &facts, &parked) && parked &&
           (uint64_t)facts.st_size == source->seen &&
           source_same_time(facts.st_ctim, source->changed);
}

/* Its descriptor was given up, and is not its name's any more: it is looked for as after a restart.
 */
static void lose_track(struct source_context *context, struct source *source)
{
    struct generation *lost = source->current;
    SOMETIMES(renamed_while_parked);
    source->mark = mem_alloc(sizeof *source->mark);
    *source->mark = (struct generation_mark){.source = source->index,
                                             .generation = lost->number,
                                             .begin = lost->begin,
                                             .lines = source->lines,
                                             .id = lost->id,
                                             .print = source->print};
    if (source->print.offset > 0)
        catalogue_expect(context->catalogue, source->mark);
    source->searched = false;
    source_read_again(context, source);
    source->current = NULL;
    source->deciding = source->finishing = false;
    if (context->watch)
        watch_forget(context->watch, source->index, lost->id);
    catalogue_drop(context->catalogue, source->index, lost);
    generation_release(lost);
}

/* Its descriptor will never be good again; what its name leads to may be. */
static bool is_stale(const struct source_context *context, const struct source *source)
{
    return source->failed && source->error.errno_value == ESTALE && source->current &&
           !context->bounded && !source->is_fd && !source->is_copy && source->successors_len == 0;
}

static enum step wake_up(struct source_context *context, struct source *source)
{
    if (is_stale(context, source))
        lose_track(context, source);
    if (!source->current || source_pin(context, source->current))
        return STEP_AGAIN;
    if ((errno != ESTALE && errno != ENOENT) || context->bounded || source->successors_len > 0)
        return source_fail_errno(context, source);
    lose_track(context, source);
    return STEP_AGAIN;
}

enum feed_result source_read(struct source_context *context, struct source *source,
                             struct event_block *block)
{
    if (source->ended)
        return FEED_END;
    if (source->failed && clock_mono(context->clock) < source->retry_at && !content_changed(source))
        return FEED_FAILED;
    if (is_asleep(source)) {
        source->looked = clock_mono(context->clock);
        return FEED_IDLE;
    }
    enum step step = wake_up(context, source);
    while (step == STEP_AGAIN || (step == STEP_FAILED && give_up(context, source)))
        step = next_step(context, source, block);
    source_pin(context, NULL);
    if (step == STEP_FAILED)
        return FEED_FAILED;
    source->failed = false;
    source->failed_size = 0;
    source->backoff_ns = 0;
    return step == STEP_BLOCK ? FEED_BLOCK : step == STEP_END ? FEED_END : FEED_IDLE;
}

/* ---- what is told of it ---- */

uint64_t source_unread(const struct source *source)
{
    uint64_t seen = source->failed_size > source->seen ? source->failed_size : source->seen;
    uint64_t unread = seen - source->committed;
    for (size_t i = 0; i < source->successors_len; i++)
        unread += source->successors[i].size - source->successors[i].generation->begin;
    return source->current ? unread : 0;
}

uint64_t source_unfinished(const struct source *source)
{
    return source->current && source->at_end ? source->seen - source->committed : 0;
}

mono_ns source_deadline(const struct source_context *context, const struct source *source)
{
    mono_ns deadline = WAKE_NEVER;
    if (source->failed)
        return source->retry_at;
    if (source->deciding && source->verdict == CONTENT_PREFIX)
        deadline = source->grown + context->grace_ns;
    if (source->successors_len > 0 && source_grace_end(context, source) < deadline)
        deadline = source_grace_end(context, source);
    return deadline;
}
