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

#define STATUS_LIST(X)                                                                             \
    X(STATUS_OK, "ok")                                                                             \
    X(STATUS_NO_MEMORY, "out of memory")                                                           \
    X(STATUS_IO, "input or output failed")                                                         \
    X(STATUS_NOT_FOUND, "not found")                                                               \
    X(STATUS_USAGE, "wrong use")                                                                   \
    X(STATUS_BAD_DEFINITION, "definition not understood")                                          \
    X(STATUS_BAD_FORMAT, "format not understood")                                                  \
    X(STATUS_LIMIT, "a limit was reached")                                                         \
    X(STATUS_CLOSED, "closed")                                                                     \
    X(STATUS_LOCKED, "in use by another process")                                                  \
    X(STATUS_DAMAGED, "state damaged")

#define STATUS_ENUM(code, text) code,
enum status { STATUS_LIST(STATUS_ENUM) STATUS_COUNT };
#undef STATUS_ENUM

struct error {
    enum status code;
    int errno_value; /* 0 when no system call was at fault */
    char text[480];  /* may hold bytes that came from a feed or a file name: filter before output */
};

/* "out of memory" and so on; never NULL. */
const char *status_text(enum status code);

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
