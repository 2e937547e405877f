/*
 * A terminal that a test can stop: pty WIDTHxHEIGHT FOLDER COMMAND...
 *
 * Runs the command on a terminal of its own and adds what it writes to FOLDER/said. SIGUSR1: reads
 * no more, as a terminal that hangs; SIGUSR2: reads again; SIGALRM: hangs up. The command's process
 * id stands in FOLDER/pid, and in the end "exit N" or "signal N" in FOLDER/end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int reads = 1;
static atomic_int hangs_up;

static void on_signal(int number)
{
    if (number == SIGALRM)
        hangs_up = 1;
    else if (number != SIGCHLD)
        reads = number == SIGUSR2;
}

static void catch_signals(sigset_t *blocked, sigset_t *before)
{
    static const int numbers[] = {SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD};
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(blocked);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaddset(blocked, numbers[i]);
        sigaction(numbers[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, blocked, before);
}

/* Under another name first: who waits for the file finds it whole. */
static void leave_word(const char *folder, const char *name, const char *word, int number)
{
    char path[4096], whole[4096];
    snprintf(path, sizeof path, "%s/.%s", folder, name);
    snprintf(whole, sizeof whole, "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    if (!out)
        exit(1);
    fprintf(out, "%s%d\n", word, number);
    fclose(out);
    rename(path, whole);
}

static int open_said(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/said", folder);
    return open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
}

/* False when nobody is at the other end any more. */
static int pass_on(int master, int said)
{
    char bytes[4096];
    ssize_t got = read(master, bytes, sizeof bytes);
    return got > 0 && write(said, bytes, (size_t)got) == got;
}

static int run(int master, int said, pid_t child, const sigset_t *during)
{
    int status, open_end = 1;
    while (waitpid(child, &status, WNOHANG) == 0) {
        struct pollfd set = {.fd = reads && open_end ? master : -1, .events = POLLIN};
        if (hangs_up && open_end)
            open_end = close(master) != 0;
        else if (ppoll(&set, 1, NULL, during) > 0)
            open_end = pass_on(master, said);
    }
    fcntl(master, F_SETFL, O_NONBLOCK);
    while (reads && open_end && pass_on(master, said))
        continue;
    return status;
}

int main(int argc, char **argv)
{
    struct winsize size = {0};
    sigset_t blocked, before;
    int master;
    if (argc < 4 || sscanf(argv[1], "%hux%hu", &size.ws_col, &size.ws_row) != 2)
        return 2;
    int said = open_said(argv[2]);
    catch_signals(&blocked, &before);
    pid_t child = forkpty(&master, NULL, NULL, &size);
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        execvp(argv[3], argv + 3);
        _exit(127);
    }
    if (child < 0 || said < 0)
        return 1;
    leave_word(argv[2], "pid", "", (int)child);
    int status = run(master, said, child, &before);
    if (WIFEXITED(status))
        leave_word(argv[2], "end", "exit ", WEXITSTATUS(status));
    else
        leave_word(argv[2], "end", "signal ", WTERMSIG(status));
    return 0;
}
