#ifndef TAILRACE_FEEDS_ROSTER_H
#define TAILRACE_FEEDS_ROSTER_H
/*
 * The sources of a tail, and which of them are worth a look.
 *
 * What makes a source `dirty` is gathered in one place, roster_renew: changes told by inotify, the
 * sources' own deadlines, new matches of the globs and, now and then, or always when nothing is
 * told, everything (T-R7).
 *
 * Threads: all belong to the reader thread; roster_open to whoever opens the feed before.
 */
#include "feeds/paths.h"
#include "feeds/source.h"
#include "feeds/tail.h"

struct roster {
    struct source_context context;
    struct source **sources;
    uint32_t len;
    uint32_t cap;
    bool look_only;       /* tail_config's */
    bool pass_packed;     /* compressed files of the start are none of the feed */
    bool is_fd;           /* the one source is an open file, no path */
    struct paths globs;   /* looked at again for new matches */
    struct paths packed;  /* compressed files of the start, to be unpacked behind the others */
    struct paths folders; /* watched for names */
    bool folder_missing;  /* one of them cannot be watched now */
    bool watch_lost;      /* polling, and that is not how it should be */
    struct error watch_error;
    uint32_t gaps;      /* sources that could not go on where they were left, at the start */
    const char **names; /* of the sources, sorted */
    int64_t poll_ns;
    mono_ns look_at_all_due;
    mono_ns globs_due;
};

/* Errors as tail_open; roster_fini in any case. */
enum status roster_open(struct roster *roster, const struct tail_config *config,
                        struct error *error);
void roster_fini(struct roster *roster);

/* Takes what was told without waiting. */
void roster_take_news(struct roster *roster);
/* Marks what is worth a look now; adds new matches of globs. */
void roster_renew(struct roster *roster, mono_ns now);
/* When there will be something to renew, if nothing is told before. */
mono_ns roster_deadline(const struct roster *roster);

#endif
