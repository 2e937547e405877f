#ifndef TAILRACE_TUI_CHANGE_OUTBOX_H
#define TAILRACE_TUI_CHANGE_OUTBOX_H
/*
 * The lines of `stream --changes` as what the state owes (S-32, S-80). A window that is final in an
 * epoch is never told of again by counting, so its line is in that epoch too, and stays there until
 * it has left: whatever is killed, every line leaves at least once, from here or in the next run.
 * One that leaves twice is the same byte by byte, trigger and all, which is what to know it by.
 *
 * Of `update` the state also knows the rows that were told and are not final; the next run begins
 * by taking them back, so that folding the lines of all runs gives the table (S-32).
 *
 *     the log is made → change_outbox_open (what is owed is told) → the lane runs: owes, owe,
 *     released → change_outbox_close, with the store nobody else's
 *
 * Lines of another mode or format are not told again, which is said; windows that became final in a
 * run without --changes are owed to nobody.
 *
 * Threads: main; owes, owe and released in the lane's.
 */
#include "core/delta.h"
#include "core/store.h"
#include "tui/change_log.h"
#include "tui/memory_file.h"
#include "tui/options.h"

struct change_outbox {
    struct store *store; /* NULL: nothing is owed */
    struct change_log *log;
    struct memory_file *held; /* what the log wrote and has not left */
    const struct options *options;
    struct delta told;    /* rows of the log since the newest epoch */
    size_t sealed;        /* bytes of `held` that an epoch has */
    uint64_t first, next; /* pieces of text in the state: [first, next) */
    uint64_t left;        /* those below have left this process */
    uint64_t triggers;    /* as the state knows it */
    bool other;           /* what is owed is of another form; while it is read */
    bool begun;           /* the header has left */
};

/* Also when the store was opened anew (S-95). Writes to standard output. STATUS_DAMAGED, STATUS_IO.
 */
enum status change_outbox_open(struct change_outbox *outbox, struct store *store,
                               struct change_log *log, struct memory_file *held,
                               const struct options *options, struct error *error);
/* Whether there is something that no epoch has. */
bool change_outbox_owes(struct change_outbox *outbox);
void change_outbox_owe(struct change_outbox *outbox, struct delta *delta);
/* All that is held has left. */
void change_outbox_released(struct change_outbox *outbox);
/* The log is gone: another is to be opened, or none. */
void change_outbox_drop(struct change_outbox *outbox);
enum status change_outbox_close(struct change_outbox *outbox, struct error *error);

#endif
