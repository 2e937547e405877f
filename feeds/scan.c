/*
 * Slices are cut at fixed offsets and own the records that start in them. A slice that is read by a
 * guess begins behind the first line end at or after the byte before it, and reads on over its end
 * to finish its last record; so neighbours agree unless a quoted field holds that line end, and the
 * merger sees the disagreement in the offsets.
 */
#include "feeds/scan.h"

#include "feeds/descriptor.h"
#include "feeds/dialect.h"
#include "feeds/generation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    SCAN_CHUNK = 256 * 1024,
    SCAN_BUFFER_MAX = RECORD_BYTES_MAX + SCAN_CHUNK,
    SCAN_BEHIND = 4096 /* read with a slice's last bytes, for the end of its last record */
};

struct part {
    uint32_t source;
    const char *name;
    struct generation *generation;
    uint64_t begin;
    uint64_t end;
    bool final;
    struct dialect dialect;
    enum status header_status; /* of the header that slices behind the first need */
    struct error header_error;
    size_t first_slice;
    size_t slices;
};

struct file_scan {
    struct scan scan;
    struct scan_config config;
    struct frozen_generation *frozen;
    size_t frozen_len;
    struct part *parts;
    size_t parts_len;
    size_t slices;
    uint64_t bytes;
    uint32_t lost;
};

/* ---- what there is to read ---- */

static enum status describe_part(const struct file_scan *scan, struct part *part,
                                 struct error *error)
{
    enum status status = dialect_read(part->generation->fd, scan->config.definition, part->name,
                                      &part->dialect, &part->header_error);
    part->header_status = status;
    if (status == STATUS_IO) {
        *error = part->header_error;
        return status;
    }
    if (part->dialect.format == FORMAT_ANY) /* blanks only: nothing but skipped bytes */
        part->dialect.format = FORMAT_JSONL;
    return STATUS_OK;
}

/* Counts the slices of a part that holds something, and places it. */
static void place_part(struct file_scan *scan, struct part *part)
{
    uint64_t bytes = part->end - part->begin;
    part->first_slice = scan->slices;
    part->slices = (size_t)((bytes - 1) / scan->config.slice_bytes + 1);
    scan->slices += part->slices;
    scan->bytes += bytes;
}

static enum status add_held_part(struct file_scan *scan, const struct frozen_generation *frozen,
                                 struct error *error)
{
    struct stat facts;
    if (fstat(frozen->generation->fd, &facts) != 0)
        return error_set_errno(error, STATUS_IO, errno, "%s", frozen->name);
    uint64_t size = (uint64_t)facts.st_size;
    if (size < frozen->consumed) { /* truncated, and the reader has not looked yet */
        scan->lost++;
        return STATUS_OK;
    }
    struct part *part = &scan->parts[scan->parts_len];
    *part = (struct part){.source = frozen->source,
                          .name = frozen->name,
                          .generation = frozen->generation,
                          .begin = frozen->begin,
                          .end = frozen->closed ? frozen->consumed : size,
                          .final = frozen->closed || scan->config.bounded};
    if (part->end <= part->begin)
        return STATUS_OK;
    enum status status = describe_part(scan, part, error);
    if (status != STATUS_OK)
        return status;
    place_part(scan, part);
    scan->parts_len++;
    return STATUS_OK;
}

/* One that is parked and has lost its name: it cannot be read here, until the reader has found it.
 */
static enum status add_part(struct file_scan *scan, const struct frozen_generation *frozen,
                            struct error *error)
{
    if (descriptor_hold(frozen->generation) >= 0) {
        enum status status = add_held_part(scan, frozen, error);
        descriptor_let_go(frozen->generation);
        return status;
    }
    if (errno != ESTALE && errno != ENOENT)
        return error_set_errno(error, STATUS_IO, errno, "%s", frozen->name);
    scan->lost++;
    return STATUS_OK;
}

static void tell_covered(const struct file_scan *scan)
{
    for (size_t i = 0; i < scan->parts_len;) {
        uint32_t source = scan->parts[i].source;
        uint64_t bytes = 0;
        for (; i < scan->parts_len && scan->parts[i].source == source; i++)
            bytes += scan->parts[i].end - scan->parts[i].begin;
        catalogue_scanned(scan->config.catalogue, source, bytes);
    }
}

