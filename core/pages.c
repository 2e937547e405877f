/* Aligned blocks, and advice for the whole pages of one. */
#include "core/pages.h"

#include "core/status.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void pages_wide(void *block, size_t size_bytes)
{
#ifdef MADV_HUGEPAGE
    if (size_bytes < 2 * PAGES_LARGE)
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)block + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)block + size_bytes) & ~(page - 1);
    int saved = errno;
    (void)!madvise((void *)begin, end - begin, MADV_HUGEPAGE);
    errno = saved;
#else
    (void)block, (void)size_bytes;
#endif
}

void *pages_zero(size_t count, size_t size_bytes)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size_bytes, &bytes) || bytes > SIZE_MAX - PAGES_LARGE)
        fatal_shortage("out of memory: %zu times %zu bytes could not be had", count, size_bytes);
    size_t line = bytes < 2 * PAGES_LARGE ? PAGES_LINE : PAGES_LARGE;
    size_t room = bytes == 0 ? line : (bytes + line - 1) / line * line;
    void *block = aligned_alloc(line, room);
    if (!block)
        fatal_shortage("out of memory: %zu times %zu bytes could not be had", count, size_bytes);
    pages_wide(block, room);
    return memset(block, 0, bytes);
}
