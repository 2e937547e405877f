#ifndef TAILRACE_FEEDS_RULE_MARKS_H
#define TAILRACE_FEEDS_RULE_MARKS_H
/*
 * What the rules of a definition need of a record, worked out where its texts still are: which
 * rules it takes part in, keyed hashes of what alerts are about, and the texts that alerts show.
 * Part of the validator; a definition without rules has none of it.
 *
 *     rule_marks_begin → rule_marks_field for fields that are wanted → rule_marks_end
 *
 * Label and subject may stand in `struct mark_texts` instead. A record without a call of
 * rule_marks_field needs none of rule_marks_begin either, when the record before had none.
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

/* Texts of the record at hand that stand where they are until rule_marks_end, SHORT_TEXT bytes
 * readable however short: most records take part in no rule, and theirs are never looked at. */
struct mark_texts {
    struct mark_text {
        const char *at;
        size_t len; /* 0: none, or told to rule_marks_field */
    } label, subject;
};

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
void rule_marks_end(const struct rule_marks *marks, const struct mark_texts *texts, uint32_t met,
                    struct event *event, struct event_text *text);

#endif
