/* A cookie whose writes never fail. */
#include "tui/memory_file.h"

#include "core/status.h"

#include <string.h>

static ssize_t append(void *cookie, const char *bytes, size_t len)
{
    struct memory_file *file = cookie;
    size_t wanted = file->len + len + 1;
    if (wanted > file->cap) {
        file->cap = wanted > 2 * file->cap ? wanted : 2 * file->cap;
        file->bytes = mem_resize(file->bytes, file->cap);
    }
    memcpy(file->bytes + file->len, bytes, len);
    file->len += len;
    file->bytes[file->len] = '\0';
    return (ssize_t)len;
}

void memory_file_open(struct memory_file *file)
{
    *file = (struct memory_file){.stream = NULL};
    file->stream = fopencookie(file, "w", (cookie_io_functions_t){.write = append});
    if (!file->stream)
        fatal_shortage("out of memory for a text");
}

void memory_file_flush(struct memory_file *file)
{
    fflush(file->stream);
}

void memory_file_clear(struct memory_file *file)
{
    file->len = 0;
}

void memory_file_close(struct memory_file *file)
{
    fclose(file->stream);
    file->stream = NULL;
}
