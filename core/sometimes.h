#ifndef TAILRACE_CORE_SOMETIMES_H
#define TAILRACE_CORE_SOMETIMES_H
/*
 * Marks on rare paths: a test suite that never took such a path says nothing about it, however
 * green it is. In builds for the sanitizers (TAILRACE_SOMETIMES defined) the first passage of a
 * mark leaves an empty file of its name in the folder that the environment variable
 * TAILRACE_SOMETIMES names; tests/run compares the folder with the marks in the sources, and fails
 * for each that is missing. In other builds a mark is nothing at all.
 *
 *     SOMETIMES(ring_full);
 *     SOMETIMES_IF(len > 1, session_joins_several);
 *
 * A mark's name stands once in the sources. A condition must have no effect.
 *
 * Threads: any.
 */
#ifdef TAILRACE_SOMETIMES

#include <stdatomic.h>
#include <stdbool.h>

void sometimes_mark(const char *name);

#define SOMETIMES_IF(condition, name)                                                              \
    do {                                                                                           \
        static atomic_bool sometimes_taken;                                                        \
        if ((condition) && !atomic_load_explicit(&sometimes_taken, memory_order_relaxed)) {        \
            atomic_store_explicit(&sometimes_taken, true, memory_order_relaxed);                   \
            sometimes_mark(#name);                                                                 \
        }                                                                                          \
    } while (0)
#else
#define SOMETIMES_IF(condition, name) ((void)0)
#endif

#define SOMETIMES(name) SOMETIMES_IF(true, name)

#endif
