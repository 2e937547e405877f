#ifndef TAILRACE_TUI_LINE_BUFFER_H
#define TAILRACE_TUI_LINE_BUFFER_H
/*
 * Whole lines that wait, in order, up to a maximum of bytes. What comes beyond it is refused, for
 * the caller to count.
 *
 * Threads: none; one owner.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line_buffer {
    char *bytes; /* bytes[begin, end) wait */
    size_t begin, end, room;
    size_t cap;
    uint64_t lines; /* line ends among what waits */
};

void line_buffer_init(struct line_buffer *buffer, size_t cap);
void line_buffer_fini(struct line_buffer *buffer);

/* `line` ends with its line end. False: no room. */
bool line_buffer_add(struct line_buffer *buffer, const char *line, size_t len);
/* Bytes from the first on that are whole lines, at most `most`, but at least the first line; sets
 * how many lines. */
size_t line_buffer_whole(const struct line_buffer *buffer, size_t most, uint64_t *lines);
/* The first `len` bytes are done; returns how many line ends were among them. */
uint64_t line_buffer_drop(struct line_buffer *buffer, size_t len);

static inline size_t line_buffer_len(const struct line_buffer *buffer)
{
    return buffer->end - buffer->begin;
}

#endif
