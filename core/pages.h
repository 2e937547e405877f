#ifndef TAILRACE_CORE_PAGES_H
#define TAILRACE_CORE_PAGES_H
/*
 * Memory for tables that are read here and there, as a hash table is. Its entries do not lie across
 * two lines of the cache, when their size divides one; and large blocks ask for large pages, with
 * which the processor finds them sooner, where the system gives them to those who ask. Whatever it
 * does, the memory means the same.
 *
 * Threads: any.
 */
#include <stddef.h>

enum { PAGES_LINE = 64, PAGES_LARGE = 2 * 1024 * 1024 };

/* Zeroed; the caller frees it with free(). Never NULL: no memory goes through fatal_shortage(). */
void *pages_zero(size_t count, size_t size_bytes);
/* Asks for a block that is there, allocated or resized a moment ago. */
void pages_wide(void *block, size_t size_bytes);

#endif
