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

struct command_state;

struct command_feed {
    struct definition *definition;
    struct symbols *symbols;
    struct feed *feed;
    struct spool *spool; /* standard input; NULL otherwise */
    bool spool_ended;
    mono_ns spool_again;         /* when it is tried again, as there was no room; 0: there was */
    mono_ns spool_since;         /* since when there is none */
    struct wake *bell;           /* rung by the signals; may be NULL */
    struct command_state *state; /* NULL: the feed begins anew */
};

/*
 * `bounded`: read to the end once. Following: waits for a missing file, or for standard input, when
 * its columns must be seen first; STATUS_CLOSED when command_stopped() or --for end that wait.
 * `bell` is rung by the signals (command_stop.h); bounded may pass NULL. Says on standard error
 * what was guessed.
 */
enum status command_feed_open(const struct options *options, bool bounded, struct wake *bell,
                              struct command_feed *out, struct error *error);
/* The same in two steps, for what has to happen between them: the definition, compiled, its lookups
 * read; then the feed, for which standard input may be read to its end. On error, both close. */
enum status command_feed_define(const struct options *options, bool bounded, struct wake *bell,
                                struct command_feed *out, struct error *error);
enum status command_feed_begin(const struct options *options, bool bounded,
                               struct command_feed *feed, struct error *error);
/* The feed once more, from where the state left it; the one before stays the caller's. On error
 * there is none, and the rest is as it was. */
enum status command_feed_again(const struct options *options, bool bounded,
                               struct command_feed *feed, struct error *error);
/* Copies what there is of standard input, within the time (-1: no limit). Where there is no room
 * for it nothing is lost: that is said once, and when it is over; it is tried again each second,
 * which is STATUS_OK. */
enum status command_feed_spool(struct command_feed *feed, const struct clock *clock, int timeout_ms,
                               struct error *error);
void command_feed_close(struct command_feed *feed);

/* Whether a regular file is one of the feed's, under whatever name: no place for output. */
bool command_feed_reads(struct feed *feed, const char *path);

/* Applies --report, --group-by, --measure, --where, windows, watermark and --no-dedupe, compiles,
 * and reads the lookups that are then needed. */
enum status command_feed_compile(const struct options *options, struct definition *definition,
                                 struct error *error);

#endif
