#ifndef TAILRACE_FEEDS_FAULTS_H
#define TAILRACE_FEEDS_FAULTS_H
/*
 * What goes wrong with events on their way into a feed, on demand and from a seed: some come late,
 * some twice, some with a clock that is ahead, and some lines are torn. The events themselves stay
 * the sequence they were: a late one comes later, a copy and a torn line come on top.
 *
 *     late        comes 30 s to 20 min of event time behind its time: some correct a window, some
 *                 are too late for it
 *     duplicate   comes once more, up to 10 min later (S-41)
 *     malformed   comes once more at once, torn in the middle (S-50)
 *     future      is stamped 1 to 3 h ahead (S-60)
 *
 * Bounded: 40 bytes for each event under way; a given share of an hour's events at most.
 *
 * Threads: none; one owner.
 */
#include "feeds/profiles.h"

/* A record on its way; `due` is when the feed shall have it. */
struct delivery {
    epoch_ms due;
    struct occurrence record;
    bool torn;
};

struct faults;

/* `shares` may have nothing but zeros: then every record is delivered as it comes. */
struct faults *faults_new(const struct simulated_faults *shares, uint64_t seed);
void faults_free(struct faults *faults); /* accepts NULL */

/* What was kept back and is due at or before `time`, the earliest first; false: nothing. */
bool faults_due(struct faults *faults, epoch_ms time, struct delivery *out);
/* The fate of a record that occurs now: true when it is delivered at once, with `out` filled; else
 * it is kept back. Copies are kept back. */
bool faults_pass(struct faults *faults, const struct occurrence *record, struct delivery *out);

#endif
