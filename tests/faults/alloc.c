/*
 * Makes an allocation fail: a shared object for LD_PRELOAD, so that every malloc, calloc, realloc
 * and aligned allocation counts, of Tailrace and of each library in the process (the C library's
 * own included). The orders stand on a board that the sweep shares with the process (alloc.h).
 */
#include "tests/faults/alloc.h"

#include <errno.h>
#include <execinfo.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The allocator of the C library under its own names, which nothing replaces. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static struct alloc_board *board; /* NULL: nobody asked */

__attribute__((constructor)) static void begin(void)
{
    const char *fd = getenv(ALLOC_BOARD);
    if (!fd)
        return;
    void *warm[2];
    backtrace(warm, 2); /* its first call allocates */
    void *at = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd), 0);
    pid_t nobody = 0;
    struct alloc_board *shared = at;
    /* a child of this process inherits the board and is not meant */
    if (at != MAP_FAILED && atomic_compare_exchange_strong(&shared->pid, &nobody, getpid()))
        board = shared;
}

static bool fails(void)
{
    if (!board)
        return false;
    uint64_t n = atomic_fetch_add(&board->calls, 1) + 1;
    if (board->nth == 0 || n < board->nth || (n > board->nth && !board->lasting))
        return false;
    if (atomic_fetch_add(&board->hits, 1) == 0)
        backtrace(board->frames, ALLOC_FRAMES);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}

void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    return aligned_alloc(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = aligned_alloc(alignment, size);
    if (!block)
        return ENOMEM;
    *out = block;
    return 0;
}