/* ---- one slice ---- */

struct slice {
    const struct part *part;
    uint64_t begin;
    uint64_t limit; /* records that start here or later are the next slice's; the last has none */
    bool first;
};

static struct slice slice_at(const struct file_scan *scan, size_t index)
{
    size_t low = 0, high = scan->parts_len;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (scan->parts[middle].first_slice <= index)
            low = middle;
        else
            high = middle;
    }
    const struct part *part = &scan->parts[low];
    size_t at = index - part->first_slice;
    uint64_t begin = part->begin + at * scan->config.slice_bytes;
    return (struct slice){.part = part,
                          .begin = begin,
                          .limit = at + 1 == part->slices ? UINT64_MAX
                                                          : begin + scan->config.slice_bytes,
                          .first = at == 0};
}

static enum status read_failed(const struct part *part, int64_t got, struct error *error)
{
    if (got < 0)
        return error_set_errno(error, STATUS_IO, errno, "%s", part->name);
    return error_set(error, STATUS_IO, "%s: was truncated while it was read", part->name);
}

/* The bytes of one call of scan_read, from `position` on. */
struct slice_reader {
    const struct slice *slice;
    struct decoder *decoder;
    char *buffer;
    size_t cap;
    size_t start;
    size_t len;
    uint64_t position;  /* where the decoder is */
    uint64_t committed; /* behind the last whole record */
    uint32_t lines;
};

/* As much as fits, but of what belongs to the next slice no more than the last record will need. */
static size_t wanted(const struct slice_reader *reader, uint64_t from)
{
    const struct slice *slice = reader->slice;
    uint64_t room = reader->cap - reader->len, left = slice->part->end - from;
    if (left > room)
        left = room;
    if (from < slice->limit && slice->limit - from < left &&
        slice->limit - from + SCAN_BEHIND < left)
        left = slice->limit - from + SCAN_BEHIND;
    return (size_t)left;
}

static enum status read_more(struct slice_reader *reader, struct error *error)
{
    const struct part *part = reader->slice->part;
    uint64_t from = reader->position + reader->len;
    memmove(reader->buffer, reader->buffer + reader->start, reader->len);
    reader->start = 0;
    if (reader->cap - reader->len < SCAN_CHUNK / 2 && reader->cap < SCAN_BUFFER_MAX) {
        reader->cap = reader->cap * 2 < SCAN_BUFFER_MAX ? reader->cap * 2 : SCAN_BUFFER_MAX;
        reader->buffer = mem_resize(reader->buffer, reader->cap);
    }
    if (reader->len == reader->cap)
        fatal("a record of more than %d bytes was not taken by its decoder", SCAN_BUFFER_MAX);
    int64_t got = generation_pread(part->generation->fd, reader->buffer + reader->len,
                                   wanted(reader, from), from);
    if (got <= 0)
        return read_failed(part, got, error);
    reader->len += (size_t)got;
    return STATUS_OK;
}

/* Begins behind the first line end at or after the byte before the slice. Not looked for beyond
 * `end`, where the slice has nothing to read any more: slices inside one endless line stay cheap.
 */
static enum status guess_start(struct slice_reader *reader, uint64_t end, struct error *error)
{
    const struct part *part = reader->slice->part;
    for (uint64_t from = reader->slice->begin - 1; from < end;) {
        uint64_t left = end - from;
        size_t want = left < SCAN_CHUNK ? (size_t)left : SCAN_CHUNK;
        int64_t got = generation_pread(part->generation->fd, reader->buffer, want, from);
        if (got <= 0)
            return read_failed(part, got, error);
        const char *line_end = memchr(reader->buffer, '\n', (size_t)got);
        if (line_end) {
            reader->start = (size_t)(line_end - reader->buffer) + 1;
            reader->len = (size_t)got - reader->start;
            reader->position = from + reader->start;
            return STATUS_OK;
        }
        from += (uint64_t)got;
    }
    reader->position = end;
    return STATUS_OK;
}

