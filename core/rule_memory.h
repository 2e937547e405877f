#ifndef TAILRACE_CORE_RULE_MEMORY_H
#define TAILRACE_CORE_RULE_MEMORY_H
/*
 * What a rule remembers: events it may still need ("notes"), by subject in the order of their event
 * time, each with a moment at which it is due. State expires with the watermark, whoever went idle
 * (X12), and is bounded: whoever inserts into a full memory decides what to give up (D-07).
 *
 * Notes of one subject form a chain ordered by (time, position); an event that arrives out of order
 * takes its place in it (X13). Pointers to notes are valid until the next insert.
 *
 * Threads: none; one owner.
 */
#include "core/event.h"

struct note {
    /* what is read of it before an alert is made stands in its first bytes: one line of the cache
     */
    uint64_t subject; /* whose chain it is in */
    uint64_t whose;   /* the alert's subject */
    epoch_ms time;
    uint8_t kind; /* the rule's own */
    bool fired;
    bool late;
    bool has_amount;
    struct event_position position;
    int64_t amount;
    struct event_text text;
};

struct rule_memory;

struct rule_memory *rule_memory_new(size_t notes_max);
void rule_memory_free(struct rule_memory *memory); /* accepts NULL */

size_t rule_memory_len(const struct rule_memory *memory);
bool rule_memory_full(const struct rule_memory *memory);

/* Notes kept of a subject, and the ends of its chain; NULL: none. */
size_t rule_memory_subject(const struct rule_memory *memory, uint64_t subject);
struct note *rule_memory_oldest(const struct rule_memory *memory, uint64_t subject);
struct note *rule_memory_newest(const struct rule_memory *memory, uint64_t subject);
struct note *rule_memory_older(const struct rule_memory *memory, const struct note *note);
struct note *rule_memory_newer(const struct rule_memory *memory, const struct note *note);
/* Whether it is the only one of its subject. */
bool rule_memory_alone(const struct rule_memory *memory, const struct note *note);

/* The note `*places` before this in its chain, or the oldest; `*places` is then how many there are
 * between. */
struct note *rule_memory_back(const struct rule_memory *memory, const struct note *note,
                              int64_t *places);

/* note->time, without touching the note: for walks. */
epoch_ms rule_memory_time(const struct rule_memory *memory, const struct note *note);

/* A copy of `note` in its place; the memory must not be full. */
struct note *rule_memory_insert(struct rule_memory *memory, const struct note *note, epoch_ms due);
void rule_memory_remove(struct rule_memory *memory, struct note *note);
/* Removes the one, which must be alone in its chain, and inserts the other, of the same subject, in
 * its place. */
void rule_memory_replace(struct rule_memory *memory, struct note *old, const struct note *note,
                         epoch_ms due);
void rule_memory_reschedule(struct rule_memory *memory, struct note *note, epoch_ms due);

/* A note was changed in place, and is to be saved. */
void rule_memory_touch(struct rule_memory *memory, const struct note *note);

/* The note that is due first, whichever of several; NULL: none. */
struct note *rule_memory_first_due(struct rule_memory *memory, epoch_ms *due);
/* Removes that one, right after it was asked for. */
void rule_memory_remove_due(struct rule_memory *memory);

/* No note is due before this; INT64_MAX: none at all. */
epoch_ms rule_memory_quiet_until(const struct rule_memory *memory);
/* Brings nearer the place of the subject's chain (step 1), then its newest note (step 2). */
void rule_memory_prefetch(const struct rule_memory *memory, uint64_t subject, int step);

/* Whether a stands before b by (time, position). */
bool note_before(const struct note *a, const struct note *b);

#endif
