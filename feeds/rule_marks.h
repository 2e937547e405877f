#ifndef TAILRACE_FEEDS_RULE_MARKS_H
#define TAILRACE_FEEDS_RULE_MARKS_H
/*
 * What the rules of a definition need of a record, worked out where its texts still are: which
 * rules it takes part in, keyed hashes of what alerts are about, and the texts that alerts show.
 * Part of the validator; a definition without rules has none of it.
 *
 *     rule_marks_begin → rule_marks_field for fields that are wanted → rule_marks_end
 *
 * Threads: one owner, the validator's.
 */
#include "core/definition.h"
#include "core/siphash.h"

/* What is wanted of a field's text. */
enum {
    MARK_LABEL = 1,
    MARK_SUBJECT = 2,
    MARK_PAIR_FIELD = 4,
    MARK_PAIR_REF = 8,
    MARK_PAIR_ID = 16,
};

struct rule_marks;

/* NULL when the definition has no rules. */
struct rule_marks *rule_marks_new(const struct definition *definition, struct hash_key hash_key);
void rule_marks_free(struct rule_marks *marks); /* accepts NULL */

/* A set of the above; accepts NULL. */
uint8_t rule_marks_wanted(const struct rule_marks *marks, int field);

void rule_marks_begin(struct rule_marks *marks);
/* `wanted`: what rule_marks_wanted said of the field; `len` is not 0. */
void rule_marks_field(struct rule_marks *marks, uint8_t wanted, const char *text, size_t len,
                      bool redacted);
/* Fills the event's rules, subjects and pair; its step and ticket are settled. `met`: bits of the
 * conditions that hold. `text` (may be NULL) is written when the event takes part in a rule. */
void rule_marks_end(const struct rule_marks *marks, uint32_t met, struct event *event,
                    struct event_text *text);

#endif
