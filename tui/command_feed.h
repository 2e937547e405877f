#ifndef TAILRACE_TUI_COMMAND_FEED_H
#define TAILRACE_TUI_COMMAND_FEED_H
/*
 * From the words of the command line to an open feed and its compiled definition: standard input is
 * spooled, a definition is named, matched by the feed's columns or made from --time and --group-by.
 *
 * Threads: main only.
 */
#include "feeds/spool.h"
#include "feeds/tail.h"
#include "tui/options.h"

struct command_feed {
    struct definition *definition;
    struct symbols *symbols;
    struct feed *feed;
    struct spool *spool; /* standard input; NULL otherwise */
    bool spool_ended;
};

/*
 * `bounded`: read to the end once. Following: waits for a missing file, or for standard input, when
 * its columns must be seen first; STATUS_CLOSED when command_stopped() or --for end that wait.
 * `bell` is rung by the signals (command_stop.h); bounded may pass NULL. Says on standard error
 * what was guessed.
 */
enum status command_feed_open(const struct options *options, bool bounded, struct wake *bell,
                              struct command_feed *out, struct error *error);
void command_feed_close(struct command_feed *feed);

/* Applies --group-by, --measure, --where, windows, watermark and --no-dedupe, and compiles. */
enum status command_feed_compile(const struct options *options, struct definition *definition,
                                 struct error *error);

#endif
