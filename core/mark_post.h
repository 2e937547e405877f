#ifndef TAILRACE_CORE_MARK_POST_H
#define TAILRACE_CORE_MARK_POST_H
/*
 * The post between the lanes: what the batch lane tells the live lane of its runs, for
 * core/at_mark.h.
 *
 *     batch: arm … waits until the live lane has heard it, a few ms; then looks at the feed
 *            send MARK_SET; run; send MARK_ENDS or MARK_DROP
 *     live:  mark_post_take at every block; mark_post_heard behind an arming
 *
 * The batch lane may wait for the live lane, never the other way round. There are at most four
 * letters: an arming is heard, or taken back, before the next is written.
 *
 * Threads: arm and send: the batch lane. take and heard: the live lane. close: any. One private
 * lock, held for a copy only.
 */
#include "core/clock.h"
#include "core/positions.h"
#include "core/wake.h"

enum mark_letter_kind { MARK_ARM, MARK_SET, MARK_ENDS, MARK_DROP };

struct mark_letter {
    enum mark_letter_kind kind;
    uint64_t run;
    int32_t day;                /* MARK_ARM */
    uint32_t lost;              /* MARK_SET: generations that cannot be read again */
    struct positions positions; /* MARK_SET, MARK_ENDS; whoever has the letter frees them */
};

struct mark_post;

struct mark_post *mark_post_new(void);
void mark_post_free(struct mark_post *post); /* accepts NULL */
/* The bell of the live lane, before its thread starts. */
void mark_post_bell(struct mark_post *post, struct wake *bell);
/* Nobody waits any more, now or later. */
void mark_post_close(struct mark_post *post);

/* True when the live lane has heard it: look at the feed now. False: it did not in time, or the
 * post is closed; nothing will be known at this run's mark. */
bool mark_post_arm(struct mark_post *post, const struct clock *clock, uint64_t run, int32_t day);
/* Takes over the letter's positions. */
void mark_post_send(struct mark_post *post, const struct mark_letter *letter);

/* The oldest letter; false: none. */
bool mark_post_take(struct mark_post *post, struct mark_letter *out);
void mark_post_heard(struct mark_post *post, uint64_t run);

#endif
