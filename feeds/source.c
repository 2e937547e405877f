/*
 * The reader's side of one source, as steps that are repeated until one has a result.
 *
 * DESIGN. `at_end` says that everything seen of the file was given to the decoder; only then is the
 * file looked at again (fstat), and only when that shows no growth is its name looked at. So a
 * backlog costs no look at all, an idle file two system calls, and a file that was renamed away is
 * always drained before its successor is begun (T-R4). Decisions rest on descriptors (D-21): what
 * stat says of a name is only a reason to open it.
 */
#include "feeds/source.h"

#include "core/sometimes.h"
#include "feeds/dialect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS      INT64_C(1000000)
#define BACKOFF_MIN_NS (100 * NS_PER_MS)
#define BACKOFF_MAX_NS (5000 * NS_PER_MS)

enum step {
    STEP_AGAIN,  /* something changed: take the next step */
    STEP_BLOCK,  /* the block is filled */
    STEP_IDLE,   /* nothing more now */
    STEP_END,    /* nothing more ever */
    STEP_FAILED, /* source->error says why */
};

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
    generation_release(source->current);
    for (size_t i = 0; i < source->successors_len; i++)
        generation_release(source->successors[i].generation);
    free(source->successors);
}

/* From the last whole record on, with a new decoder. */
static void read_again(struct source_context *context, struct source *source)
{
    drop_decoder(source);
    source->position = source->committed;
    source->at_end = false;
    if (context->buffer.owner == source)
        context->buffer.owner = NULL;
}

/* ---- failing, and trying again ---- */

static enum step fail(struct source_context *context, struct source *source)
{
    source->backoff_ns = source->backoff_ns ? source->backoff_ns * 2 : BACKOFF_MIN_NS;
    if (source->backoff_ns > BACKOFF_MAX_NS)
        source->backoff_ns = BACKOFF_MAX_NS;
    source->retry_at = clock_mono(context->clock) + source->backoff_ns;
    source->failed = true;
    return STEP_FAILED;
}

static enum step fail_errno(struct source_context *context, struct source *source)
{
    error_set_errno(&source->error, STATUS_IO, errno, "%s", source->name);
    return fail(context, source);
}

/* The content was refused: nothing of it is consumed, and a change of the file is worth a try. */
static enum step fail_content(struct source_context *context, struct source *source,
                              const struct error *why)
{
    source->error = *why;
    read_again(context, source);
    source->finishing = false;
    if (fstat(source->current->fd, &source->failed_facts) != 0)
        memset(&source->failed_facts, 0, sizeof source->failed_facts);
    return fail(context, source);
}

static bool content_changed(const struct source *source)
{
    struct stat facts;
    const struct stat *old = &source->failed_facts;
    return source->error.code == STATUS_BAD_FORMAT && source->current &&
           fstat(source->current->fd, &facts) == 0 &&
           (facts.st_size != old->st_size || facts.st_mtim.tv_sec != old->st_mtim.tv_sec ||
            facts.st_mtim.tv_nsec != old->st_mtim.tv_nsec);
}

/* ---- generations ---- */

static void take_buffer(struct source_context *context, const struct source *source)
{
    struct read_buffer *buffer = &context->buffer;
    if (buffer->owner == source)
        return;
    buffer->owner = source;
    buffer->start = buffer->len = 0;
}

static void begin_reading(struct source_context *context, struct source *source,
                          struct generation *generation)
{
    source->current = generation;
    source->committed = source->seen = generation->begin;
    read_again(context, source);
    source->at_end = true;
    source->only_blanks = false;
    source->finishing = false;
    source->twin = false;
    source->dirty = true;
}

static void watch_generation(struct source_context *context, const struct source *source,
                             const struct generation *generation)
{
    if (!context->watch)
        return;
    struct error error;
    if (watch_file(context->watch, source->index, generation->fd, &error) != STATUS_OK)
        context->watch_error = error;
}

