/*
 * The only file that knows curses. A grid is compared cell by cell with the one before, what
 * differs goes to curses at its exact place, so even a character that a terminal draws too wide can
 * spoil nothing but its neighbour.
 *
 * curses waits for a terminal that takes no more. So it is opened on a descriptor of its own, which
 * is the terminal while its modes are set, and from then on a file in memory (outgoing.h);
 * later changes of the modes are made here.
 */
#include "tui/terminal_curses.h"

#include "tui/keymap.h"
#include "tui/outgoing.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

enum { ESCAPE_MS = 25, RESTORE_MAX = 256, PATIENCE_MS = 500 /* when leaving */ };

struct terminal {
    SCREEN *screen;
    WINDOW *keyboard; /* a pad: reading keys from a window would redraw it */
    FILE *input;      /* /dev/tty, NULL: standard input */
    int input_fd;     /* -1: none */
    FILE *output;     /* what curses writes to */
    struct outgoing outgoing;
    struct termios modes; /* while the screen is shown */
    struct cells *last;   /* what is on the glass; NULL: unknown */
    attr_t attributes[STYLE_COUNT];
    short pairs[STYLE_COUNT];
};

/* All that terminal_restore needs, made ready at the start. */
static struct {
    atomic_bool held;
    int fd;
    struct outgoing outgoing; /* the descriptor alone */
    struct termios modes;
    char text[RESTORE_MAX];
    size_t len;
} restore;

/* Adds a capability without its padding, "$<5>". */
static void add_capability(const char *name)
{
    const char *text = tigetstr(name);
    if (!text || text == (char *)-1)
        return;
    while (*text && restore.len < RESTORE_MAX) {
        const char *end = text[0] == '$' && text[1] == '<' ? strchr(text, '>') : NULL;
        if (end)
            text = end + 1;
        else
            restore.text[restore.len++] = *text++;
    }
}

static void prepare_restore(int fd, const struct outgoing *outgoing)
{
    static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
    restore.fd = fd;
    restore.outgoing = (struct outgoing){.fd = outgoing->fd, .piece = outgoing->piece};
    restore.len = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_capability(names[i]);
}

void terminal_restore(void)
{
    if (!atomic_exchange(&restore.held, false))
        return;
    int saved = errno;
    outgoing_last(&restore.outgoing, restore.text, restore.len);
    tcsetattr(restore.fd, TCSANOW, &restore.modes);
    errno = saved;
}

static void make_styles(struct terminal *terminal, const struct theme *theme)
{
    bool coloured = theme->coloured && has_colors();
    if (coloured) {
        start_color();
        coloured = use_default_colors() == OK && COLOR_PAIRS > STYLE_COUNT;
    }
    for (int s = 0; s < STYLE_COUNT; s++) {
        const struct look *look = &theme->looks[s];
        int colour = look->colour_16;
        if (COLORS >= 256)
            colour = look->colour_256;
        attr_t attributes = A_NORMAL;
        if (coloured && colour >= COLORS && COLORS > 0) {
            /* eight colours: the bright ones are bold, grey is dim */
            attributes |= colour == 8 ? A_DIM : A_BOLD;
            colour = colour == 8 ? COLOUR_DEFAULT : colour % 8;
        }
        attributes |= look->bold ? A_BOLD : 0;
        attributes |= look->dim ? A_DIM : 0;
        attributes |= look->reverse ? A_REVERSE : 0;
        terminal->attributes[s] = attributes;
        if (coloured && colour != COLOUR_DEFAULT &&
            init_pair((short)(s + 1), (short)colour, -1) == OK)
            terminal->pairs[s] = (short)(s + 1);
    }
}

static void open_keyboard(struct terminal *terminal)
{
    terminal->input_fd = isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
    if (terminal->input_fd >= 0)
        return;
    terminal->input = fopen("/dev/tty", "re");
    if (terminal->input)
        terminal->input_fd = fileno(terminal->input);
}

/* The descriptor that curses knows as its terminal becomes the file in memory. */
static bool turn_output(const struct terminal *terminal)
{
    return dup2(terminal->outgoing.sink, fileno(terminal->output)) >= 0;
}

