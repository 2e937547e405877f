#ifndef TAILRACE_CORE_RULES_H
#define TAILRACE_CORE_RULES_H
/*
 * Rules: when an event, or several, or the lack of one, raises an alert (S-70).
 *
 * Each rule is a statement about the set of events, not about the order they come in; <e is the
 * order of events by (event time, position):
 *
 *   event     the event's conditions hold
 *   velocity  more than N events of its subject, itself among them, stand in (e - within, e]
 *             (S-12); of one moment those count that do not come behind it in position, so that of
 *             six at once one is the sixth
 *   SLA       an opening without a close of its ticket behind it, at or before opened + limit
 *   pair      an opening (refund) whose counterpart (payment) has no event time up to opened +
 * wait, wait = max(B + A, within) (S-34)
 *
 * The first two are monotone: events only add alerts. The others speak at a watermark, and take the
 * alert back when what was missing comes late but stamped in time (S-75). So what was raised and
 * not taken back does not depend on the order of arrival, as far as state still holds the events,
 * and is a part of what batch finds (S-73): where state cannot tell any more, no alert is raised,
 * and `missed` counts it.
 *
 * State expires with the watermark (X12): an event is kept while one that is not late can still
 * meet it. It is capped (D-07): velocity gives up the oldest event, the others what came last;
 * counterparts are forgotten in the order they came.
 *
 * Live:   rules_event for each event that counts or is late (never a duplicate, rejected, filtered
 *         or future one: S-43, S-72), then rules_advance with the watermark that it made.
 * Batch:  config.deferred; rules_event for each event in any order, slices apart; rules_merge; then
 *         rules_settle once, which sees all events in their order of time.
 *
 * Threads: none; one owner.
 */
#include "core/alert.h"
#include "core/definition.h"

struct rules_config {
    const struct definition *definition; /* compiled */
    int64_t delay_ms;                    /* B */
    int64_t lateness_ms;                 /* A */
    int64_t window_ms; /* size of the primary window: A + this is how far behind W an event that
                          is not late can stand */
    epoch_ms from, to; /* alerts raised are those with a time in it, half open; 0, 0: all */
    bool deferred;
    bool texts;       /* deferred: keep what alerts say of their events; costs memory */
    size_t notes_max; /* events kept by each rule; 0: RULES_NOTES */
    size_t known_max; /* counterparts known; 0: RULES_KNOWN */
};

enum {
    RULES_NOTES = 256 * 1024,  /* of 144 bytes */
    RULES_KNOWN = 512 * 1024,  /* of 16 */
    RULES_SUBJECT_NOTES = 1024 /* events kept of one subject: bounds the work an event can cost */
};

struct rules;

/* NULL when the definition has no rules; all functions accept NULL. */
struct rules *rules_new(const struct rules_config *config);
void rules_free(struct rules *rules);
/* Forgets everything: the next slice. */
void rules_clear(struct rules *rules);

/* `text` may be NULL. `watermark`: as of before or after the event, INT64_MIN before the first;
 * only what it puts out of reach depends on it. */
void rules_event(struct rules *rules, const struct event *event, const struct event_text *text,
                 const struct event_position *position, epoch_ms watermark, bool late,
                 const struct alert_sink *sink);
/* Brings nearer what rules_event will ask of this event's subjects: step 1 where they are looked
 * for, step 2, some events later, what was found there. */
void rules_prefetch(const struct rules *rules, const struct event *event, int step);
/* Everything that this watermark decides, in the order of its time. INT64_MAX: the end (S-24). */
void rules_advance(struct rules *rules, epoch_ms watermark, const struct alert_sink *sink);

/* Adds what `from`, deferred as well, has seen. */
void rules_merge(struct rules *into, const struct rules *from);
/* Deferred: raises what the events seen amount to up to the watermark (INT64_MAX: all). The alerts
 * of conditions on one event have been raised by rules_event. May be called once. */
void rules_settle(struct rules *rules, epoch_ms watermark, const struct alert_sink *sink);

/* Alerts raised, those taken back not among them; by rule. */
uint64_t rules_raised(const struct rules *rules, int rule);
/* What could not be judged, for want of room or because it came too late; by rule. */
uint64_t rules_missed(const struct rules *rules, int rule);
/* Events kept in memory by a rule. */
size_t rules_kept(const struct rules *rules, int rule);

/* S-71. */
uint64_t rules_alert_id(const struct rule *rule, const struct event_position *position);

#endif
