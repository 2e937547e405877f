/* Bits, a bell, and the handler of last resort. */
#include "tui/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static atomic_int bits;
static struct wake *signals_bell;
static void (*signals_restore)(void);

/* All that would end the process where it stands: faults, SIGQUIT, and those that nobody here uses.
 */
static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS,  SIGFPE,    SIGILL,   SIGSYS,
                              SIGTRAP, SIGQUIT, SIGXCPU, SIGUSR1,   SIGUSR2,  SIGALRM,
                              SIGPROF, SIGIO,   SIGPWR,  SIGVTALRM, SIGSTKFLT};
static const int others[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT, SIGPIPE, SIGXFSZ};

enum { CRASHES = sizeof crashes / sizeof *crashes, OTHERS = sizeof others / sizeof *others };

static int bit_of(int number)
{
    switch (number) {
    case SIGWINCH:
        return SIGNALS_RESIZE;
    case SIGTSTP:
        return SIGNALS_SUSPEND;
    case SIGCONT:
        return SIGNALS_CONTINUE;
    default:
        return SIGNALS_STOP;
    }
}

static void on_signal(int number)
{
    static atomic_bool stopping;
    int bit = bit_of(number);
    if (bit == SIGNALS_STOP && atomic_exchange(&stopping, true)) {
        signals_restore();
        _exit(128 + number);
    }
    atomic_fetch_or(&bits, bit);
    wake_ring(signals_bell);
}

/* Installed to reset itself: the signal that is raised again meets its default. */
static void on_crash(int number)
{
    signals_restore();
    raise(number);
}

static void set(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* Writes tell. */
static bool is_ignored(int number)
{
    return number == SIGPIPE || number == SIGXFSZ;
}

void signals_start(struct wake *bell, void (*restore)(void))
{
    /* A stack of its own: the crash may be that the other one is used up. */
    static char stack[64 * 1024];
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    signals_bell = bell;
    signals_restore = restore;
    sigaltstack(&alternate, NULL);
    for (size_t i = 0; i < CRASHES; i++)
        set(crashes[i], on_crash, (int)(SA_RESETHAND | SA_NODEFER | SA_ONSTACK));
    for (size_t i = 0; i < OTHERS; i++)
        set(others[i], is_ignored(others[i]) ? SIG_IGN : on_signal, SA_RESTART);
}

int signals_take(void)
{
    return atomic_exchange(&bits, 0);
}

void signals_suspend(void)
{
    set(SIGTSTP, SIG_DFL, 0);
    raise(SIGTSTP);
    set(SIGTSTP, on_signal, SA_RESTART);
}