void source_adopt(struct source_context *context, struct source *source,
                  const struct opened_file *file, uint64_t begin)
{
    struct generation *generation =
        catalogue_begin(context->catalogue, source->index, file->fd, file->id, begin);
    if (!source->is_fd)
        watch_generation(context, source, generation);
    if (!source->current) {
        begin_reading(context, source, generation);
        return;
    }
    if (!source->successors)
        source->successors = mem_alloc(SUCCESSORS_MAX * sizeof *source->successors);
    source->successors[source->successors_len++] =
        (struct successor){.generation = generation,
                           .since = clock_mono(context->clock),
                           .size = file->size > begin ? file->size : begin};
}

/* Goes on with the first successor; the current generation was closed or lost before. */
static void begin_successor(struct source_context *context, struct source *source)
{
    struct successor next = source->successors[0];
    source->successors_len--;
    memmove(source->successors, source->successors + 1,
            source->successors_len * sizeof *source->successors);
    if (context->watch)
        watch_forget(context->watch, source->index, source->current->fd);
    generation_release(source->current);
    begin_reading(context, source, next.generation);
    source->queued = next.since;
    source->grown = next.since;
}

/* T-R3, size < offset: what was read is gone from the file. It is read from 0 as a new generation;
 * one that was renamed away before has a successor already, and is only given up. */
static enum step start_over(struct source_context *context, struct source *source)
{
    struct generation *old = source->current;
    int fd = -1;
    if (source->successors_len == 0 && (fd = fcntl(old->fd, F_DUPFD_CLOEXEC, 0)) < 0)
        return fail_errno(context, source);
    SOMETIMES(file_truncated);
    SOMETIMES_IF(fd < 0, renamed_file_truncated);
    context->truncations++;
    catalogue_lose(context->catalogue, source->index, old);
    if (fd < 0) {
        begin_successor(context, source);
        return STEP_AGAIN;
    }
    begin_reading(context, source,
                  catalogue_begin(context->catalogue, source->index, fd, old->id, 0));
    generation_release(old);
    return STEP_AGAIN;
}

/* ---- looking ---- */

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

/* STEP_AGAIN: the file changed; STEP_IDLE: it did not. */
static enum step look(struct source_context *context, struct source *source)
{
    struct stat facts;
    /* Both before fstat: what they tell of is then included in what fstat says. */
    mono_ns appended = source->is_fd ? atomic_exchange(&context->appended, 0) : 0;
    source->input_closed = source->is_fd && atomic_load(&context->closed);
    if (fstat(source->current->fd, &facts) != 0)
        return fail_errno(context, source);
    uint64_t size = (uint64_t)facts.st_size;
    if (size < source->committed)
        return start_over(context, source);
    if (size > source->seen) {
        source->readable = readable_since(context, source, &facts, appended);
        source->grown = source->readable;
    }
    source->looked = clock_mono(context->clock);
    source->queued = 0;
    if (size == source->seen)
        return STEP_IDLE;
    SOMETIMES_IF(size < source->seen, unfinished_end_cut_off);
    if (size < source->seen) /* only an unfinished end was cut off */
        read_again(context, source);
    source->seen = size;
    source->at_end = false;
    return STEP_AGAIN;
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
        return fail(context, source);
    }
    *begin = 0;
    uint64_t end;
    switch (catalogue_find(context->catalogue, source->index, file->id, file->size, &end)) {
    case FILE_UNKNOWN:
        return STEP_AGAIN;
    case FILE_IN_SOURCE: /* renamed back: what was read of it is not read again */
        SOMETIMES(file_renamed_back);
        *begin = file->size < end ? 0 : end;
        return STEP_AGAIN;
    case FILE_IN_OTHER_SOURCE:
        break;
    }
    source->twin = true;
    close(file->fd);
    return STEP_IDLE;
}