/* Decodes until the limit, the last complete record, or the sink has enough. */
static enum status read_records(struct slice_reader *reader, struct event_block *block,
                                block_sink sink, void *context, struct error *error)
{
    const struct part *part = reader->slice->part;
    for (;;) {
        bool all = reader->position + reader->len == part->end;
        struct decoded decoded = {0};
        if (reader->len > 0 || (all && part->final)) {
            struct error why;
            decoder_texts(reader->decoder, block->texts);
            enum status status = decoder_feed(reader->decoder, reader->buffer + reader->start,
                                              reader->len, all && part->final, reader->slice->limit,
                                              block->events, EVENT_BLOCK_MAX, &decoded, &why);
            if (status != STATUS_OK)
                return error_set(error, status, "%s: %s", part->name, why.text);
        }
        reader->start += decoded.consumed;
        reader->len -= decoded.consumed;
        reader->position += decoded.consumed;
        reader->lines += decoded.lines;
        if (dialect_fill_block(block, reader->committed, reader->position, &decoded)) {
            reader->committed = block->end;
            if (!sink(context, block))
                return STATUS_OK;
            continue;
        }
        /* Bytes that are not taken behind the limit belong to the next slice. */
        if (all || (reader->len > 0 && reader->position >= reader->slice->limit))
            return STATUS_OK;
        enum status status = read_more(reader, error);
        if (status != STATUS_OK)
            return status;
    }
}

/* The first slice of a file that is not read from its beginning (T-R5, T-R6): its lines are those
 * of the file all the same. */
static uint32_t lines_before(const struct slice_reader *reader)
{
    const struct slice *slice = reader->slice;
    bool first = slice->first && reader->position == slice->begin;
    return first ? generation_count_lines(slice->part->generation->fd, slice->begin) : 0;
}

static enum status read_from(const struct file_scan *scan, struct slice_reader *reader,
                             block_sink sink, void *context, struct error *error)
{
    const struct part *part = reader->slice->part;
    bool csv = part->dialect.format == FORMAT_CSV;
    if (csv && reader->position > 0 && part->header_status != STATUS_OK) {
        /* No end of the header yet: no record can begin here. */
        if (part->header_status == STATUS_CLOSED)
            return STATUS_OK;
        if (error)
            *error = part->header_error;
        return part->header_status;
    }
    reader->lines = lines_before(reader);
    reader->decoder = decoder_new(&(struct decoder_config){
        .definition = scan->config.definition,
        .symbols = scan->config.symbols,
        .hash_key = scan->config.hash_key,
        .format = part->dialect.format,
        .header = csv && reader->position > 0 ? part->dialect.header : NULL,
        .offset = reader->position,
        .line = reader->lines});
    struct event_block *block = mem_zero(1, sizeof *block);
    block->source = part->source;
    block->generation = part->generation->number;
    enum status status = read_records(reader, block, sink, context, error);
    free(block);
    decoder_free(reader->decoder);
    return status;
}

static enum status read_slice(const struct file_scan *scan, struct slice slice, uint64_t from,
                              block_sink sink, void *context, struct slice_result *result,
                              struct error *error)
{
    struct slice_reader reader = {.slice = &slice, .cap = SCAN_CHUNK, .position = from};
    reader.buffer = mem_alloc(reader.cap);
    enum status status = STATUS_OK;
    uint64_t end = slice.limit < slice.part->end ? slice.limit : slice.part->end;
    if (from == SCAN_GUESS && slice.first)
        reader.position = slice.begin;
    else if (from == SCAN_GUESS)
        status = guess_start(&reader, end, error);
    result->begin = reader.committed = reader.position;
    /* Before the slice: the record there was not finished by the slice before, so it has no end. */
    if (status == STATUS_OK && reader.position >= slice.begin && reader.position < end)
        status = read_from(scan, &reader, sink, context, error);
    result->end = reader.committed;
    result->lines = reader.lines;
    free(reader.buffer);
    return status;
}