static void set_modes(struct terminal *terminal)
{
    curs_set(0);
    set_escdelay(ESCAPE_MS);
    leaveok(stdscr, TRUE);
    terminal->keyboard = newpad(1, 1);
    keypad(terminal->keyboard, TRUE);
    nodelay(terminal->keyboard, TRUE);
    intrflush(terminal->keyboard, FALSE);
}

/* Asked before newterm, which loses memory when it does not know the type. */
static bool can_show_a_screen(void)
{
    int found;
    if (setupterm(NULL, STDOUT_FILENO, &found) != OK)
        return false;
    const char *move = tigetstr("cup");
    bool can = move && move != (char *)-1;
    del_curterm(cur_term);
    return can;
}

static enum status open_output(struct terminal *terminal, struct error *error)
{
    enum status status = outgoing_open(&terminal->outgoing, STDOUT_FILENO, error);
    if (status != STATUS_OK)
        return status;
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    terminal->output = fd < 0 ? NULL : fdopen(fd, "w");
    if (!terminal->output)
        return error_set_errno(error, STATUS_IO, errno, "the terminal");
    return STATUS_OK;
}

/* The modes are set on the terminal itself, and remembered. */
static enum status open_curses(struct terminal *terminal, struct error *error)
{
    if (can_show_a_screen())
        terminal->screen =
            newterm(NULL, terminal->output, terminal->input ? terminal->input : stdin);
    if (!terminal->screen) {
        const char *name = getenv("TERM");
        return error_set(error, STATUS_NOT_FOUND, "terminal type '%s' cannot show a screen",
                         name ? name : "");
    }
    cbreak();
    noecho();
    nonl();
    tcgetattr(restore.fd, &terminal->modes);
    if (!turn_output(terminal))
        return error_set_errno(error, STATUS_IO, errno, "the terminal");
    return STATUS_OK;
}

struct terminal *terminal_open(const struct theme *theme, struct error *error)
{
    struct terminal *terminal = mem_zero(1, sizeof *terminal);
    terminal->outgoing = OUTGOING_NONE;
    open_keyboard(terminal);
    restore.fd = terminal->input_fd >= 0 ? terminal->input_fd : STDOUT_FILENO;
    tcgetattr(restore.fd, &restore.modes);
    if (open_output(terminal, error) != STATUS_OK || open_curses(terminal, error) != STATUS_OK) {
        terminal_close(terminal);
        return NULL;
    }
    prepare_restore(restore.fd, &terminal->outgoing);
    atomic_store(&restore.held, true);
    set_modes(terminal);
    make_styles(terminal, theme);
    return terminal;
}

/* Writes what is left, a terminal that was stopped by Ctrl-S notwithstanding: with the key's
 * meaning gone, the system lets it go on. */
static void write_out(struct terminal *terminal)
{
    outgoing_collect(&terminal->outgoing);
    if (outgoing_finish(&terminal->outgoing, PATIENCE_MS))
        return;
    struct termios modes = terminal->modes;
    modes.c_iflag &= ~(tcflag_t)IXON;
    tcsetattr(restore.fd, TCSANOW, &modes);
    outgoing_finish(&terminal->outgoing, PATIENCE_MS);
}

void terminal_close(struct terminal *terminal)
{
    if (!terminal)
        return;
    if (terminal->screen) {
        if (!isendwin())
            endwin();
        write_out(terminal);
        atomic_store(&restore.held, false);
        tcsetattr(restore.fd, TCSANOW, &restore.modes);
        if (terminal->keyboard)
            delwin(terminal->keyboard);
        delscreen(terminal->screen);
    }
    if (terminal->output)
        fclose(terminal->output);
    if (terminal->input)
        fclose(terminal->input);
    outgoing_close(&terminal->outgoing);
    cells_free(terminal->last);
    free(terminal);
}

static void forget(struct terminal *terminal)
{
    cells_free(terminal->last);
    terminal->last = NULL;
    clearok(curscr, TRUE);
}

