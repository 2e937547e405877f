#ifndef TAILRACE_TUI_COMMAND_REJECTS_H
#define TAILRACE_TUI_COMMAND_REJECTS_H
/* Private to tui/command_rejects.c, which lists, and tui/command_repair.c, which counts what was
 * repaired (S-52). Threads: main; the lane adds to groups and list while a feed is read. */
#include "tui/command_feed.h"
#include "tui/command_state.h"
#include "tui/reject_output.h"

struct command_rejects {
    const struct options *options;
    struct wake bell;
    struct command_feed feed;
    struct command_state state; /* store NULL: the feed is read */
    struct reject_groups *groups;
    struct reject_list *list; /* NULL with a state */
    struct reject_source source;
};

/* The file of a source; NULL: not known. `self` is the command. */
const char *command_rejects_name(void *self, uint32_t source);

/* --replay. `*left`: 1 when something could not be repaired. */
enum status command_rejects_replay(struct command_rejects *rejects, int *left, struct error *error);

#endif
