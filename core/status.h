#ifndef TAILRACE_CORE_STATUS_H
#define TAILRACE_CORE_STATUS_H
/*
 * Operating errors: what a function that can fail returns, and the words that go with it.
 *
 * A function that can fail returns `enum status` and takes `struct error *` last. On any result but
 * STATUS_OK the error says what failed, where, and what to do; on STATUS_OK it is untouched. A
 * NULL error is allowed: the code alone is returned. Data faults (a malformed record) are not
 * errors: they are counted (core/event.h).
 *
 * Threads: an error belongs to its caller; nothing here is shared.
 */
#include <stddef.h>

enum status {
    STATUS_OK,
    STATUS_NO_MEMORY,
    STATUS_IO,
    STATUS_NOT_FOUND,
    STATUS_USAGE,
    STATUS_BAD_DEFINITION,
    STATUS_BAD_FORMAT,
    STATUS_LIMIT, /* one was reached */
    STATUS_CLOSED,
    STATUS_LOCKED,  /* in use by another process */
    STATUS_DAMAGED, /* the state */
    STATUS_COUNT
};

struct error {
    enum status code;
    int errno_value; /* 0 when no system call was at fault */
    char text[480];  /* may hold bytes that came from a feed or a file name: filter before output */
};

/* Fills `error` (when not NULL) from a printf format; returns `code` so that a failing function can
 * end with `return error_set(...)`. */
enum status error_set(struct error *error, enum status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with ": <strerror(errno_value)>" appended. */
enum status error_set_errno(struct error *error, enum status code, int errno_value,
                            const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A bug: runs the hook (the terminal's restore), says where and why, aborts. */
_Noreturn void fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The machine gave no memory, or no descriptor without which nothing goes on: as fatal(), but that
 * is no bug and leaves no core behind: the process ends at once with status 1. */
_Noreturn void fatal_shortage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the two run first; NULL for none. It must need no memory. Set by main, before threads
 * start. */
void fatal_hook(void (*hook)(void));

/* malloc/calloc/realloc/strdup that never return NULL: no memory goes through fatal_shortage(). */
void *mem_alloc(size_t size);
void *mem_zero(size_t count, size_t size);
void *mem_resize(void *block, size_t size);
char *mem_copy_text(const char *text);

#endif