void terminal_size(struct terminal *terminal, int *width, int *height)
{
    struct winsize size = {0};
    *width = COLS;
    *height = LINES;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return;
    if (size.ws_col != COLS || size.ws_row != LINES) {
        resize_term(size.ws_row, size.ws_col);
        forget(terminal);
    }
    *width = size.ws_col;
    *height = size.ws_row;
}

static void put_cell(const struct terminal *terminal, int row, int column, const struct cell *cell)
{
    wchar_t text[2 + SAFE_COMBINING_MAX] = {(wchar_t)cell->point};
    cchar_t shown;
    for (int i = 0; i < SAFE_COMBINING_MAX; i++)
        text[1 + i] = (wchar_t)cell->mark[i];
    setcchar(&shown, text, terminal->attributes[cell->style], terminal->pairs[cell->style], NULL);
    mvadd_wch(row, column, &shown);
}

bool terminal_draw(struct terminal *terminal, const struct cells *cells)
{
    struct cells *last = terminal->last;
    if (!last || last->width != cells->width || last->height != cells->height) {
        cells_free(last);
        last = terminal->last = cells_new(cells->width, cells->height, cells->ascii);
        erase();
        clearok(curscr, TRUE);
    }
    for (int row = 0; row < cells->height; row++) {
        for (int column = 0; column < cells->width; column++) {
            const struct cell *cell = cells_at(cells, row, column);
            struct cell *shown = &last->grid[row * last->width + column];
            if (cell->width > 0 && !cell_equal(cell, shown))
                put_cell(terminal, row, column, cell);
            *shown = *cell;
        }
    }
    refresh();
    outgoing_collect(&terminal->outgoing);
    return terminal_send(terminal);
}

bool terminal_send(struct terminal *terminal)
{
    /* restored meanwhile, by a signal in another thread: nothing may follow that */
    return !atomic_load(&restore.held) || outgoing_send(&terminal->outgoing);
}

int terminal_output_fd(const struct terminal *terminal)
{
    return terminal->outgoing.fd;
}

int terminal_fd(const struct terminal *terminal)
{
    return terminal->input_fd;
}

/* keymap.h's name of a key that is no character. */
static int32_t named_key(wint_t key)
{
    switch (key) {
    case KEY_RESIZE:
        return KEY_NONE;
    case KEY_UP:
        return KEY_ARROW_UP;
    case KEY_DOWN:
        return KEY_ARROW_DOWN;
    case KEY_LEFT:
        return KEY_ARROW_LEFT;
    case KEY_RIGHT:
        return KEY_ARROW_RIGHT;
    default:
        return KEY_OTHER;
    }
}

int32_t terminal_key(struct terminal *terminal)
{
    wint_t key = 0;
    if (terminal->input_fd < 0)
        return KEY_NONE;
    int result = wget_wch(terminal->keyboard, &key);
    if (result == ERR)
        return KEY_NONE;
    if (result == KEY_CODE_YES)
        return named_key(key);
    return (int32_t)key;
}

bool terminal_gone(const struct terminal *terminal)
{
    int waiting = 0;
    return ioctl(terminal->input_fd, FIONREAD, &waiting) != 0 || waiting == 0;
}

bool terminal_hung_up(const struct terminal *terminal)
{
    return terminal->outgoing.errno_value != 0;
}

bool terminal_is_ours(const struct terminal *terminal)
{
    pid_t foreground = tcgetpgrp(restore.fd);
    (void)terminal;
    return foreground < 0 || foreground == getpgrp();
}

void terminal_leave(struct terminal *terminal)
{
    endwin();
    write_out(terminal);
    atomic_store(&restore.held, false);
    tcsetattr(restore.fd, TCSANOW, &restore.modes);
    forget(terminal);
}

void terminal_enter(struct terminal *terminal)
{
    atomic_store(&restore.held, true);
    tcsetattr(restore.fd, TCSANOW, &terminal->modes);
    forget(terminal);
    refresh();
    curs_set(0);
    outgoing_collect(&terminal->outgoing);
    terminal_send(terminal);
}
