/*
 * Framing: from bytes to records, and each record's position, for both formats.
 *
 * DESIGN: a call walks over what it was given and stops where more bytes are needed; nothing is
 * copied or kept between calls but the position, so the same bytes give the same events whatever
 * the sizes they come in. The one state that outlives a call inside a record is a line over the
 * cap, which is streamed past (T-R8).
 */
#include "feeds/decode.h"

#include "core/sometimes.h"
#include "feeds/decode_parts.h"
#include "feeds/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct decoder {
    const struct definition *definition;
    enum feed_format format;
    struct validator *validator;
    struct csv_judge *csv;
    struct json_judge *json;
    const struct csv_header *header; /* NULL until it was passed */
    struct csv_header *own_header;
    uint64_t offset; /* of the next byte */
    uint32_t line;   /* physical lines behind us */
    bool in_head;    /* byte order mark, NUL run, CSV header may come */
    bool in_run;     /* of them the first two: nothing else has come */
    bool in_long;    /* inside a line over the cap */
    uint64_t long_start;
    struct event_text *texts; /* NULL: not wanted */
    uint32_t label_index;     /* 1 + index of the labelled event in the last feed; 0: none */
    char label[EVENT_LABEL];
};

/* One decoder_feed under way. */
struct call {
    const char *at;
    const char *end;
    bool final;
    uint64_t limit;
    struct event *events;
    size_t cap;
    struct decoded *out;
};

struct decoder *decoder_new(const struct decoder_config *config)
{
    struct decoder *decoder = mem_zero(1, sizeof *decoder);
    decoder->definition = config->definition;
    decoder->format = config->format;
    decoder->validator = validator_new(config->definition, config->symbols, config->hash_key);
    decoder->offset = config->offset;
    decoder->line = config->line;
    if (config->format == FORMAT_CSV)
        decoder->csv = csv_judge_new(config->definition, decoder->validator);
    else
        decoder->json = json_judge_new(config->definition, decoder->validator, config->hash_key);
    if (config->format == FORMAT_CSV && config->header) {
        decoder->header = config->header;
        csv_judge_use(decoder->csv, config->header);
    }
    decoder->in_head = config->offset == 0 || (config->format == FORMAT_CSV && !config->header);
    decoder->in_run = decoder->in_head;
    return decoder;
}

void decoder_free(struct decoder *decoder)
{
    if (!decoder)
        return;
    csv_judge_free(decoder->csv);
    json_judge_free(decoder->json);
    validator_free(decoder->validator);
    csv_header_free(decoder->own_header);
    free(decoder);
}

uint32_t decoder_lines(const struct decoder *decoder)
{
    return decoder->line;
}

size_t decode_head(const char *bytes, size_t len, bool at_zero, bool *more)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t compared = len < 3 ? len : 3;
    size_t head = 0;
    if (at_zero && len > 0 && memcmp(bytes, mark, compared) == 0) {
        *more = compared < 3;
        if (*more)
            return 0;
        head = 3;
    }
    while (head < len && bytes[head] == '\0')
        head++;
    *more = head == len;
    return head;
}

bool decode_is_blank(const char *line, size_t len, bool tab_is_blank)
{
    for (size_t i = 0; i < len; i++) {
        char c = line[i];
        if (c != ' ' && c != '\r' && c != '\n' && !(c == '\t' && tab_is_blank))
            return false;
    }
    return true;
}

const char *decode_next_line(const char **at, const char *end, size_t *len, uint32_t *lines)
{
    while (*at < end) {
        const char *line = *at, *line_end = memchr(line, '\n', (size_t)(end - line));
        if (!line_end)
            break;
        *at = line_end + 1;
        *len = (size_t)(*at - line);
        ++*lines;
        if (!decode_is_blank(line, *len, true))
            return line;
    }
    return NULL;
}

static void advance(struct decoder *decoder, struct call *call, size_t len, uint32_t lines)
{
    call->at += len;
    call->out->consumed += len;
    call->out->lines += lines;
    decoder->offset += len;
    decoder->line += lines;
}

static void skip(struct decoder *decoder, struct call *call, size_t len, uint32_t lines)
{
    call->out->skipped += len;
    advance(decoder, call, len, lines);
}

/* Gives the next event its position and passes its bytes. */
static void finish_event(struct decoder *decoder, struct call *call, uint64_t start, size_t len,
                         uint32_t lines)
{
    struct event *event = &call->events[call->out->events++];
    uint64_t length = decoder->offset + len - start;
    event->start = start;
    event->length = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
    event->line = decoder->line + 1;
    advance(decoder, call, len, lines);
}

