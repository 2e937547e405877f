#ifndef TAILRACE_TUI_OPTIONS_PARTS_H
#define TAILRACE_TUI_OPTIONS_PARTS_H
/* Private to tui/options*.c: the table of options. */
#include "tui/options.h"

struct option_row {
    const char *name;
    char letter;          /* '-n', or 0 */
    const char *argument; /* NULL: a flag */
    unsigned commands;    /* bit: enum command */
    enum status (*set)(struct options *options, const char *value, struct error *error);
    const char *help; /* NULL: the next row's line speaks of both */
};

enum { OPTION_ROWS = 54 };
extern const struct option_row option_rows[OPTION_ROWS];

#endif
