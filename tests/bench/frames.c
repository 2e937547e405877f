/*
 * Draws N frames of the dashboard, each with other figures, onto a terminal that takes all of it: a
 * path for `make bench-quick`, from snapshots to bytes for the terminal.
 *
 *     frames N
 */
#include "tests/screens/fixture.h"
#include "tui/terminal_curses.h"
#include "tui/theme.h"

#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <stdlib.h>
#include <unistd.h>

enum { WIDTH = 120, HEIGHT = 40 };

/* As a busy feed does: all counters, the clock, the sparklines. */
static void go_on(struct fixture *fixture, int n)
{
    struct snapshot_live *live = &fixture->live;
    for (int r = 0; r < live->table.rows_len; r++) {
        struct snapshot_row *row = &live->table.rows[r];
        row->count += (uint64_t)(7 + r);
        row->value[0].amount += (n + r) % 3 - 1;
        row->value[1].amount = (int64_t)row->count;
        row->spark[n % SNAPSHOT_SPARK] += 1;
        live->table.total.count += (uint64_t)(7 + r);
    }
    live->table.total.value[1].amount = (int64_t)live->table.total.count;
    live->outcomes.read = live->outcomes.counted = live->table.total.count;
    fixture->frame.clock += 12 * MS_PER_SECOND;
    fixture->frame.mono += 33 * INT64_C(1000000);
    fixture->frame.now = fixture->frame.mono;
    live->published = live->last_event = fixture->frame.mono;
}

static void drain(int master)
{
    char bytes[4096];
    while (read(master, bytes, sizeof bytes) > 0)
        ;
}

static struct terminal *open_terminal(int *master)
{
    struct winsize size = {.ws_row = HEIGHT, .ws_col = WIDTH};
    struct error error = {.text = ""};
    int slave;
    setenv("TERM", "xterm-256color", 1);
    unsetenv("NO_COLOR");
    if (!setlocale(LC_ALL, "C.UTF-8") || openpty(master, &slave, NULL, NULL, &size) != 0 ||
        fcntl(*master, F_SETFL, O_NONBLOCK) != 0 || dup2(slave, STDIN_FILENO) < 0 ||
        dup2(slave, STDOUT_FILENO) < 0)
        return NULL;
    struct terminal *terminal = terminal_open(theme_find("dark"), &error);
    if (!terminal)
        fprintf(stderr, "frames: %s\n", error.text);
    return terminal;
}

int main(int argc, char **argv)
{
    struct fixture fixture;
    int master, frames = argc == 2 ? atoi(argv[1]) : 0;
    struct terminal *terminal = frames > 0 ? open_terminal(&master) : NULL;
    if (!terminal)
        return 2;
    fixture_open(&fixture);
    for (int n = 0; n < frames; n++) {
        struct cells *cells = cells_new(WIDTH, HEIGHT, false);
        go_on(&fixture, n);
        view_settle(WIDTH, HEIGHT, &fixture.frame, &fixture.app);
        view_draw(cells, &fixture.frame);
        bool taken = terminal_draw(terminal, cells);
        while (!taken) {
            drain(master);
            taken = terminal_send(terminal);
        }
        drain(master);
        cells_free(cells);
    }
    terminal_close(terminal);
    fixture_close(&fixture);
    return 0;
}