static enum step appear(struct source_context *context, struct source *source)
{
    struct opened_file file;
    uint64_t begin = 0;
    enum step step = open_name(context, source, &file, &begin);
    if (step == STEP_AGAIN)
        source_adopt(context, source, &file, begin);
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

/* What waits in the newest successor counts as unread. */
static void note_size(struct source *source, const struct stat *facts)
{
    if (source->successors_len == 0)
        return;
    struct successor *newest = &source->successors[source->successors_len - 1];
    if (generation_id_same(newest->generation->id, generation_id_of(facts)) &&
        (uint64_t)facts->st_size > newest->size)
        newest->size = (uint64_t)facts->st_size;
}

/* T-R4: does the name mean another file by now? While it means none, the old one is followed. */
static enum step look_at_name(struct source_context *context, struct source *source)
{
    struct stat facts;
    struct opened_file file;
    uint64_t begin = 0;
    if (stat(source->name, &facts) != 0)
        return STEP_IDLE;
    if (is_followed(source, generation_id_of(&facts))) {
        note_size(source, &facts);
        return STEP_IDLE;
    }
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
    source_adopt(context, source, &file, begin);
    context->rotations++;
    return STEP_IDLE;
}

mono_ns source_grace_end(const struct source_context *context, const struct source *source)
{
    mono_ns since = source->successors[0].since;
    return (source->grown > since ? source->grown : since) + context->grace_ns;
}

/* Nothing more is there now. Is that all there will ever be of this generation? */
static enum step at_end(struct source_context *context, struct source *source)
{
    if (!context->bounded && !source->input_closed) {
        if (source->is_fd)
            return STEP_IDLE;
        enum step step = look_at_name(context, source);
        if (step != STEP_IDLE || source->successors_len == 0 ||
            clock_mono(context->clock) < source_grace_end(context, source))
            return step;
    }
    if (!source->decoder && source->seen > source->position) {
        source->only_blanks = true;
        source->at_end = false;
    } else {
        source->finishing = true;
    }
    return STEP_AGAIN;
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
        return fail(context, source);
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
                                                           .offset = source->position});
    return STEP_AGAIN;
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
    source->committed = block->end;
    catalogue_advance(context->catalogue, source->index, source->current, block->end);
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
        return fail_errno(context, source);
    if (got <= 0)
        source->seen = from; /* it shrank since: the next look tells how far */
    else
        buffer->len += (size_t)got;
    return STEP_AGAIN;
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
    if (source->decoder) {
        enum step step = decode(context, source, true, block);
        if (step != STEP_AGAIN)
            return step;
    }
    catalogue_close(context->catalogue, source->index, source->current);
    if (source->successors_len > 0) {
        begin_successor(context, source);
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
        return appear(context, source);
    take_buffer(context, source);
    if (source->finishing)
        return finish(context, source, block);
    if (source->at_end) {
        step = look(context, source);
        return step == STEP_IDLE ? at_end(context, source) : step;
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
    look_at_name(context, source);
    if (source->successors_len == 0 ||
        clock_mono(context->clock) < source_grace_end(context, source))
        return false;
    catalogue_close(context->catalogue, source->index, source->current);
    begin_successor(context, source);
    return true;
}

enum feed_result source_read(struct source_context *context, struct source *source,
                             struct event_block *block)
{
    if (source->ended)
        return FEED_END;
    if (source->failed && clock_mono(context->clock) < source->retry_at && !content_changed(source))
        return FEED_FAILED;
    enum step step;
    do
        step = next_step(context, source, block);
    while (step == STEP_AGAIN || (step == STEP_FAILED && give_up(context, source)));
    if (step == STEP_FAILED)
        return FEED_FAILED;
    source->failed = false;
    source->backoff_ns = 0;
    return step == STEP_BLOCK ? FEED_BLOCK : step == STEP_END ? FEED_END : FEED_IDLE;
}

/* ---- what is told of it ---- */

uint64_t source_unread(const struct source *source)
{
    uint64_t unread = source->seen - source->committed;
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
    if (source->failed)
        return source->retry_at;
    return source->successors_len > 0 ? source_grace_end(context, source) : WAKE_NEVER;
}
