/* Bytes that move to the front when room is needed. */
#include "tui/line_buffer.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

void line_buffer_init(struct line_buffer *buffer, size_t cap)
{
    *buffer = (struct line_buffer){.cap = cap};
}

void line_buffer_fini(struct line_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct line_buffer){0};
}

static void make_room(struct line_buffer *buffer, size_t len)
{
    size_t held = line_buffer_len(buffer);
    if (buffer->begin > 0 && buffer->begin >= held) {
        memmove(buffer->bytes, buffer->bytes + buffer->begin, held);
        buffer->begin = 0;
        buffer->end = held;
    }
    if (buffer->room - buffer->end >= len)
        return;
    size_t room = buffer->room ? buffer->room : FIRST_ROOM;
    while (room - buffer->end < len)
        room *= 2;
    buffer->bytes = mem_resize(buffer->bytes, room);
    buffer->room = room;
}

bool line_buffer_add(struct line_buffer *buffer, const char *line, size_t len)
{
    if (line_buffer_len(buffer) + len > buffer->cap)
        return false;
    make_room(buffer, len);
    memcpy(buffer->bytes + buffer->end, line, len);
    buffer->end += len;
    buffer->lines++;
    return true;
}

size_t line_buffer_whole(const struct line_buffer *buffer, size_t most, uint64_t *lines)
{
    const char *at = buffer->bytes + buffer->begin;
    size_t len = 0, held = line_buffer_len(buffer);
    *lines = 0;
    while (len < held) {
        const char *end = memchr(at + len, '\n', held - len);
        size_t next = end ? (size_t)(end - at) + 1 : held;
        if (len > 0 && next > most)
            break;
        len = next;
        ++*lines;
    }
    return len;
}

uint64_t line_buffer_drop(struct line_buffer *buffer, size_t len)
{
    uint64_t lines = 0;
    const char *at = buffer->bytes + buffer->begin, *end = at + len;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        lines++;
        at++;
    }
    buffer->begin += len;
    buffer->lines -= lines;
    if (buffer->begin == buffer->end)
        buffer->begin = buffer->end = 0;
    return lines;
}
