/* Operating errors, and the one way out for bugs and no memory. */
#include "core/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*hook_before_fatal)(void);

enum status error_set(struct error *error, enum status code, const char *format, ...)
{
    if (error) {
        va_list arguments;
        error->code = code;
        error->errno_value = 0;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return code;
}

enum status error_set_errno(struct error *error, enum status code, int errno_value,
                            const char *format, ...)
{
    if (error) {
        char reason[128];
        va_list arguments;
        error->code = code;
        error->errno_value = errno_value;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        size_t used = strlen(error->text);
        snprintf(error->text + used, sizeof error->text - used, ": %s",
                 strerror_r(errno_value, reason, sizeof reason));
    }
    return code;
}

void fatal_hook(void (*hook)(void))
{
    hook_before_fatal = hook;
}

/* One write of one line, without any memory: there may be none. */
__attribute__((format(printf, 1, 0))) static void say_last_words(const char *format,
                                                                 va_list arguments)
{
    char line[512] = "tailrace: ";
    size_t used = strlen(line);
    if (hook_before_fatal)
        hook_before_fatal();
    vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    line[strlen(line)] = '\n'; /* the last byte is never written, and stays the end */
    fputs(line, stderr);
}

_Noreturn void fatal(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_last_words(format, arguments);
    va_end(arguments);
    abort();
}

_Noreturn void fatal_shortage(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say_last_words(format, arguments);
    va_end(arguments);
    _exit(1);
}

void *mem_alloc(size_t size)
{
    void *block = malloc(size ? size : 1);
    if (!block)
        fatal_shortage("out of memory: %zu bytes could not be had", size);
    return block;
}

void *mem_zero(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size ? size : 1);
    if (!block)
        fatal_shortage("out of memory: %zu times %zu bytes could not be had", count, size);
    return block;
}

void *mem_resize(void *block, size_t size)
{
    void *resized = realloc(block, size ? size : 1);
    if (!resized)
        fatal_shortage("out of memory: %zu bytes could not be had", size);
    return resized;
}

char *mem_copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(mem_alloc(size), text, size);
}
