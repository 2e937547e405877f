/* The stack for handlers is the thread's own, and goes with it. */
#include "core/thread.h"

#include "core/status.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct start {
    void *(*main)(void *);
    void *argument;
    char stack[THREAD_SIGNAL_STACK];
};

/* One that is there belongs to somebody else, a sanitizer's runtime, who takes it away again. */
static bool lend_stack(struct start *start)
{
    const stack_t own = {.ss_sp = start->stack, .ss_size = sizeof start->stack};
    stack_t present;
    return sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE) != 0 &&
           sigaltstack(&own, NULL) == 0;
}

static void *thread_main(void *argument)
{
    static const stack_t none = {.ss_flags = SS_DISABLE};
    struct start *start = argument;
    bool lent = lend_stack(start);
    void *result = start->main(start->argument);
    if (lent)
        sigaltstack(&none, NULL);
    free(start);
    return result;
}

int thread_start(pthread_t *thread, void *(*main)(void *), void *argument)
{
    struct start *start = mem_alloc(sizeof *start);
    start->main = main;
    start->argument = argument;
    int failed = pthread_create(thread, NULL, thread_main, start);
    if (failed)
        free(start);
    return failed;
}
