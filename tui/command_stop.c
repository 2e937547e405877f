/* A flag and a bell: all that a handler may touch. */
#include "tui/command_stop.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static atomic_int stops, signals; /* the program may want to stop by itself as well */
static _Atomic(struct wake *) stop_bell;

static void on_signal(int number)
{
    if (atomic_fetch_add(&signals, 1) > 0)
        _exit(128 + number);
    atomic_fetch_add(&stops, 1);
    struct wake *bell = atomic_load(&stop_bell);
    if (bell)
        wake_ring(bell);
}

void command_stop(void)
{
    struct wake *bell = atomic_load(&stop_bell);
    if (atomic_fetch_add(&stops, 1) == 0 && bell)
        wake_ring(bell);
}

void command_stop_on_signals(struct wake *bell)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    /* restarting: what is being written to standard output is not torn by it */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    atomic_store(&stop_bell, bell);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
}

bool command_stopped(void)
{
    return atomic_load(&stops) > 0;
}