static void reject(struct decoder *decoder, struct call *call, enum reject_reason reason,
                   uint64_t start, size_t len, uint32_t lines)
{
    struct event *event = &call->events[call->out->events];
    memset(event, 0, sizeof *event);
    event->reason = (uint8_t)reason;
    finish_event(decoder, call, start, len, lines);
}

/* Passes bytes of a line over the cap; its event comes with its end. */
static void pass_long(struct decoder *decoder, struct call *call)
{
    size_t left = (size_t)(call->end - call->at);
    const char *line_end = left > 0 ? memchr(call->at, '\n', left) : NULL;
    if (line_end)
        left = (size_t)(line_end + 1 - call->at);
    if (!line_end && !call->final) {
        advance(decoder, call, left, 0);
        return;
    }
    decoder->in_long = false;
    reject(decoder, call, REJECT_TOO_LONG, decoder->long_start, left, 1);
}

/* The end of the input without a line end. */
static bool take_unfinished(struct decoder *decoder, struct call *call, size_t left,
                            bool tab_is_blank)
{
    if (left >= RECORD_BYTES_MAX) {
        SOMETIMES(long_line_in_pieces);
        decoder->in_long = true;
        decoder->long_start = decoder->offset;
        pass_long(decoder, call);
        return true;
    }
    if (!call->final)
        return false;
    SOMETIMES_IF(!decode_is_blank(call->at, left, tab_is_blank), torn_end);
    if (decode_is_blank(call->at, left, tab_is_blank))
        skip(decoder, call, left, 1);
    else
        reject(decoder, call, REJECT_TORN, decoder->offset, left, 1);
    return true;
}

static bool take_csv(struct decoder *decoder, struct call *call, size_t line_len)
{
    struct event *event = &call->events[call->out->events];
    struct csv_record record;
    enum csv_framed framed =
        csv_judge_record(decoder->csv, call->at, (size_t)(call->end - call->at), line_len,
                         call->final, event, &record);
    if (framed == CSV_MORE)
        return false;
    if (record.reason != REJECT_NONE)
        reject(decoder, call, record.reason, decoder->offset, record.len, record.lines);
    else
        finish_event(decoder, call, decoder->offset, record.len, record.lines);
    return true;
}

/* Plain records, as many as follow one another; false: none. */
static bool take_run(struct decoder *decoder, struct call *call)
{
    struct event *first = &call->events[call->out->events];
    struct validator_run run = {.events = first,
                                .events_end = call->events + call->cap,
                                .offset = decoder->offset,
                                .line = decoder->line,
                                .limit = call->limit};
    if (decoder->csv)
        csv_judge_run(decoder->csv, call->at, call->end, &run);
    else
        json_judge_run(decoder->json, call->at, call->end, &run);
    call->out->events += (size_t)(run.events - first);
    advance(decoder, call, (size_t)(run.offset - decoder->offset), run.line - decoder->line);
    return run.events > first;
}

static bool take_json(struct decoder *decoder, struct call *call, size_t line_len)
{
    unsigned faults = utf8_faults(call->at, line_len);
    if (faults) {
        reject(decoder, call, faults & BYTES_NUL ? REJECT_NUL : REJECT_UTF8, decoder->offset,
               line_len, 1);
        return true;
    }
    json_judge_record(decoder->json, call->at, line_len, &call->events[call->out->events]);
    finish_event(decoder, call, decoder->offset, line_len, 1);
    return true;
}

/* Takes one record or passes one blank line; false: more bytes are needed. */
static bool take_record(struct decoder *decoder, struct call *call)
{
    size_t left = (size_t)(call->end - call->at);
    const char *line_end = memchr(call->at, '\n', left);
    bool tab_is_blank = decoder->format != FORMAT_CSV || csv_judge_tab_is_blank(decoder->csv);
    if (!line_end)
        return take_unfinished(decoder, call, left, tab_is_blank);
    size_t line_len = (size_t)(line_end + 1 - call->at);
    if (line_len > RECORD_BYTES_MAX) {
        reject(decoder, call, REJECT_TOO_LONG, decoder->offset, line_len, 1);
        return true;
    }
    /* no byte above a blank's begins a blank line: the usual line is told by its first */
    if ((unsigned char)*call->at <= ' ' && decode_is_blank(call->at, line_len, tab_is_blank)) {
        skip(decoder, call, line_len, 1);
        return true;
    }
    return decoder->format == FORMAT_CSV ? take_csv(decoder, call, line_len)
                                         : take_json(decoder, call, line_len);
}

