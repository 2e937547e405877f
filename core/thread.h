#ifndef TAILRACE_CORE_THREAD_H
#define TAILRACE_CORE_THREAD_H
/*
 * Begins a thread, as pthread_create does, with a stack apart for signal handlers: where a thread's
 * own stack is used up, the handler of last resort can still restore the terminal (D-19). Every
 * thread of the program is begun here; it is joined as usual.
 *
 * Threads: any.
 */
#include <pthread.h>

enum { THREAD_SIGNAL_STACK = 64 * 1024 };

/* What pthread_create returns. */
int thread_start(pthread_t *thread, void *(*main)(void *), void *argument);

#endif