static enum status scan_read(const struct scan *base, size_t index, uint64_t from, block_sink sink,
                             void *context, struct slice_result *result, struct error *error)
{
    const struct file_scan *scan = (const struct file_scan *)base;
    struct slice slice = slice_at(scan, index);
    struct generation *generation = slice.part->generation;
    if (descriptor_hold(generation) < 0)
        return error_set_errno(error, STATUS_IO, errno, "%s", slice.part->name);
    enum status status = read_slice(scan, slice, from, sink, context, result, error);
    descriptor_let_go(generation);
    return status;
}

/* ---- the rest of the interface ---- */

static uint64_t end_marked(const struct part *part, const struct batch_mark *marks, size_t len)
{
    for (size_t m = 0; m < len; m++)
        if (marks[m].source == part->source && marks[m].generation == part->generation->number)
            return marks[m].end;
    return 0;
}

/* Behind its mark a part may go on, so its end is not final. */
static void scan_until(struct scan *base, const struct batch_mark *marks, size_t len)
{
    struct file_scan *scan = (struct file_scan *)base;
    size_t kept = 0;
    scan->slices = 0;
    scan->bytes = 0;
    for (size_t p = 0; p < scan->parts_len; p++) {
        struct part part = scan->parts[p];
        uint64_t end = end_marked(&part, marks, len);
        if (end <= part.begin) {
            dialect_fini(&part.dialect);
            continue;
        }
        if (end < part.end) {
            part.end = end;
            part.final = false;
        }
        place_part(scan, &part);
        scan->parts[kept++] = part;
    }
    scan->parts_len = kept;
}

static size_t scan_len(const struct scan *base)
{
    return ((const struct file_scan *)base)->slices;
}

static void scan_slice(const struct scan *base, size_t index, uint32_t *source,
                       uint32_t *generation, uint64_t *begin, bool *first)
{
    struct slice slice = slice_at((const struct file_scan *)base, index);
    *source = slice.part->source;
    *generation = slice.part->generation->number;
    *begin = slice.begin;
    *first = slice.first;
}

static uint64_t scan_bytes(const struct scan *base)
{
    return ((const struct file_scan *)base)->bytes;
}

static bool scan_mark(const struct scan *base, size_t n, uint32_t *source, uint32_t *generation,
                      uint64_t *begin, uint64_t *end)
{
    const struct file_scan *scan = (const struct file_scan *)base;
    if (n >= scan->parts_len)
        return false;
    *source = scan->parts[n].source;
    *generation = scan->parts[n].generation->number;
    *begin = scan->parts[n].begin;
    *end = scan->parts[n].end;
    return true;
}

static uint32_t scan_lost(const struct scan *base)
{
    return ((const struct file_scan *)base)->lost;
}

static void scan_free(struct scan *base)
{
    struct file_scan *scan = (struct file_scan *)base;
    if (!scan)
        return;
    for (size_t i = 0; i < scan->parts_len; i++)
        dialect_fini(&scan->parts[i].dialect);
    free(scan->parts);
    catalogue_thaw(scan->frozen, scan->frozen_len);
    free(scan);
}

struct scan *scan_new(const struct scan_config *config, struct error *error)
{
    static const struct scan_ops ops = {.until = scan_until,
                                        .len = scan_len,
                                        .slice = scan_slice,
                                        .read = scan_read,
                                        .bytes = scan_bytes,
                                        .mark = scan_mark,
                                        .lost = scan_lost,
                                        .free = scan_free};
    struct file_scan *scan = mem_zero(1, sizeof *scan);
    scan->scan.ops = &ops;
    scan->config = *config;
    scan->frozen = catalogue_freeze(config->catalogue, &scan->frozen_len, &scan->lost);
    scan->parts = mem_zero(scan->frozen_len, sizeof *scan->parts);
    enum status status = STATUS_OK;
    if (scan->frozen_len == 0 && scan->lost == 0) {
        const char *name = catalogue_name(config->catalogue, 0);
        status = error_set(error, STATUS_NOT_FOUND, "waiting for %s to appear",
                           name ? name : "a file that matches");
    }
    for (size_t i = 0; i < scan->frozen_len && status == STATUS_OK; i++)
        status = add_part(scan, &scan->frozen[i], error);
    if (status == STATUS_OK) {
        tell_covered(scan);
        return &scan->scan;
    }
    scan_free(&scan->scan);
    return NULL;
}
