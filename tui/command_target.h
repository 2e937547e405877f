#ifndef TAILRACE_TUI_COMMAND_TARGET_H
#define TAILRACE_TUI_COMMAND_TARGET_H
/*
 * Where a command may write what its user asked for: never over the feed it reads, under whatever
 * name, and never into a directory where a state is kept. One place for all options that name a
 * file or a folder to be written.
 *
 * A target that is not there yet is judged by the folder it would stand in: what a pattern of the
 * feed would find is part of the feed.
 *
 * Threads: main only.
 */
#include "core/feed.h"
#include "tui/options.h"

struct command_state;

/* What is read; `feed` and `state` may be NULL: not open yet, or none. */
struct command_target {
    const struct options *options;
    struct feed *feed;
    const struct command_state *state;
};

/* `option` as it was said ("--export"). STATUS_USAGE: say another. */
enum status command_target_check(const struct command_target *target, const char *option,
                                 const char *path, struct error *error);
/* The same of a file that will stand in the folder that was said. */
enum status command_target_check_in(const struct command_target *target, const char *option,
                                    const char *folder, const char *name, struct error *error);

#endif
