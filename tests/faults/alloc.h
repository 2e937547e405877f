#ifndef TAILRACE_TESTS_ALLOC_H
#define TAILRACE_TESTS_ALLOC_H
/* What the sweep writes for the allocator in the process under test, and what that answers. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ALLOC_BOARD "TAILRACE_TEST_ALLOC" /* the descriptor of the board's memory */

enum { ALLOC_FRAMES = 12 };

struct alloc_board {
    uint64_t nth; /* the call that fails; 0: none */
    bool lasting; /* and every one behind it */
    _Atomic pid_t pid;
    _Atomic uint64_t calls;
    _Atomic uint64_t hits;
    void *frames[ALLOC_FRAMES]; /* who asked, at the first hit */
};

#endif