/* The byte order mark and the NUL run; false: more of them may come. */
static bool pass_run(struct decoder *decoder, struct call *call)
{
    bool more = false;
    size_t left = (size_t)(call->end - call->at);
    if (decoder->in_run)
        skip(decoder, call, decode_head(call->at, left, decoder->offset == 0, &more), 0);
    decoder->in_run = more;
    return !more || call->final;
}

/* What may stand before the first record. Leaves in_head set while more bytes are needed. */
static enum status pass_head(struct decoder *decoder, struct call *call, struct error *error)
{
    if (!pass_run(decoder, call))
        return STATUS_OK;
    size_t left = (size_t)(call->end - call->at);
    if (decoder->format != FORMAT_CSV || decoder->header) {
        decoder->in_head = false;
        return STATUS_OK;
    }
    size_t header_bytes;
    uint32_t lines;
    struct error inner;
    decoder->own_header =
        csv_header_parse(decoder->definition, call->at, left, &header_bytes, &lines, &inner);
    if (!decoder->own_header && inner.code != STATUS_CLOSED)
        return error_set(error, inner.code, "%s", inner.text);
    skip(decoder, call, header_bytes, lines); /* blank lines at least */
    left -= header_bytes;
    if (decoder->own_header) {
        decoder->header = decoder->own_header;
        csv_judge_use(decoder->csv, decoder->header);
        decoder->in_head = false;
    } else if (call->final && left > 0 && call->cap > 0) {
        /* without its line end a header is an unfinished record like any other */
        take_unfinished(decoder, call, left, true);
    }
    return STATUS_OK;
}

/* An event without an id is named by its line. */
static void take_label(struct decoder *decoder, const struct event *event, uint32_t index)
{
    decoder->label_index = index;
    if (!decoder->label[0])
        snprintf(decoder->label, sizeof decoder->label, "line %u", (unsigned)event->line);
}

enum status decoder_feed(struct decoder *decoder, const char *bytes, size_t len, bool final,
                         uint64_t limit, struct event *events, size_t cap, struct decoded *out,
                         struct error *error)
{
    struct call call = {.at = bytes,
                        .end = bytes + len,
                        .final = final,
                        .limit = limit,
                        .events = events,
                        .cap = cap,
                        .out = out};
    memset(out, 0, sizeof *out);
    decoder->label_index = 0;
    validator_texts(decoder->validator, events, decoder->texts);
    if (decoder->in_head) {
        enum status status = pass_head(decoder, &call, error);
        if (status != STATUS_OK || decoder->in_head)
            return status;
    }
    if (decoder->csv)
        csv_judge_begin(decoder->csv);
    else
        json_judge_begin(decoder->json);
    while (out->events < cap) {
        if (decoder->in_long) {
            if (call.at == call.end && !final)
                break;
            pass_long(decoder, &call);
        } else if (call.at == call.end || decoder->offset >= limit ||
                   !(take_run(decoder, &call) || take_record(decoder, &call))) {
            break;
        }
        if (validator_take_label(decoder->validator, decoder->label))
            take_label(decoder, &events[out->events - 1], (uint32_t)out->events);
    }
    return STATUS_OK;
}

void decoder_texts(struct decoder *decoder, struct event_text *texts)
{
    decoder->texts = texts;
}

void decoder_want_label(struct decoder *decoder)
{
    decoder->label[0] = '\0';
    validator_want_label(decoder->validator);
}

uint32_t decoder_label(struct decoder *decoder, char label[EVENT_LABEL])
{
    memcpy(label, decoder->label, EVENT_LABEL);
    return decoder->label_index;
}

struct csv_header *csv_header_read(const struct definition *definition, const char *bytes,
                                   size_t len, size_t *header_bytes, struct error *error)
{
    bool more;
    uint32_t lines;
    size_t head = decode_head(bytes, len, true, &more);
    struct csv_header *header =
        csv_header_parse(definition, bytes + head, len - head, header_bytes, &lines, error);
    *header_bytes += head;
    return header;
}

enum feed_format decode_guess_format(const char *bytes, size_t len)
{
    bool more;
    for (size_t i = decode_head(bytes, len, true, &more); i < len; i++)
        if (!decode_is_blank(&bytes[i], 1, true))
            return bytes[i] == '{' ? FORMAT_JSONL : FORMAT_CSV;
    return FORMAT_ANY;
}
