/* The first bytes of a generation, read in growing pieces until they tell enough. */
#include "feeds/dialect.h"

#include "core/sometimes.h"
#include "feeds/generation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_PIECE = 4096 };

/* What may stand before the first line without being one: NUL runs (T-R8), blank lines. */
static bool is_leading(char byte)
{
    return byte == '\0' || byte == '\n' || byte == '\r' || byte == ' ' || byte == '\t';
}

/* The offset of the first byte that is none of these, but for the last whole piece before it; so a
 * byte order mark and a header keep what stands right before them. */
static int64_t skip_leading(int fd)
{
    char piece[FIRST_PIECE];
    int64_t begin = 0, got;
    while ((got = generation_pread(fd, piece, sizeof piece, (uint64_t)begin)) ==
           (int64_t)sizeof piece) {
        for (size_t i = 0; i < sizeof piece; i++)
            if (!is_leading(piece[i]))
                return begin;
        begin += got;
    }
    return got < 0 ? 0 : begin;
}

/* Looks at more and more from `begin` on until `told` is satisfied or there is no more. */
static enum status read_head(int fd, const char *name, int64_t begin,
                             bool (*told)(const char *bytes, size_t len, void *context),
                             void *context, struct error *error)
{
    for (size_t size = FIRST_PIECE; size <= RECORD_BYTES_MAX; size *= 4) {
        char *bytes = mem_alloc(size);
        int64_t got = generation_pread(fd, bytes, size, (uint64_t)begin);
        int errno_value = errno;
        bool enough = got >= 0 && (told(bytes, (size_t)got, context) || (size_t)got < size);
        free(bytes);
        if (got < 0)
            return error_set_errno(error, STATUS_IO, errno_value, "%s", name);
        if (enough)
            break;
    }
    return STATUS_OK;
}

/* A finished line behind the first that can be an object of JSON. */
static bool has_object(const char *bytes, size_t len)
{
    const char *end = bytes + len, *line = memchr(bytes, '\n', len);
    while (line && line + 1 < end) {
        const char *begin = line + 1, *last;
        line = memchr(begin, '\n', (size_t)(end - begin));
        for (last = line; last && last > begin && is_leading(last[-1]); last--)
            continue;
        if (last > begin && *begin == '{' && last[-1] == '}')
            return true;
    }
    return false;
}

/* STATUS_CLOSED: not to its end yet. */
static enum status judge_header(const struct definition *definition, const char *bytes, size_t len)
{
    struct error error;
    size_t header_bytes;
    struct csv_header *header = csv_header_read(definition, bytes, len, &header_bytes, &error);
    csv_header_free(header);
    return header ? STATUS_OK : error.code;
}

struct format_search {
    const struct definition *definition;
    enum feed_format format;
};

/* S-51: what a rotation or somebody hostile put first does not make the objects behind it rows
 * below a strange header. */
static bool tell_format(const char *bytes, size_t len, void *context)
{
    struct format_search *search = context;
    search->format = decode_guess_format(bytes, len);
    if (search->format != FORMAT_CSV)
        return search->format != FORMAT_ANY;
    enum status status = judge_header(search->definition, bytes, len);
    if (status != STATUS_BAD_FORMAT)
        return status != STATUS_CLOSED;
    if (!has_object(bytes, len))
        return false;
    SOMETIMES(first_line_is_no_json);
    search->format = FORMAT_JSONL;
    return true;
}

enum status dialect_read_format(int fd, const struct definition *definition, const char *name,
                                struct dialect *out, struct error *error)
{
    *out = (struct dialect){.format = definition->format};
    if (out->format != FORMAT_ANY)
        return STATUS_OK;
    struct format_search search = {.definition = definition};
    enum status status = read_head(fd, name, skip_leading(fd), tell_format, &search, error);
    out->format = search.format;
    return status;
}

struct header_search {
    const struct definition *definition;
    struct dialect *dialect;
    struct error error;
};

static bool tell_header(const char *bytes, size_t len, void *context)
{
    struct header_search *search = context;
    search->dialect->header = csv_header_read(search->definition, bytes, len,
                                              &search->dialect->header_bytes, &search->error);
    return search->dialect->header || search->error.code != STATUS_CLOSED;
}

enum status dialect_read(int fd, const struct definition *definition, const char *name,
                         struct dialect *out, struct error *error)
{
    enum status status = dialect_read_format(fd, definition, name, out, error);
    if (status != STATUS_OK || out->format != FORMAT_CSV)
        return status;
    struct header_search search = {.definition = definition, .dialect = out};
    int64_t begin = skip_leading(fd);
    status = read_head(fd, name, begin, tell_header, &search, error);
    out->header_bytes += (size_t)begin;
    if (status != STATUS_OK || out->header)
        return status;
    return error_set(error, search.error.code, "%s: %s", name, search.error.text);
}

bool dialect_fill_block(struct event_block *block, uint64_t begin, uint64_t position,
                        const struct decoded *decoded)
{
    uint64_t whole = decoded->skipped;
    bool saturated = false;
    for (size_t i = 0; i < decoded->events; i++) {
        whole += block->events[i].length;
        saturated |= block->events[i].length == UINT32_MAX;
    }
    block->begin = begin;
    block->end = saturated ? position : begin + whole;
    block->skipped = decoded->skipped;
    block->len = (uint32_t)decoded->events;
    return decoded->events > 0 || decoded->skipped > 0;
}

void dialect_fini(struct dialect *dialect)
{
    csv_header_free(dialect->header);
    *dialect = (struct dialect){0};
}
